"""Enterprise buyers: one array per attribute, no loop over buyers.

A buyer chooses among the offers and not buying when its contract ends; between two changes of the board nothing
that it sees changes, so all renewals in between are one batch. Its draws come from counters (buyer, renewal): a
renewal more or less shifts nobody else's luck, and the batches may be cut anywhere.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from agents.segments import Segment, disutility_abroad, utility_of_buying
from sim.kernel.streams import Streams, counted_from, own_keys
from sim.market.board import Board, Offer
from sim.market.demand import Floats, Ints

BATCH = 16_384
"""Buyers handled at a time: offers by buyers must fit a processor's cache."""
CALIBRATION = 4_096
"""Buyers on whom the utility of buying at all is calibrated."""
YEAR = 365.25


class Crowd:
    """The buyers of one segment: N buyers, K offers; row 0 of a choice is buying nothing, row k+1 offer k."""

    def __init__(self, name: str, segment: Segment, count: int, homes: Mapping[str, float], luck: Streams):
        """Draw the population from the streams of the segment."""
        self.name, self.segment, self.count = name, segment, count
        weight = np.exp(segment.size_spread * luck(name, "size").standard_normal(count))
        self.size: Floats = weight * (segment.potential / weight.sum())
        """Tokens at the reference price on the first day, shape (N,). [Mtok/day]"""
        spread = segment.sensitivity_spread * luck(name, "sensitivity").standard_normal(count)
        self.sensitivity: Floats = segment.response.sensitivity * np.exp(spread)
        self.need: Floats = segment.need + segment.need_spread * luck(name, "need").standard_normal(count)
        behind = luck(name, "gateway").random(count) < segment.gateway
        self.pace: Floats = np.where(behind, segment.gateway_contract, segment.contract)
        """Mean time between choices, shape (N,). [day]"""
        self.stay: Floats = np.where(behind, 1.0, np.exp(segment.loyalty))
        """Factor by which loyalty raises the odds of one's supplier, shape (N,). [1]"""
        private = luck(name, "privacy").random(count) < segment.sensitive
        self.privacy: Floats = np.where(private, segment.privacy, 0.0)
        self.homes = tuple(sorted(homes))
        share = np.cumsum([homes[seller] for seller in self.homes])
        self.home: Ints = np.searchsorted(share, luck(name, "home").random(count), side="right")
        """Position of the home cloud in `homes`, len(homes) for none, shape (N,)."""
        who = np.arange(count, dtype=np.uint64)
        self.keys = np.stack([own_keys(luck.key(name, purpose), who) for purpose in ("choice", "contract")])
        """Keys of each buyer's draws of choices and of contracts, shape (2, N)."""
        self.drawn = np.zeros(count, dtype=np.uint64)
        self.choice: Ints = np.zeros(count, dtype=np.intp)
        self.ends: Floats = np.full(count, np.inf)
        self.stock: Floats = np.zeros(1)
        """Size of the buyers by choice, shape (K+1,). [Mtok/day]"""
        self.heads: Floats = np.zeros(1)
        """Buyers by choice, shape (K+1,)."""
        self.buying = 0.0
        """Utility of buying at all. [util]"""
        self._known: list[Offer] = []

    def look(self, board: Board, delay: Floats) -> None:
        """See offers and prices, and the days of waiting at each offer, shape (K,)."""
        response = self.segment.response
        if board.offers != self._known:  # most looks are at new prices of known offers
            self._meet(board.offers)
        fixed = self.beyond_price + response.bound(board.price) - self.segment.delay_aversion * delay
        self.fixed: Floats = np.where(board.live, fixed, -np.inf)[:, None]
        self.term: Floats = response.term(board.price)
        self.tokens: Floats = response.tokens(board.price)
        left = np.flatnonzero(~board.live & (self.heads[1:] > 0)) + 1
        if left.size:  # the supplier has gone: its customers choose again
            self.ends[np.isin(self.choice, left)] = -np.inf

    def _meet(self, offers: list[Offer]) -> None:
        """Take down what does not change with prices."""
        self._known = list(offers)
        appeal = np.array([offer.appeal for offer in offers])
        self.beyond_price: Floats = appeal + self.segment.response.worth(np.array([offer.value for offer in offers]))
        if self.segment.abroad:
            self.beyond_price -= disutility_abroad([self.segment], [offer.region for offer in offers])[0]
        self.capability: Floats = np.array([offer.capability for offer in offers])[:, None]
        self.beyond_walls = np.array([not offer.inside for offer in offers])[:, None]
        grown = len(offers) + 1 - self.stock.size
        if grown:
            self.stock = np.append(self.stock, np.zeros(grown))
            self.heads = np.append(self.heads, np.zeros(grown))
        sellers = [offer.seller for offer in offers]
        self.kin = _rows_of(sellers, [None, *sellers])
        self.home_rows = _rows_of(sellers, [*self.homes, None])

    def weights(self, who: Ints) -> Floats:
        """Odds of every choice of some buyers but for loyalty, shape (K+2, n); the last row is scratch."""
        offers = self.term.size
        weight = np.empty((offers + 2, who.size))
        utility = weight[1:-1]
        np.multiply.outer(self.term, self.sensitivity[who], out=utility)
        utility += self.fixed + self.buying
        if self.segment.worth:
            utility += self.segment.worth * np.minimum(self.capability, self.need[who])
        if self.segment.privacy:
            utility -= self.beyond_walls * self.privacy[who]
        weight[0] = self.segment.response.outside_utility
        if not self.segment.response.bounded:
            weight[:-1] -= weight[:-1].max(axis=0)
        np.exp(weight[:-1], out=weight[:-1])
        weight[-1] = 0.0
        if self.segment.home:
            _raise_odds(weight, self.home_rows[self.home[who]], np.exp(self.segment.home))
        return weight

    def choose(self, who: Ints, luck: Floats) -> Ints:
        """Draw the choice of some buyers, shape (n,); luck: a uniform each, shape (n,)."""
        weight = self.weights(who)
        if self.segment.loyalty:
            _raise_odds(weight, self.kin[self.choice[who]], self.stay[who])
        reached = weight[:-1]
        for below, row in pairwise(reached):  # a running sum; along this axis numpy's own is ten times slower
            row += below
        picked: Ints = (reached[:-1] <= luck * reached[-1]).sum(axis=0)
        return picked

    def renew(self, until: float) -> None:
        """Sign anew every contract that ends before `until`, as often as it does."""
        due = np.flatnonzero(self.ends < until)
        while due.size:
            for start in range(0, due.size, BATCH):
                self._sign(due[start : start + BATCH], until)
            due = due[self.ends[due] < until]

    def _sign(self, who: Ints, until: float) -> None:
        drawn = self.drawn[who]
        luck = counted_from(self.keys.take(who, axis=1), drawn)
        before, after = self.choice[who], self.choose(who, luck[0])
        size, rows = self.size[who], self.stock.size
        self.stock += np.bincount(after, size, rows) - np.bincount(before, size, rows)
        self.heads += np.bincount(after, minlength=rows) - np.bincount(before, minlength=rows)
        self.stock[self.heads == 0] = 0.0  # what is left there is rounding
        self.choice[who] = after
        begun = self.ends[who]
        begun[begun == -np.inf] = until  # customers of a seller that has gone choose now, not at the end of time
        self.ends[who] = begun - np.log(luck[1]) * self.pace[who]
        self.drawn[who] = drawn + np.uint64(1)

    def open(self, now: float) -> None:
        """First choice of everybody, without loyalty; calibrates the utility of buying at all."""
        sample = np.arange(min(self.count, CALIBRATION), dtype=np.intp)
        if self.segment.adoption is not None:
            weight = self.weights(sample)
            inside, nothing = weight[1:-1].sum(axis=0), weight[0]

            def adoption(utility: float) -> float:
                bought = np.exp(utility) * inside
                return float((bought / (nothing + bought)).mean())

            self.buying = utility_of_buying(self.name, adoption, self.segment.adoption)
        self.stock[0], self.heads[0] = self.size.sum(), self.count
        self.ends[:] = now - 1e-9
        loyal, self.stay = self.stay, np.ones(self.count)
        self.renew(now)
        self.stay = loyal


