"""Shoppers and captives: some buyers know all prices, the others only their seller's (Varian 1980, AER 70, 651-659).

Everybody wants one unit at up to the reservation price. Captives buy from their seller; shoppers buy from the cheapest,
equally from several. Captives may differ between two sellers (Narasimhan 1988, Journal of Business 61, 427-449).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.demand.given_shares import GivenShares
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats, Mask
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import PositivePricePerMtok, Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class SalesResponse(GivenShares):
    """One unit a buyer, up to a reservation price: captives from their seller, shoppers from the cheapest."""

    kind: Literal["sales"] = "sales"
    """Which response."""
    reservation: PositivePricePerMtok = 1.0
    """Price above which nobody buys."""
    captive: dict[SellerId, Share] = Field(default_factory=dict)
    """Share of buyers who look at one seller's price only, by seller; the rest are shoppers."""

    def __post_init__(self) -> None:
        """Refuse more captives than buyers. Raises ValueError."""
        if sum(self.captive.values()) > 1.0 + 1e-12:
            raise ValueError(f"captive: shares add up to {sum(self.captive.values()):g}; they must not exceed 1 in all")

    @property
    def smooth(self) -> bool:
        """The cheapest takes all shoppers."""
        return False

    @property
    def scale(self) -> float:
        """The reservation price. [money/Mtok]"""
        return self.reservation

    @property
    def shoppers(self) -> float:
        """Share of buyers who look at all prices. [1]"""
        return max(0.0, 1.0 - sum(self.captive.values()))

    def captives(self, offers: Sequence[Offer]) -> Floats:
        """Captives of each offer, shape (K,). [share of size]"""
        return np.array([self.captive.get(offer.seller, 0.0) for offer in offers])

    def split(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> Floats:
        """Share of the segment's size that each offer sells, shape (K,). [1]"""
        bought = live & (price <= self.reservation)
        sold = np.where(bought, self.captives(offers), 0.0)
        if bought.any():
            cheapest = bought & (price == price[bought].min())
            sold[cheapest] += self.shoppers / cheapest.sum()
        return sold

    def steepness(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> Floats:
        """Nobody buys more or less but by jumps, shape (K, K). [Mtok/money]"""
        del live, offers
        return np.zeros((price.size, price.size))

    def surplus(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> float:
        """Reservation price less what is paid. [money/Mtok]"""
        return float(self.split(price, live, offers) @ (self.reservation - price))
