"""A firm's machines: vintages, orders, deliveries, scrapping, and what they cost by the hour."""

from dataclasses import dataclass, field
from math import fsum, isinf

import numpy as np

from agents.chain import Chain
from agents.costs import GivenCost
from agents.experience import Experience
from agents.products import Supply, Technology
from sim.economics.accelerators import Accelerator, Catalogue
from sim.economics.curves import Curve
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
    experience: Experience
    """What each firm has learnt by serving (M4)."""
    chain: Chain = field(default_factory=Chain)
    """Which links of the chain hold."""

    def factor(self, curve: Curve, name: str) -> float:
        """Where a curve of cost stands: by the clock, and by the market's own output where scale counts."""
        if not self.chain.maturity:
            return 1.0
        return self.world.factor(curve, name, by_output=self.chain.scale)

    def decline(self) -> float:
        """Rate at which machine time and rents are expected to fall at today's output, log points. [1/year]"""
        curves = (self.technology.software, self.technology.hardware)
        return fsum(self.world.decline(curve) for curve in curves) if self.chain.maturity else 0.0

    def software(self) -> float:
        """Machine time per token over that of the first day, by better serving software. [1]"""
        return self.factor(self.technology.software, "technology.software")

    def rents(self) -> float:
        """Rental prices over those of the first day. [1]"""
        return self.factor(self.technology.rents, "technology.rents")

    def given(self, cost: GivenCost, whose: str) -> float:
        """Costs given outright over those of the first day; `whose`: key of the line or release. [1]"""
        return 1.0 if cost.curve is None else self.factor(cost.curve, f"{whose}.cost.curve")

    def algorithms_luck(self, since: float, until: float) -> float:
        """Parameters that a capability needs, over what the curve expects of the time between two instants. [1]"""
        curve, name = self.technology.algorithms, "technology.algorithms"
        return self.world.luck(curve, name, until) / self.world.luck(curve, name, since)

    def chip_price(self, chip: str) -> float:
        """Purchase price of an accelerator. [money]"""
        listed = self.catalogue[chip].price_usd() * self.per_usd
        factor = self.factor(self.technology.hardware, "technology.hardware")
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

    def seconds(self) -> float:
        """Accelerator-seconds a day of the first chip's kind, inf without limit. [s/day]"""
        if self.unlimited:
            return float("inf")
        return DAY_SECONDS * self.work

    def size(self, count: float, *, tell: bool) -> None:
        """Set the number of accelerators of the first chip; `tell` writes it down."""
        self.unlimited = isinf(count)
        self.vintages = [] if self.unlimited else [Vintage(self.chip, count, 1.0)]
        if tell and not self.unlimited:
            self.tell(self.chip, "opening", count, None)

    def release(self) -> float:
        """Give up all machines; returns how many there were."""
        count, self.vintages = self.count, []
        if count > 0.0:
            self.tell(self.chip, "released", count, None)
        self.unlimited, self.on_order = False, 0.0
        return count

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
