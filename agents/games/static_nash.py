"""Static Nash prices that are verified: nobody gains by any other prices of its own.

First-order conditions that all hold at once may have somebody at a minimum, or at the lesser of two peaks. So a
solution is held against everybody's best response among all prices (`first_order.best_at`); where somebody gains, the
best responses are taken in turn. Where these do not come to rest there is no answer.
"""

from collections.abc import Sequence

import numpy as np

from pricewar.agents.games.first_order import Problem, best_at
from pricewar.agents.games.nash import conditions, nash
from pricewar.sim.market.demand import Demand, Floats, Ints, Mask

GAIN = 1e-6
"""Share of profit that a deviation must bring to count as one."""
ROUNDS = 20
"""Rounds of best responses before the search is given up."""
UNSOLD = 1e-9
"""Share of all tokens below which an offer at its cost has no buyer."""
STEPS = 30
"""Steps from the last solution before everything is solved anew."""
EXACT = 1e-9
"""Largest first-order residual that counts as solved."""
MOVED = 0.3
"""Change of an owner's prices, costs or tokens, in logarithms, after which its deviations are looked for again."""
POINTS = 13
"""Mark-ups at which a deviation is looked for."""
REACH = 4.0
"""Logarithm of the largest multiple of a mark-up, up and down, that is looked at."""
APART = 0.5
"""Logarithm of a ratio of mark-ups within which prices belong to one peak."""
NEARLY = 0.05
"""Share of profit by which another peak may seem lower between the points, and still be looked into."""


class StaticNash:
    """Static Nash prices of a market, followed from one solution to the next."""

    def __init__(self) -> None:
        """Nothing is solved yet."""
        self._price: dict[int, float] = {}
        """The last solution, by position. [money/Mtok]"""
        self._checked: dict[tuple[int, ...], Floats] = {}
        """Prices, costs and tokens at which an owner's deviations were last looked for, shape (3, m)."""

    def prices(self, demand: Demand, price: Floats, owners: Sequence[Ints], cost: Floats) -> Floats:
        """Prices at which nobody gains by another, shape (K,); nan where there are none, or nobody buys. [money/Mtok]

        price: of all offers, shape (K,); those that nobody in `owners` has are given. owners: positions of each
        owner's offers. cost: what a token costs its seller, shape (K,). Of several equilibria it is one near the last.
        """
        answer = np.full(price.size, np.nan)
        sold = bought_at_cost(demand, price, owners, cost)
        playing = [own[sold[own]] for own in owners if sold[own].any()]
        if not playing:
            return answer
        moving = np.sort(np.concatenate(playing))
        facing = demand.without(np.setdiff1d(np.concatenate(owners), moving))
        start = price.copy()
        start[moving] = np.maximum(price[moving], cost[moving] + 1e-3 * max(float(price[moving].max()), 1e-9))
        for k in moving.tolist():
            start[k] = self._price.get(k, start[k])
        solved = _near(facing, start, playing, cost)
        solved = nash(facing, start, playing, cost) if solved is None else solved
        solved = self._verified(facing, solved if np.all(np.isfinite(solved)) else start, playing, cost)
        self._price = {} if solved is None else {k: float(solved[k]) for k in moving.tolist()}
        if solved is not None:
            answer[moving] = solved[moving]
        return answer

    def _verified(self, demand: Demand, solved: Floats, owners: Sequence[Ints], cost: Floats) -> Floats | None:
        """The prices, or better ones, at which nobody gains by a deviation; None where none are found."""
        price = solved.copy()
        for _ in range(ROUNDS):
            at_rest = True
            tokens = demand.quantities(price)
            for own in owners:
                state, name = np.stack([price[own], cost[own], tokens[own]]), tuple(own.tolist())
                before = self._checked.get(name)
                if before is not None and _alike(state, before):
                    continue
                better = best_deviation(demand, price, own, cost)
                if better is None:
                    self._checked[name] = state
                else:
                    price[own], at_rest = better, False
            if at_rest:
                return price
            self._checked.clear()
            near = _near(demand, price, owners, cost)
            price = price if near is None else near
        return None


