"""Verbs that look before anything is simulated: list, show, explain, schema, new, check, cost."""

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pricewar.scenarios.cli import options
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
    from pricewar.scenarios.api.prepare import list_scenarios

    table = list_scenarios()
    if as_json:
        print_json(table.to_dicts())
    else:
        print_table(("", "name", "what it is"), table.rows())


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
    from pricewar.scenarios.api.prepare import show as written_in_full
    from pricewar.scenarios.config.check import resolved
    from pricewar.scenarios.config.source import Source

    source = Source.of(scenario, overrides, policies, strategies)
    if as_json:
        print_json(resolved(source.built))
    else:
        click.echo(written_in_full(source), nl=False)


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
    from pricewar.scenarios.api.prepare import explain as explained
    from pricewar.sim.results.glossary import Word

    meanings = explained(key, scenario or None, strategies)
    if as_json:
        print_json([one.as_dict() for one in meanings])
        return
    for one in meanings:
        if not isinstance(one, Word):
            _print_entry(one, scenario)
            continue
        click.echo(f"{one.name}, {one.where}\n  {one.meaning}")
        if one.unit:
            click.echo(f"  unit: {one.unit}")


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
    from pricewar.scenarios.api.prepare import schema as schema_of_files

    print_json(schema_of_files(strategies))


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
    from pricewar.scenarios.api.prepare import new as write

    text = write(file, source, strategies)
    if file == "-":
        click.echo(text, nl=False)
    else:
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
def check(scenario: str, as_json: bool, **given: Any) -> None:
    """Find every mistake of SCENARIO, and say what a run of it would be, how long it would take and how much disk.

    SCENARIO is a bundled name, a TOML file, a sweep file, or - for standard input. Nothing is simulated or written.

    \b
    Examples:
      pricewar check mine.toml
      pricewar check china-2024 opening.utilisation=0.5 --policy price-floor
      pricewar check china-2024 --seeds 1000 --jobs 64
      pricewar check sweep.toml
    """
    from pricewar.scenarios.api.prepare import check as plan_of

    planned = plan_of(scenario, **given)
    if as_json:
        print_json(planned)
    else:
        print_pairs(planned)


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
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="On which day; the first if not given.")
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
    date: datetime | None,
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
    from pricewar.scenarios.api.prepare import combine_costs
    from pricewar.scenarios.api.prepare import cost as cost_of
    from pricewar.sim.errors import UserMistake

    if components is not None:
        given = scenario or overrides or policies or strategies or seller or tier or date or accelerator
        if given or seed is not None:
            raise UserMistake("--components stand alone; leave out the scenario and what belongs to it")
        print_readings(combine_costs(components, substitution), as_json)
        return
    if substitution is not None:
        raise UserMistake("--substitution needs --components, such as 10,5,0.25")
    if not scenario:
        raise UserMistake("name a scenario, as in pricewar cost china-2024, or give --components")
    day = date.date() if date else None
    lines = cost_of(scenario, overrides, policies, strategies, seller=seller, tier=tier, date=day,
                    accelerator=accelerator, seed=seed)  # fmt: skip
    if as_json:
        print_json(lines)
    elif len(lines) == 1:
        print_pairs({_headed(name, lines[0]): value for name, value in lines[0].items()})
    else:
        rows = [[line[name] if name != "remarks" else "; ".join(line[name]) for name in SHORT] for line in lines]
        print_table([_headed(name, lines[0]) for name in SHORT], rows)


def _headed(name: str, line: dict[str, Any]) -> str:
    """Write a name with its unit, in the scenario's money."""
    from pricewar.scenarios.run.costs import UNITS

    return f"{name} [{UNITS[name].replace('money', line['currency'])}]" if name in UNITS else name


def print_readings(combined: dict[str, Any], as_json: bool) -> None:
    """Print the readings of components of cost."""
    if as_json:
        print_json(combined)
        return
    print_pairs(
        {
            "components": [f"{part:g}" for part in combined["components"]],
            "sum": f"{combined['sum']:.6g}",
            "product": f"{combined['product']:.6g}",
            "remark": combined["remark"],
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
        for reading in combined["readings"]
        for case in reading["cases"]
    ]
    print_table(heads, rows)
