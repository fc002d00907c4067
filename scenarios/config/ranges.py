"""Ranges of a scenario, drawn: each from its own stream, so that one more range moves no other's draw."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from pricewar.sim.kernel.streams import Streams
from pricewar.sim.parameters import Range

Thing = TypeVar("Thing")


def drawn(thing: Thing, streams: Streams) -> tuple[Thing, dict[str, float]]:
    """Replace every range by a number drawn uniformly from it; returns the numbers too, by key."""
    numbers: dict[str, float] = {}
    return _drawn(thing, "", streams, numbers), dict(sorted(numbers.items()))


def _drawn(thing: Any, key: str, streams: Streams, numbers: dict[str, float]) -> Any:
    if isinstance(thing, Range):
        numbers[key] = thing.low + (thing.high - thing.low) * float(streams("range", key).random())
        return numbers[key]
    if isinstance(thing, dict):
        made = {name: _drawn(value, _join(key, name), streams, numbers) for name, value in thing.items()}
        return made if any(made[name] is not thing[name] for name in thing) else thing
    if is_dataclass(thing) and not isinstance(thing, type):
        changed = {}
        for part in fields(thing):
            value = getattr(thing, part.name)
            new = _drawn(value, _join(key, part.name), streams, numbers)
            if new is not value:
                changed[part.name] = new
        return replace(thing, **changed) if changed else thing
    return thing


def _join(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)
