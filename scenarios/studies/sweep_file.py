"""A sweep from a TOML file: data, checked at once, every mistake under the file's name.

scenario = "china-2024"
policies = ["none", "price-floor"]
design = "lhs"
points = 64
seeds = 5

[vary]
opening.utilisation = { low = 0.1, high = 0.75 }
opening.hold = { values = ["focal", "scarce"] }
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pricewar.scenarios.config.check import build
from pricewar.scenarios.config.files import read_toml
from pricewar.scenarios.config.layers import Layer, Reading, Table
from pricewar.scenarios.config.names import is_path, join_key, split_key, suggestion
from pricewar.scenarios.studies.designs import Factor, factor
from pricewar.scenarios.studies.sweep import Plan, plain
from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake
from pricewar.sim.parameters import CHECKED

RANGE = ("low", "high", "scale", "integer", "levels", "values")


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class SweepFile:
    """What a sweep file may say."""

    scenario: str
    """A bundled name, or a TOML file beside this one."""
    vary: dict[str, Any] = Field(default_factory=dict)
    """Keys of the scenario, and what each may be."""
    overrides: list[str] = Field(default_factory=list)
    """KEY.PATH=VALUE each, laid over the scenario."""
    policies: list[str] = Field(default_factory=list)
    """Levels: a policy, several joined by +, or none."""
    design: Literal["grid", "lhs", "sobol"] = "lhs"
    """Which points are tried."""
    points: int = Field(default=64, ge=1)
    """How many; a grid has as many as it has."""
    seeds: int = Field(default=5, ge=1)
    """Runs of every point under every policy."""
    seed: int = Field(default=1, ge=0)
    """The first seed; others follow it."""
    design_seed: int = Field(default=1, ge=0)
    """Root of the design's own chance."""
    outcomes: list[str] = Field(default_factory=list)
    """Outcomes to be drawn."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Said:
    """What a file may say of a key that is varied: low and high, or values."""

    low: float | None = None
    high: float | None = None
    scale: Literal["even", "log"] = "even"
    integer: bool = False
    levels: int = 0
    values: list[Any] | None = None


def is_sweep_file(source: str) -> bool:
    """Tell a sweep file from a scenario: it says what to vary, or which scenario."""
    if not source.endswith(".toml") or not Path(source).is_file():
        return False
    said = read_toml(Path(source), source)
    return "vary" in said or "scenario" in said


def read_sweep(source: str) -> Plan:
    """Read a sweep file. Raises ScenarioMistakes with all its mistakes at once."""
    path = Path(source)
    table = read_toml(path, source)
    mistakes: list[Mistake] = []
    varied = table.pop("vary", {})
    factors: list[Factor] = []
    if isinstance(varied, dict):
        factors = list(_factors(varied, (), source, mistakes))
    else:
        mistakes.append(Mistake(source, "vary", "is no table", 'write [vary] and "opening.hold" = { values = [...] }'))
    made = None
    try:
        made = build(SweepFile, Reading((Layer(source, table),)))
    except ScenarioMistakes as error:
        mistakes = [*error.mistakes, *mistakes]
    if mistakes or made is None:
        raise ScenarioMistakes(mistakes)
    return Plan(
        scenario=_beside(path, made.scenario),
        factors=tuple(factors),
        overrides=tuple(made.overrides),
        policies=tuple("+".join(_beside(path, one) for one in policy.split("+")) for policy in made.policies),
        design=made.design,
        points=made.points,
        seeds=made.seeds,
        seed=made.seed,
        design_seed=made.design_seed,
        outcomes=tuple(made.outcomes),
        said_by={one.key: source for one in factors},
    )


def _beside(file: Path, source: str) -> str:
    """A path that a file names is meant from where the file lies."""
    return str(file.parent / source) if is_path(source) else source


def _factors(table: Table, above: tuple[str, ...], file: str, mistakes: list[Mistake]) -> Iterator[Factor]:
    for name, said in table.items():
        path = (*above, name)
        key = join_key(path)
        try:
            # "opening.hold" in quotes and opening.hold without are the same key.
            path = path if above else split_key(name)
            key = join_key(path)
            if isinstance(said, dict) and not said.keys() & set(RANGE):
                yield from _factors(said, path, file, mistakes)
            else:
                yield _one(key, said)
        except UserMistake as error:
            mistakes.append(Mistake(file, f"vary.{key}", str(error)))


def _one(key: str, said: Any) -> Factor:
    """Read what a file says of one key. Raises UserMistake."""
    if isinstance(said, str):
        return plain(factor(key, said))
    if isinstance(said, list):
        said = {"values": said}
    if not isinstance(said, dict):
        raise UserMistake("is one value; write { low = ..., high = ... } or { values = [...] }")
    unknown = [f"there is no '{name}' ({suggestion(name, RANGE)})" for name in said if name not in RANGE]
    if unknown:
        raise UserMistake(", ".join(unknown))
    try:
        found = TypeAdapter(Said).validate_python(said)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise UserMistake(f"{wrong['loc'][-1]}: {wrong['msg'][:1].lower()}{wrong['msg'][1:]}") from None
    if found.values is not None:
        if found.low is not None or found.high is not None:
            raise UserMistake("has values and a range; say one of them")
        if not found.values or not all(isinstance(value, bool | int | float | str | date) for value in found.values):
            raise UserMistake("values must be a list of numbers, texts, dates, true or false")
        return plain(Factor(key, tuple(found.values)))
    if found.low is None or found.high is None:
        raise UserMistake(f"lacks {'low' if found.low is None else 'high'}")
    made = Factor(key, low=found.low, high=found.high, log=found.scale == "log", levels=found.levels)
    return replace(made, integer=found.integer)
