"""Match the cheapest rival of the tier (price leadership: Stigler 1947; Markham 1951)."""

from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing.books import Books, Decision, View, cheapest_rival
from pricewar.sim.parameters import CHECKED


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Follow:
    """Matches the cheapest rival of the tier, but not below marginal cost."""

    kind: Literal["follow"] = "follow"
    """Which strategy."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Match."""
        del luck
        price = view.board.price[books.own].copy()
        for m, tier in enumerate(books.tiers):
            rival = cheapest_rival(books, view, tier)
            if rival is not None:
                price[m] = max(rival, books.marginal[m])
        return Decision(price, "follows the cheapest rival", "follow")
