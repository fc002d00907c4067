"""What everybody shares: time, chance, the board, money, memory."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import InitVar, dataclass, field
from math import log

import numpy as np
import simpy

from pricewar.sim.economics.curves import DAYS_PER_YEAR, Curve, NoisePath
from pricewar.sim.kernel.clock import Clock, Process
from pricewar.sim.kernel.facts import FactId, Facts
from pricewar.sim.kernel.ledger import Ledger
from pricewar.sim.kernel.recorder import Recorder
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.beliefs import Beliefs, PublicRecord
from pricewar.sim.market.board import Board, MarketTerms, Move, Offer, Tariff
from pricewar.sim.market.clearing import Output, Sales
from pricewar.sim.market.demand import Demand, Floats, Ints
from pricewar.sim.policy import EnactedPolicy, PoliciesInForce
from pricewar.sim.roles import Buyers, Seller


@dataclass(frozen=True, slots=True)
class Posting:
    """What a seller wants on the board."""

    offer: Offer
    """The offer, as it is to stand there."""
    price: float | None
    """Blended price; None takes the offer away. [money/Mtok]"""
    why: str
    """One clause: why."""
    cause: FactId | None = None
    """The fact that this answers."""


@dataclass(slots=True)
class World:
    """Time, chance, board, money and memory of one run."""

    clock: Clock
    streams: Streams
    facts: Facts
    recorder: Recorder
    ledger: Ledger
    board: Board
    terms: MarketTerms
    record: PublicRecord
    buyers: Buyers
    enacted: InitVar[Sequence[EnactedPolicy]] = ()
    sellers: dict[str, Seller] = field(default_factory=dict)
    """Everybody who has ever had an offer, by name."""
    waiting: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    """Tokens left from yesterday, shape (S, K). [Mtok]"""
    nash_price: Floats = field(default_factory=lambda: np.empty(0))
    """Static Nash prices at avoidable cost, shape (K,); nan where there are none. [money/Mtok]"""
    output: Output = field(default_factory=Output)
    """What the market has made so far."""
    sales: Sales = field(default_factory=Sales)
    """What every offer has sold so far."""
    delays: Mapping[str, float] = field(default_factory=dict)
    """Days of work that waited at each seller at the last close, zero where not named. [day]"""
    turned_away: Mapping[str, float] = field(default_factory=dict)
    """Share of the work asked of each seller that it could not do at the last close, zero where not named. [1]"""
    evening: list[Callable[[], None]] = field(default_factory=list)
    """What else is paid before the books close, in this order."""
    changed: simpy.Event = field(init=False)
    """Happens at the next change of the board, or of who turns customers away."""
    policies: PoliciesInForce = field(init=False)
    """What the policies in force say together."""
    _believed: dict[Beliefs, tuple[tuple[float, int, int], Demand]] = field(default_factory=dict)
    _diverted: tuple[Demand, Floats, Floats] | None = None
    _proposed: list[Posting] = field(default_factory=list)
    _open: bool = False
    _loyal: float = 1.0
    _noise: dict[str, NoisePath] = field(default_factory=dict)

    def __post_init__(self, enacted: Sequence[EnactedPolicy]) -> None:
        """Make the event that the first change will fire, and let sellers know what policies take off prices."""
        self.changed = self.clock.event()
        self.policies = PoliciesInForce(enacted, self.clock)
        self.record.rebates = lambda offers: [rebate for _, rebate in self.policies.rebates(offers)]

    def factor(self, curve: Curve, name: str, *, by_output: bool = True) -> float:
        """Where a curve of cost stands now: by the clock and by the market's own output; one on the first day.

        name: the curve's own key, such as `technology.software`, by which its luck is drawn if it has any.
        by_output: whether what the market has made counts.
        """
        made = self.output.relative() if by_output else (1.0, 1.0)
        return curve.factor(self.clock.now / DAYS_PER_YEAR, *made) * self.noise(curve, name, self.clock.now)

    def decline(self, curve: Curve) -> float:
        """How far a curve is expected to fall in the coming year if output stays as it is, log points."""
        now, made = self.clock.now / DAYS_PER_YEAR, self.output.relative()
        return log(curve.factor(now, *made) / curve.factor(now + 1.0, *made))

    def noise(self, curve: Curve, name: str, time: float) -> float:
        """Cost at an instant over what the curve expects, one for a curve without luck. [1]"""
        if curve.volatility == 0.0:
            return 1.0
        if name not in self._noise:
            self._noise[name] = NoisePath(self.streams("luck of a curve", name), curve.volatility, curve.theta)
        return self._noise[name].factor(time / DAYS_PER_YEAR)

    def register(self, seller: Seller) -> None:
        """Register a seller."""
        self.sellers[seller.name] = seller

    def demand(self, beliefs: Beliefs | None = None) -> Demand:
        """Demand as it is believed to be today, by those who read the public record or by those of other beliefs.

        The same object until something changes.
        """
        beliefs = self.record if beliefs is None else beliefs
        state, before = (self.clock.now, len(self.board.moves), beliefs.state), self._believed.get(beliefs)
        if before is not None and before[0] == state:
            return before[1]
        demand = beliefs.demand(self.board, self.buyers.potential(self.clock.now))
        self._believed[beliefs] = (state, demand)
        return demand

    def true_demand(self) -> Demand:
        """Demand for the offers now for sale as it would be if everybody chose anew, which only a record may know."""
        everybody = self.buyers.true_demand(self.board, self.clock.now, self.policies.exposure(self.board.offers))
        return self.record.posted(everybody, self.board)

    def diversions(self, demand: Demand) -> tuple[Floats, Floats]:
        """Shares of believed demand at posted prices, shape (S, K), and its diversion ratios, shape (K, K). [1]"""
        if self._diverted is None or self._diverted[0] is not demand:
            share = demand.shares(self.board.price)
            self._diverted = (demand, share, demand.diversions(self.board.price))
        return self._diverted[1:]

    def open_market(self, postings: Sequence[Posting]) -> None:
        """Put the list prices of the first day on the board and let everybody choose for the first time."""
        for posting in sorted(postings, key=lambda p: p.offer.name):
            self._post(posting, None)
        self._open = True
        self._loosen()
        self.look()
        self.buyers.open(self.clock.now)
        self.record.note(self.paid(), self.buyers.shares(), settled=True)

    def propose(self, posting: Posting) -> None:
        """Ask for a change of the board; all changes of an instant are published together at its end."""
        self._proposed.append(posting)
        if len(self._proposed) == 1:
            self.clock.process(self._publish_last())

    def _publish_last(self) -> Process:
        yield self.clock.last_of_instant()
        self.publish()

    def publish(self) -> None:
        """Publish what was proposed at this instant, in the order of names."""
        self.buyers.renew(self.clock.now)  # under the board as it stood until now
        postings = sorted(self._proposed, key=lambda p: p.offer.name)
        self._proposed = []
        medians = {p.offer.tier: self.board.tier_median(p.offer.tier) for p in postings}
        offers_before = list(self.board.offers)
        moves = [self._post(posting, medians[posting.offer.tier]) for posting in postings]
        if self.board.offers != offers_before:  # a price alone tells nobody anything about what an offer is worth
            self.record.forget_appeal()
        self.look()
        self.buyers.renew(self.clock.now)  # who lost its seller just now chooses again at once
        if any(moves):
            self._tell()

    def turn_away(self, share: Mapping[str, float]) -> None:
        """Let sellers know what share of the work asked of each it could not do today, where it is any. [1]"""
        if share != self.turned_away:
            self.turned_away = share
            self._tell()

    def _tell(self) -> None:
        """Wake everybody who waits for news."""
        happened, self.changed = self.changed, self.clock.event()
        happened.succeed()

    def look(self) -> None:
        """Let the buyers see the board, with the delay at each seller."""
        delay = np.array([self.delays.get(offer.seller, 0.0) for offer in self.board.offers])
        self.buyers.look(self.paid(), delay, self.policies.exposure(self.board.offers))

    def paid(self) -> Board:
        """The board with the prices that buyers pay."""
        rebates = self.policies.rebates(self.board.offers)
        if not rebates:
            return self.board
        net = copy(self.board)
        for _, rebate in rebates:
            net.price = rebate.net(net.price)
        return net

    def policies_changed(self) -> None:
        """Let everybody feel at once that what policies say has changed."""
        self.buyers.renew(self.clock.now)  # under the policies as they stood until now
        self._loosen()
        self.record.forget_appeal()
        self.look()

    def _loosen(self) -> None:
        """Let loyalty bind as far as policies leave it."""
        share = self.policies.loyalty()
        if share != self._loyal:
            self._loyal = share
            self.buyers.bind(share)
            self.record.bind(share)

    def _post(self, posting: Posting, median: float | None) -> bool:
        """Put one posting on the board; tells whether anything changed."""
        offer, board = posting.offer, self.board
        k = board.position(offer.seller, offer.tier)
        standing = k is not None and bool(board.live[k])
        before = float(board.price[k]) if k is not None and standing else None
        seller = self.sellers[offer.seller]
        if posting.price is None:
            if k is None or before is None:
                return False
            board.withdraw(k)
            self._record_move(k, "withdrawn", before, before, posting, is_cut=False)
            return True
        # Rules speak to sellers; what a buyer spends on machines of its own is nobody's price.
        price = posting.price if offer.inside else self.admitted(posting.price, seller.unit_cost(offer.tier))
        if before is not None and price == before and k is not None and board.offers[k] == offer:
            return False
        low = median is not None and price < median
        k = board.put(offer, price, conforming=not (low or offer.inside))
        if before is None:
            kind = "launch" if self._open else "opening"
            is_cut = kind == "launch" and low
        else:
            kind = "cut" if price < before else "rise" if price > before else "renewal"
            is_cut = kind == "cut"
        self._record_move(k, kind, before, price, posting, is_cut=is_cut)
        return True

    def admitted(self, price: float, unit_cost: float) -> float:
        """The price that the policies in force leave of the wished one. [money/Mtok]"""
        return self.policies.admitted(price, unit_cost)

    def _record_move(
        self, k: int, kind: str, before: float | None, price: float, posting: Posting, *, is_cut: bool
    ) -> None:
        """Make the move a fact, a row of the price table and a public move."""
        offer, now = posting.offer, self.clock.now
        seller = self.sellers[offer.seller]
        unit, marginal = seller.unit_cost(offer.tier), seller.marginal_cost(offer.tier)
        change = f" by {100 * abs(price / before - 1):.0f} %" if before and price != before else ""
        what = f"{offer.seller} {offer.tier} ({offer.model}): {kind}{change}, {posting.why}"
        fact = self.facts.add(now, offer.seller, kind, what, posting.cause)
        tariff = Tariff(price, offer.output_ratio)
        self.recorder.write(
            "prices",
            1,
            seller=[offer.seller],
            tier=[offer.tier],
            model=[offer.model],
            kind=[kind],
            price=[price],
            price_in=[tariff.input],
            price_out=[tariff.output],
            previous=[before],
            unit_cost=[unit],
            marginal_cost=[marginal],
            fact=[fact],
            cause=[posting.cause],
        )
        self.board.moves.append(Move(now, k, offer.seller, kind, before, price, fact, is_cut))

    def owners(self) -> tuple[tuple[str, ...], Ints]:
        """Names of the sellers on the board, sorted, and which of them owns each offer, shape (K,)."""
        names = tuple(sorted({offer.seller for offer in self.board.offers}))
        place = {name: j for j, name in enumerate(names)}
        return names, np.array([place[offer.seller] for offer in self.board.offers], dtype=np.intp)

    def owned(self) -> list[Ints]:
        """Positions of the offers for sale by who sets their prices; what buyers host for themselves is nobody's."""
        sold = [k for k in np.flatnonzero(self.board.live).tolist() if not self.board.offers[k].inside]
        owner = np.array([self.policies.owner(self.board.offers[k].seller) for k in sold])
        return [np.array(sold, dtype=np.intp)[owner == name] for name in np.unique(owner)]

    def per_offer(self, question: str) -> Floats:
        """Ask the seller of every offer for a number of its tier (`seconds`, `unit_cost`, ...), shape (K,)."""
        return np.array([float(getattr(self.sellers[o.seller], question)(o.tier)) for o in self.board.offers])
