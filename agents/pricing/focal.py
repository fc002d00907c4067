r"""M6: whether a focal price is worth holding, by one incentive constraint for everybody (Friedman 1971).

A seller holds the prices of a convention if, at a review, holding is worth as much as leaving less what a change costs:

.. math::
    W_H &= \pi_H k(\mu) + \pi_N (1 - k(\mu)) \\
    W_D &= \pi_S K(0) + \pi_D \sum_i w_i [k(r_i) - K(r_i)] + \pi_N \{1 - K(0) - \sum_i w_i [k(r_i) - K(r_i)]\}

with :math:`k(z) = r/(r+z)`, what a flow is worth that ends at the rate z, and :math:`K(z)` the same on customers who
stand under contracts and leave as these end, :math:`k(\rho+z)` with one contract rate. Flows are profits a day: held
(:math:`\pi_H`), after leaving (:math:`\pi_D`, on those who choose anew; :math:`\pi_S`, on those who stand), and once
all have answered (:math:`\pi_N`). Rival i answers a cut at the rate :math:`r_i > 0`, and :math:`w_i \ge 0` of what a
cut gains comes from it; the convention breaks without the seller at the rate :math:`\mu`. For all contracts short, all
rivals alike, :math:`\mu = 0` and changes that cost nothing this is Friedman's condition with a discount factor of
:math:`1 - k(r_i)`.

Who leaves comes out. Slow answers make it attractive, few standing customers, to whom a cut is a gift, and a convention
that is about to break anyway; where customers choose at once, so do a small share, a low cost and idle machines. That
all hold and that none does may both be in everybody's interest; history selects. Only :math:`(r+\mu)/r_i` matters, so
that the discount rate is not identified by who holds.

Simplifications: a convention that has broken is taken never to return; the rivals' prices after it are static Nash at
guessed costs; standing customers of the leaver go on paying its first low price.
"""

from dataclasses import dataclass, replace

import numpy as np

from pricewar.agents.games.first_order import Problem
from pricewar.agents.games.nash import nash
from pricewar.agents.pricing.books import Books, Convention, View
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.market.demand import Demand, Floats, Ints, Mask

SLIGHT = 1e-9
"""Discount rate that stands for none. [1/day]"""
ROUNDS = 100
"""Rounds of mark-ups after which prices after a convention are solved otherwise."""
HASTY = 30
"""Rounds in which prices go all the way."""
SETTLED = 1e-10
"""Change in a round, as a share of the highest price at first, at which prices are taken for settled."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What later flows are worth: discounting, and the contracts of those who are customers today, in C classes."""

    discount: float
    """r, positive. [1/day]"""
    standing: Floats
    """Share of standing sales under contracts of each class, shape (C,); the rest chooses anew at once. [1]"""
    ends: Floats
    """Rate at which the contracts of each class end, shape (C,). [1/day]"""

    def until(self, rate: Floats | float) -> Floats:
        """k: a flow of one that ends at a rate, as a lasting flow, of the shape of `rate`. [1]"""
        worth: Floats = self.discount / (self.discount + np.asarray(rate, dtype=np.float64))
        return worth

    def on_standing(self, rate: Floats | float) -> Floats:
        """K: the same on sales that also end as contracts do, of the shape of `rate`. [1]"""
        last = np.asarray(rate, dtype=np.float64)[..., None]
        worth: Floats = (self.standing * self.discount / (self.discount + self.ends + last)).sum(axis=-1)
        return worth


@dataclass(frozen=True, slots=True)
class Flow:
    """Profit a day at some prices."""

    standing: float
    """From those who are customers today, as long as they are. [money/day]"""
    anew: float
    """From everybody, once all have chosen anew. [money/day]"""


def worth_of_holding(held: Flow, answered: Flow, breaks: float, patience: Patience) -> float:
    """W_H, as a lasting flow: the convention until it breaks without the seller, then what is left. [money/day]

    breaks: mu. [1/day] A seller whose standing customers are those of the long run has one flow in both places; one
    that comes to market has none standing.
    """
    kept, still = float(patience.until(breaks)), float(patience.on_standing(breaks))
    stood = float(patience.on_standing(0.0))
    return (
        held.standing * still
        + held.anew * (kept - still)
        + answered.standing * (stood - still)
        + answered.anew * (1.0 - kept - stood + still)
    )


def worth_of_leaving(left: Flow, answered: Flow, rates: Floats, origins: Floats, patience: Patience) -> float:
    """W_D, as a lasting flow: low prices until rivals answer, then what is left. [money/day]

    rates: at which each rival answers, shape (n,). [1/day] origins: part of what a cut gains that comes from it,
    shape (n,), at most one in all. [1]
    """
    stood = float(patience.on_standing(0.0))
    gained = float(origins @ (patience.until(rates) - patience.on_standing(rates)))
    return left.standing * stood + left.anew * gained + answered.anew * (1.0 - stood - gained)


def critical_discount(held: float, left: float, answered: float) -> float:
    """Least discount factor, from one move to the answer, at which holding pays: (π_D − π_H)/(π_D − π_N). [1]

    (Friedman 1971.) Two sellers of one good share a monopoly profit; the deviant has all of it, the answer leaves none:

    >>> critical_discount(held=0.5, left=1.0, answered=0.0)
    0.5
    """
    return (left - held) / (left - answered)


