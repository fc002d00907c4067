"""Surplus is exact: a change of prices is worth the area under demand, along any path (Roy; Small & Rosen 1981)."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from pricewar.agents.demand.linear_logit import LinearLogit, LinearResponse
from pricewar.agents.demand.log_logit import LogLogit, LogResponse, box_cox
from pricewar.agents.demand.mixed_logit import MixedResponse
from pricewar.agents.demand.nested_logit import NestedResponse
from pricewar.sim.market.board import Offer
from pricewar.sim.market.choice import Response, demand_of
from pricewar.sim.market.demand import Demand, Floats
from pricewar.sim.market.rebate import Rebate, Rebated

OFFERS = [
    Offer(name, tier, f"{name}-{tier}", 2.0, 0.0, 0.0, open_weights=False, inside=False, output_ratio=2.0, launched=0.0)
    for name, tier in (("east", "cheap"), ("east", "flagship"), ("west", "cheap"))
]
COUNT = len(OFFERS)

numbers = st.floats(0.0, 1.0)


def vector(low: float, high: float, count: int = COUNT) -> st.SearchStrategy[Floats]:
    return st.lists(numbers, min_size=count, max_size=count).map(lambda u: low + (high - low) * np.array(u))


PRICES = vector(0.0, 30.0)


@st.composite
def box_cox_markets(draw: st.DrawFn) -> LogLogit:
    """Two segments that differ in everything."""
    return LogLogit(
        appeal=np.stack([draw(vector(-3.0, 3.0)) for _ in range(2)]),
        outside=draw(vector(-1.0, 1.0, 2)),
        sensitivity=draw(vector(0.3, 4.0, 2)),
        own_cost=draw(vector(0.05, 2.0, 2)),
        elasticity=np.array(draw(st.lists(st.sampled_from([0.0, 0.3, 0.7, 1.0]) | numbers, min_size=2, max_size=2))),
        reference=draw(st.floats(1.0, 20.0)),
        size=draw(vector(1.0, 1000.0, 2)),
    )


def other_markets() -> st.SearchStrategy[Demand]:
    def system(response: Response, appeal: Floats) -> Demand:
        return demand_of([response], appeal[None, :], np.array([100.0]), OFFERS)

    responses = st.one_of(
        st.builds(LinearResponse, mu=st.floats(0.5, 10.0)),
        st.builds(MixedResponse, mu=st.floats(2.0, 10.0), deviation=st.floats(0.0, 1.0)),
        st.builds(NestedResponse, mu=st.floats(0.5, 10.0), correlation=st.floats(0.0, 0.8)),
    )
    return st.builds(system, responses, vector(-3.0, 3.0))


MARKETS = box_cox_markets() | other_markets()


def worth(demand: Demand, price: Floats) -> float:
    return float(demand.consumer_surplus(price).sum())


def area(demand: Demand, start: Floats, end: Floats) -> float:
    """Tokens bought times the rise of their price, along the straight line from start to end. [money/day]"""

    def at(step: float) -> float:
        return float(demand.quantities(start + step * (end - start)) @ (end - start))

    # A free model answers within a fraction of its buyer's own cost: the line is cut finely near both ends.
    cuts = [0.0, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0]
    return sum(quad(at, low, high, epsabs=1e-10, epsrel=1e-10)[0] for low, high in pairwise(cuts))


@given(MARKETS, PRICES, PRICES)
def test_a_change_of_prices_is_worth_the_area_under_demand(demand: Demand, start: Floats, end: Floats) -> None:
    assert_allclose(worth(demand, start) - worth(demand, end), area(demand, start, end), rtol=1e-6, atol=1e-6)


@given(MARKETS, PRICES, PRICES, st.permutations(range(COUNT)))
def test_it_is_the_same_whichever_price_moves_first(
    demand: Demand, start: Floats, end: Floats, order: list[int]
) -> None:
    here, total = start.copy(), 0.0
    for k in order:
        there = here.copy()
        there[k] = end[k]
        total += area(demand, here, there)
        here = there
    assert_allclose(worth(demand, start) - worth(demand, end), total, rtol=1e-6, atol=1e-6)


@given(MARKETS, st.lists(PRICES, min_size=2, max_size=5))
def test_changes_around_a_loop_compensate_each_other(demand: Demand, corners: list[Floats]) -> None:
    loop = [*corners, corners[0]]
    total = sum(area(demand, a, b) for a, b in pairwise(loop))
    assert_allclose(total, 0.0, atol=1e-6 * (1.0 + sum(worth(demand, p) for p in corners)))


@given(MARKETS, PRICES, st.floats(0.0, 1.0), st.floats(0.0, 10.0))
def test_a_subsidy_at_fixed_prices_never_gives_buyers_more_than_it_costs(
    demand: Demand, price: Floats, keep: float, off: float
) -> None:
    rebate = Rebate(np.full(COUNT, keep), np.full(COUNT, off), np.zeros(COUNT))
    helped = Rebated(demand, rebate)
    cost = float(helped.quantities(price) @ (price - rebate.net(price)))
    gain = worth(helped, price) - worth(demand, price)
    assert -1e-9 <= gain <= cost * (1 + 1e-9) + 1e-9


@given(box_cox_markets(), PRICES)
def test_cross_effects_are_symmetric(demand: LogLogit, price: Floats) -> None:
    """Slutsky's condition, without which there is no surplus."""
    _, jacobian = demand.slopes(price, np.arange(COUNT))
    assert_allclose(jacobian, jacobian.T, rtol=1e-9, atol=1e-12 * np.abs(jacobian).max())


