"""Verbs that simulate."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.options import means, tell_failures, telling
from pricewar.scenarios.cli.screen import print_json, print_table, say

if TYPE_CHECKING:
    import polars as pl

    from pricewar.scenarios.studies.store import Results

SHOWN = (
    "war",
    "depth",
    "duration",
    "movers",
    "price",
    "price_change",
    "hhi",
    "lerner_avoidable",
    "adoption",
    "surplus",
)
"""Outcomes that people see at once; the tables have them all."""


def first_lines(page: str) -> str:
    """Take the title and the verdict from a page of Markdown, without its marks."""
    return page.partition("\n\n## ")[0].replace("**", "").removeprefix("# ")


@click.command(short_help="Simulate a scenario, once or with many seeds.")
@options.scenario
@options.seed
@click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Run N seeds; quantiles and intervals.")
@means
@click.option("--csv", is_flag=True, help="Write the tables as CSV too.")
@click.option("--figures", metavar="all|none|NAMES", help="Figures to draw; four that tell the story.")
@options.as_json
def run(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    as_json: bool,
    **given: Any,
) -> None:
    """Simulate SCENARIO, once or with many seeds, and write what happened into a folder.

    SCENARIO is a bundled name, a TOML file, or - for standard input. KEY.PATH=VALUE changes one key; values
    are written as in TOML, words without quotes. Results go to outputs/SCENARIO-seedN unless --out says
    otherwise; the folder appears whole at the end or not at all. Everything is checked before the start.
    With --seeds the runs are written down as they end: the same command goes on where it was interrupted.

    \b
    Examples:
      pricewar run china-2024
      pricewar run china-2024 opening.hold=scarce --seed 7 --out outputs/scarce
      pricewar run mine.toml --policy price-floor --csv
      pricewar run mine.toml --strategy my_rules.py:Sticky
      pricewar run china-2024 --seeds 100
    """
    from pricewar.scenarios.api.run import run as simulate
    from pricewar.scenarios.config.source import Source
    from pricewar.scenarios.run.folders import results_folder
    from pricewar.scenarios.run.play import seed_of
    from pricewar.scenarios.studies.statistics import summaries
    from pricewar.scenarios.studies.store import Results
    from pricewar.sim.pages.run_page import summary

    source = Source.of(scenario, overrides, policies, strategies)
    if given["seeds"] is None:
        given["seed"] = seed_of(source.built, given["seed"])
        given["out"] = given["out"] or results_folder(scenario, given["seed"])
    finished = simulate(source, **given)
    if isinstance(finished, Results):
        _tell_many(finished, summaries(finished.runs), as_json)
        return
    folder = given["out"]
    if as_json:
        wars = finished.tables["wars"].to_dicts()
        print_json({"folder": str(folder), "seed": finished.seed, "digest": finished.digest, "wars": wars})
        return
    click.echo(first_lines(summary(finished)))
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")


def _tell_many(results: "Results", outcomes: "pl.DataFrame", as_json: bool) -> None:
    from pricewar.sim.analysis.intervals import LABEL, MEANING, PERCENT

    folder = results.folder
    if as_json:
        told = {"folder": str(folder), "digest": results.digest, "interval": LABEL}
        print_json(told | {"outcomes": outcomes.to_dicts()})
    else:
        columns = ("outcome", "runs", "mean", "low", "high", "q10", "q50", "q90")
        kept = outcomes.filter(outcomes["outcome"].is_in(SHOWN)).select(columns)
        print_table(("outcome", "runs", "mean", f"{PERCENT} from", "to", "q10", "median", "q90"), kept.rows())
        click.echo(MEANING)
        click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
    tell_failures(results)


TOLD = {"answers": "answers", "over_seeds": "answers_mean"}
"""Tables that programs are told, by key."""


@click.command(short_help="Force a price, and see who answers.")
@options.scenario
@click.option("--seller", required=True, metavar="SELLER", help="Whose price.")
@click.option("--tier", metavar="TIER", help="Which product line; all of the seller if not given.")
@click.option("--price", required=True, metavar="CHANGE", help="A change such as -30% or +20%, or a price such as 2.5.")
@click.option("--on", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Its day.")
@click.option("--hold", type=click.FloatRange(min=0), default=0.0, metavar="DAYS", help="How long it is kept; 0.")
@click.option("--days", type=click.IntRange(min=0), metavar="N", help="Days followed after it; 90, or to the end.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, metavar="N", help="Pairs of runs, on so many seeds; 1.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, metavar="N", help="Processes at once; 2.")
@options.seed
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the results.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier forced price in that folder.")
@options.as_json
def force(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seller: str,
    seed: int | None,
    on: datetime,
    out: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Force a price on SCENARIO and compare with the same luck without it: who answers, when, by how much.

    The price changes on the morning of DATE, for whatever reason; policies in force still apply. With --hold the
    seller keeps it so long, else its next review may take it back. With --seeds every seed is run with and without,
    from --seed (or the scenario's own) upwards, and means carry 95 % intervals; one seed has none. Results go to
    outputs/SCENARIO-force-SELLER-seedN unless --out says otherwise; the folder appears whole or not at all.

    \b
    Examples:
      pricewar force china-2024 --seller alibaba --price -30% --on 2024-03-01
      pricewar force china-2024 --seller zhipu --tier cheap --price 1 --on 2024-03-01 --hold 60 --seeds 8
      pricewar force textbook --seller east --price +20% --on 2024-06-01 --hold 30 --days 60 --json
    """
    from pricewar.scenarios.api.run import force_price
    from pricewar.scenarios.config.source import Source
    from pricewar.scenarios.run.folders import forced_price_folder
    from pricewar.scenarios.run.play import seed_of
    from pricewar.sim.analysis.intervals import LABEL
    from pricewar.sim.pages.forced_price_page import summary

    source = Source.of(scenario, overrides, policies, strategies)
    first = seed_of(source.built, seed)
    folder = out or forced_price_folder(scenario, seller, first)
    with telling() as tell:
        result = force_price(source, seller=seller, on=on.date(), seed=first, out=folder, progress=tell, **given)
    if as_json:
        tables = {name: result.tables[table].to_dicts() for name, table in TOLD.items()}
        told = {"folder": str(folder), "seeds": list(result.seeds), "digest": result.digest, "forced": result.moves,
                "interval": LABEL}  # fmt: skip
        print_json(told | tables)
        return
    click.echo(first_lines(summary(result)))
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")


class Renamed(click.Command):
    """A verb under the name that it had: it works as before, after a sentence that says what it is called now."""

    def invoke(self, ctx: click.Context) -> Any:
        """Say so, and do it."""
        say(f"`{self.name}` is now called `force`; the old name goes with the next version.")
        return super().invoke(ctx)


shock = Renamed("shock", params=force.params, callback=force.callback, help=force.help, hidden=True)