def gain_of_holding(books: Books, view: View, held: Mask, problem: Problem, leaving: Floats) -> float:
    """What holding is worth over leaving, what a change costs counted, as a lasting flow: held unless below zero.

    held: which lines, shape (m,). problem: the seller's, at a board on which these stand at their focal prices.
    leaving: own prices that are best on it, shape (m,). [money/Mtok] Returns [money/day]; without a convention to
    hold minus infinity.
    """
    others, price = books.convention, problem.price
    if others is None:
        return -np.inf
    now, market = price[books.own], _Market(view.demand.quantities(price), view.demand.diversions(price))
    standing, after = standing_of(books, view, problem, others), answered_prices(problem, view, others)
    answered = Flow(0.0, 0.0) if after is None else standing.flow(replace(problem, price=after), after[books.own])
    origins, revenue = market.origins(books.own[held], others), market.quantity[books.own] * now
    breaks = breaking_rate(books, view, others, market, origins) + _hosts_rate(others, held, revenue)
    alarmed = market.review_rates(others, np.append(others.cuts, books.own[held]))
    holding = worth_of_holding(standing.flow(problem, now), answered, breaks, standing.patience)
    leaves = worth_of_leaving(standing.flow(problem, leaving), answered, alarmed, origins, standing.patience)
    # A line that opens has no price to change; a change is paid for by the time of the next review.
    change = books.conduct.menu_cost * float(revenue[held & ~books.new].sum())
    return holding - leaves + change * float(standing.patience.until(books.conduct.review_rate))


def breaking_rate(books: Books, view: View, others: Convention, market: "_Market", origins: Floats) -> float:
    r"""The rate at which rivals are expected to break the convention, :math:`\sum_i w_i r_i \ell_i`. [1/day]

    Nobody knows what another's constraint says. Assumed: who still holds, and has lost a part :math:`\ell` of its
    demand to those who do not, gives up with that chance at a review. As long as all hold, all are expected to.
    """
    board = view.board
    holds = board.live & board.conforming & (board.price >= board.first)
    rates = market.review_rates(others, others.cuts)
    return float((origins * rates * lost_demand(books, view))[holds].sum())


def _hosts_rate(others: Convention, held: Mask, revenue: Floats) -> float:
    """The rate at which hosts of one's own open weights take what is sold above their price. [1/day]"""
    total = float(revenue[held].sum())
    return (
        float((others.contested * revenue)[held].sum()) / total if total > 0.0 else float(others.contested[held].max())
    )


def lost_demand(books: Books, view: View) -> Floats:
    """Part of its demand at the focal board that each offer has lost at today's, shape (K,). [1]

    The focal board is public: every offer that came to market at or above its tier's median, at its first price.
    An offer that came below is no part of the convention; at the focal board it is not there.
    """
    board = view.board
    strangers = np.setdiff1d(np.flatnonzero(board.live & ~board.conforming).astype(np.intp), books.own)
    focal = books.state.focal.price
    now, convention = board.price.copy(), board.first.copy()
    now[books.own] = convention[books.own] = np.where(np.isfinite(focal), focal, now[books.own])
    today = view.demand.quantities(now)
    then = view.demand.without(strangers).quantities(convention)
    kept = np.divide(today, then, out=np.ones_like(today), where=then > 0.0)
    return np.clip(1.0 - kept, 0.0, 1.0)


def answered_prices(problem: Problem, view: View, others: Convention) -> Floats | None:
    """Static Nash prices after the convention, as the seller guesses them, shape (K,); None where none is found.

    It takes its own costs for its rivals', of the same tier, else its mean, with the error of its guess. Who never
    reviews keeps its price: hosts follow a cost that is public.
    """
    board, own = view.board, problem.own
    by_tier = {board.offers[k].tier: cost for k, cost in zip(own.tolist(), problem.cost.tolist(), strict=True)}
    mean = float(problem.cost.mean())
    cost = others.error * np.array([by_tier.get(offer.tier, mean) for offer in board.offers])
    cost[own] = problem.cost
    if problem.partners is not None and problem.partners_cost is not None:
        cost[problem.partners] = problem.partners_cost
    movable = board.live & ((others.review_rate + others.alertness > 0.0) | (others.owner == others.owner[own[0]]))
    moving = np.flatnonzero(movable).astype(np.intp)
    start = np.maximum(problem.price, np.maximum(cost, 1e-3 * board.first))
    start[~movable] = problem.price[~movable]
    solved = by_markups(problem.demand, start, moving, others.owner[moving], cost)
    if solved is None:
        groups = [moving[others.owner[moving] == one] for one in np.unique(others.owner[moving])]
        solved = nash(problem.demand, start, groups, cost)
    return solved if np.all(np.isfinite(solved[board.live])) else None


