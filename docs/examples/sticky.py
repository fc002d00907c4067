"""A price that sticks until a rival is far away, as fixed costs of changing a price make it (Barro 1972)."""

from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing import CHECKED, Books, Decision, Share, View, cheapest_rival


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Sticky:
    """Matches the cheapest rival once it is far enough away, but not below marginal cost."""

    kind: Literal["sticky"] = "sticky"
    """Which strategy."""
    threshold: Share = 0.1
    """How far away a rival must be to be answered, as a share of the own price. Assumed."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Match, or stay."""
        price = view.board.price[books.own]
        for m, tier in enumerate(books.tiers):
            rival = cheapest_rival(books, view, tier)
            if rival is not None and abs(rival - price[m]) > self.threshold * price[m]:
                price[m] = max(rival, books.marginal[m])
        return Decision(price, "the cheapest rival is far away", "sticky")
