"""A tax on the power that accelerators draw, by the kilowatt-hour or by what it emits."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy, Mention, PolicySetting, mentioned_regions
from pricewar.sim.errors import Mistake
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import MoneyPerKwh, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class EnergyTax(DatedPolicy):
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

    def mentions(self, setting: PolicySetting) -> Iterator[Mention]:
        """The regions that it names."""
        del setting
        return mentioned_regions(self.regions)

    def mistakes(self, key: str, setting: PolicySetting) -> Iterator[Mistake]:
        """A tax by the tonne needs to know what power emits."""
        del setting
        if self.per_tonne > 0.0 and self.emissions == 0.0:
            right = "a tax by the tonne needs the emissions of a kilowatt-hour"
            yield Mistake("", f"{key}.emissions", "is missing", right)

    def energy_tax(self, region: str | None) -> float:
        """Tax on power used in a region. [money/kWh]"""
        here = self.regions is None or region in self.regions
        return self.rate if here else 0.0
