"""Prices at zero: where a sale is worth more than it costs, the best price meets the Kuhn-Tucker conditions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from pricewar.agents.demand.log_logit import LogLogit
from pricewar.agents.games.first_order import Problem, best_at, best_response
from pricewar.sim.market.demand import Floats

COSTS = st.lists(st.floats(-6.0, 3.0), min_size=2, max_size=3)


def problem(cost: Floats, capacity: float = np.inf) -> Problem:
    """One seller with as many offers as costs, against two rivals."""
    offers = cost.size + 2
    demand = LogLogit(
        appeal=np.linspace(-0.5, 0.5, offers)[None, :],
        outside=np.zeros(1),
        sensitivity=np.array([2.0]),
        own_cost=np.array([0.5]),
        elasticity=np.array([0.3]),
        reference=10.0,
        size=np.array([1000.0]),
    )
    own = np.arange(cost.size, dtype=np.intp)
    return Problem(demand, np.full(offers, 8.0), own, cost, np.full(cost.size, 10.0), capacity)


def slope(case: Problem, price: Floats) -> Floats:
    """Change of profit with each price over what is sold."""
    quantity, jacobian = case.facing.slopes(price, np.arange(price.size))
    return 1.0 + ((price - case.cost) @ jacobian) / quantity


@settings(deadline=None)
@given(COSTS)
def test_a_price_above_zero_gains_nothing_by_moving_and_a_free_one_nothing_by_rising(costs: list[float]) -> None:
    case = problem(np.array(costs))
    price = best_at(case, 0.0, np.full(len(costs), 8.0))
    at = slope(case, price)
    assert np.all(price >= 0.0)
    assert np.all(np.abs(at[price > 0.0]) < 1e-7)
    assert np.all(at[price == 0.0] <= 1e-9)


@settings(deadline=None, max_examples=20)
@given(COSTS)
def test_no_search_finds_a_better_price(costs: list[float]) -> None:
    case = problem(np.array(costs))
    best = case.profit(best_at(case, 0.0, np.full(len(costs), 8.0)))

    def loss(price: Floats) -> float:
        return -case.profit(price)

    for start in (0.01, 3.0, 12.0):
        found = minimize(loss, np.full(len(costs), start), bounds=[(0.0, 200.0)] * len(costs))
        assert -found.fun <= best + 1e-6 * abs(best)


def test_some_are_free_some_are_not_and_with_dear_sales_none_is() -> None:
    mixed = best_at(problem(np.array([-6.0, 2.0])), 0.0, np.full(2, 8.0))
    assert mixed[0] == 0.0 < mixed[1]
    assert np.all(best_at(problem(np.array([0.5, 2.0])), 0.0, np.full(2, 8.0)) > 0.0)


def test_a_full_fleet_ends_what_was_free() -> None:
    loose = best_response(problem(np.array([-3.0, -3.0])), np.full(2, 8.0))
    assert np.all(loose.price == 0.0)
    full = problem(np.array([-3.0, -3.0]), capacity=1000.0)
    tight = best_response(full, np.full(2, 8.0))
    assert tight.shadow > 0.0
    assert np.all(tight.price > 0.0)
    assert full.load(tight.price) == pytest.approx(1000.0, rel=1e-6)
