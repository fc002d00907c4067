"""Strategies for the games of the textbooks: what every strategy must keep, and what each of them does."""

import numpy as np

from pricewar.agents.pricing.alternating import Alternating
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import Strategy, View
from pricewar.agents.pricing.grid import GridBestResponse
from pricewar.agents.pricing.mixing import Mixing
from pricewar.agents.pricing.testing import StrategyTests, board_of, books_for, demand_for, luck


class TestGrid(StrategyTests):
    strategy = GridBestResponse(top=16.0, steps=256)

    def strategy_in_double(self) -> Strategy:
        return GridBestResponse(top=32.0, steps=256)

    def test_on_a_fine_grid_it_is_the_best_response(self) -> None:
        board = board_of(8.0, [6.0])
        exact = BestResponse().review(books_for(board), View(board, demand_for(board)), luck()).price[0]
        assert abs(self.decide(board).price[0] - exact) <= 0.5 * 16.0 / 256


class TestAlternating(StrategyTests):
    strategy = Alternating(equilibrium="kinked", top=16.0, steps=8)

    def strategy_in_double(self) -> Strategy:
        return Alternating(equilibrium="kinked", top=32.0, steps=8)

    def test_it_solves_the_game_anew_when_its_cost_or_the_market_has_changed(self) -> None:
        board, more = board_of(8.0, [6.0]), board_of(8.0, [6.0, 9.0])
        notes = self.decide(board).notes
        assert self.decide(board, notes=notes).notes is notes
        dear = {"marginal": np.array([6.0])}
        assert self.decide(board, notes=notes, **dear).notes == self.decide(board, **dear).notes != notes
        assert self.decide(more, notes=notes).notes == self.decide(more).notes != notes

    def test_without_a_rival_it_keeps_its_price(self) -> None:
        assert self.decide(board_of(8.0, [])).price[0] == 8.0


class TestMixing(StrategyTests):
    strategy = Mixing()

    def test_in_a_market_whose_equilibrium_is_not_known_it_keeps_its_price(self) -> None:
        assert self.decide(board_of(8.0, [6.0])).price[0] == 8.0
