"""One run of a study, in whatever process: what it comes to, or why it failed."""

import os
import signal
import traceback
from functools import lru_cache
from math import isfinite
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from time import perf_counter

from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.studies.ledger import Finished, packed
from pricewar.scenarios.studies.study import Arm, Task

ARMS = 16
"""Scenarios that a worker keeps built."""


def settle_in() -> None:
    """Leave Ctrl-C to the parent, which then ends the workers, and end when it has been killed.

    A worker whose parent is gone would wait for its next task for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


@lru_cache(maxsize=ARMS)
def _built(arm: Arm) -> Scenario:
    return arm.scenario()


def work(task: Task, arm: Arm) -> tuple[Finished, bytes]:
    """Simulate a run, and say what it comes to; a run that fails says why, in one line."""
    from pricewar.scenarios.run.play import play
    from pricewar.scenarios.studies.outcomes import outcomes_of
    from pricewar.scenarios.studies.parts import parts_of

    begun = perf_counter()
    try:
        run = play(_built(arm), seed=task.seed)
        outcomes, series = outcomes_of(run)
        outcomes |= parts_of(run)
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
