"""One run, from its scenario to its tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter

from pricewar.agents.hosts.self_hosting import SELF_HOSTED
from pricewar.agents.models.context import Context
from pricewar.agents.pricing.authored import label_of, sources
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.labs import endow
from pricewar.agents.sellers.launches import prepare_succession
from pricewar.scenarios.config.consistency import consistent
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.ranges import drawn
from pricewar.scenarios.config.references import referred
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.build import economy_of, open_market, processes, world_of
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Process
from pricewar.sim.kernel.provenance import versions
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.beliefs import Beliefs
from pricewar.sim.world import World

if TYPE_CHECKING:
    import polars as pl

    from pricewar.sim.results.run import Run


Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A run before its first day: the world, and who lives in it."""

    scenario: Scenario
    """With every range drawn, and every line and successor with what it takes from its release."""
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
    from pricewar.sim.results.run import Run

    begun = perf_counter()
    seed = scenario.seed if seed is None else seed
    authored = sources(seller.strategy for seller in scenario.sellers.values())
    simulation = prepare(scenario, seed)
    simulation.run(progress)
    return Run(
        scenario=cast(dict[str, Any], TypeAdapter(type(scenario)).dump_python(scenario, mode="json")),
        seed=seed,
        policy=", ".join(sorted(scenario.policies)) or None,
        drawn=simulation.drawn,
        tables=tables_of(simulation),
        versions=versions() | authored,
        seconds=perf_counter() - begun,
    )


def prepare(
    scenario: Scenario, seed: int, *, beliefs: Mapping[str, Callable[[World], Beliefs]] | None = None
) -> Simulation:
    """Build the world of a scenario, up to the evening before the burn-in.

    beliefs: what makes a seller's own beliefs about demand, by seller; who is left out believes the public record.
    Raises UserMistake for a seller that there is not.
    """
    consistent(scenario)
    makers = beliefs or {}
    for name in makers:
        if name not in scenario.sellers:
            raise UserMistake(
                f"beliefs are given to {name!r}, and no seller is called so; {suggestion(name, list(scenario.sellers))}"
            )
    streams = Streams(seed)
    scenario, numbers = drawn(scenario, streams)
    scenario = referred(scenario)
    world = world_of(scenario, streams)
    context = Context(
        world=world,
        economy=economy_of(scenario, world),
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
        Firm(
            name,
            seller,
            seller.conduct or scenario.conduct,
            context,
            beliefs=makers[name](world) if name in makers else None,
        )
        for name, seller in sorted(scenario.sellers.items())
    )
    for firm in firms:
        prepare_succession(firm)
        endow(firm)
        world.register(firm)
        context.economy.trade(firm)
    open_market(scenario, world, firms)
    for process in processes(scenario, world, firms, context):
        world.clock.process(process)
    return Simulation(scenario, numbers, world, firms)


def _reporting(world: World, last: int, progress: Progress) -> Process:
    first = world.clock.now
    while True:
        progress(min(1.0, (world.clock.now - first) / (last - first)))
        yield world.clock.timeout(1.0)


def tables_of(simulation: Simulation) -> "dict[str, pl.DataFrame]":
    """The tables of a finished run."""
    import polars as pl

    from pricewar.sim.analysis.prices.indices import market_daily
    from pricewar.sim.analysis.wars.detector import find_wars, wars_table
    from pricewar.sim.results.tables import schema

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
    tables["facts"] = _facts_table(world)
    wars = find_wars(
        tables["prices"].filter(pl.col("tier") != SELF_HOSTED),
        scenario.detector,
        offers=tables["offers_daily"],
        until=float(scenario.days),
        seed=world.streams.seed,
    )
    tables["wars"] = wars_table(wars)
    return tables


def _facts_table(world: World) -> "pl.DataFrame":
    import polars as pl

    from pricewar.sim.results.tables import schema

    facts = world.facts.all
    return pl.DataFrame(
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


def seed_of(scenario: Scenario, seed: int | None) -> int:
    """Return the seed that a run takes: the one given, else the scenario's own."""
    return scenario.seed if seed is None else seed


def plan(scenario: Scenario, seed: int | None = None) -> dict[str, Any]:
    """Say what a run would be: its market, its rules, its chance and about how long it takes."""
    tiers = [tier for seller in scenario.sellers.values() for tier in seller.tiers.values()]
    later = [tier for tier in tiers if tier.launch or tier.release or tier.project]
    seed = seed_of(scenario, seed)
    return {
        "scenario": scenario.title,
        "first day": scenario.start.isoformat(),
        "days": scenario.days,
        "burn-in days": scenario.burn_in,
        "buyers": scenario.buyers.count,
        "segments": sorted(scenario.segments),
        "sellers": sorted(scenario.sellers),
        "strategies": sorted({label_of(seller.strategy) for seller in scenario.sellers.values()}),
        "offers": len(tiers) - len(later),
        "later offers": len(later),
        "open releases": sorted(name for name, release in scenario.releases.items() if release.enabled),
        "opening prices": f"{scenario.opening.hold}, utilisation {scenario.opening.utilisation:g}",
        "mechanisms on": sorted(scenario.mechanisms.on),
        "mechanisms off": sorted(scenario.mechanisms.off),
        "policies": sorted(scenario.policies),
        "numbers drawn": len(drawn(scenario, Streams(seed))[1]),
        "seed": seed,
        "estimated seconds": round(estimate(scenario), 1),
        "estimated megabytes": round(disk(scenario) / 1e6, 1),
    }


def estimate(scenario: Scenario) -> float:
    """Rough time that a run takes on this class of machine. [s]

    A day costs a millisecond or two and eight tenths of one for every product line, most of it sellers' solvers; a day
    of the burn-in, without reviews, about a millisecond; and every sampled renewal about a microsecond. Measured on the
    bundled scenarios.
    """
    days_run = scenario.days + scenario.burn_in
    sampled = scenario.buyers.count if scenario.buyers.kind == "sampled" else 0
    total = sum(segment.buyers for segment in scenario.segments.values())
    rate = sum(segment.buyers / total * segment.renewal_rate() for segment in scenario.segments.values())
    lines = sum(len(seller.tiers) for seller in scenario.sellers.values())
    reviewed = (1.5e-3 + 8e-4 * lines) * scenario.days + 1e-3 * scenario.burn_in
    return 0.3 + reviewed + 1.2e-6 * sampled * rate * days_run


def disk(scenario: Scenario) -> float:
    """Rough size of the folder that a run leaves, figures included. [bytes]

    Measured on the bundled scenarios: half a MB, and for every product line 0.08 MB and 250 bytes a day.
    """
    lines = sum(len(seller.tiers) for seller in scenario.sellers.values())
    return 5e5 + lines * (8e4 + 250.0 * scenario.days)
