"""What a scenario may say, as a tree of keys: the JSON Schema of its parameters, with units."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import lru_cache
from inspect import cleandoc, getsource
from itertools import pairwise
from typing import Any, Literal, get_args

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from pricewar.sim.units import Unit

Node = dict[str, Any]
"""A place in a JSON Schema."""

NUMBERS = ("number", "integer")


def _inside(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from _inside(part)


def _classes(root: type, classes: dict[type, None]) -> dict[type, None]:
    """Collect the parameter classes below a root, each once."""
    classes[root] = None
    for field in root.__pydantic_fields__.values():  # type: ignore[attr-defined]
        for part in _inside(field.annotation):
            if isinstance(part, type) and is_dataclass(part) and part not in classes:
                _classes(part, classes)
    return classes


def _with(own: tuple[type, ...], classes: dict[type, None]) -> dict[type, None]:
    for cls in own:
        _classes(cls, classes)
    return classes


def _unit(field: Any) -> str:
    parts = [*field.metadata, *_inside(field.annotation)]
    return ", ".join(dict.fromkeys(part.symbol for part in parts if isinstance(part, Unit)))


@lru_cache
def _docstrings(module: str) -> Mapping[tuple[str, str], str]:
    """The docstrings below the fields of a module's classes, by class and field; none where there is no source.

    pydantic can read them too, but does so class by class whenever a program starts, whether it explains a key or not.
    """
    try:
        tree = ast.parse(getsource(sys.modules[module]))
    except (OSError, TypeError, KeyError):  # typed at a prompt, or compiled
        return {}
    return {
        (node.name, field.target.id): cleandoc(below.value.value)
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for field, below in pairwise(node.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


def _meaning(cls: type, field: str) -> str | None:
    """What a field means, by the docstring below it in its class or the nearest base that has one."""
    docstrings = (_docstrings(base.__module__).get((base.__name__, field)) for base in cls.__mro__)
    return next((meaning for meaning in docstrings if meaning), None)


@lru_cache(maxsize=8)
def json_schema(root: type, own: tuple[type, ...] = (), *, meanings: bool = True) -> Node:
    """Write the JSON Schema of a class of parameters, each key with its unit (`x-unit`) and, if asked, its meaning.

    own: classes of the reader's own, which stand wherever the schema says that there may be such (`x-own`).
    """
    adapters: list[tuple[type, Literal["validation"], TypeAdapter[Any]]]
    adapters = [(cls, "validation", TypeAdapter(cls)) for cls in _with(own, _classes(root, {}))]
    places, schema = TypeAdapter.json_schemas(adapters, title=root.__name__)
    for (cls, _), place in places.items():
        properties = schema["$defs"][place["$ref"].rpartition("/")[2]]["properties"]
        for key, field in cls.__pydantic_fields__.items():  # type: ignore[attr-defined]
            if unit := _unit(field):
                properties[key]["x-unit"] = unit
            if meanings and (meaning := _meaning(cls, key)):
                properties[key]["description"] = meaning
            if field.default_factory is not None:
                default = field.get_default(call_default_factory=True, validated_data={})
                properties[key]["default"] = to_jsonable_python(default)
    for node in [node for place in schema["$defs"].values() for node in place.get("properties", {}).values()]:
        if "x-own" in node:
            node["oneOf"] += [places[cls, "validation"] for cls in own]
            node["discriminator"]["mapping"] |= {
                cls.__pydantic_fields__["kind"].default: places[cls, "validation"]["$ref"]  # type: ignore[attr-defined]
                for cls in own
            }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **places[root, "validation"], **schema}


class Tree:
    """The keys that a class of parameters allows; every method takes and returns nodes of its JSON Schema."""

    def __init__(self, root: type, own: tuple[type, ...] = (), *, meanings: bool = False) -> None:
        """Write the schema of the class, and of classes of the reader's own; meanings: for those who explain keys."""
        self.schema = json_schema(root, own, meanings=meanings)

    def resolve(self, node: Node) -> Node:
        """Follow a reference; what the field says about itself goes before what its class says."""
        while "$ref" in node:
            target = self.schema["$defs"][node["$ref"].rpartition("/")[2]]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def choices(self, node: Node) -> list[Node]:
        """Split a union into what it is a union of, leaving out nothing-at-all; one level only."""
        node = self.resolve(node)
        union = node.get("anyOf") or node.get("oneOf")
        if union is None:
            return [node]
        unit = {"x-unit": node["x-unit"]} if "x-unit" in node else {}
        return [{**unit, **self.resolve(choice)} for choice in union if choice.get("type") != "null"]

    def forms(self, node: Node, table: Any = None) -> list[Node]:
        """List the shapes a value may take; a table that says its `kind` leaves only that kind's."""
        choices = self.choices(node)
        if len(choices) > 1 or "anyOf" in choices[0] or "oneOf" in choices[0]:
            choices = [form for choice in choices for form in self.forms(choice)]
        kind = table.get("kind") if isinstance(table, dict) else None
        of_kind = [form for form in choices if kind is not None and kind in kinds([form])]
        return of_kind or choices

    def step(self, node: Node, part: str, table: Any = None) -> list[Node]:
        """Go one key down; several nodes where kinds share the key, none where no kind has it.

        Each node says besides whether the key must be given (`x-required`) and in which kind it stands
        (`x-kind`).
        """
        below, forms = [], self.forms(node, table)
        for form in forms:
            child = _child(form, part)
            if child is not None:
                # an entry that says nothing of itself is in the unit, and has the meaning, of its table
                inherited = {key: form[key] for key in ("x-unit",) if key in form}
                if part not in form.get("properties", {}) and "$ref" not in child and "description" in node:
                    inherited["description"] = node["description"]
                kind = kinds([form])[0] if len(forms) > 1 and kinds([form]) else node.get("x-kind", "")
                required = part in form.get("required", [])
                below.append({**inherited, **child, "x-kind": kind, "x-required": required})
        return below

    def at(self, path: tuple[str, ...], table: Any = None) -> list[Node]:
        """Return the nodes at a dotted key, none where there is no such key.

        table: the scenario as read, which tells the kinds that apply.
        """
        nodes = [{"$ref": self.schema["$ref"]}]
        for part in path:
            nodes = [below for node in nodes for below in self.step(node, part, table)]
            table = value_at(table, (part,))
        return nodes

    def is_union(self, path: tuple[str, ...]) -> bool:
        """Tell whether `kind` chooses, at a dotted key, which other keys there are."""
        return any(len(forms) > 1 and bool(kinds(forms)) for forms in map(self.forms, self.at(path)))

    def children(self, nodes: list[Node], table: Any = None) -> list[str]:
        """List the keys that may stand below, `*` for any name, sorted."""
        keys: set[str] = set()
        for form in [form for node in nodes for form in self.forms(node, table)]:
            keys |= form.get("properties", {}).keys()
            keys |= {"*"} if named(form) or "items" in form else set()
        return sorted(keys)


