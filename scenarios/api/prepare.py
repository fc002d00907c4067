"""Verbs that look before anything is simulated: what there is, what it says, what it means, takes and costs."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricewar.scenarios.config.check import resolved
from pricewar.scenarios.config.explain import Entry, draft, extended_from, file_schema, write_new
from pricewar.scenarios.config.explain import explain as entries_of
from pricewar.scenarios.config.load import described, is_sweep_file, to_toml
from pricewar.scenarios.config.names import bundled, bundled_policies
from pricewar.scenarios.config.own_strategies import strategies_named
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.source import Source
from pricewar.sim.errors import UserMistake

# Each verb imports what it needs beyond the scenario itself when it is called: these are asked often, and wait for it.
if TYPE_CHECKING:
    import polars as pl

    from pricewar.sim.results.glossary import Word


def list_scenarios() -> "pl.DataFrame":
    """List the bundled scenarios and policies: what (scenario or policy), name, description."""
    import polars as pl

    rows = [
        (what, name, described(path))
        for what, there in (("scenario", bundled()), ("policy", bundled_policies()))
        for name, path in there.items()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("what", "name", "description"), pl.String), orient="row")


def show(
    scenario: str | Scenario | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
) -> str:
    """Write a scenario in full, as TOML: extended, overridden, every default filled in.

    scenario, overrides, policies, strategies: as `run`. What it returns is itself a scenario. Raises UserMistake.
    """
    return to_toml(Source.of(scenario, overrides, policies, strategies).built)


def explain(
    key: str = "", scenario: str | Scenario | Source | None = None, strategies: Iterable[str | type] = ()
) -> "list[Entry | Word]":
    """Say what a key of a scenario, or a word of the results, means; without a key, what keys there are.

    key: dotted; a star stands for any name, as in "sellers.*.cash"; or an outcome, a column, an answer, as in "hhi".
    scenario: gives the value and the source in it too. strategies: of your own, whose keys are known then.
    Returns an entry of the key (unit, default, allowed values, source), more where kinds of table share it, then every
    use of the word in results. Raises UserMistake with the nearest key.
    """
    from pricewar.sim.results.glossary import uses

    own = tuple(strategies)
    tables = None if scenario is None else resolved(Source.of(scenario, strategies=own).built)
    printed = uses(key)
    try:
        return [*entries_of(Scenario, key, tables, strategies_named(own)), *printed]
    except UserMistake:
        if not printed:
            raise
        return list(printed)


def schema(strategies: Iterable[str | type] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, with units and meanings, for editors.

    strategies: of your own, whose keys are known then. Raises UserMistake.
    """
    return file_schema(Scenario, strategies_named(strategies))


def new(file: Path | str, source: str, strategies: Iterable[str | type] = ()) -> str:
    """Write a small commented scenario that extends another; as written it changes nothing.

    file: name of the new file, which stays as it is if it exists; "-" writes none. source: the scenario that it
    extends. strategies: of your own, which that scenario needs. Returns the text. Raises UserMistake.
    """
    name = "mine.toml" if str(file) == "-" else str(file)
    extended = resolved(Source.of(source, strategies=strategies).built)
    text = draft(Scenario, name, extended_from(source, name), extended)
    if str(file) != "-":
        write_new(Path(file), text)
    return text


def check(
    scenario: str | Scenario | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seed: int | None = None,
    seeds: int | None = None,
    jobs: int = 1,
) -> dict[str, Any]:
    """Find every mistake of a scenario or a sweep file, and say what a run, or a study, of it would be and take.

    scenario: as `run`, or a sweep file. overrides, policies, strategies, seed: as `run`. seeds: says what so many would
    take, shared among `jobs` processes. Nothing is simulated or written.
    Returns facts by name. Raises ScenarioMistakes with every mistake at once.
    """
    from pricewar.scenarios.run.play import plan, seed_of

    source = Source.of(scenario, overrides, policies, strategies)
    if is_sweep_file(source.name):
        return _of_a_sweep(source, seed, seeds, jobs)
    planned = plan(source.built, seed)
    if seeds is None:
        return planned
    from pricewar.scenarios.studies.runner import study_plan
    from pricewar.scenarios.studies.study import BASELINE, Arm, Study, seeds_from

    # What one run takes stands among what all take.
    kept = {name: fact for name, fact in planned.items() if not name.startswith("estimated")}
    many = seeds_from(seed_of(source.built, seed), seeds)
    return kept | study_plan(Study("ensemble", source.title, (Arm(BASELINE, source.reading),), many), jobs)


def _of_a_sweep(source: Source, seed: int | None, seeds: int | None, jobs: int) -> dict[str, Any]:
    from pricewar.scenarios.studies.runner import study_plan
    from pricewar.scenarios.studies.sweep import asked, study_of

    plan = asked(source, (), seeds=5, given={"seed": seed, "seeds": seeds})
    study = study_of(plan)
    study.check()
    varied = [f"{one.key} ({one.told})" for one in plan.factors]
    facts = {"scenario": plan.scenario, "design": plan.design, "keys varied": varied, "policies": list(plan.policies)}
    return facts | study_plan(study, jobs)


def cost(
    scenario: str | Scenario | Source,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
    *,
    seller: str | None = None,
    tier: str | None = None,
    date: date | None = None,
    accelerator: str | None = None,
    seed: int | None = None,
) -> list[dict[str, Any]]:
    """Say what a million tokens cost the sellers of a scenario on a day, part by part, without a run.

    scenario, overrides, policies, strategies, seed: as `run`. seller, tier: only these. date: the first day if not
    given. accelerator: on these machines; on the seller's own if not given.
    Returns a table a product line; units are those of `pricewar.scenarios.run.costs.UNITS`. Raises UserMistake.
    """
    made = Source.of(scenario, overrides, policies, strategies).built
    from pricewar.scenarios.run.costs import costs

    return costs(made, seed=seed, seller=seller, tier=tier, day=date, chip=accelerator)


def combine_costs(components: str | Iterable[float], substitution: float | None = None) -> dict[str, Any]:
    """Combine components of cost: their sum, their product, and what stands between when inputs can replace another.

    components: several, also as text, "10,5,0.25". substitution: elasticity of substitution between them; the usual
    ones if not given. Returns the readings. Raises UserMistake.
    """
    text = components if isinstance(components, str) else ",".join(repr(float(part)) for part in components)
    from pricewar.scenarios.run.costs import components_of, readings

    return readings(components_of(text), substitution)