def by_markups(demand: Demand, start: Floats, moving: Ints, owner: Ints, cost: Floats) -> Floats | None:
    """Static Nash prices by putting the mark-ups that hold at some prices on cost, again and again, shape (K,).

    Each offer answers its own first-order condition; a sale that is worth more than it costs may be given away. As
    elasticities exceed one this closes in on an equilibrium, at a fraction of the work of `nash`; None where it does
    not. moving: offers that are priced, shape (m,). owner: whose each of these is, shape (m,). start, cost: shape
    (K,). [money/Mtok]
    """
    price, beside = start.copy(), (owner[:, None] == owner) & ~np.eye(moving.size, dtype=np.bool_)
    for turn in range(ROUNDS if demand.smooth else 0):
        with np.errstate(all="ignore"):
            quantity, jacobian = demand.slopes(price, moving)
            elsewhere = (price[moving] - cost[moving]) @ np.where(beside, jacobian, 0.0)
            wished = np.maximum(cost[moving] - (quantity + elsewhere) / np.diagonal(jacobian), 0.0)
        if not np.all(np.isfinite(wished)):
            return None
        step = np.abs(wished - price[moving])
        price[moving] = wished if turn < HASTY else 0.5 * (price[moving] + wished)  # who overshoots goes half way
        if float(step.max(initial=0.0)) <= SETTLED * float(start.max(initial=0.0)):
            return price
    return None


@dataclass(frozen=True, slots=True)
class _Market:
    """Who would buy where, at given prices."""

    quantity: Floats
    """Shape (K,). [Mtok/day]"""
    diverted: Floats
    """Diversion ratios, shape (K, K). [1]"""

    def origins(self, own: Ints, others: Convention) -> Floats:
        """Part of what a cut of the own offers gains that comes from each rival offer, shape (K,). [1]

        As customers would leave for them, so they come from them. Simplification: those who buy nothing are left out.
        """
        weight = self.quantity[own]
        part = np.where(others.owner == others.owner[own[0]], 0.0, weight @ self.diverted[own])
        total = float(part.sum())
        gained: Floats = part / total if total > 0.0 else np.zeros_like(part)
        return gained

    def review_rates(self, others: Convention, cuts: Ints) -> Floats:
        """Rate at which the owner of each offer reviews, after cuts of some offers, shape (K,). [1/day]"""
        cuts = np.unique(cuts)
        to = np.where(others.owner[:, None] == others.owner[cuts], 0.0, self.diverted[:, cuts]).sum(axis=1)
        weight = np.maximum(self.quantity, 1e-300)
        lost = np.bincount(others.owner, weight * to) / np.bincount(others.owner, weight)
        rates: Floats = others.review_rate + others.alertness * lost[others.owner]
        return rates


@dataclass(frozen=True, slots=True)
class _Standing:
    """Those who are a seller's customers today: they pay what it asks and buy accordingly until their contracts end."""

    sold: Floats
    """By segment and own offer, at the posted prices, shape (S, m). [Mtok/day]"""
    tokens: Floats
    """Tokens of a customer at these prices, shape (S, m). [1]"""
    elsewhere: float
    """What partners earn. [money/day]"""
    patience: Patience

    def flow(self, problem: Problem, mine: Floats) -> Flow:
        """Profit a day at own prices, from standing customers and in the long run; machines serve what they can."""
        m = mine.size
        tokens = problem.facing.tokens_per_customer(problem.group(mine))[:, :m]
        quantity = (self.sold * (tokens / self.tokens)).sum(axis=0)
        load = float(quantity @ problem.seconds)
        served = min(1.0, problem.capacity / load) if load > 0.0 else 1.0
        return Flow(served * float(quantity @ (mine - problem.cost)) + self.elsewhere, problem.profit(mine))


def standing_of(books: Books, view: View, problem: Problem, others: Convention) -> "_Standing":
    """As sold since the last review; before there was one, as believed; of a line that opens, nothing."""
    m, group = books.own.size, problem.group(view.board.price[books.own])
    believed = problem.facing.quantities_at(group[None, :])[0][:, :m]
    total = np.maximum(believed.sum(axis=0), 1e-300)
    standing = np.where(books.new, 0.0, np.where(books.sold > 0.0, books.sold, total))
    tokens = problem.facing.tokens_per_customer(group)[:, :m]
    earned = 0.0
    if problem.partners is not None and problem.partners_cost is not None:
        beside = problem.facing.quantities(group)[m:]
        earned = float(beside @ (group[m:] - problem.partners_cost))
    return _Standing(believed * (standing / total), tokens, earned, patience_of(books, others, believed))


def patience_of(books: Books, others: Convention, sold: Floats) -> Patience:
    """How a seller reckons: at its discount rate, and with the contracts of its own customers.

    sold: by segment and own offer, shape (S, m), or (1, m) where segments cannot be told apart.
    """
    retention, weight = others.retention, sold.sum(axis=1)
    if weight.size != retention.rate.size or weight.sum() <= 0.0:
        weight = np.ones(retention.rate.size)
    return Patience(
        discount=max(books.conduct.discount / DAYS_PER_YEAR, SLIGHT),
        standing=(np.stack([retention.locked, 1.0 - retention.locked]) * weight / weight.sum()).ravel(),
        ends=retention.rates.ravel(),
    )
