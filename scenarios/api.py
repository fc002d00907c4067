"""The verb `run` from Python: one run, or many. `compare` and `sweep` stand where their studies are made."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import overload

from pricewar.scenarios.config.check import resolved
from pricewar.scenarios.config.layers import Layer, Reading
from pricewar.scenarios.config.load import load, read
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.folders import ensemble_folder
from pricewar.scenarios.run.play import play
from pricewar.scenarios.studies.pages.ensemble import write_report
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.statistics import summaries
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import Arm, Study, seeds_from
from pricewar.sim.errors import UserMistake
from pricewar.sim.pages.run_folder import Run, save


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


__all__ = ["load", "run"]
