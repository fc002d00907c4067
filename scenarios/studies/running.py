"""Running many: every task of a study that has not finished, on any executor, each written down as it ends."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context

from pricewar.scenarios.studies.ledger import Finished, Ledger
from pricewar.scenarios.studies.study import Study, Task
from pricewar.scenarios.studies.worker import lost, settle_in, work

AHEAD = 2
"""Tasks in flight for each worker: one at work, one waiting, so that memory stays constant."""
LIVES = 3
"""Times that a task may lose its process before it counts as failed."""
Told = Callable[[Finished], None]


def run_all(
    study: Study, ledger: Ledger, *, jobs: int = 1, executor: Executor | None = None, tell: Told | None = None
) -> None:
    """Run what has not finished, and write it down.

    jobs: processes of this machine. executor: any other that takes pickled functions, such as Dask's; jobs then says
    how many tasks it works on at a time. tell: is told of each run as it ends.
    Raises OSError where the disk is full; what has finished until then is kept.
    """
    todo = _left(study, ledger)
    deaths: dict[str, int] = {}
    waiting: list[Task] = []
    while True:
        with workers(jobs, executor) as pool:
            for task in _rounds(study, ledger, pool, _first(waiting, todo), AHEAD * jobs, tell or _nobody):
                deaths[task.id] = deaths.get(task.id, 0) + 1
                waiting.append(task)
        if not waiting:
            return
        for task in [task for task in waiting if deaths[task.id] >= LIVES]:
            waiting.remove(task)
            finished = lost(task)
            ledger.add(finished, b"")
            (tell or _nobody)(finished)


def _left(study: Study, ledger: Ledger) -> Iterator[Task]:
    """Tasks that have not finished, each once: arms that say the same share a run."""
    asked = set(ledger.entries)
    for task in study.tasks():
        if task.id not in asked:
            asked.add(task.id)
            yield task


def _nobody(_: Finished) -> None: ...


def _first(waiting: list[Task], todo: Iterator[Task]) -> Iterator[Task]:
    """Tasks that a dead process left, then the others."""
    while waiting:
        yield waiting.pop(0)
    # Not `yield from`: who closes this iterator must not close the other, which goes on with the next pool.
    for task in todo:  # noqa: UP028
        yield task


def _rounds(
    study: Study, ledger: Ledger, pool: Executor, tasks: Iterator[Task], ahead: int, tell: Told
) -> Iterator[Task]:
    """Keep so many tasks in flight until all have ended; yields those whose process died, and then stops."""
    flying: dict[Future[tuple[Finished, bytes]], Task] = {}
    in_hand: Task | None = None
    """Taken, and not yet accepted by the pool."""
    try:
        while True:
            for in_hand in islice(tasks, ahead - len(flying)):
                flying[pool.submit(work, in_hand, study.arms[in_hand.arm])] = in_hand
            in_hand = None
            if not flying:
                return
            for ended in wait(flying, return_when=FIRST_COMPLETED).done:
                finished, series = ended.result()
                del flying[ended]
                ledger.add(finished, series)
                tell(finished)
    except BrokenProcessPool:
        left = list(flying.values())
        yield from left
        if in_hand is not None and in_hand not in left:
            yield in_hand
    finally:
        for future in flying:
            future.cancel()


@contextmanager
def workers(jobs: int, executor: Executor | None = None) -> Iterator[Executor]:
    """The executor given, or processes of this machine that each use one core and leave Ctrl-C to us."""
    if executor is not None:
        yield executor
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(name, "1")
    # Spawned, not forked: numpy's and polars' threads do not survive a fork.
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=settle_in)
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
