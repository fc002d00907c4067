"""Capacity subsidies: the treasury bears a share of what clouds pay for accelerators."""

from datetime import date
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Rule
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class CapacitySubsidy:
    """The treasury bears a share of the price of new accelerators; labs, who rent theirs, get nothing."""

    kind: Literal["capacity_subsidy"] = "capacity_subsidy"
    """Which policy."""
    share: Share
    """Share of the price that the treasury bears; 0 has no effect."""
    regions: tuple[SellerId, ...] | None = None
    """Regions whose clouds get it; left out, everybody's."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.share == 0.0 or self.regions == ()

    def rule(self, name: str, clock: Clock) -> "Subsidised":
        """The policy in a run."""
        return Subsidised(name, self, clock)


class Subsidised(Rule[CapacitySubsidy]):
    """A capacity subsidy in a run; it is settled when an order is placed and paid when it is delivered."""

    def subsidy(self, region: str | None, time: float) -> float:
        """Share of the price of accelerators ordered from a region that the treasury bears. [1]"""
        here = self.spec.regions is None or region in self.spec.regions
        return self.spec.share if here and self.in_force(time) else 0.0
