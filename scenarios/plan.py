"""What a run would be, before it is run."""

from typing import Any

from scenarios.draws import drawn
from scenarios.play import estimate
from scenarios.schema import Scenario
from sim.kernel.streams import Streams


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
    }
