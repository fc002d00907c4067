"""Verbs that simulate: run a scenario, once or with many seeds, and force a price on it."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import overload

from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.source import Source
from pricewar.scenarios.run.folders import ensemble_folder, free_for_results
from pricewar.scenarios.run.means import Means, Progress
from pricewar.scenarios.run.play import plan, play, seed_of
from pricewar.scenarios.studies.forced_price import effects, experiment_of, result_of
from pricewar.scenarios.studies.pages.ensemble import write_report
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.statistics import summaries
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import BASELINE, Arm, Study, seeds_from
from pricewar.sim.errors import UserMistake
from pricewar.sim.figures.catalogue import STORY, chosen
from pricewar.sim.pages import forced_price_folder
from pricewar.sim.pages.run_folder import save
from pricewar.sim.results.forced_price import ForcedPriceResult
from pricewar.sim.results.run import Run


@overload
def run(
    scenario: str | Scenario | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seeds: None = None,
    seed: int | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
    csv: bool = False,
    figures: str | Sequence[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Run: ...


@overload
def run(
    scenario: str | Scenario | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seeds: int | Sequence[int],
    seed: int | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    shard: tuple[int, int] = (1, 1),
    out: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Results: ...


def run(
    scenario: str | Scenario | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seeds: int | Sequence[int] | None = None,
    seed: int | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    shard: tuple[int, int] = (1, 1),
    out: Path | str | None = None,
    overwrite: bool = False,
    csv: bool = False,
    figures: str | Sequence[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Run | Results:
    """Simulate a scenario once, or with many seeds.

    scenario: bundled name, path, or a Scenario as `load` makes it (which takes no overrides or policies any more).
    overrides: "key.path=value" each. policies: names or paths, laid over it in this order. strategies: of your own,
    "my_rules.py:Sticky" or the class. seeds: how many, or which; none given: one run. seed: the first; the scenario's
    own if not given.
    jobs: processes of this machine. executor: any concurrent.futures.Executor that takes pickled functions instead;
    jobs then says how many tasks it works on at a time. shard: which part of the runs, of how many. out: folder; a
    single run is written only where one is given, many go to outputs/SCENARIO-seeds... A folder that holds the same
    study is gone on with. overwrite: whether anything else of ours there may be replaced. csv: whether the tables of a
    single run are written as CSV too. figures: which of a single run are drawn: "all", "none", names; those that tell
    its story if not given. progress: is told how far it is, first the plan. cancel: is asked as often, and
    ends it where it says True.
    Returns the Run, or the Results of all. Raises UserMistake, and Cancelled.
    """
    source = Source.of(scenario, overrides, policies, strategies)
    means = Means.of(
        jobs=jobs, executor=executor, out=out, overwrite=overwrite, progress=progress, cancel=cancel
    )  # fmt: skip
    first = seed_of(source.built, seed)
    if seeds is not None:
        if csv or figures is not None:
            raise UserMistake(f"{'csv' if csv else 'figures'} is of a single run; leave it out, or leave out seeds")
        return _many(source, means, first, seeds, shard)
    if shard_named(shard):
        raise UserMistake("a shard is a part of many runs; say how many with seeds, or leave shard out")
    return _once(source, means, first, csv, figures)


def _once(source: Source, means: Means, seed: int, csv: bool, figures: str | Sequence[str] | None) -> Run:
    scenario, drawn = source.built, chosen(figures)
    if means.out is not None:
        if not scenario.books:
            raise UserMistake("books = false is for timing and leaves nothing to write; set books = true")
        free_for_results(means.out, means.overwrite)
    means.tell(0.0, plan=plan(scenario, seed) if means.progress else None)
    # Not where it was written: a run is the same bytes in any folder.
    finished = replace(
        play(scenario, seed=seed, progress=means.tell),
        command=source.command("run", seed=seed, csv=csv, figures=_figures_named(drawn)),
    )
    if means.out is not None:
        try:
            save(finished, means.out, csv=csv, figures=drawn, overwrite=means.overwrite)
        except OSError as error:
            raise _cannot_be_written(means.out, error) from error
    return finished


def _many(source: Source, means: Means, first: int, seeds: int | Sequence[int], shard: tuple[int, int]) -> Results:
    which = seeds_from(first, seeds) if isinstance(seeds, int) else tuple(sorted(set(seeds)))
    if not which:
        raise UserMistake("no seeds are given; seeds is a number of at least 1, or a list")
    if not source.built.books:
        raise UserMistake("books = false is for timing and leaves nothing to write; set books = true")
    folder = means.out or ensemble_folder(source.name, which)
    again = ""
    if which == seeds_from(which[0], len(which)):  # a list with holes has no option
        again = source.command("run", seed=which[0], seeds=len(which), shard=shard_named(shard), out=folder)
    study = Study("ensemble", source.title, (Arm(BASELINE, source.reading),), which, again, shard)
    results = carry_out(study, folder, means)
    write_report(results, summaries(results.runs))
    return results


def _figures_named(names: tuple[str, ...]) -> str | None:
    """Write which figures are drawn as --figures has it, None for those that are drawn unasked."""
    return None if names == STORY else ",".join(names) or "none"


def shard_named(shard: tuple[int, int]) -> str | None:
    """Write a part of the runs as --shard has it, None for all of them."""
    return None if shard == (1, 1) else f"{shard[0]}/{shard[1]}"


def _cannot_be_written(folder: Path, error: OSError) -> UserMistake:
    why = f"the results cannot be written into {folder} ({error.strerror})"
    return UserMistake(f"{why}; name another folder with --out")


def force_price(
    scenario: str | Scenario | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seller: str,
    tier: str | None = None,
    price: str,
    on: date,
    hold: float = 0.0,
    days: int | None = None,
    seeds: int = 1,
    seed: int | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> ForcedPriceResult:
    """Force a price on a market, and compare with the same luck without it: who answers, when, by how much.

    scenario, overrides, policies, strategies: as `run`. seller, tier: whose price; all of the seller's lines if no
    tier is given. price: a change such as "-30%", or a price such as "2.5". on: its day. hold: how long the seller
    keeps it [day]. days: how long its effects are followed [day]; 90, or to the end of the run. seeds: pairs of runs,
    on so many seeds from `seed` up. jobs, executor, progress, cancel: as `run`. out: folder; nothing is written where
    none is given. overwrite: whether an earlier one there may be replaced.
    Returns tables of responses and answers, by seed and over seeds. Raises UserMistake, and Cancelled.
    """
    source = Source.of(scenario, overrides, policies, strategies)
    means = Means.of(
        jobs=jobs, executor=executor, out=out, overwrite=overwrite, progress=progress, cancel=cancel
    )  # fmt: skip
    experiment = experiment_of(source.built, seller=seller, tier=tier, price=price, on=on, hold=hold, days=days)
    first = seed_of(source.built, seed)
    if means.out is not None:
        free_for_results(means.out, overwrite, forced_price_folder.mark_in(means.out))
    again = source.command(
        "force", seller=seller, tier=tier, price=price, on=on, hold=repr(float(hold)).removesuffix(".0"),
        days=experiment.last, seeds=seeds, seed=first,
    )  # fmt: skip
    result = result_of(experiment, effects(experiment, range(first, first + seeds), means), again)
    if means.out is not None:
        try:
            forced_price_folder.save(result, means.out, overwrite=overwrite)
        except OSError as error:
            raise _cannot_be_written(means.out, error) from error
    return result
