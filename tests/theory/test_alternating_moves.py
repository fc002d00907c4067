"""Sellers who move in turn (Maskin & Tirole 1988): equilibria, where they lead, and what a simulated market shows.

The printed numbers are asked by `pricewar verify` (`test_known_answers.py`); here are the laws behind, and controls.
"""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.games.alternating_moves import (
    Kind,
    equilibrium,
    gains,
    long_run_mean,
    long_run_variance,
    stationary,
    values,
)
from pricewar.agents.pricing.alternating import Alternating
from pricewar.scenarios.run.play import prepare
from pricewar.scenarios.verification.alternating import duopoly, mixing, printed, rises, simulated, sixths, solved, wars
from pricewar.scenarios.verification.games import Z, game, in_turn, posted_prices
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats

KINDS: tuple[Kind, ...] = ("kinked", "edgeworth")


def profits(steps: int, cost: float = 0.0) -> Floats:
    """Of D = 1 - p on a grid up to one: all for the cheaper, half each at a tie."""
    grid = np.arange(steps + 1) / steps
    alone = (grid - cost) * (1 - grid)
    return np.where(grid[:, None] < grid[None, :], alone[:, None], 0.0) + np.diag(alone / 2)


class TestValues:
    def test_on_a_path_without_chance_they_are_discounted_sums(self) -> None:
        """Undercutting from 3/6 to 0 and back: the mover's profits along the path, by hand."""
        reaction, profit, d = np.eye(7)[[5, 0, 1, 2, 3, 4, 4]], profits(6), 0.9
        moved, waited = values(profit, reaction, reaction, d)
        own, rival, total, weight = 0, 3, 0.0, 1.0
        for period in range(600):
            if period % 2 == 0:
                own = int(np.argmax(reaction[rival]))
            else:
                rival = int(np.argmax(reaction[own]))
            total += weight * profit[own, rival]
            weight *= d
        assert moved[3] == pytest.approx(total, rel=1e-12)
        assert_allclose(moved, (reaction * (profit.T + d * waited)).sum(axis=1), rtol=1e-12)

    def test_two_reactions_may_differ(self) -> None:
        """Against a rival who always asks 5/6, always asking 4/6 earns the profit of 4/6 for ever."""
        own, rival, profit = np.eye(7)[[4] * 7], np.eye(7)[[5] * 7], profits(6)
        moved, _ = values(profit, own, rival, 0.95)
        assert moved[5] == pytest.approx(profit[4, 5] / 0.05, rel=1e-12)


