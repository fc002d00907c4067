"""Tacit collusion (Green & Porter 1984; Rotemberg & Saloner 1986): what the theory says, and what must not pass for it.

The known numbers themselves are asked in `test_known_answers`.
"""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pricewar.agents.buyers.demand_shocks import DemandShocks
from pricewar.agents.pricing import StrategySpec
from pricewar.agents.pricing.boom import RotembergSaloner, profit_limit
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.trigger import Trigger, shortest_punishment, sustains, worth_of_colluding
from pricewar.scenarios.run.play import play
from pricewar.scenarios.verification.booms import BOOM, states
from pricewar.scenarios.verification.collusion import (
    MONOPOLY,
    lived,
    market,
    recursion,
    slumps,
    value,
    within,
)

CHANCES = st.floats(0.01, 0.6)
PATIENCE = st.floats(0.05, 0.99)
SELLERS = st.integers(2, 6)


# Suspicion.


@given(CHANCES, PATIENCE, SELLERS)
def test_the_shortest_punishment_is_the_first_that_the_closed_form_allows(a: float, d: float, n: int) -> None:
    def allowed(length: int) -> float:
        return n * (1.0 - a) * d + (n * a - 1.0) * d ** (length + 1) - (n - 1.0)

    shortest = shortest_punishment(a, d, n)
    if shortest is None:
        assert all(allowed(length) < 1e-9 for length in range(300))
    else:
        assert shortest > 0
        assert allowed(shortest) > -1e-12
        assert all(allowed(length) < 1e-12 for length in range(shortest))


@given(CHANCES, PATIENCE, SELLERS, st.integers(0, 30))
def test_a_longer_punishment_is_worth_no_more(a: float, d: float, n: int, length: int) -> None:
    assert worth_of_colluding(a, d, length + 1, n) <= worth_of_colluding(a, d, length, n)


@given(CHANCES, PATIENCE)
def test_without_punishment_nothing_is_sustained(a: float, d: float) -> None:
    assert not sustains(a, d, 0)


@pytest.mark.parametrize("length", [0, 1, 4])
def test_the_moves_of_the_strategy_are_worth_what_the_closed_form_says(length: int) -> None:
    told = recursion(Trigger(length=length), 0.15, 0.8)
    assert_allclose(told.colluding, value(0.15, 0.8, length), rtol=1e-12)
    assert abs(told.colluding / value(0.15, 0.8, length + 1) - 1.0) > 1e-3  # one review more is noticed


def test_each_slump_begins_one_war_and_the_wrong_length_is_noticed() -> None:
    told = lived(0.2, 3, 60)
    assert told.slump.sum() > 3
    assert told.by_the_rules(3) == len(told.slump)
    assert told.by_the_rules(2) < len(told.slump)
    assert told.by_the_rules(4) < len(told.slump)


def test_without_slumps_there_is_no_war_however_long_one_looks() -> None:
    assert lived(0.0, 3, 60).at_war() == 0.0


def test_both_sellers_are_always_at_war_together() -> None:
    told = lived(0.2, 2, 60)
    assert np.array_equal(told.price[:, 0], told.price[:, 1])
    assert np.array_equal(told.profit[:, 0], told.profit[:, 1])


def test_against_who_punishes_nobody_undercutting_pays() -> None:
    loyal, cheat = lived(0.1, 0, 60), lived(0.1, 0, 60, cheat=True)
    assert cheat.worth(0.9)[1] > 1.9 * loyal.worth(0.9)[1]
    assert cheat.at_war() == 0.0


def test_a_secret_price_cut_is_answered_only_through_sales() -> None:
    # The rival undercuts from the first day on; nobody looks, sales stop, and war begins at the second review.
    strategies: dict[str, StrategySpec] = {"east": Trigger(length=2, trigger=0.01), "west": Fixed()}
    daily = play(market(strategies, slumps(0.0), days=7, prices={"west": 0.49})).tables["offers_daily"]
    east = daily.filter((pl.col("seller") == "east") & (pl.col("day") >= 0)).sort("day")
    assert east["price"].to_list() == [0.5, 0.5, 0.0, 0.0, 0.5, 0.0, 0.0]
    # A rival that raises its price takes nothing away, and no war begins.
    dearer = play(market(strategies, slumps(0.0), days=7, prices={"west": 0.6})).tables["offers_daily"]
    assert set(dearer.filter((pl.col("seller") == "east") & (pl.col("day") >= 0))["price"]) == {0.5}


