"""A cap on what switching suppliers may cost, and a right to take one's data along."""

from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import PolicyOnBuyers
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class SwitchingCap(PolicyOnBuyers):
    """Only a share of what binds buyers to their supplier is left (EU Data Act, Regulation 2023/2854, article 29).

    Contracts that run go on; at their end less keeps a buyer.
    """

    kind: Literal["switching_cap"] = "switching_cap"
    """Which policy."""
    left: Share
    """Share of loyalty that is left; 1 has no effect, 0 leaves none."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.left == 1.0

    def loyalty(self) -> float:
        """Share of loyalty that is left to bind buyers. [1]"""
        return self.left
