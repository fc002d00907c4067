"""The enterprise buyers of one segment: one array per attribute, no loop over buyers.

A buyer chooses among the offers and not buying when its contract ends; between two changes of the board nothing
that it sees changes, so all renewals in between are one batch. Its draws come from counters (buyer, renewal): a
renewal more or less shifts nobody else's luck, and the batches may be cut anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pricewar.agents.buyers.applications import Applications, Uses
from pricewar.agents.buyers.spec import Segment, disutility_abroad, utility_of_buying
from pricewar.agents.buyers.welfare import SumsByChoice
from pricewar.sim.kernel.streams import Streams, counted_from, own_keys
from pricewar.sim.market.board import Board, Offer
from pricewar.sim.market.demand import Floats, Ints


@dataclass(frozen=True, slots=True)
class Traits:
    """What does not change about N buyers."""

    size: Floats
    """Tokens at the reference price on the first day, shape (N,). [Mtok/day]"""
    sensitivity: Floats
    """Price sensitivity, shape (N,). [1]"""
    need: Floats
    """Capability beyond which a buyer gains nothing, shape (N,). [nat]"""
    pace: Floats
    """Mean time between choices, shape (N,). [day]"""
    stay: Floats
    """Factor by which loyalty raises the odds of one's supplier, shape (N,). [1]"""
    privacy: Floats
    """What it costs in utility when data leave a buyer's walls, shape (N,). [util]"""
    sensitive: Floats
    """Whether a buyer's data are sensitive, one or zero, shape (N,)."""
    homes: tuple[str, ...]
    """Clouds on which other workloads run."""
    home: Ints
    """Position of the home cloud in `homes`, len(homes) for none, shape (N,)."""
    keys: NDArray[np.uint64]
    """Keys of each buyer's draws of choices and of contracts, shape (2, N)."""


def draw(name: str, segment: Segment, count: int, homes: Mapping[str, float], luck: Streams) -> Traits:
    """Draw the buyers of a segment. homes: share of buyers by home cloud."""
    weight = np.exp(segment.size_spread * luck(name, "size").standard_normal(count))
    differing = np.hypot(segment.sensitivity_spread, segment.response.spread)
    spread = differing * luck(name, "sensitivity").standard_normal(count)
    sensitivity: Floats = segment.response.sensitivity * np.exp(spread)
    behind = luck(name, "gateway").random(count) < segment.gateway
    private = luck(name, "privacy").random(count) < segment.sensitive
    clouds = tuple(sorted(homes))
    share = np.cumsum([homes[seller] for seller in clouds])
    who = np.arange(count, dtype=np.uint64)
    return Traits(
        size=weight * (segment.potential / weight.sum()),
        sensitivity=sensitivity,
        need=segment.need + segment.need_spread * luck(name, "need").standard_normal(count),
        pace=np.where(behind, segment.gateway_contract, segment.contract),
        stay=np.where(behind, 1.0, np.exp(segment.loyalty)),
        privacy=np.where(private, segment.privacy, 0.0),
        sensitive=private.astype(np.float64),
        homes=clouds,
        home=np.searchsorted(share, luck(name, "home").random(count), side="right"),
        keys=np.stack([own_keys(luck.key(name, purpose), who) for purpose in ("choice", "contract")]),
    )


BATCH = 16_384
"""Buyers handled at a time: offers by buyers must fit a processor's cache."""
LEAST_REST = 1e-26
"""Odds of everything else over a supplier's below which they count as these: nobody else sells, nobody can stop."""
FEW = 200
"""Buyers below which numpy's running sum over offers beats one row at a time; both add in the same order."""
CALIBRATION = 4_096
"""Buyers on whom the utility of buying at all is calibrated."""


