"""Every check there is, by subject."""

from pricewar.agents.games.q_learning.rules import has_compiler
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.verification import (
    alternating,
    booms,
    capacity,
    clearing,
    collusion,
    detection,
    diffusion,
    engine,
    entry,
    indices,
    learners,
    learning_by_doing,
    lock_in,
    policies,
    population,
    price_competition,
    pricing_terms,
    sensitivity,
    statistics,
    surplus,
    technology,
)
from pricewar.scenarios.verification.answers import Check
from pricewar.sim.errors import UserMistake

SUBJECTS = (
    price_competition,
    policies,
    pricing_terms,
    technology,
    diffusion,
    entry,
    engine,
    indices,
    detection,
    population,
    capacity,
    alternating,
    learners,
    clearing,
    collusion,
    booms,
    lock_in,
    learning_by_doing,
    sensitivity,
    statistics,
    surplus,
)


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


def waiting(asked: list[Check]) -> list[Check]:
    """Those of some checks that would take hours here, since the extra `fast` is not installed."""
    return [check for check in asked if check.compiled and not has_compiler()]
