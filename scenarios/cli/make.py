"""Verbs that prepare a run: new writes a scenario to start from, check says what a run would be."""

from pathlib import Path

import click

from scenarios.cli import options
from scenarios.cli.screen import print_json, print_pairs, say


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
    from scenarios.check import resolved
    from scenarios.draft import draft, extended_from, write_new
    from scenarios.load import load
    from scenarios.schema import Scenario

    name = "mine.toml" if file == "-" else file
    text = draft(Scenario, name, extended_from(source, name), resolved(load(source, strategies=strategies)))
    if file == "-":
        click.echo(text, nl=False)
        return
    write_new(Path(file), text)
    say(f"Wrote {file}; look it over, then: pricewar check {file}")


@click.command(short_help="Find every mistake; say what a run would be.")
@options.scenario
@options.seed
@options.as_json
def check(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seed: int | None,
    as_json: bool,
) -> None:
    """Find every mistake of SCENARIO, and say what a run of it would be and how long it would take.

    SCENARIO is a bundled name, a TOML file, or - for standard input. Nothing is simulated or written.

    \b
    Examples:
      pricewar check mine.toml
      pricewar check china-2024 opening.utilisation=0.5 --policy price-floor
    """
    from scenarios.load import load
    from scenarios.plan import plan

    planned = plan(load(scenario, overrides, policies, strategies), seed)
    if as_json:
        print_json(planned)
    else:
        print_pairs(planned)
