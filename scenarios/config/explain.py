"""What a key of a scenario means: its unit, default, allowed values and source; and a schema for editors."""

import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tomli_w

from pricewar.scenarios.config.check import source_of
from pricewar.scenarios.config.keys import Node, Tree, json_schema, rejoined, value_at
from pricewar.scenarios.config.messages import allowed, either, shown
from pricewar.scenarios.config.names import KeyPath, is_path, join_key, split_key, suggestion
from pricewar.scenarios.config.references import followed
from pricewar.sim.errors import UserMistake

_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one key."""

    key: str
    kind: str
    """The kind of table in which the key means this, where several have it; else empty."""
    meaning: str
    unit: str
    allowed: str
    default: str | None
    """None where the key must be given, empty for an entry under a name of one's choice."""
    value: str | None
    """What the scenario says, None without one."""
    source: str | None
    """Where the scenario has its value from, None without one."""
    children: dict[str, str]
    """The keys below, each with the first sentence of its meaning; `*` stands for a name of your choice."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as a dictionary, for JSON."""
        return asdict(self)


def explain(
    root: type, key: str = "", tables: Mapping[str, Any] | None = None, own: tuple[type, ...] = ()
) -> list[Entry]:
    """Explain a dotted key, names given (`sellers.acme.cash`) or left open (`sellers.*.cash`).

    root: class of parameters; tables: a scenario's tables, for its values, its sources and its currency; own: classes
    of the reader's own.
    Returns one entry, more where kinds of table share the key. Raises UserMistake with the nearest key.
    """
    tree, table = Tree(root, own, meanings=True), dict(tables) if tables is not None else None
    path = rejoined(split_key(key), table) if key else ()
    _must_exist(tree, path, table)
    nodes = tree.at(path, table)
    different = {(node.get("description"), str(node.get("default")), allowed(tree, node)) for node in nodes}
    if len(different) == 1 and not tree.children(nodes):
        nodes = [{**nodes[0], "x-kind": ""}]
    return [_entry(tree, path, node, table) for node in nodes]


def _must_exist(tree: Tree, path: KeyPath, tables: dict[str, Any] | None) -> None:
    for depth, part in enumerate(path):
        above, at = tree.at(path[:depth], tables), value_at(tables, path[:depth])
        names = tree.children(above, at)
        if "*" in names and isinstance(at, dict) and part != "*":
            names = sorted(at)
        elif "*" in names:
            continue
        if part not in names:
            place = f" in {join_key(path[:depth])}" if depth else ""
            hint = suggestion(part, names) if names else "it has no keys below"
            raise UserMistake(f"no key '{part}'{place}; {hint}")


def _entry(tree: Tree, path: KeyPath, node: Node, tables: dict[str, Any] | None) -> Entry:
    unit = str(node.get("x-unit", ""))
    if tables is not None:
        unit = unit.replace("money", str(value_at(tables, ("currency", "code"), "money")))
    speaks = followed(path, tables or {})
    below = value_at(tables, path)
    value = value_at(tables, speaks, _MISSING)
    taken = f" (taken from {join_key(speaks)})" if speaks != path else ""
    # a number that may be a range is no table to its reader
    is_table = all(form.get("type") in ("object", "array") for form in tree.forms(node))
    sources = tables.get("sources", {}) if tables is not None else {}
    return Entry(
        key=join_key(path),
        kind=str(node.get("x-kind", "")),
        meaning=_meaning(tree, node),
        unit=unit,
        allowed=allowed(tree, node, unit),
        default=None if node.get("x-required") else _default(node),
        value=None if value is _MISSING else shown(value) + taken,
        source=source_of(".".join(speaks), sources) if path else None,
        children={
            child: _in_short(tree, node, child, below) for child in (tree.children([node], below) if is_table else ())
        },
    )


def _default(node: Node) -> str:
    if "default" not in node:
        return ""  # an entry under a name of the reader's choice
    return "nothing" if node["default"] is None else shown(node["default"])


