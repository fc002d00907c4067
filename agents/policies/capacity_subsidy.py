"""Capacity subsidies: the treasury bears a share of what clouds pay for accelerators."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy, Mention, PolicySetting, mentioned_regions
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class CapacitySubsidy(DatedPolicy):
    """The treasury bears a share of the price of new accelerators; labs, who rent theirs, get nothing.

    It is settled when an order is placed and paid when it is delivered.
    """

    kind: Literal["capacity_subsidy"] = "capacity_subsidy"
    """Which policy."""
    share: Share
    """Share of the price that the treasury bears; 0 has no effect."""
    regions: tuple[SellerId, ...] | None = None
    """Regions whose clouds get it; left out, everybody's."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.share == 0.0 or self.regions == ()

    def mentions(self, setting: PolicySetting) -> Iterator[Mention]:
        """The regions that it names."""
        del setting
        return mentioned_regions(self.regions)

    def subsidy(self, region: str | None) -> float:
        """Share of the price of accelerators ordered from a region that the treasury bears. [1]"""
        here = self.regions is None or region in self.regions
        return self.share if here else 0.0
