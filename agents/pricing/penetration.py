"""Penetration pricing (Dean 1950): begin low to win customers, rise to one's best price once they are won."""

from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.games.first_order import best_at
from pricewar.agents.pricing.best_response import pricing_problem
from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import PositiveDays, Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Penetration:
    """Asks a share of its static best price at first and rises to all of it, linearly in time."""

    kind: Literal["penetration"] = "penetration"
    """Which strategy."""
    entry: Share = 0.5
    """Share of the best price on the first day. Assumed."""
    ramp: PositiveDays = 365.0
    """Time to the whole of it. Assumed."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Scale the best price by how long the offer has been on the market; not below marginal cost."""
        del luck
        problem = pricing_problem(books, view)
        best = best_at(problem, 0.0, np.maximum(view.board.price[books.own], 1e-3 * books.first))
        age = np.array([books.time - view.board.offers[k].launched for k in books.own])
        share = self.entry + (1.0 - self.entry) * np.clip(age / self.ramp, 0.0, 1.0)
        return Decision(np.maximum(best * share, books.marginal), "penetration", "penetration")
