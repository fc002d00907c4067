"""Each index on two days that can be reckoned by hand."""

from datetime import date, timedelta

import polars as pl
import pytest

from pricewar.sim.analysis.market_daily import LERNER
from pricewar.sim.analysis.prices.indices import (
    adoption,
    below_cost_share,
    best_capability,
    chained_index,
    constant_quality,
    dispersion,
    hhi,
    lerner,
    market_daily,
    price_level,
    price_median,
    utilisation,
)

START = date(2024, 1, 1)
OFFERS = [
    # day, seller, tier, model, capability, price, unit cost, marginal cost, tokens
    (0, "ada", "small", "a1", 1.0, 8.0, 4.0, 2.0, 30.0),
    (0, "ada", "large", "a2", 3.0, 100.0, 60.0, 40.0, 10.0),
    (0, "bob", "small", "b1", 2.0, 12.0, 13.0, 6.0, 60.0),
    (1, "ada", "small", "a1", 1.0, 4.0, 4.0, 2.0, 40.0),
    (1, "ada", "large", "a2", 3.0, 50.0, 60.0, 40.0, 0.0),
    (1, "cyd", "small", "c1", 2.5, 0.0, 1.0, 0.5, 40.0),
]


@pytest.fixture
def offers() -> pl.DataFrame:
    names = ["day", "seller", "tier", "model", "capability", "price", "unit_cost", "marginal_cost", "tokens"]
    table = pl.DataFrame(OFFERS, schema=names, orient="row").with_columns(pl.col("day").cast(pl.Int32))
    return table.with_columns(
        avoidable_cost="marginal_cost",
        date=pl.lit(START) + pl.duration(days=pl.col("day")),
        revenue=pl.col("price") * pl.col("tokens"),
    )


@pytest.fixture
def sellers() -> pl.DataFrame:
    rows = [
        (0, "ada", 300.0, 0.2),
        (0, "bob", 100.0, 0.6),
        (0, "host", 0.0, float("nan")),
        (1, "ada", 0.0, 0.0),
    ]
    return pl.DataFrame(
        rows,
        schema={"day": pl.Int32, "seller": pl.String, "fleet": pl.Float64, "utilisation": pl.Float64},
        orient="row",
    )


@pytest.fixture
def segments() -> pl.DataFrame:
    rows = [
        (0, "chat", 900.0, 90.0),
        (0, "code", 100.0, 60.0),
        (1, "chat", 900.0, 225.0),
        (1, "code", 100.0, 75.0),
    ]
    return pl.DataFrame(
        rows,
        schema={"day": pl.Int32, "segment": pl.String, "buyers": pl.Float64, "adopters": pl.Float64},
        orient="row",
    )


def figures(table: pl.DataFrame) -> list[float | None]:
    assert table["day"].to_list() == [0, 1]
    return table[table.columns[-1]].to_list()


def test_price_level_weights_by_tokens(offers: pl.DataFrame) -> None:
    assert figures(price_level(offers)) == [pytest.approx((240 + 1000 + 720) / 100), pytest.approx(160 / 80)]


def test_price_median_does_not(offers: pl.DataFrame) -> None:
    assert figures(price_median(offers)) == [12.0, 4.0]


def test_constant_quality_is_the_cheapest_that_is_good_enough(offers: pl.DataFrame) -> None:
    table = constant_quality(offers, [3.0, 2.0, 9.0])
    assert table.columns == ["day", "capability", "price"]
    assert table.rows() == [
        (0, 2.0, 12.0),
        (0, 3.0, 100.0),
        (0, 9.0, None),
        (1, 2.0, 0.0),
        (1, 3.0, 50.0),
        (1, 9.0, None),
    ]
    assert best_capability(offers) == 3.0
    assert best_capability(offers.with_columns(day=pl.col("day") - 5)) == 3.0
    with pytest.raises(ValueError, match="empty"):
        best_capability(offers.clear())


def test_chained_index_compares_only_what_is_sold_on_both_days(offers: pl.DataFrame) -> None:
    assert figures(chained_index(offers)) == [1.0, pytest.approx(0.5)]


def test_chained_index_is_one_on_day_zero_also_after_a_burn_in(offers: pl.DataFrame) -> None:
    early = offers.with_columns(day=pl.col("day") - 1)
    assert chained_index(early).rows() == [(-1, pytest.approx(2.0)), (0, 1.0)]


