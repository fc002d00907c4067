"""Sellers who fight for know-how (Besanko et al. 2010): no price is better, and the market posts what theory says.

The printed numbers themselves are asked in `test_known_answers`.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pricewar.agents.demand.linear_logit import LinearLogit
from pricewar.agents.games.learning_race import LearningRace, duopoly_odds, markov_perfect
from pricewar.agents.games.nash import nash
from pricewar.scenarios.verification.learning_by_doing import (
    PRINTED,
    descent,
    duel,
    earned_on_the_way,
    spence,
    spread_of_worth,
)

SMALL = LearningRace(progress=0.75, forgetting=0.05, levels=8, bottom=5)


@given(st.floats(-1e4, 1e4), st.floats(-30.0, 30.0))
def test_the_odds_of_a_duopoly_are_found_from_anywhere(gap: float, start: float) -> None:
    x = duopoly_odds(np.array([gap]), np.array([start]))
    assert_allclose(x + np.exp(x) - np.exp(-x), gap, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("own", "rival"), [(1, 1), (2, 1), (1, 8), (8, 8), (5, 3)])
def test_no_price_is_worth_more_than_that_of_the_equilibrium(own: int, rival: int) -> None:
    game, i, j = markov_perfect(SMALL), own - 1, rival - 1

    def worth(price: float) -> float:
        sold = 1.0 / (1.0 + np.exp(price - game.price[j, i]))
        return float(sold * (price - SMALL.cost()[i] + game.prize[i, j]) + game.lost[i, j])

    best = float(game.price[i, j])
    assert_allclose(worth(best), game.value[i, j], rtol=1e-11)
    for step in (-3.0, -0.1, -0.01, 0.01, 0.1, 3.0):
        assert worth(best + step) < worth(best)


def test_the_prices_of_a_state_are_the_nash_prices_at_cost_less_the_prize() -> None:
    game, lift = markov_perfect(SMALL), 60.0
    for i, j in ((0, 0), (3, 1), (7, 7)):
        cost = lift + SMALL.cost()[[i, j]] - game.prize[[i, j], [j, i]]
        demand = LinearLogit(np.full((1, 2), lift), np.array([-lift]), np.ones(1), np.ones(1))
        owners = [np.array([0], dtype=np.intp), np.array([1], dtype=np.intp)]
        assert_allclose(nash(demand, cost + 2.0, owners, cost) - lift, game.price[[i, j], [j, i]], atol=1e-8)


@pytest.mark.parametrize(("progress", "levels", "bottom"), [(0.3, 2, 1), (0.85, 8, 3), (0.6, 6, 9), (1.0, 5, 5)])
def test_at_the_bottom_without_forgetting_the_race_is_over(progress: float, levels: int, bottom: int) -> None:
    race = LearningRace(progress=progress, levels=levels, bottom=bottom)
    game = markov_perfect(race)
    assert_allclose(game.price[-1, -1], race.cost()[-1] + 2.0, rtol=1e-10)
    assert_allclose(game.value[-1, -1], 21.0, rtol=1e-10)
    assert_allclose(game.prize[-1, -1], 0.0, atol=1e-10)


def test_where_nothing_is_learnt_every_price_is_twelve_and_where_something_is_none() -> None:
    assert_allclose(markov_perfect(LearningRace(progress=1.0, forgetting=0.1)).price, 12.0, rtol=1e-11)
    assert np.all(np.abs(markov_perfect(LearningRace(progress=0.99)).price - 12.0) > 1e-3)


def test_sellers_who_forget_fight_in_wells_far_below_cost() -> None:
    calm, fight = markov_perfect(LearningRace()), markov_perfect(LearningRace(forgetting=0.08))
    assert fight.price[0, 0] < 0.0 < 7.0 < calm.price[0, 0] < 10.0


@pytest.mark.parametrize("scale", [0.5, 4.0])
def test_values_and_prices_are_in_the_money_of_cost_and_tastes(scale: float) -> None:
    base = markov_perfect(SMALL)
    other = markov_perfect(
        LearningRace(progress=0.75, forgetting=0.05, levels=8, bottom=5, first_cost=10.0 * scale, scale=scale)
    )
    assert np.array_equal(scale * base.price, other.price)
    assert np.array_equal(scale * base.value, other.value)


def test_on_the_way_down_sellers_post_the_price_of_both_stocks_every_day() -> None:
    race = LearningRace()
    price, tokens = descent(race, days=70)
    assert np.array_equal(np.sort(tokens, axis=1), np.tile([0.0, 1.0], (len(tokens), 1)))  # one sale a day
    stock = 1 + np.vstack([np.zeros(2, dtype=int), np.cumsum(tokens[:-1], axis=0).astype(int)])
    stock = np.minimum(stock, race.levels)
    game = markov_perfect(race).price
    expected = np.column_stack([game[stock[:, 0] - 1, stock[:, 1] - 1], game[stock[:, 1] - 1, stock[:, 0] - 1]])
    assert_allclose(price, expected, rtol=1e-10)
    assert stock.min() < race.bottom < stock.max()
    assert not np.allclose(price, expected[:, ::-1])  # who is ahead matters


def test_each_sale_falls_to_the_seller_as_often_as_its_price_says() -> None:
    # The share of the first seller, day by day, by the logit in prices: a sum of independent draws.
    price, tokens = descent(LearningRace(progress=0.6), days=150, seed=3)
    chance = 1.0 / (1.0 + np.exp(price[:, 0] - price[:, 1]))
    error = np.sqrt((chance * (1.0 - chance)).sum())
    assert abs(tokens[:, 0].sum() - chance.sum()) < 3.89 * error  # one in ten thousand
    assert abs(tokens[:, 0].sum() - 1.5 * chance.sum()) > 3.89 * error  # a wrong share is noticed


def test_without_its_prize_the_first_price_would_be_the_static_one() -> None:
    assert_allclose(duel(LearningRace(progress=1.0), 1, 1).price, 12.0, rtol=1e-10)
    assert abs(duel(LearningRace(), 1, 1).price - PRINTED[0.0][0]) < 1e-9
    assert abs(duel(LearningRace(discount=1 / 1.06), 1, 1).price - PRINTED[0.0][0]) > 1e-3


def test_a_monopolist_who_learns_does_not_price_at_the_cost_of_today_nor_at_half_the_horizon() -> None:
    price, now, known = spence(0.2, 3.0)
    assert_allclose(price, known, rtol=1e-12)
    assert abs(price - spence(0.2, 1.5)[2]) > 1e-3
    assert price < spence(0.0, 3.0)[0]
    assert now < 1.0


def test_the_spread_of_what_is_earned_is_that_of_many_ways_drawn_outright() -> None:
    race = LearningRace(levels=6, bottom=4, progress=0.6)
    game, cost, luck, worth = markov_perfect(race), race.cost(), np.random.default_rng(1), []
    for _ in range(4000):
        at, earned, weight = (0, 0), 0.0, 1.0
        while at != (5, 5):
            mine, other = float(game.price[at]), float(game.price[at[::-1]])
            first = bool(luck.random() < 1.0 / (1.0 + np.exp(mine - other)))
            earned += weight * (mine - cost[at[0]] if first else other - cost[at[1]]) / 2.0
            at = (min(at[0] + first, 5), min(at[1] + (not first), 5))
            weight *= race.discount
        worth.append(earned + weight * 21.0)
    spread = spread_of_worth(race)
    assert abs(np.mean(worth) - game.value[0, 0]) < 3.89 * spread / np.sqrt(4000)  # one in ten thousand
    assert_allclose(np.std(worth), spread, rtol=0.06)  # a standard deviation of 4000 is good to 1.1 per cent
    once = earned_on_the_way(race, seed=1, days=40)
    assert abs(once - game.value[0, 0]) < 5.0 * spread
