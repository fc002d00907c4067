r"""The seller's first-order condition, solved.

A seller with offers k chooses prices that maximise :math:`\sum_k D_k(p)(p_k - \hat c_k)`, so that

.. math:: 1 + \sum_l (p_l - \hat c_l)\, \frac{\partial D_l/\partial p_k}{D_k} = 0 \qquad \text{for every own } k

(Berry, Levinsohn & Pakes 1995, eq. 3.3, here for one owner). With finite capacity the cost holds the shadow price
of an accelerator-second: :math:`\hat c_k = c_k + w_k + \lambda a_k`, with the smallest :math:`\lambda \ge 0` at
which the planned load of the best prices fits (Kreps & Scheinkman 1983, where capacity is set before prices are). The
load is that of the weeks for which the price is planned (`sim/market/window.py`); a second is worth no more than the
rent of another one, nor than it earns. Prices are solved as multiples of a price, so that a change of currency by a
power of two changes no bit of the multiples.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations

import numpy as np

from pricewar.agents.games.corner import with_free_offers
from pricewar.agents.games.global_search import Search
from pricewar.sim.market.demand import Demand, Floats, Ints, Mask
from pricewar.sim.market.window import Window, asked_in

EXACT = 1e-12
"""Tolerance of the solver, on prices as multiples of the starting ones."""
STEPS = 20
"""Secants before the hybrid method is asked."""
ACCEPTED = 1e-8
"""Largest first-order residual that still counts as solved."""


def zero_of(residual: Callable[[Floats], Floats], start: Floats) -> Floats | None:
    """Zero of a residual in logarithms of multiples; None where the solver does not get there."""
    from scipy.optimize import root

    if start.size == 1 and (alone := _by_secants(residual, float(start[0]))) is not None:
        return np.array([alone])
    limit = {"xtol": EXACT, "maxfev": 60 * start.size}
    solution = root(residual, start, method="hybr", options=limit)  # type: ignore[call-overload]
    value = np.asarray(solution.fun)
    good = bool(np.all(np.isfinite(value)) and np.max(np.abs(value)) < ACCEPTED)
    return np.asarray(solution.x, dtype=np.float64) if good else None


def _by_secants(residual: Callable[[Floats], Floats], start: float) -> float | None:
    """The zero of one condition by secants: a fraction of the hybrid method's work; None where they do not settle."""
    before, at = start, start + 0.01
    left, right = float(residual(np.array([before]))[0]), float(residual(np.array([at]))[0])
    for _ in range(STEPS):
        if not np.isfinite(right) or right == left:
            return None
        before, left, at = at, right, at - float(np.clip(right * (at - before) / (right - left), -1.0, 1.0))
        if abs(at - before) < EXACT:
            return at if abs(right) < ACCEPTED else None
        right = float(residual(np.array([at]))[0])
    return None


