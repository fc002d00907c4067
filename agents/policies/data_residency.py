"""A rule on where sensitive data may go."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import Mention, PolicyOnBuyers, PolicySetting, mentioned_regions
from pricewar.sim.errors import Mistake
from pricewar.sim.market.board import Offer
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DataResidency(PolicyOnBuyers):
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

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.cost == 0.0

    def mentions(self, setting: PolicySetting) -> Iterator[Mention]:
        """The regions that it names."""
        del setting
        return mentioned_regions(self.regions)

    def mistakes(self, key: str, setting: PolicySetting) -> Iterator[Mistake]:
        """Only buyers that are drawn one by one have sensitive data."""
        if not self.nil and not setting.sampled_buyers:
            wrong = "is on sensitive data, which a continuum leaves out"
            yield Mistake("", key, wrong, "give buyers.kind = 'sampled'")

    def exposure(self, offer: Offer) -> float:
        """What buying an offer costs buyers with sensitive data beyond their own aversion. [util]"""
        if offer.inside:
            return 0.0
        regions = self.regions
        near = regions is not None and (offer.region is None or offer.region in regions)
        return 0.0 if near else self.cost
