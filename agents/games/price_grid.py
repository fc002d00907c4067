"""Prices on a grid, and what each of them earns: for demand that jumps, where no first-order condition helps."""

import numpy as np

from pricewar.sim.market.demand import Demand, Floats


def grid(top: float, steps: int) -> Floats:
    """Equally distant prices from zero to the top, shape (steps + 1,). [money/Mtok]

    >>> grid(1.0, 4).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    return np.arange(steps + 1) * top / steps


def own_profit(demand: Demand, k: int, cost: float, own: Floats, posted: Floats) -> Floats:
    """What an offer earns at each price of a grid while all others keep to `posted`, shape (n,). [money/day]

    k: its position. cost: its marginal cost. [money/Mtok] own: the grid, shape (n,). posted: shape (K,).
    """
    trial, earned = posted.copy(), np.empty(own.size)
    for i, price in enumerate(own.tolist()):
        trial[k] = price
        earned[i] = (price - cost) * demand.quantities(trial)[k]
    return earned
