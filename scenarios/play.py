"""One run: the only place where the world and those who act in it meet."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pydantic import TypeAdapter

from agents.arrivals import arrivals
from agents.buyers import Population
from agents.clouds import plans
from agents.continuum import Continuum
from agents.entry import entering
from agents.experience import Experience
from agents.finance import funding, settle_burn_in
from agents.firm import Firm
from agents.hosts import Host
from agents.labs import compressed, released
from agents.launches import launch_on, upgrade_on
from agents.machines import Economy
from agents.open_labs import Sponsored
from agents.opening import open_fleets, rest, static_nash
from agents.regulators import Rule, enforcement, rules_of
from agents.rental_market import RentalMarket, Trader
from agents.reviews import reviews
from agents.segments import disutility_abroad
from agents.self_hosting import SelfHosting
from agents.seller_research import endow
from agents.succession import rehearse
from agents.surroundings import Surroundings
from agents.vendors import Vendors
from scenarios.data import catalogue, list_price
from scenarios.draws import drawn
from scenarios.schema import Scenario
from sim.day import days
from sim.kernel.clock import Clock, Phase, Process
from sim.kernel.facts import Facts
from sim.kernel.ledger import Ledger
from sim.kernel.recorder import Recorder
from sim.kernel.streams import Streams
from sim.market.beliefs import PublicRecord
from sim.market.board import Board
from sim.market.retention import YEAR, Retention
from sim.world import Posting, World

if TYPE_CHECKING:
    import polars as pl

    from sim.run import Run

WEEK = 7
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A run before its first day: the world, and who lives in it."""

    scenario: Scenario
    """With every range drawn."""
    drawn: dict[str, float]
    world: World
    firms: tuple[Firm, ...]

    def run(self, progress: Progress | None = None) -> None:
        """Simulate to the last day."""
        last = self.scenario.days
        if progress is not None:
            self.world.clock.process(_reporting(self.world, last, progress))
        self.world.clock.run(until=last)


def play(scenario: Scenario, *, seed: int | None = None, progress: Progress | None = None) -> "Run":
    """Simulate a scenario once.

    seed: root of all chance; left out, the scenario's. progress: is told the share done, once a day.
    Raises UserMistake where a model cannot be served as the scenario says.
    """
    from sim.run import Run

    begun = perf_counter()
    seed = scenario.seed if seed is None else seed
    simulation = prepare(scenario, seed)
    simulation.run(progress)
    return Run(
        scenario=cast(dict[str, Any], TypeAdapter(Scenario).dump_python(scenario, mode="json")),
        seed=seed,
        policy=", ".join(sorted(scenario.policies)) or None,
        drawn=simulation.drawn,
        tables=tables_of(simulation),
        seconds=perf_counter() - begun,
    )


def prepare(scenario: Scenario, seed: int) -> Simulation:
    """Build the world of a scenario, up to the evening before the burn-in."""
    streams = Streams(seed)
    scenario, numbers = drawn(scenario, streams)
    world = _world(scenario, streams)
    around = Surroundings(
        world=world,
        economy=_economy(scenario, world),
        mechanisms=scenario.mechanisms,
        max_utilisation=scenario.max_utilisation,
        focal_market=scenario.opening.hold == "focal",
        public=sorted(
            (event for event in scenario.technology.compression.values() if event.date < scenario.start),
            key=lambda event: (event.date, event.name),
        ),
        awaited={name: world.clock.event() for name, release in scenario.releases.items() if release.date is None},
    )
    firms = tuple(
        Firm(name, seller, seller.conduct or scenario.conduct, around)
        for name, seller in sorted(scenario.sellers.items())
    )
    for firm in firms:
        rehearse(firm)
        endow(firm)
        world.settle_in(firm)
        _trade(around, firm)
    _open_market(scenario, world, firms)
    for process in _processes(scenario, world, firms, around):
        world.clock.process(process)
    return Simulation(scenario, numbers, world, firms)


def _economy(scenario: Scenario, world: World) -> Economy:
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
    market = RentalMarket(
        spec, world, scenario.technology.rental, lambda: economy.owned_hour(spec.chip).variable
    )
    world.evening.append(market.evening)
    return replace(economy, market=market)


def _trade(around: Surroundings, trader: Trader) -> None:
    if around.economy.market is not None:
        around.economy.market.join(trader)


def _world(scenario: Scenario, streams: Streams) -> World:
    clock = Clock(scenario.start, -scenario.burn_in)
    recorder = Recorder(clock, on=scenario.books)
    segments, count = scenario.segments, scenario.buyers.count
    links = {"adoption": scenario.chain.adoption, "applications": scenario.chain.applications}
    buyers: Population | Continuum = (
        Population(segments, count, scenario.buyers.homes, streams, **links)
        if scenario.buyers.kind == "sampled"
        else Continuum(segments, count, **links)
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
            rate=np.array([YEAR / segment.contract for segment in ordered]),
        ),
        abroad=partial(disutility_abroad, ordered) if any(segment.abroad for segment in ordered) else None,
    )
    rules = rules_of(scenario.policies.items(), clock)
    return World(
        clock, streams, Facts(), recorder, Ledger(recorder), Board(), scenario.market, record, buyers, rules
    )


