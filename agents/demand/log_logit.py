r"""The bounded log-price logit, for this market.

Utility :math:`\xi_k - \eta \ln((p_k+h)/\bar p) - p_k/r`, tokens per customer
:math:`((p_k+h)/(\bar p+h))^{-\varepsilon}`. The buyer's own cost h keeps "free" finite, and the reservation
scale r bounds every optimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from typing import Literal, Self

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.demand.base import PlainLogit
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats, Ints, diversion, log_sum, logit, logit_slopes, struck, with_rivals
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, Positive, PositivePricePerMtok

FAR = 60.0
"""Utilities whose exponential still is a number."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class LogResponse(PlainLogit):
    r"""Bounded log-price logit: utility :math:`-\eta \ln((p+h)/\bar p) - p/r`, volume elasticity epsilon.

    Simplification: the reference price of a segment does not move; it only fixes what a size means.
    """

    kind: Literal["log_logit"] = "log_logit"
    """Which response."""
    eta: Positive = 2.5
    """Median price sensitivity of choice. Assumed: 1.5-3.5 keeps the optimum of a seller within its bounds; the
    -1.1 of Demirer et al. (NBER w34608) is between hosts of one model and cannot serve."""
    epsilon: NonNegative = 0.3
    """Short-run elasticity of a customer's tokens. Assumed: -0.3 in the short run, the rest works through
    adoption."""
    own_cost: PositivePricePerMtok = 0.1
    """h, the buyer's own cost per Mtok of using any model; it makes 'free' finite. Assumed."""
    reservation: PositivePricePerMtok = 300.0
    """r, reservation scale; bounds every optimum from above. Assumed."""
    reference: PositivePricePerMtok = 10.0
    """Price at which a customer buys its size. Assumed: about the median list price of the first day."""

    def __post_init__(self) -> None:
        """Refuse demand under which a small seller's optimum is at infinity. Raises ValueError."""
        if self.eta + self.epsilon <= 1.0:
            raise ValueError(
                f"own elasticity epsilon + eta = {self.eta + self.epsilon:g} must exceed one, "
                "else a seller's best price has no bound; raise eta"
            )

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

    def worth(self, value: Floats) -> Floats:
        """Gross values belong to linear-price demand; here they count for nothing."""
        return np.zeros_like(value)

    def term(self, price: Floats) -> Floats:
        """What the sensitivity multiplies, shape (K,)."""
        term: Floats = -np.log((price + self.own_cost) / self.reference)
        return term

    def bound(self, price: Floats) -> Floats:
        """What is the same for all, shape (K,)."""
        return -price / self.reservation

    def tokens(self, price: Floats) -> Floats:
        """Tokens of a customer over its size, shape (K,)."""
        ratio: Floats = (price + self.own_cost) / (self.reference + self.own_cost)
        return ratio**-self.epsilon

    @property
    def reference_price(self) -> float | None:
        """Price at which a customer buys its size. [money/Mtok]"""
        return self.reference

    def paid(self, price: Floats) -> Floats:
        """Price and own cost over those at the reference price, shape (K,). [1]"""
        ratio: Floats = (price + self.own_cost) / (self.reference + self.own_cost)
        return ratio

    def money(self, sensitivity: Floats) -> Floats:
        r"""Marginal utility of money :math:`\eta_i/(\bar p+h) + 1/r`, shape (n,). [util/(money/Mtok)]

        The slope at the reference price, because log utility has no constant one.
        """
        slope: Floats = sensitivity / (self.reference + self.own_cost) + 1.0 / self.reservation
        return slope

    def hold(self, loyalty: Floats, sensitivity: Floats) -> Floats:
        r"""How far the price may rise before loyalty no longer keeps a buyer, :math:`e^{\lambda_i/\eta_i} - 1`. [1]

        A share of price and own cost, shape (n,). The reservation term is left out: it would only make it smaller.
        """
        share: Floats = np.expm1(np.minimum(loyalty / sensitivity, FAR))
        return share

    def held(self, price: Floats) -> Floats:
        """A hold is a share of price and own cost, shape (K,). [money/Mtok]"""
        return price + self.own_cost

    def system(self, segments: Sequence[Self], appeal: Floats, size: Floats, offers: Sequence[Offer]) -> "LogLogit":
        """The demand system of S segments; appeal: shape (S, K). [util] size: shape (S,). [Mtok/day]"""
        del offers
        return LogLogit(
            appeal=appeal,
            outside=np.array([r.outside_utility for r in segments]),
            sensitivity=np.array([r.eta for r in segments]),
            own_cost=np.array([r.own_cost for r in segments]),
            reservation=np.array([r.reservation for r in segments]),
            elasticity=np.array([r.epsilon for r in segments]),
            reference=self.reference,
            size=size,
        )


@plain_dataclass(frozen=True, slots=True)
class LogLogit:
    """Bounded log-price logit. S segments, K offers."""

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
        return logit_slopes(share, size, d_utility, d_size)

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
        """Expected utility of the choice over that of buying nothing, shape (S,). [util]"""
        return log_sum(self.appeal + self.price_utility(price), self.outside)
