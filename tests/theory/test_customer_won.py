"""What a customer won is worth (M5): later sales in closed form, their sign in a market, and their limits."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.special import lambertw

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.linear_logit import LinearLogit
from pricewar.agents.demand.log_logit import LogLogit, LogResponse
from pricewar.agents.games.first_order import Problem, best_at, long_run_markup
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.sellers.spec import Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.sim.market.beliefs import Retention, later_sales

RATES = st.floats(0.5, 20.0)


def test_without_growth_discount_or_end_a_customer_is_worth_its_advantage_over_its_complement() -> None:
    advantage = np.array([[0.0, 0.2, 0.5, 0.9]])
    later = later_sales(advantage, np.array([4.0]), np.zeros(1), 0.0, 1e4)
    assert_allclose(later, advantage / (1.0 - advantage), rtol=1e-9)


@given(st.floats(0.01, 0.95), RATES, st.floats(-1.0, 4.0), st.floats(0.0, 0.5), st.floats(0.1, 5.0))
def test_later_sales_are_the_discounted_excess_of_a_customer_kept(
    advantage: float, rate: float, growth: float, discount: float, years: float
) -> None:
    def flow(t: float) -> float:
        return float(np.exp((growth - discount) * t) * (np.exp(-rate * (1 - advantage) * t) - np.exp(-rate * t)))

    expected = rate * quad(flow, 0.0, years, epsabs=0.0, epsrel=1e-11, limit=200)[0]
    got = later_sales(np.array([[advantage]]), np.array([rate]), np.array([growth]), discount, years)
    assert_allclose(got, expected, rtol=1e-7)


def test_in_a_duopoly_without_outside_good_the_advantage_is_that_of_the_textbook() -> None:
    # D = e^λ/(1+e^λ) of staying at equal prices, so 2D - 1 (oracle: stationary logit duopoly with switching cost).
    known = Retention(loyalty=np.array([1.0]), locked=np.ones(1), rate=np.ones(1), free_rate=np.ones(1))
    stay = np.exp(1.0) / (1.0 + np.exp(1.0))
    assert_allclose(known.advantage(np.array([[0.5, 0.5]])), np.full((1, 2), 2.0 * stay - 1.0), rtol=1e-12)


def test_the_advantage_is_the_excess_by_which_a_chain_of_choices_returns_to_its_supplier() -> None:
    share, loyalty = np.array([0.3, 0.2, 0.1]), 1.2
    odds = np.append(1.0 - share.sum(), share)  # nobody, then three sellers
    chain = np.tile(odds, (4, 1))
    for supplier in range(1, 4):
        chain[supplier, supplier] *= np.exp(loyalty)
    chain /= chain.sum(axis=1, keepdims=True)
    others = np.delete(np.arange(4), 1)
    weight = odds[others] / odds[others].sum()
    excess = chain[1, 1] - weight @ chain[others, 1]
    retention = Retention(loyalty=np.array([loyalty]), locked=np.ones(1), rate=np.ones(1), free_rate=np.ones(1))
    assert_allclose(retention.advantage(share[None, :])[0, 0], excess, rtol=1e-12)
    # Contracts that end at random: the excess of "still mine" over time, by the generator of the chain.
    both = np.array([[chain[1, 1], 1 - chain[1, 1]], [weight @ chain[others, 1], 1 - weight @ chain[others, 1]]])
    flow = expm(5.0 * 0.3 * (both - np.eye(2)))
    assert_allclose(flow[0, 0] - flow[1, 0], np.exp(-5.0 * 0.3 * (1.0 - excess)), rtol=1e-12)


def market(*, loyalty: float, growth: float = 0.0, lock_in: bool = True) -> Scenario:
    """Two sellers who best-respond every week to a continuum of buyers."""
    segment = Segment(
        potential=1000.0,
        growth=growth,
        response=LogResponse(eta=2.5, epsilon=0.3),
        contract=60.0,
        adoption=0.5,
        loyalty=loyalty,
    )
    tier = Tier(model="m", price=6.0, capability=0.0, cost=GivenCost(marginal=1.8, full=2.0))
    return replace(
        load("textbook"),
        sellers={"east": Seller(tiers={"main": tier}), "west": Seller(tiers={"main": tier})},
        segments={"all": segment},
        mechanisms=Mechanisms(open_release=False, focal_prices=False, attention=False, lock_in=lock_in),
        days=240,
        burn_in=30,
        sources={},
    )


def last_price(scenario: Scenario) -> float:
    simulation = prepare(scenario, 1)
    simulation.run()
    return float(simulation.world.board.price[0])


def test_sellers_who_count_a_customer_won_ask_less_and_the_less_the_faster_volumes_grow() -> None:
    without = last_price(market(loyalty=1.5, lock_in=False))
    still, growing = last_price(market(loyalty=1.5)), last_price(market(loyalty=1.5, growth=1.5))
    assert growing < 0.98 * still < 0.98 * without


def test_expected_growth_can_make_a_model_free() -> None:
    assert last_price(market(loyalty=2.5, growth=5.0)) == 0.0


def tables(scenario: Scenario) -> dict[str, pl.DataFrame]:
    return dict(play(scenario).tables)


def test_without_loyalty_the_run_is_the_one_without_the_mechanism_to_the_last_bit() -> None:
    with_it, without = tables(market(loyalty=0.0, growth=2.0)), tables(market(loyalty=0.0, growth=2.0, lock_in=False))
    assert all(with_it[name].equals(without[name]) for name in without)
    locked, not_locked = tables(market(loyalty=1.0)), tables(market(loyalty=1.0, lock_in=False))
    assert not locked["prices"].equals(not_locked["prices"])


def test_a_free_model_is_chosen_counted_and_told() -> None:
    given_away = tables(market(loyalty=2.5, growth=5.0))["offers_daily"].filter(pl.col("price") == 0.0)
    assert given_away.height > 30
    assert (given_away["tokens"] > 0.0).all()
    assert (given_away["revenue"] == 0.0).all()


@pytest.mark.parametrize("cost", [0.01, 1.0, 10.0])
def test_the_long_run_mark_up_is_that_of_the_best_price_at_full_cost_however_cheap(cost: float) -> None:
    # At a posted price near zero demand is inelastic, which says nothing about the long run: the mark-up is bounded.
    one = np.arange(1, dtype=np.intp)
    demand = LogLogit(
        appeal=np.array([[0.5, 0.0, 0.0]]), outside=np.zeros(1), sensitivity=np.array([2.0]), own_cost=np.array([0.5]),
        elasticity=np.array([0.3]), reference=10.0, size=np.array([1000.0]),
    )  # fmt: skip
    posted = np.array([1e-3, 8.0, 8.0])
    problem = Problem(demand, posted, one, np.array([cost]), np.ones(1), np.inf)
    best = best_at(problem, 0.0, np.array([8.0]))
    assert_allclose(cost + long_run_markup(demand, posted, one, np.array([cost])), best, rtol=1e-6)


def test_a_near_monopolist_has_a_long_run_mark_up_too() -> None:
    # Lambert's W: p = c + mu(1 + W(e^((a-c)/mu - 1))) with a = 9, c = 0.5, mu = 0.5.
    one = np.arange(1, dtype=np.intp)
    demand = LinearLogit(np.array([[18.0]]), np.zeros(1), np.array([0.5]), np.ones(1))
    markup = 0.5 * (1.0 + float(lambertw(np.exp(8.5 / 0.5 - 1.0)).real))
    assert_allclose(long_run_markup(demand, np.array([0.6]), one, np.array([0.5])), markup, rtol=1e-6)