class SampledBuyers:
    """The buyers of one segment: N buyers, K offers; row 0 of a choice is buying nothing, row k+1 offer k."""

    def __init__(self, name: str, segment: Segment, count: int, homes: Mapping[str, float], luck: Streams):
        """Draw the population from the streams of the segment."""
        self.name, self.segment, self.count = name, segment, count
        self.traits: Traits = draw(name, segment, count, homes, luck)
        self._loyal = self.traits
        """As they were drawn, before any policy."""
        self.drawn = np.zeros(count, dtype=np.uint64)
        """Choices made so far, shape (N,)."""
        self.choice: Ints = np.zeros(count, dtype=np.intp)
        self.ends: Floats = np.full(count, np.inf)
        self.applications: Applications | None = segment.applications
        self.uses = Uses(self.applications, name, count, luck) if self.applications is not None else None
        self.volume: Floats = self.traits.size if self.uses is None else self.traits.size.copy()
        """Size times applications over those of the first day, shape (N,). [Mtok/day]"""
        self.added = 0.0
        """Volume that applications have added since. [Mtok/day]"""
        self.stock: Floats = np.zeros(1)
        """Volume of the buyers by choice, shape (K+1,). [Mtok/day]"""
        self.heads: Floats = np.zeros(1)
        """Buyers by choice, shape (K+1,)."""
        everybody = np.arange(count)
        self._carried = SumsByChoice(self._baggage(everybody).sum(axis=1))
        self._counted: Ints = self.choice.copy()
        """Choices that the sums carried know of, shape (N,)."""
        self.settled: NDArray[np.bool_] | None = None
        """Who has a supplier for good, shape (N,), once adoption no longer moves; None while it does."""
        self.kept: Floats = np.zeros(count)
        """Expected utility of the best choice at signing, a cost of leaving taken off, over that then of what was
        chosen, shape (N,). [util]"""
        self.pull: Floats = np.zeros(count)
        """Odds of the supplier chosen over everything else at signing, but for loyalty, shape (N,). [1]"""
        self.renewals, self.switches = 0.0, 0.0
        """Choices made so far by buyers who had a supplier, and those of another one."""
        self._start: Floats = np.zeros(count)
        """What a choice was worth when adoption ended, shape (N,). [util]"""
        self.buying = 0.0
        """Utility of buying at all. [util]"""
        self._offers_seen: list[Offer] = []
        self._ease: Floats = np.zeros(1)

    def renewal_rates(self) -> tuple[float, float]:
        """Contracts that end in a day, per contract, of who is locked in and of who is not. [1/day]"""
        return 1.0 / self.segment.contract, 1.0 / self.segment.gateway_contract

    def look(self, board: Board, delay: Floats, exposure: Floats | None = None) -> None:
        """See offers and prices, the days of waiting and what policies make of sensitive data at each, shape (K,)."""
        response = self.segment.response
        self.exposure = None if exposure is None else exposure[:, None]
        if board.offers != self._offers_seen:  # most looks are at new prices of known offers
            self._meet(board.offers)
        fixed = self.beyond_price - self.segment.delay_aversion * delay
        self.fixed: Floats = np.where(board.live, fixed, -np.inf)[:, None]
        self.term: Floats = response.term(board.price)
        self.tokens: Floats = response.tokens(board.price)
        self.price: Floats = board.price
        if self.applications is not None:
            self._ease = self.applications.ease(response, board.price)
        self.on_sale = bool(board.live.any())
        left = np.flatnonzero(~board.live & (self.heads[1:] > 0)) + 1
        if left.size:  # the supplier has gone: its customers choose again
            self.ends[np.isin(self.choice, left)] = -np.inf
        if self.settled is not None and self.on_sale and self.heads[0] > self.count - self.settled.sum():
            self.ends[self.settled & (self.choice == 0)] = -np.inf  # there was nothing left to buy, now there is

    def _meet(self, offers: list[Offer]) -> None:
        """Take down what does not change with prices."""
        self._offers_seen = list(offers)
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
            self._carried.widen(grown)
        sellers = [offer.seller for offer in offers]
        self.kin = _rows_of(sellers, [None, *sellers])
        self._seller = np.unique(["", *sellers], return_inverse=True)[1]
        self.home_rows = _rows_of(sellers, [*self.traits.homes, None])

    def utility(self, who: Ints) -> Floats:
        """Utility of every choice of some buyers but for home and loyalty, shape (K+2, n); the last row is scratch."""
        offers = self.term.size
        weight = np.empty((offers + 2, who.size))
        utility = weight[1:-1]
        np.multiply.outer(self.term, self.traits.sensitivity[who], out=utility)
        utility += self.fixed + self.buying
        if self.segment.worth:
            utility += self.segment.worth * np.minimum(self.capability, self.traits.need[who])
        if self.segment.privacy:
            utility -= self.beyond_walls * self.traits.privacy[who]
        if self.exposure is not None:
            utility -= self.exposure * self.traits.sensitive[who]
        weight[0] = self.segment.response.outside_utility
        return weight

    def chosen_utility(self, who: Ints) -> Floats:
        """Utility of what some buyers have chosen but for loyalty, shape (n,); -inf where it is not for sale. [util]"""
        row = np.maximum(self.choice[who] - 1, 0)
        traits, segment = self.traits, self.segment
        utility = traits.sensitivity[who] * self.term[row] + self.fixed[row, 0] + self.buying
        if segment.worth:
            utility += segment.worth * np.minimum(self.capability[row, 0], traits.need[who])
        if segment.privacy:
            utility -= self.beyond_walls[row, 0] * traits.privacy[who]
        if self.exposure is not None:
            utility -= self.exposure[row, 0] * traits.sensitive[who]
        if segment.home:
            utility += segment.home * (self.home_rows[traits.home[who]] == self.choice[who, None]).any(axis=1)
        return np.where(self.choice[who] > 0, utility, segment.response.outside_utility)

    def weights(self, who: Ints) -> tuple[Floats, Floats]:
        """Odds of every choice of some buyers but for loyalty, shape (K+2, n); the last row is scratch.

        Odds are over e to the second, shape (n,). [util]
        """
        weight, top = self.utility(who), np.zeros(who.size)
        if self.settled is not None:
            weight[0] = -np.inf
        if self.settled is not None or not self.segment.response.bounded:
            top = weight[:-1].max(axis=0)
            weight[:-1] -= top
        np.exp(weight[:-1], out=weight[:-1])
        weight[-1] = 0.0
        if self.segment.home:
            _raise_odds(weight, self.home_rows[self.traits.home[who]], np.exp(self.segment.home))
        return weight, top

    def choose(self, who: Ints, luck: Floats) -> tuple[Ints, Floats]:
        """Draw the choice of some buyers, and tell what having the choice is worth to them, each of shape (n,).

        luck: a uniform each, shape (n,). The worth is the log-sum of their utilities (Small & Rosen 1981); loyalty
        stands in it as a cost of leaving, so that a law against it is no loss to buyers. [util]
        """
        if self.settled is not None and not self.on_sale:
            return np.zeros(who.size, dtype=np.intp), np.zeros(who.size)
        weight, worth = self.weights(who)
        odds = weight.copy()
        if self.segment.loyalty:
            stay = self.traits.stay[who]
            _raise_odds(weight, self.kin[self.choice[who]], stay)
            worth = worth - np.where(self.choice[who] > 0, np.log(stay), 0.0)
        if not self.segment.response.plain:
            self._substitute(weight)
        reached = weight[:-1]
        if who.size < FEW:
            np.add.accumulate(reached, axis=0, out=reached)
        else:
            for below, row in pairwise(reached):  # for many buyers numpy's own running sum is ten times slower
                row += below
        picked: Ints = (reached[:-1] <= luck * reached[-1]).sum(axis=0)
        worth = worth + np.log(reached[-1])
        self._note_pull(who, picked, odds)
        if self.settled is None:
            return picked, worth
        return np.where(self.settled[who], picked, 0), np.where(self.settled[who], worth, 0.0)

    def _note_pull(self, who: Ints, picked: Ints, odds: Floats) -> None:
        """Note the odds of the suppliers chosen over everything else, from those of all choices, shape (K+2, n).

        Simplification: where offers are alike (nested logit) these are not told apart from the rest of the market.
        """
        own = odds[self.kin[picked].T, np.arange(who.size)].sum(axis=0)
        rest = np.maximum(odds.sum(axis=0) - own, LEAST_REST * own)
        self.pull[who] = np.divide(own, rest, out=np.zeros_like(own), where=rest > 0.0)

    def _substitute(self, weight: Floats) -> None:
        """Turn odds into those with which offers that are alike take customers from one another first, in place."""
        with np.errstate(divide="ignore"):
            utility = np.log(weight[1:-1]).T
        weight[1:-1] = np.exp(self.segment.response.inclusive(utility, self.price, self._offers_seen)).T

    def renew(self, until: float) -> None:
        """Sign anew every contract that ends before `until`, as often as it does."""
        due = np.flatnonzero(self.ends < until)
        while due.size:
            for start in range(0, due.size, BATCH):
                self._sign(due[start : start + BATCH], until)
            due = due[self.ends[due] < until]

    def _sign(self, who: Ints, until: float) -> None:
        drawn = self.drawn[who]
        luck = counted_from(self.traits.keys.take(who, axis=1), drawn)
        before = self.choice[who]
        after, worth = self.choose(who, luck[0])
        size, rows = self.volume[who], self.stock.size
        self.stock += np.bincount(after, size, rows) - np.bincount(before, size, rows)
        self.heads += np.bincount(after, minlength=rows) - np.bincount(before, minlength=rows)
        self.stock[self.heads == 0] = 0.0  # what is left there is rounding
        had = before > 0
        self.renewals += float(had.sum())
        self.switches += float((had & (after > 0) & (self._seller[before] != self._seller[after])).sum())
        self.choice[who] = after
        self.kept[who] = worth - self.chosen_utility(who)
        begun = self.ends[who]
        begun[begun == -np.inf] = until  # customers of a seller that has gone choose now, not at the end of time
        self.ends[who] = begun - np.log(luck[1]) * self.traits.pace[who]
        self.drawn[who] = drawn + np.uint64(1)

    def carried(self) -> SumsByChoice:
        """Applications and sensitive volume [Mtok/day] by choice, shape (2, K+1).

        Brought up to date when asked for: nobody asks in a run without tables.
        """
        moved = np.flatnonzero(self.choice != self._counted)
        if moved.size:
            baggage = self._baggage(moved)
            there_and_back = np.concatenate([self.choice[moved], self._counted[moved]])
            self._carried.add(there_and_back, np.hstack([baggage, -baggage]))
            self._counted[moved] = self.choice[moved]
        return self._carried

    def _baggage(self, who: Ints) -> Floats:
        """What some buyers carry with them, in the order of `carried`, shape (2, n)."""
        baggage = np.empty((2, who.size))
        baggage[0] = 1.0 if self.uses is None else self.uses.number[who]
        np.multiply(self.traits.sensitive[who], self.volume[who], out=baggage[1])
        return baggage

    def shares(self) -> Floats:
        """Share of each offer in the tokens at reference volumes, shape (K,). [1]"""
        shares: Floats = self.stock[1:] / self.stock.sum()
        return shares

    def adopting(self) -> float:
        """Buyers with a supplier."""
        return float(self.heads[1:].sum())

    def asked(self) -> Floats:
        """Tokens asked for at the prices last seen, growth from outside aside, shape (K,). [Mtok/day]"""
        asked: Floats = self.stock[1:] * self.tokens
        return asked

    def bound(self, days: float) -> Floats:
        """Volume whose contracts should outlast so many days, growth from outside aside, shape (K,). [Mtok/day]

        Contracts that end at random have no age: what is left of one does not depend on when it was signed.
        """
        left = self.volume * np.exp(-days / self.traits.pace)
        bound: Floats = np.bincount(self.choice, left, self.stock.size)[1:].astype(np.float64)
        return bound

    def exposed(self) -> Floats:
        """Of these, what sensitive buyers send outside their walls, shape (K,). [Mtok/day]"""
        exposed: Floats = self.carried().at(1, self.heads) * self.tokens * self.beyond_walls[:, 0]
        return exposed

    def mean_applications(self) -> float:
        """Applications of a buyer with a supplier, nan without any."""
        adopters = self.adopting()
        return float(self.carried().at(0, self.heads).sum()) / adopters if adopters > 0.0 else float("nan")

    def stake(self) -> float:
        """What all buyers would pay not to lose their suppliers, as the market was when each chose. [money/day]

        The log-sum of a buyer's choices less that without its supplier: ln(1 + odds of staying over all the rest).
        """
        utils = np.where(self.choice > 0, np.log1p(self.traits.stay * self.pull), 0.0)
        return float((utils * self.volume / self.segment.response.money(self.traits.sensitivity)).sum())

    @property
    def ease(self) -> Floats:
        """Price term of the hazard of applications by choice, shape (K+1,). [1]"""
        return self._ease

    def possible(self) -> float:
        """Applications that all buyers together can add to their start."""
        return float(self.count * self.applications.room) if self.applications is not None else 0.0

    def in_use(self) -> float:
        """Of these, what buyers with a supplier have."""
        if self.applications is None:
            return 0.0
        return float(self.carried().at(0, self.heads).sum() - self.applications.start * self.heads[1:].sum())

    def vacant(self) -> Floats:
        """Applications that buyers can still add, by choice, shape (K+1,)."""
        ceiling = self.applications.ceiling if self.applications is not None else 1
        vacant: Floats = ceiling * self.heads - self.carried().by_choice[0]
        return vacant

    def grow(self, hazard: Floats) -> None:
        """Let the hazard of each choice pass, shape (K+1,): buyers with a supplier add applications."""
        if self.uses is None:
            return
        carried = self.carried()
        who, added = self.uses.grow(hazard[self.choice])
        choice, before = self.choice[who], self.volume[who]
        self.volume[who] = self.traits.size[who] * (self.uses.number[who] / self.uses.first[who])
        more = self.volume[who] - before
        self.stock += np.bincount(choice, more, self.stock.size)
        self.added += float(more.sum())
        carried.add(choice, np.vstack([added, more * self.traits.sensitive[who]]))

    def scale(self) -> float:
        """Volume at reference prices over that of the first day. [1]"""
        return 1.0 + self.added / self.segment.potential

    def surplus(self) -> Floats:
        """Expected consumer surplus by choice at today's volumes without exogenous growth, shape (K+1,). [money/day]

        Over buying nothing, buyer by buyer: a buyer under contract has what it chose at today's price, and the worth of
        the choice that it had when it signed (`choose`). Where adoption has ended, over the day on which it did.
        """
        everybody = np.arange(self.count)
        utils = self.chosen_utility(everybody) + self.kept - self._start
        if self.settled is None:
            utils -= self.segment.response.outside_utility
        else:
            utils[~self.settled | (self.choice == 0)] = 0.0
        worth = utils * self.volume / self.segment.response.money(self.traits.sensitivity)
        by_choice: Floats = np.bincount(self.choice, worth, self.stock.size).astype(np.float64)
        return by_choice

    def bind(self, share: float) -> None:
        """Let a share of loyalty bind everybody from now on; nobody behind a gateway is loyal. [1]"""
        self.traits = replace(self.traits, stay=self._loyal.stay**share)

    @property
    def adoption_over(self) -> bool:
        """Whether who has a supplier keeps buying, and nobody else begins to."""
        return self.settled is not None

    def settle(self) -> None:
        """From now on who has a supplier keeps buying, and who has none never does."""
        self.settled = self.choice > 0
        self._start = self.chosen_utility(np.arange(self.count)) + self.kept

    def open(self, now: float) -> None:
        """First choice of everybody, without loyalty; calibrates the utility of buying at all."""
        sample = np.arange(min(self.count, CALIBRATION), dtype=np.intp)
        if self.segment.adoption is not None:
            weight, _ = self.weights(sample)
            if not self.segment.response.plain:
                self._substitute(weight)
            inside, nothing = weight[1:-1].sum(axis=0), weight[0]

            def adoption(utility: float) -> float:
                bought = np.exp(utility) * inside
                return float((bought / (nothing + bought)).mean())

            self.buying = utility_of_buying(self.name, adoption, self.segment.adoption)
        self.stock[0], self.heads[0] = self.traits.size.sum(), self.count
        self.ends[:] = now - 1e-9
        loyal = self.traits
        self.traits = replace(loyal, stay=np.ones(self.count))
        self.renew(now)
        self.traits = loyal


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
