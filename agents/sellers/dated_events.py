"""A price set from outside: an experiment on the market, or a history that is written into it.

It is the one price that is nobody's decision. It passes the policies in force like every other, draws no random
number, and is a root of the family tree: a fact of kind `forced`, which the seller's own move has for its cause and
every answer to that move has for a forebear. A change by nothing is no change: it leaves no fact and changes no bit.
A price that is only kept takes out of history what the seller would have done meanwhile.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.finance import Fundraising, Round
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.launches import launch_licensed, solved
from pricewar.agents.sellers.spec import Arrival
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.market.beliefs import annuity_factor
from pricewar.sim.parameters import CHECKED, SellerId, fixed
from pricewar.sim.units import MONTH, Days, PricePerMtok, Unit
from pricewar.sim.world import Posting

OUTSIDE = "outside"
"""Who acts, as the facts tell it."""
FORCED = "forced"
"""Kind of the fact."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ForcedPrice:
    """A price change of one seller that comes from outside the market, on the morning of a day."""

    seller: SellerId
    """Whose price."""
    tier: SellerId | None = None
    """Which of its product lines; left out, all that are for sale that morning."""
    date: date
    """Day of the change: after what the calendar brings that day, before anybody reviews."""
    change: Annotated[float, Field(ge=-1), Unit("share of the price")] | None = None
    """By how much of the standing price it changes: -0.3 cuts it by 30 %. Zero is no change, and holds nothing."""
    price: PricePerMtok | None = None
    """The new blended price, in place of `change`; with neither the seller keeps the price that stands, for `hold`."""
    hold: Days = 0.0
    """How long the seller keeps the forced price and does not review that line; zero lets its next review answer."""

    def __post_init__(self) -> None:
        """Refuse two ways to say the price, and nothing said. Raises ValueError."""
        if self.change is not None and self.price is not None:
            raise ValueError("say either change or price")
        if self.change is None and self.price is None and self.hold <= 0.0:
            raise ValueError("say change or price, or for how long the standing price is kept (hold)")

    @property
    def nil(self) -> bool:
        """Whether it changes nothing."""
        return self.change == 0.0

    def wished(self, standing: float) -> float:
        """The price that is forced where `standing` is posted. [money/Mtok]"""
        if self.price is not None:
            return float(self.price)
        return standing if self.change is None else standing * (1.0 + self.change)


def forcing(name: str, spec: ForcedPrice, firm: Firm) -> Process:
    """Force a price when its day has come.

    A line that is not for sale that morning, or whose price the policies leave as it is, is left alone.
    """
    world = firm.world
    yield world.clock.at(world.clock.day_of(spec.date), Phase.PLANS)
    changes: list[tuple[str, float, float]] = []
    for tier in sorted(firm.lines) if spec.tier is None else [spec.tier]:
        k = world.board.position(firm.name, tier)
        if k is None or not world.board.live[k]:
            continue
        standing = float(world.board.price[k])
        firm.lines[tier].held_until = world.clock.now + spec.hold
        wished = spec.wished(standing)
        if world.admitted(wished, firm.unit_cost(tier)) != standing:
            changes.append((tier, standing, wished))
    if not changes:
        return
    moves_listed = ", ".join(f"{tier} from {before:.4g} to {wished:.4g}" for tier, before, wished in changes)
    held = f", held for {spec.hold:g} days" if spec.hold else ""
    what = f"forced from outside ({name}): {firm.name} {moves_listed}{held}"
    fact = world.facts.add(world.clock.now, OUTSIDE, FORCED, what)
    for tier, _, wished in changes:
        world.propose(Posting(firm.offer(tier), wished, "forced from outside", fact))


def funding(firm: Firm) -> Iterator[Process]:
    """The processes by which a firm gets money from investors."""
    for name, given in sorted(firm.spec.finance.rounds.items()):
        yield _round(firm, name, given)
    if firm.spec.finance.raises is not None and firm.context.mechanisms.distress:
        yield _asking(firm, firm.spec.finance.raises)


def _round(firm: Firm, name: str, given: Round) -> Process:
    world = firm.world
    yield world.clock.at(world.clock.day_of(given.date), Phase.DATED)
    if not firm.gone:
        _paid_in(firm, fixed(given.amount), name)


