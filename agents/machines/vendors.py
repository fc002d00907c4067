"""Vendors of accelerators: what they ask for a large order, and how they ration what they cannot make in a quarter."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum, inf

import numpy as np

from pricewar.agents.machines.spec import Supply
from pricewar.sim.kernel.clock import Process
from pricewar.sim.world import World

Quarter = tuple[int, int]
"""Year, and quarter of it from 0."""


def discount(supply: Supply, count: float) -> float:
    """Price of an accelerator in an order of `count` over that in the smallest order. [1]"""
    lumps = count / supply.lump
    return max(supply.discount_floor, float(lumps**-supply.discount)) if lumps > 1.0 else 1.0


def affordable(supply: Supply, cash: float, price: float) -> float:
    """Largest order in whole lumps that cash pays for, its own discount included. [accelerator]

    price: of one accelerator in the smallest order. [money]
    """
    plain = max(cash, 0.0) / (price * supply.lump)
    if supply.discount == 0.0:
        return float(np.floor(plain) * supply.lump)
    if plain < 1.0:
        return 0.0
    # n lumps cost max(floor, n^-d)·n, which grows with n.
    bought = min(plain ** (1.0 / (1.0 - supply.discount)), plain / supply.discount_floor)
    return float(np.floor(bought) * supply.lump)


@dataclass(slots=True)
class Order:
    """Accelerators ordered, and when they come: in one delivery or in several."""

    chip: str
    count: float
    due: float
    """Day on which all would come if vendors did not ration. [day]"""
    parts: list[tuple[float, float]]
    """Day and number of each delivery; known once everybody of the instant has ordered."""


class Vendors:
    """All vendors: they deliver no more of a chip in a calendar quarter than its quota.

    Who orders first is served first; orders of one instant share what is left of a quarter in proportion. What does
    not fit comes on the first day of the next quarter with room.
    Simplification: that day is not moved again if it falls into a dated shortage.
    """

    def __init__(self, supply: Supply, world: World) -> None:
        """Nothing is sold yet."""
        self.supply, self.world = supply, world
        self.sold: dict[tuple[str, Quarter], float] = {}
        """Accelerators promised for delivery, by chip and quarter."""
        self._asked: list[Order] = []

    def rations(self, chip: str | None) -> bool:
        """Whether deliveries of a chip have a limit."""
        terms = None if chip is None else self.supply.chips.get(chip)
        return terms is not None and terms.quarterly is not None

    def order(self, chip: str, count: float, due: float) -> Order:
        """Take an order; its deliveries are known at the end of the instant (`settled`)."""
        placed = Order(chip, count, due, [])
        self._asked.append(placed)
        return placed

    def settled(self) -> Process:
        """Wait until everybody of this instant has ordered, and promise deliveries."""
        yield self.world.clock.last_of_instant()
        asked, self._asked = self._asked, []
        for chip in sorted({placed.chip for placed in asked}):
            self._promise(chip, [placed for placed in asked if placed.chip == chip])

    def _promise(self, chip: str, orders: list[Order]) -> None:
        """Share out quarter by quarter, from the first in which one of the orders is due."""
        quota = self.supply.chips[chip].quarterly
        assert quota is not None
        open_orders = {id(placed): placed.count for placed in orders}
        quarter = min(self._quarter(placed.due) for placed in orders)
        while any(left > 0.0 for left in open_orders.values()):
            wanting = [p for p in orders if open_orders[id(p)] > 0.0 and self._quarter(p.due) <= quarter]
            room = quota - self.sold.get((chip, quarter), 0.0) if quarter[0] < date.max.year else inf
            asked = fsum(open_orders[id(placed)] for placed in wanting)
            if wanting and room > 0.0:
                share = min(1.0, room / asked)
                for placed in wanting:
                    left = open_orders[id(placed)]
                    part = left if share == 1.0 else share * left
                    placed.parts.append((max(placed.due, self._first_day(quarter)), part))
                    open_orders[id(placed)] = left - part
                self.sold[chip, quarter] = quota if share < 1.0 else quota - room + asked
            quarter = (quarter[0] + quarter[1] // 3, (quarter[1] + 1) % 4)

    def _quarter(self, time: float) -> Quarter:
        when = self.world.clock.start + timedelta(days=int(time // 1))
        return when.year, (when.month - 1) // 3

    def _first_day(self, quarter: Quarter) -> float:
        return float(self.world.clock.day_of(date(quarter[0], 3 * quarter[1] + 1, 1)))
