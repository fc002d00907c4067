"""Everything that lives in simulated time, and in which order it is started."""

from typing import cast

from agents.arrivals import arrivals
from agents.clouds import plans
from agents.entry import entering
from agents.finance import funding, settle_burn_in
from agents.firm import Firm
from agents.forced import forcing
from agents.hosts import Host
from agents.labs import compressed, released
from agents.launches import launch_on, upgrade_on
from agents.open_labs import Sponsored
from agents.opening import open_fleets, rest, static_nash
from agents.regulators import Rule, enforcement
from agents.rental_market import Trader
from agents.reviews import reviews
from agents.self_hosting import SelfHosting
from agents.surroundings import Surroundings
from scenarios.schema import Scenario
from sim.day import days
from sim.kernel.clock import Clock, Phase, Process
from sim.units import WEEK
from sim.world import World


def processes(
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
                trade(around, host)
            own_machines = SelfHosting(f"self-hosting-{name}", release, scenario.hosts, around)
            world.settle_in(own_machines)
            trade(around, own_machines)
            living.append(released(name, release, firms, hosts, own_machines, scenario.hosts, around))
    seller = {firm.name: firm for firm in firms}
    living += [forcing(name, f, seller[f.seller]) for name, f in sorted(scenario.forced.items()) if not f.nil]
    return living


def trade(around: Surroundings, trader: Trader) -> None:
    """Let somebody take part in the market for rented machines, if there is one."""
    if around.economy.market is not None:
        around.economy.market.join(trader)


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
