r"""Q-learning of prices by sellers who move in turn: Klein (RAND 2021).

The seller looks at its rival's price. Between two of its reviews it earns with its price p first against the rival's
old price s and then, once the rival has moved, against the new one s':

.. math:: Q(s, p) \leftarrow (1-\alpha) Q(s, p) + \alpha\,[\pi(p, s) + \delta \pi(p, s') + \delta^2 \max_x Q(s', x)].
"""

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing.books import Books, Decision, View, cheapest_rival
from pricewar.agents.pricing.learner_memory import Cell, Memory, State, prices_between, refuse_half_a_range
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, OpenShare, PricePerMtok, Share, Unit

LEFT = 1e-6
"""Probability of exploring that is left at the end of `learning` (Klein 2021)."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class SequentialQLearner:
    """Learns by trial which price is best against the cheapest rival's; each of its tiers on its own.

    Meant for sellers who review in turn (`conduct.phase`), at equal distances.
    """

    kind: Literal["sequential_q_learner"] = "sequential_q_learner"
    """Which strategy."""
    grid: Annotated[int, Field(ge=2, le=1000), Unit("number of prices")] = 7
    """Prices. Default: k = 6 intervals, Klein (2021)."""
    low: PricePerMtok | None = None
    """Lowest price of the grid. Left out with `high`, the grid is built around Nash and cartel prices."""
    high: PricePerMtok | None = None
    """Highest price of the grid."""
    beyond: NonNegative = 0.1
    """How far the grid goes below Nash and above cartel prices, as a share of their distance. Assumed."""
    rate: OpenShare = 0.3
    """alpha, weight of the newest experience. Default: Klein (2021)."""
    discount: OpenShare = 0.95
    """delta, of a period: from one seller's move to the other's. Default: Klein (2021)."""
    learning: Annotated[int, Field(ge=1), Unit("own reviews")] = 250_000
    """Own reviews after which one in a million is a blind try. Default: every other of T = 500,000 periods, Klein
    (2021)."""

    def __post_init__(self) -> None:
        """Refuse half a range. Raises ValueError."""
        refuse_half_a_range(self.low, self.high)

    @property
    def fading(self) -> Share:
        """What a review leaves of the probability of exploring. [1]"""
        return float(LEFT ** (1.0 / self.learning))

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Learn from the two periods since the last review and choose; the memory goes into the notes."""
        notes = dict(books.notes) if isinstance(books.notes, dict) else {}
        price = view.board.price[books.own].copy()
        for k, tier in enumerate(books.tiers):
            memory = notes.get(tier) or self.begun(books, view, k)
            state = self.state(books, view, k, memory)
            earned = float((price[k] - books.marginal[k]) * books.sold[k]) * self.periods(books, view, k, memory)
            memory = memory.taught(earned + self.discount**2 * memory.at(state).top, self.rate)
            notes[tier] = memory.decided(state, luck, self.fading)
            price[k] = notes[tier].price
        posted = view.board.price.copy()
        posted[books.own] = price
        notes = {tier: replace(memory, board=tuple(posted.tolist())) for tier, memory in notes.items()}
        return Decision(price, "tries what has paid", "learning", notes=notes)

    def begun(self, books: Books, view: View, k: int) -> Memory:
        """The memory of a seller that has learned nothing yet: every price is worth zero."""
        prices = prices_between(books, view, k, self.grid, self.low, self.high, self.beyond)
        return Memory(tuple(prices.tolist()), Cell.of(np.zeros(self.grid)))

    def state(self, books: Books, view: View, k: int, memory: Memory) -> State:
        """Grid position of the cheapest rival's price; nothing to look at where there is none."""
        rival = cheapest_rival(books, view, books.tiers[k])
        return () if rival is None else (memory.position(rival),)

    def periods(self, books: Books, view: View, k: int, memory: Memory) -> float:
        r"""How many periods' profit the mean since the last review makes, discounted to that review: :math:`1 + \delta`
        if both periods brought the same. [1]

        Books do not tell the tokens sold before the rival's move from those after it; believed demand does.
        """  # fmt: skip
        before = np.array(memory.board)
        if before.size != view.board.price.size:
            return 1.0 + self.discount
        mine = int(books.own[k])
        first = float(view.demand.quantities(before)[mine])
        second = float(view.demand.quantities(view.board.price)[mine])
        both = first + second
        return 2.0 * (first + self.discount * second) / both if both > 0.0 else 1.0 + self.discount
