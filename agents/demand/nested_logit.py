r"""The nested logit with linear prices: offers of one nest are closer substitutes than others.

Probability :math:`s_j = s_{j|g}\,s_g` with, in a nest g,

.. math:: s_{j|g} = e^{v_j/(1-\sigma)} / e^{I_g},\quad s_g = e^{(1-\sigma) I_g} / (e^{v_0} + \sum_h e^{(1-\sigma) I_h}),
          \quad I_g = \ln \sum_{k \in g} e^{v_k/(1-\sigma)}

(McFadden 1978; Cardell 1997; Berry 1994, eq. 23-28). :math:`\sigma = 0` is the plain logit; towards one the offers of a
nest become perfect substitutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.demand.base import diversion_ratios
from pricewar.agents.demand.linear_logit import LinearPrice
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats, Ints, OneByOne, struck
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class NestedResponse(LinearPrice):
    """Nested logit with linear prices, one unit a customer."""

    kind: Literal["nested_logit"] = "nested_logit"
    """Which response."""
    correlation: Annotated[float, Field(ge=0, lt=1), Unit("1")] = 0.5
    """Sigma, how alike the offers of a nest are; 0 is the plain logit. Assumed: between alike and unlike."""
    nest: Literal["tier", "seller", "region", "open_weights"] = "tier"
    """What the offers of a nest have in common. Assumed: a cheap model replaces a cheap model first."""

    @property
    def plain(self) -> bool:
        """Offers of a nest take customers from one another first."""
        return False

    @property
    def spread(self) -> float:
        """Sellers know of no difference between buyers."""
        return 0.0

    def nests(self, offers: Sequence[Offer]) -> Ints:
        """Nest of each offer, numbered as they first appear, shape (K,)."""
        names: dict[object, int] = {}
        return np.array([names.setdefault(getattr(o, self.nest), len(names)) for o in offers], dtype=np.intp)

    def inclusive(self, utility: Floats, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Utilities with which a plain logit has the nested probabilities, shape (n, K). [util]"""
        del price
        within = utility / (1.0 - self.correlation)
        nests = self.nests(offers)
        sums = nest_sums(within, nests, np.full((utility.shape[0], nests.max(initial=-1) + 1), -np.inf))[:, nests]
        # An empty nest has no sum to take away.
        seen: Floats = within - self.correlation * np.where(np.isfinite(sums), sums, 0.0)
        return seen

    def log_odds(self, share: Floats, none: float, price: Floats, offers: Sequence[Offer]) -> Floats:
        r"""Utility over that of buying nothing, :math:`\ln s_j - \ln s_0 - \sigma \ln s_{j|g}`, shape (K,). [util]"""
        del price
        nests = self.nests(offers)
        positive = np.where(share > 0.0, share, 1.0)
        of_nest = np.bincount(nests, share)[nests]
        within = np.divide(share, of_nest, out=np.ones_like(share), where=share > 0.0)
        odds: Floats = np.log(positive) - np.log(none) - self.correlation * np.log(within)
        return odds

    def system(self, segments: Sequence[Self], appeal: Floats, size: Floats, offers: Sequence[Offer]) -> "NestedLogit":
        """The demand system of S segments; appeal: shape (S, K). [util] size: shape (S,). [Mtok/day]

        Simplification: all segments have the nests of the first, as a scenario's segments share their kind.
        """
        nests = self.nests(offers)
        return NestedLogit(
            appeal=appeal,
            outside=np.array([r.outside_utility for r in segments]),
            scale=np.array([1.0 / r.sensitivity for r in segments]),
            size=size,
            correlation=np.array([r.correlation for r in segments]),
            nests=nests,
            others=np.full((len(segments), nests.max(initial=-1) + 1), -np.inf),
        )


def nest_sums(within: Floats, nests: Ints, others: Floats) -> Floats:
    """Log-sums of the nests I_g, shape (n, G); -inf where a nest is empty.

    within: utilities over 1 - sigma, shape (n, K). nests: shape (K,). others: log-sum of what else is in each nest,
    shape (n, G).
    """
    sums = others.copy()
    for k, nest in enumerate(nests.tolist()):
        sums[:, nest] = np.logaddexp(sums[:, nest], within[:, k])
    return sums


