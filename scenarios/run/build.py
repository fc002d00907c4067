"""The setting of a scenario: its world, its economy, and the market on the eve of the burn-in."""

from dataclasses import replace
from functools import partial

import numpy as np

from pricewar.agents.buyers.continuum import Continuum
from pricewar.agents.buyers.population import Population
from pricewar.agents.buyers.spec import disutility_abroad
from pricewar.agents.machines.economy import Economy
from pricewar.agents.machines.experience import Experience
from pricewar.agents.machines.rental_market import RentalMarket
from pricewar.agents.machines.vendors import Vendors
from pricewar.agents.policies import rules_of
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.opening import open_fleets
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.tables import catalogue, list_price
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.kernel.facts import Facts
from pricewar.sim.kernel.ledger import Ledger
from pricewar.sim.kernel.recorder import Recorder
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.beliefs import PublicRecord
from pricewar.sim.market.board import Board
from pricewar.sim.market.retention import Retention
from pricewar.sim.world import Posting, World


def world_of(scenario: Scenario, streams: Streams) -> World:
    """Time, chance, board, money, buyers and rules; nobody sells yet."""
    clock = Clock(scenario.start, -scenario.burn_in)
    recorder = Recorder(clock, on=scenario.books)
    segments, count = scenario.segments, scenario.buyers.count
    links = {"adoption": scenario.chain.adoption, "applications": scenario.chain.applications}
    buyers: Population | Continuum = (
        Population(segments, count, scenario.buyers.homes, streams, **links)
        if scenario.buyers.kind == "sampled"
        else Continuum(segments, count, streams, **links)
    )
    ordered = [segments[name] for name in buyers.segments]
    record = PublicRecord(
        responses=[segment.response for segment in ordered],
        forgetting=-np.expm1(-np.array([segment.renewal_rate() for segment in ordered])),
        worth=np.array([segment.worth for segment in ordered]),
        need=np.stack([segment.need_quantiles() for segment in ordered]),
        prior_customers=scenario.market.prior_customers,
        customers=buyers.heads,
        lag=scenario.market.share_lag,
        retention=Retention(
            loyalty=np.array([segment.loyalty for segment in ordered]),
            locked=np.array([1.0 - segment.gateway for segment in ordered]),
            rate=np.array([DAYS_PER_YEAR / segment.contract for segment in ordered]),
        ),
        abroad=partial(disutility_abroad, ordered) if any(segment.abroad for segment in ordered) else None,
    )
    rules = rules_of(scenario.policies.items(), clock)
    return World(clock, streams, Facts(), recorder, Ledger(recorder), Board(), scenario.market, record, buyers, rules)


def economy_of(scenario: Scenario, world: World) -> Economy:
    """What technology costs everybody, with the market for rented machines if rents answer it."""
    taught = scenario.mechanisms.learning and scenario.chain.scale
    economy = Economy(
        world=world,
        technology=scenario.technology,
        supply=scenario.supply,
        catalogue=catalogue(scenario.tables.accelerators),
        per_usd=scenario.currency.per_usd,
        experience=Experience(world, scenario.technology.learning if taught else None),
        chain=scenario.chain,
        vendors=Vendors(scenario.supply, world),
    )
    spec = scenario.compute
    if spec is None or not (spec.responds and scenario.chain.compute):
        return economy
    market = RentalMarket(spec, world, scenario.technology.rental, lambda: economy.owned_hour(spec.chip).variable)
    world.evening.append(market.evening)
    return replace(economy, market=market)


def open_market(scenario: Scenario, world: World, firms: tuple[Firm, ...]) -> None:
    """Put the list prices of the first day on the board; a year before it they are the same."""
    postings = []
    for firm in firms:
        for tier_name, line in firm.lines.items():
            tier = line.tier
            if firm.spec.entry is not None or not tier.from_start:
                continue
            price, table = tier.price, scenario.tables.list_prices
            if price is None and table is not None:
                price, line.listed_ratio = list_price(table, firm.name, tier.model, scenario.start)
            postings.append(Posting(firm.offer(tier_name), price, "on the list of the first day"))
    world.open_market(postings)
    open_fleets(list(firms), scenario.opening, final=False)
