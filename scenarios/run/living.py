"""Everything that lives in simulated time, and in which order it is started."""

from typing import Any, cast

from pricewar.agents.hosts.release_of_weights import compressed, weights
from pricewar.agents.policies.rule import Realm, Rule
from pricewar.agents.sellers.arrivals import arrivals
from pricewar.agents.sellers.context import Surroundings
from pricewar.agents.sellers.dated_events import forcing
from pricewar.agents.sellers.entry import entering
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.funding import funding, settle_burn_in
from pricewar.agents.sellers.investment import plans
from pricewar.agents.sellers.launches import launch_on, upgrade_on
from pricewar.agents.sellers.open_labs import Sponsored
from pricewar.agents.sellers.opening import open_fleets, rest, static_nash
from pricewar.agents.sellers.reviews import reviews
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.day import days
from pricewar.sim.kernel.clock import Clock, Phase, Process
from pricewar.sim.units import WEEK
from pricewar.sim.world import World


def processes(scenario: Scenario, world: World, firms: tuple[Firm, ...], around: Surroundings) -> list[Process]:
    """Everything that lives in simulated time, in the order of names."""
    living = [_first_day(scenario, world, firms)]
    if around.economy.market is not None:
        living.append(around.economy.market.weeks())
    if scenario.books:
        living += [days(world, scenario.days), _weekly_nash(world)]
    labs = {name: Sponsored(name, lab, around) for name, lab in sorted(scenario.labs.items())}
    realm = Realm(world, around, firms, labs, scenario.hosts)
    for rule in world.policies:
        living.append(cast("Rule[Any]", rule).live(realm))
    for name, event in sorted(scenario.technology.compression.items()):
        if event.date >= scenario.start:
            living.append(compressed(name, event, firms, around))
    for firm in firms:
        living += [*arrivals(firm), *_life(firm)]
    for lab in labs.values():
        living += lab.live()
    for name, release in sorted(scenario.releases.items()):
        if release.enabled:
            living.append(weights(name, release, firms, scenario.hosts, around))
    seller = {firm.name: firm for firm in firms}
    living += [forcing(name, f, seller[f.seller]) for name, f in sorted(scenario.forced.items()) if not f.nil]
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
