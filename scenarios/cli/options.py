"""Arguments that several verbs share, so that they mean the same everywhere."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pricewar.scenarios.cli.screen import print_pairs, progress, say

if TYPE_CHECKING:
    from pricewar.scenarios.run.means import Progress
    from pricewar.scenarios.studies.store import Results


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


def _shard(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    part, slash, parts = text.partition("/")
    if slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts):
        return int(part), int(parts)
    raise click.BadParameter(f"{text!r} is no part such as 2/5")


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
    """Give a verb what says with what its runs are run: jobs, executor, shard, out, overwrite and progress."""

    @wraps(verb)  # click keeps the options given so far on the function
    def collect(*args: Any, cluster: str | None, **given: Any) -> Any:
        with ExitStack() as stack:
            if cluster is not None:
                from pricewar.scenarios.studies.runner import dask

                given["executor"] = stack.enter_context(dask(cluster))
            given["progress"] = stack.enter_context(telling(cluster))
            return verb(*args, **given)

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


@contextmanager
def telling(cluster: str | None = None) -> "Iterator[Callable[[Progress], None]]":
    """Hand out a function that shows people a plan, and how far it is: rate, time left and failures.

    Where standard error is no terminal, a line every ten seconds, and none of a single run.
    """
    with progress("simulating") as bar:
        counted = Counted()

        def tell(now: "Progress") -> None:
            if "runs" in now.plan:
                _tell_plan(now, cluster)
                counted.begin(now)
            elif now.plan:
                print_pairs(now.plan, to_people=True)
            bar(now.done / max(now.total, 1.0), counted.sentence(now) if now.total > 1.0 else "simulating")
            if counted.is_due(now):
                say(counted.sentence(now))

        yield tell


class Counted:
    """Runs that have ended since the plan was told, and when people were last told of them."""

    def __init__(self) -> None:
        """Begin now."""
        self.before, self.begun = 0.0, monotonic()
        self.told = self.begun

    def begin(self, now: "Progress") -> None:
        """Begin with runs that ended before."""
        self.before, self.begun = now.done, monotonic()
        self.told = self.begun

    def sentence(self, now: "Progress") -> str:
        """Say how many have ended, how fast, and how long the others will take."""
        from pricewar.scenarios.studies.runner import span

        done, passed = now.done - self.before, max(monotonic() - self.begun, 1e-9)
        left = (now.total - now.done) * passed / done if done else float("nan")
        failed = f", {now.failed} failed" if now.failed else ""
        return f"{now.done:.0f} of {now.total:.0f}, {60.0 * done / passed:.1f} runs a minute, {span(left)} left{failed}"

    def is_due(self, now: "Progress") -> bool:
        """Whether it is time for another line, and a terminal shows none."""
        if sys.stderr.isatty() or now.total <= 1.0 or monotonic() - self.told <= EVERY:
            return False
        self.told = monotonic()
        return True


def _tell_plan(now: "Progress", cluster: str | None) -> None:
    plan = now.plan
    arms, seeds, runs, jobs = plan["arms"], plan["seeds"], plan["runs"], plan["processes"]
    of = f", part {plan['part']}" if "part" in plan else ""
    shared = "" if of or runs == arms * seeds else f", {runs} of them different"
    where = f"on {cluster}" if cluster else f"on {jobs} worker{'s' if jobs > 1 else ''}"
    say(f"{arms} arm{'s' if arms > 1 else ''} × {seeds} seeds = {arms * seeds} runs{of}{shared}, "
        f"about {plan['seconds a run']:.1f} s each, "
        f"{plan['estimated time']} {where}, {plan['estimated disk']}")  # fmt: skip
    if now.done:
        say(f"{now.done:.0f} have finished before, {max(0, runs - now.done):.0f} are left")


def tell_failures(results: "Results", met: bool = True) -> None:
    """Say which run failed first, of how many, and end with the exit code of that, or of a claim that is not met."""
    failed = results.failed
    if failed.height:
        first = failed.row(0, named=True)
        which = f"{first['arm']} with seed {first['seed']}"
        say(f"{failed.height} of {results.runs.height} runs failed; the first, {which}: {first['reason']}")
    if failed.height or not met:
        click.get_current_context().exit(SOME_FAILED if met else NOT_MET)


def tell_part(results: "Results", shard: tuple[int, int]) -> bool:
    """Say what is to be done with a part of a study; False for a whole one."""
    if shard == (1, 1):
        return False
    say(f"Results: {results.folder}; put the shards together with `pricewar merge`, then give this command their --out")
    tell_failures(results)
    return True
