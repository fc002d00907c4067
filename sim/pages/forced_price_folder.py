"""What a forced price leaves: tables, figures, a page in words, and what makes it again, in a whole folder.

`forced_price.json` (scenario, forced price, seeds, versions, command, digest of the tables), `summary.md`, `tables/`
(Parquet: `responses`, a row a seed, day and outcome; `means` over seeds; `answers`, a row a seed and offer;
`answers_mean`), `dictionary.csv` and `figures/`. The same forced price gives the same bytes.
"""

import csv as comma_separated
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.sim.kernel.provenance import DISTRIBUTION, normal
from pricewar.sim.results.folder import appearing_whole
from pricewar.sim.results.forced_price import ForcedPriceResult
from pricewar.sim.results.run import Json

if TYPE_CHECKING:
    import polars as pl

FORMAT = 1
"""Version of the folder's layout."""
MARK = "forced_price.json"
OLD_MARK = "shock.json"
"""What an earlier version called it."""
PLAIN = {
    "since": ("day", "Days since the day of the forced price, negative before it."),
    "day": ("day", "Day, 0 on the scenario's first."),
    "date": ("", "Calendar date."),
    "outcome": ("", "What was measured; see the rows `outcome:...`."),
    "unit": ("", "Unit of the numbers in the row."),
    "without": ("as the row says", "The outcome without the forced price; in `means` its mean over seeds."),
    "with": ("as the row says", "The outcome with it."),
    "difference": ("as the row says", "With less without."),
    "seeds": ("", "Seeds in which it is known."),
    "answering": ("", "Seeds in which the offer answered."),
    "measure": ("", "A column of `answers`."),
    "mean": ("as the row says", "Mean difference, or measure, over seeds."),
    "median": ("as the row says", "Median over seeds."),
    "low": ("as the row says", "Lower bound of the 95 % Student interval of the mean; null with fewer than two seeds."),
    "high": ("as the row says", "Upper bound of it."),
}
"""Unit and meaning of columns that are no measure of `answers`."""


def mark_in(folder: Path) -> str:
    """Name of the record of a folder, also of one of an earlier version."""
    return OLD_MARK if (folder / OLD_MARK).is_file() else MARK


def save(result: ForcedPriceResult, folder: Path, *, overwrite: bool = False) -> Path:
    """Write a forced price into a folder that appears whole or not at all; returns the folder.

    overwrite: whether an earlier one there may be replaced; nothing else ever is. Raises UserMistake.
    """
    from pricewar.sim.figures.files import draw_into
    from pricewar.sim.figures.responses import Setting, by_seller, market, responses
    from pricewar.sim.figures.style import looks_of_sellers
    from pricewar.sim.pages.forced_price_page import summary

    means = result.tables["means"]
    setting = Setting(
        seller=str(result.forced["seller"]),
        tiers=tuple(sorted({str(move["tier"]) for move in result.moves})),
        hold=float(str(result.forced.get("hold") or 0.0)),
        seeds=len(result.seeds),
        currency=result.currency,
        look=looks_of_sellers(result.scenario, means["seller"].drop_nulls()),
    )
    with appearing_whole(folder, mark=mark_in(folder), overwrite=overwrite) as partial:
        (partial / "tables").mkdir()
        for name, table in sorted(result.tables.items()):
            _write_table(partial / "tables" / f"{name}.parquet", name, table, result)
        drawn = draw_into(
            partial / "figures",
            {
                "responses": lambda: responses(means, setting),
                "by_seller": lambda: by_seller(means, setting),
                "market": lambda: market(means, setting),
            },
        )
        _write(partial / "dictionary.csv", _dictionary(result))
        _write(partial / "summary.md", drawn.under(summary(result)))
        record = {**_record(result), **({"not_drawn": drawn.failed} if drawn.failed else {})}
        _write(partial / MARK, json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n")
    return folder


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_table(path: Path, name: str, table: "pl.DataFrame", result: ForcedPriceResult) -> None:
    about = {"table": name, "software": f"{DISTRIBUTION} {result.versions.get(DISTRIBUTION, '')}".strip()}
    for column in table.columns:
        unit, meaning = _meaning(column)
        about |= {f"unit:{column}": unit, f"meaning:{column}": meaning}
    # Every setting that shapes the bytes is named, so that a changed default cannot change them.
    normal(table).write_parquet(
        path, compression="zstd", compression_level=3, row_group_size=131_072, statistics=True, metadata=about
    )


def _meaning(column: str) -> tuple[str, str]:
    from pricewar.sim.analysis.answers_to_a_forced_price import MEANINGS

    return PLAIN.get(column) or MEANINGS[column]


def _dictionary(result: ForcedPriceResult) -> str:
    from pricewar.sim.analysis.impulse_responses import OF_MARKET, OF_OFFERS

    page = io.StringIO()
    writer = comma_separated.writer(page, lineterminator="\n")
    writer.writerow(("table", "column", "type", "unit", "meaning"))
    for name, table in sorted(result.tables.items()):
        writer.writerows((name, column, str(table.schema[column]), *_meaning(column)) for column in table.columns)
    for of, outcomes in (("of an offer or seller", OF_OFFERS), ("of the market", OF_MARKET)):
        writer.writerows(
            ("responses", f"outcome:{name} {of}", "Float64", unit.replace("money", result.currency), meaning)
            for name, (unit, meaning) in outcomes.items()
        )
    return page.getvalue()


def _record(result: ForcedPriceResult) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "scenario": result.scenario,
        "forced": result.forced,
        "moves": result.moves,
        "horizon": result.horizon,
        "seeds": list(result.seeds),
        "policy": result.policy,
        "versions": result.versions,
        "command": result.command,
        "digest": result.digest,
        "tables": {name: table.height for name, table in sorted(result.tables.items())},
    }
