"""Prices: level, index and dispersion in one table, and what a fixed capability costs at several levels of it.

The reckoning is that of `indices`; what those who host for themselves post is their own cost, on offer to nobody, and
does not count for the cheapest offer here.
"""

from collections.abc import Sequence
from math import floor

import polars as pl

from pricewar.sim.analysis.base import OWN, Ends, mean, roles
from pricewar.sim.analysis.prices.indices import constant_quality
from pricewar.sim.analysis.questions.base import Columns, Needs, in_order, part
from pricewar.sim.results.run import Tables
from pricewar.sim.text import figures

NEEDS: Needs = {"market_daily": ("price_level", "price_median", "chained_index", "dispersion")}
NEEDS_OF_QUALITY: Needs = {"offers_daily": ("capability", "price"), "sellers_daily": ("role",)}
COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "price_level": ("money/Mtok", "Mean list price, weighted by tokens."),
    "price_median": ("money/Mtok", "Median list price over offers."),
    "chained_index": ("1", "Chained price index of matched models, 1 on day 0."),
    "dispersion": ("1", "Coefficient of variation of list prices over offers."),
}
QUALITY_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "capability": ("nat", "Least capability of the offers compared."),
    "price": ("money/Mtok", "List price of the cheapest such offer; null without one."),
}
MOST = 12
"""Levels of capability at most."""


def prices(tables: Tables) -> pl.DataFrame:
    """Price level, median, chained index and dispersion, a row a day; columns of COLUMNS."""
    return in_order(tables["market_daily"].sort("day"), COLUMNS)


def price_of_quality(tables: Tables, capabilities: Sequence[float] | None = None) -> pl.DataFrame:
    """Cheapest offer at or above each capability, a row a day and capability; null where nobody offers it.

    capabilities: [nat]; whole nats from zero, GPT-3.5, to the best ever on sale unless given.
    Returns the columns of QUALITY_COLUMNS.
    """
    offers = tables["offers_daily"].join(roles(tables), on="seller", how="left")
    offers = offers.filter(pl.col("role").fill_null("") != OWN)
    if capabilities is None:
        best = offers["capability"].max()
        capabilities = [float(k) for k in range(min(MOST, max(0, floor(float(str(best or 0.0)))) + 1))]
    table = constant_quality(offers, capabilities).join(offers.select("day", "date").unique(), on="day", how="left")
    return in_order(table.sort("day", "capability"), QUALITY_COLUMNS)


def in_words(table: pl.DataFrame, code: str) -> str:
    """Say how far prices fell, from the first days to the last."""
    ends = Ends.of(table)
    (was, now), (index, then) = ends.means("price_level"), ends.means("chained_index")
    (apart, closer) = ends.means("dispersion")
    change = then / index - 1.0 if index > 0 else float("nan")
    return (
        f"The mean list price, weighted by tokens, went from {figures(was)} to {figures(now)} {code}/Mtok, the index "
        "of like with like "
        f"{'rose' if change > 0 else 'fell'} by {part(abs(change))}, and the spread over offers (coefficient of "
        f"variation) went from {figures(apart)} to {figures(closer)}."
    )


def quality_in_words(table: pl.DataFrame, code: str) -> str:
    """Say what the best capability that was on sale throughout costs."""
    ends = Ends.of(table)
    for level in sorted(table["capability"].unique(), reverse=True):
        was, now = (mean(days.filter(pl.col("capability") == level), "price") for days in (ends.first, ends.last))
        if was == was and now == now:
            nats = f"{level:g} nat{'s' * (level != 1.0)}"
            return (
                f"The cheapest offer of at least {nats}, the highest whole number on sale at both ends, went from "
                f"{figures(was)} to {figures(now)} {code}/Mtok."
            )
    return "No capability was on sale both at first and at last."
