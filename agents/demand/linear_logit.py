r"""The linear-price logit, for the textbook.

Utility :math:`(a_k - p_k)/\mu` (Anderson, de Palma & Thisse 1992, ch. 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.demand.base import OneUnit, PlainLogit
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
from pricewar.sim.units import PositivePricePerMtok, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class LinearPrice(OneUnit):
    """Utility -p/mu, one unit a customer."""

    # Meanings stand in the annotation here: a docstring would not reach the classes that inherit.
    mu: Annotated[
        PositivePricePerMtok,
        Field(description="Scale of tastes. Default: the value of the textbook cases in Calvano et al. (2020)."),
    ] = 0.25
    outside: Annotated[
        float,
        Unit("money/Mtok", money=1),
        Field(
            description="Value of buying nothing, a0, in the same money per Mtok as mu. Default: the textbook's zero."
        ),
    ] = 0.0

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

    def felt(self, factor: float) -> Self:
        """The same of buyers who feel a price so many times as strongly, buying nothing worth to them what it was."""
        return replace(self, mu=self.mu / factor, outside=self.outside / factor)

    def worth(self, value: Floats) -> Floats:
        """Utility of a gross value. [util]"""
        return value / self.mu


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class LinearResponse(LinearPrice, PlainLogit):
    """Linear-price logit: utility -p/mu, one unit a customer (Anderson, de Palma & Thisse 1992)."""

    kind: Literal["linear_logit"] = "linear_logit"
    """Which response."""

    def system(self, segments: Sequence[Self], appeal: Floats, size: Floats, offers: Sequence[Offer]) -> "LinearLogit":
        """The demand system of S segments; appeal: shape (S, K). [util] size: shape (S,). [Mtok/day]"""
        del offers
        outside = np.array([r.outside_utility for r in segments])
        return LinearLogit(appeal, outside, np.array([1.0 / r.sensitivity for r in segments]), size)


@plain_dataclass(frozen=True, slots=True)
class LinearLogit(Smooth):
    """Linear-price logit; every customer buys one unit. S segments, K offers."""

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
        return logit(self.appeal - price[..., None, :] / self.scale[:, None], self.outside)

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (K,). [Mtok/day]"""
        return self.size @ self.shares(price)

    def quantities_at(self, prices: Floats) -> Floats:
        """The same by segment at G sets of prices, of shape (G, K), shape (G, S, K). [Mtok/day]"""
        bought: Floats = self.size[:, None] * self.shares(prices)
        return bought

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        """Own quantities (m,) and their derivatives (m, m) with respect to own prices."""
        share = self.shares(price)[:, own]
        size = np.broadcast_to(self.size[:, None], share.shape)
        d_utility = np.broadcast_to(-1.0 / self.scale[:, None], share.shape)
        return logit_slopes(share, size, d_utility, np.zeros_like(share))

    def one_peak(self, cost: Floats) -> bool:
        """With one segment (Anderson & de Palma 1992); where a price of zero may be best, a search tells."""
        return self.size.size == 1 and bool(np.all(cost >= 0.0))

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""
        return replace(self, appeal=struck(self.appeal, gone))

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`."""
        outside = with_rivals(self.appeal - price / self.scale[:, None], own, self.outside)
        return replace(self, appeal=self.appeal[:, own], outside=outside)

    def diversions(self, price: Floats) -> Floats:
        """Diversion ratios of the plain logit, shape (K, K). [1]"""
        return diversion(self.shares(price), self.size)

    def consumer_surplus(self, price: Floats) -> Floats:
        """Worth of the choice over that of buying nothing, exact, shape (S,) (Small & Rosen 1981). [money/day]"""
        worth: Floats = self.size * self.scale * log_sum(self.appeal - price / self.scale[:, None], self.outside)
        return worth
