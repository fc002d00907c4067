r"""Demand as sellers see it: tokens bought of every offer, and how they answer prices.

Sellers know nothing else of their buyers than this interface, so the theory tests exercise the code that the
real scenarios run. Two demand systems stand behind it:

* `LinearLogit`, for the textbook: utility :math:`(a_k - p_k)/\mu` (Anderson, de Palma & Thisse 1992, ch. 7);
* `LogLogit`, for this market: utility :math:`\xi_k - \eta \ln((p_k+h)/\bar p) - p_k/r`, tokens per customer
  :math:`((p_k+h)/(\bar p+h))^{-\varepsilon}`. The buyer's own cost h keeps "free" finite, and the reservation
  scale r bounds every optimum.

Shapes: S segments, K offers. Appeals include everything but the price; an offer that is not for sale has -inf.
"""

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Demand(Protocol):
    """Tokens bought of every offer at given prices, and their derivatives."""

    def shares(self, price: Floats) -> Floats:
        """Choice probabilities, shape (S, K). [1]"""

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, summed over segments, shape (K,). [Mtok/day]"""

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Quantities of the `own` offers, shape (m,), and their derivatives with respect to own prices.

        The second has shape (m, m): row l, column k holds the change of quantity l with price k.
        """

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`: m offers instead of K."""

    def consumer_surplus(self, price: Floats) -> Floats:
        """Expected utility of the choice over that of buying nothing, shape (S,). [util]"""


def logit(utility: Floats, outside: Floats) -> Floats:
    r"""Choice probabilities :math:`e^{u_k} / (e^{u_0} + \sum_l e^{u_l})` (McFadden 1974).

    utility: of each offer, shape (S, K). [util] outside: of buying nothing, shape (S,). [util]
    Returns shape (S, K); each row sums to less than one. Large utilities do not overflow.

    >>> logit(np.zeros((1, 1)), np.zeros(1))
    array([[0.5]])
    """
    # The largest utility is taken out because scales near zero make utilities of thousands.
    top = np.maximum(utility.max(axis=1, initial=-np.inf), outside)
    weight = np.exp(utility - top[:, None])
    shares: Floats = weight / (np.exp(outside - top) + weight.sum(axis=1))[:, None]
    return shares


def _log_sum(utility: Floats, outside: Floats) -> Floats:
    top = np.maximum(utility.max(axis=1, initial=-np.inf), outside)
    total = np.exp(outside - top) + np.exp(utility - top[:, None]).sum(axis=1)
    log_sum: Floats = np.log(total) + top - outside
    return log_sum


def _slopes(share: Floats, size: Floats, d_utility: Floats, d_size: Floats) -> tuple[Floats, Floats]:
    """Own quantities and derivatives of any logit with tokens per customer; all arrays of shape (S, m)."""
    quantity = share * size
    weighted = share * d_utility
    jacobian: Floats = -(quantity.T @ weighted)
    own: Floats = (quantity * d_utility + share * d_size).sum(axis=0)
    jacobian.flat[:: own.size + 1] += own
    return quantity.sum(axis=0), jacobian


@dataclass(frozen=True, slots=True)
class LinearLogit:
    """Linear-price logit; every customer buys one unit. See the module's docstring."""

    appeal: Floats
    """Value of each offer over the scale, a/mu, shape (S, K). [util]"""
    outside: Floats
    """Utility of buying nothing, a0/mu, shape (S,). [util]"""
    scale: Floats
    """mu, shape (S,). [money/Mtok per util]"""
    size: Floats
    """Tokens if everybody bought, shape (S,). [Mtok/day]"""

    def shares(self, price: Floats) -> Floats:
        """Choice probabilities, shape (S, K). [1]"""
        return logit(self.appeal - price / self.scale[:, None], self.outside)

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (K,). [Mtok/day]"""
        return self.size @ self.shares(price)

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Own quantities (m,) and their derivatives (m, m) with respect to own prices."""
        share = self.shares(price)[:, own]
        size = np.broadcast_to(self.size[:, None], share.shape)
        d_utility = np.broadcast_to(-1.0 / self.scale[:, None], share.shape)
        return _slopes(share, size, d_utility, np.zeros_like(share))

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""
        return replace(self, appeal=_struck(self.appeal, gone))

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`."""
        outside = _with_rivals(self.appeal - price / self.scale[:, None], own, self.outside)
        return replace(self, appeal=self.appeal[:, own], outside=outside)

    def consumer_surplus(self, price: Floats) -> Floats:
        """Expected utility of the choice over that of buying nothing, shape (S,). [util]

        Times `scale` it is money per customer (Small & Rosen 1981).
        """
        return _log_sum(self.appeal - price / self.scale[:, None], self.outside)


@dataclass(frozen=True, slots=True)
class LogLogit:
    """Bounded log-price logit. See the module's docstring."""

    appeal: Floats
    """Everything but the price, shape (S, K). [util]"""
    outside: Floats
    """Utility of buying nothing, shape (S,). [util]"""
    sensitivity: Floats
    """eta, shape (S,). [1]"""
    own_cost: Floats
    """h, the buyer's own cost of using any model, shape (S,). [money/Mtok]"""
    reservation: Floats
    """r, shape (S,). [money/Mtok]"""
    elasticity: Floats
    """epsilon, of tokens per customer, shape (S,). [1]"""
    reference: float
    """p-bar, at which a customer buys its size. [money/Mtok]"""
    size: Floats
    """Tokens if everybody bought at the reference price, shape (S,). [Mtok/day]"""

    def price_utility(self, price: Floats) -> Floats:
        """The part of utility that prices change, shape (S, K). [util]"""
        h, r = self.own_cost[:, None], self.reservation[:, None]
        paid: Floats = -self.sensitivity[:, None] * np.log((price + h) / self.reference) - price / r
        return paid

    def tokens_per_customer(self, price: Floats) -> Floats:
        """Tokens of a customer over those at the reference price, shape (S, K). [1]"""
        h = self.own_cost[:, None]
        per: Floats = ((price + h) / (self.reference + h)) ** -self.elasticity[:, None]
        return per

    def shares(self, price: Floats) -> Floats:
        """Choice probabilities, shape (S, K). [1]"""
        return logit(self.appeal + self.price_utility(price), self.outside)

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (K,). [Mtok/day]"""
        return self.size @ (self.shares(price) * self.tokens_per_customer(price))

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Own quantities (m,) and their derivatives (m, m) with respect to own prices."""
        h, r = self.own_cost[:, None], self.reservation[:, None]
        share, paid = self.shares(price)[:, own], price[own] + h
        size = self.size[:, None] * (paid / (self.reference + h)) ** -self.elasticity[:, None]
        d_utility = -self.sensitivity[:, None] / paid - 1.0 / r
        d_size = -self.elasticity[:, None] * size / paid
        return _slopes(share, size, d_utility, d_size)

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""
        return replace(self, appeal=_struck(self.appeal, gone))

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`."""
        outside = _with_rivals(self.appeal + self.price_utility(price), own, self.outside)
        return replace(self, appeal=self.appeal[:, own], outside=outside)

    def consumer_surplus(self, price: Floats) -> Floats:
        """Expected utility of the choice over that of buying nothing, shape (S,). [util]"""
        return _log_sum(self.appeal + self.price_utility(price), self.outside)


def _with_rivals(utility: Floats, own: Ints, outside: Floats) -> Floats:
    """Utility of going elsewhere, to a rival or to nothing, as one option: a log-sum, shape (S,)."""
    rivals = np.delete(utility, own, axis=1)
    elsewhere: Floats = _log_sum(rivals, outside) + outside
    return elsewhere


def _struck(appeal: Floats, gone: Ints) -> Floats:
    struck = appeal.copy()
    struck[:, gone] = -np.inf
    return struck


def diversion(share: Floats, size: Floats) -> Floats:
    r"""Diversion ratios: of the customers that offer k loses to a price rise, the part that goes to offer l.

    :math:`D_{kl} = \sum_s w_{sk} s_{sl} / (1 - s_{sk})` with :math:`w_{sk} \propto M_s s_{sk}(1-s_{sk})`
    (Conlon & Mortimer 2021, for the plain logit). share: shape (S, K). size: M, shape (S,).
    Returns shape (K, K) with a zero diagonal; rows sum to less than one, the rest stops buying.
    """
    lost = size[:, None] * share * (1.0 - share)
    total = lost.sum(axis=0)
    weight = np.divide(lost, total, out=np.zeros_like(lost), where=total > 0)
    ratio: Floats = (weight / (1.0 - share)).T @ share
    np.fill_diagonal(ratio, 0.0)
    return ratio
