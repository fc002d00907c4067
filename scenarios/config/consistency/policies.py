"""What must fit in what a scenario says of policies: dates, and the names of those whom they concern."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from pricewar.agents.policies import PolicySpec
from pricewar.agents.policies.capacity_subsidy import CapacitySubsidy
from pricewar.agents.policies.data_residency import DataResidency
from pricewar.agents.policies.energy_tax import EnergyTax
from pricewar.agents.policies.export_control import ExportControl
from pricewar.agents.policies.merger import Merger
from pricewar.agents.policies.open_weights_funding import OpenWeightsFunding
from pricewar.agents.policies.open_weights_mandate import OpenWeightsMandate
from pricewar.agents.serving_cost import ServedCost
from pricewar.scenarios.config.messages import mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.errors import Mistake


def policy_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in the policies."""
    for name, policy in sorted(scenario.policies.items()):
        key = f"policies.{name}"
        first = policy.start or scenario.start
        if policy.end is not None and policy.end < first:
            yield mistake(f"{key}.end", f"is {policy.end}, before its first day", f"it must not lie before {first}")
        yield from _regions(scenario, key, policy)
        yield from _means(scenario, key, policy)
    yield from _mergers(scenario)


def _regions(scenario: Scenario, key: str, policy: PolicySpec) -> Iterator[Mistake]:
    """Regions must be somebody's. Where sellers are may be left open; then no export control bars anybody."""
    if not isinstance(policy, CapacitySubsidy | DataResidency | EnergyTax | ExportControl):
        return
    homes = {seller.region for seller in scenario.sellers.values()} | {scenario.supply.region}
    known = sorted(region for region in homes if region is not None)
    if not known and isinstance(policy, ExportControl):
        return
    for i, region in enumerate(policy.regions or ()):
        if region not in known:
            right = suggestion(region, known) if known else "give sellers a region, or leave regions out"
            yield mistake(f"{key}.regions.{i}", f"no seller is in '{region}'", right)


def _means(scenario: Scenario, key: str, policy: PolicySpec) -> Iterator[Mistake]:
    """What a policy needs to bite."""
    if isinstance(policy, OpenWeightsFunding):
        known = sorted({*scenario.labs, *scenario.sellers})
        if policy.lab not in known:
            yield mistake(f"{key}.lab", f"there is no lab or seller '{policy.lab}'", suggestion(policy.lab, known))
    if isinstance(policy, EnergyTax) and policy.per_tonne > 0.0 and policy.emissions == 0.0:
        yield mistake(f"{key}.emissions", "is missing", "a tax by the tonne needs the emissions of a kilowatt-hour")
    if isinstance(policy, DataResidency) and not policy.nil and scenario.buyers.kind == "continuum":
        yield mistake(key, "is on sensitive data, which a continuum leaves out", "give buyers.kind = 'sampled'")
    if isinstance(policy, OpenWeightsMandate) and not policy.nil and scenario.hosts.chip is None:
        costs = (tier.cost for seller in scenario.sellers.values() for tier in seller.tiers.values())
        if any(isinstance(cost, ServedCost) for cost in costs):
            yield mistake("hosts.chip", "is missing", f"{key} lets hosts serve models with a served cost")


def _mergers(scenario: Scenario) -> Iterator[Mistake]:
    named = sorted(scenario.policies.items())
    mergers = [(name, policy) for name, policy in named if isinstance(policy, Merger)]
    known = sorted(scenario.sellers)
    for name, merger in mergers:
        for i, seller in enumerate(merger.sellers):
            if seller not in known:
                right = suggestion(seller, known)
                yield mistake(f"policies.{name}.sellers.{i}", f"there is no seller '{seller}'", right)
    for (_, one), (name, other) in combinations([merger for merger in mergers if not merger[1].nil], 2):
        both = sorted(set(one.sellers) & set(other.sellers))
        if both and _together(one, other, scenario.start):
            right = "name all who merge in one policy, or end one before the other begins"
            yield mistake(f"policies.{name}.sellers", f"have '{both[0]}' in two mergers at a time", right)


def _together(one: Merger, other: Merger, start: date) -> bool:
    """Whether two mergers are in force on the same day."""
    begins = max(one.start or start, other.start or start)
    return begins <= min(one.end or date.max, other.end or date.max)
