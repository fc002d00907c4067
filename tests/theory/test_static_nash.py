"""The static Nash price on record is one: of what buyers truly want, and nobody gains by another price."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.buyers.population import SampledPopulation
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.log_logit import LogLogit, LogResponse
from pricewar.agents.games.static_nash import StaticNash, best_deviation
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.board import Board, Offer
from pricewar.sim.market.demand import Floats, Ints

DUOPOLY = 1.472926660030623
"""Of the textbook: a = 2, c = 1, mu = 1/4, a0 = 0."""
SHORT = ("days=60", "burn_in=20")


def recorded(*overrides: str) -> pl.DataFrame:
    offers = play(load("textbook", [*SHORT, *overrides]), seed=1).tables["offers_daily"]
    return offers.filter(pl.col("day") >= 0)


def alone(n: int) -> list[Ints]:
    return [np.array([k], dtype=np.intp) for k in range(n)]


def market(appeal: list[list[float]], eta: list[float], size: list[float], own_cost: float = 0.5) -> LogLogit:
    """Segments that differ in what they like and in how they feel a price."""
    segments = len(eta)
    return LogLogit(
        appeal=np.array(appeal),
        outside=np.zeros(segments),
        sensitivity=np.array(eta),
        own_cost=np.full(segments, own_cost),
        elasticity=np.full(segments, 0.85),
        reference=10.0,
        size=np.array(size),
    )


@pytest.mark.parametrize(
    "buyers",
    [("buyers.kind=sampled", "buyers.count=5000"), ("buyers.kind=continuum",)],
    ids=["five thousand drawn buyers", "a continuum"],
)
def test_it_does_not_wander_with_the_buyers_that_are_drawn(buyers: tuple[str, ...]) -> None:
    assert_allclose(recorded(*buyers)["nash_price"].to_numpy(), DUOPOLY, rtol=1e-8)


def test_it_does_not_hang_on_what_sellers_believe_or_on_what_was_sold() -> None:
    sampled = ("buyers.kind=sampled", "buyers.count=500")
    before = recorded(*sampled)["nash_price"]
    for other in ("market.share_lag=60", "market.prior_customers=50", "segments.all.loyalty=2.0"):
        assert_allclose(recorded(*sampled, other)["nash_price"].to_numpy(), before.to_numpy(), rtol=1e-7)


def test_where_nobody_buys_there_is_none() -> None:
    price = recorded("segments.all.response.outside=1000.0")["nash_price"]
    assert price.null_count() == price.len() > 0


def test_an_offer_that_nobody_would_buy_at_cost_has_none_and_leaves_the_others_theirs() -> None:
    cost = np.array([1.0, 1.0, 1.0])
    unwanted = market([[2.0, 2.0, -500.0]], [2.0], [100.0])
    price = StaticNash().prices(unwanted, np.full(3, 5.0), alone(3), cost)
    pair = StaticNash().prices(market([[2.0, 2.0]], [2.0], [100.0]), np.full(2, 5.0), alone(2), cost[:2])
    assert np.isnan(price[2])
    assert_allclose(price[:2], pair, rtol=1e-8)


def test_nobody_gains_by_any_of_a_thousand_other_prices() -> None:
    luck, solved = np.random.default_rng(1), 0
    for _ in range(10):
        k, segments = 6, 4
        demand = market(
            luck.normal(0.0, 2.0, (segments, k)).tolist(),
            luck.uniform(1.5, 6.0, segments).tolist(),
            luck.uniform(10.0, 100.0, segments).tolist(),
        )
        owners = [np.array([0, 1], dtype=np.intp), np.array([2, 3], dtype=np.intp), *alone(6)[4:]]
        cost = luck.uniform(0.05, 2.0, k)
        price = StaticNash().prices(demand, np.full(k, 5.0), owners, cost)
        if np.isfinite(price).all():
            solved += 1
            assert max(gained(demand, price, own, cost, luck) for own in owners) < 1e-5
    assert solved > 5


def gained(demand: LogLogit, price: Floats, own: Ints, cost: Floats, luck: np.random.Generator) -> float:
    """Largest gain of an owner by prices drawn at random, as a share of its profit."""
    trials = np.tile(price, (1000, 1))
    trials[:, own] = cost[own] + (price[own] - cost[own]) * np.exp(luck.normal(0.0, 1.5, (1000, own.size)))
    profit = (demand.quantities_at(trials).sum(axis=1)[:, own] * (trials[:, own] - cost[own])).sum(axis=1)
    now = float(demand.quantities(price)[own] @ (price[own] - cost[own]))
    return float(profit.max()) / now - 1.0


FEW_WHO_CARE_LITTLE = ([[3.0, -1.0], [1.0, 1.0]], [0.9, 5.0])
"""Buyers who pay almost anything for the first offer, and many who mind every cent."""


def test_the_lesser_of_two_peaks_is_no_equilibrium() -> None:
    demand = market(*FEW_WHO_CARE_LITTLE, size=[25.0, 100.0])
    cost, grid = np.full(2, 0.5), np.geomspace(0.5, 2000.0, 4000)
    solved = StaticNash().prices(demand, np.array([1.0, 1.0]), alone(2), cost)
    trials = np.column_stack([grid, np.full(grid.size, solved[1])])
    profit = demand.quantities_at(trials).sum(axis=1)[:, 0] * (grid - 0.5)
    peaks = np.flatnonzero((profit[1:-1] > profit[:-2]) & (profit[1:-1] > profit[2:])) + 1
    assert peaks.size == 2, "the case needs two peaks"
    best = grid[peaks[np.argmax(profit[peaks])]]
    lesser = grid[peaks[np.argmin(profit[peaks])]]
    assert solved[0] == pytest.approx(best, rel=5e-3)
    stuck = np.array([lesser, solved[1]])
    better = best_deviation(demand, stuck, np.array([0]), cost)
    assert better is not None
    assert better[0] == pytest.approx(best, rel=5e-3)


def test_sellers_with_captives_and_shoppers_in_common_have_none() -> None:
    """Varian's (1980) sales: each undercuts the other for the shoppers until its captives alone bring more."""
    never = -60.0
    demand = market([[3.0, never], [never, 3.0], [6.0, 6.0]], [0.9, 0.9, 60.0], [20.0, 20.0, 30.0])
    assert np.isnan(StaticNash().prices(demand, np.full(2, 5.0), alone(2), np.full(2, 0.5))).all()


