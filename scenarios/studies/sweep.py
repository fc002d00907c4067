"""Sweeps: points of a design over the keys of a scenario, times policies, times seeds.

study_of(Plan(scenario="textbook", factors=(factor("segments.all.response.mu", "0.1..0.4/4"),), design="grid"))
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from pricewar.scenarios.config.check import build
from pricewar.scenarios.config.files import read
from pricewar.scenarios.config.keys import NUMBERS, Tree
from pricewar.scenarios.config.layers import COMMAND_LINE, Reading, stack
from pricewar.scenarios.config.names import join_key, split_key
from pricewar.scenarios.config.places import study_folder
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.studies.designs import Factor, Kind, factor, points
from pricewar.scenarios.studies.outcomes import outcomes_asked
from pricewar.scenarios.studies.pages.sweep import USUAL, write_sweep
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.sensitivity import Method, points_of
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import Arm, Study, Value, seeds_from, vary
from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake

NO_POLICY = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
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


def vary_options(said: Iterable[str], mistakes: list[Mistake]) -> tuple[Factor, ...]:
    """Read what --vary says, KEY=VALUES each; what cannot be read is added to the mistakes."""
    found: dict[str, Factor] = {}
    for text in said:
        key, equals, values = text.partition("=")
        try:
            if not equals:
                raise UserMistake("write it like opening.utilisation=0.1..0.75")
            key = join_key(split_key(key))
            if key in found:
                raise UserMistake("is varied twice")
            found[key] = plain(factor(key, values))
        except UserMistake as error:
            mistakes.append(Mistake(COMMAND_LINE, key, str(error)))
    return tuple(found.values())


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
    found: dict[str, Reading] = {}
    if plan.scenario == "-" and len(plan.policies) > 1:
        raise UserMistake("standard input can be read only once; for several policies write the scenario into a file")
    for policy in plan.policies or (NO_POLICY,):
        names = [] if policy == NO_POLICY else policy.split("+")
        label = "+".join(Path(name).stem if name.endswith(".toml") else name for name in names)
        if label in found:
            raise UserMistake(f"policy {policy} is given twice")
        found[label] = read(plan.scenario, plan.overrides, names, plan.strategies)
    return found


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
    found = []
    for one in plan.factors:
        where = plan.where(one.key)
        try:
            taken = replace(one, integer=one.integer or (not one.values and _whole(one.key, reading)))
            found.append(taken)
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
    return tuple(found)


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


def sweep(
    scenario: str,
    vary: Mapping[str, str | Sequence[Value]],
    *,
    design: Kind = "lhs",
    points: int = 64,
    seeds: int = 5,
    seed: int = 1,
    design_seed: int = 1,
    overrides: Sequence[str] = (),
    policies: Sequence[str] = (),
    strategies: Sequence[str | type] = (),
    outcomes: Sequence[str] = (),
    out: Path | str | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    overwrite: bool = False,
) -> Results:
    """Run a sweep from Python, write its page, and return its tables.

    vary: what each key may be, by key: "low..high" and the like as --vary has it, or a list of values.
    policies: each is a level: a policy, several joined by +, or none. outcomes: to be drawn; the usual ones if none is
    named. out: folder; outputs/SCENARIO-sweep if not given. jobs, executor, overwrite: as `carry_out`.
    A folder that holds the same sweep is gone on with. Raises UserMistake.
    """
    plan = Plan(
        scenario=scenario,
        factors=tuple(_factor(key, said) for key, said in vary.items()),
        overrides=tuple(overrides),
        policies=tuple(policies),
        strategies=tuple(strategies),
        design=design,
        points=points,
        seeds=seeds,
        seed=seed,
        design_seed=design_seed,
    )
    of = outcomes_asked(outcomes, USUAL)
    folder = Path(out or study_folder(scenario, "sweep"))
    results = carry_out(study_of(plan), folder, jobs=jobs, executor=executor, overwrite=overwrite)
    write_sweep(results, of)
    return results


def _factor(key: str, said: str | Sequence[Value]) -> Factor:
    key = join_key(split_key(key))
    return plain(factor(key, said) if isinstance(said, str) else Factor(key, tuple(said)))
