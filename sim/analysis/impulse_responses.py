r"""Impulse responses: a run with a forced price less the same run, on the same luck, without it.

Both runs draw the same numbers, so that until the forced change they are the same to the last bit, and what differs
afterwards is its doing (a paired experiment; common random numbers: Glasserman & Yao 1992). For an outcome y, day t
and seed s the response is :math:`y_{ts}^{with} - y_{ts}^{without}`; of prices that of their logarithms, so that the
ratio of two responses is an elasticity. Over seeds: the mean and its interval; one seed has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pricewar.sim.analysis.base import OWN, Tables, ordered
from pricewar.sim.analysis.intervals import SHARE, Bounds, between, of_means
from pricewar.sim.analysis.market_daily import LERNER
from pricewar.sim.analysis.measures import MEASURES, variable_profit
from pricewar.sim.analysis.prices.indices import ratio

BEFORE = 7
"""Days before the forced price that tables and figures show, all of them without any difference. [day]"""
KEYS = ("seed", "since", "day", "date", "seller", "tier", "outcome", "unit")
"""Columns that say which number of which run a row is."""

OF_OFFERS: Mapping[str, tuple[str, str]] = {
    "log_price": ("log point", "Logarithm of the list price; null where it is free or not for sale."),
    "tokens": ("Mtok/day", "Tokens sold."),
    "share": ("share, 0-1", "Share of all tokens served, self-hosting included."),
    "revenue": ("money/day", "Takings from tokens."),
    "profit": (
        "money/day",
        "Variable profit: takings less the marginal cost of the tokens sold; fixed costs, rent and wages aside.",
    ),
    "lerner_energy": ("1", "(Price - marginal cost)/price; of a seller over all its sales; null without takings."),
    "lerner_avoidable": ("1", "(Price - avoidable cost)/price, likewise."),
    "lerner_full": ("1", "(Price - full cost)/price, likewise."),
}
"""Outcomes of an offer and, but for the price, of a seller: unit and meaning."""
MEASURED: Mapping[str, str] = {
    "log_price_level": "price_level",
    "log_chained_index": "chained_index",
    "tokens": "tokens",
    "hhi": "hhi",
    **{name: name for name in LERNER},
    "profit": "variable_profit",
    "consumer_surplus": "surplus",
}
"""Measure of each outcome of the market that is one, or the logarithm of one."""
LOGS = ("log_price", "log_price_level", "log_chained_index")


def _unit_and_meaning(outcome: str) -> tuple[str, str]:
    of = MEASURES[MEASURED[outcome]]
    return ("log point", f"Logarithm: {of.meaning}") if outcome in LOGS else (of.unit, of.meaning)


OF_MARKET: Mapping[str, tuple[str, str]] = {
    **{outcome: _unit_and_meaning(outcome) for outcome in MEASURED},
    "wars_begun": ("war", "Price wars that have begun since the forced price."),
    "rivals_that_cut": ("seller", "Sellers other than the forced one that have cut a price since the forced price."),
}
"""Outcomes of the market: unit and meaning."""
BOUNDS: Mapping[str, Bounds] = {"share": between(SHARE)} | {
    outcome: between(MEASURES[name].bounds) for outcome, name in MEASURED.items() if outcome not in LOGS
}
"""Between which responses lie, by outcome; others may be anything."""
COUNTS = ("tokens", "share", "revenue", "profit")
"""What an offer that is not there has none of."""


@dataclass(frozen=True, slots=True)
class Window:
    """When the price is forced, and for how long it is looked at."""

    time: float
    """Instant of the forced change. [day]"""
    last: int
    """Days after it that are looked at."""
    seller: str
    """Who is forced."""

    @property
    def day(self) -> int:
        """Day of the forced price."""
        return int(self.time // 1)


def responses(without: Tables, with_: Tables, window: Window, seed: int) -> pl.DataFrame:
    """Every outcome without and with the forced price, and their difference.

    A row a day, seller, tier and outcome: `seller` is null for the market, `tier` for a seller as a whole.
    `difference` is with less without, of logarithms that of the ratio. Columns: KEYS, without, with, difference.
    """
    halves = [_long(tables, window) for tables in (without, with_)]
    keys = ["day", "seller", "tier", "outcome"]
    both = (
        halves[0]
        .rename({"value": "without"})
        .join(halves[1].rename({"value": "with"}), on=keys, how="full", coalesce=True, nulls_equal=True)
    )
    none = pl.col("outcome").is_in(COUNTS) & pl.col("seller").is_not_null()
    both = both.with_columns(
        pl.when(none).then(pl.col(name).fill_null(0.0)).otherwise(pl.col(name)).alias(name)
        for name in ("without", "with")
    )
    is_log = pl.col("outcome").is_in(LOGS)
    both = both.with_columns(
        # of a ratio, so that another currency leaves every bit of it
        difference=pl.when(is_log)
        .then((pl.col("with") / pl.col("without")).log())
        .otherwise(pl.col("with") - pl.col("without")),
    ).with_columns(
        pl.when(is_log).then(pl.col(name).log()).otherwise(pl.col(name)).alias(name) for name in ("without", "with")
    )
    dates = pl.concat([tables["market_daily"].select("day", "date") for tables in (without, with_)]).unique("day")
    units = {name: unit for name, (unit, _) in (*OF_MARKET.items(), *OF_OFFERS.items())}
    return (
        both.join(dates, on="day", how="left")
        .with_columns(
            seed=pl.lit(seed, pl.Int64),
            since=(pl.col("day") - window.day).cast(pl.Int32),
            unit=pl.col("outcome").replace_strict(units, return_dtype=pl.String),
        )
        .select(*KEYS, "without", "with", "difference")
        .sort("since", "seller", "tier", "outcome", nulls_last=False)
    )


def _long(tables: Tables, window: Window) -> pl.DataFrame:
    """Outcomes of one run in rows: day, seller, tier, outcome, value; prices not yet in logarithms."""
    shown = pl.col("day").is_between(window.day - BEFORE, window.day + window.last)
    own = tables["sellers_daily"].filter(pl.col("role") == OWN)["seller"].unique()
    sold, price, taken = pl.col("tokens"), pl.col("price"), pl.col("revenue")
    offers = tables["offers_daily"].filter(shown)
    offers = ordered(offers).with_columns(
        share=ratio(sold, sold.sum().over("day")),
        profit=variable_profit(),
        **{name: ratio(price - pl.col(cost), price) for name, cost in LERNER.items()},
    )
    offers = offers.filter(~pl.col("seller").is_in(own.implode()))
    spent = {name: (sold * pl.col(cost)).sum() for name, cost in LERNER.items()}
    per_seller = offers.group_by("day", "seller", maintain_order=True).agg(
        pl.col(*COUNTS).sum(), *(ratio(taken.sum() - paid, taken.sum()).alias(name) for name, paid in spent.items())
    )
    per_seller = per_seller.with_columns(tier=pl.lit(None, pl.String))
    lines = offers.with_columns(log_price=pl.when(price > 0).then(price))
    market = _counts(tables, window)
    for outcome, name in MEASURED.items():
        values = MEASURES[name].values(tables).rename({"value": outcome})
        market = market.join(values, on="day", how="left", maintain_order="left")
    market = market.with_columns(seller=pl.lit(None, pl.String), tier=pl.lit(None, pl.String))
    return pl.concat(
        [
            _melted(lines, list(OF_OFFERS)),
            _melted(per_seller, [name for name in OF_OFFERS if name != "log_price"]),
            _melted(market, list(OF_MARKET)),
        ]
    )


def _melted(table: pl.DataFrame, outcomes: list[str]) -> pl.DataFrame:
    """One row a number."""
    numbers = table.select(
        "day", "seller", "tier", *(pl.col(name).cast(pl.Float64).fill_nan(None) for name in outcomes)
    )
    return numbers.unpivot(outcomes, index=["day", "seller", "tier"], variable_name="outcome", value_name="value")


def _counts(tables: Tables, window: Window) -> pl.DataFrame:
    """Wars begun and rivals that have cut since the forced price, by day."""
    days = (
        tables["market_daily"]
        .select("day")
        .filter(pl.col("day").is_between(window.day - BEFORE, window.day + window.last))
    )
    own = tables["sellers_daily"].filter(pl.col("role") == OWN)["seller"].unique()
    cuts = tables["prices"].filter(
        (pl.col("kind") == "cut") & (pl.col("time") >= window.time)
        & (pl.col("seller") != window.seller) & ~pl.col("seller").is_in(own.implode())
    )  # fmt: skip
    first = cuts.group_by("seller").agg(pl.col("time").min())["time"].floor().to_list()
    wars = tables["wars"].filter(pl.col("start_time") >= window.time)["start_time"].floor().to_list()
    return days.with_columns(
        wars_begun=pl.Series([float(sum(w <= day for w in wars)) for day in days["day"]], dtype=pl.Float64),
        rivals_that_cut=pl.Series([float(sum(c <= day for c in first)) for day in days["day"]], dtype=pl.Float64),
    )


def means(table: pl.DataFrame) -> pl.DataFrame:
    """Mean responses over seeds with their interval.

    Columns: since, seller, tier, outcome, unit, seeds, without, with (means), mean, low, high; the interval is null
    with fewer than two seeds. `seeds` counts those in which the outcome is known with and without.
    """
    both = pl.col("difference")
    over_seeds = (
        table.sort(*KEYS[:2], "seller", "tier", "outcome")
        .group_by("since", "seller", "tier", "outcome", "unit", maintain_order=True)
        .agg(
            seeds=both.count().cast(pl.Int32),
            without=pl.col("without").mean(),
            with_=pl.col("with").mean(),
            mean=both.mean(),
            sd=both.std(ddof=1),
        )
        .rename({"with_": "with"})
    )
    return with_interval(over_seeds, "outcome", BOUNDS).sort("since", "seller", "tier", "outcome", nulls_last=False)


def with_interval(table: pl.DataFrame, of: str, bounds: Mapping[str, Bounds]) -> pl.DataFrame:
    """Turn `sd`, of `seeds` draws of which `mean` is the mean, into the ends of its interval: low, high.

    of: column that says what is measured. bounds: of it, by name; what is not named may be anything. The interval is
    null with fewer than two seeds.
    """
    mean, sd = (table[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in ("mean", "sd"))
    seeds = table["seeds"].to_numpy()
    ends = np.array(of_means(mean, sd, seeds))
    for name, its in bounds.items():
        rows = (table[of] == name).to_numpy()
        ends[:, rows] = of_means(mean[rows], sd[rows], seeds[rows], its)
    low, high = (
        pl.Series(end, side, dtype=pl.Float64).fill_nan(None) for end, side in zip(("low", "high"), ends, strict=True)
    )
    return table.with_columns(low, high).drop("sd")
