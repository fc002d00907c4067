"""What is asked for, before it is read: a scenario and all that is laid over it, and the command that asks the same."""

import shlex
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pricewar.scenarios.config.check import build, resolved, stated_twice, without_effect
from pricewar.scenarios.config.layers import Layer, Reading
from pricewar.scenarios.config.load import command_line, read
from pricewar.scenarios.config.own_strategies import strategies_named
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.errors import Mistake, NoEffect, ScenarioMistakes, StatedTwice, UserMistake


@dataclass(frozen=True)
class Source:
    """A scenario by name, with the overrides, policies and strategies of one's own that are laid over it.

    Whatever is asked of a scenario takes it so, from the command line and from Python alike.
    """

    scenario: str | Scenario
    """Bundled name, path of a TOML file, `-` for standard input, or a Scenario that is made already."""
    overrides: tuple[str, ...] = ()
    """KEY.PATH=VALUE each."""
    policies: tuple[str, ...] = ()
    """Bundled names or paths, in the order in which they are laid over it."""
    strategies: tuple[str | type, ...] = ()
    """Classes of strategies, each as FILE.py:CLASS, as MODULE:CLASS, or given outright."""

    def __post_init__(self) -> None:
        """Refuse to lay anything over a Scenario that is made. Raises UserMistake."""
        if isinstance(self.scenario, Scenario) and (self.overrides or self.policies):
            raise UserMistake("a Scenario is made already; give overrides and policies to load, or name the scenario")

    @classmethod
    def of(
        cls,
        scenario: "str | Scenario | Source",
        overrides: Iterable[str] = (),
        policies: Iterable[str] = (),
        strategies: Iterable[str | type] = (),
    ) -> "Source":
        """Put together what a verb was given; a Source is handed on as it is. Raises UserMistake."""
        given: dict[str, Iterable[object]] = {"overrides": overrides, "policies": policies, "strategies": strategies}
        for name, values in given.items():
            if isinstance(values, str):
                raise UserMistake(f"{name} are several; write {name}=[{values!r}]")
        if not isinstance(scenario, Source):
            return cls(scenario, tuple(overrides), tuple(policies), tuple(strategies))
        if any(True for values in given.values() for _ in values):
            raise UserMistake("a Source says already what is laid over it; leave the other arguments out")
        return scenario

    @property
    def name(self) -> str:
        """What files and folders call it: the name that was given, or `scenario`."""
        return self.scenario if isinstance(self.scenario, str) else "scenario"

    @property
    def title(self) -> str:
        """What a study of it is about."""
        return "standard-input" if self.name == "-" else Path(self.name).stem

    @cached_property
    def reading(self) -> Reading:
        """What files and overrides say, read once, as standard input can only be. Raises UserMistake."""
        if isinstance(self.scenario, Scenario):
            return Reading((Layer("Python", resolved(self.scenario)),), strategies=strategies_named(self.strategies))
        return read(self.scenario, self.overrides, self.policies, self.strategies)

    @cached_property
    def built(self) -> Scenario:
        """The scenario, checked; told as warnings: what it says to no effect (NoEffect), or twice (StatedTwice).

        Raises ScenarioMistakes with every mistake at once.
        """
        scenario = build(Scenario, self.reading)
        for told in without_effect(scenario):
            warnings.warn(told, NoEffect, stacklevel=2)
        for told in stated_twice(scenario, self.reading):
            warnings.warn(told, StatedTwice, stacklevel=2)
        return scenario

    def with_more(self, policies: Sequence[str] = (), keys: Sequence[str] = ()) -> Reading:
        """Read it with more policies, and with keys laid over its own overrides. Raises UserMistake."""
        if self.scenario == "-":
            raise UserMistake("arms read the scenario again; write it into a file, and name that instead of -")
        mistakes = list[Mistake]()
        more = replace(self, policies=(*self.policies, *policies)).reading
        layers = (*more.layers, command_line(keys, mistakes)) if keys else more.layers
        if more.mistakes or mistakes:
            raise ScenarioMistakes([*more.mistakes, *mistakes])
        return replace(more, layers=layers)

    def command(self, verb: str, **options: object) -> str:
        """Write the command that asks the same; empty where none can, as of a Scenario that was made in Python.

        options: of the verb, by their names with `_` for `-`; what is not given (None, False, empty) is left out, and
        one that may be repeated is a sequence.
        """
        if not isinstance(self.scenario, str) or not all(isinstance(one, str) for one in self.strategies):
            return ""
        words = ["pricewar", verb, self.scenario, *self.overrides]
        for name, value in {"policy": self.policies, "strategy": self.strategies, **options}.items():
            words += _option(f"--{name.replace('_', '-')}", value)
        return shlex.join(words)


def _option(name: str, value: Any) -> list[str]:
    if value is None or value is False or value == () or value == "":
        return []
    if value is True:
        return [name]
    values = value if isinstance(value, list | tuple) else [value]
    return [f"{name}={one.isoformat() if isinstance(one, date) else one}" for one in values]
