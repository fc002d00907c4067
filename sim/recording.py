"""What is written down at a day's end: by offer, cost, seller and segment."""

from collections.abc import Mapping

import numpy as np

from pricewar.sim.analysis.market_daily import LERNER
from pricewar.sim.market.clearing import Market, Service
from pricewar.sim.market.demand import Floats
from pricewar.sim.world import World


def record_day(world: World, market: Market, service: Service, takings: Floats, costs: Floats) -> None:
    """Record the day: by offer, by seller, by segment."""
    if not world.recorder.on:
        return
    tokens = service.served.sum(axis=0)
    cost = {name: world.per_offer(name) for name in LERNER.values()}
    _write_offers(world, tokens, cost)
    _write_costs(world, tokens)
    _write_sellers(world, market, service, cost, takings, costs)
    _write_segments(world, market, service)


def _write_offers(world: World, tokens: Floats, cost: Mapping[str, Floats]) -> None:
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
        **{name: each[shown] for name, each in cost.items()},
        nash_price=[None if price != price else price for price in nash[shown].tolist()],
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
    world: World, market: Market, service: Service, cost: Mapping[str, Floats], takings: Floats, costs: Floats
) -> None:
    count = len(market.sellers)
    sellers = [world.sellers[name] for name in market.sellers]
    tokens = service.served.sum(axis=0)
    by_seller = np.bincount(market.owner, tokens, minlength=count)
    asked = np.bincount(market.owner, market.asked.sum(axis=0), minlength=count)
    earned = {
        name: np.bincount(market.owner, tokens * (world.board.price - cost[over]), minlength=count)
        for name, over in LERNER.items()
    }
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
        **{
            name: np.divide(margin, takings, out=np.full(count, np.nan), where=takings > 0)
            for name, margin in earned.items()
        },
        delay=service.delay,
        shadow_price=np.array([seller.shadow_price for seller in sellers]),
        stance=[seller.stance for seller in sellers],
        energy=np.bincount(market.owner, work, minlength=count) + [seller.training_energy for seller in sellers],
        rented_out=np.array([seller.rented_out for seller in sellers]),
        rent_income=np.array([seller.rent_income for seller in sellers]),
        training=np.array([seller.training for seller in sellers]),
    )


def _write_segments(world: World, market: Market, service: Service) -> None:
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
        **buyers.figures(world.clock.now, np.minimum(got, 1.0)),
    )
