"""Buyers as a continuum of median buyers: the limit of many, without sampling noise.

Contracts end at an exponential rate, so the stock of a segment follows
:math:`\\dot s = \\rho (P^T s - s)` with P the choice probabilities of the customers of each supplier. For theory: a
market of best-responding sellers then rests exactly at the Nash prices of the logit. Simplification, stated in the
scenario: everybody has the segment's median sensitivity, size and need and renews at its mean rate; homes, privacy and
spreads are left out.
"""

from collections.abc import Mapping

import numpy as np

from agents.buyers import YEAR
from agents.segments import Segment, disutility_abroad, utility_of_buying
from sim.market.board import Board
from sim.market.demand import Floats, logit


class Mass:
    """The buyers of one segment, as a distribution over choices (row 0: nothing)."""

    def __init__(self, name: str, segment: Segment, heads: float) -> None:
        """Nobody has chosen yet."""
        self.name, self.segment, self.heads = name, segment, heads
        self.stock: Floats = np.ones(1)
        self.signed = 0.0
        self.buying = 0.0

    def look(self, board: Board, delay: Floats) -> None:
        """See offers and prices, and the days of waiting at each offer, shape (K,)."""
        segment, response, offers = self.segment, self.segment.response, board.offers
        known = np.array([offer.appeal - segment.delay_aversion * d for offer, d in zip(offers, delay, strict=True)])
        known += response.worth(np.array([offer.value for offer in offers]))
        known += segment.worth * np.minimum([offer.capability for offer in offers], segment.need)
        if segment.abroad:
            known -= disutility_abroad([segment], [offer.region for offer in offers])[0]
        utility = known + response.sensitivity * response.term(board.price) + response.bound(board.price)
        self.utility: Floats = np.where(board.live, utility, -np.inf)
        self.tokens: Floats = response.tokens(board.price)
        self.stock = np.append(self.stock, np.zeros(len(offers) + 1 - self.stock.size))
        sellers = np.array(["", *(offer.seller for offer in offers)])
        same = (sellers[:, None] == sellers[None, 1:]) & (sellers[:, None] != "")
        self.loyalty: Floats = segment.loyalty * same
        gone = np.append(False, ~board.live)
        self.stock = self.stock + self.stock[gone].sum() * self.chosen(loyal=False)[0]
        self.stock[gone] = 0.0

    def chosen(self, *, loyal: bool = True) -> Floats:
        """Choice probabilities by supplier, shape (K+1, K+1)."""
        utility = self.utility + self.buying + (self.loyalty if loyal else 0.0 * self.loyalty)
        outside = np.full(self.stock.size, self.segment.response.outside_utility)
        inside = logit(utility, outside)
        return np.column_stack([1.0 - inside.sum(axis=1), inside])

    def renew(self, until: float) -> None:
        """Let contracts end up to `until`: the exact flow without loyalty, daily steps with it."""
        passed = until - self.signed
        self.signed = until
        steps = max(1, int(np.ceil(passed))) if self.segment.loyalty else 1
        ended = -np.expm1(-self.segment.renewal_rate() * passed / steps)
        chosen = self.chosen()
        for _ in range(steps):
            self.stock = self.stock + ended * (self.stock @ chosen - self.stock)

    def open(self, now: float) -> None:
        """First choice of everybody, without loyalty; calibrates the utility of buying at all."""
        if self.segment.adoption is not None:

            def adoption(utility: float) -> float:
                self.buying = utility
                return 1.0 - float(self.chosen(loyal=False)[0, 0])

            self.buying = utility_of_buying(self.name, adoption, self.segment.adoption)
        self.stock = self.chosen(loyal=False)[0]
        self.signed = now


class Continuum:
    """All buyers of a scenario, as continua; answers what `Population` answers."""

    def __init__(self, segments: Mapping[str, Segment], count: int) -> None:
        """count: how many buyers the continuum stands for."""
        self.segments = tuple(sorted(segments))
        total = sum(segments[name].buyers for name in self.segments)
        self.heads: Floats = np.array([count * segments[name].buyers / total for name in self.segments])
        self.masses = tuple(
            Mass(name, segments[name], heads) for name, heads in zip(self.segments, self.heads, strict=True)
        )
        self._size: Floats = np.array([segments[name].potential for name in self.segments])
        self._growth: Floats = np.array([segments[name].growth for name in self.segments])

    def look(self, board: Board, delay: Floats) -> None:
        """See the board as it now is; delay: days of waiting at each offer, shape (K,)."""
        for mass in self.masses:
            mass.look(board, delay)

    def open(self, now: float) -> None:
        """First choice of everybody."""
        for mass in self.masses:
            mass.open(now)

    def renew(self, until: float) -> None:
        """Let all contracts that end before `until` be signed anew under the board last seen."""
        for mass in self.masses:
            mass.renew(until)

    def shares(self) -> Floats:
        """Share of each offer in the segment's tokens at reference volumes, shape (S, K). [1]"""
        return np.stack([mass.stock[1:] for mass in self.masses])

    def adopters(self) -> Floats:
        """Buyers with a supplier, shape (S,)."""
        return np.array([mass.heads * mass.stock[1:].sum() for mass in self.masses])

    def demand(self, time: float) -> Floats:
        """Tokens asked for at the prices last seen, shape (S, K). [Mtok/day]"""
        tokens = np.stack([mass.stock[1:] * mass.tokens for mass in self.masses])
        grown: Floats = tokens * self.potential(time)[:, None]
        return grown

    def potential(self, time: float) -> Floats:
        """Tokens if everybody bought at the reference price, shape (S,). [Mtok/day]"""
        grown: Floats = self._size * np.exp(self._growth * (time / YEAR))
        return grown
