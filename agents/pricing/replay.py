"""Post a recorded path: history as a seller, or a script for a test."""

from bisect import bisect_right
from typing import Annotated, Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import PricePerMtok, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Dated:
    """A price from a day on."""

    day: Annotated[float, Unit("day")]
    """Days since the scenario's start."""
    price: PricePerMtok
    """Blended price."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Replay:
    """Posts, at the first review from its day on, the price that a recorded path says."""

    kind: Literal["replay"] = "replay"
    """Which strategy."""
    path: dict[str, list[Dated]]
    """For each tier its prices in the order of days."""

    def __post_init__(self) -> None:
        """Refuse a path that is out of order. Raises ValueError."""
        for tier, steps in self.path.items():
            days = [step.day for step in steps]
            if days != sorted(days):
                raise ValueError(f"the days of tier '{tier}' must ascend")

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Look up the path."""
        del luck
        price = view.board.price[books.own].copy()
        for m, tier in enumerate(books.tiers):
            steps = self.path.get(tier, [])
            at = bisect_right([step.day for step in steps], books.time)
            if at:
                price[m] = steps[at - 1].price
        return Decision(price, "as recorded", "replay")