SHADOW = 1e-12
"""Relative width to which a shadow price is bracketed."""
GAIN = 1e-9
"""Share of profit by which other prices must be better."""
NEARLY = 0.95
"""Load over capacity from which a seller is taken for full."""
MANY = 3
"""Lines beyond which not every set of gifts is looked into."""
REACH = 40.0
"""Logarithm of the largest multiple of its start at which a mark-up is sought."""
PROMISING = 0.9
"""Share of the best profit so far that giving an offer away must leave, all else equal, to be looked into."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One seller's pricing problem: demand, the prices of everybody, and its own costs."""

    demand: Demand
    price: Floats
    """Posted prices of all offers, shape (K,). [money/Mtok]"""
    own: Ints
    """Positions of the seller's offers, shape (m,)."""
    cost: Floats
    """Marginal cost and whatever else a token costs the seller but capacity, shape (m,). [money/Mtok]"""
    seconds: Floats
    """Accelerator-seconds per Mtok of each own offer, shape (m,). [s/Mtok]"""
    capacity: float
    """Accelerator-seconds a day that the seller plans to use; infinite without limit. [s/day]"""
    moving: Ints | None = None
    """Which of the own offers are repriced (positions among them); None for all. The others keep their price and
    still count: what a cut takes from one's own flagship is no gain."""
    partners: Ints | None = None
    """Positions of offers of other sellers under the same owner, shape (m',): what they earn counts, but their prices
    and machines are their own affair."""
    partners_cost: Floats | None = None
    """What a token costs there, shape (m',). [money/Mtok]"""
    window: Window | None = None
    """The weeks whose load must fit; None: the long run, in which everybody has chosen anew."""
    rent: float = np.inf
    """What another accelerator-second costs, if machines can be had within these weeks. [money/s]"""

    facing: Demand = field(init=False)
    """Residual demand: what the own offers, and then those of partners, face while everybody else keeps its price."""

    def __post_init__(self) -> None:
        """Sum up the rivals once."""
        group = self.own if self.partners is None else np.concatenate([self.own, self.partners])
        object.__setattr__(self, "facing", self.demand.residual(self.price, group))

    @property
    def free(self) -> Ints:
        """Positions among the own offers that are repriced."""
        return np.arange(self.own.size, dtype=np.intp) if self.moving is None else self.moving

    def filled(self, moved: Floats) -> Floats:
        """Own prices with those of the repriced offers replaced, shape (m,)."""
        mine = self.price[self.own].copy()
        mine[self.free] = moved
        return mine

    def group(self, mine: Floats) -> Floats:
        """Own prices and those of partners, shape (m + m',)."""
        return mine if self.partners is None else np.append(mine, self.price[self.partners])

    def group_cost(self, cost: Floats) -> Floats:
        """Own costs and those of partners, shape (m + m',). [money/Mtok]"""
        return cost if self.partners_cost is None else np.append(cost, self.partners_cost)

    def full_cost(self, shadow: float) -> Floats:
        """Cost with what the machine time is worth at a shadow price of capacity, shape (m,). [money/Mtok]"""
        return self.cost + shadow * self.seconds

    def load(self, mine: Floats) -> float:
        """Accelerator-seconds a day that own prices `mine` ask for within the window. [s/day]"""
        m = np.arange(self.own.size, dtype=np.intp)
        return float(asked_in(self.window, self.facing, self.group(mine), m) @ self.seconds)

    def served(self, mine: Floats) -> float:
        """Share of what is asked of every offer that the machines can serve at own prices `mine`. [1]"""
        load = self.load(mine)
        return min(1.0, self.capacity / load) if load > 0.0 else 1.0

    def most(self, mine: Floats) -> float:
        """The most that a second can be worth at own prices `mine`: another one's rent, or what it earns. [money/s]

        It earns the best margin among the lines that have customers, and that keep their price if there are some: who
        is turned away there would be served in it. Before any line has customers, nothing is known.
        """
        if self.window is None:
            return self.rent
        served = np.flatnonzero(self.window.bound.sum(axis=0) > 0.0)
        kept = np.setdiff1d(served, self.free)
        earns = ((mine - self.cost) / self.seconds)[kept if kept.size else served]
        return min(self.rent, max(0.0, float(earns.max())) if earns.size else np.inf)

    def profit(self, mine: Floats, shadow: float = 0.0) -> float:
        """Profit a day at own prices `mine`, on what the capacity can serve. [money/day]

        A load beyond capacity is rationed, every offer alike: demand that is turned away earns nothing. What partners
        earn is added. Machine time counts at its shadow price: where everything is served, this is `net_profits`, and
        elsewhere less, so that both are greatest at the same prices. By it a seller compares whatever it compares.
        """
        quantity, m = self.facing.quantities(self.group(mine)), self.own.size
        profit = self.served(mine) * float(quantity[:m] @ (mine - self.full_cost(shadow)))
        if self.partners is None or self.partners_cost is None:
            return profit
        return profit + float(quantity[m:] @ (self.price[self.partners] - self.partners_cost))

    def net_profits(self, moved: Floats, shadow: float) -> Floats:
        """Profit with machine time counted at its shadow price, at G sets of prices of the repriced offers, shape (G,).

        moved: shape (G, m). [money/Mtok] Which prices are best is told by it; what partners earn is added. [money/day]
        """
        total: Floats = self.net_profits_by_segment(moved, shadow).sum(axis=1)
        return total

    def net_profits_by_segment(self, moved: Floats, shadow: float) -> Floats:
        """What each segment of buyers brings in of that, shape (G, S). [money/day]"""
        prices = np.tile(self.group(self.price[self.own]), (len(moved), 1))
        prices[:, self.free] = moved
        margin = prices - self.group_cost(self.full_cost(shadow))
        earned: Floats = (self.facing.quantities_at(prices) * margin[:, None, :]).sum(axis=2)
        return earned


