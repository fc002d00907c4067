"""Switching costs: a bargain, then a rip-off (Klemperer 1987; Farrell & Klemperer 2007).

A stationary duopoly of sellers who look ahead, solved with our own first-order solver: a customer won is worth the
prize b·(V_in - V_out), which lowers the effective cost. Small switching costs then lower prices; a model in which
they always raise them is wrong.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from pricewar.agents.demand.linear_logit import LinearLogit
from pricewar.agents.games.nash import nash
from pricewar.scenarios.verification import lock_in
from pricewar.sim.market.demand import Floats

OUTSIDE = np.array([-1e6])
"""No outside good."""


def stationary(s: float, b: float, mu: float = 1.0, c: float = 0.0, prize: bool = True) -> tuple[float, float, float]:
    """Price of the supplier, price of its rival, mean transaction price, of the stationary equilibrium."""
    demand = LinearLogit(np.array([[s, 0.0]]) / mu, OUTSIDE, np.array([mu]), np.ones(1))
    owners = [np.array([0], dtype=np.intp), np.array([1], dtype=np.intp)]

    def given(worth: float) -> tuple[Floats, Floats]:
        cost = np.full(2, c - (b * worth if prize else 0.0))
        price = nash(demand, np.full(2, c + 2.0 * mu), owners, cost)
        return price, demand.shares(price)[0]

    def gap(worth: float) -> float:
        # V_in - V_out = D (p_in - c) - (1-D)(p_out - c) + b (2D - 1) (V_in - V_out), D of staying.
        price, share = given(worth)
        flow = share[0] * (price[0] - c) - share[1] * (price[1] - c)
        return float(flow + b * (share[0] - share[1]) * worth - worth)

    worth = float(brentq(gap, 0.0, 50.0 * mu, xtol=1e-13)) if s > 0 else 0.0
    price, share = given(worth)
    return float(price[0]), float(price[1]), float(share @ price)


def closed(s: float, b: float) -> tuple[float, float, float]:
    """The closed form, mu = 1 and c = 0: s = ln z + z - 1/z with z the odds of staying."""
    z = float(brentq(lambda z: np.log(z) + z - 1.0 / z - s, 1.0, 1e6)) if s > 0 else 1.0
    discount = b * (z - 1.0 / z)
    return 1.0 + z - discount, 1.0 + 1.0 / z - discount, (1.0 - b) * z + (1.0 + b) / z


def test_the_printed_prices_come_out() -> None:
    assert_allclose(closed(1.0, 0.95), (1.752929403340, 1.082271972067, 1.472325935117), rtol=1e-11)
    assert_allclose(closed(7.916650667658, 0.95)[2], 0.624499799840, rtol=1e-10)


@pytest.mark.parametrize("s", [0.25, 1.0, 2.0])
@pytest.mark.parametrize("b", [0.0, 0.5, 0.95])
def test_our_solver_finds_the_closed_form(s: float, b: float) -> None:
    # Costs enter additively; a level of 5 keeps every price on the way to the solution above zero.
    assert_allclose(np.array(stationary(s, b, c=5.0)) - 5.0, closed(s, b), rtol=1e-7)


def test_small_switching_costs_lower_the_transaction_price_of_sellers_who_look_ahead() -> None:
    assert stationary(0.5, 0.95)[2] < stationary(0.0, 0.95)[2]


def test_the_supplier_asks_more_than_its_rival() -> None:
    supplier, rival, _ = stationary(1.0, 0.95)
    assert supplier > rival


def test_without_the_prize_of_winning_a_customer_the_supplier_only_exploits() -> None:
    with_prize, without = stationary(1.0, 0.95), stationary(1.0, 0.95, prize=False)
    assert without[0] > with_prize[0]
    assert without[1] > with_prize[1]


# The same through the simulated market: sellers who know shares only, best-responding with the prize in their cost.


@pytest.mark.parametrize(("s", "b", "mu"), [(0.7, 0.8, 1.0), (3.0, 0.95, 0.5)])
def test_best_responding_sellers_in_the_simulated_market_rest_at_the_closed_form(s: float, b: float, mu: float) -> None:
    found, known = lock_in.stationary(s, b, mu), lock_in.closed(s, b, mu)
    assert_allclose((found.inside, found.outside), (known.inside, known.outside), atol=2e-10)
    assert_allclose(found.stays, known.stays, rtol=1e-9)
    assert_allclose((known.inside / mu, known.outside / mu), closed(s / mu, b)[:2], rtol=1e-10)
    other = lock_in.closed(s, b - 0.05, mu)
    assert abs(found.transaction - other.transaction) > 1e-3  # another discount factor is noticed


def test_a_prize_lowers_both_prices_by_itself_and_moves_no_customer() -> None:
    without, with_prize = lock_in.rest(1.0, 0.0), lock_in.rest(1.0, 0.4)
    assert_allclose(without.inside - with_prize.inside, 0.4, atol=1e-9)
    assert_allclose(without.outside - with_prize.outside, 0.4, atol=1e-9)
    assert_allclose(without.stays, with_prize.stays, rtol=1e-9)
