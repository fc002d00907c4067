"""Carry out a study in a folder: begin it or go on with it, and make its tables."""

import os
import shlex
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from math import isfinite
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

from pricewar.scenarios.config.load import to_toml
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.means import Means
from pricewar.scenarios.run.play import estimate
from pricewar.scenarios.studies.ledger import LINES, Finished, Ledger, packed, read_lines
from pricewar.scenarios.studies.store import (
    MARK,
    Manifest,
    Results,
    manifest_of,
    other_study,
    read_manifest,
    write_manifest,
    write_results,
)
from pricewar.scenarios.studies.study import Arm, Study, Task
from pricewar.sim.errors import ResultMistake, UserMistake

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
    from pricewar.scenarios.studies.outcomes import outcomes_of, parts_of

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
    lines = str(error).splitlines()
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'} ({where})"


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


def carry_out(study: Study, folder: Path, means: Means) -> Results:
    """Run what of a study has not finished, and make its tables.

    A folder that holds the same study is gone on with: nothing that finished is run again.
    Raises UserMistake where the folder holds anything else, or the disk is full; Cancelled.
    """
    study.check()
    manifest = manifest_of(study)
    prepare_folder(folder, manifest, overwrite=means.overwrite)
    try:
        with Ledger(folder) as ledger:
            (folder / "scenario.toml").write_text(to_toml(study.arms[0].scenario()), encoding="utf-8", newline="\n")
            run_all(study, ledger, jobs=means.jobs, executor=means.executor, tell=_counting(study, folder, means))
            missing = [name for _, _, name in manifest.places() if name not in ledger.entries]
            if missing:
                raise RuntimeError(f"{len(missing)} runs have neither finished nor failed")
            return write_results(folder, manifest)
    except OSError as error:
        raise UserMistake(
            f"the results cannot be written into {folder} ({error.strerror}); what has finished is kept: "
            f"make room, and {manifest.again}"
        ) from error


def _counting(study: Study, folder: Path, means: Means) -> Told:
    """Tell the plan, and return what counts runs as they end and tells how many have. Raises Cancelled."""
    done, failed = finished(folder)
    ended, total = done + failed, runs_of(study)
    means.tell(ended, total, failed, study_plan(study, means.jobs, ended) if means.progress else None)

    def count(run: Finished) -> None:
        nonlocal ended, failed
        ended += 1
        failed += run.status == "failed"
        means.tell(ended, total, failed)

    return count


