"""A seller's problem, written plainly: first-order conditions, machines, the menu cost, and what a firm remembers.

Best prices are found by Newton's method on the first-order conditions, the shadow price of machines by halving an
interval: neither is how the fast program does it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import exp, inf, isfinite, log

from tests.reference.plain_beliefs import Demand

DAY = 86_400.0
Tiers = dict[str, float]
"""A number for every own offer, by the offer's name."""


@dataclass
class Conduct:
    """How a firm reviews; symbols as on the model page."""

    r_0: float = 1 / 30
    psi: float = 0.5
    regular: bool = False
    menu_cost: float = 0.15
    reversion: float = 180.0
    discount: float = 0.15
    target: float = 0.8
    """u*."""


@dataclass
class Line:
    """A product line: its first price, what it is, and what a token of it costs."""

    price: float
    marginal: float
    full: float
    seconds: float = 1.0
    falls: float = 0.0
    """Log points a year by which both costs fall."""
    capability: float = 0.0
    appeal: float = 0.0
    value: float = 0.0


@dataclass
class Habit:
    """A strategy by its kind, and the numbers that kind looks at."""

    kind: str = "best_response"
    focal: bool = True
    step: float = 0.1
    relent: bool = False
    markup: float = 0.2
    least_change: float = 0.05
    entry: float = 0.5
    ramp: float = 365.0
    path: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)


@dataclass
class Firm:
    """A seller: what it is, and what it remembers from one review to the next."""

    name: str
    lines: dict[str, Line]
    """By the offer's name."""
    habit: Habit
    conduct: Conduct
    next_hazard: Callable[[], float]
    """Draws how much review rate must add up before the next review; for regular reviewers the share of the interval
    before the first."""
    has_fleet: bool = False
    machines: float | None = None
    cash: float = 0.0
    payroll: float = 0.0
    region: str | None = None
    wedge: Tiers = field(default_factory=dict)
    frozen: Tiers = field(default_factory=dict)
    focal: Tiers = field(default_factory=dict)
    broken_until: Tiers = field(default_factory=dict)
    shadow: float = 0.0
    stance: str = "opening"
    seen: float = -inf
    counted: Tiers = field(default_factory=dict)
    """Tokens of each line sold in all by the last review."""
    wrong_by: Mapping[str, float] = field(default_factory=dict)
    """Factor by which it is wrong about each seller's cost, if it takes its own for that."""

    def marginal(self, name: str, time: float) -> float:
        """Energy and variable cost of a token today."""
        return self.lines[name].marginal * exp(-self.lines[name].falls * time / 365.25)

    def unit(self, name: str, time: float) -> float:
        """Full serving cost of a token today."""
        return self.lines[name].full * exp(-self.lines[name].falls * time / 365.25)

    @property
    def seconds(self) -> float:
        """Accelerator-seconds a day."""
        return inf if self.machines is None else DAY * self.machines

    @property
    def planned(self) -> float:
        """What of them it plans to use."""
        return self.conduct.target * self.seconds


@dataclass
class Problem:
    """What a firm maximises: sum over its offers of D(p)(p - c), within its machines."""

    demand: Demand
    price: Tiers
    """Of all offers."""
    cost: Tiers
    """Of own ones: marginal cost and whatever else holds the price."""
    seconds: Tiers
    capacity: float
    anew: Sequence[float] = ()
    """Of every segment, the share of buyers who choose anew before the next planned review; empty: all do."""
    bound: Sequence[Tiers] = ()
    """Of every segment, tokens at reference prices of own customers who do not, by offer."""

    @property
    def own(self) -> list[str]:
        return list(self.cost)

    def quantities(self, mine: Tiers) -> Tiers:
        """Own quantities at own prices, everybody else's as posted."""
        bought = self.demand.quantities(self.price | mine)
        return {k: bought[k] for k in self.own}

    def load(self, mine: Tiers) -> float:
        """Machine time asked for just before the next planned review."""
        load, price = 0.0, self.price | mine
        for number, segment in enumerate(self.demand.segments):
            share = segment.shares(price)
            for k in self.own:
                volume = segment.size * share[k]
                if self.anew:
                    volume = self.bound[number][k] + self.anew[number] * volume
                load += self.seconds[k] * volume * segment.prices.tokens(price[k])
        return load

    def served(self, mine: Tiers) -> float:
        """Share of demand that the machines can serve; a load beyond them is rationed, every offer alike."""
        return min(1.0, self.capacity / self.load(mine)) if self.load(mine) > 0.0 else 1.0

    def most(self, mine: Tiers, moving: Sequence[str]) -> float:
        """What a second earns at best on lines with customers: on those that keep their price, if there are any."""
        served = [k for k in self.own if any(bound[k] > 0.0 for bound in self.bound)]
        kept = [k for k in served if k not in moving]
        return max((max(0.0, (mine[k] - self.cost[k]) / self.seconds[k]) for k in kept or served), default=inf)

    def profit(self, mine: Tiers) -> float:
        """Profit on what the machines can serve."""
        return self.served(mine) * sum(q * (mine[k] - self.cost[k]) for k, q in self.quantities(mine).items())

    def conditions(self, mine: Tiers, moving: Sequence[str], shadow: float) -> list[float]:
        """1 + sum over own l of (p_l - c_l - shadow a_l) dD_l/dp_k / D_k, of every k that moves: zero at the best."""
        quantity, change = self.demand.slopes(self.price | mine, self.own)
        margin = {k: mine[k] - self.cost[k] - shadow * self.seconds[k] for k in self.own}
        return [1.0 + sum(margin[of] * change[of, k] for of in self.own) / quantity[k] for k in moving]

    def implied_cost(self) -> Tiers:
        """The costs at which posted prices satisfy the first-order conditions."""
        quantity, change = self.demand.slopes(self.price, self.own)
        rows = [[change[of, by] for of in self.own] for by in self.own]
        margin = solved(rows, [-quantity[k] for k in self.own])
        return {k: self.price[k] - m for k, m in zip(self.own, margin, strict=True)}


