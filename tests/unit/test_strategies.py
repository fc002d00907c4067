"""Every strategy against a scripted rival, and what every strategy must keep."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.games.first_order import best_response
from pricewar.agents.mechanisms import Calibration, FocalPrice, LineState, Mechanisms
from pricewar.agents.pricing.best_response import BestResponse, pricing_problem
from pricewar.agents.pricing.books import Books, Conduct, Decision, Strategy, View
from pricewar.agents.pricing.cost_plus import CostPlus
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.focal import lost_demand
from pricewar.agents.pricing.follow import Follow
from pricewar.agents.pricing.penetration import Penetration
from pricewar.agents.pricing.replay import Dated, Replay
from pricewar.agents.pricing.testing import StrategyTests, board_of, books_for, convention_for, demand_for, luck, offer
from pricewar.agents.pricing.undercut import Undercut
from pricewar.sim.market.board import Board
from pricewar.sim.market.demand import Floats

OFF = Mechanisms(open_release=False, idle_capacity=False, focal_prices=False, attention=False)


class TestFixed(StrategyTests):
    strategy = Fixed()

    def test_it_ignores_the_rival(self) -> None:
        assert [self.decide(board_of(8.0, [p])).price[0] for p in (1.0, 0.9, 0.8)] == [8.0, 8.0, 8.0]


class TestCostPlus(StrategyTests):
    strategy = CostPlus(markup=0.2)

    def test_it_asks_full_cost_and_the_margin(self) -> None:
        assert_allclose(self.decide(board_of(8.0, [1.0])).price, 1.2)

    def test_it_leaves_small_changes_alone(self) -> None:
        assert self.decide(board_of(1.22, [1.0])).price[0] == 1.22


class TestFollow(StrategyTests):
    strategy = Follow()

    def test_the_rival_posts_and_it_matches(self) -> None:
        assert [self.decide(board_of(8.0, [p, 9.0])).price[0] for p in (1.0, 0.9, 0.8)] == [1.0, 0.9, 0.8]

    def test_it_does_not_follow_below_marginal_cost(self) -> None:
        assert self.decide(board_of(8.0, [0.05])).price[0] == 0.1


class TestUndercut(StrategyTests):
    strategy = Undercut(step=0.1)

    def test_the_rival_posts_and_it_asks_a_tenth_less(self) -> None:
        prices = [self.decide(board_of(8.0, [p])).price[0] for p in (1.0, 0.9, 0.8)]
        assert_allclose(prices, [0.9, 0.81, 0.72])

    def test_it_stays_just_below_a_rival_who_raises_its_price(self) -> None:
        assert_allclose(self.decide(board_of(0.5, [1.0])).price, 0.9)

    def test_at_cost_it_stops_or_relents(self) -> None:
        assert self.decide(board_of(8.0, [0.1])).price[0] == 0.1
        books, board = books_for(board_of(8.0, [0.1])), board_of(8.0, [0.1])
        relenting = Undercut(step=0.1, relent=True)
        assert relenting.review(books, View(board, demand_for(board)), luck()).price[0] == 8.0


class TestPenetration(StrategyTests):
    strategy = Penetration(entry=0.5, ramp=365.0)

    def test_it_begins_at_half_of_its_best_price_and_rises_to_all_of_it(self) -> None:
        best = best_response(pricing_problem(books_for(board_of(8, [6])), self.view())).price[0]
        young = Board()
        young.put(offer("mine", launched=0.0), 8.0)
        young.put(offer("rival-0"), 6.0)
        view = View(young, demand_for(young))
        assert_allclose(self.strategy.review(books_for(young), view, luck()).price[0], 0.5 * best, rtol=1e-9)
        assert_allclose(self.decide(board_of(8.0, [6.0])).price[0], best, rtol=1e-9)

    def view(self) -> View:
        board = board_of(8.0, [6.0])
        return View(board, demand_for(board))


class TestReplay(StrategyTests):
    strategy = Replay(path={"cheap": [Dated(day=-10, price=7.0), Dated(day=5, price=3.0)]})

    def strategy_in_double(self) -> Strategy:
        return Replay(path={"cheap": [Dated(day=-10, price=14.0), Dated(day=5, price=6.0)]})

    def test_it_posts_what_stood_on_the_day(self) -> None:
        assert self.decide(board_of(8.0, [1.0])).price[0] == 7.0
        assert self.decide(board_of(8.0, [1.0]), time=5.0).price[0] == 3.0

    def test_days_out_of_order_are_refused(self) -> None:
        with pytest.raises(ValueError, match="must ascend"):
            Replay(path={"cheap": [Dated(day=5, price=1.0), Dated(day=1, price=2.0)]})


class TestBestResponse(StrategyTests):
    strategy = BestResponse()

    def test_after_its_answer_no_other_price_earns_more(self) -> None:
        board = board_of(8.0, [6.0, 9.0])
        books, view = books_for(board), View(board, demand_for(board))
        problem = pricing_problem(books, view)
        price = self.decide(board).price
        for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2.0):
            assert problem.profit(factor * price) < problem.profit(price)

    def test_it_answers_a_cut_with_a_cut(self) -> None:
        # At equal appeals a rival takes customers whatever it asks; a cheaper one lowers the best price.
        assert self.decide(board_of(8.0, [3.0])).price[0] < self.decide(board_of(8.0, [6.0])).price[0]

    def test_a_gain_below_the_menu_cost_is_not_worth_a_change(self) -> None:
        best = float(self.decide(board_of(8.0, [6.0])).price[0])
        board = board_of(1.1 * best, [6.0])
        assert self.decide(board, conduct=Conduct(menu_cost=0.15)).price[0] == 1.1 * best
        assert self.decide(board, conduct=Conduct(menu_cost=0.0)).price[0] != 1.1 * best


class TestCapacity:
    """M3: the shadow price is the smallest at which the planned load fits."""

    def test_with_room_to_spare_capacity_costs_nothing(self) -> None:
        board = board_of(8.0, [6.0])
        problem = pricing_problem(books_for(board, planned=1e12), View(board, demand_for(board)))
        assert best_response(problem).shadow == 0.0

    @pytest.mark.parametrize("planned", [1e3, 1e4, 5e4])
    def test_full_machines_raise_the_price_until_the_load_just_fits(self, planned: float) -> None:
        board = board_of(8.0, [6.0])
        problem = pricing_problem(books_for(board, planned=planned), View(board, demand_for(board)))
        solution = best_response(problem)
        assert solution.shadow > 0.0
        assert_allclose(problem.load(solution.price), planned, rtol=1e-9)
        slack = pricing_problem(books_for(board, planned=1e12), View(board, demand_for(board)))
        assert np.all(solution.price > best_response(slack).price)

    def test_with_the_mechanism_off_the_old_shadow_cost_stays_whatever_the_load(self) -> None:
        board = board_of(8.0, [6.0])
        mechanisms = Mechanisms(idle_capacity=False, focal_prices=False)
        scarce = LineState(calibration=Calibration(shadow=np.array([2.0])))
        books = books_for(board, planned=1.0, state=scarce, mechanisms=mechanisms)
        problem = pricing_problem(books, View(board, demand_for(board)))
        assert problem.capacity == np.inf
        assert problem.cost[0] == 2.1


def focal_books(board: Board, broken_until: float = -np.inf, **changes: Any) -> Books:
    focal = LineState(focal=FocalPrice(np.array([8.0]), np.array([broken_until])))
    known: dict[str, Any] = {"convention": convention_for(board), "conduct": Conduct(menu_cost=0.0)}
    return books_for(board, state=focal, mechanisms=Mechanisms(), **(known | changes))


def decide_focal(board: Board, **changes: Any) -> Decision:
    return BestResponse().review(focal_books(board, **changes), View(board, demand_for(board)), luck())


class TestFocalPrice:
    """M6: a focal price is held while holding is worth more than leaving."""

    def undercut_market(self, newcomer: float) -> Board:
        board = board_of(8.0, [8.0, 8.0])
        board.put(offer("newcomer", launched=0.0), newcomer, conforming=newcomer >= 8.0)
        return board

    def test_while_nobody_undercuts_it_holds(self) -> None:
        decision = decide_focal(board_of(8.0, [8.0, 8.0]))
        assert decision.price[0] == 8.0
        assert decision.stance == "focal"

    def test_an_entrant_who_keeps_the_convention_breaks_nothing(self) -> None:
        board = self.undercut_market(8.0)
        lost: Floats = lost_demand(focal_books(board), View(board, demand_for(board)))
        assert lost.tolist() == [0.0, 0.0, 0.0, 0.0]
        assert decide_focal(board).stance == "focal"

    def test_an_entrant_far_below_it_breaks_it_and_the_answer_is_lower(self) -> None:
        decision = decide_focal(self.undercut_market(1.0))
        assert decision.price[0] < 8.0
        assert decision.state is not None
        assert decision.state.focal.broken_until[0] == Conduct().reversion

    def test_until_the_reversion_is_over_it_best_responds_even_to_focal_rivals(self) -> None:
        decision = decide_focal(board_of(8.0, [8.0]), broken_until=10.0)
        assert decision.price[0] != 8.0

    def test_a_short_fleet_raises_the_price_from_the_focal_one(self) -> None:
        decision = decide_focal(board_of(8.0, [8.0, 8.0]), planned=1e3)
        assert decision.price[0] > 8.0

    def test_with_the_mechanism_off_no_focal_price_is_held(self) -> None:
        board = board_of(8.0, [8.0])
        books = replace(focal_books(board), mechanisms=Mechanisms(focal_prices=False))
        assert BestResponse().review(books, View(board, demand_for(board)), luck()).price[0] != 8.0


class TestNull:
    """M1: with every mechanism off, the price is the first price times the index of full cost."""

    def test_cost_halves_and_so_does_the_price_whatever_rivals_ask(self) -> None:
        for rival in (0.1, 8.0):
            board = board_of(8.0, [rival])
            books = books_for(board, mechanisms=OFF, unit=np.array([0.5]))
            assert BestResponse().review(books, View(board, demand_for(board)), luck()).price[0] == 4.0


class TestTiersApart:
    """A firm whose tiers stand differently: one back at its focal price, one still best-responding."""

    def test_the_broken_tier_is_priced_against_the_focal_price_to_which_the_other_returns(self) -> None:
        board = Board()
        for tier, price in (("cheap", 1.0), ("flagship", 3.0)):
            board.put(offer("mine", tier), price)
        board.put(offer("rival-0"), 20.0)
        two: dict[str, Any] = {
            "tiers": ("cheap", "flagship"),
            "own": np.array([0, 1], dtype=np.intp),
            "first": np.array([8.0, 20.0]),
            "marginal": np.array([0.1, 0.2]),
            "unit": np.ones(2),
            "first_unit": np.ones(2),
            "seconds": np.array([500.0, 500.0]),
            "planned": 4e5,
            "state": LineState(
                Calibration(np.zeros(2), np.zeros(2)), FocalPrice(np.array([8.0, 20.0]), np.array([-1.0, 90.0]))
            ),
            "new": np.zeros(2, dtype=np.bool_),
            "sold": np.zeros(2),
            "convention": convention_for(board, owner=np.array([0, 0, 1], dtype=np.intp), contested=np.zeros(2)),
        }
        books = replace(focal_books(board), **two)
        decision = BestResponse().review(books, View(board, demand_for(board, appeal=-3.0)), luck())
        assert decision.stance == "mixed"
        assert decision.price[0] == 8.0
        beside = board_of(8.0, [])
        beside.put(offer("mine", "flagship"), 3.0)
        beside.put(offer("rival-0"), 20.0)
        there = BestResponse().review(books, View(beside, demand_for(beside, appeal=-3.0)), luck())
        assert_allclose(decision.price[1], there.price[1], rtol=1e-9)
