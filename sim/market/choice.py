r"""How prices enter a buyer's choice: the two price responses behind the `demand` interface.

A buyer's utility holds :math:`\text{sensitivity}_i \cdot \text{term}(p) + \text{bound}(p)`; buyers differ in their
sensitivity. The sellers' `Demand` is the same response with everybody at the segment's median.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from sim.market.demand import Demand, Floats, LinearLogit, LogLogit
from sim.parameters import CHECKED
from sim.units import NonNegative, Positive, PositivePricePerMtok, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class LinearResponse:
    """Linear-price logit: utility -p/mu, one unit a customer (Anderson, de Palma & Thisse 1992)."""

    kind: Literal["linear_logit"] = "linear_logit"
    """Which response."""
    mu: PositivePricePerMtok = 0.25
    """Scale of tastes. Default: the value of the textbook cases in Calvano et al. (2020)."""
    outside: Annotated[float, Unit("money/Mtok", money=1)] = 0.0
    """Value of buying nothing, a0, in the same money per Mtok as mu. Default: the textbook's nought."""

    @property
    def bounded(self) -> bool:
        """Whether utilities stay small enough for their exponentials: near mu = 0 they are thousands."""
        return False

    @property
    def sensitivity(self) -> float:
        """Utility per money. [Mtok/money]"""
        return 1.0 / self.mu

    @property
    def outside_utility(self) -> float:
        """Utility of buying nothing. [util]"""
        return self.outside / self.mu

    def worth(self, value: Floats) -> Floats:
        """Utility of a gross value. [util]"""
        return value / self.mu

    def term(self, price: Floats) -> Floats:
        """What the sensitivity multiplies, shape (K,)."""
        return -price

    def bound(self, price: Floats) -> Floats:
        """What is the same for all, shape (K,)."""
        return np.zeros_like(price)

    def tokens(self, price: Floats) -> Floats:
        """Tokens of a customer over its size, shape (K,)."""
        return np.ones_like(price)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class LogResponse:
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


Response = Annotated[LinearResponse | LogResponse, Field(discriminator="kind")]
"""A segment's price response; all segments of a scenario have the same kind."""


def demand_of(responses: Sequence[LinearResponse | LogResponse], appeal: Floats, size: Floats) -> Demand:
    """The demand system of segments with these responses.

    appeal: everything but the price, shape (S, K). [util] size: tokens if all bought, shape (S,). [Mtok/day]
    Raises ValueError where segments differ in kind or in reference price.
    """
    outside = np.array([r.outside_utility for r in responses])
    if all(isinstance(r, LinearResponse) for r in responses):
        scale = np.array([1.0 / r.sensitivity for r in responses])
        return LinearLogit(appeal, outside, scale, size)
    logs = [r for r in responses if isinstance(r, LogResponse)]
    if len(logs) < len(responses) or len({r.reference for r in logs}) > 1:
        raise ValueError("all segments must have one kind of demand and one reference price")
    return LogLogit(
        appeal=appeal,
        outside=outside,
        sensitivity=np.array([r.eta for r in logs]),
        own_cost=np.array([r.own_cost for r in logs]),
        reservation=np.array([r.reservation for r in logs]),
        elasticity=np.array([r.epsilon for r in logs]),
        reference=logs[0].reference,
        size=size,
    )
