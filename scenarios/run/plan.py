"""What a run would be, before it is run."""

from typing import Any

from pricewar.agents.pricing.authored import told_kind
from pricewar.scenarios.config.ranges import drawn
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.kernel.streams import Streams


def seed_of(scenario: Scenario, seed: int | None) -> int:
    """Return the seed that a run takes: the one given, else the scenario's own."""
    return scenario.seed if seed is None else seed


def plan(scenario: Scenario, seed: int | None = None) -> dict[str, Any]:
    """Say what a run would be: its market, its rules, its chance and about how long it takes."""
    tiers = [tier for seller in scenario.sellers.values() for tier in seller.tiers.values()]
    later = [tier for tier in tiers if tier.launch or tier.release or tier.project]
    switches = {name: getattr(scenario.mechanisms, name) for name in type(scenario.mechanisms).__slots__}
    seed = seed_of(scenario, seed)
    return {
        "scenario": scenario.title,
        "first day": scenario.start.isoformat(),
        "days": scenario.days,
        "burn-in days": scenario.burn_in,
        "buyers": scenario.buyers.count,
        "segments": sorted(scenario.segments),
        "sellers": sorted(scenario.sellers),
        "strategies": sorted({told_kind(seller.strategy) for seller in scenario.sellers.values()}),
        "offers": len(tiers) - len(later),
        "later offers": len(later),
        "open releases": sorted(name for name, release in scenario.releases.items() if release.enabled),
        "opening prices": f"{scenario.opening.hold}, utilisation {scenario.opening.utilisation:g}",
        "mechanisms on": sorted(name for name, on in switches.items() if on),
        "mechanisms off": sorted(name for name, on in switches.items() if not on),
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
