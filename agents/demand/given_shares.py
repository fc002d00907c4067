r"""What demand systems share that are given by shares outright, not by utilities: textbook cases with few sellers.

In them a seller takes everything, or what its capacity holds, or one end of a street; buyers of a segment are alike but
for where they stand. What the market's interfaces ask beside shares is answered here: any shares are those of a logit
with utilities :math:`\ln(s_k/s_0)`, so that the buyers of a run choose as the textbook's do.

Simplifications: brand, capability and loyalty count for nothing, and sellers know demand without inverting shares. The
surplus that a run's table of segments shows is that of a logit with these shares; `consumer_surplus` is the right one.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from pricewar.agents.demand.base import OneUnit
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats, Ints, Mask, OneByOne

CERTAIN = 60.0
"""Utils by which buying is better than not where everybody buys: the chance of the other is lost in rounding."""


class GivenShares(OneUnit):
    """Response of buyers whose shares are given outright; `sensitivity` is one over the price that sets the scale."""

    __slots__ = ()

    @property
    @abstractmethod
    def scale(self) -> float:
        """The price that sets the scale of prices. [money/Mtok]"""

    @property
    @abstractmethod
    def smooth(self) -> bool:
        """Whether shares follow prices without jumps, so that first-order conditions say something."""

    @abstractmethod
    def surplus(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> float:
        """What buyers have left of their valuations, per unit of the segment's size. [money/Mtok]"""

    @abstractmethod
    def steepness(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> Floats:
        """Derivatives of `split` where it has any, shape (K, K): row l of share l, column k by price k. [Mtok/money]"""

    @abstractmethod
    def split(self, price: Floats, live: Mask, offers: Sequence[Offer]) -> Floats:
        """Share of the segment's size that each offer sells, shape (K,); live: which are for sale, shape (K,). [1]"""

    @property
    def bounded(self) -> bool:
        """Utilities are those of shares, and small."""
        return True

    @property
    def plain(self) -> bool:
        """Choices are no logit in prices."""
        return False

    @property
    def sensitivity(self) -> float:
        """Utility per money. [Mtok/money]"""
        return 1.0 / self.scale

    @property
    def spread(self) -> float:
        """Sellers know how buyers differ."""
        return 0.0

    @property
    def outside_utility(self) -> float:
        """Utility of buying nothing. [util]"""
        return 0.0

    def felt(self, factor: float) -> Self:
        """Itself: shares are given, whatever single buyers feel."""
        del factor
        return self

    def worth(self, value: Floats) -> Floats:
        """Gross values count for nothing."""
        return np.zeros_like(value)

    def money(self, sensitivity: Floats) -> Floats:
        """Not a number: the logit with these shares says nothing of what they are worth, shape (n,)."""
        return np.full_like(sensitivity, np.nan)

    def inclusive(self, utility: Floats, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Utilities with which a logit has the given shares, shape (n, K): the same for all buyers. [util]"""
        live: Mask = np.asarray(np.isfinite(utility).any(axis=0), dtype=np.bool_)
        share = self.split(price, live, offers)
        nothing = max(1.0 - float(share.sum()), 0.0)
        with np.errstate(divide="ignore"):
            odds = np.log(share) - max(np.log(nothing), -CERTAIN)
        return np.broadcast_to(odds, utility.shape).copy()

    def log_odds(self, share: Floats, none: float, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Sellers infer nothing from shares: they know demand, shape (K,). [util]"""
        del none, price, offers
        return np.zeros_like(share)

    def system(
        self, segments: "Sequence[GivenShares]", appeal: Floats, size: Floats, offers: Sequence[Offer]
    ) -> "SharedOut":
        """The demand system of S segments; appeal: -inf for what is not for sale, shape (S, K). size: shape (S,)."""
        live: Mask = np.asarray(np.isfinite(appeal).any(axis=0), dtype=np.bool_)
        everyone = np.arange(live.size, dtype=np.intp)
        return SharedOut(tuple(segments), size, tuple(offers), live, np.zeros(live.size), everyone)


@dataclass(frozen=True, slots=True)
class SharedOut(OneByOne):
    """The demand system of S segments with given shares. M of the K offers answer prices, the others keep theirs."""

    segments: tuple[GivenShares, ...]
    """Responses, S of them."""
    size: Floats
    """Tokens if everybody bought, shape (S,). [Mtok/day]"""
    offers: tuple[Offer, ...]
    """On the board, K of them."""
    live: Mask
    """Which are for sale, shape (K,)."""
    kept: Floats
    """Prices of the offers that do not answer, shape (K,). [money/Mtok]"""
    answering: Ints
    """Positions of those that do, shape (M,)."""

    @property
    def smooth(self) -> bool:
        """Whether quantities follow prices without jumps."""
        return all(segment.smooth for segment in self.segments)

    def everywhere(self, price: Floats) -> Floats:
        """Prices of all K offers, given those of the M that answer."""
        full = self.kept.copy()
        full[self.answering] = price
        return full

    def _split(self, full: Floats, live: Mask) -> Floats:
        return np.stack([segment.split(full, live, self.offers) for segment in self.segments])

    def shares(self, price: Floats) -> Floats:
        """Shares of the segments' sizes that offers sell, shape (S, M). [1]"""
        return self._split(self.everywhere(price), self.live)[:, self.answering]

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (M,). [Mtok/day]"""
        return self.size @ self.shares(price)

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Own quantities (m,) and their derivatives (m, m) with respect to own prices.

        Where a small change of price moves many buyers at once there is no derivative, and this is of no use: it leaves
        the jump out. Who prices on a grid looks at quantities only.
        """
        full, at = self.everywhere(price), self.answering[own]
        each = np.stack([segment.steepness(full, self.live, self.offers) for segment in self.segments])
        jacobian: Floats = np.tensordot(self.size, each, axes=1)
        return self.quantities(price)[own], jacobian[np.ix_(at, at)]

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""
        live = self.live.copy()
        live[self.answering[gone]] = False
        return replace(self, live=live)

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`."""
        return replace(self, kept=self.everywhere(price), answering=self.answering[own])

    def diversions(self, price: Floats) -> Floats:
        """Of the customers of offer k, the part that offer l would win were k withdrawn, shape (M, M). [1]

        By withdrawal (second-choice diversion, Conlon & Mortimer 2021), for a small rise moves all or none.
        """
        full = self.everywhere(price)
        before = self.size @ self._split(full, self.live)
        ratio = np.zeros((full.size, full.size))
        for k in np.flatnonzero(before > 0.0):
            left = self.live.copy()
            left[k] = False
            after = self.size @ self._split(full, left)
            ratio[k] = np.clip((after - before) / before[k], 0.0, 1.0)
        np.fill_diagonal(ratio, 0.0)
        return ratio[np.ix_(self.answering, self.answering)]

    def consumer_surplus(self, price: Floats) -> Floats:
        """What buyers have left of their valuations, shape (S,). [money/day]"""
        full = self.everywhere(price)
        left = np.array([s.surplus(full, self.live, self.offers) for s in self.segments])
        worth: Floats = self.size * left
        return worth
