"""A merger that is allowed: several sellers with one owner."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy, Mention, PolicySetting
from pricewar.sim.errors import Mistake
from pricewar.sim.parameters import CHECKED, SellerId


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Merger(DatedPolicy):
    """Several sellers have one owner, who counts what all of them earn whenever one of them sets its prices.

    Each keeps its brand, machines, cash and strategy. Simplification: strategies that follow a rule of thumb do not see
    a rival in each other any more, but nothing else changes for them; shares and concentration are told by brand.
    """

    kind: Literal["merger"] = "merger"
    """Which policy."""
    sellers: tuple[SellerId, ...]
    """Who merges; fewer than two have no effect."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return len(set(self.sellers)) < 2

    def mentions(self, setting: PolicySetting) -> Iterator[Mention]:
        """Who merges."""
        del setting
        for i, seller in enumerate(self.sellers):
            yield Mention(f"sellers.{i}", "seller", seller)

    def mistakes(self, key: str, setting: PolicySetting) -> Iterator[Mistake]:
        """Nobody merges twice at a time; of two such mergers the later by name tells."""
        for name, other in sorted(setting.policies.items()):
            if f"policies.{name}" == key:
                return
            both = sorted(self.merged() & other.merged())
            if both and self.overlaps(other, setting.start):
                right = "name all who merge in one policy, or end one before the other begins"
                yield Mistake("", f"{key}.sellers", f"have '{both[0]}' in two mergers at a time", right)

    def merged(self) -> frozenset[str]:
        """Those who merge, none of whom is alone."""
        return frozenset() if self.nil else frozenset(self.sellers)
