"""Strategies of repeated games against a scripted rival: trust, suspicion, punishment, and a prize for each sale."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.buyers.demand_shocks import DemandShock
from pricewar.agents.games.first_order import best_response
from pricewar.agents.games.learning_race import LearningRace, markov_perfect
from pricewar.agents.pricing.best_response import pricing_problem
from pricewar.agents.pricing.books import View
from pricewar.agents.pricing.boom import RotembergSaloner, Trust
from pricewar.agents.pricing.prize import Prize
from pricewar.agents.pricing.race import Race, Stocks
from pricewar.agents.pricing.testing import StrategyTests, board_of, books_for, demand_for, luck
from pricewar.agents.pricing.trigger import Suspicion, Trigger


class TestTrigger(StrategyTests):
    strategy = Trigger(length=2, trigger=1.0)

    def posted(self, sales: list[float], strategy: Trigger | None = None) -> list[float]:
        """What it posts after each day's sales, the first price being 8 and cost 0.1."""
        board, notes, prices = board_of(8.0, [0.5]), None, []
        for sold in [5.0, *sales]:
            books = books_for(board, notes=notes, sold=np.array([sold]))
            decision = (strategy or self.strategy).review(books, View(board, demand_for(board)), luck())
            notes = decision.notes
            prices.append(float(decision.price[0]))
        return prices

    def test_it_holds_the_first_price_however_low_the_rival_stands(self) -> None:
        assert [self.decide(board_of(8.0, [p])).price[0] for p in (7.0, 0.2)] == [8.0, 8.0]

    def test_low_sales_begin_a_punishment_at_cost_of_two_reviews_and_then_all_is_forgotten(self) -> None:
        assert self.posted([5.0, 0.0, 9.0, 9.0, 5.0]) == [8.0, 8.0, 0.1, 0.1, 8.0, 8.0]

    def test_sales_during_a_punishment_neither_end_nor_prolong_it(self) -> None:
        assert self.posted([0.0, 0.0, 0.0, 0.0]) == [8.0, 0.1, 0.1, 8.0, 0.1]

    def test_sales_at_the_trigger_are_too_low_and_above_it_high_enough(self) -> None:
        assert self.posted([1.0])[-1] == 0.1
        assert self.posted([1.0 + 1e-12])[-1] == 8.0

    def test_its_first_review_has_no_sales_to_judge(self) -> None:
        assert self.decide(board_of(8.0, [6.0]), sold=np.zeros(1)).price[0] == 8.0

    def test_it_asks_the_prices_that_it_is_told(self) -> None:
        told = Trigger(length=1, collusive=6.0, punishment=2.0)
        assert self.posted([0.0, 0.0], told) == [6.0, 2.0, 6.0]

    def test_a_punishment_of_no_review_is_none(self) -> None:
        assert self.posted([0.0, 0.0], Trigger(length=0)) == [8.0, 8.0, 8.0]

    def test_tiers_are_suspected_one_by_one(self) -> None:
        board = board_of(8.0, [6.0])
        books = replace(
            books_for(board),
            tiers=("cheap", "dear"),
            own=np.array([0, 1], dtype=np.intp),
            first=np.array([8.0, 9.0]),
            marginal=np.array([0.1, 0.2]),
            sold=np.array([0.0, 5.0]),
            notes=Suspicion({"cheap": 0, "dear": 0}),
        )
        decision = self.strategy.review(books, View(board, demand_for(board)), luck())
        assert decision.price.tolist() == [0.1, 9.0]
        assert decision.stance == "mixed"

    def test_an_agreement_that_nothing_sustains_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no punishment sustains"):
            Trigger(slump=0.1, discount=0.5)
        assert Trigger(slump=0.1, discount=0.5, length=3).punishes() == 3


class TestRotembergSaloner(StrategyTests):
    strategy = RotembergSaloner(states={"boom": DemandShock(probability=0.5, factor=2.0)}, usual=4000.0, discount=0.55)

    def test_the_larger_the_market_is_today_the_less_it_asks(self) -> None:
        board = board_of(8.0, [8.0])
        demand, books = demand_for(board), books_for(board)
        prices = [
            float(self.strategy.review(books, View(board, replace(demand, size=size * demand.size)), luck()).price[0])
            for size in (0.5, 1.0, 2.0, 4.0)
        ]
        assert prices[0] == prices[1] > prices[2] > prices[3]

    def test_once_undercut_it_asks_cost_for_ever_and_not_before(self) -> None:
        assert self.decide(board_of(8.0, [7.0])).price[0] > 0.1  # what stood there before it began is no breach
        kept = Trust(broken=False)
        assert self.decide(board_of(8.0, [8.0]), notes=kept).price[0] > 0.1
        undercut = self.decide(board_of(8.0, [7.9]), notes=kept)
        assert undercut.price[0] == 0.1
        assert self.decide(board_of(8.0, [9.0]), notes=undercut.notes).price[0] == 0.1

    def test_where_nobody_buys_it_returns_to_its_first_price(self) -> None:
        board = board_of(7.0, [7.0])
        demand = demand_for(board)
        dead = View(board, replace(demand, size=0.0 * demand.size))
        assert self.strategy.review(books_for(board), dead, luck()).price[0] == 8.0


class TestPrize(StrategyTests):
    strategy = Prize(prize=0.05)

    def strategy_in_double(self) -> Prize:
        return Prize(prize=0.1)

    def test_a_prize_is_worth_as_much_as_a_lower_cost(self) -> None:
        board = board_of(8.0, [6.0])
        cheaper = pricing_problem(books_for(board, marginal=np.array([0.05])), View(board, demand_for(board)))
        assert_allclose(self.decide(board).price, best_response(cheaper).price, rtol=1e-12)

    def test_it_adds_to_what_the_mechanisms_count(self) -> None:
        board = board_of(8.0, [6.0])
        both = self.decide(board, future_value=np.array([0.03])).price
        view = View(board, demand_for(board))
        assert_allclose(both, Prize(prize=0.08).review(books_for(board), view, luck()).price, rtol=1e-12)
        assert both[0] < self.decide(board).price[0]


class TestRace(StrategyTests):
    strategy = Race(race=LearningRace(first_cost=4.0, levels=6, bottom=4), purchase=2.0)

    def strategy_in_double(self) -> Race:
        return Race(race=LearningRace(first_cost=8.0, levels=6, bottom=4, scale=2.0), purchase=2.0)

    def test_it_counts_its_own_sales_and_takes_the_others_for_its_rivals(self) -> None:
        board, notes, seen = board_of(8.0, [8.0]), None, []
        for sold in (0.0, 2.0, 0.0, 2.0, 2.0, 2.0, 2.0, 2.0):
            decision = self.decide(board, notes=notes, sold=np.array([sold]))
            notes = decision.notes
            assert isinstance(notes, Stocks)
            seen.append((notes.own, notes.rival))
            table = markov_perfect(self.strategy.race).price
            assert decision.price[0] == table[notes.own - 1, notes.rival - 1]
        assert seen == [(1, 1), (2, 1), (2, 2), (3, 2), (4, 2), (5, 2), (6, 2), (6, 2)]

    def test_a_race_in_which_sellers_forget_is_refused(self) -> None:
        with pytest.raises(ValueError, match="nobody sees"):
            Race(race=LearningRace(forgetting=0.1))
