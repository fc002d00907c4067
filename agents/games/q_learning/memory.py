"""What a learning seller writes into its notes: the worth of every price in the states that it has met."""

from dataclasses import dataclass, field, replace

import numpy as np

from pricewar.agents.games.q_learning.rules import learn
from pricewar.sim.market.demand import Floats

State = tuple[int, ...]
"""Grid positions of the prices that a learner looks at."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What the m prices are taken to be worth in one state."""

    worth: tuple[float, ...]
    """Of each price. [money/day, added up and discounted]"""
    best: int
    """The price worth most."""

    @classmethod
    def of(cls, worth: Floats) -> "Cell":
        """A cell from the worth of each price, shape (m,)."""
        return cls(tuple(worth.tolist()), int(worth.argmax()))

    @property
    def top(self) -> float:
        """What the best price is worth."""
        return self.worth[self.best]

    def after(self, action: int, target: float, rate: float) -> "Cell":
        """The cell once a price has brought `target`; see `learn`."""
        worth, best = list(self.worth), [self.best]
        learn(worth, [self.top], best, 0, len(worth), action, target, rate)
        return Cell(tuple(worth), best[0])


@dataclass(frozen=True, slots=True)
class Memory:
    """What a learner knows of one tier; never changed in place."""

    prices: tuple[float, ...]
    """What it can ask, m prices, ascending. [money/Mtok]"""
    fresh: Cell
    """A state not met before."""
    cells: dict[State, Cell] = field(default_factory=dict)
    """States met before."""
    exploring: float = 1.0
    """Probability of trying a price blindly at the next review."""
    state: State | None = None
    """State at the last review."""
    action: int = 0
    """Price taken then."""
    board: tuple[float, ...] = ()
    """Prices of all offers once it was posted, as far as it then knew. [money/Mtok]"""

    def position(self, price: float) -> int:
        """Position of the nearest price that it can ask; of two, the lower."""
        return int(np.abs(np.array(self.prices) - price).argmin())

    def at(self, state: State) -> Cell:
        """What it thinks of a state."""
        return self.cells.get(state, self.fresh)

    def taught(self, target: float, rate: float) -> "Memory":
        """The memory once the last price has brought `target`; one without a last price learns nothing."""
        if self.state is None:
            return self
        learned = self.at(self.state).after(self.action, target, rate)
        return replace(self, cells={**self.cells, self.state: learned})

    def decided(self, state: State, luck: np.random.Generator, fading: float) -> "Memory":
        """The memory once a price is taken: blindly with the probability of exploring, else the best known.

        Two draws whatever happens, so that sessions and sellers take the same luck. fading: of that probability,
        factor at every review.
        """
        whether, which = float(luck.random()), float(luck.random())
        action = int(len(self.prices) * which) if whether <= self.exploring else self.at(state).best
        return replace(self, state=state, action=action, exploring=self.exploring * fading)

    @property
    def price(self) -> float:
        """Price taken at the last review. [money/Mtok]"""
        return self.prices[self.action]
