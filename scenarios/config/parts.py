"""Small parts of a scenario that belong to nobody in the market: money, how buyers are represented, data tables."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import MoneyPerUsd, Share, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Currency:
    """The money of the scenario; every price and every amount is in it."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    """ISO 4217 code."""
    per_usd: MoneyPerUsd = 1.0
    """Money for a US dollar; accelerators are listed in dollars."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class BuyerTerms:
    """How many buyers there are, and how they are represented."""

    count: Annotated[int, Field(ge=1), Unit("buyer")] = 20_000
    """Buyers in all segments. Assumed: the market's size in tokens does not depend on it, its noise does."""
    kind: Literal["sampled", "continuum"] = "sampled"
    """sampled: one array entry a buyer, each with tastes and contract of its own; continuum: the limit of many
    median buyers, without noise; homes, privacy and every spread are then left out."""
    homes: dict[SellerId, Share] = Field(default_factory=dict)
    """Share of buyers whose other workloads run on a cloud, by seller; the rest have no home."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Tables:
    """Data tables beside the scenario, by file name in the library."""

    accelerators: str = "accelerators.csv"
    """Data sheets, dates and prices of accelerators."""
    list_prices: str | None = None
    """Recorded list prices, from which opening prices are taken where a tier states none."""
