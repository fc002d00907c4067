"""What a learning seller writes into its notes: the worth of every price in the states that it has met."""

from dataclasses import dataclass, field, replace

import numpy as np

from pricewar.agents.games.nash import nash
from pricewar.agents.games.q_learning.game import every_choice, grid, grid_around
from pricewar.agents.games.q_learning.rules import learn
from pricewar.agents.pricing.books import Books, View, rivals
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats, Ints

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


MANY = 60_000
"""Combinations of prices beyond which rivals are taken to move together in the first guess."""


def prices_between(
    books: Books, view: View, k: int, m: int, low: float | None, high: float | None, beyond: float
) -> Floats:
    """The m prices that a seller may ask for its offer number k; from `low` to `high` where both are given.

    Left out, they lie around Nash and cartel prices as in Calvano et al. (2020), but not below marginal cost.
    Raises UserMistake where no such prices can be found.
    """
    if low is not None and high is not None:
        return grid(low, high, m)
    static, joint = ends(books, view, k)
    if not (np.isfinite(static) and np.isfinite(joint) and joint > static):
        raise UserMistake(
            f"{books.seller}, tier {books.tiers[k]}: no Nash and cartel prices from which to build a grid; "
            "give the strategy `low` and `high`"
        )
    prices = grid_around(static, joint, beyond, m)
    return prices if prices[0] >= books.marginal[k] else grid(float(books.marginal[k]), float(prices[-1]), m)


def ends(books: Books, view: View, k: int) -> tuple[float, float]:
    """Static Nash price of offer number k, and its price if the sellers of its tier were one. [money/Mtok]

    Under believed demand; other tiers keep their prices. A seller alone: its cost, and its best price.
    Simplification: rivals are taken to have the seller's own cost, which is all that it knows of costs.
    """
    board, mine = view.board, int(books.own[k])
    players = np.array([mine, *rivals(books, view, books.tiers[k])], dtype=np.intp)
    cost = np.full(board.price.size, books.marginal[k])
    start = np.where(board.live, np.maximum(board.price, 1e-3 * books.first[k]), board.price)
    together = float(nash(view.demand, start, [players], cost)[mine])
    if players.size == 1:
        return float(books.marginal[k]), together
    return float(nash(view.demand, start, [players[j : j + 1] for j in range(players.size)], cost)[mine]), together


def first_guess(books: Books, view: View, k: int, prices: Floats) -> Floats:
    """Profit a day of each price under believed demand if all rivals pick theirs blindly from the same prices, (m,).

    Simplification: where these are too many combinations, all rivals pick one price together. [money/day]
    """
    m, mine = prices.size, int(books.own[k])
    others = np.array(rivals(books, view, books.tiers[k]), dtype=np.intp)
    apart = m ** (others.size + 1) <= MANY
    choices: Ints = every_choice(others.size if apart else min(others.size, 1), m)
    trial, guess = view.board.price.copy(), np.zeros(m)
    for own, price in enumerate(prices):
        trial[mine] = price
        for choice in choices:
            trial[others] = prices[choice]
            guess[own] += (price - books.marginal[k]) * view.demand.quantities(trial)[mine]
    return guess / len(choices)


def refuse_half_a_range(low: float | None, high: float | None) -> None:
    """Refuse a lowest price without a highest, and one above it. Raises ValueError."""
    if (low is None) != (high is None):
        raise ValueError("give both `low` and `high`, or neither")
    if low is not None and high is not None and low >= high:
        raise ValueError("`low` must be below `high`")
