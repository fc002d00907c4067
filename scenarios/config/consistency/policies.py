"""What must fit in what a scenario says of policies: dates, the names that they give, and what each asks of it."""

from collections.abc import Iterator

from pricewar.agents.policies.base import PolicySetting
from pricewar.scenarios.config.messages import mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.errors import Mistake


def policy_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in the policies but chips that there are not, which are looked up with everybody else's."""
    setting = policy_setting(scenario)
    for name, policy in sorted(scenario.policies.items()):
        key = f"policies.{name}"
        first = policy.start or scenario.start
        if policy.end is not None and policy.end < first:
            yield mistake(f"{key}.end", f"is {policy.end}, before its first day", f"it must not lie before {first}")
        for mention in policy.mentions(setting):
            place = f"{key}.{mention.key}"
            if mention.what == "region" and mention.name not in setting.regions:
                yield mistake(place, f"no seller is in '{mention.name}'", _region(mention.name, setting.regions))
            elif mention.what in ("seller", "lab or seller"):
                there = sorted({*scenario.sellers, *(scenario.labs if mention.what == "lab or seller" else ())})
                if mention.name not in there:
                    wrong = f"there is no {mention.what} '{mention.name}'"
                    yield mistake(place, wrong, suggestion(mention.name, there))
        yield from policy.mistakes(key, setting)


def policy_setting(scenario: Scenario) -> PolicySetting:
    """What policies may look at to tell whether they fit."""
    homes = {seller.region for seller in scenario.sellers.values()} | {scenario.supply.region}
    costs = [tier.cost for seller in scenario.sellers.values() for tier in seller.tiers.values()]
    return PolicySetting(
        start=scenario.start,
        regions=tuple(sorted(region for region in homes if region is not None)),
        sampled_buyers=scenario.buyers.kind == "sampled",
        hosts_lack_chip=scenario.hosts.chip is None and any(cost.needs_chip for cost in costs if cost is not None),
        policies=scenario.policies,
    )


def _region(name: str, regions: tuple[str, ...]) -> str:
    return suggestion(name, regions) if regions else "give sellers a region, or leave regions out"
