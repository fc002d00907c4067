"""Money beside the sale of tokens: staff, funding, runway, and what happens to a firm that cannot pay (M8)."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic.dataclasses import dataclass

from sim.kernel.clock import Phase, Process
from sim.parameters import CHECKED, Range, SellerId, fixed
from sim.units import MONTH, Amount, MoneyPerDay, NonNegative, PositiveDays, Share
from sim.world import Posting

if TYPE_CHECKING:
    from agents.firm import Firm

MEMORY = 90.0
"""Days over which losses and takings are averaged. [day]"""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Round:
    """A recorded or assumed round of funding."""

    date: date
    """Day on which the money comes."""
    amount: Amount | Range
    """How much."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Fundraising:
    """A firm that may ask investors when its runway gets short; they give if its takings grow."""

    within: PositiveDays = 270.0
    """Runway below which it asks. Assumed: rounds take half a year, and nobody begins with an empty till."""
    multiple: NonNegative = 30.0
    """Valuation over a year's takings. Assumed: OpenAI in October 2024 was worth about 40 times its year's revenue."""
    stake: Share = 0.15
    """Share of that valuation that investors pay in. Assumed: rounds sell a tenth to a fifth."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Finance:
    """What a seller pays and gets beside its tokens."""

    payroll: MoneyPerDay = 0.0
    """Staff, from its first offer on. Assumed where no accounts are published."""
    rounds: dict[SellerId, Round] = Field(default_factory=dict)
    """Dated rounds of funding by name."""
    raises: Fundraising | None = None
    """Whether and how it may raise more (M8); left out, it may not."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Entry:
    """A firm that is not in the market yet, and comes when that pays (M8)."""

    after: date | None = None
    """First day on which it may come; left out, the scenario's first."""
    look: PositiveDays = 60.0
    """Mean time between its looks at the market. Assumed: every other month."""
    cost: Amount = 0.0
    """What it takes to have a model ready and to be known. Assumed."""


class Purse:
    """A firm's running averages of what it takes and loses, from which others and itself tell how it does."""

    def __init__(self) -> None:
        """Nothing has been taken or lost yet."""
        self.takings, self.earlier, self.loss = 0.0, 0.0, 0.0
        self._days, self._balance = 0.0, 0.0

    def note(self, takings: float, balance: float) -> None:
        """Take down a day: takings, and all that was ever earned less what was lost; machines bought are no loss."""
        self._days += 1.0
        loss, self._balance = self._balance - balance, balance
        self.takings += (takings - self.takings) / min(self._days, MONTH)
        self.earlier += (takings - self.earlier) / min(self._days, 2.0 * MEMORY)
        self.loss += (loss - self.loss) / min(self._days, MEMORY)

    def runway(self, cash: float) -> float:
        """Days until the cash is gone at the present loss; infinite without one. [day]"""
        return max(cash, 0.0) / self.loss if self.loss > 0.0 else float("inf")


def funding(firm: "Firm") -> Iterator[Process]:
    """The processes by which a firm gets money from investors."""
    for name, given in sorted(firm.spec.finance.rounds.items()):
        yield _round(firm, name, given)
    if firm.spec.finance.raises is not None and firm.around.mechanisms.distress:
        yield _asking(firm, firm.spec.finance.raises)


def _round(firm: "Firm", name: str, given: Round) -> Process:
    world = firm.world
    yield world.clock.at(world.clock.day_of(given.date), Phase.DATED)
    if not firm.gone:
        _paid_in(firm, fixed(given.amount), name)


def _asking(firm: "Firm", terms: Fundraising) -> Process:
    """Look at the runway once a month; investors give a stake of the valuation if takings have grown."""
    clock = firm.world.clock
    day = int(firm.world.streams(firm.name, "fundraising").random() * MONTH)
    while True:
        yield clock.at(day, Phase.PLANS)
        day += MONTH
        purse = firm.purse
        if not firm.gone and firm.runway < terms.within and purse.takings > purse.earlier:
            _paid_in(firm, terms.stake * terms.multiple * 365.0 * purse.takings, "its runway was short")


def _paid_in(firm: "Firm", amount: float, why: str) -> None:
    firm.world.ledger.post("investors", firm.name, "funding", amount)
    firm.aside += amount
    what = f"{firm.name} raises money ({why})"  # how much is in the ledger
    firm.news = firm.world.facts.add(firm.world.clock.now, firm.name, "funding", what)


def settle_burn_in(firm: "Firm") -> None:
    """Let the owners take out or put in what the burn-in earned or cost, so that cash on the first day is as stated."""
    ledger = firm.world.ledger
    balance = ledger.balance(firm.name)
    payer, payee = (firm.name, "owners") if balance > 0.0 else ("owners", firm.name)
    ledger.post(payer, payee, "settlement of the burn-in", abs(balance))
    firm.aside -= balance


def leave(firm: "Firm") -> None:
    """Leave the market: offers are withdrawn, machines go to the rental pool, creditors bear what cannot be paid."""
    world = firm.world
    world.ledger.post("creditors", firm.name, "default", max(-firm.cash, 0.0))
    if firm.pipeline is not None:
        firm.pipeline.stop()
    work, released = firm.machines.work, firm.machines.release()
    pool = firm.around.economy.market
    if firm.role == "cloud" and pool is not None:
        pool.take_over(work, firm.name)  # a lab's machines were rented, and go back to whom they belong
    what = f"{firm.name} cannot pay and leaves; {released:,.0f} accelerators go to the rental pool"
    fact = world.facts.add(world.clock.now, firm.name, "exit", what, firm.news)
    firm.gone, firm.stance, firm.shadow_price = True, "gone", 0.0
    for k in world.board.own(firm.name):
        world.propose(Posting(world.board.offers[k], None, "it cannot pay", fact))
