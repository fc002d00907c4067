"""Verbs that look: list, show, explain, schema. None of them writes anything."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.run import Asked
from pricewar.scenarios.cli.screen import print_json, print_pairs, print_table, say

if TYPE_CHECKING:
    from pricewar.scenarios.config.explain import Entry


@click.command("list")
@options.as_json
def list_(as_json: bool) -> None:
    """List the bundled scenarios and policies.

    \b
    Example:
      pricewar list
    """
    from pricewar.scenarios.config.load import described
    from pricewar.scenarios.config.names import bundled, bundled_policies

    rows = [
        (what, name, described(path))
        for what, found in (("scenario", bundled()), ("policy", bundled_policies()))
        for name, path in found.items()
    ]
    if as_json:
        print_json([{"what": what, "name": name, "description": said} for what, name, said in rows])
    else:
        print_table(("", "name", "what it is"), rows)


@click.command(short_help="Print a scenario in full.")
@options.scenario
@options.as_json
def show(
    scenario: str, overrides: tuple[str, ...], policies: tuple[str, ...], strategies: tuple[str, ...], as_json: bool
) -> None:
    """Print SCENARIO in full: extended, overridden, every default filled in.

    SCENARIO is a bundled name, a TOML file, or - for standard input. What is printed is itself a scenario.

    \b
    Examples:
      pricewar show china-2024
      pricewar show china-2024 opening.hold=scarce > mine.toml
    """
    from pricewar.scenarios.config.check import resolved
    from pricewar.scenarios.config.load import load, to_toml

    made = load(scenario, overrides, policies, strategies)
    if as_json:
        print_json(resolved(made))
    else:
        click.echo(to_toml(made), nl=False)


@click.command(short_help="Say what a key means: unit, default, values, source.")
@click.argument("key", default="")
@click.option("--scenario", "-s", help="Give the value and the source in this scenario too.")
@options.strategy
@options.as_json
def explain(key: str, scenario: str | None, strategies: tuple[str, ...], as_json: bool) -> None:
    """Say what KEY means: its unit, default, allowed values and source; without KEY, list the keys.

    A star stands for any name: sellers.*.cash. KEY may also be an outcome or a column: its unit, its meaning and where
    it stands.

    \b
    Examples:
      pricewar explain
      pricewar explain 'sellers.*.cash'
      pricewar explain sellers.alibaba.cash --scenario china-2024
      pricewar explain 'sellers.*.strategy' --strategy my_rules.py:Sticky
      pricewar explain hhi
      pricewar explain profits.runway
    """
    from pricewar.scenarios.config.check import resolved
    from pricewar.scenarios.config.explain import explain as entries_of
    from pricewar.scenarios.config.load import load
    from pricewar.scenarios.config.own_strategies import strategies_named
    from pricewar.scenarios.config.schema import Scenario
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.results.glossary import Word, uses

    own = strategies_named(strategies)
    settings = resolved(load(scenario, strategies=own)) if scenario else None
    printed: list[Word] = uses(key)
    try:
        entries = entries_of(Scenario, key, settings, own)
    except UserMistake:
        if not printed:
            raise
        entries = []
    if as_json:
        print_json([entry.as_dict() for entry in entries] + [word.as_dict() for word in printed])
        return
    for entry in entries:
        _print_entry(entry, scenario)
    for word in printed:
        click.echo(f"{word.name}, {word.where}\n  {word.meaning}")
        if word.unit:
            click.echo(f"  unit: {word.unit}")


def _print_entry(entry: "Entry", scenario: str | None) -> None:
    kind = f" (kind {entry.kind})" if entry.kind else ""
    click.echo(f"{entry.key or 'A scenario'}{kind}")
    click.echo(f"  {entry.meaning or 'No more is written about it.'}")
    default = "none, it must be given" if entry.default is None else entry.default
    facts = {"unit": entry.unit, "allowed": entry.allowed, "default": default}
    if scenario and not entry.children:
        facts |= {f"in {scenario}": entry.value or "", "source": entry.source or "none beside its meaning"}
    for name, fact in facts.items() if entry.key else ():
        if fact:
            click.echo(f"  {name}: {fact}")
    if entry.children:
        click.echo()
        print_table(("key", "meaning"), [(f"  {key}", meaning) for key, meaning in entry.children.items()])


@click.command(short_help="Print the JSON Schema of scenarios, for editors.")
@options.strategy
def schema(strategies: tuple[str, ...]) -> None:
    """Print the JSON Schema of a scenario file, with units and meanings, for editors.

    \b
    Example, for editors that know TOML schemas:
      pricewar schema > pricewar.schema.json
      and as first line of mine.toml:  #:schema ./pricewar.schema.json
    """
    from pricewar.scenarios.config.explain import file_schema
    from pricewar.scenarios.config.own_strategies import strategies_named
    from pricewar.scenarios.config.schema import Scenario

    print_json(file_schema(Scenario, strategies_named(strategies)))


@click.command(short_help="Write a scenario of your own to start from.")
@click.argument("file")
@click.option("--from", "source", required=True, metavar="SCENARIO", help="The scenario that it extends.")
@options.strategy
def new(file: str, source: str, strategies: tuple[str, ...]) -> None:
    """Write FILE, a small commented scenario that extends another; - writes to standard output.

    As written it changes nothing: take the # before a key away and change its value. A file that exists stays
    as it is.

    \b
    Example:
      pricewar new mine.toml --from china-2024
    """
    from pricewar.scenarios.config.check import resolved
    from pricewar.scenarios.config.explain import draft, extended_from, write_new
    from pricewar.scenarios.config.load import load
    from pricewar.scenarios.config.schema import Scenario

    name = "mine.toml" if file == "-" else file
    text = draft(Scenario, name, extended_from(source, name), resolved(load(source, strategies=strategies)))
    if file == "-":
        click.echo(text, nl=False)
        return
    write_new(Path(file), text)
    say(f"Wrote {file}; look it over, then: pricewar check {file}")


@click.command(short_help="Find every mistake; say what a run or a study would be.")
@options.scenario
@options.seed
@click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Say what N seeds would take.")
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="all cores",
    help="Processes that many runs would be shared among.",
)
@options.as_json
def check(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seed: int | None,
    seeds: int | None,
    jobs: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Find every mistake of SCENARIO, and say what a run of it would be, how long it would take and how much disk.

    SCENARIO is a bundled name, a TOML file, a sweep file, or - for standard input. Nothing is simulated or written.

    \b
    Examples:
      pricewar check mine.toml
      pricewar check china-2024 opening.utilisation=0.5 --policy price-floor
      pricewar check china-2024 --seeds 1000 --jobs 64
      pricewar check sweep.toml
    """
    from pricewar.scenarios.studies.sweep import is_sweep_file

    asked = (scenario, overrides, policies, strategies)
    planned = _of_a_sweep(asked, seed, seeds, jobs) if is_sweep_file(scenario) else _of_a_run(asked, seed, seeds, jobs)
    if as_json:
        print_json(planned)
    else:
        print_pairs(planned)


