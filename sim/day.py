"""One day, in the order in which it happens. Read this first.

Through the day sellers review prices, each at its own instant, and buyers whose contracts end choose again under
the board of that instant (`World.publish`). At the day's end:
"""

import numpy as np

from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.market.clearing import Market, Service, clear
from pricewar.sim.market.demand import Floats
from pricewar.sim.recording import record_day
from pricewar.sim.world import World


def settle_day(world: World) -> None:
    """Renew, clear, bill, pay, remember, close the books."""
    world.buyers.renew(world.clock.now)  # who chooses again, and whom
    market = market_of_today(world)
    service = carry(world, market)  # what the machines can carry
    takings = bill(world, market, service)  # every amount has a payer and a payee
    pay_rebates(world, service)  # what policies take off buyers' prices
    costs = pay_costs(world, market, service, takings)
    pay_other_bills(world)
    exit_insolvent(world, market)  # who cannot pay leaves
    remember(world, market, service)  # what has been made and sold, and what becomes public, later
    tell_delays(world, market, service)
    tell_shortages(world, market, service)
    record_day(world, market, service, takings, costs)
    world.ledger.close(world.ledger.sold_today(), float((service.served * world.board.price).sum()))


def days(world: World, last: int) -> Process:
    """Settle every day up to the last."""
    while world.clock.day <= last:
        yield world.clock.at(world.clock.day, Phase.CLOSE)
        settle_day(world)
        yield world.clock.until(world.clock.day + 1)


def market_of_today(world: World) -> Market:
    """What buyers ask for and what was left over from yesterday, before the machines that there are."""
    sellers, owner = world.owners()
    asked = world.buyers.demand(world.clock.now)
    waited = np.zeros_like(asked)
    # What waits for a seller that has left the market meets no machine there: a part tries others, the rest fades.
    if world.waiting.size:
        waited[:, : world.waiting.shape[1]] = world.waiting
    return Market(
        sellers=sellers,
        owner=owner,
        asked=asked,
        waited=waited,
        seconds=world.per_offer("seconds"),
        capacity=np.array([world.sellers[name].capacity() for name in sellers]),
    )


def carry(world: World, market: Market) -> Service:
    """Let the machines serve what they can; the rest waits, goes elsewhere or is lost."""
    terms = world.terms
    service = clear(
        market.asked,
        market.waited,
        market.seconds,
        market.owner,
        market.capacity,
        patience=terms.patience,
        mobility=terms.mobility,
    )
    world.waiting = service.waiting
    return service


def bill(world: World, market: Market, service: Service) -> Floats:
    """Let every segment pay every seller for the tokens it got; returns takings, shape (J,). [money]"""
    due = service.served * world.board.price
    takings = np.zeros(len(market.sellers))
    for segment, row in zip(world.buyers.segments, due, strict=True):
        by_seller = np.bincount(market.owner, row, minlength=len(market.sellers))
        for seller, amount in zip(market.sellers, by_seller.tolist(), strict=True):
            world.ledger.post(f"buyers:{segment}", seller, "tokens", amount)
        takings += by_seller
    return takings


def pay_rebates(world: World, service: Service) -> None:
    """Let whoever bears a part of buyers' prices give it back to them."""
    price = world.board.price
    for enacted, rebate in world.policies.rebates(world.board.offers):
        net = rebate.net(price)
        enacted.refund(world.ledger, world.buyers.segments, (service.served * (price - net)).sum(axis=1))
        if enacted.exhausted:
            world.facts.add(world.clock.now, "regulator", "policy", f"the budget of policy {enacted.name} is spent")
            world.policies_changed()
        price = net


def pay_costs(world: World, market: Market, service: Service, takings: Floats) -> Floats:
    """Let every seller pay for the day; returns operating costs, shape (J,). [money]"""
    spent = service.served.sum(axis=0) * world.per_offer("marginal_cost")
    count = len(market.sellers)
    variable = np.bincount(market.owner, spent, minlength=count)
    taxes = np.bincount(market.owner, taxed(world, service), minlength=count)
    due = zip(market.sellers, variable.tolist(), takings.tolist(), taxes.tolist(), strict=True)
    return np.array([world.sellers[name].pay(cost, taken, tax) for name, cost, taken, tax in due])


def taxed(world: World, service: Service) -> Floats:
    """Taxes on the power that today's tokens of every offer took, shape (K,). [money]"""
    if not world.policies.enacted:
        return np.zeros(len(world.board.offers))
    due: Floats = service.served.sum(axis=0) * world.per_offer("energy_tax")
    return due


def pay_other_bills(world: World) -> None:
    """Let everything else be paid that falls due in the evening."""
    for pay in world.evening:
        pay()


def exit_insolvent(world: World, market: Market) -> None:
    """Let every seller see what the day has left it with; who cannot pay leaves."""
    for name in market.sellers:
        world.sellers[name].settle_up()


def remember(world: World, market: Market, service: Service) -> None:
    """Note what has been made and sold, and the shares that become public later."""
    world.output.note(world.clock.day, float(service.served.sum()), made(market, service))
    world.sales.note(service.served.sum(axis=0))
    world.record.note(world.paid(), world.buyers.shares())


def made(market: Market, service: Service) -> dict[str, float]:
    """Tokens served today by seller. [Mtok]"""
    by_seller = np.bincount(market.owner, service.served.sum(axis=0), minlength=len(market.sellers))
    return dict(zip(market.sellers, by_seller.tolist(), strict=True))


def tell_delays(world: World, market: Market, service: Service) -> None:
    """Let buyers feel how long work waits at each seller."""
    if service.delay.any() or market.waited.any():
        world.delays = dict(zip(market.sellers, service.delay.tolist(), strict=True))
        world.look()


def tell_shortages(world: World, market: Market, service: Service) -> None:
    """Let every seller know how much of the work asked of it had to be turned away."""
    short = np.flatnonzero(service.turned_away)
    world.turn_away({market.sellers[j]: float(service.turned_away[j]) for j in short})
