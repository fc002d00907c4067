"""Options of the verbs that run many, and how they are carried out."""

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scenarios.cli.screen import say

if TYPE_CHECKING:
    from scenarios.studies.ledger import Finished
    from scenarios.studies.results import Results
    from scenarios.studies.study import Study

Verb = TypeVar("Verb", bound=Callable[..., Any])
SOME_FAILED, NOT_MET = 3, 4
"""Exit codes: finished with failed runs; a claim that was required is not met."""
EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


@dataclass(frozen=True, slots=True)
class Means:
    """With what a study is run, and where its results go."""

    jobs: int
    cluster: str | None
    shard: tuple[int, int]
    out: Path | None
    overwrite: bool


def _shard(_: click.Context, __: click.Parameter, said: str | None) -> tuple[int, int]:
    if said is None:
        return 1, 1
    part, slash, parts = said.partition("/")
    if slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts):
        return int(part), int(parts)
    raise click.BadParameter(f"{said!r} is no part such as 2/5")


def seeds(default: int) -> Callable[[Verb], Verb]:
    """Give a verb --seeds and --seed."""

    def give(verb: Verb) -> Verb:
        many = click.option(
            "--seeds", type=click.IntRange(min=1), default=default, show_default=True, help="Runs of every arm."
        )
        first = click.option("--seed", type=click.IntRange(min=0), default=1, help="The first seed; others follow it.")
        return many(first(verb))

    return give


def means(verb: Verb) -> Verb:
    """Give a verb what says with what its runs are run: the argument `means`."""

    @wraps(verb)  # click keeps the options given so far on the function
    def collect(*args: Any, jobs: int, cluster: str | None, shard: tuple[int, int], out: Path | None, overwrite: bool,
                **other: Any) -> Any:
        return verb(*args, means=Means(jobs, cluster, shard, out, overwrite), **other)

    options = (
        click.option("--jobs", "-j", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default="all cores",
                     help="Processes on this machine."),
        click.option("--cluster", metavar="ADDRESS", help="Run on a Dask cluster that is there, such as tcp://host:8786."),
        click.option("--shard", metavar="I/N", callback=_shard, help="Only one part of N, for batch queues."),
        click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the results."),
        click.option("--overwrite", is_flag=True, help="Throw another study in that folder away."),
    )  # fmt: skip
    wrapped: Any = collect
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


def command(asked: tuple[str, ...], **options: tuple[str, ...]) -> str:
    """Write the command that goes on with a study, or makes it again; flags that are not given are left out."""
    given = [f"--{name.replace('_', '-')}={value}" for name, values in options.items() for value in values]
    return shlex.join(["pricewar", *asked, *given])


def carry_out(study: "Study", folder: Path, means: Means) -> "Results":
    """Run a study as the options say, with its plan first and its progress to people."""
    from scenarios.studies.carry_out import carry_out as carry
    from scenarios.studies.carry_out import dask, finished

    study = replace(study, shard=means.shard)
    total = len(study.arms) * len(study.seeds) // means.shard[1]
    before = sum(finished(folder))
    _tell_plan(study, means, before)
    with _counting(total, before) as tell:
        if means.cluster is None:
            results = carry(study, folder, jobs=means.jobs, overwrite=means.overwrite, tell=tell)
        else:
            with dask(means.cluster) as executor:
                results = carry(
                    study, folder, jobs=means.jobs, executor=executor, overwrite=means.overwrite, tell=tell
                )
    failed = results.failed
    if failed.height:
        first = failed.row(0, named=True)
        which = f"{first['arm']} with seed {first['seed']}"
        say(f"{failed.height} of {results.runs.height} runs failed; the first, {which}: {first['reason']}")
    return results


def _tell_plan(study: "Study", means: Means, before: int) -> None:
    from scenarios.plan import estimate

    arms, seeds = len(study.arms), len(study.seeds)
    each = estimate(study.arms[0].scenario())
    part, parts = means.shard
    runs = len(range(part - 1, arms * seeds, parts))
    of = f", part {part} of {parts}" if parts > 1 else ""
    left = max(0, runs - before)
    gone_on = f"; {before} have finished before, {left} are left" if before else ""
    where = f"on {means.cluster}" if means.cluster else f"on {means.jobs} worker{'s' if means.jobs > 1 else ''}"
    say(f"{arms} arm{'s' if arms > 1 else ''} × {seeds} seeds = {arms * seeds} runs{of}, about {each:.1f} s each, "
        f"{_span(left * each / means.jobs)} {where}{gone_on}")  # fmt: skip


def _span(seconds: float) -> str:
    for size, unit in ((86_400.0, "days"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= 2.0 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


@contextmanager
def _counting(total: int, before: int) -> "Iterator[Callable[[Finished], None]]":
    """Hand out a function that is told of each run as it ends, and show rate, time left and failures."""
    import sys
    from time import monotonic

    begun, state = monotonic(), {"done": 0, "failed": 0, "told": monotonic()}

    def sentence() -> str:
        done, passed = state["done"], monotonic() - begun
        left = (total - before - done) * passed / done if done else float("nan")
        failed = f", {state['failed']:.0f} failed" if state["failed"] else ""
        return f"{before + done:.0f} of {total}, {60.0 * done / passed:.1f} runs a minute, {_span(left)} left{failed}"

    def count(run: "Finished") -> None:
        state["done"] += 1
        state["failed"] += run.status == "failed"

    if not sys.stderr.isatty():

        def line(run: "Finished") -> None:
            count(run)
            if monotonic() - state["told"] > EVERY:
                state["told"] = monotonic()
                say(sentence())

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, completed=before)

        def tick(run: "Finished") -> None:
            count(run)
            bar.update(task, completed=before + state["done"], description=sentence())

        yield tick
