"""Verbs that look: list, show, explain, schema. None of them writes anything."""

from typing import TYPE_CHECKING

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_table

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
    from pricewar.scenarios.config.files import described
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

    A star stands for any name: sellers.*.cash

    \b
    Examples:
      pricewar explain
      pricewar explain 'sellers.*.cash'
      pricewar explain sellers.alibaba.cash --scenario china-2024
      pricewar explain 'sellers.*.strategy' --strategy my_rules.py:Sticky
    """
    from pricewar.scenarios.config.check import resolved
    from pricewar.scenarios.config.explain import explain as entries_of
    from pricewar.scenarios.config.load import load
    from pricewar.scenarios.config.own_strategies import strategies_named
    from pricewar.scenarios.config.schema import Scenario

    own = strategies_named(strategies)
    entries = entries_of(Scenario, key, resolved(load(scenario, strategies=own)) if scenario else None, own)
    if as_json:
        print_json([entry.as_dict() for entry in entries])
        return
    for entry in entries:
        _print_entry(entry, scenario)


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
