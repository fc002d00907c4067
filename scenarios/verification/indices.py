"""Indices of a market of three days, reckoned by hand: levels, chained index, spread, concentration, margins, use."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import exp, log, sqrt

import polars as pl

from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.sim.analysis.prices.indices import OFFER, logarithmic_mean, market_daily, split_product

EXACT = 1e-13
START = date(2024, 1, 1)
OFFERS = (
    # day, seller, tier, model, capability, price, full cost, marginal cost, tokens
    (0, "ada", "small", "a1", 1.0, 8.0, 4.0, 2.0, 30.0),
    (0, "ada", "large", "a2", 3.0, 100.0, 60.0, 40.0, 10.0),
    (0, "bob", "small", "b1", 2.0, 12.0, 13.0, 6.0, 60.0),
    (1, "ada", "small", "a1", 1.0, 4.0, 3.0, 1.0, 50.0),
    (1, "ada", "large", "a2", 3.0, 100.0, 60.0, 40.0, 10.0),
    (1, "bob", "small", "b1", 2.0, 9.0, 10.0, 5.0, 80.0),
    (1, "cyd", "small", "c1", 3.5, 6.0, 7.0, 4.0, 60.0),
    (2, "ada", "large", "a2", 3.0, 50.0, 55.0, 35.0, 20.0),
    (2, "bob", "small", "b1", 2.0, 0.0, 10.0, 5.0, 100.0),
    (2, "cyd", "small", "c1", 3.5, 7.5, 7.0, 4.0, 80.0),
)
SELLERS = (
    # day, seller, machines, utilisation
    (0, "ada", 300.0, 0.2), (0, "bob", 100.0, 0.6),
    (1, "ada", 300.0, 0.5), (1, "bob", 500.0, 0.9), (1, "cyd", 200.0, 0.25),
    (2, "ada", 100.0, 1.0), (2, "bob", 100.0, 0.5), (2, "cyd", 600.0, 0.75),
)  # fmt: skip
SEGMENTS = ((0, "chat", 900.0, 90.0), (0, "code", 100.0, 60.0), (1, "chat", 900.0, 225.0), (1, "code", 100.0, 75.0),
            (2, "chat", 900.0, 500.0), (2, "code", 100.0, 100.0))  # fmt: skip


def _table() -> pl.DataFrame:
    """Every index of the market, a row a day."""
    names = ["day", *OFFER, "capability", "price", "unit_cost", "marginal_cost", "tokens"]
    offers = pl.DataFrame(OFFERS, schema=names, orient="row").with_columns(pl.col("day").cast(pl.Int32))
    offers = offers.with_columns(avoidable_cost=0.5 * (pl.col("marginal_cost") + pl.col("unit_cost")))
    offers = offers.with_columns(date=pl.Series([START + timedelta(days=row[0]) for row in OFFERS]))
    sellers = pl.DataFrame(SELLERS, schema={"day": pl.Int32, "seller": pl.String, "fleet": pl.Float64,
                                            "utilisation": pl.Float64}, orient="row")  # fmt: skip
    segments = pl.DataFrame(SEGMENTS, schema={"day": pl.Int32, "segment": pl.String, "buyers": pl.Float64,
                                              "adopters": pl.Float64}, orient="row")  # fmt: skip
    return market_daily(offers, sellers, segments)


BY_HAND: dict[str, tuple[float, float, float]] = {
    # money spent over tokens
    "price_level": ((240 + 1000 + 720) / 100, (200 + 1000 + 720 + 360) / 200, (1000 + 0 + 600) / 200),
    "price_median": (12.0, (6.0 + 9.0) / 2, 7.5),
    # cheapest with a capability of 3, the best of the first day
    "constant_quality": (100.0, 6.0, 7.5),
    # matched models only: 8 → 4, 100 → 100, 12 → 9; then 100 → 50, 9 → 0 (a hundredth), 6 → 7.5
    "chained_index": (1.0, exp((log(0.5) + log(0.75)) / 3), exp((log(0.375) + log(0.5 * 0.01 * 1.25)) / 3)),
    "dispersion": tuple(
        sqrt(sum(p * p for p in prices) / len(prices) - (sum(prices) / len(prices)) ** 2) / (sum(prices) / len(prices))
        for prices in ((8, 100, 12), (4, 100, 9, 6), (50, 0, 7.5))
    ),  # type: ignore[dict-item]
    # shares of sellers, not of offers
    "hhi": (0.4**2 + 0.6**2, 0.3**2 + 0.4**2 + 0.3**2, 0.1**2 + 0.5**2 + 0.4**2),
    "lerner_energy": (1 - (60 + 400 + 360) / 1960, 1 - (50 + 400 + 400 + 240) / 2280, 1 - (700 + 500 + 320) / 1600),
    # avoidable cost lies half way between the two
    "lerner_avoidable": (1 - (820 + 1500) / 2 / 1960, 1 - (1090 + 1970) / 2 / 2280, 1 - (1520 + 2660) / 2 / 1600),
    "lerner_full": (1 - (120 + 600 + 780) / 1960, 1 - (150 + 600 + 800 + 420) / 2280, 1 - (1100 + 1000 + 560) / 1600),
    "below_cost_share": (60 / 100, (80 + 60) / 200, (20 + 100) / 200),
    "utilisation": ((60 + 60) / 400, (150 + 450 + 50) / 1000, (100 + 50 + 450) / 800),
    "adoption": (0.15, 0.3, 0.6),
    "tokens": (100.0, 200.0, 200.0),
}
"""Each index on the three days."""


def _by_hand() -> Iterator[KnownAnswer]:
    table = _table()
    for name, expected in BY_HAND.items():
        yield from each(name, ("day 0", "day 1", "day 2"), expected, table[name], relative=EXACT)


def _means() -> Iterator[KnownAnswer]:
    """The logarithmic mean, also where it loses digits, and a product split among its factors by it."""
    near = 1.0 + 1e-9
    yield from each(
        "logarithmic mean",
        ("of 1 and 2", "of 3 and 3", "of 1 and 1 + 1e-9"),
        (1.0 / log(2.0), 3.0, 1.0 + 0.5e-9),
        (logarithmic_mean(1.0, 2.0), logarithmic_mean(3.0, 3.0), logarithmic_mean(1.0, near)),
        relative=1e-15,
    )
    # 2·3 becomes 1·12: a fall by ln 2 and a rise by ln 4, on L(12, 6) = 6/ln 2.
    parts = split_product({"hour": 2.0, "time": 3.0}, {"hour": 1.0, "time": 12.0})
    yield from each("6 becomes 12, by", ("the hour", "the time"), (-6.0, 12.0), (parts["hour"], parts["time"]),
                    relative=EXACT)  # fmt: skip


CHECKS = (
    Check(name="indices.daily", source="ILO et al. (2020); Herfindahl-Hirschman; Lerner (1934), by hand", ask=_by_hand),
    Check(name="indices.split", source="Vartia (1976); logarithmic mean", ask=_means),
)
