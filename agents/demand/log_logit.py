r"""The logit with a Box-Cox price term, for this market: demand from which an exact surplus follows.

.. math:: V_k = \xi_k - \eta\,\frac{x_k^{1-\varepsilon} - 1}{1 - \varepsilon},\qquad x_k = \frac{p_k + h}{\bar p + h},

and tokens of a customer :math:`\text{size}\cdot x_k^{-\varepsilon}`. Its surplus is
:math:`\text{size}\cdot(\bar p + h)/\eta\cdot\ln(e^{V_0} + \sum_k e^{V_k})`: by Roy's identity the derivative in a
price is minus the tokens bought at it (Small & Rosen 1981), because one :math:`\varepsilon` shapes both price term and
volume.

:math:`\varepsilon = 0` is the linear logit of the textbooks, in which a customer buys one unit (Anderson, de Palma &
Thisse 1992); towards 1 it is the log logit, in which a customer spends a budget, and demand is CES (the same, 1987).
The buyer's own cost h keeps "free" finite.
"""

from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import field, replace
from typing import Literal, Self

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.demand.base import PlainLogit
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import (
    Floats,
    Ints,
    Smooth,
    diversion,
    log_sum,
    logit,
    logit_slopes,
    struck,
    with_rivals,
)
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Positive, PositivePricePerMtok, Share


def box_cox(ratio: Floats, elasticity: Floats | float) -> Floats:
    r"""Box & Cox's (1964) transform :math:`(x^{1-\varepsilon} - 1)/(1-\varepsilon)`; the logarithm at epsilon one.

    ratio: x, positive. [1] elasticity: epsilon, broadcast against it. [1]

    >>> box_cox(np.array([1.0, 4.0]), 0.0), box_cox(np.array([1.0, 4.0]), 1.0)
    (array([0., 3.]), array([0.        , 1.38629436]))
    """
    logarithm = np.log(ratio)
    power = np.asarray(1.0 - elasticity)
    if power.all():
        transformed: Floats = np.expm1(power * logarithm) / power
        return transformed
    if not power.any():
        return logarithm
    return np.where(power == 0.0, logarithm, np.expm1(power * logarithm) / np.where(power == 0.0, 1.0, power))


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class LogResponse(PlainLogit):
    r"""Logit with a Box-Cox price term, and tokens :math:`x^{-\varepsilon}` of a customer.

    Simplification: the reference price of a segment does not move. Below an epsilon of one it is more than a
    normalisation: a best price then lies above a floor that hangs on it, whatever the cost.
    """

    kind: Literal["log_logit"] = "log_logit"
    """Which response."""
    eta: Positive = 2.0
    """Median price sensitivity of choice. Assumed: with an epsilon near one, 1.5-3 lets tokens grow 10- to 40-fold
    as prices fall tenfold, as in 2024; the -1.1 of Demirer et al. (NBER w34608) is between hosts of one model and
    cannot serve."""
    epsilon: Share = 0.85
    """Elasticity of a customer's tokens in price and own cost; 1: a customer spends a budget. Assumed, so that tokens
    grow 10- to 40-fold as prices fall about tenfold in 2024; mark-ups proportional to cost need a value near one."""
    own_cost: PositivePricePerMtok = 0.1
    """h, the buyer's own cost per Mtok of using any model; it makes 'free' finite. Assumed."""
    reference: PositivePricePerMtok = 10.0
    """Price at which a customer buys its size. Assumed: about the median list price of the first day."""
    reservation: PositivePricePerMtok | None = field(default=None, metadata={"no_effect_since": "0.5.0"})
    """Without effect since 0.5.0: where buyers may buy nothing or from another owner, every best price is bounded
    without it."""

    @property
    def bounded(self) -> bool:
        """Whether utilities stay small enough for their exponentials: logarithms of prices do."""
        return True

    @property
    def sensitivity(self) -> float:
        """Median eta. [1]"""
        return self.eta

    @property
    def outside_utility(self) -> float:
        """Utility of buying nothing. [util]"""
        return 0.0

    def felt(self, factor: float) -> Self:
        """The same of buyers who feel a price so many times as strongly."""
        return replace(self, eta=factor * self.eta)

    def worth(self, value: Floats) -> Floats:
        """Gross values belong to linear-price demand; here they count for nothing."""
        return np.zeros_like(value)

    def paid(self, price: Floats) -> Floats:
        """Price and own cost over those at the reference price, x, shape (K,). [1]"""
        ratio: Floats = (price + self.own_cost) / (self.reference + self.own_cost)
        return ratio

    def term(self, price: Floats) -> Floats:
        """What the sensitivity multiplies, shape (K,)."""
        return -box_cox(self.paid(price), self.epsilon)

    def tokens(self, price: Floats) -> Floats:
        """Tokens of a customer over its size, shape (K,)."""
        return self.paid(price) ** -self.epsilon

    @property
    def reference_price(self) -> float | None:
        """Price at which a customer buys its size. [money/Mtok]"""
        return self.reference

    def money(self, sensitivity: Floats) -> Floats:
        r"""Utility of money per Mtok of size, :math:`\eta_i/(\bar p+h)`, shape (n,). [util/(money/Mtok)]"""
        return sensitivity / (self.reference + self.own_cost)

    def system(self, segments: Sequence[Self], appeal: Floats, size: Floats, offers: Sequence[Offer]) -> "LogLogit":
        """The demand system of S segments; appeal: shape (S, K). [util] size: shape (S,). [Mtok/day]"""
        del offers
        return LogLogit(
            appeal=appeal,
            outside=np.array([r.outside_utility for r in segments]),
            sensitivity=np.array([r.eta for r in segments]),
            own_cost=np.array([r.own_cost for r in segments]),
            elasticity=np.array([r.epsilon for r in segments]),
            reference=self.reference,
            size=size,
        )


