"""The whole small market over time, written plainly, to be read beside the model page.

Covered: the clock with its phases; buyers of one or more segments with every taste, homes, gateways, privacy,
loyalty and distance; what sellers know; reviews at regular or at random times with attention (M7); best responses
with a menu cost, the shadow price of machines (M3) and focal prices (M6), the null (M1) and the rules of thumb;
publication; clearing with waits and spill-over; bills, wages and the closing of the books.

Not covered: launches, successors and entry; releases, hosts and buyers who host themselves (M2); M4, M5, M8, exit
and funding; applications; served costs, curves but the clock's, rents, power; orders of machines, research,
policies; nested and mixed logit; strategies that remember; the continuum of buyers; a scenario's ranges; with
several best prices, which of them a firm finds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor, fsum, inf

from tests.reference import plain_day
from tests.reference.plain_beliefs import Record
from tests.reference.plain_buyers import Luck, Offer, Segment, Tastes
from tests.reference.plain_clock import CLOSE, PLANS, Attention, next_review
from tests.reference.plain_firms import DAY, Firm
from tests.reference.plain_focal import Others
from tests.reference.plain_pricing import (
    Move,
    Sight,
    Switches,
    cause_of,
    pricing_problem,
    recent_cuts,
    review,
    review_rate,
    worth_holding,
)

ROUNDING = 1e-11
"""A wish this close to the posted price is none."""


@dataclass
class Rules:
    """What belongs to nobody in particular."""

    burn_in: int
    days: int
    patience: float = 0.5
    mobility: float = 0.3
    share_lag: int = 30
    prior_customers: float = 5.0
    window: float = 30.0
    max_utilisation: float = 0.95
    hold: str = "focal"
    utilisation: float = 0.3
    """u_0."""
    switches: Switches = field(default_factory=Switches)


@dataclass
class Evening:
    """What a day leaves, after the books are closed."""

    choices: dict[str, list[str]]
    """Of every buyer, by segment: the offer it has signed for, or nothing."""
    drawn: dict[str, list[int]]
    """How many contracts each has signed."""
    asked: plain_day.Amounts
    outcome: plain_day.Outcome
    paid: dict[tuple[str, str, str], float]
    cash: dict[str, float]
    shadow: dict[str, float]
    stance: dict[str, str]


class Market:
    """Everybody, and what they do as time passes."""

    def __init__(
        self,
        rules: Rules,
        tastes: Mapping[str, Tastes],
        luck: Mapping[str, Luck],
        homes: Mapping[str, float],
        firms: Sequence[Firm],
    ) -> None:
        self.rules = rules
        self.firms = sorted(firms, key=lambda firm: firm.name)
        self.segments = [Segment(name, tastes[name], homes, luck[name]) for name in sorted(tastes)]
        self.record = Record(self.segments, rules.share_lag, rules.prior_customers)
        self.now = float(-rules.burn_in)
        self.moves: list[Move] = []
        self.evenings: dict[int, Evening] = {}
        self.delay: dict[str, float] = {}
        self.turned_away: dict[str, float] = {}
        self.waiting: plain_day.Amounts = {}
        self.sold: dict[str, float] = {}
        """Tokens of each offer, in all."""
        self.balance: dict[str, float] = {}
        self.proposed: dict[str, tuple[float, Move | None]] = {}
        self.attention: dict[str, Attention] = {}
        self.offers: list[Offer] = []
        self._known: tuple[tuple[float, int, int], Sight] | None = None

    def run(self) -> None:
        """From the evening before the burn-in to the last day."""
        self.open()
        close, started = -self.rules.burn_in + CLOSE, False
        while True:
            begin = inf if started else PLANS
            self.now = min(close, begin, *(attention.wakes() for attention in self.attention.values()))
            if self.now >= self.rules.days:
                return
            if self.now == begin:  # the opening comes at 0, but nothing happens between it and the first plans
                started = True
                self.rest()
                self.attention = {firm.name: self.first_attention(firm) for firm in self.firms}
            if self.now == close:
                self.settle()
                close += 1.0
            for firm in self.firms:
                attention = self.attention.get(firm.name)
                if attention is not None and self.now == attention.wakes():
                    self.wake(firm, attention)
            if self.proposed:
                self.publish()

    # The first day.

    def open(self) -> None:
        """List prices go up, and everybody chooses for the first time."""
        lines = {name: (firm, line) for firm in self.firms for name, line in firm.lines.items()}
        for name, (firm, line) in sorted(lines.items()):
            tier = name.partition("/")[2]
            self.offers.append(
                Offer(
                    seller=firm.name,
                    tier=tier,
                    price=line.price,
                    capability=line.capability,
                    appeal=line.appeal,
                    value=line.value,
                    region=firm.region,
                    first=line.price,
                    launched=self.now,
                )
            )
            self.moves.append(Move(self.now, firm.name, tier, "opening", line.price, None))
        for segment in self.segments:
            segment.open(self.now, self.offers)
        self.record.note(self.offers, settled=True)

    def rest(self) -> None:
        """Size fleets; then let something hold the opening prices."""
        now, self.now = self.now, 0.0
        sight = self.sight()
        bought = sight.demand.quantities(sight.price)
        for firm in self.firms:
            if firm.has_fleet and firm.machines is None:
                busy = firm.conduct.target if self.rules.hold == "scarce" else self.rules.utilisation
                firm.machines = sum(bought[k] * line.seconds for k, line in firm.lines.items()) / (DAY * busy)
        for firm in self.firms:
            if firm.habit.kind == "best_response":
                self.hold(firm, sight)
        self.now = now

    def hold(self, firm: Firm, sight: Sight) -> None:
        """A focal price if it is worth holding; else full machines; else a wedge whose cause is left open."""
        if self.rules.hold == "none":
            firm.stance = "best_response"
            return
        problem = pricing_problem(firm, sight)
        own = {k: sight.price[k] for k in firm.lines}
        if self.rules.hold == "focal" and self.rules.switches.focal_prices and firm.habit.focal:
            firm.focal = own
            if worth_holding(firm, sight, set(own)):
                firm.stance = "focal"
                return
            firm.focal = {}
        implied = problem.implied_cost()
        residual = {k: implied[k] - firm.marginal(k, sight.time) for k in own}
        full = replace(problem, anew=()).load(own) > (1.0 - 1e-6) * firm.planned
        if full and (self.rules.hold == "scarce" or self.rules.switches.idle_capacity):
            firm.shadow = max(0.0, min(residual[k] / line.seconds for k, line in firm.lines.items()))
        firm.stance = "best_response"
        firm.frozen = {k: firm.shadow * line.seconds for k, line in firm.lines.items()}
        firm.wedge = {k: residual[k] - firm.frozen[k] for k in own}

    # Reviews.

    def first_attention(self, firm: Firm) -> Attention:
        """Regular reviewers begin somewhere within their interval, the others listen at once."""
        if firm.conduct.regular:
            first = self.now + firm.next_hazard() / firm.conduct.r_0
            return Attention(due=next_review(first + 1.0 / firm.conduct.r_0))
        return self.listening(firm, firm.next_hazard())

    def listening(self, firm: Firm, left: float) -> Attention:
        """Wait until so much review rate has added up, at the rate of now."""
        if left <= 0.0:
            return Attention(due=next_review(self.now))
        turned_away = self.turned_away.get(firm.name, 0.0)
        rate, until = review_rate(firm, self.sight(), self.moves, self.rules.window, turned_away)
        return Attention(left=left, rate=rate, since=self.now, until=until)

    def wake(self, firm: Firm, attention: Attention) -> None:
        """Review prices, or see that the review is due at the next instant for one, or that the rate has changed."""
        if attention.due is not None:
            self.review(firm)
            if firm.conduct.regular:
                self.attention[firm.name] = Attention(due=next_review(self.now + 1.0 / firm.conduct.r_0))
            else:
                self.attention[firm.name] = self.listening(firm, firm.next_hazard())
        elif attention.rate > 0.0 and self.now == attention.since + attention.left / attention.rate:
            attention.due = next_review(self.now)
            if attention.due == self.now:
                self.wake(firm, attention)
        else:
            self.listen_again(firm, attention)

    def listen_again(self, firm: Firm, attention: Attention) -> None:
        """The board has changed, or a cut is forgotten: what is left adds up at another rate."""
        left = attention.left - attention.rate * (self.now - attention.since)
        self.attention[firm.name] = self.listening(firm, left)

    def review(self, firm: Firm) -> None:
        """Decide against the board as it stands, and propose what changes."""
        sight = self.sight()
        decision = review(firm, sight)
        firm.shadow, firm.stance = decision.shadow, decision.stance
        firm.broken_until |= decision.broken_until
        for name, price in decision.price.items():
            if abs(price - sight.price[name]) > ROUNDING * sight.price[name]:
                self.proposed[name] = (price, cause_of(firm, sight, self.moves, self.rules.window))
        firm.seen = self.now
        firm.counted = {name: self.sold.get(name, 0.0) for name in firm.lines}

    def publish(self) -> None:
        """Everything proposed at an instant is published together, in the order of names, after contracts that end."""
        self.renew()
        offers = {offer.name: offer for offer in self.offers}
        for name, (price, cause) in sorted(self.proposed.items()):
            offer = offers[name]
            kind = "cut" if price < offer.price else "rise"
            self.moves.append(Move(self.now, offer.seller, offer.tier, kind, price, offer.price, cause))
            offer.price = price
        self.proposed = {}
        self.wake_all()

    def wake_all(self) -> None:
        """There is news: who waits for its next review waits on, at the rate of now."""
        for firm in self.firms:
            attention = self.attention[firm.name]
            if attention.due is None:
                self.listen_again(firm, attention)

    def sight(self) -> Sight:
        """What every firm sees now."""
        state = (self.now, len(self.moves), len(self.record.reports))
        if self._known is None or self._known[0] != state:
            demand = self.record.demand(self.offers, self.now)
            self._known = (state, Sight(self.now, self.offers, demand, self.rules.switches, self.segments))
        sight = self._known[1]
        sight.others = {firm.name: self.others(firm) for firm in self.firms}
        return sight

    def others(self, firm: Firm) -> Others:
        """What a firm knows of those with whom it shares the market."""
        alert = self.rules.switches.attention
        cuts = recent_cuts(firm, self.moves, self.now - self.rules.window) if alert else []
        closes = max(floor(self.now - CLOSE) - floor(firm.seen - CLOSE), 1) if firm.seen > -inf else inf
        return Others(
            rates={one.name: (one.conduct.r_0, one.conduct.psi if alert else 0.0) for one in self.firms},
            cuts=[move.offer for move in cuts],
            contracts=[
                [
                    (1.0 - s.tastes.gateway, 365.25 / s.tastes.contract),
                    (s.tastes.gateway, 365.25 / s.tastes.gateway_contract),
                ]
                for s in self.segments
            ],
            wrong_by=firm.wrong_by,
            sold={k: (self.sold.get(k, 0.0) - firm.counted.get(k, 0.0)) / closes for k in firm.lines},
        )

    # The end of a day.

    def renew(self) -> None:
        """Contracts that have ended are signed anew."""
        for segment in self.segments:
            segment.renew(self.now, self.offers, self.delay)

    def settle(self) -> None:
        """Renew, clear, bill, remember, feel waits, close the books."""
        self.renew()
        market = self.market_of_today()
        outcome = plain_day.clear(market, self.rules.patience, self.rules.mobility)
        paid = plain_day.bill(market, outcome)
        paid |= {(firm.name, "staff", "wages"): firm.payroll for firm in self.firms if firm.payroll > 0.0}
        for (payer, payee, _), amount in paid.items():
            self.balance[payer] = self.balance.get(payer, 0.0) - amount
            self.balance[payee] = self.balance.get(payee, 0.0) + amount
        if abs(fsum(self.balance.values())) > 1e-9 * sum(abs(amount) for amount in self.balance.values()):
            raise AssertionError("the books do not close")
        for (_, name), tokens in outcome.served.items():
            self.sold[name] = self.sold.get(name, 0.0) + tokens
        self.record.note(self.offers)
        self.waiting, self.delay = outcome.waiting, outcome.delay
        if self.attention and outcome.turned_away != self.turned_away:
            self.turned_away = outcome.turned_away
            self.wake_all()
        self.evenings[floor(self.now)] = Evening(
            choices={s.name: [b.supplier.name if b.supplier else "nothing" for b in s.buyers] for s in self.segments},
            drawn={s.name: [b.drawn for b in s.buyers] for s in self.segments},
            asked=market.asked,
            outcome=outcome,
            paid=paid,
            cash={firm.name: firm.cash + self.balance.get(firm.name, 0.0) for firm in self.firms},
            shadow={firm.name: firm.shadow for firm in self.firms},
            stance={firm.name: firm.stance for firm in self.firms},
        )

    def market_of_today(self) -> plain_day.Market:
        """What buyers ask for, what waits, and which machines there are; in the burn-in nobody is short."""
        lines = {name: line for firm in self.firms for name, line in firm.lines.items()}
        cost = {name: firm.marginal(name, self.now) for firm in self.firms for name in firm.lines}
        most = self.rules.max_utilisation
        return plain_day.Market(
            asked={(s.name, o.name): s.asked(o, self.now) for s in self.segments for o in self.offers},
            waited=self.waiting,
            seller={offer.name: offer.seller for offer in self.offers},
            seconds={name: line.seconds for name, line in lines.items()},
            capacity={firm.name: inf if self.now < 0.0 else most * firm.seconds for firm in self.firms},
            price={offer.name: offer.price for offer in self.offers},
            cost=cost,
        )
