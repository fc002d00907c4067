"""What files and the command line say, laid over one another; and who said what.

A scenario is the file it extends, then the file, then policies, then the command line. A later layer is
merged into the earlier ones table by table; a value or a list replaces what stood there, and so does a table
of another `kind`. Files are data: nothing in one is ever imported or run.
"""

from dataclasses import dataclass
from typing import Any

from pricewar.scenarios.config.keys import Tree, value_at
from pricewar.scenarios.config.names import KeyPath, join_key, suggestion
from pricewar.sim.errors import Mistake

Table = dict[str, Any]
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Layer:
    """What one file, or the command line, says."""

    file: str
    table: Table
    removed: tuple[KeyPath, ...] = ()
    overrides: tuple[KeyPath, ...] = ()
    """Keys that the command line sets one by one; empty for a file."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: layers from the base to the command line, and what was wrong already then."""

    layers: tuple[Layer, ...]
    mistakes: tuple[Mistake, ...] = ()
    strategies: tuple[type, ...] = ()
    """Classes that the command line named beside what comes with this software."""


@dataclass(frozen=True, slots=True)
class Document:
    """Layers merged: a scenario as read, before it is checked."""

    layers: tuple[Layer, ...]
    table: Table
    mistakes: tuple[Mistake, ...]

    def who(self, path: KeyPath) -> str:
        """Name the file that said a key last; of a key that nobody said, the last to speak of its table.

        A mistake of the whole (an empty path) is put down to all that was laid over the last file too.
        """
        # a list comes whole from one layer, whatever another had in its place
        whole = [end for end in range(1, len(path)) if isinstance(value_at(self.table, path[:end]), list)]
        for end in range(min(whole, default=len(path)), 0, -1):
            for layer in reversed(self.layers):
                if value_at(layer.table, path[:end], _NOTHING) is not _NOTHING or path[:end] in layer.removed:
                    return layer.file
        speaking = [layer.file for layer in self.layers if layer.table]
        files = [file for file in speaking if file != COMMAND_LINE]
        return " with ".join(dict.fromkeys([*files[-1:], *speaking[-1:]]))


_NOTHING = object()


def merge(under: Table, over: Table, tree: Tree, path: KeyPath = ()) -> Table:
    """Lay a table over another: tables key by key, anything else replaced.

    Where a table's `kind` chooses its keys and the upper one has another, nothing of the lower one stays: an
    undercutter's step means nothing to a seller who now follows.
    """
    merged = dict(under)
    for key, value in over.items():
        below, here = merged.get(key), (*path, key)
        if isinstance(below, dict) and isinstance(value, dict):
            other = value.get("kind", below.get("kind")) != below.get("kind") and tree.is_union(here)
            merged[key] = value if other else merge(below, value, tree, here)
        else:
            merged[key] = value
    return merged


def without(table: Table, path: KeyPath) -> Table:
    """Copy a table without one entry. Raises KeyError if there is none; items of lists do not count."""
    head, *rest = path
    if head not in table or (rest and not isinstance(table[head], dict)):
        raise KeyError(head)
    if not rest:
        return {key: value for key, value in table.items() if key != head}
    return {**table, head: without(table[head], tuple(rest))}


def stack(reading: Reading, tree: Tree) -> Document:
    """Merge layers, the lowest first, each after removing what it goes without."""
    table: Table = {}
    mistakes = list(reading.mistakes)
    for layer in reading.layers:
        for path in layer.removed:
            try:
                table = without(table, path)
            except KeyError:
                mistakes.append(Mistake(layer.file, "remove", *_unfound(table, path)))
        table = merge(table, layer.table, tree)
    return Document(reading.layers, table, tuple(mistakes))


def _unfound(table: Table, path: KeyPath) -> tuple[str, str]:
    """Say that there is nothing to remove, and what may have been meant."""
    wrong, at = f"there is no {join_key(path)} to remove", table
    for part in path:
        if not isinstance(at, dict):
            return wrong, "an item of a list cannot be removed"
        if part not in at:
            return wrong, suggestion(part, sorted(at))
        at = at[part]
    return wrong, ""
