r"""Q-learning (Watkins 1989) of prices against rivals who move at the same time: Calvano et al. (AER 2020).

The seller looks at the prices asked since the last review, its own and its rivals'. What it earned with its last price
in the state of then moves its worth,

.. math:: Q(s, a) \leftarrow Q(s, a) + \alpha\,[\pi + \delta \max_{a'} Q(s', a') - Q(s, a)],

and it asks the price that seems best now, or with the probability :math:`\varepsilon_t = e^{-\beta t}` any. It knows
neither demand nor costs of others; only its grid and its first guess come from what everybody believes of demand.
"""

from math import exp
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing.books import Books, Decision, View, rivals
from pricewar.agents.pricing.learner_memory import (
    Cell,
    Memory,
    State,
    first_guess,
    prices_between,
    refuse_half_a_range,
)
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, OpenShare, PricePerMtok, Share, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class QLearner:
    """Learns by trial which price is best after which prices; each of its tiers on its own."""

    kind: Literal["q_learner"] = "q_learner"
    """Which strategy."""
    grid: Annotated[int, Field(ge=2, le=1000), Unit("number of prices")] = 15
    """m. Default: Calvano et al. (2020)."""
    low: PricePerMtok | None = None
    """Lowest price of the grid. Left out with `high`, the grid is built around Nash and cartel prices."""
    high: PricePerMtok | None = None
    """Highest price of the grid."""
    beyond: NonNegative = 0.1
    """xi: how far the grid goes below Nash and above cartel prices, as a share of their distance. Default: Calvano et
    al. (2020)."""
    rate: OpenShare = 0.15
    """alpha, weight of the newest experience. Default: Calvano et al. (2020)."""
    discount: OpenShare = 0.95
    """delta, of the profit after the next review. Default: Calvano et al. (2020)."""
    fade: NonNegative = 4e-6
    """beta, decay of exploration at every review. [log points a review] Default: Calvano et al. (2020)."""
    sees: Literal["each", "cheapest"] = "each"
    """Whether it tells the prices of its rivals apart, or looks at the cheapest only."""

    def __post_init__(self) -> None:
        """Refuse half a range. Raises ValueError."""
        refuse_half_a_range(self.low, self.high)

    @property
    def fading(self) -> Share:
        """What a review leaves of the probability of exploring. [1]"""
        return exp(-self.fade)

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Learn from the days since the last review and choose; the memory goes into the notes."""
        notes = dict(books.notes) if isinstance(books.notes, dict) else {}
        price = view.board.price[books.own].copy()
        for k, tier in enumerate(books.tiers):
            memory = notes.get(tier) or self.begun(books, view, k)
            state = self.state(books, view, k, memory)
            earned = float((price[k] - books.marginal[k]) * books.sold[k])
            memory = memory.taught(earned + self.discount * memory.at(state).top, self.rate)
            notes[tier] = memory.decided(state, luck, self.fading)
            price[k] = notes[tier].price
        return Decision(price, "tries what has paid", "learning", notes=notes)

    def begun(self, books: Books, view: View, k: int) -> Memory:
        """The memory of a seller that has learned nothing yet about its offer number k."""
        prices = prices_between(books, view, k, self.grid, self.low, self.high, self.beyond)
        worth = first_guess(books, view, k, prices) / (1.0 - self.discount)
        return Memory(tuple(prices.tolist()), Cell.of(worth))

    def state(self, books: Books, view: View, k: int, memory: Memory) -> State:
        """Grid positions of the own price and of the rivals', by their places on the board."""
        posted = [float(view.board.price[rival]) for rival in rivals(books, view, books.tiers[k])]
        if self.sees == "cheapest":
            posted = [min(posted)] if posted else []
        own = float(view.board.price[books.own[k]])
        return tuple(memory.position(price) for price in [own, *posted])
