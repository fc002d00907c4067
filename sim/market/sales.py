"""What every offer has sold: a month day by day, and in all."""

from collections import deque

import numpy as np

from sim.market.demand import Floats
from sim.units import MONTH


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
