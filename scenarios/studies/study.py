"""What is to be run: arms, seeds, and an identity for each run that depends on nothing else."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from pricewar.agents.pricing.authored import own_code
from pricewar.scenarios.config.check import build
from pricewar.scenarios.config.layers import COMMAND_LINE, Layer, Reading, Table
from pricewar.scenarios.config.names import KeyPath, is_path, join_key, split_key, suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.source import Source
from pricewar.sim.errors import ScenarioMistakes, UserMistake
from pricewar.sim.kernel.provenance import DISTRIBUTION, versions
from pricewar.sim.results.run import FORMAT

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
        layers = [[layer.table, layer.removed] for layer in self.reading.layers]
        return _digest([layers, own_code(self.reading.strategies), _program(), FORMAT])

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


BASELINE = "baseline"
WITHOUT = {
    "release": "NAME", "launch": "SELLER.DATE", "tier": "SELLER.TIER", "upgrade": "SELLER.TIER.NAME",
    "delivery": "SELLER.NAME", "cut": "SELLER.DATE", "seller": "NAME", "policy": "NAME", "forced": "NAME",
    "key": "KEY.PATH",
}  # fmt: skip
"""What can be taken out of a world, and how each is named."""
KEPT = 30.0
"""Days for which a seller whose cut is missing keeps its prices: the war detector waits as long for an answer. [day]"""
_NAMED = re.compile(r"\s*([^=:\s][^=:]*?)\s*:(?:\s+|$)")


def policy_arm(source: Source, text: str) -> Arm:
    """An arm with a policy, or with several that are joined by +. Raises UserMistake."""
    policies = [part.strip() for part in text.split("+")]
    name = "+".join(Path(part).stem if is_path(part) else part for part in policies)
    return Arm(name, source.with_more(policies), policy=name)


def keys_arm(source: Source, text: str) -> Arm:
    """An arm written `NAME: KEY=VALUE KEY=VALUE policy=POLICY`; the name may be left out. Raises UserMistake."""
    named = _NAMED.match(text)
    items = words(text[named.end() :] if named else text)
    if not items or not all("=" in item for item in items):
        raise UserMistake(f"{text!r} is no arm; write it like 'scarce: opening.hold=scarce conduct.menu_cost=0.1'")
    policies = [item.partition("=")[2] for item in items if item.startswith("policy=")]
    keys = [item for item in items if not item.startswith("policy=")]
    name = named[1] if named else " ".join(items)
    settings = {key: value for key, _, value in (item.partition("=") for item in keys)}
    return Arm(name, source.with_more(policies, keys), settings=settings, policy="+".join(policies))


def words(text: str) -> list[str]:
    """Take a line apart at blanks that are in no quotes and no brackets.

    >>> words('days=20 a.list=["x y", 2] b={ low = 1, high = 2 }')
    ['days=20', 'a.list=["x y", 2]', 'b={ low = 1, high = 2 }']
    """
    parts, depth, quote, word = [], 0, "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in "[{") - (letter in "]}")
        if letter.isspace() and not quote and depth == 0:
            parts.append(word)
            word = ""
        else:
            word += letter
    return [each for each in [*parts, word] if each]


def without_arm(base: Reading, scenario: Scenario, text: str) -> Arm:
    """An arm in which something is missing, written `release:NAME`, `tier:SELLER.TIER`, ... (`WITHOUT`), joined by +.

    A release that is missing takes the lines with it that open with it; a launch that is missing would come on the day
    after the last, so that the seller, its machines and everybody's luck stay; a seller whose last line is missing is
    missing; one whose cut is missing keeps the prices of that morning for a month, whatever it would have done.
    Raises UserMistake where there is no such thing.
    """
    reading = base
    for part in text.split("+"):
        reading = _lacking(reading, scenario, part.strip())
    return Arm(f"without {text}", reading)


def _lacking(base: Reading, scenario: Scenario, text: str) -> Reading:
    kind, colon, name = text.partition(":")
    if not colon or kind not in WITHOUT:
        forms = ", ".join(f"{kind_of_thing}:{form}" for kind_of_thing, form in WITHOUT.items())
        raise UserMistake(f"{text!r} is nothing that can be missing; write one of {forms}")
    if kind == "release":
        if name not in scenario.releases:
            raise UserMistake(f"no release called '{name}'; {suggestion(name, sorted(scenario.releases))}")
        return vary(base, {join_key(("releases", name, "enabled")): False})
    table: Table = {}
    removed: tuple[KeyPath, ...] = ()
    if kind == "cut":
        table = {"forced": {f"no-cut-{name.lower()}": _kept(scenario, name)}}
    elif kind == "launch":
        seller, _, day = name.partition(".")
        never = scenario.start + timedelta(days=scenario.days + 1)
        lines = {tier: {"launch": never} for tier in _missing(scenario, kind, seller, day)}
        table = {"sellers": {seller: {"tiers": lines}}}
    else:
        removed = tuple(_places(scenario, kind, name))
    return replace(base, layers=(*base.layers, Layer(COMMAND_LINE, table, removed)))


def _kept(scenario: Scenario, name: str) -> Table:
    """A price that is kept, written SELLER.DATE. Raises UserMistake."""
    seller, _, day = name.rpartition(".")
    if seller not in scenario.sellers:
        raise UserMistake(f"no seller called '{seller}'; {suggestion(seller, sorted(scenario.sellers))}")
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise UserMistake(f"'{day}' is no date; write it like cut:{seller}.{scenario.start}") from None
    return {"seller": seller, "date": on, "hold": KEPT}


def _places(scenario: Scenario, kind: str, name: str) -> Iterator[KeyPath]:
    """Keys to be removed so that something is missing. Raises UserMistake where it is not there."""
    first, _, rest = name.partition(".")
    if kind == "key":
        yield tuple(name.split("."))
        return
    if kind in ("policy", "forced"):
        yield ("policies" if kind == "policy" else "forced", name)
        return
    if kind == "delivery":
        yield ("sellers", first, "fleet", "arrivals", rest)
    elif kind == "upgrade":
        tier, _, upgrade = rest.partition(".")
        yield ("sellers", first, "tiers", tier, "upgrades", upgrade)
    else:
        yield from _lines(scenario, first, _missing(scenario, kind, first, rest))


def _missing(scenario: Scenario, kind: str, seller: str, rest: str) -> list[str]:
    """Tiers of a seller that are to go. Raises UserMistake where there are none such."""
    if seller not in scenario.sellers:
        raise UserMistake(f"no seller called '{seller}'; {suggestion(seller, sorted(scenario.sellers))}")
    tiers = scenario.sellers[seller].tiers
    if kind == "launch":
        dated = {name: str(tier.launch) for name, tier in tiers.items() if tier.launch is not None}
        missing = [name for name, day in dated.items() if day == rest]
        choices = sorted(set(dated.values()))
    else:
        missing, choices = (sorted(tiers) if kind == "seller" else [rest] if rest in tiers else []), sorted(tiers)
    if not missing:
        raise UserMistake(f"{seller} has no {kind} '{rest}'; {suggestion(rest, choices)}")
    return missing


def _lines(scenario: Scenario, seller: str, tiers: Sequence[str]) -> Iterator[KeyPath]:
    if set(tiers) == set(scenario.sellers[seller].tiers):
        yield ("sellers", seller)
        if seller in scenario.buyers.homes:
            yield ("buyers", "homes", seller)
        return
    for tier in tiers:
        yield ("sellers", seller, "tiers", tier)


def events_of(scenario: Scenario) -> list[str]:
    """Each release, and each dated launch of a seller, that falls into the run, by date."""
    dated = [
        (release.date, f"release:{name}")
        for name, release in scenario.releases.items()
        if release.enabled and release.date is not None
    ]
    dated += [
        (day, f"launch:{name}.{day}")
        for name, seller in scenario.sellers.items()
        for day in {tier.launch for tier in seller.tiers.values() if tier.launch is not None}
    ]
    last = scenario.start.toordinal() + scenario.days
    return [name for day, name in sorted(dated) if day.toordinal() < last]


def distinct(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """The arms, if their names are. Raises UserMistake."""
    names = [one.name for one in arms]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserMistake(f"two arms are called '{twice}'; give one another name: --arm 'NAME: KEY=VALUE'")
    return tuple(arms)
