r"""The mixed logit with linear prices: buyers differ in how they feel a price.

Probability :math:`s_j = \int e^{v_j - \alpha p_j} / (e^{v_0} + \sum_k e^{v_k - \alpha p_k}) \, dF(\alpha)`
with :math:`\ln\alpha \sim N(-\ln\mu - \omega^2/2,\ \omega^2)`, so that the mean sensitivity is :math:`1/\mu`
(McFadden & Train 2000; Berry, Levinsohn & Pakes 1995). The integral is a sum over `points`. :math:`\omega = 0`
is the plain logit. Substitution no longer follows shares alone: a dear offer loses to other dear ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from typing import Literal, Self

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.demand.base import PlainLogit, diversion_ratios
from pricewar.agents.demand.linear_logit import LinearPrice
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats, Ints, OneByOne, log_sum, logit, struck, with_rivals
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative

POINTS = 61
"""Points of the quadrature."""
REACH = 7.0
"""Standard deviations that it covers; beyond lie three buyers in a million million."""


def points(spread: float) -> list[tuple[float, float]]:
    """Multiples of the median sensitivity, and the share of buyers who have each.

    spread: standard deviation of the log of sensitivity (log-normal); zero leaves the median alone. [1]
    By the trapezoidal rule, which converges geometrically for such integrals (Trefethen & Weideman 2014); Gauss &
    Hermite's rule does not where prices are many scales high, and is wrong in the fifth digit there with 31 points.

    >>> points(0.0)
    [(1.0, 1.0)]
    """
    if spread == 0.0:
        return [(1.0, 1.0)]
    at = np.linspace(-REACH, REACH, POINTS)
    weight = np.exp(-0.5 * at**2)
    return list(zip(np.exp(spread * at).tolist(), (weight / weight.sum()).tolist(), strict=True))


STEPS = 200
"""Steps before an inversion is given up; half a dozen do."""
EXACT = 1e-12
"""Largest error of the logarithm of an inverted share."""
TINY = 1e-300
"""A deviation that is none."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class MixedResponse(LinearPrice, PlainLogit):
    """Mixed logit with linear prices, one unit a customer; mu is the scale at the mean sensitivity."""

    kind: Literal["mixed_logit"] = "mixed_logit"
    """Which response."""
    deviation: NonNegative = 0.5
    """Omega, standard deviation of the log of price sensitivity over buyers. Assumed: sensitivity differs by half."""

    @property
    def spread(self) -> float:
        """Standard deviation of the log of sensitivity, which sellers know."""
        return self.deviation

    @property
    def sensitivity(self) -> float:
        """Utility per money of the median buyer. [Mtok/money]"""
        return float(np.exp(-0.5 * self.deviation**2)) / self.mu

    def log_odds(self, share: Floats, none: float, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Utility of the median buyer over that of buying nothing, shape (K,). [util]

        Newton's method on the logarithms of the shares, from the plain logit's answer: the contraction of Berry,
        Levinsohn & Pakes (1995) has the same root and crawls where few buy nothing. Raises ValueError where there is
        no root near.
        """
        del offers
        sold = np.flatnonzero(share > 0.0)
        wanted = np.log(share[sold] / (share.sum() + none))
        factor, weight = np.array(points(self.deviation)).T
        apart = np.outer(factor - 1.0, self.sensitivity * price[sold])
        utility = wanted - np.log(none / (share.sum() + none))
        for _ in range(STEPS):
            by_taste = logit(utility - apart, np.zeros(factor.size))
            predicted = weight @ by_taste
            error = wanted - np.log(predicted)
            if np.all(np.abs(error) < EXACT):
                break
            slope = (np.diag(predicted) - (weight[:, None] * by_taste).T @ by_taste) / predicted[:, None]
            # A step of more than a util would leave the part of the curve that it was taken on.
            step = np.linalg.solve(slope, error)
            utility = utility + step / max(1.0, float(np.abs(step).max()))
        else:
            raise ValueError("these shares have no utilities behind them; lower response.deviation")
        odds = np.zeros_like(share)
        odds[sold] = utility
        return odds

    def system(self, segments: Sequence[Self], appeal: Floats, size: Floats, offers: Sequence[Offer]) -> "MixedLogit":
        """The demand system of S segments; appeal: shape (S, K). [util] size: shape (S,). [Mtok/day]"""
        del offers
        tastes = np.array([points(max(r.deviation, TINY)) for r in segments])  # as many points for all
        median = np.array([r.sensitivity for r in segments])
        outside = np.array([r.outside_utility for r in segments])
        return MixedLogit(
            appeal=appeal,
            outside=np.broadcast_to(outside[:, None], tastes.shape[:2]),
            sensitivity=median[:, None] * tastes[:, :, 0],
            weight=tastes[:, :, 1],
            size=size,
        )


@plain_dataclass(frozen=True, slots=True)
class MixedLogit(OneByOne):
    """Mixed logit over R tastes; every customer buys one unit. S segments, K offers."""

    appeal: Floats
    """Utility of each offer but for its price, shape (S, K). [util]"""
    outside: Floats
    """Utility of buying nothing, shape (S, R). [util]"""
    sensitivity: Floats
    """Utility per money, shape (S, R). [Mtok/money]"""
    weight: Floats
    """Share of the buyers who feel so, shape (S, R); rows sum to one. [1]"""
    size: Floats
    """Tokens if everybody bought, shape (S,). [Mtok/day]"""

    def _utility(self, price: Floats) -> Floats:
        """Utility of each offer to each taste, shape (S·R, K). [util]"""
        utility = self.appeal[:, None, :] - self.sensitivity[:, :, None] * price
        return utility.reshape(-1, price.size)

    def _by_taste(self, price: Floats) -> Floats:
        """Choice probabilities of each taste, shape (S, R, K). [1]"""
        share = logit(self._utility(price), self.outside.ravel())
        return share.reshape(*self.weight.shape, price.size)

    def shares(self, price: Floats) -> Floats:
        """Choice probabilities, shape (S, K). [1]"""
        mean: Floats = (self.weight[:, :, None] * self._by_taste(price)).sum(axis=1)
        return mean

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (K,). [Mtok/day]"""
        return self.size @ self.shares(price)

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Own quantities (m,) and their derivatives (m, m) with respect to own prices."""
        share = self._by_taste(price)[:, :, own].reshape(-1, own.size)
        people = (self.size[:, None] * self.weight).ravel()
        felt = people * self.sensitivity.ravel()
        jacobian: Floats = (felt[:, None] * share).T @ share
        jacobian.flat[:: own.size + 1] -= felt @ share
        return people @ share, jacobian

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""
        return replace(self, appeal=struck(self.appeal, gone))

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`."""
        elsewhere = with_rivals(self._utility(price), own, self.outside.ravel())
        return replace(self, appeal=self.appeal[:, own], outside=elsewhere.reshape(self.outside.shape))

    def diversions(self, price: Floats) -> Floats:
        """Diversion ratios, shape (K, K): offers lose most to those that the same buyers like. [1]"""
        return diversion_ratios(self.slopes(price, np.arange(price.size))[1])

    def consumer_surplus(self, price: Floats) -> Floats:
        """Worth of the choice over that of buying nothing, exact taste by taste, shape (S,). [money/day]"""
        over = log_sum(self._utility(price), self.outside.ravel()).reshape(self.weight.shape)
        worth: Floats = self.size * (self.weight * over / self.sensitivity).sum(axis=1)
        return worth
