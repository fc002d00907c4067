"""Oligopoly with logit demand: what the theory says, our sellers do (Anderson, de Palma & Thisse 1992)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import lambertw

from pricewar.agents.demand.linear_logit import LinearLogit
from pricewar.agents.games.first_order import Problem, best_response, implied_cost
from pricewar.agents.games.nash import nash
from pricewar.sim.market.demand import Floats, Ints, diversion

EXACT = 1e-10


def linear(values: list[float], mu: float, outside: float = 0.0, size: float = 1.0) -> LinearLogit:
    appeal = np.array([values]) / mu
    return LinearLogit(appeal, np.array([outside / mu]), np.array([mu]), np.array([size]))


def alone(count: int) -> list[Ints]:
    return [np.array([k], dtype=np.intp) for k in range(count)]


def together(*owners: tuple[int, ...]) -> list[Ints]:
    return [np.array(own, dtype=np.intp) for own in owners]


def best(demand: LinearLogit, cost: float) -> float:
    one = np.array([0], dtype=np.intp)
    problem = Problem(demand, np.array([cost + 1.0]), one, np.array([cost]), np.ones(1), np.inf)
    return float(best_response(problem).price[0])


@pytest.mark.parametrize(("a", "c", "mu", "a0"), [(2, 1, 0.25, 0), (1, 0, 1, 0), (5, 2, 0.7, 1.0), (3, 1, 0.05, -0.5)])
def test_a_logit_monopolist_asks_cost_plus_mu_times_one_plus_lambert_w(
    a: float, c: float, mu: float, a0: float
) -> None:
    w = float(lambertw(np.exp((a - c - a0) / mu - 1.0)).real)
    price = best(linear([a], mu, a0), c)
    assert_allclose(price, c + mu * (1.0 + w), rtol=EXACT)
    quantity = linear([a], mu, a0).quantities(np.array([price]))[0]
    assert_allclose(quantity, w / (1.0 + w), rtol=EXACT)
    assert_allclose((price - c) * quantity, mu * w, rtol=EXACT)


def test_the_printed_monopoly_prices_come_out() -> None:
    assert_allclose(best(linear([2], 0.25), 1.0), 1.8019850078923307496, rtol=EXACT)
    assert_allclose(best(linear([1], 1.0), 0.0), 1.5671432904097838730, rtol=EXACT)


@pytest.mark.parametrize(
    ("n", "price", "quantity", "joint", "profit"),
    [
        (2, 1.472926660030623, 0.4713768092841031, 1.924980919017762, 0.3374904595088809),
        (3, 1.370162729384164, 0.3246213620265818, 2.0, 0.25),
        (4, 1.331460689883795, 0.2457627476499679, 2.054411180500137, 0.2011027951250343),
    ],
)
def test_symmetric_sellers_and_their_cartel_ask_the_known_prices(
    n: int, price: float, quantity: float, joint: float, profit: float
) -> None:
    demand, start, cost = linear([2.0] * n, 0.25), np.full(n, 1.7), np.ones(n)
    found = nash(demand, start, alone(n), cost)
    assert_allclose(found, price, rtol=EXACT)
    assert_allclose(demand.quantities(found), quantity, rtol=EXACT)
    cartel = nash(demand, start, together(tuple(range(n))), cost)
    assert_allclose(cartel, joint, rtol=EXACT)
    assert_allclose(demand.quantities(cartel) * (cartel - cost), profit, rtol=EXACT)


@pytest.mark.parametrize(
    ("cheaper", "prices"),
    [(0.875, (1.4413488377473, 1.3958768262159)), (0.5, (1.3723266624968, 1.2037723459797))],
)
def test_the_seller_with_the_lower_cost_asks_less(cheaper: float, prices: tuple[float, float]) -> None:
    found = nash(linear([2, 2], 0.25), np.full(2, 1.5), alone(2), np.array([1.0, cheaper]))
    assert_allclose(found, prices, rtol=1e-12, atol=5e-14)


def test_a_cartel_keeps_one_markup_over_different_costs() -> None:
    cost = np.array([1.0, 0.5])
    found = nash(linear([2, 2], 0.25), np.full(2, 1.8), together((0, 1)), cost)
    assert_allclose(found, (2.1984024878717, 1.6984024878717), atol=5e-14)
    assert_allclose(found - cost, (found - cost)[0], rtol=EXACT)


COST = np.array([1.0, 0.8, 0.5, 0.3])


def surplus(demand: LinearLogit, price: Floats) -> float:
    return float(demand.consumer_surplus(price)[0] / demand.size[0])


def test_a_merger_raises_prices_and_lowers_consumer_surplus_by_the_known_amounts() -> None:
    demand = linear([3, 2.6, 2.2, 1.8], 0.4)
    before = nash(demand, np.full(4, 1.5), alone(4), COST)
    after = nash(demand, np.full(4, 1.5), together((0, 1), (2,), (3,)), COST)
    expected_before = [1.62131927715419, 1.34271586723559, 1.01315407811697, 0.77002025880863]
    expected_after = [1.81005475861001, 1.61005475861001, 1.05616333147651, 0.79808243326993]
    assert_allclose(before, expected_before, atol=5e-15, rtol=EXACT)
    assert_allclose(after, expected_after, rtol=EXACT)
    assert_allclose(surplus(demand, before), 1.791576215548776, rtol=EXACT)
    assert_allclose(surplus(demand, after), 1.65190049115723, rtol=EXACT)
    assert np.all(after > before)


@pytest.mark.parametrize(
    ("mu", "prices"), [(0.01, (1.01021650218, 0.97188910482)), (0.001, (1.00100202511, 0.994799894748))]
)
def test_as_tastes_vanish_the_cheaper_seller_limit_prices(mu: float, prices: tuple[float, float]) -> None:
    found = nash(linear([2, 2], mu), np.array([1.2, 0.9]), alone(2), np.array([1.0, 0.5]))
    assert_allclose(found, prices, rtol=1e-11)


def test_costs_pass_through_by_the_known_amounts() -> None:
    step = 1e-5

    def at(east: float, west: float) -> Floats:
        return nash(linear([2, 2], 0.25), np.full(2, 1.5), alone(2), np.array([east, west]))

    own, cross = (at(1 + step, 1) - at(1 - step, 1)) / (2 * step)
    assert_allclose((own, cross), (0.6420606, 0.2698772), atol=5e-8)
    assert_allclose(own + cross, 0.9119379, atol=5e-8)


def test_single_product_nash_profit_is_the_markup_less_mu() -> None:
    demand = linear([3, 2.6, 2.2, 1.8], 0.4)
    price = nash(demand, np.full(4, 1.5), alone(4), COST)
    assert_allclose((price - COST) * demand.quantities(price), price - COST - 0.4, rtol=EXACT)


def test_nash_prices_do_not_depend_on_market_size_units_or_a_common_taste() -> None:
    def solved(values: list[float], mu: float, outside: float, size: float, cost: Floats) -> Floats:
        return nash(linear(values, mu, outside, size), cost + mu, alone(3), cost)

    cost = np.array([1.0, 0.8, 0.5])
    base = solved([3, 2.6, 2.2], 0.4, 0.0, 1.0, cost)
    assert_allclose(solved([3, 2.6, 2.2], 0.4, 0.0, 1e6, cost), base, rtol=EXACT)
    assert_allclose(solved([4, 3.6, 3.2], 0.4, 1.0, 1.0, cost), base, rtol=EXACT)
    assert_allclose(solved([1.5, 1.3, 1.1], 0.2, 0.0, 1.0, cost / 2), base / 2, rtol=EXACT)


def test_if_prices_are_nash_nobody_gains_by_moving() -> None:
    demand = linear([3, 2.6, 2.2, 1.8], 0.4)
    price = nash(demand, np.full(4, 1.5), alone(4), COST)
    for k in range(4):
        for factor in (0.9, 0.99, 1.01, 1.1):
            moved = price.copy()
            moved[k] *= factor
            gain = (moved - COST)[k] * demand.quantities(moved)[k] - (price - COST)[k] * demand.quantities(price)[k]
            assert gain < 0.0


def test_inverting_the_first_order_condition_returns_the_costs() -> None:
    demand = linear([3, 2.6, 2.2, 1.8], 0.4)
    owners = together((0, 1), (2,), (3,))
    price = nash(demand, np.full(4, 1.5), owners, COST)
    for own in owners:
        assert_allclose(implied_cost(demand, price, own), COST[own], rtol=1e-9)


def test_diversion_rows_sum_to_less_than_one_and_follow_the_shares() -> None:
    demand = linear([3, 2.6, 2.2, 1.8], 0.4)
    share = demand.shares(np.array([1.6, 1.3, 1.0, 0.8]))
    ratio = diversion(share, np.ones(1))
    assert np.all(np.diag(ratio) == 0.0)
    assert np.all(ratio.sum(axis=1) < 1.0)
    assert_allclose(ratio[0, 1] / ratio[0, 2], share[0, 1] / share[0, 2], rtol=1e-12)
    assert_allclose(ratio[0, 1], share[0, 1] / (1.0 - share[0, 0]), rtol=1e-12)
