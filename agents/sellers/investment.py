"""Cloud providers and everybody else who orders accelerators: forecast, order, wait, scrap."""

import numpy as np

from pricewar.agents.games.first_order import long_run_elasticity
from pricewar.agents.machines.fleet import Vintage
from pricewar.agents.machines.vendors import affordable, discount
from pricewar.agents.sellers.books import books_of
from pricewar.agents.sellers.firm import Firm
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.policy import TREASURY
from pricewar.sim.units import DAY_SECONDS


def plans(firm: Firm) -> Process:
    """Plan capacity every quarter, each firm at its own days."""
    clock, luck = firm.world.clock, firm.world.streams(firm.name, "planning")
    interval = firm.context.economy.supply.planning
    first = int(luck.random() * interval)
    quarter = 0
    while True:
        yield clock.at(first + int(quarter * interval), Phase.PLANS)
        quarter += 1
        if firm.world.board.own(firm.name).size:
            scrap(firm)
            invest(firm)


def invest(firm: Firm) -> None:
    """Order accelerators if the load forecast for their delivery does not fit, in lumps.

    Demand is forecast at the price that the firm expects to charge then: the focal price while it holds, else the
    long-run price LRMC/(1 - 1/eps). Judging investment at the price of the day would let a price war, or a
    shortage, be extrapolated for ever. Machines in training are counted, for they come back.
    """
    economy, clock, machines = firm.context.economy, firm.world.clock, firm.machines
    chips = economy.on_sale(firm.spec.region) if machines.chip is not None else [None]
    if not firm.spec.invests or machines.unlimited or not chips:
        return
    need = forecast_load(firm) / (firm.conduct.target_utilisation * DAY_SECONDS)
    best = _best_chip(firm, chips, need)
    if best is None:
        return
    chip, speed = best
    gap = (need - machines.all_seconds() / DAY_SECONDS) / speed - machines.on_order
    lumps = np.floor(gap / economy.supply.lump)
    if lumps < 1:
        return
    count = float(lumps * economy.supply.lump)
    price = economy.chip_price(chip) if chip is not None else 0.0
    aid = firm.world.policies.subsidy(firm.costs.region)
    if firm.role == "cloud" and price > 0.0:
        count = min(count, affordable(economy.supply, firm.cash, price * (1.0 - aid)))
    if count <= 0.0:
        return
    reduction = discount(economy.supply, count)
    price *= reduction
    due = economy.delivery(firm.world.streams(firm.name, "delivery"))
    if chip is not None and economy.vendors is not None and economy.vendors.rations(chip):
        machines.on_order += count
        clock.process(_rationed(firm, chip, count, speed, reduction, due, aid))
        return
    what = f"{firm.name} orders {count:,.0f} {chip or 'accelerators'}, due {clock.date_of(due)}"
    fact = firm.world.facts.add(clock.now, firm.name, "order", what, firm.news)
    machines.on_order += count
    machines.record(chip, "order", count, due, reduction)
    clock.process(_arrive(firm, chip, count, speed, price, due, fact, aid))


def _rationed(firm: Firm, chip: str, count: float, speed: float, reduction: float, due: float, aid: float) -> Process:
    """Order from vendors who ration: what they cannot deliver in time comes in later quarters."""
    clock, machines, vendors = firm.world.clock, firm.machines, firm.context.economy.vendors
    assert vendors is not None
    price = firm.context.economy.chip_price(chip) * reduction
    placed = vendors.order(chip, count, due)
    yield from vendors.settled()
    last = max(day for day, _ in placed.parts)
    late = "" if last == due else f" instead of {clock.date_of(due)}, for vendors ration"
    what = f"{firm.name} orders {count:,.0f} {chip}, due {clock.date_of(last)}{late}"
    fact = firm.world.facts.add(clock.now, firm.name, "order", what, firm.news)
    machines.record(chip, "order", count, last, reduction)
    for day, part in placed.parts:
        clock.process(_arrive(firm, chip, part, speed, price, day, fact, aid))


def _arrive(
    firm: Firm, chip: str | None, count: float, speed: float, price: float, due: float, order: FactId, aid: float
) -> Process:
    """Deliver an order on its day; a cloud pays for it, a lab rents it.

    aid: share that the treasury bears, as it stood when the order was placed. [1]
    """
    yield firm.world.clock.at(int(due), Phase.DATED)
    if firm.gone:
        return  # the vendor keeps them
    firm.machines.deliver(chip, count, speed)
    firm.machines.record(chip, "delivery", count, None)
    if firm.role == "cloud":
        firm.world.ledger.post(TREASURY, firm.name, "capacity subsidy", aid * count * price)
        firm.world.ledger.post(firm.name, "vendors", "accelerators", count * price)
        firm.aside -= (1.0 - aid) * count * price
    what = f"{firm.name} gets {count:,.0f} {chip or 'accelerators'}"
    firm.news = firm.world.facts.add(firm.world.clock.now, firm.name, "delivery", what, order)


