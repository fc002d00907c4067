"""Overrides from the command line: `key.path=value`, the value as in TOML or a bare word."""

import tomllib
from collections.abc import Iterable
from typing import Any

from pricewar.scenarios.config.layers import COMMAND_LINE, Layer, Table
from pricewar.scenarios.config.names import KeyPath, split_key
from pricewar.sim.errors import Mistake, UserMistake


def value_of(text: str) -> Any:
    """Read a value as TOML would, and a bare word as text. Raises ValueError."""
    try:
        said = tomllib.loads(f"value = {text}")
        if said.keys() == {"value"}:
            return said["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        if text and text[0] not in "\"'[{" and "\n" not in text:
            return text
    raise ValueError(text)


def command_line(overrides: Iterable[str], mistakes: list[Mistake]) -> Layer:
    """Make a layer of overrides; what cannot be read is added to the mistakes."""
    said: dict[KeyPath, Any] = {}
    for override in overrides:
        key, equals, text = override.partition("=")
        try:
            path = split_key(key)
            value = value_of(text.strip())
        except UserMistake:
            mistakes.append(Mistake(COMMAND_LINE, override, "is no override", "write it like opening.hold=scarce"))
        except ValueError:
            wrong = f"cannot be read from {text!r}" if equals else "has no value"
            mistakes.append(Mistake(COMMAND_LINE, key, wrong, f"write it like {key}=value"))
        else:
            if any(path[: len(other)] == other or other[: len(path)] == path for other in said):
                mistakes.append(Mistake(COMMAND_LINE, key, "is given twice", "one value per override"))
            else:
                said[path] = value
    table: Table = {}
    for path, value in said.items():
        inner = table
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = value
    return Layer(COMMAND_LINE, table, overrides=tuple(said))