def _in_short(tree: Tree, node: Node, child: str, tables: Any) -> str:
    """Take the first sentence of a meaning, and say which kinds of table have the key if not all do."""
    nodes, kinds = tree.step(node, child, tables), len(tree.forms(node, tables))
    first = first_sentence(tree, nodes[0])
    return first if len(nodes) == kinds else f"{first} ({either([below['x-kind'] for below in nodes])})"


def first_sentence(tree: Tree, node: Node) -> str:
    """Take the first sentence of what a key means."""
    return _meaning(tree, node).partition(". ")[0].rstrip(".") + "."


def _meaning(tree: Tree, node: Node) -> str:
    """Take the docstring at the field, or else of the class."""
    meaning = tree.resolve(node).get("description")
    if meaning is None and "const" in node:
        meaning = "Which kind of table this is; it chooses the keys beside it."
    return " ".join(str(meaning or "").split())


def file_schema(root: type, own: tuple[type, ...] = ()) -> Node:
    """Write the JSON Schema of a scenario *file*, for editors; own: classes of the reader's own.

    A file may extend another, so that no key of it is required.
    """
    schema = deepcopy(json_schema(root, own))
    for node in schema["$defs"].values():
        node.pop("required", None)
    top = schema["$defs"][schema["$ref"].rpartition("/")[2]]["properties"]
    about = "Name or relative path of the scenario that this one extends."
    top["extends"] = {"type": "string", "description": about}
    about = "Dotted keys of the extended scenario that this one goes without."
    top["remove"] = {"type": "array", "items": {"type": "string"}, "description": about}
    return schema


TOLD = ("title", "days", "seed", "opening", "mechanisms", "buyers", "conduct")
"""What the file shows, as far as a scenario has it: enough to begin with, and how to find the rest."""

_HEAD = """\
# A scenario of your own. It extends another, so only what differs stands here.
# What a key means:                          pricewar explain KEY
# Every mistake, and what a run would take:  pricewar check {file}
# A run:                                     pricewar run {file}

{extends}
# Below stands what the extended scenario says. Take the # before a key away and change its value.
# There is more: {more}.
"""


def draft(root: type, file: str, extends: str, tables: Mapping[str, Any]) -> str:
    """Write a small commented TOML file that extends a scenario and, as it stands, changes nothing.

    root: class of parameters; file: name of the new file; tables: the extended scenario's tables.
    """
    tree = Tree(root, meanings=True)
    more = ", ".join(key for key in tree.children(tree.at(())) if key not in TOLD)
    parts = [_HEAD.format(file=file, extends=_toml("extends", extends), more=more)]
    for path, value in _settings(tables):
        node = tree.at(path, dict(tables))[0]
        about = f"{first_sentence(tree, node)} ({allowed(tree, node)})".strip()
        setting = _toml(join_key(path), value).splitlines()
        parts.append("".join(f"# {line}\n" for line in (about, *setting)))
    return "\n".join(parts)


def extended_from(source: str, file: str) -> str:
    """Write the source as the new file must name it: a bundled name, or a path from the file's own folder."""
    if not is_path(source):
        return source
    return Path(os.path.relpath(source, Path(file).parent)).as_posix()


def write_new(file: Path, text: str) -> None:
    """Write a file that does not exist yet. Raises UserMistake if it does, or cannot be written."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as page:
            page.write(text)
    except FileExistsError:
        raise UserMistake(f"{file} exists already and stays as it is; name another file") from None
    except OSError as error:
        raise UserMistake(f"{file} cannot be written ({error.strerror}); name another file") from None


def _toml(key: str, value: Any) -> str:
    return f"{key} = {tomli_w.dumps({'value': value}).removeprefix('value = ')}"


def _settings(tables: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    """Walk the keys with a single value, at the top and one table down."""
    for key in (key for key in TOLD if key in tables):
        value = tables[key]
        if isinstance(value, dict):
            single = {below: item for below, item in value.items() if not isinstance(item, dict | list)}
            yield from (((key, below), item) for below, item in single.items())
        else:
            yield (key,), value