@dataclass(frozen=True, slots=True)
class Solution:
    """Best prices and the shadow price of capacity at them."""

    price: Floats
    """Shape (m,). [money/Mtok]"""
    shadow: float
    """Lambda. [money per accelerator-second]"""
    short: bool = False
    """Whether the load does not fit even at the most that a second is worth: it is rationed then."""


def implied_cost(demand: Demand, price: Floats, own: Ints) -> Floats:
    """The costs at which posted prices satisfy the first-order condition, shape (m,). [money/Mtok]

    This is how the prices of the first day are made a rest point.
    """
    quantity, jacobian = demand.slopes(price, own)
    implied: Floats = price[own] + np.linalg.solve(jacobian.T, quantity)
    return implied


def long_run_markup(demand: Demand, price: Floats, own: Ints, unit: Floats) -> Floats:
    r"""What each own offer would ask above its full cost in the long run, rivals' prices as they are, shape (m,).

    The mark-up of a first-order condition at full cost, :math:`-D_k/(\partial D_k/\partial p_k)` at its own price.
    Simplification: each offer by itself, because what one's own models take from one another is a matter of today.
    unit: full cost of each own offer, shape (m,). [money/Mtok]
    """
    facing, everyone = demand.residual(price, own), np.arange(own.size)
    posted = np.maximum(price[own], unit)
    markup: Floats = np.maximum(unit, 0.25 * price.max())
    for k in range(own.size):

        def condition(log_multiple: Floats, k: int = k) -> Floats:
            mine = posted.copy()
            mine[k] = unit[k] + markup[k] * np.exp(log_multiple[0])
            quantity, jacobian = facing.slopes(mine, everyone)
            # Where nothing is sold any more the price is too high.
            rest: Floats = 1.0 + (mine[k] - unit[k]) * jacobian[k, k] / quantity[k : k + 1]
            return np.nan_to_num(rest, nan=-1.0, neginf=-1.0)

        with np.errstate(all="ignore"):
            zero = zero_of(condition, np.zeros(1))
            step = float(zero[0]) if zero is not None else _bracketed(condition)
        markup[k] *= np.exp(step)
    return markup


def _bracketed(condition: Callable[[Floats], Floats]) -> float:
    """Zero of a falling condition in the logarithm of a multiple, as far as one can be bracketed."""
    from scipy.optimize import brentq

    def at(log_multiple: float) -> float:
        return float(condition(np.array([log_multiple]))[0])

    low, high = -REACH, REACH
    if not at(low) > 0.0 > at(high):
        return low if at(low) <= 0.0 else high
    return float(brentq(at, low, high, xtol=EXACT))


