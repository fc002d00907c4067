"""Demand where somebody else bears a part of what buyers pay: they choose at prices net of it.

Of a price p a buyer pays max(keep·p − off, least·p). Sellers know it, and see demand through it. With several rebates
the second is taken off what the first has left, and so on.
"""

from dataclasses import dataclass, replace

import numpy as np

from pricewar.sim.market.demand import Demand, Floats, Ints


@dataclass(frozen=True, slots=True)
class Rebate:
    """What is taken off the prices of K offers."""

    keep: Floats
    """Share of the price that is left to buyers, shape (K,). [1]"""
    off: Floats
    """What is taken off that, shape (K,). [money/Mtok]"""
    least: Floats
    """Share of the price that buyers pay at least, shape (K,). Above zero demand answers every price. [1]"""

    def net(self, price: Floats) -> Floats:
        """What buyers pay, shape (K,). [money/Mtok]

        >>> Rebate(np.array([0.5, 1.0]), np.array([0.0, 3.0]), np.array([0.1, 0.1])).net(np.array([4.0, 2.0])).tolist()
        [2.0, 0.2]
        """
        paid: Floats = np.maximum(self.keep * price - self.off, self.least * price)
        return paid

    def slope(self, price: Floats) -> Floats:
        """How fast that rises with the price, shape (K,). [1]"""
        return np.where(self.keep * price - self.off > self.least * price, self.keep, self.least)

    def of(self, own: Ints) -> "Rebate":
        """The rebate of some of the offers."""
        return Rebate(self.keep[own], self.off[own], self.least[own])


@dataclass(frozen=True, slots=True)
class Rebated:
    """A demand system as sellers see it through a rebate; prices are those that they post."""

    behind: Demand
    """Demand at what buyers pay."""
    rebate: Rebate
    """What they do not pay."""

    def shares(self, price: Floats) -> Floats:
        """Choice probabilities, shape (S, K). [1]"""
        return self.behind.shares(self.rebate.net(price))

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (K,). [Mtok/day]"""
        return self.behind.quantities(self.rebate.net(price))

    def quantities_at(self, prices: Floats) -> Floats:
        """The same by segment at G sets of posted prices, of shape (G, K), shape (G, S, K). [Mtok/day]"""
        return self.behind.quantities_at(self.rebate.net(prices))

    def tokens_per_customer(self, price: Floats) -> Floats:
        """Tokens of a customer at what it pays, shape (S, K) or (1, K). [1]"""
        return self.behind.tokens_per_customer(self.rebate.net(price))

    def customers(self, price: Floats) -> Floats:
        """Size of the customers of every offer, shape (S, K). [Mtok/day]"""
        return self.behind.customers(self.rebate.net(price))

    @property
    def smooth(self) -> bool:
        """Whether demand has no jumps; a rebate makes none."""
        return self.behind.smooth

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Quantities of own offers and their derivatives with respect to own posted prices (chain rule)."""
        quantity, jacobian = self.behind.slopes(self.rebate.net(price), own)
        return quantity, jacobian * self.rebate.slope(price)[own]

    def kinks(self) -> Floats:
        """Where the rebate reaches its least, and the kinks behind it, shape (any, K)."""
        rebate = self.rebate
        with np.errstate(divide="ignore", invalid="ignore"):
            own = rebate.off / (rebate.keep - rebate.least)
            behind = (self.behind.kinks() + rebate.off) / rebate.keep
        kinks = np.vstack([own[None, :], np.broadcast_to(behind, (len(behind), own.size))])
        return np.where(np.isfinite(kinks) & (kinks > 0.0), kinks, 0.0)

    def one_peak(self, cost: Floats) -> bool:
        """A rebate makes kinks."""
        del cost
        return False

    def without(self, gone: Ints) -> "Rebated":
        """The same demand with some offers taken from the market."""
        return replace(self, behind=self.behind.without(gone))

    def residual(self, price: Floats, own: Ints) -> "Rebated":
        """Demand for the own offers alone while everybody else keeps to `price`."""
        return Rebated(self.behind.residual(self.rebate.net(price), own), self.rebate.of(own))

    def diversions(self, price: Floats) -> Floats:
        """Diversion ratios, shape (K, K). [1]"""
        return self.behind.diversions(self.rebate.net(price))

    def consumer_surplus(self, price: Floats) -> Floats:
        """Worth of the choice over that of buying nothing at what buyers pay, shape (S,). [money/day]"""
        return self.behind.consumer_surplus(self.rebate.net(price))