def test_a_volume_elasticity_that_the_price_term_does_not_know_has_no_surplus() -> None:
    """The control: tokens that answer prices by themselves break the symmetry, which the laws above would see."""
    demand = LogLogit(
        appeal=np.array([[1.0, 0.0, -1.0]]),
        outside=np.zeros(1),
        sensitivity=np.array([2.0]),
        own_cost=np.array([0.5]),
        elasticity=np.ones(1),
        reference=10.0,
        size=np.array([100.0]),
    )
    price = np.array([1.0, 4.0, 9.0])
    share, ratio = demand.shares(price)[0], (price + 0.5) / 10.5
    jacobian = -np.outer(100.0 * ratio**-0.3 * share, -2.0 / (price + 0.5) * share)
    assert not np.allclose(jacobian, jacobian.T, rtol=0.1)


def slopes_by_differences(demand: Demand, price: Floats) -> Floats:
    step = 1e-6
    columns = []
    for k in range(price.size):
        up, down = price.copy(), price.copy()
        up[k], down[k] = price[k] + step, price[k] - step
        columns.append((demand.quantities(up) - demand.quantities(down)) / (2 * step))
    return np.stack(columns, axis=1)


@given(box_cox_markets(), vector(0.5, 30.0))
def test_slopes_are_those_of_the_quantities(demand: LogLogit, price: Floats) -> None:
    quantity, jacobian = demand.slopes(price, np.arange(COUNT))
    assert_allclose(quantity, demand.quantities(price), rtol=1e-12)
    assert_allclose(jacobian, slopes_by_differences(demand, price), rtol=1e-4, atol=1e-6 * quantity.max())


class TestEnds:
    """Both logits of the textbooks are ends of the one family."""

    @given(vector(-3.0, 3.0), PRICES, st.floats(0.5, 10.0))
    def test_without_volume_elasticity_it_is_the_linear_logit(self, appeal: Floats, price: Floats, mu: float) -> None:
        # x is (p + mu)/mu where the reference price is zero, and the price term then p/mu.
        family = LogLogit(
            appeal=appeal[None, :],
            outside=np.zeros(1),
            sensitivity=np.ones(1),
            own_cost=np.array([mu]),
            elasticity=np.zeros(1),
            reference=0.0,
            size=np.array([100.0]),
        )
        linear = LinearLogit(appeal[None, :], np.zeros(1), np.array([mu]), np.array([100.0]))
        everyone = np.arange(COUNT)
        assert_allclose(family.quantities(price), linear.quantities(price), rtol=1e-10)
        assert_allclose(family.slopes(price, everyone)[1], linear.slopes(price, everyone)[1], rtol=1e-9)
        assert_allclose(family.consumer_surplus(price), linear.consumer_surplus(price), rtol=1e-10, atol=1e-12)

    @given(vector(-3.0, 3.0), PRICES)
    def test_with_an_elasticity_of_one_a_customer_spends_a_budget(self, appeal: Floats, price: Floats) -> None:
        response = LogResponse(eta=2.0, epsilon=1.0, own_cost=0.5, reference=10.0)
        demand = response.system([response], appeal[None, :], np.array([100.0]), OFFERS)
        spent = demand.quantities(price) * (price + 0.5)
        assert_allclose(spent, 100.0 * 10.5 * demand.shares(price)[0], rtol=1e-12)
        odds = demand.shares(price)[0] / (1.0 - demand.shares(price)[0].sum())
        assert_allclose(odds, np.exp(appeal) * ((price + 0.5) / 10.5) ** -2.0, rtol=1e-9)

    @pytest.mark.parametrize("limit", [0.0, 1.0])
    def test_the_transform_is_continuous_at_its_ends(self, limit: float) -> None:
        x = np.array([0.01, 0.5, 1.0, 3.0, 100.0])
        near: Callable[[float], Floats] = lambda e: box_cox(x, abs(limit - e))  # noqa: E731
        assert_allclose(near(1e-9), near(0.0), rtol=1e-6)
