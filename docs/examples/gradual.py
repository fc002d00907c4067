"""Our default seller, but it cuts by no more than a step at a review: wars then take longer to reach the bottom."""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing import CHECKED, BestResponse, Books, Decision, Share, Traits, View


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Gradual:
    """Best-responds to the board, in steps."""

    kind: Literal["gradual"] = "gradual"
    """Which strategy."""
    step: Share = 0.05
    """Largest cut at a review, as a share of the own price. Assumed."""
    rule: BestResponse = Field(default_factory=BestResponse)
    """What it wishes for, before it is slowed down."""

    @property
    def traits(self) -> Traits:
        """What the rule inside needs, this one needs."""
        return self.rule.traits

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Ask the rule, and go part of the way; a new line has no price yet to go down from."""
        decision = self.rule.review(books, view, luck)
        least = np.where(books.new, 0.0, (1.0 - self.step) * view.board.price[books.own])
        return replace(decision, price=np.maximum(decision.price, least))
