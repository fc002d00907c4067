"""What a scenario says of a model in one place, for all who sell it: lines and successors that refer to a release."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pricewar.agents.models.spec import Project
from pricewar.agents.sellers.spec import Seller, Tier, Upgrade, with_release
from pricewar.agents.serving_cost import CostSpec
from pricewar.scenarios.config.keys import value_at
from pricewar.scenarios.config.messages import mistake
from pricewar.scenarios.config.names import KeyPath, suggestion
from pricewar.scenarios.config.ranges import drawn
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.errors import Mistake
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.parameters import Range


def referred(scenario: Scenario) -> Scenario:
    """The scenario with what its lines and successors take from their releases, once ranges have been drawn or not."""
    sellers = {name: _referred(seller, scenario) for name, seller in scenario.sellers.items()}
    return replace(scenario, sellers=sellers)


def _referred(seller: Seller, scenario: Scenario) -> Seller:
    """The seller itself where nothing refers to a release, for whatever is made anew is checked again."""
    tiers_of = seller.tiers.values()
    if not any(tier.release or any(up.release for up in tier.upgrades.values()) for tier in tiers_of):
        return seller
    tiers = {}
    for name, tier in seller.tiers.items():
        upgrades = {one: _dated(with_release(up, scenario.releases), scenario) for one, up in tier.upgrades.items()}
        tiers[name] = replace(with_release(tier, scenario.releases), upgrades=upgrades)
    return replace(seller, tiers=tiers)


def _dated(upgrade: Upgrade, scenario: Scenario) -> Upgrade:
    """A successor with the day of its release, None where a project sets that."""
    release = scenario.releases.get(upgrade.release or "")
    return upgrade if release is None else replace(upgrade, date=release.date)


def followed(path: KeyPath, tables: Mapping[str, Any]) -> KeyPath:
    """The key that gives what a line or successor takes from its release: `path` itself where it takes nothing."""
    for end in range(4, len(path)):
        above = value_at(tables, path[:end], {})
        takes = path[2] == "tiers" and isinstance(above, dict) and "release" in above and path[end] not in above
        if path[0] == "sellers" and takes and path[end] in ("date", "model", "capability", "cost"):
            return ("releases", above["release"], *path[end:])
    return path


def reference_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in what is taken from a release, in a scenario as its files say it."""
    for key, tier, upgrades in _lines(scenario):
        stated: dict[str, object] = {
            "capability": tier.capability,
            "cost": tier.cost,
            "open_weights": tier.open_weights,
        }
        yield from _reference(scenario, key, tier.release, stated, {"model": tier.model, "cost": tier.cost})
        for place, upgrade in upgrades:
            stated = {"date": upgrade.date, "capability": upgrade.capability, "cost": upgrade.cost}
            needed = {"date": upgrade.date, "model": upgrade.model, "capability": upgrade.capability}
            yield from _reference(scenario, place, upgrade.release, stated, needed)


def _reference(
    scenario: Scenario, key: str, release: str | None, stated: Mapping[str, object], needed: Mapping[str, object]
) -> Iterator[Mistake]:
    """Mistakes of one model: stated: what a release gives; needed: what must be given without one."""
    if release is None:
        for name, value in needed.items():
            if value is None:
                yield mistake(f"{key}.{name}", "is missing", "give it, or the release whose model it is")
        return
    if release not in scenario.releases:
        right = suggestion(release, sorted(scenario.releases))
        yield mistake(f"{key}.release", f"there is no release '{release}'", right)
    for name, value in stated.items():
        if value is not None:
            yield mistake(f"{key}.{name}", f"is taken from release '{release}'", "leave it out here")


def _lines(scenario: Scenario) -> Iterator[tuple[str, Tier, list[tuple[str, Upgrade]]]]:
    """Every product line with its key, and its successors with theirs."""
    for seller_name, seller in sorted(scenario.sellers.items()):
        for name, tier in sorted(seller.tiers.items()):
            key = f"sellers.{seller_name}.tiers.{name}"
            yield key, tier, [(f"{key}.upgrades.{one}", up) for one, up in sorted(tier.upgrades.items())]


@dataclass(frozen=True, slots=True)
class _Statement:
    """What one table says of a model."""

    key: str
    capability: float | Range | None
    cost: CostSpec | None
    may_refer: bool = False
    """Whether it could refer to a release instead."""


def stated_apart(scenario: Scenario) -> Iterator[Mistake]:
    """Models of one name of which a scenario says two things, or draws one thing twice; the file is filled in later.

    They are no mistakes for sure: one name may stand for two things, and a seller may serve a model of its own size
    under it. So they are told and the scenario runs.
    """
    for model, statements in sorted(_statements(scenario).items()):
        first, *others = statements
        for other in others:
            for name, one, two in (
                ("capability", first.capability, other.capability),
                ("cost.architecture", first.cost and first.cost.architecture, other.cost and other.cost.architecture),
            ):
                wrong = _apart(one, two, f"{first.key}.{name}", model)
                if wrong:
                    yield mistake(f"{other.key}.{name}", wrong, _cure(first, other))


def _apart(one: object, two: object, key: str, model: str) -> str | None:
    """Say how two statements on a model stand apart; None where they do not, or one of them is left out."""
    if one is None or two is None:
        return None
    if one != two:
        return f"differs from {key}, and both are of '{model}'"
    _, numbers = drawn({"it": one}, Streams(0))
    return f"is drawn apart from {key}, and both are of '{model}'" if numbers else None


def _cure(first: _Statement, other: _Statement) -> str:
    root, _, release = first.key.partition(".")
    if root == "releases" and other.may_refer:
        return f"write release = '{release}' in {other.key} in place of its capability and cost"
    return "say it once, or give the models two names"


def _statements(scenario: Scenario) -> dict[str, list[_Statement]]:
    """What is said of each model, by its name; releases first. A line that waits for a project states no model."""
    of_model: dict[str, list[_Statement]] = {}

    def add(model: str | None, statement: _Statement) -> None:
        if model is not None:
            of_model.setdefault(model, []).append(statement)

    for name, release in sorted(scenario.releases.items()):
        add(release.model, _Statement(f"releases.{name}", release.capability, release.cost))
    for key, tier, upgrades in _lines(scenario):
        if tier.release is None and tier.project is None:
            add(tier.model, _Statement(key, tier.capability, tier.cost, may_refer=True))
        for place, upgrade in upgrades:
            if upgrade.release is None:
                add(upgrade.model, _Statement(place, upgrade.capability, upgrade.cost, may_refer=True))
    for key, project in _projects(scenario):
        add(project.model, _Statement(key, None, project.cost))
    return of_model


def _projects(scenario: Scenario) -> Iterator[tuple[str, Project]]:
    owners = {f"labs.{name}": lab.research for name, lab in scenario.labs.items()}
    owners |= {f"sellers.{name}": its.research for name, its in scenario.sellers.items() if its.research is not None}
    for owner, research in sorted(owners.items()):
        for name, project in sorted(research.projects.items()):
            yield f"{owner}.research.projects.{name}", project
