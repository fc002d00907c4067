"""One day, in the order in which it happens. Read this first.

Through the day sellers review prices, each at its own instant, and buyers whose contracts end choose again under
the board of that instant (`World.publish`). At the day's end:
"""

from dataclasses import dataclass

import numpy as np

from sim.kernel.clock import Phase, Process
from sim.market.clearing import Service, clear
from sim.market.demand import Floats, Ints
from sim.world import World


def days(world: World, last: int) -> Process:
    """Settle every day up to the last."""
    while world.clock.day <= last:
        yield world.clock.at(world.clock.day, Phase.CLOSE)
        settle_day(world)
        yield world.clock.until(world.clock.day + 1)


def settle_day(world: World) -> None:
    """Renew, clear, bill, pay, remember, close the books."""
    world.buyers.renew(world.clock.now)  # who chooses again, and whom
    market = _market_of_today(world)
    service = clear(  # what the machines can carry
        market.asked,
        market.waited,
        market.seconds,
        market.owner,
        market.capacity,
        patience=world.terms.patience,
        mobility=world.terms.mobility,
    )
    world.waiting = service.waiting
    takings = bill(world, market, service)  # every amount has a payer and a payee
    costs = pay_costs(world, market, service, takings)
    for pay in world.evening:
        pay()
    for name in market.sellers:
        world.sellers[name].settle_up()  # who cannot pay leaves
    world.output.note(world.clock.day, float(service.served.sum()), made(market, service))  # what has been made so far
    world.sales.note(service.served.sum(axis=0))
    world.record.note(world.board, world.buyers.shares())  # what becomes public, later
    if service.delay.any() or market.waited.any():
        world.delays = dict(zip(market.sellers, service.delay.tolist(), strict=True))
        world.look()  # buyers feel a wait
    write_down(world, market, service, takings, costs)
    world.ledger.close(world.ledger.sold_today(), float((service.served * world.board.price).sum()))


@dataclass(frozen=True, slots=True)
class _Market:
    """The day's market in arrays: S segments, K offers, J sellers."""

    sellers: tuple[str, ...]
    owner: Ints
    """Seller of each offer, shape (K,)."""
    asked: Floats
    """Tokens asked for today, shape (S, K). [Mtok/day]"""
    waited: Floats
    """Tokens left from yesterday, shape (S, K). [Mtok/day]"""
    seconds: Floats
    """Accelerator-seconds per Mtok, shape (K,)."""
    capacity: Floats
    """Accelerator-seconds a day of each seller, shape (J,). [s/day]"""


def _market_of_today(world: World) -> _Market:
    sellers, owner = world.owners()
    asked = world.buyers.demand(world.clock.now)
    waited = np.zeros_like(asked)
    # What waits for a seller that has left the market meets no machine there: a part tries others, the rest fades.
    if world.waiting.size:
        waited[:, : world.waiting.shape[1]] = world.waiting
    return _Market(
        sellers=sellers,
        owner=owner,
        asked=asked,
        waited=waited,
        seconds=world.per_offer("seconds"),
        capacity=np.array([world.sellers[name].capacity() for name in sellers]),
    )


def made(market: _Market, service: Service) -> dict[str, float]:
    """Tokens served today by seller. [Mtok]"""
    by_seller = np.bincount(market.owner, service.served.sum(axis=0), minlength=len(market.sellers))
    return dict(zip(market.sellers, by_seller.tolist(), strict=True))


def bill(world: World, market: _Market, service: Service) -> Floats:
    """Let every segment pay every seller for the tokens it got; returns takings, shape (J,). [money]"""
    due = service.served * world.board.price
    takings = np.zeros(len(market.sellers))
    for segment, row in zip(world.buyers.segments, due, strict=True):
        by_seller = np.bincount(market.owner, row, minlength=len(market.sellers))
        for seller, amount in zip(market.sellers, by_seller.tolist(), strict=True):
            world.ledger.post(f"buyers:{segment}", seller, "tokens", amount)
        takings += by_seller
    return takings


def pay_costs(world: World, market: _Market, service: Service, takings: Floats) -> Floats:
    """Let every seller pay for the day; returns operating costs, shape (J,). [money]"""
    spent = service.served.sum(axis=0) * world.per_offer("marginal_cost")
    variable = np.bincount(market.owner, spent, minlength=len(market.sellers))
    return np.array(
        [
            world.sellers[name].pay(cost, taken)
            for name, cost, taken in zip(market.sellers, variable.tolist(), takings.tolist(), strict=True)
        ]
    )


def write_down(world: World, market: _Market, service: Service, takings: Floats, costs: Floats) -> None:
    """Record the day: by offer, by seller, by segment."""
    if not world.recorder.on:
        return
    tokens = service.served.sum(axis=0)
    _write_offers(world, tokens)
    _write_costs(world, tokens)
    _write_sellers(world, market, service, takings, costs)
    _write_segments(world, market, service)