def long_run_elasticity(demand: Demand, price: Floats, own: Ints, unit: Floats) -> Floats:
    """Own-price elasticities, positive, shape (m,): at posted prices, or in the long run where those are inelastic.

    unit: full cost of each own offer, shape (m,). [money/Mtok] Demand that is nearly free is inelastic, which says
    nothing about what could be asked in the long run.
    """
    quantity, jacobian = demand.slopes(price, own)
    elasticity: Floats = -np.diagonal(jacobian) * price[own] / np.maximum(quantity, 1e-300)
    if np.all(elasticity > 1.05):
        return elasticity
    later: Floats = 1.0 + unit / long_run_markup(demand, price, own, unit)
    return np.where(elasticity > 1.05, elasticity, later)


def _residual(problem: Problem, moved: Floats, cost: Floats) -> Floats:
    """First-order residuals of the repriced offers; cost: shape (m,)."""
    prices, m = problem.group(problem.filled(moved)), problem.own.size
    quantity, jacobian = problem.facing.slopes(prices, np.arange(prices.size))
    residual: Floats = 1.0 + ((prices - problem.group_cost(cost)) @ jacobian) / quantity
    return residual[:m][problem.free]


def best_at(problem: Problem, shadow: float, start: Floats) -> Floats:
    """The best prices of the repriced offers at a given shadow price.

    start: where to begin, one for each repriced offer; where zero, the largest stands for it. [money/Mtok]
    Returns the same shape. Where a sale is worth more than it costs the best price may be zero (`corner`). A solution
    of the first-order conditions is held against a search over all prices (`global_search`).
    """
    return _best_from(problem, shadow, _stationary(problem, shadow, _positive(problem, start)))


def _best_from(problem: Problem, shadow: float, solved: Floats) -> Floats:
    """The best prices at a given shadow price, held against some that satisfy their first-order conditions."""
    if problem.facing.one_peak(problem.group_cost(problem.full_cost(shadow))):
        return solved

    def polish(price: Floats) -> Floats | None:
        return _stationary(problem, shadow, np.where(price > 0.0, price, _positive(problem, solved)))

    with np.errstate(all="ignore"):  # far out nothing is sold, or exponentials run over; the best is looked for
        profit = partial(problem.net_profits_by_segment, shadow=shadow)
        search = Search(profit, _scale(problem, shadow), problem.facing.kinks().ravel())
        return search.best(polish, solved)


def _scale(problem: Problem, shadow: float) -> float:
    """A price about at which offers sell. [money/Mtok]"""
    return float(max(problem.price[problem.own].max(), np.abs(problem.full_cost(shadow)).max()))


def _stationary(problem: Problem, shadow: float, start: Floats) -> Floats:
    """Prices of the repriced offers that satisfy their first-order conditions at a given shadow price.

    Falls back on one offer at a time (each by bracketing its markup) where the joint solver fails.
    """
    cost = problem.full_cost(shadow)

    def residual(log_multiple: Floats) -> Floats:
        return _residual(problem, start * np.exp(log_multiple), cost)

    with np.errstate(all="ignore"):  # far from the solution exponentials run over; the result is checked
        if np.any(cost[problem.free] < 0.0):  # a sale may be worth more than it costs, and the best price zero
            cornered = _maybe_free(problem, cost, start)
            if cornered is not None:
                return cornered
        zero = zero_of(residual, np.zeros_like(start))
        if zero is not None:
            return start * np.exp(zero)
        return _one_by_one(problem, cost, start)


def _maybe_free(problem: Problem, cost: Floats, start: Floats) -> Floats | None:
    """Best prices where some may be zero: sought from giving away nothing, one offer, or all that pay for it."""
    pays = replace(problem, cost=cost)
    gifts = cost[problem.free] < 0.0

    def profit(price: Floats) -> float:
        return float(pays.net_profits(price[None, :], 0.0)[0])

    def sought(free: Mask) -> Floats | None:
        return with_free_offers(lambda price: _residual(problem, price, cost), zero_of, start, free)

    best = sought(np.zeros_like(gifts))
    for free in _subsets(gifts):
        # A gift that costs much before anything is solved anew is not worth solving for.
        if best is None or profit(np.where(free, 0.0, best)) > PROMISING * profit(best):
            candidate = sought(free)
            best = candidate if best is None or (candidate is not None and profit(candidate) > profit(best)) else best
    return best


