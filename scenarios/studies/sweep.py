"""Sweeps: points of a design over the keys of a scenario, times policies, times seeds.

study_of(Plan(scenario="textbook", factors=(factor("segments.all.response.mu", "0.1..0.4/4"),), design="grid"))
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pricewar.scenarios.config.check import build
from pricewar.scenarios.config.keys import NUMBERS, Tree
from pricewar.scenarios.config.layers import COMMAND_LINE, Layer, Reading, Table, stack
from pricewar.scenarios.config.load import is_sweep_file, read, read_toml
from pricewar.scenarios.config.names import is_path, join_key, split_key, suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.source import Source
from pricewar.scenarios.studies.designs import Factor, Kind, factor, points
from pricewar.scenarios.studies.sensitivity import Method, points_of
from pricewar.scenarios.studies.study import Arm, Study, Value, seeds_from, vary
from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake
from pricewar.sim.parameters import CHECKED

NO_POLICY = "none"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a sweep is asked to do."""

    scenario: str
    factors: tuple[Factor, ...]
    overrides: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    """Each is a level: a policy, several joined by +, or none."""
    strategies: tuple[str | type, ...] = ()
    design: Kind = "lhs"
    points: int = 64
    """How many; a grid has as many as it has."""
    seeds: int = 5
    seed: int = 1
    design_seed: int = 1
    """Root of the design's own chance, which is nobody else's."""
    outcomes: tuple[str, ...] = ()
    """To be drawn; none given: the usual ones."""
    said_by: Mapping[str, str] = field(default_factory=dict)
    """Which file asked to vary a key; the command line where none did."""

    def where(self, key: str) -> str:
        """Who asked to vary a key."""
        return self.said_by.get(key, COMMAND_LINE)


def vary_options(texts: Iterable[str], mistakes: list[Mistake]) -> tuple[Factor, ...]:
    """Read what --vary says, KEY=VALUES each; what cannot be read is added to the mistakes."""
    factors: dict[str, Factor] = {}
    for text in texts:
        key, equals, values = text.partition("=")
        try:
            if not equals:
                raise UserMistake("write it like opening.utilisation=0.1..0.75")
            key = join_key(split_key(key))
            if key in factors:
                raise UserMistake("is varied twice")
            factors[key] = plain(factor(key, values))
        except UserMistake as error:
            mistakes.append(Mistake(COMMAND_LINE, key, str(error)))
    return tuple(factors.values())


def plain(one: Factor) -> Factor:
    """The factor with its dates written as text, which scenarios read as well and tables keep."""
    dated: list[Any] = list(one.values)
    return replace(one, values=tuple(v.isoformat() if isinstance(v, date) else v for v in dated))


def study_of(plan: Plan, command: str = "", kind: str = "sweep") -> Study:
    """Make the study: an arm for every point and policy. Raises ScenarioMistakes with every mistake at once."""
    readings = readings_of(plan)
    factors = checked(plan, next(iter(readings.values())))
    try:
        design = points(factors, plan.design, plan.points, plan.design_seed)
    except UserMistake as error:
        raise ScenarioMistakes([Mistake(COMMAND_LINE, "vary", str(error))]) from None
    notes = {"design": plan.design, "seed": plan.design_seed, "factors": [one.record() for one in factors]}
    return study_from(plan, readings, design, notes, command, kind)


def sensitivity_of(
    plan: Plan, method: Method, count: int, candidates: int = 0, command: str = "", kind: str = "sensitivity"
) -> Study:
    """Make the study of a sensitivity: Morris' trajectories or Saltelli's rows, so many. Raises ScenarioMistakes."""
    readings = readings_of(plan)
    if len(readings) > 1:
        raise UserMistake("sensitivity takes one scenario; lay all policies over it at once, as in --policy a+b")
    factors = checked(plan, next(iter(readings.values())))
    try:
        design, notes = points_of(factors, method, count, plan.design_seed, candidates)
    except UserMistake as error:
        raise ScenarioMistakes([Mistake(COMMAND_LINE, "points", str(error))]) from None
    return study_from(plan, readings, design, notes, command, kind)


