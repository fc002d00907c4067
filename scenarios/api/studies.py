"""Verbs that ask something of many runs: compare, attribute, sweep, sensitivity.

Of a part of a study (a shard) they carry out the runs, and their findings are empty: put the parts together with
`merge`, and ask the same of the whole.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from pricewar.scenarios.api.run import shard_named
from pricewar.scenarios.config.source import Source
from pricewar.scenarios.run.folders import study_folder
from pricewar.scenarios.run.means import Means, Progress
from pricewar.scenarios.studies.attribute import (
    Attribution,
    Plan,
    Subset,
    causes,
    combination_arms,
    interactions,
    plan,
    shares,
    stand_ins_of,
    stood_in,
    switches,
)
from pricewar.scenarios.studies.compare import differences, gains, regrets, trajectories
from pricewar.scenarios.studies.comparison import Comparison, batches, precise, precision, question
from pricewar.scenarios.studies.designs import Kind
from pricewar.scenarios.studies.outcomes import outcomes_asked
from pricewar.scenarios.studies.pages.attribute import write_attribution
from pricewar.scenarios.studies.pages.compare import write_comparison
from pricewar.scenarios.studies.pages.sweep import USUAL, effects, write_sensitivity, write_sweep
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.sensitivity import Method, Sensitivity, indices
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import (
    BASELINE,
    Arm,
    Study,
    Value,
    distinct,
    events_of,
    seeds_from,
    without_arm,
)
from pricewar.scenarios.studies.sweep import as_options, asked, sensitivity_of, study_of
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.streams import Streams

WHOLE = (1, 1)


def compare(
    scenario: str | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    arms: Sequence[str] = (),
    without: Sequence[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seeds: int = 200,
    seed: int = 1,
    outcomes: Sequence[str] = (),
    until: Mapping[str, float] | Sequence[str] = (),
    require: Sequence[str] = (),
    jobs: int = 1,
    executor: Executor | None = None,
    shard: tuple[int, int] = WHOLE,
    out: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Comparison:
    """Hold policies and other settings against a scenario, on the same seeds.

    scenario: bundled name or path. overrides: hold in all arms. policies: an arm each, "a" or "a+b". arms: as --arm has
    them, "scarce: opening.hold=scarce". without: "release:deepseek-v2" and the like. strategies: as `run`. seeds: how
    many, from `seed` up. outcomes: of `OUTCOMES`; the usual ones if none is named. until: half-widths of intervals by
    outcome, for which seeds are added, `seeds` at most. require: claims such as "hhi<0.02", told as met or not.
    jobs, executor, shard, overwrite, progress, cancel: as `run`. out: folder; outputs/SCENARIO-compare-... where
    none is given.
    Returns tables of differences, gains, regrets and trajectories, in whose folder lies the page. Raises UserMistake,
    and Cancelled.
    """
    source = Source.of(scenario, overrides, (), strategies)
    means = Means.of(
        jobs=jobs, executor=executor, out=out, overwrite=overwrite, progress=progress, cancel=cancel
    )  # fmt: skip
    policies = tuple(policies)
    of = question(
        source, policies, arms, without,
        seeds=seeds_from(seed, seeds), outcomes=outcomes, until=until, require=require,
    )  # fmt: skip
    if of.widths and shard != WHOLE:
        raise UserMistake("until looks at all runs of a seed, so it does not go with --shard; leave one of them out")
    names = [arm.name for arm in of.study.arms]
    folder = means.out or study_folder(source.name, "compare", names[1:])
    again = source.command(
        "compare", policy=policies, arm=arms, without=without, outcome=outcomes,
        until=[f"{name}={width!r}" for name, width in of.widths.items()], require=require, seed=seed, seeds=seeds,
        shard=shard_named(shard), out=folder,
    )  # fmt: skip
    study = replace(of.study, command=again, shard=shard)
    if shard != WHOLE:
        part = carry_out(study, folder, means)
        none = part.runs.clear(), [BASELINE]
        return Comparison(
            part, of.asked, differences(*none, of.asked), gains(part.parts, none[1]), regrets(*none, of.asked),
            trajectories(part.series(), none[1]),
        )  # fmt: skip
    for count in batches(seeds) if of.widths else (seeds,):
        results = carry_out(replace(study, seeds=study.seeds[:count]), folder, means)
        table = differences(results.runs, names, of.asked)
        if of.widths and precise(table, of.widths):
            break
    finished = Comparison(
        results,
        of.asked,
        table,
        gains(results.parts, names),
        regrets(results.runs, names, of.asked),
        trajectories(results.series(), names),
        precision(table, of.widths),
        of.claims,
    )
    write_comparison(finished)
    return finished


def attribute(
    scenario: str | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    mechanisms: str | None = None,
    stand_ins: Sequence[str] = (),
    orders: int = 6,
    without: Sequence[str] = (),
    events: bool = False,
    seeds: int = 50,
    seed: int = 1,
    jobs: int = 1,
    executor: Executor | None = None,
    shard: tuple[int, int] = WHOLE,
    out: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Attribution:
    """Share out the price wars of a scenario among its mechanisms, and among events.

    scenario, overrides, policies, strategies: as `run`. mechanisms: names of switches joined by commas, chain.NAME for
    a link; all that are on if none is named. stand_ins: what takes the place of one that is off, as in
    "focal_prices=scarcity"; the table of shares names it. orders: pairs of orders sampled where there are more than
    five. without: events that are taken out, "release:deepseek-v2" and the like. events: takes out each release and
    each dated launch, one at a time. seeds: how many, from `seed` up. jobs, executor, shard, overwrite, progress,
    cancel: as `run`. out: folder; outputs/SCENARIO-attribute-... if not given.
    Returns tables of shares, interactions and causes; of what was not asked, without rows. Raises UserMistake, and
    Cancelled.
    """
    source = Source.of(scenario, overrides, policies, strategies)
    means = Means.of(
        jobs=jobs, executor=executor, out=out, overwrite=overwrite, progress=progress, cancel=cancel
    )  # fmt: skip
    baseline = Arm(BASELINE, source.reading)
    taken_out = dict.fromkeys((*without, *(events_of(source.built) if events else ())))
    missing = {what: without_arm(source.reading, source.built, what) for what in taken_out}
    chosen, combined = Plan(()), dict[Subset, Arm]()
    if mechanisms is not None or not missing:
        chosen = plan(switches(source.built, mechanisms), orders, Streams(0)("attribution", "orders"))
    others = stand_ins_of(stand_ins, chosen.names)
    if chosen.names:
        combined = combination_arms(baseline, chosen, others)
    arms = distinct([baseline, *missing.values(), *(arm for arm in combined.values() if arm is not baseline)])
    folder = means.out or study_folder(source.name, "attribute", [*(["events"] if events else missing), *stand_ins])
    again = source.command(
        "attribute", mechanisms=mechanisms, stand_in=stand_ins, orders=orders, without=without, events=events,
        seed=seed, seeds=seeds, shard=shard_named(shard), out=folder,
    )  # fmt: skip
    study = Study("attribution", source.title, arms, seeds_from(seed, seeds), again, shard)
    results = carry_out(study, folder, means)
    if shard != WHOLE:
        chosen, combined, missing = Plan(()), {}, {}
    runs, names = results.runs, {subset: arm.name for subset, arm in combined.items()}
    finished = Attribution(
        results, chosen, shares(runs, names, chosen, stood_in(chosen.names, others)), interactions(runs, names, chosen),
        causes(runs, BASELINE, {event: arm.name for event, arm in missing.items()}),
    )  # fmt: skip
    if shard == WHOLE:
        write_attribution(finished)
    return finished


@dataclass(frozen=True)
class Sweep(Results):
    """The results of a sweep, and how outcomes answer to its keys."""

    outcomes: tuple[str, ...] = ()
    """Those asked for."""

    @cached_property
    def effects(self) -> pl.DataFrame:
        """Main effects: a row a key, level and outcome."""
        return effects(self, self.outcomes)


def sweep(
    scenario: str | Source,
    vary: Mapping[str, str | Sequence[Value]] | Sequence[str] = (),
    *,
    design: Kind | None = None,
    points: int | None = None,
    seeds: int | None = None,
    seed: int | None = None,
    design_seed: int | None = None,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    outcomes: Sequence[str] = (),
    jobs: int = 1,
    executor: Executor | None = None,
    shard: tuple[int, int] = WHOLE,
    out: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Sweep:
    """Run a scenario at many settings of its keys: points of a design × policies × seeds.

    scenario: bundled name or path, also of a sweep file, which says all this itself as far as nothing is given.
    vary: what each key may be, by key: "low..high" and the like as --vary has it, or a list of values. design: "lhs"
    (if nothing is said), "grid" or "sobol". points: how many; 64. seeds: 5, from `seed` (1) up. design_seed: root of
    the design's own chance; 1. policies: each is a level: a policy, several joined by +, or none. outcomes: to be
    drawn; the usual ones if none is named. overrides, strategies, jobs, executor, shard, overwrite, progress, cancel:
    as `run`. out: folder; outputs/SCENARIO-sweep if not given. A folder that holds the same sweep is gone on with.
    Returns a row a run, main effects, and the daily series. Raises UserMistake, and Cancelled.
    """
    source = Source.of(scenario, overrides, policies, strategies)
    means = Means.of(
        jobs=jobs, executor=executor, out=out, overwrite=overwrite, progress=progress, cancel=cancel
    )  # fmt: skip
    given = {"design": design, "points": points, "seed": seed, "design_seed": design_seed}
    plan = asked(source, vary, seeds=5, given={**given, "seeds": seeds, "outcomes": tuple(outcomes)})
    of = outcomes_asked(plan.outcomes, USUAL)
    folder = means.out or study_folder(source.name, "sweep")
    varied = as_options(vary)
    again = "" if varied is None else source.command(
        "sweep", vary=varied, outcome=outcomes, **given, seeds=seeds, shard=shard_named(shard), out=folder
    )  # fmt: skip
    results = carry_out(replace(study_of(plan, again), shard=shard), folder, means)
    write_sweep(results, of)
    return Sweep(results.folder, results.manifest, tuple(of))


def sensitivity(
    scenario: str | Source,
    vary: Mapping[str, str | Sequence[Value]] | Sequence[str] = (),
    *,
    method: Method = "morris",
    points: int | None = None,
    candidates: int = 0,
    seeds: int | None = None,
    seed: int | None = None,
    design_seed: int | None = None,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    outcomes: Sequence[str] = (),
    jobs: int = 1,
    executor: Executor | None = None,
    shard: tuple[int, int] = WHOLE,
    out: Path | str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Sensitivity:
    """Find which keys of a scenario an outcome answers to, and how much of it is luck.

    scenario: bundled name or path, also of a sweep file, of which design and points do not count. vary: ranges of keys,
    as `sweep`. method: "morris" (elementary effects, points·(keys + 1) points) or "sobol" (shares of variance,
    points·(keys + 2)). points: trajectories of morris (10), or rows of sobol (64, a power of two). candidates: of so
    many trajectories the most distant are taken. seeds: of every point; 2, from `seed` up. design_seed, overrides,
    strategies, outcomes: as `sweep`. policies: one, or several joined by +. jobs, executor, shard, overwrite, progress,
    cancel: as `run`. out: folder; outputs/SCENARIO-METHOD if not given.
    Returns a row an outcome and key, with bootstrapped intervals. Raises UserMistake, ResultMistake where a run failed
    or is missing, and Cancelled.
    """
    source = Source.of(scenario, overrides, policies, strategies)
    means = Means.of(
        jobs=jobs, executor=executor, out=out, overwrite=overwrite, progress=progress, cancel=cancel
    )  # fmt: skip
    given = {"seeds": seeds, "seed": seed, "design_seed": design_seed}
    plan = asked(source, vary, seeds=2, given={**given, "outcomes": tuple(outcomes)})
    of = outcomes_asked(plan.outcomes, USUAL)
    if not plan.factors:
        raise UserMistake("say what to vary: --vary KEY=low..high")
    folder = means.out or study_folder(source.name, method)
    varied = as_options(vary)
    again = "" if varied is None else source.command(
        "sensitivity", vary=varied, outcome=outcomes, method=method, points=points, candidates=candidates or None,
        **given, shard=shard_named(shard), out=folder,
    )  # fmt: skip
    study = sensitivity_of(plan, method, points or (10 if method == "morris" else 64), candidates, again)
    results = carry_out(replace(study, shard=shard), folder, means)
    if shard != WHOLE:
        return Sensitivity(results, pl.DataFrame())
    table = indices(results, of)
    write_sensitivity(results, table)
    return Sensitivity(results, table)