def _alike(state: Floats, before: Floats) -> bool:
    """Whether nothing has moved much, shapes (3, m)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return bool(np.nan_to_num(np.abs(np.log(state / before)), nan=0.0).max() < MOVED)


def _near(demand: Demand, start: Floats, owners: Sequence[Ints], cost: Floats) -> Floats | None:
    """Prices near `start` at which all first-order conditions hold, by Broyden's (1965) method; None if not settled.

    The first derivative is taken to be diagonal: what a rival's price does to a best price is small beside one's own.
    """
    residual = conditions(demand, start, owners, cost)
    moving = np.sort(np.concatenate(owners))
    with np.errstate(all="ignore"):
        at = np.zeros(moving.size)
        value, aside = residual(at), residual(np.full(moving.size, 1e-6))
        inverse = np.diag(1e-6 / (aside - value))
        for _ in range(STEPS):
            if not np.all(np.isfinite(inverse @ value)):
                return None
            if np.abs(value).max() < EXACT:
                solved = start.copy()
                solved[moving] = start[moving] * np.exp(at)
                return solved
            step = np.clip(-inverse @ value, -1.0, 1.0)
            at = at + step
            after = residual(at)
            change = inverse @ (after - value)
            inverse = inverse + np.outer(step - change, step @ inverse) / float(step @ change)
            value = after
    return None


def best_deviation(demand: Demand, price: Floats, own: Ints, cost: Floats) -> Floats | None:
    """Other prices of its own that bring an owner more while everybody else keeps to `price`; None if none do.

    own: positions of its offers, shape (m,). Returns shape (m,). [money/Mtok] A search over all prices follows where a
    look over mark-ups, line by line and together, finds any that may be better.
    """
    problem = Problem(demand, price, own, cost[own], np.zeros(own.size), np.inf)
    posted, (trials, lines) = price[own], _elsewhere(price[own], cost[own])
    with np.errstate(all="ignore"):  # far out nothing is sold
        now, *others = problem.net_profits(np.vstack([posted, trials]), 0.0).tolist()
        earned = np.abs(problem.facing.quantities(posted) * (posted - cost[own]))
    at_stake = np.append(earned, earned.sum())[lines]
    if np.all(np.nan_to_num(others, nan=-np.inf) < now - NEARLY * at_stake):
        return None
    best = best_at(problem, 0.0, posted)
    then = float(problem.net_profits(best[None, :], 0.0)[0])
    return best if then > now + GAIN * abs(now) else None


def _elsewhere(price: Floats, cost: Floats) -> tuple[Floats, Ints]:
    """Prices far from `price`, shape (G, m), and the line that each changes, m for all together, shape (G,).

    Free, and mark-ups over a wide range.
    """
    ratio = np.exp(np.linspace(-REACH, REACH, POINTS))
    ratio = ratio[np.abs(np.log(ratio)) > APART]
    alone = np.tile(price, (price.size, ratio.size, 1))
    for k in range(price.size):
        alone[k, :, k] = cost[k] + ratio * (price[k] - cost[k])
    together = cost + ratio[:, None] * (price - cost)
    which = np.repeat(np.arange(price.size + 1), ratio.size)
    trials = np.concatenate([alone.reshape(-1, price.size), together, np.zeros((1, price.size))])
    return trials, np.append(which, price.size)


def bought_at_cost(demand: Demand, price: Floats, owners: Sequence[Ints], cost: Floats) -> Mask:
    """Which offers somebody would buy if all of `owners` were sold at cost, shape (K,)."""
    cheapest = price.copy()
    for own in owners:
        cheapest[own] = cost[own]
    tokens = demand.quantities(cheapest)
    bought: Mask = tokens > UNSOLD * max(float(tokens.sum()), 1e-300)
    return bought
