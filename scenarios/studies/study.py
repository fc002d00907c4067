"""What is to be run: arms, seeds, and an identity for each run that depends on nothing else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from hashlib import sha256
from typing import Any

from pricewar.agents.pricing.authored import own_code
from pricewar.scenarios.config.check import build
from pricewar.scenarios.config.layers import COMMAND_LINE, Layer, Reading, Table
from pricewar.scenarios.config.names import split_key
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.errors import ScenarioMistakes
from pricewar.sim.kernel.provenance import DISTRIBUTION, versions
from pricewar.sim.pages.run_folder import FORMAT

Value = float | int | str | bool
CHECKED = 400
"""Arms that are all checked before the first run; of more, so many spread over them."""


def _digest(of: Any) -> str:
    return sha256(json.dumps(of, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()


@cache
def _program() -> str:
    # Looked up once: a sweep has thousands of arms.
    return versions()[DISTRIBUTION]


@dataclass(frozen=True, eq=False)
class Arm:
    """One setting of the keys and policies of a scenario; equal if it says the same."""

    name: str
    """By which tables and figures call it, unique in a study."""
    reading: Reading
    """What files and overrides say."""
    settings: Mapping[str, Value] = field(default_factory=dict)
    """Keys that the study varies, with their values here: columns of the table of runs."""
    policy: str = ""
    """Policies that the study lays over it, joined by +; empty for none."""

    def scenario(self) -> Scenario:
        """Build the scenario. Raises ScenarioMistakes."""
        return build(Scenario, self.reading)

    @cached_property
    def identity(self) -> str:
        """Digest of what files and overrides say, of the program's version and of the format of results."""
        said = [[layer.table, layer.removed] for layer in self.reading.layers]
        return _digest([said, own_code(self.reading.strategies), _program(), FORMAT])

    def __hash__(self) -> int:
        """By what it says."""
        return hash(self.identity)

    def __eq__(self, other: object) -> bool:
        """Whether the other says the same."""
        return isinstance(other, Arm) and other.identity == self.identity


def vary(reading: Reading, settings: Mapping[str, Value]) -> Reading:
    """Lay values of keys over what was read, as overrides do; files read once are shared by all arms."""
    table: Table = {}
    for key, value in settings.items():
        *above, last = split_key(key)
        inner = table
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = value
    layer = Layer(COMMAND_LINE, table, overrides=tuple(split_key(key) for key in settings))
    return replace(reading, layers=(*reading.layers, layer))


@dataclass(frozen=True, slots=True)
class Task:
    """One run of a study."""

    id: str
    """Digest of arm and seed: the same in every study that has this run."""
    arm: int
    """Which arm of the study."""
    seed: int


@dataclass(frozen=True)
class Study:
    """Arms times seeds."""

    kind: str
    """ensemble, comparison, attribution or sweep."""
    title: str
    """What it is about, for people."""
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    command: str = ""
    """The command that goes on with it, or makes it again."""
    shard: tuple[int, int] = (1, 1)
    """Which part of the runs, of how many; for machines that share nothing but a disk."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the analysis of its kind must know: the design of a sweep, ..."""

    def tasks(self) -> Iterator[Task]:
        """Every run of this shard.

        All arms of a seed come together, so that an interrupted study has about the same seeds of every arm.
        """
        part, parts = self.shard
        for number, (seed, place) in enumerate((s, a) for s in self.seeds for a in range(len(self.arms))):
            if number % parts == part - 1:
                yield Task(run_id(self.arms[place].identity, seed), place, seed)

    @cached_property
    def identity(self) -> str:
        """Digest of what is run, whatever shard of it and however many seeds."""
        return _digest([self.kind, [[one.name, one.identity, dict(one.settings)] for one in self.arms], self.notes])

    def check(self) -> None:
        """Build the scenarios of its arms. Raises ScenarioMistakes, which name the arm."""
        step = max(1, -(-len(self.arms) // CHECKED))
        for one in self.arms[::step]:
            try:
                one.scenario()
            except ScenarioMistakes as error:
                if len(self.arms) == 1:
                    raise
                raise ScenarioMistakes([replace(m, file=f"{one.name}: {m.file}") for m in error.mistakes]) from None


def run_id(identity: str, seed: int) -> str:
    """Digest of an arm and a seed: equal runs have equal ids."""
    return _digest([identity, seed])[:24]


def seeds_from(first: int, count: int) -> tuple[int, ...]:
    """Consecutive seeds: streams of different seeds are independent by construction."""
    return tuple(range(first, first + count))


def in_shard(arms: int, seeds: Sequence[int], shard: tuple[int, int]) -> list[tuple[int, int]]:
    """Arm and seed of every run of a shard, in the order of arms."""
    part, parts = shard
    every = [(arm, seed) for seed in seeds for arm in range(arms)]
    return sorted(every[part - 1 :: parts])