def _asking(firm: Firm, terms: Fundraising) -> Process:
    """Look at the runway once a month; investors give a stake of the valuation if takings have grown."""
    clock = firm.world.clock
    day = int(firm.world.streams(firm.name, "fundraising").random() * MONTH)
    while True:
        yield clock.at(day, Phase.PLANS)
        day += MONTH
        purse = firm.purse
        if not firm.gone and firm.runway < terms.within and purse.takings > purse.earlier:
            _paid_in(firm, terms.stake * terms.multiple * 365.0 * purse.takings, "its runway was short")


def _paid_in(firm: Firm, amount: float, why: str) -> None:
    firm.world.ledger.post("investors", firm.name, "funding", amount)
    firm.aside += amount
    what = f"{firm.name} raises money ({why})"  # how much is in the ledger
    firm.news = firm.world.facts.add(firm.world.clock.now, firm.name, "funding", what)


def settle_burn_in(firm: Firm) -> None:
    """Let the owners take out or put in what the burn-in earned or cost, so that cash on the first day is as stated."""
    ledger = firm.world.ledger
    balance = ledger.balance(firm.name)
    payer, payee = (firm.name, "owners") if balance > 0.0 else ("owners", firm.name)
    ledger.post(payer, payee, "settlement of the burn-in", abs(balance))
    firm.aside -= balance


def arrivals(firm: Firm) -> list[Process]:
    """One process for every lot on its way to a firm, in the order of their names."""
    lots = firm.spec.fleet.arrivals if firm.spec.fleet else {}
    return [_arriving(firm, lot) for _, lot in sorted(lots.items())]


def _arriving(firm: Firm, lot: Arrival) -> Process:
    """Put a lot into service on its day. A cloud has paid for it already; a lab pays rent from now on."""
    clock, machines = firm.world.clock, firm.machines
    # The fleet of the first day is known once that day's plans are made.
    yield clock.at(0, Phase.PLANS)
    if machines.unlimited:
        return
    count = lot.share * machines.count
    machines.on_order += count
    due = clock.day_of(lot.date)
    machines.record(machines.chip, "order", count, float(due))
    yield clock.at(due, Phase.DATED)
    machines.deliver(machines.chip, count, 1.0)
    machines.record(machines.chip, "delivery", count, None)
    what = f"{firm.name} gets {count:,.0f} {machines.chip or 'accelerators'} ordered before the first day"
    firm.news = firm.world.facts.add(clock.now, firm.name, "delivery", what)


def entering(firm: Firm) -> Process:
    """Look at the market at times of its own; come if the expected profit over the horizon repays the entry cost.

    Free entry in the sense of Mankiw & Whinston (1986): the entrant reckons with the board as it stands and with its
    own best prices; it does not foresee the answer.
    """
    terms, world = firm.spec.entry, firm.world
    if terms is None:
        return
    clock, luck = world.clock, world.streams(firm.name, "entry")
    yield clock.at(max(0, 0 if terms.after is None else clock.day_of(terms.after)), Phase.DATED)
    while True:
        yield clock.at(int(np.ceil(clock.now + luck.exponential(terms.look))), Phase.PLANS)
        if worth_entering(firm):
            world.ledger.post(firm.name, "suppliers", "entry", terms.cost)
            fact = world.facts.add(clock.now, firm.name, "entry", f"{firm.name} enters: that pays")
            launch_licensed(firm, sorted(firm.lines), fact)
            return


def worth_entering(firm: Firm) -> bool:
    """Whether expected profit, discounted over the horizon, exceeds the cost of entry and of a licence."""
    terms = firm.spec.entry
    if terms is None:
        return False
    plan = solved(firm, sorted(firm.lines))
    own = plan.books.own
    price = plan.view.board.price.copy()
    price[own] = plan.price
    tokens = plan.view.demand.quantities(price)[own]
    load = float(tokens @ plan.books.seconds)
    served = min(1.0, plan.books.planned / load) if load > 0.0 else 1.0
    daily = served * float(tokens @ (plan.price - plan.books.unit)) - firm.spec.finance.payroll
    worth = daily * DAYS_PER_YEAR * float(annuity_factor(np.array(firm.conduct.discount), firm.conduct.horizon))
    return worth > terms.cost + firm.world.policies.licence()[0]
