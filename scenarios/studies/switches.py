"""Mechanisms of a scenario and arms in which some of them are off."""

from dataclasses import fields

from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.studies.attribute import Plan, Subset
from pricewar.scenarios.studies.study import Arm, vary
from pricewar.sim.errors import UserMistake


def switches(scenario: Scenario, asked: str | None) -> list[str]:
    """Mechanisms that are on, or those asked for, by commas; `chain.NAME` is a link of the chain.

    Raises UserMistake for one that there is not, or that is off, for it can have no share.
    """
    on = [field.name for field in fields(scenario.mechanisms) if getattr(scenario.mechanisms, field.name)]
    links = [f"chain.{field.name}" for field in fields(scenario.chain) if getattr(scenario.chain, field.name)]
    if asked is None:
        if not on:
            raise UserMistake("no mechanism of this scenario is on; name a link: --mechanisms chain.adoption")
        return on
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    for name in names:
        if name not in on and name not in links:
            raise UserMistake(f"no mechanism '{name}' is on; {suggestion(name, [*on, *links])}")
    if not names:
        raise UserMistake("--mechanisms names none; write it like --mechanisms idle_capacity,attention")
    return names


def combination_arms(baseline: Arm, plan: Plan) -> dict[Subset, Arm]:
    """An arm for every combination of a plan; all on is the baseline itself."""
    arms: dict[Subset, Arm] = {}
    for subset in plan.subsets:
        if len(subset) == len(plan.names):
            arms[subset] = baseline
            continue
        name = f"only {'+'.join(plan.ordered(subset))}" if subset else "none"
        off = {_key(each): False for each in plan.names if each not in subset}
        arms[subset] = Arm(name, vary(baseline.reading, off), settings={_key(n): n in subset for n in plan.names})
    return arms


def _key(name: str) -> str:
    return name if "." in name else f"mechanisms.{name}"
