r"""Demand as sellers see it: tokens bought of every offer, and how they answer prices.

Sellers know nothing else of their buyers than this interface, so the theory tests exercise the code that the
real scenarios run. Which demand systems there are is not known here: they are `agents.demand`, one file each. Below the
interface stands what logits share.

Shapes: S segments, K offers. Appeals include everything but the price; an offer that is not for sale has -inf.
"""

from abc import abstractmethod
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

    def quantities_at(self, prices: Floats) -> Floats:
        """The same by segment at G sets of prices at once, of shape (G, K), shape (G, S, K). [Mtok/day]

        A system that cannot tell segments apart may give them as one.
        """

    def tokens_per_customer(self, price: Floats) -> Floats:
        """Tokens of a customer over its size, shape (S, K) or (1, K). [1]"""

    def customers(self, price: Floats) -> Floats:
        """Size of the customers of every offer, shape (S, K). [Mtok/day]"""

    @property
    def smooth(self) -> bool:
        """Whether quantities follow prices without jumps."""

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Quantities of the `own` offers, shape (m,), and their derivatives with respect to own prices.

        The second has shape (m, m): row l, column k holds the change of quantity l with price k.
        """

    def kinks(self) -> Floats:
        """Prices at which demand has a kink, each offer's in a column, shape (any, K). [money/Mtok]"""

    def one_peak(self, cost: Floats) -> bool:
        """Whether it is known that profit has one stationary point, its maximum; cost: shape (K,). [money/Mtok]"""

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`: m offers instead of K."""

    def diversions(self, price: Floats) -> Floats:
        """Of the customers that offer k loses to a price rise, the part that goes to offer l, shape (K, K). [1]

        The diagonal is zero; rows sum to no more than one, the rest stops buying.
        """

    def consumer_surplus(self, price: Floats) -> Floats:
        """Worth of the choice over that of buying nothing, shape (S,). [money/day]

        Its derivative in a price is minus the tokens bought at that price (Roy's identity).
        """


def logit(utility: Floats, outside: Floats) -> Floats:
    r"""Choice probabilities :math:`e^{u_k} / (e^{u_0} + \sum_l e^{u_l})` (McFadden 1974).

    utility: of each offer, shape (..., S, K). [util] outside: of buying nothing, shape (S,). [util]
    Returns shape (..., S, K); each row sums to less than one. Large utilities do not overflow.

    >>> logit(np.zeros((1, 1)), np.zeros(1))
    array([[0.5]])
    """
    # The largest utility is taken out because scales near zero make utilities of thousands.
    top = np.maximum(utility.max(axis=-1, initial=-np.inf), outside)
    weight = np.exp(utility - top[..., None])
    shares: Floats = weight / (np.exp(outside - top) + weight.sum(axis=-1))[..., None]
    return shares


class Smooth:
    """Demand without kinks, of customers who buy one unit unless said otherwise."""

    __slots__ = ()
    size: Floats
    """Tokens if everybody bought, shape (S,). [Mtok/day]"""

    @abstractmethod
    def shares(self, price: Floats) -> Floats:
        """Choice probabilities, shape (S, K). [1]"""

    def tokens_per_customer(self, price: Floats) -> Floats:
        """One, shape (1, K)."""
        return np.ones((1, price.size))

    def customers(self, price: Floats) -> Floats:
        """Size of the customers of every offer, shape (S, K). [Mtok/day]"""
        return self.size[:, None] * self.shares(price)

    @property
    def smooth(self) -> bool:
        """It has no jumps either."""
        return True

    def kinks(self) -> Floats:
        """There are none, shape (0, 1)."""
        return np.zeros((0, 1))


class OneByOne(Smooth):
    """Quantities at many sets of prices, one set after the other."""

    __slots__ = ()

    @abstractmethod
    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (K,). [Mtok/day]"""

    def quantities_at(self, prices: Floats) -> Floats:
        """The same at G sets of prices, of shape (G, K), segments not told apart, shape (G, 1, K). [Mtok/day]"""
        return np.stack([self.quantities(price) for price in prices])[:, None, :]

    def one_peak(self, cost: Floats) -> bool:
        """It is not known; cost: shape (K,)."""
        del cost
        return False


def log_sum(utility: Floats, outside: Floats) -> Floats:
    """Expected utility of the best choice over that of buying nothing, shape (S,) (Small & Rosen 1981). [util]

    utility: of each offer, shape (S, K). [util] outside: of buying nothing, shape (S,). [util]
    """
    top = np.maximum(utility.max(axis=1, initial=-np.inf), outside)
    total = np.exp(outside - top) + np.exp(utility - top[:, None]).sum(axis=1)
    over: Floats = np.log(total) + top - outside
    return over


def logit_slopes(share: Floats, size: Floats, d_utility: Floats, d_size: Floats) -> tuple[Floats, Floats]:
    """Own quantities and derivatives of any logit with tokens per customer; all arrays of shape (S, m)."""
    quantity = share * size
    weighted = share * d_utility
    jacobian: Floats = -(quantity.T @ weighted)
    own: Floats = (quantity * d_utility + share * d_size).sum(axis=0)
    jacobian.flat[:: own.size + 1] += own
    return quantity.sum(axis=0), jacobian


def with_rivals(utility: Floats, own: Ints, outside: Floats) -> Floats:
    """Utility of going elsewhere, to a rival or to nothing, as one option: a log-sum, shape (S,)."""
    rivals = np.delete(utility, own, axis=1)
    elsewhere: Floats = log_sum(rivals, outside) + outside
    return elsewhere


def struck(appeal: Floats, gone: Ints) -> Floats:
    """Appeals with those of some offers taken away, shape (S, K). [util]"""
    left = appeal.copy()
    left[:, gone] = -np.inf
    return left


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
