"""A study that is killed, in whatever way and at whatever instant, goes on to the bytes of one that was not."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pricewar.scenarios.studies.runner import finished
from pricewar.scenarios.studies.store import open_study

ROOT = Path(__file__).parents[2]
SEEDS = 16


def begin(folder: Path, *, jobs: int = 2, told: bool = False) -> subprocess.Popen[bytes]:
    """Start the study, or go on with it, in a process group of its own."""
    command = [sys.executable, "-m", "pricewar", "run", "textbook", "days=15", "burn_in=3"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [*command, f"--seeds={SEEDS}", f"--jobs={jobs}", "--out", str(folder)],
        start_new_session=True,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if told else subprocess.DEVNULL,
    )


def workers(parent: int) -> list[int]:
    """Processes of the pool, as far as they are there."""
    numbers = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "stat").read_text().rpartition(")")[2].split()
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(words[1]) == parent and b"spawn_main" in line:
            numbers.append(int(entry.name))
    return numbers


def contents(folder: Path) -> dict[str, bytes]:
    files = [folder / "runs.parquet", *sorted((folder / "series").iterdir())]
    return {file.name: file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed") / "study"
    assert begin(folder).wait() == 0
    return folder


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.nightly)])
def test_killed_at_random_instants_it_ends_with_the_same_bytes(undisturbed: Path, tmp_path: Path, kills: int) -> None:
    luck, folder, kept = random.Random(20240506), tmp_path / "study", 0
    for kill in range(kills):
        process = begin(folder, jobs=1 + (kill + 1) // kills)
        # Instants from the start of the interpreter to some way into the runs; finished runs bring the end nearer.
        time.sleep(luck.uniform(0.2, 4.0))
        if process.poll() is None:
            # The parent alone, as the kernel does it when memory is short; everybody, as a batch queue does it.
            (os.kill if kill % 2 else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()
        now = sum(finished(folder))
        assert now >= kept, "what had finished was lost"
        kept = now
    process = begin(folder)
    assert process.wait() == 0
    assert contents(folder) == contents(undisturbed)
    assert open_study(folder).digest == open_study(undisturbed).digest


@pytest.mark.nightly
def test_a_killed_worker_is_replaced_and_its_run_made_again(undisturbed: Path, tmp_path: Path) -> None:
    process, killed = begin(tmp_path / "study"), 0
    while process.poll() is None and killed < 2:
        time.sleep(0.5)
        if 0 < sum(finished(tmp_path / "study")) < SEEDS - 4:
            for worker in workers(process.pid)[:1]:
                os.kill(worker, signal.SIGKILL)
                killed += 1
    assert process.wait() == 0
    assert killed > 0
    assert contents(tmp_path / "study") == contents(undisturbed)


@pytest.mark.nightly
def test_workers_end_when_their_parent_has_been_killed(tmp_path: Path) -> None:
    process = begin(tmp_path / "study")
    while not workers(process.pid):
        time.sleep(0.1)
        assert process.poll() is None
    orphans = workers(process.pid)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20.0
    while any(Path(f"/proc/{pid}").exists() and _runs(pid) for pid in orphans):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _runs(pid: int) -> bool:
    try:
        return (Path(f"/proc/{pid}") / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_interrupted_from_the_keyboard_it_says_how_to_go_on(tmp_path: Path) -> None:
    process = begin(tmp_path / "study", told=True)
    while sum(finished(tmp_path / "study")) < 1 and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 130
    assert "what had finished is kept" in said
    assert "pricewar run textbook" in said
    assert "Traceback" not in said
