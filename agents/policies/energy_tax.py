"""A tax on the power that accelerators draw, by the kilowatt-hour or by what it emits."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Rule
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import MoneyPerKwh, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class EnergyTax:
    """A tax on power, paid to the treasury by whoever buys it for its machines."""

    kind: Literal["energy_tax"] = "energy_tax"
    """Which policy."""
    per_kwh: MoneyPerKwh = 0.0
    """Tax on a kilowatt-hour."""
    per_tonne: Annotated[float, Field(ge=0), Unit("money/t CO2", money=1)] = 0.0
    """Tax on what generating it emits."""
    emissions: Annotated[float, Field(ge=0), Unit("kg CO2/kWh")] = 0.0
    """Carbon intensity of the grid."""
    regions: tuple[SellerId, ...] | None = None
    """Regions of the sellers who owe it; left out, everybody's."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def rate(self) -> float:
        """All of it. [money/kWh]

        >>> EnergyTax(per_kwh=0.01, per_tonne=50.0, emissions=0.4).rate
        0.03
        """
        return self.per_kwh + self.per_tonne * self.emissions / 1000.0

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.rate == 0.0 or self.regions == ()

    def rule(self, name: str, clock: Clock) -> "Taxed":
        """The policy in a run."""
        return Taxed(name, self, clock)


class Taxed(Rule[EnergyTax]):
    """An energy tax in a run."""

    def energy_tax(self, region: str | None, time: float) -> float:
        """Tax on power used in a region. [money/kWh]"""
        here = self.spec.regions is None or region in self.spec.regions
        return self.spec.rate if here and self.in_force(time) else 0.0
