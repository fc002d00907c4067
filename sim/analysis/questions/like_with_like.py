"""What prices did at unchanged quality, as an answer: the hedonic index beside that of matched models."""

from math import exp, log

import polars as pl

from pricewar.sim.analysis.prices.hedonic import TRUNCATED, hedonic
from pricewar.sim.analysis.questions.base import Columns, Needs, in_order, nothing, part
from pricewar.sim.results.run import Tables

NEEDS: Needs = {
    "offers_daily": ("price", "capability", "open_weights", "tier"),
    "market_daily": ("chained_index",),
}
COLUMNS: Columns = {
    "day": ("day", "First of the month on record."),
    "date": ("", "Calendar date of the day."),
    "offers": ("offer", "Offers in the month's regression."),
    "index": ("1", "Hedonic price index, 1 in the first month."),
    "low": ("1", "Lower end of the 95 % interval."),
    "high": ("1", "Upper end of the 95 % interval."),
    "matched": ("1", "Chained index of matched models at the month's end, over that of the first."),
}
NOTHING = "Not to be told: the run has too few offers or months for a regression."
YEAR = 365.25
LEAST = 5e-4
"""Changes smaller than this are none in words. [1]"""
HALF_YEAR = 0.5
"""Changes over less than this are not put at a rate a year: that would multiply chance. [year]"""


def like_with_like(tables: Tables) -> pl.DataFrame:
    """Hedonic index by month with its interval, and the chained index of matched models; columns of COLUMNS.

    No rows where there are fewer offers and months than coefficients, or a single month.
    """
    try:
        index = hedonic(tables["offers_daily"]).index
    except ValueError:
        return nothing(COLUMNS)
    if index.height < 2:
        return nothing(COLUMNS)
    days = tables["market_daily"].filter(pl.col("day") >= 0).sort("day")
    months = days.group_by(period=pl.col("date").dt.truncate(TRUNCATED["month"])).agg(
        pl.col("day").first(), pl.col("date").first(), pl.col("chained_index").last()
    )
    table = index.join(months, on="period", how="left").sort("day")
    matched = pl.col("chained_index") / pl.col("chained_index").first()
    return in_order(table.with_columns(pl.col("offers").cast(pl.Float64), matched=matched), COLUMNS)


def in_words(table: pl.DataFrame, code: str) -> str:
    """Say how prices changed at unchanged quality, a year where the run is long enough, with the 95 % interval."""
    del code
    table = table.sort("day")
    years = (table["day"][-1] - table["day"][0]) / YEAR
    last = table.row(-1, named=True)
    power = 1.0 / years if years >= HALF_YEAR else 1.0
    change, matched = (_moved(_change(last[name], power)) for name in ("index", "matched"))
    low, high = (_signed(_change(last[name], power)) for name in ("low", "high"))
    when = " a year" if years >= HALF_YEAR else f" between the first month and the last of {table.height}"
    return (
        f"At unchanged quality list prices {change}{when} (95 % interval {low} to {high}; regression on capability, "
        "openness and tier that takes errors for independent and leaves free offers out); the index of matched models "
        f"{matched}{when if power != 1.0 else ''}."
    )


def _change(level: float | None, power: float) -> float:
    """Relative change from one to a power of a level; nan where it is not known."""
    return exp(power * log(level)) - 1.0 if level is not None and level > 0.0 else float("nan")


def _moved(change: float) -> str:
    """Write a change as a verb and a percentage."""
    if abs(change) < LEAST:
        return "stood still"
    return f"{'rose' if change > 0.0 else 'fell'} by {part(abs(change))}"


def _signed(change: float) -> str:
    """Write a change as a percentage with a true sign."""
    return "0 %" if abs(change) < LEAST else f"{'+' if change > 0.0 else '−'}{part(abs(change))}"
