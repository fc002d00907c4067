"""One day's market: what buyers ask for, what the machines can carry, and where the rest goes.

A seller short of capacity serves everybody the same share. Of what it cannot serve, a part waits for the next day
(and is asked for again then), a part goes to rivals with room, and the rest is lost. Buyers see the wait as a delay.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import fsum

import numpy as np

from pricewar.sim.market.demand import Floats, Ints
from pricewar.sim.units import MONTH


@dataclass(slots=True)
class Output:
    """Tokens that the market has made, for curves of cost that follow output rather than the clock."""

    cumulative: float = 0.0
    """Since the beginning of the burn-in. [Mtok]"""
    current: float = 0.0
    """Yesterday. [Mtok/day]"""
    first: tuple[float, float] | None = None
    """Both on the first day."""
    made: dict[str, float] = field(default_factory=dict)
    """Since the first day, by seller. [Mtok]"""
    everybody: float = 0.0
    """The same by all. [Mtok]"""

    def note(self, day: int, tokens: float, by_seller: Mapping[str, float]) -> None:
        """Add a day's tokens: of everybody, and of each."""
        self.cumulative += tokens
        self.current = tokens
        if day < 0:
            return
        if self.first is None:
            self.first = (self.cumulative, self.current)
        for seller, amount in by_seller.items():
            self.made[seller] = self.made.get(seller, 0.0) + amount
        self.everybody = fsum(self.made.values())

    def relative(self) -> tuple[float, float]:
        """Cumulative and current output over those of the first day; one before it. [1]"""
        if self.first is None or min(self.first) <= 0.0:
            return 1.0, 1.0
        return self.cumulative / self.first[0], max(self.current, 1e-9 * self.first[1]) / self.first[1]


class Sales:
    """Tokens sold at every position of the board."""

    def __init__(self) -> None:
        """Nothing is sold yet."""
        self.recent: deque[Floats] = deque(maxlen=MONTH)
        self.total: Floats = np.zeros(0)
        """In all, burn-in included, shape (K,). [Mtok]"""

    def note(self, tokens: Floats) -> None:
        """Add a day; tokens: shape (K,), K never falls. [Mtok/day]"""
        self.recent.append(tokens)
        total = tokens.copy()
        total[: self.total.size] += self.total
        self.total = total

    def daily(self, k: int) -> float:
        """Mean of the last month, or of the days since the offer came; zero before its first. [Mtok/day]"""
        sold = [float(day[k]) for day in self.recent if day.size > k]
        return sum(sold) / len(sold) if sold else 0.0

    def ever(self, k: int) -> float:
        """Everything sold at a position. [Mtok]"""
        return float(self.total[k]) if k < self.total.size else 0.0


@dataclass(frozen=True, slots=True)
class Market:
    """The day's market in arrays: S segments, K offers, J sellers."""

    sellers: tuple[str, ...]
    owner: Ints
    """Seller of each offer, shape (K,)."""
    asked: Floats
    """Tokens asked for today, shape (S, K). [Mtok/day]"""
    waited: Floats
    """Tokens left from yesterday, shape (S, K). [Mtok/day]"""
    seconds: Floats
    """Accelerator-seconds per Mtok, shape (K,)."""
    capacity: Floats
    """Accelerator-seconds a day of each seller, shape (J,). [s/day]"""


@dataclass(frozen=True, slots=True)
class Service:
    """What became of a day's demand. Shapes: S segments, K offers, J sellers; tokens in Mtok/day."""

    served: Floats
    """Tokens served by each offer, spill-over included, shape (S, K)."""
    spilled: Floats
    """Tokens that left each offer for another one, shape (S, K)."""
    arrived: Floats
    """Tokens that came to each offer from another one, shape (S, K)."""
    waiting: Floats
    """Tokens that wait for tomorrow, shape (S, K)."""
    lost: Floats
    """Tokens that nobody serves, shape (S, K)."""
    load: Floats
    """Accelerator-seconds used by each seller, shape (J,). [s/day]"""
    delay: Floats
    """Days of work that wait at each seller, shape (J,). [day]"""
    turned_away: Floats
    """Share of the work asked of each seller that it cannot do today, shape (J,). [1]"""

    def gap(self, demand: Floats, waited: Floats) -> float:
        """How far tokens asked for differ from tokens accounted for, as a share; zero but for rounding."""
        asked = float(demand.sum() + waited.sum())
        told = float(self.served.sum() + self.waiting.sum() + self.lost.sum())
        return abs(asked - told) / max(asked, 1e-300)


def clear(
    demand: Floats,
    waited: Floats,
    seconds: Floats,
    owner: Ints,
    capacity: Floats,
    *,
    patience: float,
    mobility: float,
) -> Service:
    """Serve a day's demand with finite capacity.

    demand: tokens asked for today, shape (S, K). [Mtok/day] waited: tokens left from yesterday, shape (S, K).
    seconds: accelerator-seconds per Mtok of each offer, shape (K,). owner: seller of each offer, shape (K,).
    capacity: of each seller, inf where unlimited, shape (J,). [s/day]
    patience: share of unserved tokens that waits. mobility: share of the rest that tries a rival at once.
    """
    asked = demand + waited
    sellers = capacity.size
    wanted = np.bincount(owner, asked.sum(axis=0) * seconds, minlength=sellers)
    if np.all(wanted <= capacity):  # the usual day: everybody has room
        nothing = np.zeros_like(asked)
        load, nobody = wanted.astype(np.float64), np.zeros(sellers)
        return Service(asked, nothing, nothing, nothing, nothing, load, nobody, nobody)
    fits = np.divide(capacity, wanted, out=np.ones(sellers), where=wanted > capacity)
    share = fits[owner]
    served = asked * share
    unserved = asked - served
    waiting = patience * unserved
    leaving = mobility * (unserved - waiting)
    load = np.minimum(wanted, capacity)
    arrived = _spill_over(leaving, asked, seconds, owner, capacity - load)
    # Rivals take in proportion, so what finds no room is lost in proportion as well.
    total = leaving.sum(axis=1, keepdims=True)
    placed = np.divide(arrived.sum(axis=1, keepdims=True), total, out=np.zeros_like(total), where=total > 0)
    spilled = leaving * placed
    lost = unserved - waiting - spilled
    load = load + np.bincount(owner, arrived.sum(axis=0) * seconds, minlength=sellers)
    waiting_load = np.bincount(owner, waiting.sum(axis=0) * seconds, minlength=sellers)
    delay = np.divide(waiting_load, capacity, out=np.zeros(sellers), where=capacity > 0)
    return Service(served + arrived, spilled, arrived, waiting, lost, load, delay, 1.0 - fits)


def _spill_over(leaving: Floats, asked: Floats, seconds: Floats, owner: Ints, spare: Floats) -> Floats:
    """Tokens that offers with room take over, in proportion to their own demand in the segment, shape (S, K).

    Simplification: one round; who finds the rival full that day does not try a third.
    """
    room = spare > 0.0
    open_to = np.where(room[owner], asked, 0.0)
    total = open_to.sum(axis=1, keepdims=True)
    share = np.divide(open_to, total, out=np.zeros_like(asked), where=total > 0)
    offered = leaving.sum(axis=1, keepdims=True) * share
    offered_load = np.bincount(owner, offered.sum(axis=0) * seconds, minlength=spare.size)
    # A share of 1 - 1e-12 leaves the last bit of room free: rounding must not overfill a seller.
    fits = np.divide(spare * (1 - 1e-12), offered_load, out=np.ones(spare.size), where=offered_load > spare)
    arrived: Floats = offered * fits[owner]
    return arrived
