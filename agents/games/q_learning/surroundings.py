"""What a learning seller takes from its books and the board: its rivals, the prices it may ask, a first guess."""

import numpy as np

from pricewar.agents.games.nash import nash
from pricewar.agents.games.q_learning.game import around, every_choice, grid
from pricewar.agents.pricing.books import Books, View
from pricewar.agents.pricing.rivals import rivals
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats, Ints

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
    prices = around(static, joint, beyond, m)
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
