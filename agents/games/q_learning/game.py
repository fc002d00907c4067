"""What learning sellers can ask, and what every combination of prices earns."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from pricewar.agents.games.nash import nash
from pricewar.sim.market.demand import Demand, Floats, Ints


def grid(low: float, high: float, m: int) -> Floats:
    """Prices at equal distances, shape (m,), made by adding the distance again and again as in the published programs.

    >>> grid(0.0, 1.0, 5)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    step = (high - low) / (m - 1)
    return np.array([*np.add.accumulate([low, *[step] * (m - 2)]), high])


def grid_around(nash: float, joint: float, beyond: float, m: int) -> Floats:
    """Prices from a little below the Nash price to a little above that of a cartel, shape (m,).

    beyond: xi, how much further, as a share of the distance between the two. [1]
    """
    reach = beyond * (joint - nash)
    return grid(nash - reach, joint + reach, m)


def every_choice(n: int, m: int) -> Ints:
    """Actions of all n sellers in every combination, shape (m**n, n), those of the last changing fastest."""
    return np.array([*product(range(m), repeat=n)], dtype=np.intp).reshape(m**n, n)


@dataclass(frozen=True, slots=True)
class Game:
    """What n sellers with m prices each earn in a period."""

    price: Floats
    """Prices that each can ask, shape (n, m)."""
    profit: Floats
    """Profit of each under every combination of actions, shape (m**n, n); see `every_choice`."""

    @property
    def n(self) -> int:
        """Sellers."""
        return int(self.price.shape[0])

    @property
    def m(self) -> int:
        """Prices of each."""
        return int(self.price.shape[1])

    def against_uniform(self) -> Floats:
        """Mean profit of each price if all rivals pick theirs blindly, shape (n, m)."""
        choices, rows = every_choice(self.n, self.m), self.m ** (self.n - 1)
        mean = np.empty((self.n, self.m))
        for i, k in np.ndindex(self.n, self.m):
            mean[i, k] = sum(self.profit[choices[:, i] == k, i].tolist()) / rows
        return mean


def game_of(quantities: Callable[[Floats], Floats], cost: Floats, price: Floats) -> Game:
    """The game of sellers with one offer each under a demand.

    quantities: sold of each at prices of shape (n,). cost: of a unit, shape (n,). price: shape (n, m).
    """
    n, m = price.shape
    asked = price[np.arange(n), every_choice(n, m)]
    return Game(price, np.array([(p - cost) * quantities(p) for p in asked]))


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """The two ends between which the outcome of learning is measured."""

    nash: Floats
    """Static Nash prices, shape (n,)."""
    joint: Floats
    """Prices of a cartel of all, shape (n,)."""
    nash_profit: float
    """Mean profit of a seller at the former."""
    joint_profit: float
    """Mean profit of a seller at the latter."""

    def gain(self, profit: float) -> float:
        """Delta of Calvano et al. (2020, eq. 9): zero at Nash, one at the cartel's. [1]"""
        return (profit - self.nash_profit) / (self.joint_profit - self.nash_profit)


def benchmarks(demand: Demand, cost: Floats, start: Floats) -> Benchmarks:
    """Solve both. start: prices to begin the search at, shape (n,)."""
    sellers = np.arange(cost.size, dtype=np.intp)
    static = nash(demand, start, [sellers[k : k + 1] for k in range(cost.size)], cost)
    joint = nash(demand, start, [sellers], cost)

    def profit(price: Floats) -> float:
        return float(np.mean((price - cost) * demand.quantities(price)))

    return Benchmarks(static, joint, profit(static), profit(joint))
