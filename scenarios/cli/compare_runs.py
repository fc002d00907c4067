"""The verb that lays two finished runs side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_table, say

if TYPE_CHECKING:
    from pricewar.scenarios.api.diff import Difference
    from pricewar.sim.analysis.first_difference import FirstDifference
    from pricewar.sim.results.run import Run


MOST = 40
"""Settings that a terminal is shown; --json gives all."""
SIDE = 6
"""Rows in which two runs part that a terminal is shown of each run."""


@click.command(short_help="Say what differs between two runs: settings, outcomes, where they part.")
@click.argument("a", metavar="A", type=click.Path(path_type=Path))
@click.argument("b", metavar="B", type=click.Path(path_type=Path))
@options.as_json
def diff(a: Path, b: Path, as_json: bool) -> None:
    """Say what differs between A and B, the folders of two finished runs: settings, outcomes, where they part.

    Runs of different scenarios are compared as far as they go. It ends well whether or not they differ.

    \b
    Example:
      pricewar diff outputs/china-2024-seed1 outputs/scarce
    """
    from pricewar.scenarios.api.diff import diff as differences_of
    from pricewar.sim.results.run import currency

    runs = differences_of(a, b)
    one, other = runs.a, runs.b
    if as_json:
        print_json(runs.as_dict())
        return
    for name, folder, run in (("A", a, one), ("B", b, other)):
        click.echo(f"{name}: {folder} ({_title(run)})")
    _print_settings(runs.settings, one.seed != other.seed)
    if runs.same:
        click.echo(f"\nThe tables are the same (digest {one.digest}).")
        return
    click.echo(f"\nTables that differ: {', '.join(runs.tables)}.")
    for name, first in runs.parting.items():
        _print_parting(name, first)
    _print_outcomes(runs.outcomes)
    if currency(one) != currency(other):
        say(f"Money is in {currency(one)} in A and in {currency(other)} in B, so amounts are not subtracted.")


def _title(run: "Run") -> str:
    from pricewar.sim.results.run import title

    return f"{title(run)}; seed {run.seed}; policy {run.policy or 'none'}; {run.scenario.get('days')} days"


def _print_settings(settings: "list[Difference]", other_seed: bool) -> None:
    drawn = [each for each in settings if each.key.startswith("drawn.")]
    drawn = drawn if other_seed or len(drawn) > SIDE else []
    told = [each for each in settings if each not in drawn]
    if not settings:
        click.echo("\nNo setting differs.")
        return
    click.echo()
    if told:
        print_table(("setting", "A", "B"), [each.words() for each in told[:MOST]])
    if len(told) > MOST:
        click.echo(f"... and {len(told) - MOST} more; --json gives all.")
    if drawn:
        click.echo(f"{len(drawn)} values drawn from ranges differ too; --json gives them.")


def _print_parting(name: str, first: "FirstDifference | None") -> None:
    from pricewar.sim.text import day_month_year

    if first is None:
        click.echo(f"The rows of {name} are the same.")
        return
    click.echo(f"{name.capitalize()} part on {day_month_year(first.date)}, {first.hour:02.0f}:00:")
    for side, rows in (("A", first.only_a), ("B", first.only_b)):
        for row in rows[:SIDE]:
            click.echo(f"  only {side}: {_row(row)}")
        if len(rows) > SIDE:
            click.echo(f"  only {side}: and {len(rows) - SIDE} more")
        if not rows:
            click.echo(f"  only {side}: nothing")


def _row(row: dict[str, Any]) -> str:
    if "what" in row:
        return str(row["what"])
    price = "" if row["price"] is None else f", {row['price']:.6g}"
    return f"{row['seller']} {row['tier']} ({row['model']}): {row['kind']}{price}"


def _print_outcomes(outcomes: list[dict[str, Any]]) -> None:
    changed = [row for row in outcomes if row["a"] != row["b"]]
    click.echo()
    if changed:
        rows = [
            (f"{row['outcome']} [{row['unit']}]" if row["unit"] else row["outcome"],
             *(_cell(row[name]) for name in ("a", "b", "difference")), "" if row["ratio"] is None else
             f"{100 * (row['ratio'] - 1):+.1f} %")
            for row in changed
        ]  # fmt: skip
        print_table(("outcome", "A", "B", "B - A", ""), rows)
    alike = len(outcomes) - len(changed)
    say(f"{alike} of {len(outcomes)} outcomes are the same." if changed else "All outcomes are the same.")


def _cell(value: object) -> str:
    from pricewar.sim.text import figures

    if value is None:
        return ""
    return figures(value) if isinstance(value, float) else str(value)
