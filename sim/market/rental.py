"""The market for an hour of a rented accelerator: one rent at which all that is offered and worth running is let.

    inside + D0·g·(r/r0)^(−e) = S(r)

Renters inside the scenario (labs, hosts, buyers with machines of their own) hold on to what they rent within a week;
the rest of the world answers the rent with a constant elasticity e. Supply is vertical above what running a machine
costs and flat at it: below its running cost an owner switches off. Where all stocks run at no cost the rent is

    r = r0·(D0·g/(S − inside))^(1/e)

Rents are power included. At a ceiling owners elsewhere take machines out of their own use, as many as are asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, inf


@dataclass(frozen=True, slots=True)
class Stock:
    """Idle accelerators of one owner."""

    owner: str
    """Who gets the rent."""
    count: float
    """How many. [accelerator]"""
    running: float
    """Rent below which they stay switched off: power and upkeep. [money/accelerator-hour]"""


@dataclass(frozen=True, slots=True)
class Appetite:
    """Demand at any rent: what is held inside, and what the rest of the world would take."""

    inside: float
    """Accelerators rented inside the scenario, whatever the rent this week. [accelerator]"""
    outside: float
    """What the rest of the world would rent at the opening rent. [accelerator]"""
    opening: float
    """Opening rent r0. [money/accelerator-hour]"""
    elasticity: float
    """e, above 0. [1]"""

    def at(self, rent: float) -> float:
        """Accelerators asked for at a rent above 0. [accelerator]

        >>> Appetite(inside=10.0, outside=100.0, opening=2.0, elasticity=1.0).at(4.0)
        60.0
        """
        return float(self.inside + self.outside * (rent / self.opening) ** -self.elasticity)

    def rent(self, supply: float) -> float:
        """Rent at which a supply is all taken; inf where those inside alone ask for more. [money/accelerator-hour]

        >>> Appetite(inside=10.0, outside=100.0, opening=2.0, elasticity=1.0).rent(60.0)
        4.0
        """
        left = supply - self.inside
        if left < 0.0 or (left == 0.0 and self.outside > 0.0):
            return inf
        if self.outside == 0.0:
            return 0.0
        try:
            return float(self.opening * (self.outside / left) ** (1.0 / self.elasticity))
        except OverflowError:  # what is left is next to nothing
            return inf


@dataclass(frozen=True, slots=True)
class Cleared:
    """The market of a week."""

    rent: float
    """Rent, power included. [money/accelerator-hour]"""
    demand: float
    """Accelerators rented. [accelerator]"""
    offered: float
    """Accelerators that owners have idle, and those that came at the ceiling. [accelerator]"""
    let: Mapping[str, float]
    """Accelerators let by each owner; all together are the demand. [accelerator]"""


def clear(stocks: Sequence[Stock], appetite: Appetite, *, ceiling: float, elsewhere: str) -> Cleared:
    """Find the rent at which all that is worth running is let.

    ceiling: rent at which more comes from elsewhere, at least the highest running cost. [money/accelerator-hour]
    elsewhere: who gets the rent of what comes at the ceiling. The order of the stocks is without effect.

    >>> stocks = [Stock("a", 30.0, 0.5), Stock("b", 20.0, 0.5)]
    >>> clear(stocks, Appetite(inside=0.0, outside=100.0, opening=2.0, elasticity=1.0), ceiling=20.0, elsewhere="c")
    Cleared(rent=4.0, demand=50.0, offered=50.0, let={'a': 30.0, 'b': 20.0})
    """
    stocks = sorted(stocks, key=lambda stock: (stock.running, stock.owner))
    costs = sorted({stock.running for stock in stocks if stock.count > 0.0})
    top = max([ceiling, *costs])
    let = dict.fromkeys([*(stock.owner for stock in stocks), elsewhere], 0.0)
    rent, marginal, below = top, inf, 0.0
    for running, dearer in zip(costs, [*costs, top][1:], strict=True):
        supply = _supply(stocks, running)
        if appetite.rent(supply) <= dearer:
            rent, marginal = max(appetite.rent(supply), running), running
            break
        below = supply
    demand = appetite.at(rent) if rent > 0.0 else appetite.inside + appetite.outside
    there = fsum(stock.count for stock in stocks)
    # Those who run cheaper let all that they have; at the margin each lets the same share.
    margin = fsum(stock.count for stock in stocks if stock.running == marginal)
    share = 1.0 if rent > marginal else min(1.0, (demand - below) / margin) if margin > 0.0 else 0.0
    for stock in stocks:
        if stock.running <= marginal:
            let[stock.owner] += stock.count * (share if stock.running == marginal else 1.0)
    extra = max(0.0, demand - there) if marginal == inf else 0.0
    let[elsewhere] += extra
    return Cleared(rent, demand, there + extra, {owner: count for owner, count in let.items() if count > 0.0})


def _supply(stocks: Sequence[Stock], rent: float) -> float:
    """Accelerators worth running at a rent. [accelerator]"""
    return fsum(stock.count for stock in stocks if stock.running <= rent)
