"""A floor under list prices."""

from datetime import date
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import OnPrices
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import PricePerMtok


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class PriceFloor:
    """No price below a floor."""

    kind: Literal["price_floor"] = "price_floor"
    """Which policy."""
    floor: PricePerMtok
    """Lowest blended price allowed; 0 has no effect."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.floor == 0.0

    def rule(self, name: str, clock: Clock) -> "Floored":
        """The policy in a run."""
        return Floored(name, self, clock)


class Floored(OnPrices[PriceFloor]):
    """A price floor in a run."""

    def lowest(self, price: float, unit_cost: float) -> float:
        """Lowest price allowed instead of `price`. [money/Mtok]"""
        del price, unit_cost
        return self.spec.floor
