"""Quality, structure, prices and tasks on a few days that can be reckoned by hand."""

from collections.abc import Sequence
from datetime import date
from math import exp

import polars as pl
import pytest

from pricewar.sim.analysis.base import Ends
from pricewar.sim.analysis.questions.base import lacking
from pricewar.sim.analysis.questions.prices import price_of_quality
from pricewar.sim.analysis.questions.quality import quality
from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.analysis.questions.structure import CHURN, comings_and_goings, shares, structure
from pricewar.sim.analysis.questions.tasks import HOURS_A_DAY, Exposure, tasks

START = date(2024, 1, 1)
Tables = dict[str, pl.DataFrame]


def dated(rows: Sequence[tuple[object, ...]], names: str) -> pl.DataFrame:
    """A table whose first column is the day, with the date beside it."""
    table = pl.DataFrame(rows, schema=["day", *names.split()], orient="row", strict=False)
    return table.with_columns(pl.col("day").cast(pl.Int32), date=pl.lit(START) + pl.duration(days=pl.col("day")))


def market(offers: Sequence[tuple[object, ...]], roles: dict[str, str]) -> Tables:
    """Offers (day, seller, capability, price, tokens) and the sellers that they make; nobody waits but `slow`."""
    table = dated(offers, "seller capability price tokens").with_columns(
        pl.col("capability", "price", "tokens").cast(pl.Float64), tier=pl.lit("one"), model=pl.col("seller")
    )
    table = table.with_columns(revenue=pl.col("price") * pl.col("tokens"))
    sellers = table.group_by("day", "date", "seller").agg(pl.col("tokens", "revenue").sum())
    sellers = sellers.with_columns(
        role=pl.col("seller").replace_strict(roles, default="lab"),
        delay=pl.when(pl.col("seller") == "slow").then(0.5).otherwise(0.0),
    )
    return {"offers_daily": table, "sellers_daily": sellers}


@pytest.fixture
def two_days() -> Tables:
    """Day 0: three sellers and one who hosts for itself, better than all; day 1: a cut, and the good is bought."""
    return market(
        [
            (0, "cheap", 0.0, 2.0, 90.0),
            (0, "good", 2.0, 20.0, 10.0),
            (0, "own", 3.0, 1.0, 0.0),
            (1, "cheap", 0.0, 2.0, 40.0),
            (1, "good", 2.0, 3.0, 20.0),
            (1, "slow", 1.0, 1.0, 40.0),
            (1, "own", 3.0, 1.0, 0.0),
        ],
        {"cheap": "cloud", "own": "buyers", "slow": "host"},
    )


def test_quality_bought_is_weighted_by_tokens_and_what_nobody_is_offered_is_no_frontier(two_days: Tables) -> None:
    first, second = quality(two_days).rows(named=True)
    assert (first["bought"], second["bought"]) == pytest.approx((0.2, 0.8))
    assert (first["frontier"], second["frontier"]) == (2.0, 2.0)
    assert (first["below_frontier"], second["below_frontier"]) == pytest.approx((0.9, 0.8))
    assert (first["low"], first["median"], first["high"]) == (0.0, 0.0, 0.0)
    assert (second["low"], second["median"], second["high"]) == (0.0, 1.0, 2.0)
    assert (first["delay"], second["delay"]) == pytest.approx((0.0, 0.2))


def test_the_first_days_budget_buys_the_best_on_sale_at_no_more_than_the_mean_price_paid_then(two_days: Tables) -> None:
    """380 for 100 Mtok on day 0: 3.8 a Mtok, which buys the good model only once it costs 3."""
    assert quality(two_days)["affordable"].to_list() == [0.0, 2.0]


def test_quality_adjusted_tokens_weigh_each_nat_by_its_worth(two_days: Tables) -> None:
    worth = 90.0 + 10.0 * exp(2.0 * 0.5)
    first = quality(two_days).row(0, named=True)
    assert first["adjusted_price"] == pytest.approx(380.0 / worth)
    assert first["per_money"] == pytest.approx(worth / 380.0)
    assert quality(two_days, kappa=0.0)["adjusted_price"][0] == pytest.approx(3.8)


def test_the_sentence_on_quality_says_what_is_assumed(two_days: Tables) -> None:
    said = QUESTIONS["quality"].sentence(two_days, "CNY")
    assert "from 0.2 to 0.8 nat" in said
    assert "assumed" in said


def test_who_hosts_for_itself_is_no_seller(two_days: Tables) -> None:
    second = structure(two_days).row(1, named=True)
    assert (second["active"], second["clouds"], second["labs"], second["hosts"]) == (3, 1, 1, 1)
    assert "own" not in shares(two_days)["seller"].to_list()


def test_concentration_is_the_sum_of_squared_shares_and_the_share_of_the_largest_four() -> None:
    sold = [
        (0, f"s{i}", 0.0, price, tokens)
        for i, (price, tokens) in enumerate([(1, 40), (2, 30), (1, 15), (1, 10), (1, 5)])
    ]
    day = structure(market(sold, {})).row(0, named=True)
    assert day["hhi_tokens"] == pytest.approx(0.4**2 + 0.3**2 + 0.15**2 + 0.1**2 + 0.05**2)
    assert day["cr4_tokens"] == pytest.approx(0.95)
    assert day["hhi_revenue"] == pytest.approx((40**2 + 60**2 + 15**2 + 10**2 + 5**2) / 130**2)
    assert day["cr4_revenue"] == pytest.approx(125 / 130)


