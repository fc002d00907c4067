"""The lower bounds that pyproject.toml declares are those under which the quick part of the suite runs."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
OF_THEIR_TIME = {"pydantic-core", "pyparsing"}
"""What old releases of our dependencies need in old releases too."""


def pins(name: str) -> dict[str, Version]:
    """Versions that a file of constraints pins, by canonical name."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pinned = [line.partition("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(project): Version(version) for project, _, version in pinned}


def lower_bounds() -> dict[str, Version]:
    """The only bound of each dependency, by canonical name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [Requirement(line) for line in project["dependencies"]]
    bounds = {canonicalize_name(each.name): str(each.specifier) for each in requirements}
    assert all(re.fullmatch(r">=[\d.]+", bound) for bound in bounds.values()), bounds
    return {name: Version(bound.removeprefix(">=")) for name, bound in bounds.items()}


def test_the_lowest_environment_has_every_dependency_at_its_declared_lower_bound() -> None:
    declared, lowest = lower_bounds(), pins("constraints-lowest.txt")
    assert len(declared) > 5
    assert {name: lowest.get(name) for name in declared} == declared


def test_the_lowest_environment_differs_from_the_usual_one_only_in_dependencies_and_what_they_need() -> None:
    usual, lowest = pins("constraints.txt"), pins("constraints-lowest.txt")
    different = {name for name in lowest if lowest[name] != usual.get(name)}
    assert different == lower_bounds().keys() | OF_THEIR_TIME
    assert all(lowest[name] < usual[name] for name in different)
