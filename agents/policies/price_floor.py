"""A floor under list prices."""

from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import PolicyOnPrices
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import PricePerMtok


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class PriceFloor(PolicyOnPrices):
    """No price below a floor."""

    kind: Literal["price_floor"] = "price_floor"
    """Which policy."""
    floor: PricePerMtok
    """Lowest blended price allowed; 0 has no effect."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.floor == 0.0

    def lowest(self, price: float, unit_cost: float) -> float:
        """Lowest price allowed instead of `price`. [money/Mtok]"""
        del price, unit_cost
        return self.floor