def test_chained_index_survives_free_prices() -> None:
    """To zero counts as a hundredth and back as a hundredfold: the way back undoes the way there."""
    rows = [(day, "ada", "small", "a", price) for day, price in enumerate([5.0, 0.0, 0.0, 5.0])]
    table = chained_index(pl.DataFrame(rows, schema=["day", "seller", "tier", "model", "price"], orient="row"))
    assert table["chained_index"].to_list() == pytest.approx([1.0, 0.01, 0.01, 1.0])


def test_dispersion_is_the_coefficient_of_variation(offers: pl.DataFrame) -> None:
    assert figures(dispersion(offers))[0] == pytest.approx(((32**2 + 60**2 + 28**2) / 3) ** 0.5 / 40)
    assert figures(dispersion(offers.with_columns(price=0.0))) == [None, None]


def test_hhi_adds_up_the_tiers_of_a_seller(offers: pl.DataFrame) -> None:
    assert figures(hhi(offers)) == [pytest.approx(0.4**2 + 0.6**2), pytest.approx(0.5)]


def test_each_lerner_index_is_the_margin_over_its_own_cost_as_a_share_of_all_revenue(offers: pl.DataFrame) -> None:
    offers = offers.with_columns(avoidable_cost=pl.col("marginal_cost") * 1.5, unit_cost=pl.col("marginal_cost") * 2.0)
    table = lerner(offers)
    for name, times in (("lerner_energy", 1.0), ("lerner_avoidable", 1.5), ("lerner_full", 2.0)):
        assert table[name].to_list() == pytest.approx([1 - times * 820 / 1960, 1 - times * 100 / 160])
    free = lerner(offers.with_columns(price=0.0))
    assert all(free[name].null_count() == 2 for name in LERNER)


def test_below_cost_share_is_of_tokens(offers: pl.DataFrame) -> None:
    assert figures(below_cost_share(offers)) == [0.6, 0.5]


def test_utilisation_is_weighted_by_fleet_and_ignores_those_without(sellers: pl.DataFrame) -> None:
    assert figures(utilisation(sellers)) == [pytest.approx(0.3), None]


def test_adoption_is_weighted_by_buyers(segments: pl.DataFrame) -> None:
    assert figures(adoption(segments)) == [0.15, 0.3]


def test_all_of_them_stand_side_by_side(offers: pl.DataFrame, sellers: pl.DataFrame, segments: pl.DataFrame) -> None:
    table = market_daily(offers, sellers, segments)
    assert table.columns == [
        "day", "date", "tokens", "price_level", "price_median", "constant_quality", "chained_index",
        "dispersion", "hhi", "lerner_energy", "lerner_avoidable", "lerner_full", "below_cost_share",
        "utilisation", "adoption",
    ]  # fmt: skip
    assert table["date"].to_list() == [START, START + timedelta(days=1)]
    assert table["tokens"].to_list() == [100.0, 80.0]
    assert table["constant_quality"].to_list() == [100.0, 50.0]
    assert market_daily(offers, sellers, segments, capability=2.0)["constant_quality"].to_list() == [
        12.0,
        0.0,
    ]


def test_a_day_without_sales_has_no_weights(offers: pl.DataFrame) -> None:
    idle = offers.with_columns(tokens=0.0, revenue=0.0)
    assert lerner(idle).drop("day").null_count().row(0) == (2, 2, 2)
    for question in (price_level, hhi, below_cost_share):
        assert figures(question(idle)) == [None, None]


def test_what_those_who_host_for_themselves_post_is_no_price_on_offer(
    offers: pl.DataFrame, sellers: pl.DataFrame, segments: pl.DataFrame
) -> None:
    """It was: the cheapest offer of a capability could be some buyer's own cost."""
    without = market_daily(offers, sellers, segments)
    own = offers.filter(pl.col("tier") == "small").unique("day", keep="first", maintain_order=True)
    own = own.with_columns(seller=pl.lit("self"), capability=9.0, price=0.01, tokens=0.0, revenue=0.0)
    roles = sellers.with_columns(role=pl.lit("lab"))
    roles = pl.concat([roles, roles.head(1).with_columns(seller=pl.lit("self"), role=pl.lit("buyers"))])
    with_ = market_daily(pl.concat([offers, own]), roles, segments)
    for name in ("price_median", "constant_quality", "dispersion"):
        assert with_[name].to_list() == without[name].to_list(), name