def forecast_load(firm: Firm) -> float:
    """Accelerator-seconds a day at delivery, at the prices expected then. [s/day]

    What holds a price up without a known cause (the wedge) is expected to stay.
    Rivals are expected to move towards their long-run prices in the same proportion as the firm itself.
    Simplification: their costs are not known, and holding their prices still would make every firm build for a
    share that they cannot all have.
    """
    world, economy = firm.world, firm.context.economy
    books, demand = books_of(firm), firm.demand()
    price = world.board.price.copy()
    quantity, _ = demand.slopes(price, books.own)
    elasticity = long_run_elasticity(demand, price, books.own, books.unit)
    least = 1e-3 * np.maximum(books.first, books.unit)  # zero, or less by a negative wedge, has no logarithm
    focal, wedge = books.state.focal, books.state.calibration.wedge
    long_run = np.maximum(books.unit + wedge - books.future_value, least) / (1.0 - 1.0 / elasticity)
    expected = np.where(focal.holds(books.time), focal.price, long_run)
    posted = np.maximum(price[books.own], least)
    weight = quantity * posted
    towards = float(weight @ np.log(expected / posted) / weight.sum())
    price = price * np.exp(towards)
    price[books.own] = expected
    now = world.buyers.potential(world.clock.now)
    later = world.buyers.potential(world.clock.now + economy.supply.lead_time)
    tokens = demand.quantities(price)[books.own] * float(later.sum() / now.sum())
    return float(tokens @ books.seconds)


def _best_chip(firm: Firm, chips: list[str] | list[None], need: float) -> tuple[str | None, float] | None:
    """The chip on sale with the least cost of work, and its speed against the first chip; None if no model fits any.

    A cloud counts the cost of owning it; a lab pays the same rent for the same work, so only power is left.
    need: accelerators of the first chip's kind that the load asks for; the price is that of an order to meet it.
    """
    economy = firm.context.economy
    best: tuple[float, str | None, float] | None = None
    for chip in chips:
        if chip is None:
            return None, 1.0
        speed = _speed(firm, chip)
        if speed is None:
            continue
        missing = (need - firm.machines.work) / speed - firm.machines.on_order
        reduction = discount(economy.supply, np.floor(missing / economy.supply.lump) * economy.supply.lump)
        hour = economy.owned_hour(chip, firm.costs.site, reduction)
        cost = (hour.total if firm.role == "cloud" else hour.variable) / speed
        if best is None or cost < best[0]:
            best = (cost, chip, speed)
    return (best[1], best[2]) if best else None


def _speed(firm: Firm, chip: str) -> float | None:
    """Work per second against the first chip on the firm's first line; None where the model does not fit.

    Simplification: one speed a chip for all lines; on them it differs by less than the roofline can be trusted.
    """
    line = firm.lines[min(firm.lines)]
    try:
        return line.seconds.blended / line.cost.seconds_on(firm.context.economy.catalogue[chip], firm.learned).blended
    except UserMistake:
        return None


def scrap(firm: Firm) -> None:
    """Take vintages out of service whose running cost exceeds every price of the firm, but not the last machines.

    Simplification: a firm without machines would have to leave the market; exit is not in this version.
    """
    economy, clock, world = firm.context.economy, firm.world.clock, firm.world
    books = books_of(firm)
    earned = float(np.max(world.board.price[books.own] / books.seconds)) * 3600.0
    kept: list[Vintage] = []
    for vintage in firm.machines.vintages:
        last = vintage is firm.machines.vintages[-1] and not kept
        if vintage.chip is None or last:
            kept.append(vintage)
            continue
        running = economy.owned_hour(vintage.chip, firm.costs.site).variable / vintage.speed
        if running <= earned:
            kept.append(vintage)
            continue
        firm.machines.record(vintage.chip, "scrap", vintage.count, None)
        what = f"{firm.name} scraps {vintage.count:,.0f} {vintage.chip}: power costs more than its tokens bring"
        firm.news = world.facts.add(clock.now, firm.name, "scrap", what)
    firm.machines.vintages = kept
