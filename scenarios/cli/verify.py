"""The verb that holds the program against what is known."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.options import telling
from pricewar.scenarios.cli.screen import OURS, print_json, print_table, say

if TYPE_CHECKING:
    from pricewar.scenarios.verification.answers import Row

HEADS = ("check", "what", "kind", "source", "expected", "obtained", "error", "tolerance", "", "seconds")


@click.command(short_help="Hold the program against known answers.")
@click.option("--slow", is_flag=True, help="Those that take minutes too.")
@click.option("--only", metavar="NAME", default="", help="Only checks whose name begins so, such as price.")
@options.as_json
def verify(slow: bool, only: str, as_json: bool) -> None:
    """Hold the program against known answers, a row an answer; exit 1 if one fails.

    Closed forms, printed numbers and exact computations stand on one side; on the other what sellers, buyers and
    markets of this program do, the same that run real scenarios. A row of the kind consistency has another part of
    this program on both sides. Chance has fixed seeds: the numbers are always the same.

    \b
    Examples:
      pricewar verify
      pricewar verify --only price
      pricewar verify --slow --json
    """
    from pricewar.scenarios.api.verify import asked_and_left_out
    from pricewar.scenarios.api.verify import verify as hold_against_known

    with telling() as tell:
        rows = hold_against_known(slow=slow, only=only, progress=tell)
    _, later = asked_and_left_out(only, slow)
    if later:
        names = ", ".join(check.name for check in later)
        say(f"Left out, for they take hours without the extra fast: {names}; pip install 'llm-pricewar[fast]'")
    failed = [row for row in rows if not row.passes]
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        print_table(HEADS, _cells(rows))
        _sum_up(rows, failed, slow)
    if failed:
        click.get_current_context().exit(OURS)


def _cells(rows: "list[Row]") -> list[list[str]]:
    """Make rows for people: what a check has in common stands in its first row."""
    table, before = [], None
    for row in rows:
        first = row.check != before
        before = row.check
        relation = "" if row.relation == "=" else f"{row.relation} "
        table.append(
            [
                row.check if first else "",
                row.what,
                row.kind,
                row.source if first else "",
                f"{relation}{row.expected:.12g}",
                f"{row.obtained:.12g}",
                f"{row.error:.1e}",
                f"{row.tolerance:.1e}",
                "pass" if row.passes else "FAIL",
                f"{row.seconds:.1f}" if first else "",
            ]
        )
    return table


def _sum_up(rows: "list[Row]", failed: "list[Row]", slow: bool) -> None:
    seconds = sum({row.check: row.seconds for row in rows}.values())
    left = "" if slow else "; --slow adds those that take minutes"
    counts = []
    for kind, words in (("known", "known answers found"), ("consistency", "rows of consistency hold")):
        passes = [row.passes for row in rows if row.kind == kind]
        counts += [f"{sum(passes)} of {len(passes)} {words}"] if passes else []
    say(f"{', '.join(counts)}, {seconds:.0f} s{left}.")
    for row in failed:
        say(f"FAIL {row.check}, {row.what}: {row.obtained:.12g}, known is {row.relation} {row.expected:.12g}")