class TestEquilibria:
    @settings(deadline=None)  # the first search loads the solver
    @given(st.floats(0.77, 0.995), st.sampled_from(KINDS))
    def test_on_the_grid_of_sixths_they_are_the_printed_ones(self, discount: float, kind: Kind) -> None:
        assert_allclose(equilibrium(kind, profits(6), discount), printed(kind, discount), atol=1e-11)

    @settings(deadline=None)
    @given(st.floats(0.57, 0.77))
    def test_impatient_sellers_have_the_kinked_one_only_by_the_same_formula(self, discount: float) -> None:
        assert_allclose(equilibrium("kinked", profits(6), discount), printed("kinked", discount), atol=1e-11)

    @settings(deadline=None, max_examples=15)
    @given(st.integers(4, 10), st.sampled_from([0.85, 0.9, 0.95]), st.sampled_from([0.0, 0.1]), st.sampled_from(KINDS))
    def test_whatever_is_found_on_other_grids_is_no_worse_than_any_policy(
        self, steps: int, discount: float, cost: float, kind: Kind
    ) -> None:
        """Not only one-shot deviations: value iteration against the rival's reaction gains nothing either."""
        profit = profits(steps, cost)
        try:
            reaction = equilibrium(kind, profit, discount)
        except ValueError:
            return  # many grids are covered all the same: see the next test
        assert_allclose(reaction.sum(axis=1), 1.0, rtol=1e-12)
        best, (mover, _) = np.zeros(steps + 1), values(profit, reaction, reaction, discount)
        for _ in range(int(40 / (1 - discount))):
            waiting = (reaction * profit).sum(axis=1) + discount * reaction @ best
            best = (profit.T + discount * waiting).max(axis=1)
        assert_allclose(best, mover, rtol=1e-9)

    @pytest.mark.parametrize("kind", KINDS)
    def test_they_are_found_on_most_grids(self, kind: Kind) -> None:
        missed = 0
        for steps in (4, 5, 6, 7, 8, 9, 10, 11, 12):
            try:
                equilibrium(kind, profits(steps), 0.95)
            except ValueError:
                missed += 1
        assert missed <= (0 if kind == "kinked" else 1)

    @pytest.mark.parametrize("kind", KINDS)
    def test_another_mixture_can_be_improved_upon(self, kind: Kind) -> None:
        for wrong in (0.94, 0.96):
            assert gains(profits(6), printed(kind, wrong), 0.95).max() > 1e-5

    def test_kinked_sellers_rest_at_monopoly_and_the_others_never(self) -> None:
        for steps in (6, 12):
            assert stationary(equilibrium("kinked", profits(steps), 0.95))[steps // 2] == pytest.approx(1.0)
            assert stationary(equilibrium("edgeworth", profits(steps), 0.95)).max() < 0.5

    def test_the_size_of_the_market_and_of_money_change_no_reaction(self) -> None:
        for kind in KINDS:
            once = equilibrium(kind, profits(6), 0.95)
            assert equilibrium(kind, 1024.0 * profits(6), 0.95).tobytes() == once.tobytes()
            assert_allclose(equilibrium(kind, 700.0 * profits(6), 0.95), once, atol=1e-12)

    def test_where_there_is_none_it_says_so(self) -> None:
        with pytest.raises(ValueError, match="another number of steps"):
            equilibrium("edgeworth", profits(6), 0.5)
        strategies = [Alternating(top=1.0, discount=0.5), Alternating(top=1.0, discount=0.5)]
        world = prepare(game(HomogeneousResponse(), strategies, [0.5, 0.4], days=4, conduct=in_turn), seed=1)
        with pytest.raises(UserMistake, match=r"sellers.seller-0.strategy"):
            world.run()


class TestLongRun:
    def test_the_stationary_chain_is_that_of_many_periods(self) -> None:
        reaction = equilibrium("edgeworth", profits(6), 0.95)
        powers = np.linalg.matrix_power(reaction, 4000)
        assert_allclose(powers[3], stationary(reaction), atol=1e-12)

    @settings(deadline=None)
    @given(st.floats(0.77, 0.995))
    def test_means_and_their_spread_are_those_of_renewal_theory(self, discount: float) -> None:
        reaction, x = equilibrium("edgeworth", profits(6), discount), mixing("edgeworth", discount)
        market, _ = sixths()
        mean, length = (11 - x) / (5 + x) / 6, 5 + x
        assert_allclose(long_run_mean(reaction, market), mean, rtol=1e-10)
        assert_allclose(long_run_variance(reaction, rises()), x * (1 - x) / length**3, rtol=1e-8)
        assert_allclose(long_run_variance(reaction, market), (1 / 6 + mean) ** 2 * x * (1 - x) / length, rtol=1e-8)

    def test_a_chain_with_two_resting_places_is_refused(self) -> None:
        with pytest.raises(ValueError, match="more than one place"):
            stationary(np.eye(3))


class TestWorlds:
    """The same from sellers who post prices in a simulated market."""

    def test_sellers_move_in_turn_and_as_the_reaction_says(self) -> None:
        simulation = prepare(duopoly(periods=300), seed=3)
        simulation.run()
        reaction, _ = solved("edgeworth", 0.95)
        held = {0: 5, 1: 4}
        moves = [move for move in simulation.world.board.moves if move.time > 0]
        assert len(moves) > 250
        assert np.all(np.diff([move.time for move in moves]) >= 1.0)
        for move in moves:
            new = round(6 * move.after)
            assert reaction[held[1 - move.offer], new] > 0.0
            assert move.offer == int(move.time) % 2
            held[move.offer] = new

    def test_the_same_seed_moves_alike_and_another_does_not(self) -> None:
        paths = [posted_prices(duopoly(periods=100), seed).tobytes() for seed in (1, 1, 2)]
        assert paths[0] == paths[1] != paths[2]

    def test_long_run_means_are_told_from_others_five_per_cent_off(self) -> None:
        price, earned, resets = simulated(1000)
        for answer in (price, earned, resets):
            assert answer.passes
            assert not replace(answer, expected=answer.expected * 1.05).passes

    def test_a_war_is_counted_a_cycle_and_three_per_cent_more_would_be_noticed(self) -> None:
        periods, x = 1200, mixing("edgeworth", 0.95)
        rate, sd = wars(periods), sqrt(x * (1 - x) / (5 + x) ** 3 / periods)
        assert abs(rate - 1 / (5 + x)) < Z * sd + 1 / periods
        assert abs(rate - 1.03 / (5 + x)) > Z * sd + 1 / periods

    def test_a_currency_twice_as_small_doubles_every_price(self) -> None:
        def held(top: float) -> Floats:
            strategy = Alternating(top=top)
            opening = [5 * top / 6, 4 * top / 6]
            demand = HomogeneousResponse(choke=top)
            return posted_prices(game(demand, [strategy] * 2, opening, days=60, conduct=in_turn))

        assert (2 * held(1.0)).tobytes() == held(2.0).tobytes()
