"""Full cost and a margin (Hall & Hitch 1939): how hosts of open weights price near cost."""

from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class CostPlus:
    """Full serving cost times one plus a markup."""

    kind: Literal["cost_plus"] = "cost_plus"
    """Which strategy."""
    markup: NonNegative = 0.2
    """Markup on full serving cost. Assumed: hosts price near cost, since anybody may host."""
    least_change: Share = 0.05
    """Smaller changes are not posted. Assumed: the x_min of a cut."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Follow one's own cost."""
        del luck
        current = view.board.price[books.own]
        wished = books.unit * (1.0 + self.markup)
        moved = np.abs(wished - current) > self.least_change * current
        return Decision(np.where(moved, wished, current), "cost plus a margin", "cost_plus")