def _subsets(gifts: Mask) -> Iterator[Mask]:
    """What may be given away: all of it, and less; a firm with many lines gives one away, or all."""
    which = np.flatnonzero(gifts)
    sizes = range(1, which.size + 1) if which.size <= MANY else (1, which.size)
    for size in reversed(sizes):
        for some in combinations(which.tolist(), size):
            free = np.zeros_like(gifts)
            free[list(some)] = True
            yield free


def _one_by_one(problem: Problem, cost: Floats, start: Floats, sweeps: int = 200) -> Floats:
    """Coordinate ascent: each offer's own condition has one zero, which bracketing cannot miss."""
    from scipy.optimize import brentq

    mine = start.copy()
    for _ in range(sweeps):
        before = mine.copy()
        for k in range(mine.size):

            def own_residual(log_multiple: float, k: int = k) -> float:
                trial = mine.copy()
                trial[k] = start[k] * np.exp(log_multiple)
                # Where demand underflows the price is far too high: the condition is negative there.
                return float(np.nan_to_num(_residual(problem, trial, cost)[k], nan=-1.0))

            low, high = -25.0, 0.0
            while own_residual(high) > 0 and high < 25.0:
                high += 1.0
            if own_residual(low) > 0 > own_residual(high):
                mine[k] = start[k] * np.exp(brentq(own_residual, low, high, xtol=EXACT))
            elif own_residual(low) <= 0.0 and own_residual(-np.inf) <= 0.0:
                mine[k] = 0.0
        if np.allclose(mine, before, rtol=1e-11, atol=0.0):
            break
    return mine


def best_response(problem: Problem, start: Floats | None = None) -> Solution:
    """Best prices of all own offers, with the smallest shadow price of capacity at which planned load fits.

    Where it fits at no shadow price up to the most that a second is worth, that is taken, and the seller is short.
    start: where to begin, one for each repriced offer; left out, their posted prices.
    Raises ValueError for a seller without capacity.
    """
    begin = problem.price[problem.own][problem.free] if start is None else start
    # Who is full, or would be at its own best prices, is so at the best of all as a rule: its conditions are solved at
    # once then, which saves a search.
    gifts = bool(np.any(problem.cost < 0.0))
    full = not gifts and problem.load(problem.filled(begin)) > NEARLY * problem.capacity > 0.0
    bound = _best_bound(problem, begin) if full else None
    least = problem.most(problem.price[problem.own])  # below it a shadow price is never too high
    if bound is not None and bound.shadow <= least:
        return bound
    solved = _stationary(problem, 0.0, _positive(problem, begin))
    if not (full or gifts) and problem.load(problem.filled(solved)) > problem.capacity > 0.0:
        bound = _best_bound(problem, solved)
        if bound is not None and bound.shadow <= least:
            return bound
    free = _best_from(problem, 0.0, solved)
    if problem.load(problem.filled(free)) <= problem.capacity:
        return Solution(problem.filled(free), 0.0)
    if problem.capacity <= 0.0:
        raise ValueError("a seller without capacity cannot price; give it accelerators or take it out")
    # A posted price that is far too low says little of what a second earns.
    most = problem.most(np.maximum(problem.price[problem.own], problem.filled(free)))
    if np.isfinite(most):
        capped = problem.filled(best_at(problem, most, free))
        if problem.load(capped) > problem.capacity:
            return Solution(capped, most, short=True)
    bound = bound or _best_bound(problem, free)
    return bound if bound is not None and bound.shadow <= most else _bound_by_bracket(problem, free, most)


def _positive(problem: Problem, start: Floats) -> Floats:
    """Where to begin: the largest price where one is zero, which has no logarithm."""
    return np.where(start > 0.0, start, start.max(initial=0.0) or float(problem.price.max()))


