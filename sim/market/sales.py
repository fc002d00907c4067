"""What has been made and sold so far: by the market, by each seller, at every offer."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import fsum

import numpy as np

from pricewar.sim.market.demand import Floats
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
        """Mean of the last month, or of the days since the offer came; nought before its first. [Mtok/day]"""
        sold = [float(day[k]) for day in self.recent if day.size > k]
        return sum(sold) / len(sold) if sold else 0.0

    def ever(self, k: int) -> float:
        """Everything sold at a position. [Mtok]"""
        return float(self.total[k]) if k < self.total.size else 0.0
