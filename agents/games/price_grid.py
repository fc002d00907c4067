"""Prices on a grid, and what each of them earns: for demand that jumps, where no first-order condition helps."""

import numpy as np

from pricewar.agents.pricing.books import Books, View
from pricewar.sim.market.demand import Floats


def grid(top: float, steps: int) -> Floats:
    """Equally distant prices from zero to the top, shape (steps + 1,). [money/Mtok]

    >>> grid(1.0, 4).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    return np.arange(steps + 1) * top / steps


def own_profit(books: Books, view: View, line: int, own: Floats, posted: Floats) -> Floats:
    """What an own line earns at each price of a grid while everybody else keeps to `posted`. [money/day]

    line: position among the own offers. own: the grid, shape (n,). posted: shape (K,). Returns shape (n,).
    """
    k, trial, earned = books.own[line], posted.copy(), np.empty(own.size)
    for i, price in enumerate(own.tolist()):
        trial[k] = price
        earned[i] = (price - books.marginal[line]) * view.demand.quantities(trial)[k]
    return earned
