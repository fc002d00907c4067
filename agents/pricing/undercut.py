"""The cheapest rival less a step: the myopic move of an Edgeworth cycle (Edgeworth 1925; Maskin & Tirole 1988)."""

from typing import Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from agents.pricing.books import Books, Decision, View
from agents.pricing.rivals import cheapest_rival
from sim.parameters import CHECKED
from sim.units import Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Undercut:
    """Asks a step less than the cheapest rival; at cost it stops, or goes back to its first price."""

    kind: Literal["undercut"] = "undercut"
    """Which strategy."""
    step: Share = Field(default=0.1)
    """How far below the cheapest rival, as a share of its price. Assumed."""
    relent: bool = False
    """Whether to return to the first price once undercutting would go below marginal cost."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Undercut, down to marginal cost."""
        del luck
        price = view.board.price[books.own].copy()
        for m, tier in enumerate(books.tiers):
            rival = cheapest_rival(books, view, tier)
            if rival is None:
                continue
            ahead = price[m] < rival
            wished = (price[m] if ahead else rival) * (1.0 - self.step)
            if wished < books.marginal[m]:  # at the bottom: stay at cost, or begin the cycle anew
                price[m] = max(books.first[m] if self.relent else books.marginal[m], books.marginal[m])
            elif not ahead:
                price[m] = wished
        return Decision(price, "undercuts the cheapest rival", "undercut")
