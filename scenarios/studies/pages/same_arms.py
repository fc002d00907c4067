"""Which arms of a study are the same as others in every run, and which policies never bind, in sentences."""

from collections.abc import Sequence

import polars as pl

from pricewar.scenarios.config.names import listing
from pricewar.scenarios.studies.statistics import same_arms
from pricewar.scenarios.studies.store import ArmRecord, Manifest
from pricewar.scenarios.studies.study import BASELINE

NAMED = 6
"""Groups of arms that are told one by one."""


def sentences(manifest: Manifest, runs: pl.DataFrame) -> dict[tuple[str, ...], str]:
    """A sentence on each group of arms that are the same in every outcome of every run, by their names.

    The first of a group is the baseline if it is among them. Where there is none, as in a sweep, a policy of which that
    holds at every setting is told once.
    """
    arms = {arm.name: arm for arm in manifest.arms}
    groups = same_arms(runs)
    idle = _never_bind(manifest.arms, groups)
    told: dict[tuple[str, ...], str] = {}
    if BASELINE not in arms:
        for policy, with_it in idle.items():
            told[with_it] = f"The policy '{policy}' never binds: with it every run is the same as without it."
        groups = [tuple(name for name in group if arms[name].policy not in idle) for group in groups]
    for first, *others in (group for group in groups if len(group) > 1):
        which = f"arm{'s' * (len(others) > 1)} {_quoted(others)} {'are' if len(others) > 1 else 'is'} the same as"
        whose = "the baseline" if first == BASELINE else _quoted([first])
        policies = all(arms[name].policy in idle for name in others)
        why = ": the policy never binds" if len(others) == 1 else ": the policies never bind"
        told[first, *others] = f"The {which} {whose} in every run{why if policies else ''}."
    return told


def paragraphs(manifest: Manifest, runs: pl.DataFrame) -> list[str]:
    """The same as a paragraph, of so many groups as can be read; none where all arms differ."""
    told = list(sentences(manifest, runs).values())
    more = [f"So are {len(told) - NAMED} more groups of arms."] if len(told) > NAMED else []
    return [" ".join([*told[:NAMED], *more])] if told else []


def _never_bind(arms: Sequence[ArmRecord], groups: Sequence[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Policies with which every arm is the same as the arm of the same settings without any, and the arms with them."""
    group_of = {name: number for number, group in enumerate(groups) for name in group}
    without = {tuple(arm.settings.items()): arm.name for arm in arms if not arm.policy}
    with_it: dict[str, list[ArmRecord]] = {}
    for arm in arms:
        if arm.policy:
            with_it.setdefault(arm.policy, []).append(arm)

    def binds(arm: ArmRecord) -> bool:
        twin = without.get(tuple(arm.settings.items()))
        return twin is None or arm.name not in group_of or group_of[arm.name] != group_of.get(twin)

    return {policy: tuple(arm.name for arm in some) for policy, some in with_it.items() if not any(map(binds, some))}


def _quoted(names: Sequence[str]) -> str:
    return listing([f"'{name}'" for name in names])
