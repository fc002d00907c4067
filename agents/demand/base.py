"""What responses share: choice by a plain logit, and one unit a customer."""

from collections.abc import Sequence

import numpy as np

from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats


class PlainLogit:
    """The multinomial logit (McFadden 1974), with everybody at the segment's median."""

    __slots__ = ()

    @property
    def plain(self) -> bool:
        """Whether the choice is a logit in these utilities."""
        return True

    @property
    def spread(self) -> float:
        """Sellers know of no difference between buyers."""
        return 0.0

    def inclusive(self, utility: Floats, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Utilities as they are, shape (n, K). [util]"""
        del price, offers
        return utility

    def log_odds(self, share: Floats, none: float, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Logarithm of the odds against buying nothing, shape (K,) (Berry 1994). [util]"""
        del price, offers
        odds: Floats = np.log(np.where(share > 0.0, share, 1.0)) - np.log(none)
        return odds


class OneUnit:
    """Whoever buys, buys one unit, and pays for it in money: no volume and no hold depends on a reference price."""

    __slots__ = ()

    @property
    def reference_price(self) -> float | None:
        """There is none: volumes do not depend on prices."""
        return None

    def term(self, price: Floats) -> Floats:
        """What the sensitivity multiplies, shape (K,)."""
        return -price

    def tokens(self, price: Floats) -> Floats:
        """Tokens of a customer over its size, shape (K,)."""
        return np.ones_like(price)

    def paid(self, price: Floats) -> Floats:
        """One, without a reference price."""
        return np.ones_like(price)

    def money(self, sensitivity: Floats) -> Floats:
        """Marginal utility of money: the sensitivity, shape (n,). [util/(money/Mtok)]"""
        return sensitivity


def diversion_ratios(jacobian: Floats) -> Floats:
    r"""Diversion ratios :math:`-(\partial q_l/\partial p_k)/(\partial q_k/\partial p_k)`, shape (K, K). [1]

    (Shapiro 1996.) jacobian: row l, column k holds the change of customers l with price k, shape (K, K). Offers that
    nobody buys lose nobody: their rows are zero.

    >>> diversion_ratios(np.array([[-2.0, 0.5], [1.0, -1.0]]))
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    own = np.diagonal(jacobian)
    ratio: Floats = np.divide(jacobian, -own, out=np.zeros_like(jacobian), where=own < 0.0).T.copy()
    np.fill_diagonal(ratio, 0.0)
    return ratio
