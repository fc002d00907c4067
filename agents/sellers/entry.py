"""Entry of labs: a firm outside looks at the market now and then, and comes when that pays (part of M8)."""

import numpy as np

from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.launches import launch_licensed, solved
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.market.retention import annuity_factor


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
    return worth > terms.cost + firm.world.law.licence()[0]
