"""The verb that lays two finished runs side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pricewar.scenarios.api.read import opened
from pricewar.scenarios.config.messages import shown
from pricewar.scenarios.config.names import join_key
from pricewar.sim.analysis.first_difference import FirstDifference, first_difference, unlike
from pricewar.sim.analysis.questions.headlines import Headline, headlines
from pricewar.sim.results.run import Run, currency

WORDS = ("description", "sources")
"""What a scenario says about itself, which no run depends on."""
NOT_THERE = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """A key whose values differ; a key or a whole table may stand in one run only."""

    key: str
    a: Any
    b: Any
    in_a: bool = True
    in_b: bool = True

    def words(self) -> tuple[str, str, str]:
        """Key and both values as people read them."""
        return (
            self.key,
            shown(self.a) if self.in_a and self.a is not None else "none" if self.in_a else "not there",
            shown(self.b) if self.in_b and self.b is not None else "none" if self.in_b else "not there",
        )


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """List the keys in which two resolved scenarios differ, in the order of their names.

    >>> differences({"days": 1, "x": {"y": 2}}, {"days": 1, "x": {"y": 3}})
    [Difference(key='x.y', a=2, b=3, in_a=True, in_b=True)]
    """
    one, other = ({key: value for key, value in side.items() if key not in WORDS} for side in (a, b))
    return list(_unlike(one, other, ()))


def _unlike(a: Any, b: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b}):
            yield from _unlike(a.get(key, NOT_THERE), b.get(key, NOT_THERE), (*path, key))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for index, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _unlike(one, other, (*path, str(index)))
    elif a is NOT_THERE or b is NOT_THERE or a != b:
        here, there = a is not NOT_THERE, b is not NOT_THERE
        yield Difference(join_key(path), a if here else None, b if there else None, here, there)


@dataclass(frozen=True, slots=True)
class RunDifferences:
    """What differs between two runs."""

    a: Run
    b: Run
    settings: list[Difference]
    """Keys of the scenario, then seed, policy, drawn values and versions."""
    tables: list[str]
    """Names of the tables that differ."""
    parting: dict[str, FirstDifference | None]
    """Where their prices and their facts part; None where they do not, and empty where all tables are the same."""
    outcomes: list[dict[str, Any]]
    """Headlines of both, their difference and ratio; money is subtracted only where it is of one currency."""

    @property
    def same(self) -> bool:
        """Whether all tables are the same."""
        return self.a.digest == self.b.digest

    def as_dict(self) -> dict[str, Any]:
        """Return all of it, for JSON."""
        return {
            "same": self.same,
            "digests": [self.a.digest, self.b.digest],
            "settings": [asdict(each) for each in self.settings],
            "tables": self.tables,
            "partings": {name: first and asdict(first) for name, first in self.parting.items()},
            "outcomes": self.outcomes,
        }


def diff(a: Run | Path | str, b: Run | Path | str) -> RunDifferences:
    """Say what differs between two runs: settings, tables, where they part, outcomes.

    a, b: Runs, or folders of finished ones, also of different scenarios. Raises ResultMistake.
    """
    one, other = opened(a), opened(b)
    tables = unlike(one.tables, other.tables) if one.digest != other.digest else []
    parting = {name: first_difference(one.tables, other.tables, name) for name in ("prices", "facts") if tables}
    return RunDifferences(one, other, _settings(one, other), tables, parting, _outcomes(one, other))


def _settings(one: Run, other: Run) -> list[Difference]:
    a, b = (
        {**run.scenario, "seed": run.seed, "policy": run.policy, "drawn": dict(run.drawn),
         "version": dict(run.versions)} for run in (one, other)
    )  # fmt: skip
    return differences(a, b)


def _outcomes(one: Run, other: Run) -> list[dict[str, Any]]:
    a, b = headlines(one.tables), headlines(other.tables)
    codes = currency(one), currency(other)
    rows = []
    for name in dict.fromkeys([*a, *b]):
        unit = (a.get(name) or b[name]).unit
        was, now = (side.get(name, Headline(unit, None)).value for side in (a, b))
        comparable = codes[0] == codes[1] or "money" not in unit
        both = comparable and isinstance(was, int | float) and isinstance(now, int | float)
        code = codes[0] if codes[0] == codes[1] else "money"
        rows.append(
            {"outcome": name, "unit": unit.replace("money", code), "a": was, "b": now,
             "difference": now - was if both else None,
             "ratio": now / was if both and was > 0 and now > 0 else None}
        )  # fmt: skip
    return rows