def solved(rows: list[list[float]], right: list[float]) -> list[float]:
    """Linear equations, by elimination with pivots."""
    table = [[*row, r] for row, r in zip(rows, right, strict=True)]
    for i in range(len(table)):
        pivot = max(range(i, len(table)), key=lambda n: abs(table[n][i]))
        table[i], table[pivot] = table[pivot], table[i]
        for n in range(len(table)):
            if n != i:
                ratio = table[n][i] / table[i][i]
                table[n] = [a - ratio * b for a, b in zip(table[n], table[i], strict=True)]
    return [row[-1] / row[i] for i, row in enumerate(table)]


def best_prices(problem: Problem, moving: Sequence[str], shadow: float, start: Tiers) -> Tiers:
    """Best prices of the offers that move, at a given shadow price; the others stay as in `start`.

    Where a sale is worth more than it costs the best price may be zero. Every set of such offers is given away in
    turn: where profit would not rise with any of their prices, and the others' conditions hold, the set is a candidate,
    and the candidate with the highest profit is taken.
    """
    cost = {k: problem.cost[k] + shadow * problem.seconds[k] for k in problem.own}
    cheap = [k for k in moving if cost[k] < 0.0]
    best, profit = None, -inf
    for size in range(len(cheap) + 1):
        for free in combinations(cheap, size):
            mine = inside(problem, [k for k in moving if k not in free], shadow, start | dict.fromkeys(free, 0.0))
            if mine is None or max(problem.conditions(mine, free, shadow), default=0.0) > 0.0:
                continue
            earned = replace(problem, cost=cost).profit(mine)
            if best is None or earned > profit:
                best, profit = mine, earned
    if best is None:
        raise ArithmeticError("Newton's method did not find the best prices")
    return best


def inside(problem: Problem, moving: Sequence[str], shadow: float, start: Tiers) -> Tiers | None:
    """Prices above zero at which the conditions of the offers that move hold, by Newton's method; None without."""
    cost = {k: problem.cost[k] + shadow * problem.seconds[k] for k in moving}
    # Above cost the conditions fall with the price; far below it they may rise, and Newton's method would run away.
    mine = start | {k: max(start[k], 1.1 * cost[k], 1e-3 * max(problem.price.values())) for k in moving}
    for _ in range(100 if moving else 0):
        now = problem.conditions(mine, moving, shadow)
        # Slopes by differences: Newton's method corrects itself, so they need not be exact.
        columns = []
        for k in moving:
            nudged = problem.conditions(mine | {k: mine[k] * exp(1e-6)}, moving, shadow)
            columns.append([(a - b) / 1e-6 for a, b in zip(nudged, now, strict=True)])
        rows = [list(row) for row in zip(*columns, strict=True)]
        try:
            steps = [max(-0.5, min(0.5, step)) for step in solved(rows, [-r for r in now])]
        except ZeroDivisionError:
            return None
        for k, step in zip(moving, steps, strict=True):
            mine[k] *= exp(step)
        if max(abs(step) for step in steps) < 1e-14:
            break
    return mine if all(abs(r) < 1e-10 for r in problem.conditions(mine, moving, shadow)) else None


def best_response(problem: Problem, moving: Sequence[str], start: Tiers) -> tuple[Tiers, float, bool]:
    """Best prices, the smallest shadow price of an accelerator-second at which the planned load fits (M3).

    And whether it does not fit even at the most that a second can be worth, which is its price then.
    """
    mine = best_prices(problem, moving, 0.0, start)
    if problem.load(mine) <= problem.capacity:
        return mine, 0.0, False
    low, high = 0.0, problem.most({k: max(mine[k], problem.price[k]) for k in problem.own}, moving)
    if isfinite(high) and problem.load(best := best_prices(problem, moving, high, mine)) > problem.capacity:
        return best, high, True
    high = min(high, max(max(mine[k], start[k]) / problem.seconds[k] for k in moving))
    while problem.load(best := best_prices(problem, moving, high, mine)) > problem.capacity:
        low, high, mine = high, 2.0 * high, best
    for _ in range(48):
        middle = (low + high) / 2.0
        mine = best_prices(problem, moving, middle, mine)
        low, high = (middle, high) if problem.load(mine) > problem.capacity else (low, middle)
    return best_prices(problem, moving, high, mine), high, False


def nash(demand: Demand, price: Tiers, cost: Tiers, owner: Mapping[str, str]) -> Tiers | None:
    """Static Nash prices: everybody answers everybody in turn until nobody moves; None where that does not settle."""
    now = dict(price)
    for _ in range(500):
        before = dict(now)
        for firm in sorted(set(owner.values())):
            own = {k: cost[k] for k in now if owner[k] == firm}
            problem = Problem(demand, now, own, dict.fromkeys(own, 0.0), inf)
            try:
                now |= best_prices(problem, list(own), 0.0, {k: now[k] for k in own})
            except (ArithmeticError, ValueError):
                return None
        if all(abs(log(now[k] / before[k])) < 1e-12 for k in now):
            return now
    return None