def test_a_monopoly_has_a_concentration_of_one_and_a_day_without_tokens_none() -> None:
    days = structure(market([(0, "a", 0.0, 1.0, 5.0), (1, "a", 0.0, 1.0, 0.0)], {}))
    assert days["hhi_tokens"].to_list() == [1.0, None]
    assert days["active"].to_list() == [1.0, 0.0]


def test_an_entry_is_a_first_sale_and_an_exit_a_last_one_within_the_record() -> None:
    stays = [(day, "stays", 0.0, 1.0, 1.0) for day in range(6)]
    guest = [(day, "guest", 0.0, 1.0, float(day in (2, 3))) for day in range(6)]
    tables = market([*stays, *guest], {})
    assert [row[:1] + row[2:] for row in comings_and_goings(tables).rows()] == [
        (2, "guest", "lab", "first sale"),
        (3, "guest", "lab", "last sale"),
    ]
    days = structure(tables)
    assert days["entries"].to_list() == [0, 0, 1, 0, 0, 0]
    assert days["exits"].to_list() == [0, 0, 0, 1, 0, 0]
    assert days["active"].to_list() == [1, 1, 2, 2, 1, 1]


def test_launches_and_exits_are_told_by_prices_and_facts() -> None:
    tables = market([(day, "a", 0.0, 1.0, 1.0) for day in range(4)], {})
    tables["prices"] = pl.DataFrame({"time": [1.25, 2.5, 2.75], "seller": "a", "kind": ["launch", "cut", "withdrawn"]})
    tables["facts"] = pl.DataFrame({"time": [3.5, 3.5], "actor": ["a", "a"], "kind": ["exit", "launch"]})
    events = comings_and_goings(tables)
    assert events.select("day", "event").rows() == [(1, "launch"), (2, "withdrawn"), (3, "exit")]


def test_churn_is_half_of_all_changes_of_share_within_a_month() -> None:
    days = range(CHURN + 1)
    mine = [(day, "a", 0.0, 1.0, 75.0 if day < CHURN else 25.0) for day in days]
    yours = [(day, "b", 0.0, 1.0, 25.0) for day in days] + [(CHURN, "new", 0.0, 1.0, 50.0)]
    churn = structure(market([*mine, *yours], {}))["churn"].to_list()
    assert churn[:-1] == [None] * CHURN
    assert churn[-1] == pytest.approx(0.5)


def test_a_capability_costs_what_the_cheapest_offer_at_or_above_it_costs(two_days: Tables) -> None:
    cheapest = price_of_quality(two_days, [0.0, 1.5, 2.5])["price"].to_list()
    assert cheapest == [2.0, 20.0, None, 1.0, 3.0, None]


def test_tasks_are_tokens_over_tokens_a_task_times_exposure() -> None:
    segments = dated([(0, "language", 3.0), (0, "recommendation", 100.0), (0, "new", 1.0)], "segment tokens")
    day = tasks({"segments_daily": segments}, tokens_per_task=1000.0, hours_saved=2.0).row(0, named=True)
    assert day["tasks_low"] == pytest.approx(4000.0 * 0.15)
    assert day["tasks_high"] == pytest.approx(4000.0 * 0.515)
    assert day["workers_low"] == pytest.approx(600.0 * 2.0 / HOURS_A_DAY)
    mine = {"language": Exposure(0.5, 1.0, "mine"), "recommendation": Exposure(0.1, 0.2, "mine")}
    own = tasks({"segments_daily": segments}, exposures=mine, tokens_per_task=1000.0)
    assert own["tasks_low"][0] == pytest.approx(2000.0 + 10_000.0)
    with pytest.raises(ValueError, match="more than no tokens"):
        tasks({"segments_daily": segments}, tokens_per_task=0.0)


def test_the_sentence_on_tasks_carries_its_caveat() -> None:
    said = QUESTIONS["tasks"].sentence({"segments_daily": dated([(0, "language", 3.0)], "segment tokens")})
    assert "exposure, not displacement" in said
    assert "assumed" in said


def test_first_and_last_days_never_overlap() -> None:
    for length, each in ((200, 30), (60, 30), (10, 5), (3, 1)):
        ends = Ends.of(pl.DataFrame({"day": list(range(-5, length))}))
        assert (ends.first.height, ends.last.height) == (each, each)
        assert ends.first["day"][0] == 0
        assert ends.last["day"][-1] == length - 1
        assert set(ends.first["day"]) & set(ends.last["day"]) == set()


def test_a_column_of_nulls_is_as_good_as_none() -> None:
    tables = {"a": pl.DataFrame({"x": [1.0], "y": pl.Series([None], dtype=pl.Float64)})}
    assert lacking(tables, {"a": ("x", "y", "z"), "b": ("x",)}) == ["a.y", "a.z", "b"]