def _of_a_run(asked: Asked, seed: int | None, seeds: int | None, jobs: int) -> dict[str, Any]:
    from pricewar.scenarios.config.load import read
    from pricewar.scenarios.run.play import plan, seed_of
    from pricewar.scenarios.studies.runner import study_plan
    from pricewar.scenarios.studies.study import Arm, Study, seeds_from

    one = Arm("baseline", read(*asked))
    made = one.scenario()
    planned = plan(made, seed)
    if seeds is None:
        return planned
    # What one run takes stands among what all take.
    kept = {name: fact for name, fact in planned.items() if not name.startswith("estimated")}
    return kept | study_plan(Study("ensemble", made.title, (one,), seeds_from(seed_of(made, seed), seeds)), jobs)


def _of_a_sweep(asked: Asked, seed: int | None, seeds: int | None, jobs: int) -> dict[str, Any]:
    from pricewar.scenarios.cli.sweep import plan_of
    from pricewar.scenarios.studies.runner import study_plan
    from pricewar.scenarios.studies.sweep import study_of

    plan = plan_of(asked, (), 5, seed=seed, seeds=seeds)
    study = study_of(plan)
    study.check()
    varied = [f"{one.key} ({one.told})" for one in plan.factors]
    facts = {"scenario": plan.scenario, "design": plan.design, "keys varied": varied, "policies": list(plan.policies)}
    return facts | study_plan(study, jobs)


