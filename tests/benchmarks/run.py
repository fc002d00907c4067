"""How fast the simulator is, against bare numpy and against other frameworks; prints Markdown. Nothing is asserted.

    python -m tests.benchmarks.run            # some minutes
    python -m tests.benchmarks.run --quick    # smaller and fewer, under a minute

Candidates take turns within one process, so that a busy machine is busy for all of them, and the median of the
repetitions counts. Time is processor time: that of a neighbour on the same machine is not in it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.pages.table import Table, heads
from tests.benchmarks import kernel
from tests.benchmarks.market import DAYS, SEED, Draws, PricePath, draws, last_choices, ours, price_path

ROOT = Path(__file__).parents[2]
OTHERS = {
    "SimPy, a process per buyer": "simpy_processes",
    "Mesa, an event per renewal": "mesa_events",
    "Mesa, steps of a day": "mesa_steps",
}
IMPORTED = (
    "numpy",
    "polars",
    "pydantic",
    "pricewar.scenarios.cli",
    "pricewar.scenarios.config.load",
    "pricewar.scenarios.run.play",
    "pricewar.sim.pages.run_folder",
)

Choices = tuple[kernel.Ints, int]


@dataclass(slots=True)
class Candidate:
    """A program for the reference market, and its times so far."""

    name: str
    buyers: int
    run: Callable[[], Choices]
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    chosen: Choices = field(default_factory=lambda: (np.zeros(0, dtype=np.intp), 0))

    def repeat(self) -> None:
        """Run once more."""
        cpu, wall = process_time(), perf_counter()
        self.chosen = self.run()
        self.cpu.append(process_time() - cpu)
        self.wall.append(perf_counter() - wall)

    @property
    def pace(self) -> float:
        """Decisions a second of processor time."""
        return self.chosen[1] / median(self.cpu)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--quick", action="store_true", help="smaller and fewer")
    options.add_argument("--one", metavar="BUYERS", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one is not None:
        sys.stdout.write(json.dumps(china(chosen.one)))
        return
    # First what reports its memory: on Linux the peak of a child process begins at its parent's size.
    for part in (china_2024, reference_market, beginnings):
        sys.stdout.write("\n".join(part(chosen.quick)) + "\n\n")
        sys.stdout.flush()


def reference_market(quick: bool) -> list[str]:
    """The table of candidates on the reference market."""
    path = price_path(ours(100))
    groups = [
        ([kernel_of(n, path), Candidate("llm-pricewar", n, partial(our_choices, n))], repetitions)
        for n, repetitions in (((10_000, 5),) if quick else ((10_000, 15), (100_000, 7), (1_000_000, 1)))
    ]
    few = 500 if quick else 10_000
    luck = draws(few)
    others = [
        Candidate(name, few, partial(other_choices, module, luck, path))
        for name, module in OTHERS.items()
        if find_spec("mesa") or "mesa" not in module
    ]
    groups.append(([kernel_of(few, path), *others], 3 if quick else 1))
    for candidates, repetitions in groups:
        for _ in range(repetitions):
            for candidate in candidates:
                candidate.repeat()
    yardstick = groups[min(1, len(groups) - 2)][0][0]
    columns = ("reference market", "buyers", "seconds", "processor s", "decisions/s", "numpy is faster by",
               "same choices")  # fmt: skip
    rows = [row(candidate, candidates[0], yardstick) for candidates, _ in groups for candidate in candidates]
    note = (
        f"The simulator is held against numpy with as many buyers; the others, with {few:,}, decision by decision "
        f"against numpy with {yardstick.buyers:,}, since a decision costs them the same in any number."
    )
    return Table(heads(*columns), rows, [note]).markdown().splitlines()


def row(candidate: Candidate, kernel_here: Candidate, yardstick: Candidate) -> tuple[str, ...]:
    """One line of the table; ours against numpy at the same size, the others against it at its best size."""
    against = yardstick if candidate.name in OTHERS else kernel_here
    same = float(np.mean(candidate.chosen[0] == kernel_here.chosen[0]))
    return (
        candidate.name, f"{candidate.buyers:,}", f"{median(candidate.wall):.2f}", f"{median(candidate.cpu):.2f}",
        f"{candidate.pace:,.0f}", f"{against.pace / candidate.pace:.1f} ×", f"{same:.1%}",
    )  # fmt: skip


def kernel_of(count: int, path: PricePath) -> Candidate:
    """Bare numpy."""
    run = partial(kernel.choices, count, SEED, path.appeal, path.times, path.prices, DAYS)
    return Candidate("bare numpy", count, run)


def our_choices(count: int) -> Choices:
    """Our own software, from the scenario file on."""
    return last_choices(ours(count))


def other_choices(module: str, luck: Draws, path: PricePath) -> Choices:
    """Another framework."""
    chosen, made = import_module(f"tests.benchmarks.others.{module}").choices(luck, path, DAYS)
    return np.array(chosen), made


def china_2024(quick: bool) -> list[str]:
    """Whole runs of the bundled scenario, tables and all, each in a process of its own."""
    rows = []
    for count in (20_000,) if quick else (20_000, 1_000_000):
        run = json.loads(python("-m", "tests.benchmarks.run", "--one", str(count)))
        rows.append((f"a run of {run['days']:,} days", f"{count:,}", f"{run['wall']:.1f}", f"{run['cpu']:.1f}",
                     f"{run['peak'] / 1e6:,.0f} MB"))  # fmt: skip
    columns = heads("china-2024", "buyers", "seconds", "processor s", "peak memory")
    return Table(columns, rows).markdown().splitlines()


def china(count: int) -> dict[str, float]:
    """One run of china-2024 in this process: seconds, peak resident memory in bytes."""
    scenario = load("china-2024")
    scenario = replace(scenario, buyers=replace(scenario.buyers, count=count))
    cpu, wall = process_time(), perf_counter()
    play(scenario, seed=1)
    return {
        "days": scenario.days + scenario.burn_in,
        "cpu": process_time() - cpu,
        "wall": perf_counter() - wall,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }


def beginnings(quick: bool) -> list[str]:
    """How long it takes until something happens: the command's help, and imports."""
    repetitions = 3 if quick else 9
    asked = {"python -c pass": ("-c", "pass"), "pricewar --help": ("-m", "pricewar", "--help")}
    asked |= {f"import {module}": ("-c", f"import {module}") for module in IMPORTED}
    wall: dict[str, list[float]] = {name: [] for name in asked}
    cpu: dict[str, list[float]] = {name: [] for name in asked}
    with TemporaryDirectory() as compiled:
        for _ in range(repetitions):  # the first compiles, as an installation does; the median does not see it
            for name, arguments in asked.items():
                began, spent = perf_counter(), children()
                python(*arguments, PYTHONPYCACHEPREFIX=compiled, PYTHONDONTWRITEBYTECODE="")
                wall[name].append(perf_counter() - began)
                cpu[name].append(children() - spent)
    rows = [(name, f"{1e3 * median(wall[name]):.0f}", f"{1e3 * median(cpu[name]):.0f}") for name in asked]
    return Table(heads("a new process", "ms", "processor ms"), rows).markdown().splitlines()


def children() -> float:
    """Processor time of finished child processes. [s]"""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def python(*arguments: str, **settings: str) -> str:
    """Run Python in a process of its own, and return what it prints."""
    found = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(found)} | settings
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True, env=environment).stdout


if __name__ == "__main__":
    main()
