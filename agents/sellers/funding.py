"""How money comes in beside the sale of tokens: dated rounds, rounds that are asked for (M8), and owners."""

from collections.abc import Iterator

from pricewar.agents.sellers.finance import Fundraising, Round
from pricewar.agents.sellers.firm import Firm
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.parameters import fixed
from pricewar.sim.units import MONTH


def funding(firm: Firm) -> Iterator[Process]:
    """The processes by which a firm gets money from investors."""
    for name, given in sorted(firm.spec.finance.rounds.items()):
        yield _round(firm, name, given)
    if firm.spec.finance.raises is not None and firm.around.mechanisms.distress:
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