def _write_offers(world: World, tokens: Floats) -> None:
    board = world.board
    # An offer withdrawn today may still have served what it had taken on.
    shown = np.flatnonzero(board.live | (tokens > 0))
    offers = [board.offers[k] for k in shown]
    nash = np.full(len(board.offers), np.nan)
    nash[: world.nash_price.size] = world.nash_price
    world.recorder.write(
        "offers_daily",
        len(offers),
        seller=[offer.seller for offer in offers],
        tier=[offer.tier for offer in offers],
        model=[offer.model for offer in offers],
        open_weights=[offer.open_weights for offer in offers],
        capability=np.array([offer.capability for offer in offers]),
        price=board.price[shown],
        unit_cost=world.per_offer("unit_cost")[shown],
        marginal_cost=world.per_offer("marginal_cost")[shown],
        nash_price=nash[shown],
        tokens=tokens[shown],
        revenue=(tokens * board.price)[shown],
    )


def _write_costs(world: World, tokens: Floats) -> None:
    board = world.board
    shown = np.flatnonzero(board.live | (tokens > 0))
    offers = [board.offers[k] for k in shown]
    parts = [world.sellers[offer.seller].cost_parts(offer.tier) for offer in offers]
    world.recorder.write(
        "costs_daily",
        len(offers),
        seller=[offer.seller for offer in offers],
        tier=[offer.tier for offer in offers],
        model=[offer.model for offer in offers],
        price=board.price[shown],
        hour_capital=np.array([part.capital for part in parts]),
        hour_energy=np.array([part.energy for part in parts]),
        hour_upkeep=np.array([part.upkeep for part in parts]),
        utilisation=np.array([part.utilisation for part in parts]),
        software=np.array([part.software for part in parts]),
        machine_time=np.array([part.machine_time for part in parts]),
        training=np.array([part.training for part in parts]),
    )


def _write_sellers(
    world: World, market: _Market, service: Service, takings: Floats, costs: Floats
) -> None:
    count = len(market.sellers)
    sellers = [world.sellers[name] for name in market.sellers]
    tokens = service.served.sum(axis=0)
    by_seller = np.bincount(market.owner, tokens, minlength=count)
    asked = np.bincount(market.owner, market.asked.sum(axis=0), minlength=count)
    margin = world.board.price - world.per_offer("marginal_cost")
    earned = np.bincount(market.owner, tokens * margin, minlength=count)
    whole = np.array([seller.whole_capacity() for seller in sellers])
    busy = np.divide(service.load, whole, out=np.zeros(count), where=np.isfinite(whole) & (whole > 0))
    work = tokens * market.seconds * world.per_offer("kilowatts") / 3600.0
    total = by_seller.sum()
    world.recorder.write(
        "sellers_daily",
        count,
        seller=list(market.sellers),
        role=[seller.role for seller in sellers],
        fleet=np.array([seller.fleet for seller in sellers]),
        on_order=np.array([seller.on_order for seller in sellers]),
        utilisation=busy,
        demand=asked,
        tokens=by_seller,
        revenue=takings,
        operating_cost=costs,
        cash=np.array([seller.cash for seller in sellers]),
        share=by_seller / total if total > 0 else by_seller,
        lerner=np.divide(earned, takings, out=np.full(count, np.nan), where=takings > 0),
        delay=service.delay,
        shadow_price=np.array([seller.shadow_price for seller in sellers]),
        stance=[seller.stance for seller in sellers],
        energy=np.bincount(market.owner, work, minlength=count) + [seller.training_energy for seller in sellers],
        rented_out=np.array([seller.rented_out for seller in sellers]),
        rent_income=np.array([seller.rent_income for seller in sellers]),
        training=np.array([seller.training for seller in sellers]),
    )


def _write_segments(world: World, market: _Market, service: Service) -> None:
    buyers = world.buyers
    tokens = service.served.sum(axis=1)
    paid = service.served @ world.board.price
    adopters = buyers.adopters()
    got = np.divide(service.served, market.asked, out=np.zeros_like(market.asked), where=market.asked > 0)
    world.recorder.write(
        "segments_daily",
        len(buyers.segments),
        segment=list(buyers.segments),
        buyers=buyers.heads,
        adopters=adopters,
        adoption=adopters / buyers.heads,
        demand=market.asked.sum(axis=1),
        tokens=tokens,
        unmet=(service.lost + service.waiting).sum(axis=1),
        price_paid=np.divide(paid, tokens, out=np.full_like(paid, np.nan), where=tokens > 0),
        exposed=(buyers.exposed(world.clock.now) * got).sum(axis=1),
        **buyers.figures(world.clock.now),
    )