def _open_market(scenario: Scenario, world: World, firms: tuple[Firm, ...]) -> None:
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


def _processes(
    scenario: Scenario, world: World, firms: tuple[Firm, ...], around: Surroundings
) -> list[Process]:
    """Everything that lives in simulated time, in the order of names."""
    living = [_first_day(scenario, world, firms)]
    if around.economy.market is not None:
        living.append(around.economy.market.weeks())
    if scenario.books:
        living += [days(world, scenario.days), _weekly_nash(world)]
    for rule in world.policies:
        living.append(enforcement(cast(Rule, rule), world))
    for name, event in sorted(scenario.technology.compression.items()):
        if event.date >= scenario.start:
            living.append(compressed(name, event, firms, around))
    for firm in firms:
        living += [*arrivals(firm), *_life(firm)]
    for name, lab in sorted(scenario.labs.items()):
        living += Sponsored(name, lab, around).live()
    for name, release in sorted(scenario.releases.items()):
        if release.enabled:
            hosts = [Host(f"host-{i + 1}-{name}", release, scenario.hosts, around) for i in range(release.hosts)]
            for host in hosts:
                world.settle_in(host)
                _trade(around, host)
            own_machines = SelfHosting(f"self-hosting-{name}", release, scenario.hosts, around)
            world.settle_in(own_machines)
            _trade(around, own_machines)
            living.append(released(name, release, firms, hosts, own_machines, scenario.hosts, around))
    return living


def _life(firm: Firm) -> list[Process]:
    """What a firm does in simulated time: review, plan, raise money, and open its lines."""
    clock = firm.world.clock
    living = [_from_first_day(clock, reviews(firm)), _from_first_day(clock, plans(firm)), *funding(firm)]
    if firm.spec.entry is not None and firm.around.mechanisms.distress:
        living.append(entering(firm))
    launches = {line.tier.launch for line in firm.lines.values() if line.tier.launch is not None}
    for day in sorted(launches):
        opening = [name for name, line in firm.lines.items() if line.tier.launch == day]
        living += [launch_on(firm, opening, day)]
    for tier_name, line in firm.lines.items():
        living.extend(upgrade_on(firm, tier_name, up) for _, up in sorted(line.tier.upgrades.items()))
    living += firm.pipeline.live() if firm.pipeline is not None else []
    return living


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
    while True:
        world.nash_price = static_nash(world)
        yield world.clock.timeout(WEEK)


def _reporting(world: World, last: int, progress: Progress) -> Process:
    first = world.clock.now
    while True:
        progress(min(1.0, (world.clock.now - first) / (last - first)))
        yield world.clock.timeout(1.0)


def tables_of(simulation: Simulation) -> "dict[str, pl.DataFrame]":
    """The tables of a finished run."""
    import polars as pl

    from sim.analysis.episodes import find_wars, wars_table
    from sim.analysis.indices import market_daily
    from sim.export.tables import schema

    world, scenario = simulation.world, simulation.scenario
    if not scenario.books:
        return {}
    recorder = world.recorder
    recorded = (
        "prices", "offers_daily", "costs_daily", "sellers_daily", "segments_daily", "hardware", "rentals", "training",
        "ledger",
    )  # fmt: skip
    tables = {name: recorder.frame(name, schema(name)) for name in recorded}
    closings = pl.DataFrame(
        {"day": list(world.ledger.errors), "closing_error": list(world.ledger.errors.values())},
        schema={"day": pl.Int32, "closing_error": pl.Float64},
    )
    tables["market_daily"] = market_daily(
        tables["offers_daily"], tables["sellers_daily"], tables["segments_daily"]
    ).join(closings, on="day", how="left", maintain_order="left")
    facts = world.facts.all
    tables["facts"] = pl.DataFrame(
        {
            "fact": [fact.fact for fact in facts],
            "time": [fact.time for fact in facts],
            "date": [world.clock.date_of(fact.time) for fact in facts],
            "actor": [fact.actor for fact in facts],
            "kind": [fact.kind for fact in facts],
            "what": [fact.what for fact in facts],
            "cause": [fact.cause for fact in facts],
        },
        schema=schema("facts"),
    )
    wars = find_wars(
        tables["prices"].filter(pl.col("tier") != SelfHosting.tier),
        scenario.detector,
        offers=tables["offers_daily"],
        until=float(scenario.days),
        seed=world.streams.seed,
    )
    tables["wars"] = wars_table(wars)
    return tables


def estimate(scenario: Scenario) -> float:
    """Rough time that a run takes on this class of machine. [s]

    A day costs a millisecond or two and a third of one for every product line, most of it sellers' solvers, and every
    sampled renewal about a microsecond; measured by `tests/benchmarks`.
    """
    days_run = scenario.days + scenario.burn_in
    sampled = scenario.buyers.count if scenario.buyers.kind == "sampled" else 0
    total = sum(segment.buyers for segment in scenario.segments.values())
    rate = sum(segment.buyers / total * segment.renewal_rate() for segment in scenario.segments.values())
    lines = sum(len(seller.tiers) for seller in scenario.sellers.values())
    return 0.5 + (1.5e-3 + 3.5e-4 * lines) * days_run + 1.2e-6 * sampled * rate * days_run
