"""Learning by doing (M4): what a sale teaches is worth, in closed form where there is one."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.linear_logit import LinearLogit
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.games.nash import nash
from pricewar.agents.machines.experience import LearningByDoing, value_of_a_sale
from pricewar.agents.machines.spec import Technology
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.sellers.spec import Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare

EXPONENTS = st.floats(0.01, 1.0)


@given(EXPONENTS, st.floats(0.01, 1e4), st.floats(0.01, 100.0))
def test_without_discounting_cost_less_the_value_of_a_sale_is_the_cost_in_the_end(w: float, e: float, t: float) -> None:
    cost, sales = 3.0, 70.0
    value = value_of_a_sale(cost * sales, e, sales, w, 0.0, t)
    assert_allclose(cost - value, cost * ((e + sales * t) / e) ** -w, rtol=1e-9)  # Spence (1981)


@given(EXPONENTS, st.floats(0.1, 100.0), st.floats(0.0, 1.0), st.floats(0.1, 20.0), st.floats(0.0, 3.0))
def test_the_value_of_a_sale_is_the_discounted_saving(w: float, e: float, r: float, t: float, spill: float) -> None:
    pace = 10.0 * (1.0 + spill)

    def saving(at: float) -> float:
        known = e + pace * at
        return float(np.exp(-r * at) * 30.0 * w / known * (known / e) ** -w)

    assert_allclose(value_of_a_sale(30.0, e, pace, w, r, t), quad(saving, 0.0, t, epsrel=1e-11)[0], rtol=1e-6)


def duopoly_price(cost: float) -> float:
    """Symmetric price of two sellers without outside good, v = 10, sigma = 1 (Besanko et al. 2010)."""
    demand = LinearLogit(np.full((1, 2), 20.0), np.array([-1e6]), np.ones(1), np.ones(1))
    owners = [np.array([0], dtype=np.intp), np.array([1], dtype=np.intp)]
    shift = 20.0  # the solver works above zero
    return float(nash(demand, np.full(2, 25.0), owners, np.full(2, cost + shift))[0]) - shift


def test_with_nothing_to_learn_the_price_is_the_static_one() -> None:
    assert value_of_a_sale(10.0, 1.0, 0.5, 0.0, 0.05, 28.0) == 0.0
    assert_allclose(duopoly_price(10.0), 12.0, rtol=1e-9)  # rho = 1: p = 12 everywhere


def test_at_the_bottom_of_the_curve_the_price_is_the_static_one_at_the_lowest_cost() -> None:
    assert_allclose(duopoly_price(10.0 * 15 ** np.log2(0.85)), 7.2996533658, rtol=1e-9)


def test_a_beginner_prices_below_its_cost_but_above_the_markov_perfect_price() -> None:
    # rho = .85, delta = 0, beta = 1/1.05: half a sale a period, 14 sales to the bottom. p(1,1) = 7.7899 there, in which
    # a sale is worth something more: the rival does not learn from it. Our sellers do not count that.
    w = -float(np.log2(0.85))
    value = value_of_a_sale(10.0 * 0.5, 1.0, 0.5, w, float(np.log(1.05)), 28.0)
    price = duopoly_price(10.0 - value)
    assert 7.7898922974 < price < 10.0 < duopoly_price(10.0)


def market(rate: float, *, learning: bool = True, spill: float = 0.0) -> Scenario:
    segment = Segment(potential=1000.0, response=LogResponse(), contract=30.0, adoption=0.5)
    tier = Tier(model="m", price=6.0, cost=GivenCost(marginal=1.0, full=2.0))
    return replace(
        load("textbook"),
        sellers={"east": Seller(tiers={"main": tier}), "west": Seller(tiers={"main": tier})},
        segments={"all": segment},
        technology=Technology(learning=LearningByDoing(rate=rate, spill=spill, prior=60.0)),
        mechanisms=Mechanisms(open_release=False, focal_prices=False, attention=False, learning=learning),
        days=200,
        burn_in=30,
        sources={},
    )


def test_cost_falls_with_own_output_and_by_a_third_of_a_rivals() -> None:
    simulation = prepare(market(0.2, spill=1 / 3), 1)
    simulation.run()
    world, (east, west) = simulation.world, simulation.firms
    made, start = world.output.made, 60.0 * world.output.first[1] if world.output.first else 0.0
    expected = ((start + made["east"] + made["west"] / 3.0) / start) ** np.log2(0.8)
    assert_allclose(east.unit_cost("main") / 2.0, expected, rtol=1e-12)
    assert_allclose(east.marginal_cost("main") / 1.0, expected, rtol=1e-12)
    other = ((start + made["west"] + made["east"] / 3.0) / start) ** np.log2(0.8)
    assert_allclose(west.unit_cost("main") / 2.0, other, rtol=1e-12)


def test_sellers_who_learn_ask_less_from_the_first_review_on() -> None:
    def price_on(day: int, scenario: Scenario) -> float:
        simulation = prepare(scenario, 1)
        simulation.world.clock.run(until=day)
        return float(simulation.world.board.price.min())

    early, without = price_on(8, market(0.2)), price_on(8, market(0.2, learning=False))
    assert early < without


def test_a_rate_of_zero_is_the_run_without_learning_to_the_last_bit() -> None:
    zero, without = play(market(0.0)).tables, play(market(0.0, learning=False)).tables
    assert all(zero[name].equals(without[name]) for name in without)
    assert not play(market(0.1)).tables["prices"].equals(without["prices"])
