"""The verb that holds the program against what is known."""

from collections.abc import Callable

from pricewar.scenarios.run.means import Means, Progress
from pricewar.scenarios.verification.answers import Check, Row, rows
from pricewar.scenarios.verification.catalogue import checks, waiting
from pricewar.sim.errors import UserMistake


def verify(
    *,
    slow: bool = False,
    only: str = "",
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> list[Row]:
    """Hold the program against known answers: a row an answer, which says whether it `passes`.

    slow: those that take minutes too. only: checks whose name begins so, such as "price". progress, cancel: as `run`.
    Chance has fixed seeds: the numbers are always the same. Raises UserMistake, and Cancelled.
    """
    means = Means.of(progress=progress, cancel=cancel)
    now, later = asked_and_left_out(only, slow)
    if not now:
        names = ", ".join(check.name for check in later)
        raise UserMistake(f"{names} would take hours without the extra fast; pip install 'llm-pricewar[fast]'")
    results: list[Row] = []
    for number, check in enumerate(now, 1):
        results += rows(check)
        means.tell(number / len(now))
    return results


def asked_and_left_out(only: str, slow: bool) -> tuple[list[Check], list[Check]]:
    """Checks that are asked for, and those of them that would take hours here."""
    asked = checks(only, slow=slow)
    later = [check for check in waiting(asked) if check.name != only]
    return [check for check in asked if check not in later], later
