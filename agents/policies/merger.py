"""A merger that is allowed: several sellers with one owner."""

from datetime import date
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Rule
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.parameters import CHECKED, SellerId


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Merger:
    """Several sellers have one owner, who counts what all of them earn whenever one of them sets its prices.

    Each keeps its brand, machines, cash and strategy. Simplification: strategies that follow a rule of thumb do not see
    a rival in each other any more, but nothing else changes for them; shares and concentration are told by brand.
    """

    kind: Literal["merger"] = "merger"
    """Which policy."""
    sellers: tuple[SellerId, ...]
    """Who merges; fewer than two have no effect."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return len(set(self.sellers)) < 2

    def rule(self, name: str, clock: Clock) -> "Merged":
        """The policy in a run."""
        return Merged(name, self, clock)


class Merged(Rule[Merger]):
    """A merger in a run."""

    def owner(self, seller: str, time: float) -> str:
        """The first of the merged sellers, by name, for each of them."""
        return min(self.spec.sellers) if seller in self.spec.sellers and self.in_force(time) else seller
