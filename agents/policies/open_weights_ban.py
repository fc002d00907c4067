"""A ban on publishing the weights of capable models."""

from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Nats


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class OpenWeightsBan(DatedPolicy):
    """Weights of capable models may not be released; what is out cannot be called back.

    A line of the lab's own that would open with the release opens, with a closed model.
    """

    kind: Literal["open_weights_ban"] = "open_weights_ban"
    """Which policy."""
    capability: Nats | None = None
    """Least capability of the models concerned; left out, none is, which has no effect."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.capability is None

    def withholds(self, capability: float) -> bool:
        """Whether weights of a capability may not be released."""
        least = self.capability
        return least is not None and capability >= least