def prepare_folder(folder: Path, manifest: Manifest, *, overwrite: bool) -> None:
    """Make the folder, or see that it holds the same study. Raises UserMistake."""
    if (folder / MARK).is_file():
        wrong = other_study(read_manifest(folder), manifest)
        if wrong is None:
            write_manifest(folder, manifest)  # it may ask for more seeds than before
            return
        if not overwrite:
            raise UserMistake(
                f"{folder} holds an earlier study: {wrong}; name another folder with --out, or add --overwrite"
            )
        shutil.rmtree(folder)
    elif folder.exists() and not folder.is_dir():
        raise UserMistake(f"{folder} is a file, not a folder; name a folder with --out")
    elif folder.exists() and any(folder.iterdir()):
        raise UserMistake(f"{folder} holds other files than a study's, which stay; name another folder with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_manifest(folder, manifest)
    except OSError as error:
        raise UserMistake(f"nothing may be written into {folder} ({error.strerror}); name another with --out") from None


def merge(folders: list[Path], out: Path, *, overwrite: bool = False) -> Results:
    """Put the shards of one study together. Raises UserMistake where they are not of one study."""
    manifests = [read_manifest(folder) for folder in folders]
    first = manifests[0]
    for folder, manifest in zip(folders, manifests, strict=True):
        if manifest.identity != first.identity or manifest.seeds != first.seeds:
            raise UserMistake(f"{folder} is of another study than {folders[0]}; merge the shards of one study")
    whole = replace(first, shard=(1, 1), command=_of_the_whole(first.command, out))
    missing = whole.size - len({entry.run.id for folder in folders for entry, _ in read_lines(folder)})
    if missing > 0:  # told before anything is written
        raise ResultMistake(f"{missing} of {whole.size} runs are in none of these folders; merge all the shards")
    prepare_folder(out, whole, overwrite=overwrite)
    with Ledger(out) as ledger:
        for folder in folders:
            for entry, _ in read_lines(folder):
                if entry.run.id not in ledger.entries:
                    ledger.add(entry.run, _block(folder, entry.at, entry.size))
        return write_results(out, whole)


def _of_the_whole(command: str, out: Path) -> str:
    """The command of a shard, for all shards and their folder."""
    words = [word for word in shlex.split(command) if not word.startswith(("--shard=", "--out="))]
    return shlex.join([*words, f"--out={out}"]) if words else ""


def _block(folder: Path, at: int, size: int) -> bytes:
    from pricewar.scenarios.studies.ledger import BLOCKS

    with (folder / BLOCKS).open("rb") as blocks:
        blocks.seek(at)
        return blocks.read(size)


def finished(folder: Path) -> tuple[int, int]:
    """Runs that are done and that failed so far, in a folder that another process may be at work in."""
    if not (folder / LINES).exists():
        return 0, 0
    states = [entry.run.status for entry, _ in read_lines(folder)]
    return states.count("done"), states.count("failed")


@contextmanager
def dask(address: str) -> Iterator[Executor]:
    """Workers of a Dask cluster that is there, as an executor. Raises UserMistake where Dask or it is not."""
    try:
        from distributed import Client
    except ImportError:
        raise UserMistake("--cluster needs Dask; install llm-pricewar[dask]") from None
    try:
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise UserMistake(
            f"no Dask scheduler answers at {address} ({error}); start one with `dask scheduler`"
        ) from None
    try:
        yield client.get_executor()  # type: ignore[no-untyped-call]
    finally:
        client.close()  # type: ignore[no-untyped-call]


A_DAY = 130.0
"""Bytes of a run's daily series, in the log and in the tables, a day; measured over 1,000 runs of `china-2024`."""
A_RUN = 2_000.0
"""Bytes of its line in the ledger and of its rows in the tables."""


def runs_of(study: Study) -> int:
    """Runs of this shard; arms that say the same share theirs."""
    return len({task.id for task in study.tasks()})


def disk_of(study: Study) -> float:
    """Rough size of its folder. [bytes]"""
    return runs_of(study) * (A_RUN + A_DAY * study.arms[0].scenario().days)


def study_plan(study: Study, jobs: int, finished: int = 0) -> dict[str, Any]:
    """Say what a study would take on so many processes; the time is that of the runs that have not finished.

    Simplification: every arm is taken to cost what the first does, and processes not to hinder each other.
    """
    each = estimate(study.arms[0].scenario())
    return {
        "arms": len(study.arms),
        "seeds": len(study.seeds),
        "runs": runs_of(study),
        "seconds a run": round(each, 1),
        "processes": jobs,
        "estimated time": span(max(0, runs_of(study) - finished) * each / jobs),
        "estimated disk": room(disk_of(study)),
    } | ({"part": f"{study.shard[0]} of {study.shard[1]}"} if study.shard != (1, 1) else {})


def span(seconds: float) -> str:
    """Write a time in the unit that suits it.

    >>> span(90.0), span(600.0), span(3 * 3600.0), span(5 * 86_400.0)
    ('90 s', '10 min', '3 h', '5 days')
    """
    for size, unit in ((86_400.0, "days"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= 2.0 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def room(size: float) -> str:
    """Write a size in the unit that suits it.

    >>> room(4e3), room(5.6e7), room(3e9)
    ('1 MB', '56 MB', '3 GB')
    """
    return f"{size / 1e9:.0f} GB" if size >= 2e9 else f"{max(1.0, size / 1e6):.0f} MB"
