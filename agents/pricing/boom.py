r"""Collusion over the cycle (Rotemberg & Saloner 1986): the best price that n sellers of equal goods can keep.

Demand is in one of several states, independent over time and seen by all before they price. Undercutting takes the
whole market of today; what it loses, the collusive profits of later, does not depend on today's state. So the larger
the market is today, the lower must be the price that nobody undercuts:

.. math:: (n-1)\,\Pi_s(p_s) \le \frac{\delta}{1-\delta} \sum_r q_r \Pi_r(p_r) \qquad \text{in every state } s.

Prices are countercyclical: a price war in the boom.
"""

from collections.abc import Sequence
from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.buyers.demand_shocks import DemandShock
from pricewar.agents.games.first_order import Problem, best_at
from pricewar.agents.pricing.books import Books, Decision, View, cheapest_rival
from pricewar.sim.market.demand import Demand, Floats
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import MtokPerDay, OpenShare, Unit

UNDERCUT = 1e-9
"""How far below the own price, as a share of it, a rival has undercut; less is rounding."""


@plain_dataclass(frozen=True, slots=True)
class Trust:
    """What the seller noted at its last review."""

    broken: bool
    """Whether a rival has undercut, ever."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class RotembergSaloner:
    """Asks the highest price that nobody gains by undercutting in today's state of demand; once undercut, cost.

    Sellers who keep to it must review at the same instants. Simplification: goods are equal, as in the paper.
    """

    kind: Literal["rotemberg_saloner"] = "rotemberg_saloner"
    """Which strategy."""
    states: dict[SellerId, DemandShock] = Field(default_factory=dict)
    """States of demand other than the usual one, as `segments.*.shocks.states`; what they leave is the usual one."""
    usual: Annotated[MtokPerDay, Field(gt=0)]
    """Tokens a day of the whole market at a price of zero in the usual state, from which today's state is told."""
    discount: OpenShare = 0.9
    """What profit at the next review is worth today. Assumed."""
    sellers: Annotated[int, Field(ge=2), Unit("seller")] = 2
    """How many share the market."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Collude as far as today's state allows; at cost after anybody has ever undercut."""
        del luck
        broken = isinstance(books.notes, Trust) and (books.notes.broken or _undercut(books, view))
        price = books.marginal.copy() if broken else self._prices(books, view)
        why = "a rival undercut" if broken else "the best price that nobody undercuts today"
        return Decision(price, why, "punishes" if broken else "colludes", notes=Trust(broken))

    def _prices(self, books: Books, view: View) -> Floats:
        """The most collusive price of each tier, as if it were the firm's only one, shape (m,)."""
        chances = [shock.probability for shock in self.states.values()]
        factors = [shock.factor for shock in self.states.values()] + [1.0]
        limit = profit_limit(factors, [*chances, max(0.0, 1.0 - sum(chances))], self.discount, self.sellers)
        price = np.empty(books.own.size)
        for m, k in enumerate(books.own):
            others = np.setdiff1d(np.arange(view.board.price.size), [k]).astype(np.intp)
            alone = view.demand.without(others)
            free = np.where(np.arange(view.board.price.size) == k, 0.0, view.board.price)
            state = float(alone.quantities(free)[k]) / self.usual
            # Where nobody buys today no price is better than another.
            kept = state > 0.0
            price[m] = _kept(alone, view, int(k), float(books.marginal[m]), limit / state) if kept else books.first[m]
        return price


def _undercut(books: Books, view: View) -> bool:
    """Whether a rival's posted price lies below the own one of the same tier."""
    for m, tier in enumerate(books.tiers):
        rival = cheapest_rival(books, view, tier)
        if rival is not None and rival < (1.0 - UNDERCUT) * float(view.board.price[books.own[m]]):
            return True
    return False


def profit_limit(factors: Sequence[float], chances: Sequence[float], discount: float, sellers: int) -> float:
    r"""Largest joint profit that nobody grabs, over the monopoly profit of the usual state. [1]

    With :math:`\kappa = \delta/((1-\delta)(n-1))` it is :math:`L = \kappa E` for the largest mean profit E that solves
    :math:`E = \sum_s q_s \min(\theta_s, \kappa E)`; zero where :math:`\kappa < 1`: nothing can be kept.
    Solved by asking which of the largest states are bound, from none to all.

    factors: theta, volume in each state over the usual one. chances: q of each. discount: delta. sellers: n.

    >>> round(profit_limit([1.0, 2.0], [0.5, 0.5], 0.55, 2), 12)  # the boom is bound: 11/7 and not 2
    1.571428571429
    """
    kappa = discount / ((1.0 - discount) * (sellers - 1))
    order = np.argsort(np.asarray(factors, dtype=np.float64), kind="stable")
    theta, chance = np.asarray(factors, dtype=np.float64)[order], np.asarray(chances, dtype=np.float64)[order]
    theta, chance = theta[chance > 0.0], chance[chance > 0.0]
    for free in range(theta.size, 0, -1):
        bound = kappa * float(chance[free:].sum())
        if bound >= 1.0:
            break
        limit = kappa * float(chance[:free] @ theta[:free]) / (1.0 - bound)
        if limit >= theta[free - 1]:
            return limit
    return 0.0


def _kept(alone: Demand, view: View, k: int, cost: float, limit: float) -> float:
    """The price of offer k at which it alone would earn `limit` times its monopoly profit, at most the monopoly's.

    Of the two prices that earn it the lower one: above the monopoly price a rival would cut deeper than to it.
    """
    from scipy.optimize import brentq

    # From the first price and not from today's: of equal goods the last bit of a price decides who sells.
    one, first = np.array([k], dtype=np.intp), view.board.first
    problem = Problem(alone, first, one, np.array([cost]), np.ones(1), np.inf)
    monopoly = float(best_at(problem, 0.0, np.array([max(float(first[k]), cost)]))[0])
    if limit >= 1.0:
        return monopoly
    most = problem.profit(np.array([monopoly]))

    def short(price: float) -> float:
        return problem.profit(np.array([price])) / most - limit

    return cost if limit <= 0.0 else float(brentq(short, cost, monopoly, xtol=1e-15 * monopoly, rtol=1e-15))
