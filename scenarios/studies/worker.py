"""One run of a study, in whatever process: what it comes to, or why it failed."""

import signal
import traceback
from functools import lru_cache
from math import isfinite
from time import perf_counter

from scenarios.schema import Scenario
from scenarios.studies.ledger import Finished, packed
from scenarios.studies.study import Arm, Task

ARMS = 16
"""Scenarios that a worker keeps built."""


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which then ends the workers; they would only print riddles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@lru_cache(maxsize=ARMS)
def _built(arm: Arm) -> Scenario:
    return arm.scenario()


def work(task: Task, arm: Arm) -> tuple[Finished, bytes]:
    """Simulate a run, and say what it comes to; a run that fails says why, in one line."""
    from scenarios.play import play
    from scenarios.studies.outcomes import outcomes_of

    begun = perf_counter()
    try:
        outcomes, series = outcomes_of(play(_built(arm), seed=task.seed))
    except Exception as error:  # whatever it is, the other runs go on
        return _failed(task, _reason(error), perf_counter() - begun), b""
    values = {name: value if isfinite(value) else None for name, value in outcomes.items()}
    done = Finished(
        id=task.id,
        arm=task.arm,
        seed=task.seed,
        status="done",
        reason="",
        seconds=perf_counter() - begun,
        outcomes=values,
    )
    return done, packed(series)


def _failed(task: Task, reason: str, seconds: float) -> Finished:
    return Finished(
        id=task.id, arm=task.arm, seed=task.seed, status="failed", reason=reason, seconds=seconds, outcomes={}
    )


def lost(task: Task) -> Finished:
    """A run whose process ended again and again without a word, as one that needs too much memory does."""
    return _failed(task, "its process was killed three times; it may need more memory than there is", 0.0)


def _reason(error: Exception) -> str:
    said = str(error).splitlines()
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
    return f"{type(error).__name__}: {said[0] if said else 'no message'} ({where})"
