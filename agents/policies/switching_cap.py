"""A cap on what switching suppliers may cost, and a right to take one's data along."""

from datetime import date
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Felt
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class SwitchingCap:
    """Only a share of what binds buyers to their supplier is left (EU Data Act, Regulation 2023/2854, article 29)."""

    kind: Literal["switching_cap"] = "switching_cap"
    """Which policy."""
    left: Share
    """Share of loyalty that is left; 1 has no effect, 0 leaves none."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.left == 1.0

    def rule(self, name: str, clock: Clock) -> "Loosened":
        """The policy in a run."""
        return Loosened(name, self, clock)


class Loosened(Felt[SwitchingCap]):
    """A switching cap in a run. Contracts that run go on; at their end less keeps a buyer."""

    def loyalty(self, time: float) -> float:
        """Share of loyalty that is left to bind buyers. [1]"""
        return self.spec.left if self.in_force(time) else 1.0
