"""A ban on publishing the weights of capable models."""

from datetime import date
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Rule
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Nats


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class OpenWeightsBan:
    """Weights of capable models may not be released; what is out cannot be called back.

    A line of the lab's own that would open with the release opens, with a closed model.
    """

    kind: Literal["open_weights_ban"] = "open_weights_ban"
    """Which policy."""
    capability: Nats | None = None
    """Least capability of the models concerned; left out, none is, which has no effect."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.capability is None

    def rule(self, name: str, clock: Clock) -> "Closed":
        """The policy in a run."""
        return Closed(name, self, clock)


class Closed(Rule[OpenWeightsBan]):
    """A ban on releases in a run."""

    def withholds(self, capability: float, time: float) -> bool:
        """Whether weights of a capability may not be released."""
        least = self.spec.capability
        return least is not None and capability >= least and self.in_force(time)
