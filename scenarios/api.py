"""The verbs from Python: `run`, one run or many, `compare` and `sweep`."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import overload

from pricewar.scenarios.config.check import resolved
from pricewar.scenarios.config.layers import Layer, Reading
from pricewar.scenarios.config.load import load, read
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.folders import ensemble_folder, study_folder
from pricewar.scenarios.run.play import play
from pricewar.scenarios.studies.comparison import Comparison, compared, question
from pricewar.scenarios.studies.designs import Kind
from pricewar.scenarios.studies.outcomes import outcomes_asked
from pricewar.scenarios.studies.pages.compare import write_comparison
from pricewar.scenarios.studies.pages.ensemble import write_report
from pricewar.scenarios.studies.pages.sweep import USUAL, write_sweep
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.statistics import summaries
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import Arm, Base, Study, Value, seeds_from
from pricewar.scenarios.studies.sweep import Plan, asked_factor, study_of
from pricewar.sim.errors import UserMistake
from pricewar.sim.pages.run_folder import save
from pricewar.sim.results.run import Run


@overload
def run(
    scenario: str | Scenario,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seed: int | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
) -> Run: ...


@overload
def run(
    scenario: str | Scenario,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seeds: int | Sequence[int],
    seed: int | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
) -> Results: ...


def run(
    scenario: str | Scenario,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seeds: int | Sequence[int] | None = None,
    seed: int | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
) -> Run | Results:
    """Simulate a scenario once, or with many seeds.

    scenario: bundled name, path, or a Scenario as `load` makes it (which takes no overrides or policies any more).
    seeds: how many, or which; none given: one run. seed: the first; the scenario's own if not given.
    jobs, executor: processes of this machine, or any concurrent.futures.Executor that takes pickled functions; jobs
    then says how many tasks it works on at a time. out: folder; a single run is written only where one is given, many
    go to outputs/SCENARIO-seeds... A folder that holds the same study is gone on with.
    Returns the Run, or the Results of all. Raises UserMistake.
    """
    reading = _reading(scenario, tuple(overrides), tuple(policies), tuple(strategies))
    made = Arm("baseline", reading).scenario()
    first = made.seed if seed is None else seed
    if seeds is None:
        finished = play(made, seed=first)
        if out is not None:
            save(finished, out, overwrite=overwrite)
        return finished
    source = scenario if isinstance(scenario, str) else "scenario"
    which = seeds_from(first, seeds) if isinstance(seeds, int) else tuple(sorted(set(seeds)))
    if not which:
        raise UserMistake("no seeds are given; seeds is a number of at least 1, or a list")
    study = Study("ensemble", Path(source).stem, (Arm("baseline", reading),), which)
    folder = Path(out) if out is not None else ensemble_folder(source, which)
    results = carry_out(study, folder, jobs=jobs, executor=executor, overwrite=overwrite)
    write_report(results, summaries(results.runs))
    return results


def compare(
    scenario: str,
    overrides: Sequence[str] = (),
    policies: Sequence[str] = (),
    arms: Sequence[str] = (),
    without: Sequence[str] = (),
    strategies: Sequence[str | type] = (),
    *,
    seeds: int = 200,
    seed: int = 1,
    outcomes: Sequence[str] = (),
    until: Mapping[str, float] | None = None,
    out: Path | str | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    overwrite: bool = False,
) -> Comparison:
    """Hold policies and other settings against a scenario on the same seeds, from Python.

    scenario: bundled name or path. overrides hold in all arms. policies: an arm each, "a" or "a+b". arms: as --arm has
    them, "scarce: opening.hold=scarce". without: "release:deepseek-v2" and the like. seeds: how many, from `seed` up.
    outcomes: of `OUTCOMES`; the usual ones if none is named. until: half-widths of intervals by outcome, for which
    seeds are added, `seeds` at most. out, jobs, executor, overwrite: as `carry_out`.
    Returns tables of differences, gains, regrets and trajectories, in whose folder lies the page. Raises UserMistake.
    """
    of = question(
        Base(scenario, tuple(overrides), tuple(strategies)),
        policies,
        arms,
        without,
        seeds=seeds_from(seed, seeds),
        outcomes=outcomes,
        until=[f"{name}={width!r}" for name, width in (until or {}).items()],
    )
    folder = Path(out or study_folder(scenario, "compare", [one.name for one in of.study.arms[1:]]))
    comparison = compared(of, lambda study: carry_out(study, folder, jobs=jobs, executor=executor, overwrite=overwrite))
    write_comparison(comparison)
    return comparison


def sweep(
    scenario: str,
    vary: Mapping[str, str | Sequence[Value]],
    *,
    design: Kind = "lhs",
    points: int = 64,
    seeds: int = 5,
    seed: int = 1,
    design_seed: int = 1,
    overrides: Sequence[str] = (),
    policies: Sequence[str] = (),
    strategies: Sequence[str | type] = (),
    outcomes: Sequence[str] = (),
    out: Path | str | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    overwrite: bool = False,
) -> Results:
    """Run a sweep from Python, write its page, and return its tables.

    vary: what each key may be, by key: "low..high" and the like as --vary has it, or a list of values.
    policies: each is a level: a policy, several joined by +, or none. outcomes: to be drawn; the usual ones if none is
    named. out: folder; outputs/SCENARIO-sweep if not given. jobs, executor, overwrite: as `carry_out`.
    A folder that holds the same sweep is gone on with. Raises UserMistake.
    """
    plan = Plan(
        scenario=scenario,
        factors=tuple(asked_factor(key, said) for key, said in vary.items()),
        overrides=tuple(overrides),
        policies=tuple(policies),
        strategies=tuple(strategies),
        design=design,
        points=points,
        seeds=seeds,
        seed=seed,
        design_seed=design_seed,
    )
    of = outcomes_asked(outcomes, USUAL)
    folder = Path(out or study_folder(scenario, "sweep"))
    results = carry_out(study_of(plan), folder, jobs=jobs, executor=executor, overwrite=overwrite)
    write_sweep(results, of)
    return results


def _reading(
    scenario: str | Scenario, overrides: tuple[str, ...], policies: tuple[str, ...], strategies: tuple[str | type, ...]
) -> Reading:
    if isinstance(scenario, str):
        return read(scenario, overrides, policies, strategies)
    if overrides or policies:
        raise UserMistake("a Scenario is made already; give overrides and policies to load, or name the scenario")
    # What a strategy of one's own is called is known from its class alone.
    own = read("textbook", (), (), strategies).strategies if strategies else ()
    return replace(Reading((Layer("Python", resolved(scenario)),)), strategies=own)


__all__ = ["compare", "load", "run", "sweep"]
