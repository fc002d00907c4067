"""Prices at which every owner's first-order condition holds at once."""

from collections.abc import Callable, Sequence

import numpy as np

from pricewar.agents.games.first_order import Problem, best_at, zero_of
from pricewar.sim.market.demand import Demand, Floats, Ints

TURNS = 60
"""Rounds of best responses before the search is given up."""


def nash(demand: Demand, price: Floats, owners: Sequence[Ints], cost: Floats, fixed: Ints | None = None) -> Floats:
    """Static Nash prices: every owner's first-order condition holds at once, shape (K,). [money/Mtok]

    price: where to begin, shape (K,); positive. owners: positions of each owner's offers. cost: shape (K,).
    fixed: offers whose price is kept. Solved jointly; where that fails, by best responses in turn, and where those
    cycle the answer is nan; so it is where demand jumps, for then nobody's first-order condition says anything.
    Sellers of several products may have more than one equilibrium; this is one of them.
    """
    if not demand.smooth:
        return np.full_like(price, np.nan)
    groups = owners if fixed is None else [np.setdiff1d(own, fixed) for own in owners]
    groups = [own for own in groups if own.size]
    if not groups:
        return price.copy()
    moving = np.sort(np.concatenate(groups))
    with np.errstate(all="ignore"):
        zero = zero_of(conditions(demand, price, groups, cost), np.zeros(moving.size))
    trial = price.copy()
    if zero is not None:
        trial[moving] = price[moving] * np.exp(zero)
        return trial
    for _ in range(TURNS):
        before = trial.copy()
        for own in groups:
            problem = Problem(demand, trial, own, cost[own], np.zeros(own.size), np.inf)
            trial[own] = best_at(problem, 0.0, trial[own])
        if np.allclose(trial, before, rtol=1e-11, atol=0.0):
            return trial
    return np.full_like(price, np.nan)


def conditions(demand: Demand, price: Floats, owners: Sequence[Ints], cost: Floats) -> Callable[[Floats], Floats]:
    """Every owner's first-order conditions, as a function of logarithms of multiples of `price`, shape (m,) to (m,).

    m offers are in `owners`, in the order of their positions; the others keep their price.
    """
    owner = np.full(price.size, -1)
    for j, own in enumerate(owners):
        owner[own] = j
    moving = np.flatnonzero(owner >= 0).astype(np.intp)
    together = owner[moving][:, None] == owner[moving][None, :]

    def residual(log_multiple: Floats) -> Floats:
        trial = price.copy()
        trial[moving] = price[moving] * np.exp(log_multiple)
        quantity, jacobian = demand.slopes(trial, moving)
        margin = trial[moving] - cost[moving]
        rest: Floats = 1.0 + (margin @ np.where(together, jacobian, 0.0)) / quantity
        return rest

    return residual
