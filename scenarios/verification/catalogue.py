"""Every check there is, by subject."""

from scenarios.names import suggestion
from scenarios.verification import (
    detection,
    diffusion,
    engine,
    population,
    price_competition,
    pricing_terms,
    sensitivity,
    technology,
)
from scenarios.verification.answers import Check
from sim.errors import UserMistake

SUBJECTS = (price_competition, pricing_terms, technology, diffusion, engine, detection, population, sensitivity)


def checks(only: str = "", *, slow: bool = False) -> list[Check]:
    """Checks whose name begins with `only`, those that take minutes if `slow`. Raises UserMistake where there is none.

    A check asked for by its full name is taken though it is slow.
    """
    every = [check for subject in SUBJECTS for check in subject.CHECKS]
    named = [check for check in every if check.name.startswith(only)]
    if not named:
        subjects = sorted({check.name.partition(".")[0] for check in every})
        raise UserMistake(f"no check is called '{only}'; {suggestion(only, [*subjects, *(c.name for c in every)])}")
    taken = [check for check in named if slow or not check.slow or check.name == only]
    if not taken:
        raise UserMistake(f"all checks called '{only}' are slow; add --slow")
    return taken
