"""What a scenario says about the market for new accelerators: who may order what, when it comes, what scarcity does."""

from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import Positive, PositiveAccelerators, PositiveDays, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ChipSupply:
    """When a chip can be ordered."""

    start: date | None = None
    """First day; left out, the launch in the catalogue."""
    until: date | None = None
    """Last day, for instance because of export controls."""
    quarterly: PositiveAccelerators | None = None
    """What vendors can deliver to all firms of the scenario in a calendar quarter; left out, any number."""
    regions: tuple[SellerId, ...] | None = None
    """Where it is sold; left out, everywhere. A firm whose region is not known may order it."""
    barred: dict[SellerId, date] = Field(default_factory=dict)
    """First day without new orders, by region: export controls."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Shortage:
    """Vendors ration: what is due in between comes after its end, and what is ordered in between is dearer."""

    start: date
    """First day."""
    end: date
    """Last day; nothing is delivered until then."""
    price: Positive = 1.0
    """Factor on the price of accelerators meanwhile."""

    def __post_init__(self) -> None:
        """Refuse an end before the start. Raises ValueError."""
        if self.end < self.start:
            raise ValueError("the end of a shortage must not lie before its start")


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Supply:
    """The market for new accelerators, and how firms plan."""

    chips: dict[str, ChipSupply] = Field(default_factory=dict)
    """Accelerators that can be ordered, by their names in the catalogue."""
    lead_time: PositiveDays = 70.0
    """Mean time from order to delivery. 8-12 weeks in 2024 (medium confidence)."""
    lead_shape: Positive = 9.0
    """Shape of the gamma-distributed lead time. Assumed: a coefficient of variation of a third."""
    lump: PositiveAccelerators = 64.0
    """Smallest order. Assumed: eight servers of eight."""
    planning: PositiveDays = 91.0
    """Time between planning dates. Assumed: quarterly."""
    discount: Annotated[float, Field(ge=0, lt=1), Unit("1")] = 0.0
    """d: an order of n lumps costs n^-d of the price each; 0 for no discount."""
    discount_floor: Annotated[float, Field(gt=0, le=1), Unit("1")] = 0.7
    """Lowest price of a large order over that of the smallest. Assumed."""
    region: SellerId | None = None
    """Where sellers are that name no region of their own."""
    shortages: dict[str, Shortage] = Field(default_factory=dict)
    """Dated shortages by name."""
