"""What technology costs everybody today: machines by the hour, rents, power, software, and when orders arrive."""

from dataclasses import dataclass, field
from math import fsum

import numpy as np

from pricewar.agents.machines.experience import Experience
from pricewar.agents.machines.rental_market import LANDLORDS, RentalMarket, Trader
from pricewar.agents.machines.sites import ANYBODY, Site
from pricewar.agents.machines.spec import Supply, Technology
from pricewar.agents.machines.vendors import Vendors
from pricewar.agents.mechanisms import Chain
from pricewar.sim.economics.accelerators import Catalogue
from pricewar.sim.economics.curves import AnyCurveSpec, Curve
from pricewar.sim.economics.ownership import HourCost, hour_cost, kilowatts
from pricewar.sim.world import World


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
    market: RentalMarket | None = None
    """Where rents are found; None: they follow `technology.rents`."""
    vendors: Vendors | None = None
    """Who rations accelerators; None: nobody."""
    _factors: dict[str, tuple[tuple[float, float], float]] = field(default_factory=dict)
    """Curves as they stood when last asked for, for they are asked for often."""

    @property
    def scaling(self) -> bool:
        """Whether large fleets cost less; only with `technology.scale`."""
        return self.chain.scale

    def factor(self, curve: Curve, name: str) -> float:
        """Where a curve of cost stands: by the clock, and by the market's own output where scale counts."""
        if not self.chain.maturity:
            return 1.0
        state, kept = (self.world.clock.now, self.world.output.cumulative), self._factors.get(name)
        if kept is None or kept[0] != state:
            kept = self._factors[name] = (state, self.world.factor(curve, name, by_output=self.chain.scale))
        return kept[1]

    def decline(self) -> float:
        """Rate at which machine time and rents are expected to fall at today's output, log points. [1/year]"""
        curves = (self.technology.software, self.technology.hardware)
        return fsum(self.world.decline(curve) for curve in curves) if self.chain.maturity else 0.0

    def software(self) -> float:
        """Machine time per token over that of the first day, by better serving software. [1]"""
        return self.factor(self.technology.software, "technology.software")

    def rents(self) -> float:
        """Rental prices, power excluded, over those of the first day. [1]"""
        return self._going_rent() if self.market is None else self.market.without_power()

    def rents_with_power(self) -> float:
        """Rental prices, power included, over those of the first day. [1]"""
        return self._going_rent() if self.market is None else self.market.with_power()

    def _going_rent(self) -> float:
        return self.factor(self.technology.rents, "technology.rents")

    def pay_rent(self, payer: str, what: str, amount: float, accelerators: float, *, power: bool) -> None:
        """Let somebody pay the rent of a day to whoever lets the machines; `power`: it is in the rent."""
        if self.market is None or accelerators == 0.0:
            self.world.ledger.post(payer, LANDLORDS, what, amount)
        else:
            self.market.collect(payer, what, amount, accelerators, power=power)

    def curve_factor(self, curve: AnyCurveSpec | None, key: str) -> float:
        """Where a curve of costs given outright stands over the first day, one for none; key: its own. [1]"""
        return 1.0 if curve is None else self.factor(curve, key)

    def algorithms_noise(self, since: float, until: float) -> float:
        """Parameters that a capability needs, over what the curve expects of the time between two instants. [1]"""
        curve, name = self.technology.algorithms, "technology.algorithms"
        return self.world.noise(curve, name, until) / self.world.noise(curve, name, since)

    def chip_price(self, chip: str) -> float:
        """Purchase price of an accelerator. [money]"""
        listed = self.catalogue[chip].price_usd() * self.per_usd
        factor = self.factor(self.technology.hardware, "technology.hardware")
        today = self.world.clock.date_of(self.world.clock.now)
        for _, shortage in sorted(self.supply.shortages.items()):
            if shortage.start <= today <= shortage.end:
                factor *= shortage.price
        return listed * factor

    def electricity(self, site: Site = ANYBODY) -> float:
        """What a firm pays for power today, taxes included. [money/kWh]"""
        factor = self.world.factor(self.technology.electricity, "technology.electricity")
        spot = self.technology.ownership.electricity * factor
        bought = site.electricity(spot, self.world.clock.date_of(self.world.clock.now))
        return bought + self.world.policies.energy_tax(site.region)

    def power_tax(self, chip: str, site: Site = ANYBODY) -> float:
        """Taxes on the power of an accelerator at work. [money/accelerator-hour]"""
        tax = self.world.policies.energy_tax(site.region)
        return tax * self.kilowatts(chip, site) if tax else 0.0

    def overhead(self, site: Site = ANYBODY) -> float:
        """Mark-up, upkeep and facility power of a firm over those of the reference fleet. [1]"""
        scale = self.technology.scale
        return 1.0 if scale is None or not self.scaling else scale.factor(site.fleet)

    def kilowatts(self, chip: str, site: Site = ANYBODY) -> float:
        """Power that an accelerator of a firm draws from the grid. [kW]"""
        return kilowatts(self.technology.ownership, self.catalogue[chip], self.overhead(site))

    def owned_hour(self, chip: str, site: Site = ANYBODY, reduction: float = 1.0) -> HourCost:
        """Cost of an hour of an owned accelerator; reduction: its price over the list price. [1]

        What the treasury bears of its price is no cost. Simplification: also of machines bought before.
        """
        own = 1.0 - self.world.policies.subsidy(site.region)
        return self._hour(chip, self.chip_price(chip) * reduction * own, site)

    def _hour(self, chip: str, price: float, site: Site) -> HourCost:
        power, overhead = self.electricity(site), self.overhead(site)
        ownership = self.technology.ownership
        return hour_cost(ownership, self.catalogue[chip], price, electricity=power, overhead=overhead)

    def rented_hour(self, chip: str, site: Site = ANYBODY) -> HourCost:
        """Cost of an hour of a rented accelerator: rent instead of capital."""
        owned = self._hour(chip, 0.0, site)
        return HourCost(capital=self.technology.rental * self.rents(), energy=owned.energy, upkeep=owned.upkeep)

    def on_sale(self, region: str | None = None) -> list[str]:
        """Accelerators that can be ordered today from a region, by name; None: a region that is not kept."""
        region = self.supply.region if region is None else region
        today = self.world.clock.date_of(self.world.clock.now)
        chips = []
        for chip, terms in sorted(self.supply.chips.items()):
            start = terms.start or self.catalogue[chip].launched
            dated = start <= today and (terms.until is None or today <= terms.until)
            if dated and (region is None or self._sold_in(chip, region)):
                chips.append(chip)
        return chips

    def _sold_in(self, chip: str, region: str) -> bool:
        """Whether vendors may sell a chip into a region today."""
        terms, now = self.supply.chips[chip], self.world.clock.now
        if terms.regions is not None and region not in terms.regions:
            return False
        if region in terms.barred and self.world.clock.date_of(now) >= terms.barred[region]:
            return False
        return not self.world.policies.bars(chip, region)

    def trade(self, trader: Trader) -> None:
        """Let somebody take part in the market for rented machines, if there is one."""
        if self.market is not None:
            self.market.join(trader)

    def delivery(self, luck: np.random.Generator) -> float:
        """When an order placed now arrives: a gamma-distributed lead time, and not within a shortage. [day]"""
        shape = self.supply.lead_shape
        return float(
            np.ceil(self._after_shortages(self.world.clock.now + luck.gamma(shape, self.supply.lead_time / shape)))
        )

    def lead_time(self) -> float:
        """Days until an order placed now is to be expected: the mean lead time, and not within a shortage. [day]"""
        now = self.world.clock.now
        return self._after_shortages(now + self.supply.lead_time) - now

    def _after_shortages(self, due: float) -> float:
        """The day on which something arrives that is due on one, which may lie within shortages. [day]"""
        clock = self.world.clock
        for shortage in sorted(self.supply.shortages.values(), key=lambda s: (s.start, s.end)):
            if shortage.start <= clock.date_of(due) <= shortage.end:
                due = float(clock.day_of(shortage.end) + 1)
        return due
