"""A rule on where sensitive data may go."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Felt
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.market.board import Offer
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DataResidency:
    """Buyers with sensitive data may send them outside only at a cost: safeguards, audits, liability.

    Sellers do not know who these buyers are; they learn from shares.
    """

    kind: Literal["data_residency"] = "data_residency"
    """Which policy."""
    cost: Annotated[float, Field(ge=0, le=50), Unit("util")]
    """What it costs such a buyer in utility; 0 has no effect, 50 is a ban to anybody's eye."""
    regions: tuple[SellerId, ...] | None = None
    """Regions whose sellers count as inside; left out, nobody but the buyer's own machines does. A seller whose region
    is not known costs nothing where regions are named."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.cost == 0.0

    def rule(self, name: str, clock: Clock) -> "Confined":
        """The policy in a run."""
        return Confined(name, self, clock)


class Confined(Felt[DataResidency]):
    """A data-residency rule in a run."""

    def exposure(self, offer: Offer, time: float) -> float:
        """What buying an offer costs buyers with sensitive data beyond their own aversion. [util]"""
        if offer.inside or not self.in_force(time):
            return 0.0
        regions = self.spec.regions
        near = regions is not None and (offer.region is None or offer.region in regions)
        return 0.0 if near else self.spec.cost
