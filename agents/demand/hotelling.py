r"""A linear city: two sellers at its ends, buyers evenly between them (Hotelling 1929; Tirole 1988, ch. 7).

Everybody buys one unit where price and the cost of the way, t a unit of distance, are least: seller i's share is

.. math:: \tfrac12 + \frac{p_j - p_i}{2t} \qquad \text{within } [0, 1].

A seller alone on the market serves everybody. With costs c the Nash prices are :math:`t + (2c_i + c_j)/3`.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.demand.given_shares import GivenShares
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats, Ints, Mask
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import PositivePricePerMtok


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class HotellingResponse(GivenShares):
    """Two sellers at the ends of a street; everybody buys one unit."""

    kind: Literal["hotelling"] = "hotelling"
    """Which response."""
    transport: PositivePricePerMtok = 1.0
    """What it costs a buyer to go from one end to the other, t."""
    value: PositivePricePerMtok = 4.0
    """Gross value of a unit. It is only in the surplus: all buy, however high prices are. Assumed."""

    @property
    def smooth(self) -> bool:
        """The buyer in the middle moves a little with prices."""
        return True

    @property
    def scale(self) -> float:
        """The cost of the whole way. [money/Mtok]"""
        return self.transport

    def split(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> Floats:
        """Share of the segment's size that each offer sells, shape (K,). [1]"""
        there, sold = _ends(live, offers), np.zeros(price.size)
        if there.size == 1:
            sold[there] = 1.0
        elif there.size == 2:
            left, right = price[there].tolist()
            sold[there[0]] = min(1.0, max(0.0, 0.5 + (right - left) / (2.0 * self.transport)))
            sold[there[1]] = 1.0 - sold[there[0]]
        return sold

    def steepness(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> Floats:
        """The buyer in the middle goes to the other end; none does where one end has them all, shape (K, K)."""
        there, slope = _ends(live, offers), np.zeros((price.size, price.size))
        sold = self.split(price, live, offers)[there]
        if there.size == 2 and 0.0 < sold[0] < 1.0:
            slope[np.ix_(there, there)] = np.array([[-1.0, 1.0], [1.0, -1.0]]) / (2.0 * self.transport)
        return slope

    def surplus(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> float:
        """Gross value less prices and the cost of the ways. [money/Mtok]"""
        sold = self.split(price, live, offers)
        return float(sold @ (self.value - price - self.transport * sold / 2.0))


def _ends(live: Mask, offers: Sequence[Offer]) -> Ints:
    """Positions of the offers for sale, at most two. Raises UserMistake for more."""
    there: Ints = np.flatnonzero(live)
    if there.size > 2:
        names = ", ".join(offers[k].name for k in there.tolist())
        raise UserMistake(f"hotelling demand has two ends, and {there.size} offers are for sale: {names}")
    return there