def kinds(forms: list[Node]) -> list[str]:
    """List the values of `kind` that choose among tables."""
    tags = [form.get("properties", {}).get("kind", {}) for form in forms]
    return [kind for node in tags for kind in node.get("enum", [node.get("const")]) if kind is not None]


def named(form: Node) -> Node | None:
    """Return what a table holds under names of the reader's choice, None if its keys are fixed."""
    patterns = list(form.get("patternProperties", {}).values())
    entry = patterns[0] if patterns else form.get("additionalProperties")
    return dict(entry) if isinstance(entry, dict) else None


def _child(form: Node, part: str) -> Node | None:
    if part in form.get("properties", {}):
        return dict(form["properties"][part])
    if (entry := named(form)) is not None:
        return entry
    if form.get("type") == "array" and (part.isdecimal() or part == "*"):
        fixed = form.get("prefixItems", [])
        if part.isdecimal() and int(part) < len(fixed):
            return dict(fixed[int(part)])
        return dict(form["items"]) if isinstance(form.get("items"), dict) else None
    return None


def value_at(table: Any, path: tuple[str, ...], missing: Any = None) -> Any:
    """Return what a nested table or list holds at a path, or `missing`.

    >>> value_at({"a": [{"b": 1}]}, ("a", "0", "b"))
    1
    """
    for part in path:
        if isinstance(table, dict) and part in table:
            table = table[part]
        elif isinstance(table, list | tuple) and part.isdecimal() and int(part) < len(table):
            table = table[int(part)]
        else:
            return missing
    return table


def rejoined(parts: tuple[str, ...], table: Any) -> tuple[str, ...]:
    """Put together again a name with dots in it that was taken apart, if the table has such a name.

    >>> rejoined(("releases", "v2", "5", "date"), {"releases": {"v2.5": {}}})
    ('releases', 'v2.5', 'date')
    """
    for end in range(len(parts), 0, -1) if isinstance(table, dict) else ():
        name = ".".join(parts[:end])
        if name in table:
            return (name, *rejoined(parts[end:], table[name]))
    return parts


def leaves(table: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Walk every value that is neither a table nor a list, with its path."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from leaves(value, (*path, str(key)))
    elif isinstance(table, list | tuple):
        for index, value in enumerate(table):
            yield from leaves(value, (*path, str(index)))
    else:
        yield path, table
