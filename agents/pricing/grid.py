"""The best price on a grid for today: the myopic move of Edgeworth's cycle (Edgeworth 1925; Maskin & Tirole 1988).

The seller looks at own profit now, at every price of the grid, while rivals keep to what they have posted; it takes
demand as it is, jumps, ties and capacities included, and solves no first-order condition.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.games.price_grid import grid, own_profit
from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import PositivePricePerMtok, Unit

EQUAL = 1e-12
"""Profits closer than this share of the best are equal: rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class GridBestResponse:
    """Asks the price of a grid that earns most against posted prices."""

    kind: Literal["grid"] = "grid"
    """Which strategy."""
    top: PositivePricePerMtok
    """Highest price of the grid; the lowest is zero."""
    steps: Annotated[int, Field(ge=1, le=10_000), Unit("step")] = 100
    """Steps of the grid. Assumed."""
    prefer: Literal["higher", "lower"] = "higher"
    """Which of several best prices. Assumed: the higher, which provokes rivals less."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Look for the best price of each line, the others as posted."""
        del luck
        prices, wished = grid(self.top, self.steps), np.empty(books.own.size)
        for line, (k, cost) in enumerate(zip(books.own.tolist(), books.marginal.tolist(), strict=True)):
            earned = own_profit(view.demand, k, cost, prices, view.board.price)
            best = earned.max()
            good = np.flatnonzero(earned >= best - EQUAL * abs(best))
            wished[line] = prices[good[-1] if self.prefer == "higher" else good[0]]
        return Decision(wished, "the best price of its grid", "grid")