SHORT = (
    "seller", "tier", "model", "accelerator", "cost", "input", "output", "capital", "energy", "upkeep", "training",
    "utilisation", "machine_time", "remarks",
)  # fmt: skip
"""What is printed for people where several lines are asked for; of one line, and to programs, all is said."""


@click.command(short_help="Say what a token costs a seller, part by part.")
@click.argument("scenario", default="")
@click.argument("overrides", nargs=-1, metavar="[KEY.PATH=VALUE]...")
@click.option("--policy", "-p", "policies", multiple=True, metavar="POLICY", help="Lay a policy over it; repeatable.")
@options.strategy
@click.option("--seller", metavar="SELLER", help="Only this one.")
@click.option("--tier", metavar="TIER", help="Only this one.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="On which day; the first if not given.")
@click.option("--accelerator", metavar="CHIP", help="On these machines; on the seller's own if not given.")
@options.seed
@click.option("--components", metavar="A,B,...", help="Instead: combine components of cost, such as 10,5,0.25.")
@click.option("--substitution", type=float, metavar="S", help="Elasticity of substitution between the components.")
@options.as_json
def cost(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seller: str | None,
    tier: str | None,
    day: datetime | None,
    accelerator: str | None,
    seed: int | None,
    components: str | None,
    substitution: float | None,
    as_json: bool,
) -> None:
    """Say what a million tokens cost the sellers of SCENARIO on a day, part by part, without a run.

    Curves stand where the day puts them, and dated steps, successors and absorbed releases until then are taken.
    Curves that follow the market's output stand where they began, for only a run knows it.

    With --components no scenario is needed: it shows the sum of the components, their product, and what stands
    between when one input can replace another.

    \b
    Examples:
      pricewar cost china-2024 --seller deepseek --date 2024-12-31
      pricewar cost china-2024 --tier flagship --accelerator h20
      pricewar cost --components 10,5,0.25
    """
    from pricewar.scenarios.config.load import load
    from pricewar.scenarios.run.costs import components_of, costs, readings
    from pricewar.sim.errors import UserMistake

    if components is not None:
        given = scenario or overrides or policies or strategies or seller or tier or day or accelerator
        if given or seed is not None:
            raise UserMistake("--components stand alone; leave out the scenario and what belongs to it")
        print_readings(readings(components_of(components), substitution), as_json)
        return
    if substitution is not None:
        raise UserMistake("--substitution needs --components, such as 10,5,0.25")
    if not scenario:
        raise UserMistake("name a scenario, as in pricewar cost china-2024, or give --components")
    made = load(scenario, overrides, policies, strategies)
    found = costs(made, seed=seed, seller=seller, tier=tier, day=day.date() if day else None, chip=accelerator)
    if as_json:
        print_json(found)
    elif len(found) == 1:
        print_pairs({_headed(name, found[0]): value for name, value in found[0].items()})
    else:
        rows = [[line[name] if name != "remarks" else "; ".join(line[name]) for name in SHORT] for line in found]
        print_table([_headed(name, found[0]) for name in SHORT], rows)


def _headed(name: str, line: dict[str, Any]) -> str:
    """Write a name with its unit, in the scenario's money."""
    from pricewar.scenarios.run.costs import UNITS

    return f"{name} [{UNITS[name].replace('money', line['currency'])}]" if name in UNITS else name


def print_readings(found: dict[str, Any], as_json: bool) -> None:
    """Print the readings of components of cost."""
    if as_json:
        print_json(found)
        return
    print_pairs(
        {
            "components": [f"{part:g}" for part in found["components"]],
            "sum": f"{found['sum']:.6g}",
            "product": f"{found['product']:.6g}",
            "remark": found["remark"],
        }
    )
    click.echo()
    heads = ("substitution", "input halved", "cost", "shares of cost", "units of each input")
    rows = [
        (
            reading["substitution"],
            case["halved"] or "none",
            f"{case['cost']:.6g}",
            ", ".join(f"{share:.3f}" for share in case["shares"]),
            ", ".join(f"{units:.4g}" for units in case["demands"]),
        )
        for reading in found["readings"]
        for case in reading["cases"]
    ]
    print_table(heads, rows)
