"""A firm's machines: vintages, orders, deliveries, scrapping, and what they cost by the hour."""

from dataclasses import dataclass
from math import isinf

import numpy as np

from agents.costs import GivenCost
from agents.products import Supply, Technology
from sim.economics.accelerators import Accelerator, Catalogue
from sim.economics.ownership import HourCost, hour_cost
from sim.world import World

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Economy:
    """What technology costs everybody today, with the catalogue and the exchange rate."""

    world: World
    technology: Technology
    supply: Supply
    catalogue: Catalogue
    per_usd: float
    """Money of the scenario for a US dollar."""

    def software(self) -> float:
        """Machine time per token over that of the first day, by better serving software. [1]"""
        return self.world.factor(self.technology.software)

    def rents(self) -> float:
        """Rental prices over those of the first day. [1]"""
        return self.world.factor(self.technology.rents)

    def given(self, cost: GivenCost) -> float:
        """Costs given outright over those of the first day. [1]"""
        return 1.0 if cost.curve is None else self.world.factor(cost.curve)

    def chip_price(self, chip: str) -> float:
        """Purchase price of an accelerator. [money]"""
        listed = self.catalogue[chip].price_usd() * self.per_usd
        factor = self.world.factor(self.technology.hardware)
        today = self.world.clock.date_of(self.world.clock.now)
        for _, shortage in sorted(self.supply.shortages.items()):
            if shortage.start <= today <= shortage.end:
                factor *= shortage.price
        return listed * factor

    def owned_hour(self, chip: str) -> HourCost:
        """Cost of an hour of an owned accelerator."""
        return hour_cost(self.technology.ownership, self.catalogue[chip], self.chip_price(chip))

    def rented_hour(self, chip: str) -> HourCost:
        """Cost of an hour of a rented accelerator: rent instead of capital."""
        owned = hour_cost(self.technology.ownership, self.catalogue[chip], 0.0)
        return HourCost(capital=self.technology.rental * self.rents(), energy=owned.energy, upkeep=owned.upkeep)

    def on_sale(self) -> list[str]:
        """Accelerators that can be ordered today, by name."""
        today = self.world.clock.date_of(self.world.clock.now)
        chips = []
        for chip, terms in sorted(self.supply.chips.items()):
            start = terms.start or self.catalogue[chip].launched
            if start <= today and (terms.until is None or today <= terms.until):
                chips.append(chip)
        return chips

    def delivery(self, luck: np.random.Generator) -> float:
        """When an order placed now arrives: a gamma-distributed lead time, and not within a shortage. [day]"""
        clock, shape = self.world.clock, self.supply.lead_shape
        due = clock.now + luck.gamma(shape, self.supply.lead_time / shape)
        for shortage in sorted(self.supply.shortages.values(), key=lambda s: (s.start, s.end)):
            if shortage.start <= clock.date_of(due) <= shortage.end:
                due = float(clock.day_of(shortage.end) + 1)
        return float(np.ceil(due))


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

    def size(self, count: float, *, tell: bool) -> None:
        """Set the number of accelerators of the first chip; `tell` writes it down."""
        self.unlimited = isinf(count)
        self.vintages = [] if self.unlimited else [Vintage(self.chip, count, 1.0)]
        if tell and not self.unlimited:
            self.tell(self.chip, "opening", count, None)

    def deliver(self, chip: str | None, count: float, speed: float) -> None:
        """Put delivered accelerators into service."""
        self.vintages.append(Vintage(chip, count, speed))
        self.on_order -= count

    def tell(self, chip: str | None, event: str, count: float, due: float | None) -> None:
        """Write a row of the hardware table."""
        price = None if chip is None else self.economy.chip_price(chip)
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
