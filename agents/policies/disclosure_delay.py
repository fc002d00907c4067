"""What rivals learn late: posted prices and market shares become public with a delay."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy, Jurisdiction
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import CHECKED
from pricewar.sim.policy import EnactedPolicy
from pricewar.sim.units import Days, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DisclosureDelay(DatedPolicy):
    """Sellers learn of rivals' prices, and of shares, later. Buyers get offers from everybody, and see them at once.

    Which models there are is no secret, but a rival's launch is not felt before its price is known.
    """

    kind: Literal["disclosure_delay"] = "disclosure_delay"
    """Which policy."""
    prices: Days = 0.0
    """How long posted prices stay hidden from rivals."""
    shares: Annotated[int, Field(ge=0), Unit("day")] = 0
    """How much older than usual (`market.share_lag`) public shares are."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.prices == 0.0 and self.shares == 0

    def secrecy(self) -> float:
        """How long posted prices stay hidden from rivals. [day]"""
        return self.prices

    def act(self, enacted: EnactedPolicy, jurisdiction: Jurisdiction, fact: FactId) -> Process:
        """Hold back reports on shares; at the end all that is held back is published."""
        del fact
        if self.shares:
            world = jurisdiction.world
            world.record.delay(enacted.name, self.shares)
            if enacted.last < float("inf"):
                yield world.clock.at(int(enacted.last) + 1, Phase.DATED)
                world.record.delay(enacted.name, 0)
