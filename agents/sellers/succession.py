"""How a product line gets better: successor models take it over, and architectures are absorbed."""

from dataclasses import replace

from pricewar.agents.machines.economy import Economy
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.lines import Line
from pricewar.agents.serving_cost import CostSpec, GivenCost
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.economics.progress import CompressionEvent, parameters_needed
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import fixed


def rehearse(firm: Firm) -> None:
    """Go through the successor models of every line, so that one that does not fit is found before the run.

    Raises UserMistake.
    """
    for line in firm.lines.values():
        heir = replace(line)
        for upgrade in sorted(line.tier.upgrades.values(), key=lambda upgrade: upgrade.date):
            now, capability = float(firm.world.clock.day_of(upgrade.date)), fixed(upgrade.capability)
            heir.cost = upgrade.cost or resized(heir, capability, now, firm.around.economy)
            heir.capability, heir.since = capability, now
            firm.machine_time(heir.cost)


def succeed(firm: Firm, tier: str, model: str, capability: float, cost: CostSpec | None) -> None:
    """Let a successor model take over a line."""
    line, now = firm.lines[tier], firm.world.clock.now
    if firm.around.economy.chain.maturity:
        line.cost = cost or resized(line, capability, now, firm.around.economy)
    line.model, line.capability, line.since = model, capability, now
    line.seconds = firm.machine_time(line.cost)


def resized(line: Line, capability: float, now: float, economy: Economy) -> CostSpec:
    """The predecessor's architecture in the size that its successor needs; costs given outright stay."""
    if isinstance(line.cost, GivenCost):
        return line.cost
    years, nats = (now - line.since) / DAYS_PER_YEAR, capability - line.capability
    size = parameters_needed(1.0, years, nats, economy.technology.algorithms)
    size *= economy.algorithms_luck(line.since, now)
    architecture = line.cost.architecture
    smaller = replace(architecture, total=size * architecture.total, active=size * architecture.active)
    return replace(line.cost, architecture=smaller)


def learn(firm: Firm, event: CompressionEvent, fact: FactId) -> None:
    """Absorb an architecture: every served line gets cheaper to run."""
    firm.news = fact
    if not firm.around.economy.chain.maturity:
        return
    firm.learned.append(event)
    for line in firm.lines.values():
        line.seconds = firm.machine_time(line.cost)
