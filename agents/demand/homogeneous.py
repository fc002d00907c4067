r"""Perfect substitutes: buyers take the cheapest, as far as its capacity goes (Bertrand 1883; Edgeworth 1925).

Market demand is linear, :math:`D(p) = \max(0, 1 - p/a)` per unit of size with the choke price a. Capacities are public.
Rationing is efficient (Levitan & Shubik 1972; Kreps & Scheinkman 1983): cheaper capacity serves the highest valuations
first, so that who asks p has at most :math:`D(p) - \sum_{p_i < p} k_i` left. A tie is split equally; who cannot serve
its part leaves the rest to the others.

Simplification: a capacity is that of an offer, and the textbook's sellers have one; the machines of a run, with their
own rationing, stay unlimited beside it.
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
from pricewar.sim.units import NonNegative, PositivePricePerMtok


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class HomogeneousResponse(GivenShares):
    """Linear demand for perfect substitutes; the cheapest sells first, up to its capacity."""

    kind: Literal["homogeneous"] = "homogeneous"
    """Which response."""
    choke: PositivePricePerMtok = 1.0
    """Price a at which nobody buys. Default: the textbook's D = 1 - p."""
    capacity: dict[SellerId, NonNegative] = Field(default_factory=dict)
    """What a seller can serve, as a share of the segment's size; a seller that is not named can serve all."""

    @property
    def smooth(self) -> bool:
        """A price below another takes what it can serve."""
        return False

    @property
    def scale(self) -> float:
        """The choke price. [money/Mtok]"""
        return self.choke

    def capacities(self, offers: Sequence[Offer]) -> Floats:
        """What each offer can serve, shape (K,). [share of size]"""
        return np.array([self.capacity.get(offer.seller, np.inf) for offer in offers])

    def demand(self, price: float) -> float:
        """What the market takes at a price. [share of size]"""
        return max(0.0, 1.0 - price / self.choke)

    def split(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> Floats:
        """Share of the segment's size that each offer sells, shape (K,). [1]"""
        capacity, sold = self.capacities(offers), np.zeros(price.size)
        cheaper = 0.0
        for level in sorted(set(price[live].tolist())):
            left = self.demand(level) - cheaper
            if left <= 0.0:
                break
            tied = np.flatnonzero(live & (price == level))
            sold[tied] = _shared(left, capacity[tied])
            cheaper += float(capacity[tied].sum())
        return sold

    def steepness(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> Floats:
        """Who has capacity to spare and no equal loses buyers as everybody does, shape (K, K). [Mtok/money]"""
        sold, capacity = self.split(price, live, offers), self.capacities(offers)
        return np.diag(np.where((sold > 0.0) & (sold < capacity), -1.0 / self.choke, 0.0))

    def surplus(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> float:
        """Valuations of those served, the highest first, less what they pay. [money/Mtok]"""
        sold = self.split(price, live, offers)
        served = float(sold.sum())
        return self.choke * (served - served**2 / 2.0) - float(sold @ price)


def _shared(demand: float, capacity: Floats) -> Floats:
    """Equal parts of what is asked of sellers at one price; who cannot serve its part leaves the rest to the others.

    >>> _shared(0.9, np.array([0.2, 0.5, np.inf])).tolist()
    [0.2, 0.35, 0.35]
    """
    sold, left = np.empty(capacity.size), demand
    for served, k in enumerate(np.argsort(capacity, kind="stable").tolist()):  # the smallest first
        sold[k] = min(float(capacity[k]), left / (capacity.size - served))
        left -= sold[k]
    return sold