def study_from(
    plan: Plan,
    readings: Mapping[str, Reading],
    design: Sequence[Mapping[str, Value]],
    notes: Mapping[str, Any],
    command: str,
    kind: str,
) -> Study:
    """Lay every point of a design over every policy's reading."""
    arms = tuple(arms_of(readings, design))
    title = "standard-input" if plan.scenario == "-" else Path(plan.scenario).stem
    return Study(kind, title, arms, seeds_from(plan.seed, plan.seeds), command, notes=notes)


def readings_of(plan: Plan) -> dict[str, Reading]:
    """The scenario under every policy that is asked for. Raises UserMistake."""
    readings: dict[str, Reading] = {}
    if plan.scenario == "-" and len(plan.policies) > 1:
        raise UserMistake("standard input can be read only once; for several policies write the scenario into a file")
    for policy in plan.policies or (NO_POLICY,):
        names = [] if policy == NO_POLICY else policy.split("+")
        label = "+".join(Path(name).stem if name.endswith(".toml") else name for name in names)
        if label in readings:
            raise UserMistake(f"policy {policy} is given twice")
        readings[label] = read(plan.scenario, plan.overrides, names, plan.strategies)
    return readings


def arms_of(readings: Mapping[str, Reading], design: Sequence[Mapping[str, Value]]) -> Iterator[Arm]:
    """An arm for every point and policy: p0001, p0002, ...; the same number has the same values."""
    wide = max(4, len(str(len(design))))
    for number, settings in enumerate(design, 1):
        for policy, reading in readings.items():
            suffix = f"-{policy or NO_POLICY}" if len(readings) > 1 else ""
            yield Arm(f"p{number:0{wide}d}{suffix}", vary(reading, settings), dict(settings), policy)


def checked(plan: Plan, reading: Reading) -> tuple[Factor, ...]:
    """Try the ends of every range and every value, one key at a time, over the scenario as it is.

    Keys of whole numbers make ranges of whole numbers. What does not fit together is found when all arms are built.
    Raises ScenarioMistakes with every mistake at once, under the file that asked.
    """
    mistakes = dict.fromkeys(_mistakes(reading))
    factors = []
    for one in plan.factors:
        where = plan.where(one.key)
        try:
            taken = replace(one, integer=one.integer or (not one.values and _whole(one.key, reading)))
            factors.append(taken)
        except UserMistake as error:
            mistakes[Mistake(where, one.key, str(error))] = None
            continue
        for value in taken.ends():
            new = [mistake for mistake in _mistakes(vary(reading, {one.key: value})) if mistake not in mistakes]
            mistakes |= {replace(m, file=m.file.replace(COMMAND_LINE, where)): None for m in new}
    if not plan.factors and len(plan.policies) < 2:
        mistakes[Mistake(COMMAND_LINE, "vary", "is missing", "say what to vary: --vary KEY=low..high")] = None
    if mistakes:
        raise ScenarioMistakes(list(mistakes))
    return tuple(factors)


def _mistakes(reading: Reading) -> list[Mistake]:
    try:
        build(Scenario, reading)
    except ScenarioMistakes as error:
        return error.mistakes
    return []


def _whole(key: str, reading: Reading) -> bool:
    """Whether a key takes whole numbers and no others."""
    tree = Tree(Scenario, reading.strategies)
    forms = [form for node in tree.at(split_key(key), stack(reading, tree).table) for form in tree.forms(node)]
    numbers = [form["type"] for form in forms if form.get("type") in NUMBERS]
    return bool(numbers) and "number" not in numbers


