"""The verb that lays two finished runs side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_table, say
from pricewar.scenarios.config.names import join_key

if TYPE_CHECKING:
    from pricewar.sim.analysis.first_difference import FirstDifference
    from pricewar.sim.results.run import Run


WORDS = ("description", "sources")
"""What a scenario says about itself, which no run depends on."""
NOT_THERE = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """A key whose values differ; a key or a whole table may stand in one run only."""

    key: str
    a: Any
    b: Any
    in_a: bool = True
    in_b: bool = True

    def words(self) -> tuple[str, str, str]:
        """Key and both values as people read them."""
        from pricewar.scenarios.config.messages import shown

        return (
            self.key,
            shown(self.a) if self.in_a and self.a is not None else "none" if self.in_a else "not there",
            shown(self.b) if self.in_b and self.b is not None else "none" if self.in_b else "not there",
        )


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """List the keys in which two resolved scenarios differ, in the order of their names.

    >>> differences({"days": 1, "x": {"y": 2}}, {"days": 1, "x": {"y": 3}})
    [Difference(key='x.y', a=2, b=3, in_a=True, in_b=True)]
    """
    one, other = ({key: value for key, value in side.items() if key not in WORDS} for side in (a, b))
    return list(_unlike(one, other, ()))


def _unlike(a: Any, b: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b}):
            yield from _unlike(a.get(key, NOT_THERE), b.get(key, NOT_THERE), (*path, key))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for index, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _unlike(one, other, (*path, str(index)))
    elif a is NOT_THERE or b is NOT_THERE or a != b:
        here, there = a is not NOT_THERE, b is not NOT_THERE
        yield Difference(join_key(path), a if here else None, b if there else None, here, there)


MOST = 40
"""Settings that a terminal is shown; --json gives all."""
SIDE = 6
"""Rows of a first_difference that a terminal is shown of each run."""


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
    from pricewar.sim.analysis.first_difference import first_difference, unlike
    from pricewar.sim.pages.run_folder import open_run
    from pricewar.sim.results.run import currency

    one, other = open_run(a), open_run(b)
    same = one.digest == other.digest
    settings = _settings(one, other)
    tables = [] if same else unlike(one.tables, other.tables)
    partings = {} if same else {name: first_difference(one.tables, other.tables, name) for name in ("prices", "facts")}
    outcomes = _outcomes(one, other)
    if as_json:
        print_json(
            {"same": same, "digests": [one.digest, other.digest], "settings": [asdict(each) for each in settings],
             "tables": tables, "partings": {name: found and asdict(found) for name, found in partings.items()},
             "outcomes": outcomes}
        )  # fmt: skip
        return
    for name, folder, run in (("A", a, one), ("B", b, other)):
        click.echo(f"{name}: {folder} ({_title(run)})")
    _print_settings(settings, one.seed != other.seed)
    if same:
        click.echo(f"\nThe tables are the same (digest {one.digest}).")
        return
    click.echo(f"\nTables that differ: {', '.join(tables)}.")
    for name, found in partings.items():
        _print_parting(name, found)
    _print_outcomes(outcomes)
    if currency(one) != currency(other):
        say(f"Money is in {currency(one)} in A and in {currency(other)} in B, so amounts are not subtracted.")


def _title(run: "Run") -> str:
    from pricewar.sim.results.run import title

    return f"{title(run)}; seed {run.seed}; policy {run.policy or 'none'}; {run.scenario.get('days')} days"


def _settings(one: "Run", other: "Run") -> "list[Difference]":
    """Settings that differ: the scenario's keys, then seed, policy, drawn values and versions."""
    from pricewar.scenarios.cli.compare_runs import differences

    a, b = (
        {**run.scenario, "seed": run.seed, "policy": run.policy, "drawn": dict(run.drawn),
         "version": dict(run.versions)} for run in (one, other)
    )  # fmt: skip
    return differences(a, b)


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


def _print_parting(name: str, found: "FirstDifference | None") -> None:
    from pricewar.sim.text import day_month_year

    if found is None:
        click.echo(f"The rows of {name} are the same.")
        return
    click.echo(f"{name.capitalize()} part on {day_month_year(found.date)}, {found.hour:02.0f}:00:")
    for side, rows in (("A", found.only_a), ("B", found.only_b)):
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


def _outcomes(one: "Run", other: "Run") -> list[dict[str, Any]]:
    """Headlines of both runs; a difference where both are numbers, and money of one currency."""
    from pricewar.sim.analysis.questions.headlines import Headline, headlines
    from pricewar.sim.results.run import currency

    a, b = headlines(one.tables), headlines(other.tables)
    codes = currency(one), currency(other)
    told = []
    for name in dict.fromkeys([*a, *b]):
        unit = (a.get(name) or b[name]).unit
        was, now = (side.get(name, Headline(unit, None)).value for side in (a, b))
        comparable = codes[0] == codes[1] or "money" not in unit
        both = comparable and isinstance(was, int | float) and isinstance(now, int | float)
        code = codes[0] if codes[0] == codes[1] else "money"
        told.append(
            {"outcome": name, "unit": unit.replace("money", code), "a": was, "b": now,
             "difference": now - was if both else None,
             "ratio": now / was if both and was > 0 and now > 0 else None}
        )  # fmt: skip
    return told


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