def _rows_of(sellers: list[str], asked: list[str | None]) -> Ints:
    """Rows (offer + 1) of the offers of each seller asked for, padded with the scratch row."""
    rows: list[list[int]] = [
        [k + 1 for k, seller in enumerate(sellers) if seller == name] if name else [] for name in asked
    ]
    width = max((len(row) for row in rows), default=0)
    scratch = len(sellers) + 1
    return np.array([row + [scratch] * (width - len(row)) for row in rows], dtype=np.intp).reshape(len(asked), width)


def _raise_odds(weight: Floats, rows: Ints, factor: Floats | float) -> None:
    """Multiply the odds of some rows of each buyer by a factor, in place; rows: shape (n, m)."""
    columns = np.arange(weight.shape[1])
    for column in rows.T:
        weight[column, columns] *= factor


class Population:
    """All buyers of a scenario."""

    def __init__(self, segments: Mapping[str, Segment], count: int, homes: Mapping[str, float], luck: Streams) -> None:
        """Draw the crowds. count: buyers in all. homes: share of buyers by home cloud."""
        self.segments = tuple(sorted(segments))
        total = sum(segments[name].buyers for name in self.segments)
        self.crowds = tuple(
            Crowd(name, segments[name], max(1, round(count * segments[name].buyers / total)), homes, luck)
            for name in self.segments
        )
        self.heads: Floats = np.array([float(crowd.count) for crowd in self.crowds])
        self._size: Floats = np.array([segments[name].potential for name in self.segments])
        self._growth: Floats = np.array([segments[name].growth for name in self.segments])

    def look(self, board: Board, delay: Floats) -> None:
        """See the board as it now is; delay: days of waiting at each offer, shape (K,)."""
        for crowd in self.crowds:
            crowd.look(board, delay)

    def open(self, now: float) -> None:
        """First choice of everybody."""
        for crowd in self.crowds:
            crowd.open(now)

    def renew(self, until: float) -> None:
        """Let all contracts that end before `until` be signed anew under the board last seen."""
        for crowd in self.crowds:
            crowd.renew(until)

    def shares(self) -> Floats:
        """Share of each offer in the segment's tokens at reference volumes, shape (S, K). [1]"""
        return np.stack([crowd.stock[1:] / crowd.stock.sum() for crowd in self.crowds])

    def adopters(self) -> Floats:
        """Buyers with a supplier, shape (S,)."""
        return np.array([crowd.heads[1:].sum() for crowd in self.crowds])

    def demand(self, time: float) -> Floats:
        """Tokens asked for at the prices last seen, shape (S, K). [Mtok/day]"""
        stock = np.stack([crowd.stock[1:] * crowd.tokens for crowd in self.crowds])
        grown: Floats = stock * np.exp(self._growth * (time / YEAR))[:, None]
        return grown

    def potential(self, time: float) -> Floats:
        """Tokens if everybody bought at the reference price, shape (S,). [Mtok/day]"""
        grown: Floats = self._size * np.exp(self._growth * (time / YEAR))
        return grown
