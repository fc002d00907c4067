"""A price that never moves: the scripted rival of tests, and the list price of a vendor that sits a war out."""

from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.sim.parameters import CHECKED


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Fixed:
    """Keeps its first price."""

    kind: Literal["fixed"] = "fixed"
    """Which strategy."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Keep the price."""
        del luck
        return Decision(view.board.price[books.own], "a fixed price", "fixed")