@plain_dataclass(frozen=True, slots=True)
class LogLogit(Smooth):
    """Logit with a Box-Cox price term. S segments, K offers."""

    appeal: Floats
    """Everything but the price, shape (S, K). [util]"""
    outside: Floats
    """Utility of buying nothing, shape (S,). [util]"""
    sensitivity: Floats
    """eta, shape (S,). [1]"""
    own_cost: Floats
    """h, the buyer's own cost of using any model, shape (S,). [money/Mtok]"""
    elasticity: Floats
    """epsilon, of tokens per customer, shape (S,). [1]"""
    reference: float
    """p-bar, at which a customer buys its size. [money/Mtok]"""
    size: Floats
    """Tokens if everybody bought at the reference price, shape (S,). [Mtok/day]"""

    h: Floats = field(init=False)
    """Own costs of the rows of x that differ: of one where all segments have one own cost and one elasticity, for
    powers are dear; shape (S, 1) or (1, 1). [money/Mtok]"""
    exponent: Floats = field(init=False)
    """Their elasticities, of the same shape. [1]"""

    def __post_init__(self) -> None:
        """Tell how many rows of x differ."""
        cost, elasticity = self.own_cost, self.elasticity
        alike = (cost == cost[:1]).all() and (elasticity == elasticity[:1]).all()
        rows = 1 if alike else cost.size
        object.__setattr__(self, "h", cost[:rows, None])
        object.__setattr__(self, "exponent", elasticity[:rows, None])

    def _paid(self, price: Floats) -> Floats:
        """Price and own cost over those at the reference price, x, shape (..., S, K) or (..., 1, K). [1]"""
        ratio: Floats = (price[..., None, :] + self.h) / (self.reference + self.h)
        return ratio

    def price_utility(self, price: Floats) -> Floats:
        """The part of utility that prices change, shape (..., S, K). [util]"""
        return self._felt(self._paid(price))

    def _felt(self, ratio: Floats) -> Floats:
        """The same from x, shape (..., S, K). [util]"""
        felt: Floats = -self.sensitivity[:, None] * box_cox(ratio, self.exponent)
        return felt

    def tokens_per_customer(self, price: Floats) -> Floats:
        """Tokens of a customer over those at the reference price, shape (..., S, K) or (..., 1, K). [1]"""
        return self._paid(price) ** -self.exponent

    def shares(self, price: Floats) -> Floats:
        """Choice probabilities, shape (S, K). [1]"""
        return logit(self.appeal + self.price_utility(price), self.outside)

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (K,). [Mtok/day]"""
        return self.size @ (self.shares(price) * self.tokens_per_customer(price))

    def quantities_at(self, prices: Floats) -> Floats:
        """The same by segment at G sets of prices, of shape (G, K), shape (G, S, K). [Mtok/day]"""
        bought: Floats = self.size[:, None] * self.shares(prices) * self.tokens_per_customer(prices)
        return bought

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Own quantities (m,) and their derivatives (m, m) with respect to own prices."""
        ratio = self._paid(price)
        share, ratio = logit(self.appeal + self._felt(ratio), self.outside)[:, own], ratio[:, own]
        tokens = ratio**-self.exponent
        size = self.size[:, None] * tokens
        d_utility = -self.sensitivity[:, None] * tokens / (self.reference + self.own_cost[:, None])
        d_size = -self.elasticity[:, None] * size / (price[own] + self.own_cost[:, None])
        return logit_slopes(share, size, d_utility, d_size)

    def one_peak(self, cost: Floats) -> bool:
        """With one segment and every sale dearer than its buyer's own cost is cheap (Anderson & de Palma 1992)."""
        return self.size.size == 1 and bool(np.all(cost > -self.own_cost[0]))

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""
        return replace(self, appeal=struck(self.appeal, gone))

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`."""
        outside = with_rivals(self.appeal + self.price_utility(price), own, self.outside)
        return replace(self, appeal=self.appeal[:, own], outside=outside)

    def diversions(self, price: Floats) -> Floats:
        """Diversion ratios of the plain logit, shape (K, K). [1]"""
        return diversion(self.shares(price), self.size)

    def consumer_surplus(self, price: Floats) -> Floats:
        """Worth of the choice over that of buying nothing, exact, shape (S,) (Small & Rosen 1981). [money/day]"""
        utils = log_sum(self.appeal + self.price_utility(price), self.outside)
        worth: Floats = self.size * (self.reference + self.own_cost) / self.sensitivity * utils
        return worth
