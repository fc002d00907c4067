"""What differs between the settings of two runs, key by key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pricewar.scenarios.config.names import join_key
from pricewar.scenarios.config.words import shown

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
