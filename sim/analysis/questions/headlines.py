"""What a run comes to in a few numbers, so that two runs can stand side by side.

Means are over the last days of the run (`WINDOW`) or, for surplus and profit, over all its days: runs of
different length stay comparable.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from pricewar.sim.analysis.base import Ends, Tables, mean, summed
from pricewar.sim.analysis.market_daily import LERNER
from pricewar.sim.analysis.measures import MEASURES
from pricewar.sim.analysis.prices.indices import ratio
from pricewar.sim.analysis.questions.base import lacking
from pricewar.sim.analysis.questions.profits import PROFITS, profits
from pricewar.sim.analysis.questions.welfare import WELFARE, welfare


@dataclass(frozen=True, slots=True)
class Headline:
    """One number of a run, or one word."""

    unit: str
    value: Any
    """None where the run does not say."""


AT_LAST = (
    "price_level",
    "chained_index",
    "hhi",
    *LERNER,
    "below_cost_share",
    "utilisation",
    "adoption",
    "tokens",
)
"""Measures whose last days are told."""
OF_THE_DEEPEST = {
    "tier": "",
    "start_date": "",
    "depth": "share, 0-1",
    "duration": "day",
    "n_sellers": "seller",
    "n_cuts": "cut",
    "class": "",
}
"""Columns of the deepest war that are told."""


def headlines(tables: Tables) -> dict[str, Headline]:
    """Tell a run in numbers, by name: its wars, prices at the end by tier, the market, surplus, profits by seller."""
    return _wars(tables) | _market(tables) | _prices(tables) | _surplus(tables) | _profits(tables)


def _wars(tables: Tables) -> dict[str, Headline]:
    wars = tables["wars"].sort("depth", "war", descending=[True, False], nulls_last=True)
    first = wars.row(0, named=True) if wars.height else {}
    told = {f"deepest war: {name}": Headline(unit, first.get(name)) for name, unit in OF_THE_DEEPEST.items()}
    return {"wars": Headline("war", wars.height)} | told


def _market(tables: Tables) -> dict[str, Headline]:
    days = tables["market_daily"].filter(pl.col("day") >= 0).select("day").sort("day")
    told = [MEASURES[name] for name in AT_LAST]
    last = Ends.of(days.with_columns(measure.days(tables) for measure in told)).last
    return {f"{one.label}, last days": Headline(one.unit, _known(mean(last, one.name))) for one in told}


def _prices(tables: Tables) -> dict[str, Headline]:
    """Price paid by tier in the last days: takings over tokens, those of who hosts for itself included."""
    last = Ends.of(tables["offers_daily"]).last
    paid = summed(last, ["tier"], ratio(pl.col("revenue").sum(), pl.col("tokens").sum()).alias("price"))
    return {f"price paid, {tier}, last days": Headline("money/Mtok", price) for tier, price in paid.iter_rows()}


def _surplus(tables: Tables) -> dict[str, Headline]:
    if lacking(tables, WELFARE.needs):
        return {}
    begun = welfare(tables).filter(pl.col("day") >= 0)
    sides = {"consumer_surplus": "consumer surplus, mean day", "producer_surplus": "producer surplus, mean day"}
    return {words: Headline("money/day", _known(mean(begun, name))) for name, words in sides.items()}


def _profits(tables: Tables) -> dict[str, Headline]:
    if lacking(tables, PROFITS.needs):
        return {}
    begun = profits(tables).filter(pl.col("day") >= 0)
    per_seller = summed(begun, ["seller"], pl.col("profit").mean())
    return {
        f"profit after training, {seller}, mean day": Headline("money/day", value)
        for seller, value in per_seller.iter_rows()
    }


def _known(value: float) -> float | None:
    return None if value != value else value
