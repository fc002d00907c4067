"""From a scenario to its world: the economy, the firms, and the market on the eve of the burn-in."""

from dataclasses import replace
from functools import partial

import numpy as np

from pricewar.agents.buyers.population import ContinuousPopulation, SampledPopulation
from pricewar.agents.buyers.spec import disutility_abroad
from pricewar.agents.games.static_nash import StaticNash
from pricewar.agents.hosts.release_of_weights import compressed, weights
from pricewar.agents.machines.economy import Economy
from pricewar.agents.machines.experience import Experience
from pricewar.agents.machines.rental_market import RentalMarket
from pricewar.agents.machines.vendors import Vendors
from pricewar.agents.models.context import Context
from pricewar.agents.policies import enact
from pricewar.agents.policies.base import Jurisdiction
from pricewar.agents.sellers.benchmark import nash_prices
from pricewar.agents.sellers.dated_events import arrivals, entering, forcing, funding, settle_burn_in
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.investment import plans
from pricewar.agents.sellers.labs import Sponsored
from pricewar.agents.sellers.launches import launch_on, upgrade_on
from pricewar.agents.sellers.opening import open_fleets, rest
from pricewar.agents.sellers.reviews import reviews
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.tables import catalogue, list_price
from pricewar.sim.day import days
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Clock, Phase, Process
from pricewar.sim.kernel.facts import Facts
from pricewar.sim.kernel.ledger import Ledger
from pricewar.sim.kernel.recorder import Recorder
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.beliefs import PublicRecord, Retention
from pricewar.sim.market.board import Board
from pricewar.sim.units import WEEK
from pricewar.sim.world import Posting, World


def world_of(scenario: Scenario, streams: Streams) -> World:
    """Time, chance, board, money, buyers and policies; nobody sells yet."""
    clock = Clock(scenario.start, -scenario.burn_in)
    recorder = Recorder(clock, on=scenario.books)
    segments, count = scenario.segments, scenario.buyers.count
    links = {"adoption": scenario.chain.adoption, "applications": scenario.chain.applications}
    buyers: SampledPopulation | ContinuousPopulation = (
        SampledPopulation(segments, count, scenario.buyers.homes, streams, **links)
        if scenario.buyers.kind == "sampled"
        else ContinuousPopulation(segments, count, streams, **links)
    )
    ordered = [segments[name] for name in buyers.segments]
    locked_in, free = DAYS_PER_YEAR * buyers.renewal_rates
    record = PublicRecord(
        responses=[segment.response for segment in ordered],
        worth=np.array([segment.worth for segment in ordered]),
        need=np.stack([segment.need_quantiles() for segment in ordered]),
        prior_customers=scenario.market.prior_customers,
        customers=buyers.heads,
        lag=scenario.market.share_lag,
        retention=Retention(
            loyalty=np.array([segment.loyalty for segment in ordered]),
            locked=np.array([1.0 - segment.gateway for segment in ordered]),
            rate=locked_in,
            free_rate=free,
        ),
        abroad=partial(disutility_abroad, ordered) if any(segment.abroad for segment in ordered) else None,
    )
    policies = enact(scenario.policies, clock)
    return World(
        clock, streams, Facts(), recorder, Ledger(recorder), Board(), scenario.market, record, buyers, policies
    )


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
                price, line.listed_ratio = list_price(table, firm.name, line.model, scenario.start)
            postings.append(Posting(firm.offer(tier_name), price, "on the list of the first day"))
    world.open_market(postings)
    open_fleets(list(firms), scenario.opening, final=False)


def processes(scenario: Scenario, world: World, firms: tuple[Firm, ...], context: Context) -> list[Process]:
    """Everything that lives in simulated time, in the order of names."""
    running = [_first_day(scenario, world, firms)]
    if context.economy.market is not None:
        running.append(context.economy.market.weeks())
    if scenario.books:
        running += [days(world, scenario.days), _weekly_nash(world)]
    labs = {name: Sponsored(name, lab, context) for name, lab in sorted(scenario.labs.items())}
    jurisdiction = Jurisdiction(world, context, firms, scenario.hosts)
    for enacted in world.policies.enacted:
        running.append(scenario.policies[enacted.name].live(enacted, jurisdiction))
    for name, event in sorted(scenario.technology.compression.items()):
        if event.date >= scenario.start:
            running.append(compressed(name, event, firms, context))
    for firm in firms:
        running += [*arrivals(firm), *_life(firm)]
    for lab in labs.values():
        running += lab.live()
    for name, release in sorted(scenario.releases.items()):
        if release.enabled:
            running.append(weights(name, release, firms, scenario.hosts, context))
    seller = {firm.name: firm for firm in firms}
    running += [forcing(name, f, seller[f.seller]) for name, f in sorted(scenario.forced.items()) if not f.nil]
    return running


def _life(firm: Firm) -> list[Process]:
    """What a firm does in simulated time: review, plan, raise money, and open its lines."""
    clock = firm.world.clock
    running = [_from_first_day(clock, reviews(firm)), _from_first_day(clock, plans(firm)), *funding(firm)]
    if firm.spec.entry is not None and firm.context.mechanisms.distress:
        running.append(entering(firm))
    launches = {line.tier.launch for line in firm.lines.values() if line.tier.launch is not None}
    for day in sorted(launches):
        opening = [name for name, line in firm.lines.items() if line.tier.launch == day]
        running += [launch_on(firm, opening, day)]
    for tier_name, line in firm.lines.items():
        # a successor that is a release comes with it
        dated = [up for _, up in sorted(line.tier.upgrades.items()) if up.release is None]
        running.extend(upgrade_on(firm, tier_name, up) for up in dated)
    running += firm.pipeline.live() if firm.pipeline is not None else []
    return running


def _first_day(scenario: Scenario, world: World, firms: tuple[Firm, ...]) -> Process:
    """Size fleets and make the opening prices a rest point."""
    yield world.clock.at(0, Phase.DATED)
    if scenario.mechanisms.distress:
        for firm in firms:
            settle_burn_in(firm)
    open_fleets(list(firms), scenario.opening, final=True)
    rest(list(firms), scenario.opening)


def _from_first_day(clock: Clock, process: Process) -> Process:
    yield clock.at(0, Phase.PLANS)
    yield from process


def _weekly_nash(world: World) -> Process:
    """Solve the static Nash prices every week, to tell what margins a war leaves."""
    yield world.clock.at(0, Phase.PLANS)
    benchmark = StaticNash()
    while True:
        world.nash_price = nash_prices(world, benchmark)
        yield world.clock.timeout(WEEK)
