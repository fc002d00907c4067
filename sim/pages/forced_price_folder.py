"""What a forced price leaves: tables, figures, a page in words, and what makes it again, in a whole folder.

`forced_price.json` (scenario, forced price, seeds, versions, command, digest of the tables), `summary.md`, `tables/`
(Parquet: `responses`, a row a seed, day and outcome; `means` over seeds; `answers`, a row a seed and offer;
`answers_mean`), `dictionary.csv` and `figures/`. The same forced price gives the same bytes.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pricewar.sim.analysis.answers_to_a_forced_price import MEANINGS
from pricewar.sim.analysis.impulse_responses import OF_MARKET, OF_OFFERS
from pricewar.sim.analysis.intervals import LABEL
from pricewar.sim.errors import ResultMistake
from pricewar.sim.figures.catalogue import draw
from pricewar.sim.figures.responses import Setting, by_seller, market, responses
from pricewar.sim.figures.style import looks_of_sellers
from pricewar.sim.kernel.provenance import normal
from pricewar.sim.results.folder import OF_THE_ROW, ResultFolder, appearing_whole, explained, write_json, write_text
from pricewar.sim.results.forced_price import ForcedPriceResult
from pricewar.sim.results.run import Json
from pricewar.sim.results.tables import Column

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    "without": (OF_THE_ROW, "The outcome without the forced price; in `means` its mean over seeds."),
    "with": (OF_THE_ROW, "The outcome with it."),
    "difference": (OF_THE_ROW, "With less without."),
    "seeds": ("seed", "Seeds in which it is known."),
    "answering": ("seed", "Seeds in which the offer answered."),
    "measure": ("", "A column of `answers`."),
    "mean": (OF_THE_ROW, "Mean difference, or measure, over seeds."),
    "median": (OF_THE_ROW, "Median over seeds."),
    "low": (OF_THE_ROW, f"Lower bound of the mean's {LABEL}; null with fewer than two seeds."),
    "high": (OF_THE_ROW, f"Upper bound of the mean's {LABEL}."),
}
"""Unit and meaning of columns that are no measure of `answers`."""


FIGURES: "Mapping[str, Callable[[pl.DataFrame, Setting], Figure]]" = {
    "responses": responses,
    "by_seller": by_seller,
    "market": market,
}
"""Every figure by name, of the table `means`."""
OUTCOMES = tuple(
    Column(f"outcome:{name} {of}", "Float64", unit, meaning)
    for of, outcomes in (("of an offer or seller", OF_OFFERS), ("of the market", OF_MARKET))
    for name, (unit, meaning) in outcomes.items()
)
"""What the names in the column `outcome` stand for."""


def mark_in(folder: Path) -> str:
    """Name of the record of a folder, also of one of an earlier version."""
    return OLD_MARK if (folder / OLD_MARK).is_file() else MARK


def contents(result: ForcedPriceResult) -> ResultFolder:
    """Register what a forced price leaves."""
    setting = Setting(
        seller=str(result.forced["seller"]),
        tiers=tuple(sorted({str(move["tier"]) for move in result.moves})),
        hold=float(str(result.forced.get("hold") or 0.0)),
        seeds=len(result.seeds),
        currency=result.currency,
        look=looks_of_sellers(result.scenario, result.tables["means"]["seller"].drop_nulls()),
    )
    meanings = {**MEANINGS, **PLAIN}
    return ResultFolder(
        about={
            "kind": "forced price",
            "forced": result.forced,
            "seeds": list(result.seeds),
            "policy": result.policy,
            "command": result.command,
            "digest": result.digest,
            "versions": dict(result.versions),
        },
        currency=result.currency,
        tables={
            name: explained(normal(table), meanings, OUTCOMES if name == "responses" else ())
            for name, table in sorted(result.tables.items())
        },
        figures={name: partial(figure, result.tables["means"], setting) for name, figure in FIGURES.items()},
    )


def save(result: ForcedPriceResult, folder: Path, *, overwrite: bool = False) -> Path:
    """Write a forced price into a folder that appears whole or not at all; returns the folder.

    overwrite: whether an earlier one there may be replaced; nothing else ever is. Raises UserMistake.
    """
    from pricewar.sim.pages.forced_price_page import summary

    registered = contents(result)
    with appearing_whole(folder, mark=mark_in(folder), overwrite=overwrite) as place:
        (place / "tables").mkdir()
        registered.write_tables(place / "tables", ["parquet"])
        registered.write_dictionary(place)
        drawn = draw(registered.figures, place / "figures", kinds=("png",))
        write_text(place / "summary.md", drawn.under(summary(result)))
        write_json(place / MARK, {**_record(result), **({"not_drawn": drawn.failed} if drawn.failed else {})})
    return folder


def open_forced_price(folder: Path) -> ForcedPriceResult:
    """Read a forced price from its folder. Raises ResultMistake if it is damaged or of another version."""
    try:
        record: dict[str, Any] = json.loads((folder / mark_in(folder)).read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise ResultMistake(f"{folder} was written by another version in another format; make it again")
        result = ForcedPriceResult(
            scenario=record["scenario"],
            forced=record["forced"],
            horizon=record["horizon"],
            seeds=record["seeds"],
            moves=record["moves"],
            policy=record["policy"],
            tables={name: pl.read_parquet(folder / "tables" / f"{name}.parquet") for name in record["tables"]},
            command=record["command"],
            versions=record["versions"],
        )
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        mark = folder / mark_in(folder)
        raise ResultMistake(f"{mark} or a table beside it cannot be read ({reason}); make it again") from None
    if result.digest != record["digest"]:
        raise ResultMistake(f"the tables in {folder} are not those that were written; make it again")
    return result


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
