"""Machines that were ordered before the first day and arrive after it, whether or not they are still wanted."""

from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.spec import Arrival
from pricewar.sim.kernel.clock import Phase, Process


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
    machines.tell(machines.chip, "order", count, float(due))
    yield clock.at(due, Phase.DATED)
    machines.deliver(machines.chip, count, 1.0)
    machines.tell(machines.chip, "delivery", count, None)
    what = f"{firm.name} gets {count:,.0f} {machines.chip or 'accelerators'} ordered before the first day"
    firm.news = firm.world.facts.add(clock.now, firm.name, "delivery", what)
