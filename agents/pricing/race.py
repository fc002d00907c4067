"""Down the learning curve as in a Markov-perfect equilibrium (Cabral & Riordan 1994; Besanko et al. 2010).

Of two sellers one makes each period's sale and learns from it. Either asks the price that the equilibrium names for
both stocks of know-how (`agents/games/learning_race.py`). It counts its own sales, and since somebody always sells, it
knows the rival's.
"""

from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.games.learning_race import LearningRace, markov_perfect
from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import MtokPerDay


@plain_dataclass(frozen=True, slots=True)
class Stocks:
    """What the seller noted at its last review."""

    own: int
    """Units of know-how, from 1."""
    rival: int
    """The rival's."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Race:
    """Asks the Markov-perfect price at both sellers' stocks of know-how.

    For a market of two such sellers of one tier and one buyer a review, who always buys. Simplification: nothing is
    forgotten, because a rival's loss of know-how is not seen in any market; `prize` asks the prices of the case in
    which sellers forget.
    """

    kind: Literal["race"] = "race"
    """Which strategy."""
    race: LearningRace = Field(default_factory=LearningRace)
    """The primitives."""
    purchase: Annotated[MtokPerDay, Field(gt=0)] = 1.0
    """What the buyer buys."""

    def __post_init__(self) -> None:
        """Refuse a race in which sellers forget. Raises ValueError."""
        if self.race.forgetting > 0.0:
            raise ValueError("what a rival forgets nobody sees; set forgetting = 0")

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Count yesterday's sale, and look the price up."""
        del view, luck
        stocks = Stocks(1, 1)
        if isinstance(books.notes, Stocks):
            won = float(books.sold.sum()) > 0.5 * self.purchase
            top, before = self.race.levels, books.notes
            stocks = Stocks(min(before.own + won, top), min(before.rival + (not won), top))
        price = max(0.0, float(markov_perfect(self.race).price[stocks.own - 1, stocks.rival - 1]))
        return Decision(np.full(books.own.size, price), "races down the learning curve", "learns", notes=stocks)
