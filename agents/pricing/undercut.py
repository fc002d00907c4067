"""The cheapest rival less a step: the myopic move of an Edgeworth cycle (Edgeworth 1925; Maskin & Tirole 1988)."""

from typing import Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing.books import Books, Decision, View, cheapest_rival
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Undercut:
    """Asks a step less than the cheapest rival, up as well as down; at cost it stops, or begins the cycle anew."""

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
            wished = rival * (1.0 - self.step)
            # At the bottom: stay at cost, or begin the cycle anew.
            bottom = max(books.first[m] if self.relent else books.marginal[m], books.marginal[m])
            price[m] = wished if wished >= books.marginal[m] else bottom
        return Decision(price, "undercuts the cheapest rival", "undercut")