def asked(
    source: Source,
    vary: Mapping[str, str | Sequence[Value]] | Sequence[str],
    *,
    seeds: int,
    given: Mapping[str, Any],
) -> Plan:
    """Put together what a sweep file, if the source is one, and the verb's arguments ask; the arguments go first.

    vary: KEY=VALUES each, as --vary has it, or values by key. seeds: where neither says how many. given: other fields
    of a Plan; what is None or empty was not given. Raises ScenarioMistakes with every mistake at once.
    """
    mistakes: list[Mistake] = []
    plan = Plan(scenario=source.name, factors=(), seeds=seeds)
    if is_sweep_file(source.name):
        try:
            plan = read_sweep(source.name)
        except ScenarioMistakes as error:
            mistakes += error.mistakes
    factors = _factors_of(vary) if isinstance(vary, Mapping) else vary_options(vary, mistakes)
    if mistakes:
        raise ScenarioMistakes(mistakes)
    new = {one.key for one in factors}
    kept = tuple(one for one in plan.factors if one.key not in new)
    return replace(
        plan,
        factors=(*kept, *factors),
        overrides=(*plan.overrides, *source.overrides),
        policies=source.policies or plan.policies,
        strategies=source.strategies,
        said_by={one.key: plan.where(one.key) for one in kept},
        **{name: value for name, value in given.items() if value not in (None, ())},
    )


def _factors_of(vary: Mapping[str, str | Sequence[Value]]) -> tuple[Factor, ...]:
    keys = {join_key(split_key(key)): values for key, values in vary.items()}
    return tuple(
        plain(factor(key, values) if isinstance(values, str) else Factor(key, tuple(values)))
        for key, values in keys.items()
    )


def as_options(vary: Mapping[str, str | Sequence[Value]] | Sequence[str]) -> tuple[str, ...] | None:
    """Write what is varied as --vary has it; None where it cannot, as of a text with a bar in it."""
    if not isinstance(vary, Mapping):
        return tuple(vary)
    written = []
    for one in _factors_of(vary):
        if factor(one.key, one.told) != one:
            return None
        written.append(f"{one.key}={one.told}")
    return tuple(written)


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
class Varied:
    """What a file may say of a key that is varied: low and high, or values."""

    low: float | None = None
    high: float | None = None
    scale: Literal["even", "log"] = "even"
    integer: bool = False
    levels: int = 0
    values: list[Any] | None = None


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
    for name, values in table.items():
        path = (*above, name)
        key = join_key(path)
        try:
            # "opening.hold" in quotes and opening.hold without are the same key.
            path = path if above else split_key(name)
            key = join_key(path)
            if isinstance(values, dict) and not values.keys() & set(RANGE):
                yield from _factors(values, path, file, mistakes)
            else:
                yield _one(key, values)
        except UserMistake as error:
            mistakes.append(Mistake(file, f"vary.{key}", str(error)))


def _one(key: str, values: Any) -> Factor:
    """Read what a file says of one key. Raises UserMistake."""
    if isinstance(values, str):
        return plain(factor(key, values))
    if isinstance(values, list):
        values = {"values": values}
    if not isinstance(values, dict):
        raise UserMistake("is one value; write { low = ..., high = ... } or { values = [...] }")
    unknown = [f"there is no '{name}' ({suggestion(name, RANGE)})" for name in values if name not in RANGE]
    if unknown:
        raise UserMistake(", ".join(unknown))
    try:
        given = TypeAdapter(Varied).validate_python(values)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise UserMistake(f"{wrong['loc'][-1]}: {wrong['msg'][:1].lower()}{wrong['msg'][1:]}") from None
    if given.values is not None:
        if given.low is not None or given.high is not None:
            raise UserMistake("has values and a range; say one of them")
        if not given.values or not all(isinstance(value, bool | int | float | str | date) for value in given.values):
            raise UserMistake("values must be a list of numbers, texts, dates, true or false")
        return plain(Factor(key, tuple(given.values)))
    if given.low is None or given.high is None:
        raise UserMistake(f"lacks {'low' if given.low is None else 'high'}")
    made = Factor(key, low=given.low, high=given.high, log=given.scale == "log", levels=given.levels)
    return replace(made, integer=given.integer)