def _best_bound(problem: Problem, begin: Floats) -> Solution | None:
    """Prices and shadow price at once, if no other prices earn more at that shadow price."""
    bound = _bound(problem, begin)
    if bound is None:
        return None
    solved = bound.price[problem.free]
    best = _best_from(problem, bound.shadow, solved)
    earned = problem.net_profits(np.stack([solved, best]), bound.shadow)
    return bound if earned[1] <= earned[0] + GAIN * abs(earned[0]) else None


def _bound(problem: Problem, free: Floats) -> Solution | None:
    """Prices and shadow price at once: every first-order condition, and load equal to capacity."""
    start = np.maximum(problem.price[problem.own][problem.free], free)
    if np.any(start <= 0.0):
        return None  # an offer that may stay free has no logarithm; the bracket below can tell
    if start.size == 1:
        return _bound_alone(problem, start)
    group = problem.group(problem.filled(start))
    implied = implied_cost(problem.facing, group, np.arange(group.size))[: problem.own.size]
    unit = float(np.max(start / problem.seconds[problem.free]))
    guess = float(np.max((implied - problem.cost) / problem.seconds)) / unit

    def residual(unknown: Floats) -> Floats:
        cost = problem.full_cost(unit * float(np.exp(unknown[-1])))
        prices = start * np.exp(unknown[:-1])
        load = problem.load(problem.filled(prices))
        return np.append(_residual(problem, prices, cost), np.log(load / problem.capacity))

    with np.errstate(all="ignore"):
        zero = zero_of(residual, np.append(np.zeros_like(start), np.log(max(guess, 1e-3))))
    if zero is None:
        return None
    return Solution(problem.filled(start * np.exp(zero[:-1])), unit * float(np.exp(zero[-1])))


def _bound_alone(problem: Problem, start: Floats) -> Solution | None:
    """The same of one repriced offer: the load tells its price, and its first-order condition the shadow price."""

    def excess(log_multiple: Floats) -> Floats:
        return np.log([problem.load(problem.filled(start * np.exp(log_multiple))) / problem.capacity])

    with np.errstate(all="ignore"):
        zero = zero_of(excess, np.zeros(1))
        if zero is None:
            return None
        price = start * np.exp(zero)
        unit = float(price[0] / problem.seconds[problem.free][0])
        free, dear = (float(_residual(problem, price, problem.full_cost(shadow))[0]) for shadow in (0.0, unit))
        shadow = unit * free / (free - dear)  # the condition is linear in it
    return Solution(problem.filled(price), shadow) if shadow > 0.0 else None


def _bound_by_bracket(problem: Problem, free: Floats, most: float) -> Solution:
    """Bracket the shadow price, each time at the prices that are best for it: load never rises with it.

    Where two sets of prices earn the same at a shadow price, load jumps: the lesser load is taken, and machines stand
    idle. Every search begins at the same prices. most: at which it fits, if finite. [money/s]
    """
    own = problem.price[problem.own][problem.free]
    unit = float(np.max(np.maximum(free, own) / problem.seconds[problem.free]))
    unit = unit or float(problem.price.max() / problem.seconds.min())  # all may be free

    def fits(multiple: float) -> Floats | None:
        prices = best_at(problem, multiple * unit, free)
        return prices if problem.load(problem.filled(prices)) <= problem.capacity else None

    low, high = 0.0, most / unit if np.isfinite(most) else 0.25
    while (best := fits(high)) is None:
        low, high = high, 4.0 * high
        if high > 1e9:
            raise ValueError("no price makes the planned load fit the capacity")
    while high - low > SHADOW * high:
        middle = 0.5 * (low + high)
        there = fits(middle)
        if there is None:
            low = middle
        else:
            best, high = there, middle
    return Solution(problem.filled(best), high * unit)
