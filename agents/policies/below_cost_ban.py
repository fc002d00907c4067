"""A ban on sales below cost, as unfair pricing laws have it."""

from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import PolicyOnPrices
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class BelowCostBan(PolicyOnPrices):
    """No price below a share of the seller's own full serving cost (China's draft Price Law amendment, 2025)."""

    kind: Literal["below_cost_ban"] = "below_cost_ban"
    """Which policy."""
    share: NonNegative = 1.0
    """Share of full serving cost below which no price may lie; 0 has no effect."""
    exempt_free: bool = True
    """Whether a model that is free for good is exempt. Assumed: the record has long-term free models."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.share == 0.0

    def lowest(self, price: float, unit_cost: float) -> float:
        """Lowest price allowed instead of `price`: none for a free model that is exempt. [money/Mtok]"""
        return 0.0 if self.exempt_free and price == 0.0 else self.share * unit_cost