@plain_dataclass(frozen=True, slots=True)
class NestedLogit(OneByOne):
    """Nested logit; every customer buys one unit. S segments, K offers in G nests."""

    appeal: Floats
    """Value of each offer over the scale, shape (S, K). [util]"""
    outside: Floats
    """Utility of buying nothing, shape (S,). [util]"""
    scale: Floats
    """mu, shape (S,). [money/Mtok per util]"""
    size: Floats
    """Tokens if everybody bought, shape (S,). [Mtok/day]"""
    correlation: Floats
    """sigma, shape (S,). [1]"""
    nests: Ints
    """Nest of each offer, shape (K,)."""
    others: Floats
    """Log-sum of the offers in each nest whose price is given, shape (S, G); -inf where there are none."""

    def _parts(self, price: Floats) -> tuple[Floats, Floats, Floats]:
        """Utilities over 1 - sigma (S, K), log-sums of the nests (S, G), logarithm of the denominator (S,)."""
        alike = (1.0 - self.correlation)[:, None]
        within = (self.appeal - price / self.scale[:, None]) / alike
        sums = nest_sums(within, self.nests, self.others)
        everything = np.logaddexp(self.outside, np.logaddexp.reduce(alike * sums, axis=1))
        return within, sums, everything

    def _shares(self, price: Floats) -> tuple[Floats, Floats]:
        """Choice probabilities, and those within the nest, both of shape (S, K). [1]"""
        within, sums, everything = self._parts(price)
        mine = sums[:, self.nests]
        mine = np.where(np.isfinite(mine), mine, 0.0)
        in_nest = np.exp(within - mine)
        return in_nest * np.exp((1.0 - self.correlation)[:, None] * mine - everything[:, None]), in_nest

    def shares(self, price: Floats) -> Floats:
        """Choice probabilities, shape (S, K). [1]"""
        return self._shares(price)[0]

    def quantities(self, price: Floats) -> Floats:
        """Tokens bought of every offer, shape (K,). [Mtok/day]"""
        return self.size @ self.shares(price)

    def slopes(self, price: Floats, own: Ints) -> tuple[Floats, Floats]:
        r"""Own quantities (m,) and their derivatives (m, m) with respect to own prices.

        :math:`\partial s_l/\partial p_k = -\frac{s_l}{\mu} \left(\frac{1[l=k]}{1-\sigma}
        - \frac{\sigma}{1-\sigma} s_{k|g} 1[\text{same nest}] - s_k\right)` (Berry 1994).
        """
        shares, in_nest = self._shares(price)
        share, in_nest = shares[:, own], in_nest[:, own]
        nests = self.nests[own]
        alike = (nests[:, None] == nests[None, :]).astype(np.float64)
        more = (self.size / (self.scale * (1.0 - self.correlation)))[:, None]
        jacobian = (self.size / self.scale * share.T) @ share
        jacobian += alike * ((more * self.correlation[:, None] * share).T @ in_nest)
        jacobian.flat[:: own.size + 1] -= (more * share).sum(axis=0)
        return self.size @ share, jacobian

    def without(self, gone: Ints) -> Self:
        """The same demand with some offers taken from the market."""
        return replace(self, appeal=struck(self.appeal, gone))

    def residual(self, price: Floats, own: Ints) -> Self:
        """Demand for the `own` offers alone while everybody else keeps to `price`: rivals stay in their nests."""
        within = (self.appeal - price / self.scale[:, None]) / (1.0 - self.correlation)[:, None]
        rivals = np.setdiff1d(np.arange(self.nests.size), own)
        others = nest_sums(within[:, rivals], self.nests[rivals], self.others)
        return replace(self, appeal=self.appeal[:, own], nests=self.nests[own], others=others)

    def diversions(self, price: Floats) -> Floats:
        """Diversion ratios, shape (K, K): most of what an offer loses stays in its nest. [1]"""
        return diversion_ratios(self.slopes(price, np.arange(self.nests.size))[1])

    def consumer_surplus(self, price: Floats) -> Floats:
        """Worth of the choice over that of buying nothing, exact, shape (S,) (McFadden 1978). [money/day]"""
        worth: Floats = self.size * self.scale * (self._parts(price)[2] - self.outside)
        return worth