def test_the_tolerance_of_a_simulated_worth_is_that_of_many_simulated_worths() -> None:
    # Renewals of peace drawn outright: one in ten thousand may lie outside, and a seventh off is noticed.
    chance, discount, length, days, luck = 0.1, 0.9, 2, 6000, np.random.default_rng(1)
    renewals = int(days / (1.0 + chance * length))
    slump = luck.random((2000, renewals)) < chance
    passed = np.where(slump, discount ** (length + 1), discount)
    worth = (0.5 * ~slump).sum(axis=1) / (1.0 - passed).sum(axis=1)
    tolerance = within(chance, discount, length, days)
    assert_allclose(worth.std(), tolerance / 3.8906, rtol=0.1)
    assert abs(value(chance, discount, 1) - value(chance, discount, 2)) > tolerance
    assert abs(value(chance, discount, 4) - value(chance, discount, 2)) > tolerance


# Booms.


@st.composite
def demands(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Volumes of two to five states and their chances."""
    count = draw(st.integers(2, 5))
    weight = np.array([draw(st.floats(0.05, 1.0)) for _ in range(count)])
    return [draw(st.floats(0.1, 5.0)) for _ in range(count)], (weight / weight.sum()).tolist()


@given(demands(), st.floats(0.05, 0.98), SELLERS)
def test_nobody_gains_by_undercutting_in_any_state_and_no_more_could_be_kept(
    demand: tuple[list[float], list[float]], d: float, n: int
) -> None:
    theta, chance = np.array(demand[0]), np.array(demand[1])
    limit = profit_limit(theta.tolist(), chance.tolist(), d, n)
    kept = np.minimum(theta, limit)
    later = d / (1.0 - d) * float(chance @ kept)
    assert np.all((n - 1) * kept <= later * (1.0 + 1e-9) + 1e-12)
    for more in (1.001, 1.5, 10.0):  # were more asked where today is large, somebody would undercut there
        asked = np.minimum(theta, more * max(limit, 1e-3))
        grab, loss = (n - 1) * asked, d / (1.0 - d) * float(chance @ asked)
        assert limit >= theta.max() or np.any(grab > loss * (1.0 - 1e-12))


@given(demands(), st.floats(0.05, 0.9), SELLERS)
def test_more_patient_sellers_keep_more(demand: tuple[list[float], list[float]], d: float, n: int) -> None:
    theta, chance = demand
    assert profit_limit(theta, chance, d + 0.05, n) >= profit_limit(theta, chance, d, n)


def posted(hidden: bool, discount: float = 0.55) -> pl.DataFrame:
    """Prices and sales of two such sellers on thirty days, some of them booms."""
    strategy = RotembergSaloner(states=states(BOOM), usual=1.0, discount=discount)
    shocks = DemandShocks(states=states(BOOM), hidden=hidden)
    tables = play(market({"east": strategy, "west": strategy}, shocks, days=30, prices={})).tables
    daily = tables["offers_daily"].filter(pl.col("day") >= 1)
    return daily.join(tables["segments_daily"].select("day", "potential"), on="day")


def test_prices_are_lower_in_the_boom_and_only_where_it_is_seen() -> None:
    seen, hidden = posted(hidden=False), posted(hidden=True)
    assert seen["potential"].unique().sort().to_list() == [1.0, 2.0]
    assert seen.filter(pl.col("potential") == 2.0)["price"].max() < 0.3  # type: ignore[operator]
    assert set(seen.filter(pl.col("potential") == 1.0)["price"]) == {MONOPOLY}
    assert set(hidden["price"]) == {MONOPOLY}


def test_patient_sellers_ask_the_monopoly_price_in_every_state() -> None:
    assert set(posted(hidden=False, discount=0.58)["price"]) == {MONOPOLY}
    assert set(posted(hidden=False, discount=0.56)["price"]) != {MONOPOLY}


def test_who_is_undercut_asks_cost_for_ever() -> None:
    strategy = RotembergSaloner(states=states(BOOM), usual=1.0, discount=0.55)
    shocks = DemandShocks(states=states(BOOM))
    scenario = market({"east": strategy, "west": Fixed()}, shocks, days=12, prices={"west": 0.2})
    east = play(scenario).tables["offers_daily"].filter((pl.col("seller") == "east") & (pl.col("day") >= 2))
    assert set(east["price"]) == {0.0}


def test_a_boom_of_no_chance_changes_nothing() -> None:
    never = replace(next(iter(states(BOOM).values())), probability=0.0)
    strategy = RotembergSaloner(states={"boom": never}, usual=1.0, discount=0.55)
    tables = play(
        market({"east": strategy, "west": strategy}, DemandShocks(states={"boom": never}), days=5, prices={})
    ).tables
    assert set(tables["offers_daily"]["price"]) == {MONOPOLY}
