"""Model labs and open weights: a release lets hosts enter, and teaches rivals through their own pipelines (M2).

Labs as sellers are firms (`agents/sellers/firm.py`) that rent their machines; a lab that only releases sets no price
at all.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pricewar.agents.hosts.hosts import Host, hosting
from pricewar.agents.hosts.self_hosting import SelfHosting
from pricewar.agents.models.context import Context, Finished, OpenModel
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.launches import launch_licensed, learn, succeed, take_over
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import fixed
from pricewar.sim.world import World


def weights(name: str, release: Release, firms: Sequence[Firm], terms: HostTerms, context: Context) -> Process:
    """The process by which weights are released, with those who may then host them."""
    hosts = [Host(f"host-{i + 1}-{name}", release, terms, context) for i in range(release.hosts)]
    own_machines = SelfHosting(f"self-hosting-{name}", release, terms, context)
    for host in hosts:
        context.world.register(host)
        context.economy.trade(host)
    if context.mechanisms.open_release and release.licence != "research":
        context.hosts.setdefault(release.model, []).extend(hosts)
    context.world.register(own_machines)
    context.economy.trade(own_machines)
    return released(name, release, firms, hosts, own_machines, terms, context)


def released(
    name: str,
    release: Release,
    firms: Sequence[Firm],
    hosts: Sequence[Host],
    own_machines: SelfHosting,
    terms: HostTerms,
    context: Context,
) -> Process:
    """Release weights on their day, or when their project is done.

    Lines that refer to it open, hosts may enter and buyers may host if the licence allows it, and rivals learn: through
    their next project that begins its design from now on, or, where they have none, after a given time.
    """
    world, cause = context.world, None
    if release.date is None:
        finished: Finished = yield context.awaited[name]
        cause = finished.fact
        if release.capability is None:
            release = replace(release, capability=finished.capability)
    else:
        yield world.clock.at(world.clock.day_of(release.date), Phase.DATED)
    ban = world.policies.withholds(fixed(release.capability or 0.0))
    fact = _told(release, world, ban, cause)
    _models_come(name, release, firms, fact, public=ban is None and release.licence != "research")
    if ban is not None or not context.mechanisms.open_release:
        return
    context.opened.append(OpenModel(name, release, fact))
    if release.licence != "research":
        own_machines.release = release
        world.clock.process(own_machines.available(fact))
        for host in hosts:
            host.release = release
            world.clock.process(hosting(host, fact, terms))
    if release.teaches is not None:
        for firm in firms:
            if firm.name != release.lab and firm.pipeline is None:
                world.clock.process(_absorbed(firm, name, release, fact))


def _told(release: Release, world: World, ban: str | None, cause: FactId | None) -> FactId:
    """Make the release a fact, or that a policy forbids it."""
    kind, what = "release", f"{release.lab} releases the weights of {release.model}"
    if ban is not None:
        kind, what = "withheld", f"{release.lab} may not release the weights of {release.model} (policy {ban})"
    return world.facts.add(world.clock.now, release.lab, kind, what, cause)


def _models_come(name: str, release: Release, firms: Sequence[Firm], fact: FactId, *, public: bool) -> None:
    """Let the model of a release come in the lines that refer to it: as their first, or as a successor.

    public: whether anybody may host it.
    """
    for firm in firms:
        begun = [tier for tier, line in firm.lines.items() if line.tier.release == name]
        for tier in begun:
            line = firm.lines[tier]
            line.open_weights = public
            succeed(firm, tier, line.model, fixed(release.capability or 0.0), release.cost)
        opened = [tier for tier in begun if firm.lines[tier].tier.launch is None]
        if opened:
            launch_licensed(firm, opened, fact)
        for tier, line in firm.lines.items():
            for _, upgrade in sorted(line.tier.upgrades.items()):
                if upgrade.release == name:
                    line.open_weights = public
                    take_over(firm, tier, replace(upgrade, capability=release.capability), fact)


def compressed(name: str, event: CompressionEvent, firms: Sequence[Firm], context: Context) -> Process:
    """Let everybody take a public step in how models are stored and run, on its day."""
    world = context.world
    yield world.clock.at(world.clock.day_of(event.date), Phase.DATED)
    fact = world.facts.add(world.clock.now, "everybody", "learned", f"everybody takes up {event.name} ({name})")
    if context.economy.chain.maturity:
        context.public.append(event)
    for firm in firms:
        learn(firm, event, fact)


def absorption(firm: Firm, name: str) -> int:
    """Days that a firm's own pipeline takes to absorb a release; to be drawn once a firm and release. [day]"""
    technology = firm.context.economy.technology
    luck = firm.world.streams(firm.name, "pipeline", name).standard_normal()
    return int(np.ceil(technology.pipeline * float(np.exp(technology.pipeline_spread * luck))))


def _absorbed(firm: Firm, name: str, release: Release, fact: FactId) -> Process:
    """Train with a released architecture; log-normal time, from the firm's own stream."""
    world = firm.world
    yield world.clock.at(world.clock.day + absorption(firm, name), Phase.DATED)
    if release.teaches is not None:
        what = f"{firm.name} has absorbed {release.teaches.name} from {release.model}"
        learn(firm, release.teaches, world.facts.add(world.clock.now, firm.name, "learned", what, fact))
