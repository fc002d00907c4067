"""A firm's machines: vintages, deliveries, and what training takes from serving."""

from dataclasses import dataclass
from math import isinf

from pricewar.agents.machines.economy import Economy
from pricewar.sim.economics.accelerators import Accelerator
from pricewar.sim.units import DAY_SECONDS
from pricewar.sim.world import World


@dataclass(slots=True)
class Vintage:
    """Accelerators of one kind."""

    chip: str | None
    count: float
    speed: float
    """Work per second relative to the firm's first chip. [1]"""


class Machines:
    """All accelerators of a firm; capacity counts in seconds of its first chip."""

    def __init__(self, firm: str, chip: str | None, world: World, economy: Economy) -> None:
        """Begin without limit; `size` sets a number."""
        self.firm, self.chip, self.world, self.economy = firm, chip, world, economy
        self.vintages: list[Vintage] = []
        self.on_order = 0.0
        self.unlimited = True
        self.training = 0.0
        """Accelerators that projects have taken, counted as so many of the first chip."""
        self.kept = 0.0
        """Share of the work that training never takes."""

    @property
    def accelerator(self) -> Accelerator | None:
        """The first chip, None where costs are given outright."""
        return None if self.chip is None else self.economy.catalogue[self.chip]

    @property
    def count(self) -> float:
        """Accelerators in service."""
        return sum(vintage.count for vintage in self.vintages)

    @property
    def work(self) -> float:
        """Accelerators in service, counted as so many of the first chip."""
        return sum(vintage.count * vintage.speed for vintage in self.vintages)

    @property
    def seized(self) -> float:
        """Accelerators that training keeps from serving, counted as so many of the first chip."""
        return 0.0 if self.unlimited else min(self.training, (1.0 - self.kept) * self.work)

    def seconds(self) -> float:
        """Accelerator-seconds a day that are left for serving, of the first chip's kind, inf without limit. [s/day]"""
        if self.unlimited:
            return float("inf")
        return DAY_SECONDS * (self.work - self.seized)

    def all_seconds(self) -> float:
        """Accelerator-seconds a day with those in training, inf without limit. [s/day]"""
        return float("inf") if self.unlimited else DAY_SECONDS * self.work

    def size(self, count: float, *, record: bool) -> None:
        """Set the number of accelerators of the first chip; `record` writes it down."""
        self.unlimited = isinf(count)
        self.vintages = [] if self.unlimited else [Vintage(self.chip, count, 1.0)]
        if record and not self.unlimited:
            self.record(self.chip, "opening", count, None)

    def release(self) -> float:
        """Give up all machines; returns how many there were."""
        count, self.vintages = self.count, []
        if count > 0.0:
            self.record(self.chip, "released", count, None)
        self.unlimited, self.on_order = False, 0.0
        return count

    def deliver(self, chip: str | None, count: float, speed: float) -> None:
        """Put delivered accelerators into service."""
        self.vintages.append(Vintage(chip, count, speed))
        self.on_order -= count

    def record(self, chip: str | None, event: str, count: float, due: float | None, reduction: float = 1.0) -> None:
        """Write a row of the hardware table; reduction: price paid over the list price. [1]"""
        price = None if chip is None else self.economy.chip_price(chip) * reduction
        self.world.recorder.write(
            "hardware",
            1,
            seller=[self.firm],
            chip=[chip or "generic"],
            event=[event],
            accelerators=[count],
            price=[price],
            due=[None if due is None else int(due)],
        )
