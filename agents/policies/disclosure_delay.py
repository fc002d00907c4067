"""What rivals learn late: posted prices and market shares become public with a delay."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Realm, Rule
from pricewar.sim.kernel.clock import Clock, Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Days, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DisclosureDelay:
    """Sellers learn of rivals' prices, and of shares, later. Buyers get offers from everybody, and see them at once.

    Which models there are is no secret, but a rival's launch is not felt before its price is known.
    """

    kind: Literal["disclosure_delay"] = "disclosure_delay"
    """Which policy."""
    prices: Days = 0.0
    """How long posted prices stay hidden from rivals."""
    shares: Annotated[int, Field(ge=0), Unit("day")] = 0
    """How much older than usual (`market.share_lag`) public shares are."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.prices == 0.0 and self.shares == 0

    def rule(self, name: str, clock: Clock) -> "Hidden":
        """The policy in a run."""
        return Hidden(name, self, clock)


class Hidden(Rule[DisclosureDelay]):
    """A disclosure delay in a run."""

    def secrecy(self, time: float) -> float:
        """How long posted prices stay hidden from rivals. [day]"""
        return self.spec.prices if self.in_force(time) else 0.0

    def act(self, realm: Realm, fact: FactId) -> Process:
        """Hold back reports on shares; at the end all that is held back is published."""
        del fact
        if self.spec.shares:
            world = realm.world
            world.record.delay(self.name, self.spec.shares)
            if self.last < float("inf"):
                yield world.clock.at(int(self.last) + 1, Phase.DATED)
                world.record.delay(self.name, 0)
