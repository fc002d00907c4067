"""Arguments that several verbs share, so that they mean the same everywhere."""

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pricewar.scenarios.cli.screen import say

if TYPE_CHECKING:
    from pricewar.scenarios.studies.ledger import Finished
    from pricewar.scenarios.studies.store import Results
    from pricewar.scenarios.studies.study import Study


Verb = TypeVar("Verb", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")

seed = click.option("--seed", type=click.IntRange(min=0), help="Root of all chance; the scenario's own if not given.")

strategy = click.option(
    "--strategy",
    "strategies",
    multiple=True,
    metavar="FILE.py:CLASS",
    help="Import a pricing strategy of your own (also MODULE:CLASS), so that a seller may use it; repeatable.",
)


def scenario(verb: Verb) -> Verb:
    """Give a verb SCENARIO, overrides of its keys, policies laid over it, and strategies of one's own."""
    policy = click.option(
        "--policy",
        "-p",
        "policies",
        multiple=True,
        metavar="POLICY",
        help="Lay a policy over it; repeatable.",
    )
    overrides = click.argument("overrides", nargs=-1, metavar="[KEY.PATH=VALUE]...")
    return click.argument("scenario")(overrides(policy(strategy(verb))))


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
    def collect(
        *args: Any,
        jobs: int,
        cluster: str | None,
        shard: tuple[int, int],
        out: Path | None,
        overwrite: bool,
        **other: Any,
    ) -> Any:
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


def command(asked: Sequence[str], folder: Path, means: Means, **options: object) -> str:
    """Write the command that goes on with a study, or makes it again; options that are not given are left out."""
    words = ["pricewar", *asked]
    for name, value in options.items():
        if value not in (None, ()):
            values = value if isinstance(value, tuple) else (value,)
            words += [f"--{name.replace('_', '-')}={one}" for one in values]
    if means.shard != (1, 1):
        words.append(f"--shard={means.shard[0]}/{means.shard[1]}")
    return shlex.join([*words, f"--out={folder}"])


def carry_out(study: "Study", folder: Path, means: Means) -> "Results":
    """Run a study as the options say, with its plan first and its progress to people."""
    from pricewar.scenarios.studies.runner import carry_out as carry
    from pricewar.scenarios.studies.runner import dask, finished, runs_of

    study = replace(study, shard=means.shard)
    total = runs_of(study)
    before = sum(finished(folder))
    _tell_plan(study, means, before)
    with _counting(total, before) as tell:
        if means.cluster is None:
            results = carry(study, folder, jobs=means.jobs, overwrite=means.overwrite, tell=tell)
        else:
            with dask(means.cluster) as executor:
                results = carry(study, folder, jobs=means.jobs, executor=executor, overwrite=means.overwrite, tell=tell)
    failed = results.failed
    if failed.height:
        first = failed.row(0, named=True)
        which = f"{first['arm']} with seed {first['seed']}"
        say(f"{failed.height} of {results.runs.height} runs failed; the first, {which}: {first['reason']}")
    return results


def _tell_plan(study: "Study", means: Means, before: int) -> None:
    from pricewar.scenarios.studies.runner import study_plan

    of = f", part {means.shard[0]} of {means.shard[1]}" if means.shard[1] > 1 else ""
    planned = study_plan(study, means.jobs, before)
    arms, seeds, runs, each = (planned[name] for name in ("arms", "seeds", "runs", "seconds a run"))
    shared = "" if means.shard[1] > 1 or runs == arms * seeds else f", {runs} of them different"
    where = f"on {means.cluster}" if means.cluster else f"on {means.jobs} worker{'s' if means.jobs > 1 else ''}"
    say(f"{arms} arm{'s' if arms > 1 else ''} × {seeds} seeds = {arms * seeds} runs{of}{shared}, "
        f"about {each:.1f} s each, "
        f"{planned['estimated time']} {where}, {planned['estimated disk']}")  # fmt: skip
    if before:
        say(f"{before} have finished before, {max(0, runs - before)} are left")


@contextmanager
def _counting(total: int, before: int) -> "Iterator[Callable[[Finished], None]]":
    """Hand out a function that is told of each run as it ends, and show rate, time left and failures."""
    import sys
    from time import monotonic

    from pricewar.scenarios.studies.runner import span

    begun, state = monotonic(), {"done": 0, "failed": 0, "told": monotonic()}

    def sentence() -> str:
        done, passed = state["done"], monotonic() - begun
        left = (total - before - done) * passed / done if done else float("nan")
        failed = f", {state['failed']:.0f} failed" if state["failed"] else ""
        return f"{before + done:.0f} of {total}, {60.0 * done / passed:.1f} runs a minute, {span(left)} left{failed}"

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