def test_following_the_last_solution_ends_where_a_new_search_does() -> None:
    luck, followed = np.random.default_rng(2), StaticNash()
    demand = market(luck.normal(0.0, 1.0, (3, 5)).tolist(), [2.0, 2.5, 3.0], [10.0, 20.0, 30.0])
    cost = luck.uniform(0.1, 1.0, 5)
    for _ in range(30):
        cost = cost * np.exp(luck.normal(0.0, 0.05, 5))
        price = followed.prices(demand, np.full(5, 4.0), alone(5), cost)
        assert_allclose(price, StaticNash().prices(demand, np.full(5, 4.0), alone(5), cost), rtol=1e-7)


def test_true_demand_is_what_buyers_choose_at_first() -> None:
    """Types stand for twenty thousand buyers who differ in everything: shares agree within sampling error and 1 %."""
    segment = Segment(
        response=LogResponse(eta=2.0), sensitivity_spread=0.3, need_spread=0.8, need=1.5, worth=1.0,
        home=0.5, sensitive=0.1, privacy=2.0, abroad={"far": 1.0},
    )  # fmt: skip
    plain = Offer("a", "t", "m", 1.0, 0.0, 0.0, False, False, 2.0, 0.0)
    offers = [plain, replace(plain, seller="b", capability=2.5), replace(plain, seller="c", region="far"),
              replace(plain, seller="d", inside=True, appeal=-1.0)]  # fmt: skip
    board = Board()
    for offer, price in zip(offers, (2.0, 6.0, 1.0, 3.0), strict=True):
        board.put(offer, price)
    buyers = SampledPopulation({"all": segment}, 20_000, {"a": 0.3, "b": 0.2}, Streams(3))
    buyers.look(board, np.zeros(4))
    buyers.open(0.0)
    expected = buyers.true_demand(board, 0.0).quantities(board.price)
    chosen = buyers.demand(0.0)[0]
    people = buyers.members[0].heads[1:]
    error = 4.0 * np.sqrt(1.0 / people) + 0.01
    assert np.all(np.abs(np.log(chosen / expected)) < error)
