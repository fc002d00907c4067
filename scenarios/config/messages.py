"""What a check found, in plain words: who said it, under which key, what is wrong, what would be right."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from pricewar.scenarios.config.keys import NUMBERS, Node, Tree, kinds, leaves, named, rejoined, value_at
from pricewar.scenarios.config.layers import COMMAND_LINE, Document
from pricewar.scenarios.config.names import KeyPath, join_key, nearest, suggestion
from pricewar.sim.errors import Mistake

UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
_LABELS = {"float": "number", "int": "integer", "str": "string", "bool": "boolean", "date": "string"}


@dataclass(frozen=True, slots=True)
class _Finding:
    """One finding of pydantic, its place freed of the names of the alternatives it tried."""

    path: KeyPath
    what: str
    given: Any
    context: dict[str, Any]
    union: KeyPath | None = None
    """Where alternatives were tried, the nearest such place."""
    is_name: bool = False
    """Whether it is about the name of an entry, not what the entry says."""

    @property
    def of_shape(self) -> bool:
        """Whether the alternative takes another shape of value altogether, so that it says nothing of use."""
        return self.union is not None and self.what.endswith("_type")


def mistake(key: str, wrong: str, right: str) -> Mistake:
    """One mistake across keys; the file is filled in by who read it."""
    return Mistake("", key, wrong, right)


def mistakes_of(error: ValidationError, tree: Tree, document: Document) -> list[Mistake]:
    """Translate all that was found, one line a mistake, in the order of the file."""
    findings = [_finding(tree, dict(detail)) for detail in error.errors(include_url=False)]
    return [_tell(finding, tree, document) for finding in _one_alternative(findings)]


def mistakes_from_checks(mistakes: Iterable[Mistake], document: Document) -> list[Mistake]:
    """Name the file in mistakes that a check across keys found without knowing it, and what a stray entry may mean."""
    told = []
    for mistake in mistakes:
        path = rejoined(tuple(mistake.key.split(".")), document.table)
        file = mistake.file or document.who(path)
        if mistake.wrong == "is missing":
            mistake = replace(mistake, right=_meant(path, document) or mistake.right)
        # what does not fit together may have been put together by an override of another key
        overridden = any(layer.overrides for layer in document.layers) and COMMAND_LINE not in file
        told.append(replace(mistake, file=f"{file} with {COMMAND_LINE}" if overridden else file))
    return told


def _finding(tree: Tree, detail: dict[str, Any]) -> _Finding:
    path: list[str] = []
    union = None
    node: Node = {"$ref": tree.schema["$ref"]}
    for part in detail["loc"]:
        choices = tree.choices(node)
        while len(choices) == 1 and ("anyOf" in choices[0] or "oneOf" in choices[0]):
            choices = tree.choices(choices[0])
        if len(choices) > 1:
            node = _chosen(tree, choices, str(part))
            if "oneOf" not in tree.resolve(node) and not kinds([node]):
                union = tuple(path)
            continue
        if part == "[key]":
            return _Finding(tuple(path), detail["type"], detail["input"], {}, is_name=True)
        path.append(str(part))
        node = next(iter(tree.step(choices[0], str(part))), {})
    return _Finding(tuple(path), detail["type"], detail["input"], detail.get("ctx", {}), union)


def _chosen(tree: Tree, choices: list[Node], label: str) -> Node:
    """Find the alternative that pydantic calls by a label: a kind, a class or a type."""
    kind = label.removeprefix("constrained-").partition("[")[0]
    for choice in choices:
        of_kind = label in kinds(tree.forms(choice)) or ("oneOf" in choice and kind == "tagged-union")
        if of_kind or choice.get("title") == label:
            return choice
    return next((choice for choice in choices if choice.get("type") == _LABELS.get(kind)), {})


def _one_alternative(findings: Iterable[_Finding]) -> Iterator[_Finding]:
    """Keep, where alternatives were tried, what the one that the reader meant had to say."""
    groups: dict[object, list[_Finding]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault(number if finding.union is None else finding.union, []).append(finding)
    for group in groups.values():
        meant = [finding for finding in group if not finding.of_shape] or group[:1]
        yield from meant


def _tell(finding: _Finding, tree: Tree, document: Document) -> Mistake:
    path, what = finding.path, finding.what
    if finding.is_name:
        wrong, right = "is no name", f"a name must be {IDENTIFIER}"
    elif what in UNKNOWN:
        wrong, right = _unknown(path, tree, document)
    elif what == "missing":
        wrong, right = "is missing", _missing(path, tree, document)
    elif what.startswith("union_tag"):
        path = (*path, "kind")
        wrong, right = _kind(finding, tree)
    elif what in ("value_error", "assertion_error"):
        wrong, right = str(finding.context.get("error", "does not fit")), ""
    else:
        wrong, right = f"is {shown(finding.given)}", _needed(path, tree, document, finding.given)
    return Mistake(document.who(path), join_key(path), wrong, right)


def _needed(path: KeyPath, tree: Tree, document: Document, value: Any) -> str:
    nodes = tree.at(path, document.table)
    if not nodes:
        return ""
    choices = [choice for form in tree.forms(nodes[0]) for choice in form.get("enum", [])]
    near = nearest(value, choices) if isinstance(value, str) and choices else None
    return f"it must be {allowed(tree, nodes[0])}" + (f"; did you mean '{near}'?" if near else "")


def _unknown(path: KeyPath, tree: Tree, document: Document) -> tuple[str, str]:
    *above, name = path
    nodes = tree.at(tuple(above), document.table)
    keys = [key for key in tree.children(nodes, value_at(document.table, tuple(above))) if key != "*"]
    return "there is no such key", suggestion(name, keys)


def _missing(path: KeyPath, tree: Tree, document: Document) -> str:
    """Say what to give, or which entry of that table the reader may have meant."""
    nodes = tree.at(path, document.table)
    return _meant(path, document) or (f"give {allowed(tree, nodes[0])}" if nodes else "")


def _meant(path: KeyPath, document: Document) -> str:
    """Say which entry the reader may have meant by a new one that lacks a key; empty where none is near."""
    for depth in range(len(path) - 1, 0, -1):
        others = _others(path[:depth], document)
        near = nearest(path[depth - 1], others) if others else None
        if near is not None:
            return f"'{path[depth - 1]}' is new here; did you mean '{near}'?"
    return ""


def _others(path: KeyPath, document: Document) -> list[str]:
    """List the entries beside one that only the last layers speak of, as known to the layers below."""
    first = next((i for i, layer in enumerate(document.layers) if value_at(layer.table, path) is not None), 0)
    tables = [value_at(layer.table, path[:-1]) for layer in document.layers[:first]]
    return sorted({key for table in tables if isinstance(table, dict) for key in table})


def _kind(finding: _Finding, tree: Tree) -> tuple[str, str]:
    tag = finding.context.get("tag")
    node = tree.at(finding.path, None)[0]
    tags = kinds(tree.forms(node))
    near = nearest(tag, tags) if tag else None
    right = f"it must be {either([shown(kind) for kind in tags])}"
    # A file is data and cannot ask for code: only the command line can.
    right += f"; if it is your own, add {node['x-own']}" if tag and "x-own" in node else ""
    return (f"is {shown(tag)}" if tag else "is missing"), right + (f"; did you mean '{near}'?" if near else "")


def truths(tree: Tree, document: Document) -> Iterator[Mistake]:
    """Refuse true and false where a number stands: they would silently count as one and zero."""
    for path, value in leaves(document.table):
        nodes = tree.at(path, document.table) if isinstance(value, bool) else []
        forms = [form for node in nodes for form in tree.forms(node)]
        if forms and not any(form.get("type") == "boolean" or "anyOf" in form for form in forms):
            right = f"it must be {allowed(tree, nodes[0])}"
            yield Mistake(document.who(path), join_key(path), f"is {shown(value)}", right)


IDENTIFIER = "text in lower-case letters, digits, '_', '.' and '-'"


def either(options: list[str]) -> str:
    """Join options by `or`, each once.

    >>> either(["a", "b", "c"])
    'a, b or c'
    """
    options = list(dict.fromkeys(options))
    return " or ".join([", ".join(options[:-1]), options[-1]] if len(options) > 1 else options)


def shown(value: Any) -> str:
    """Show a value as TOML would write it, tables and lists by name only.

    >>> shown("acme"), shown(True), shown([1, 2]), shown({"low": 1, "high": 2})
    ("'acme'", 'true', 'a list of 2', '1 to 2, drawn by each seed')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 60 else f"'{value[:57]}...'"
    if isinstance(value, dict) and set(value) == {"low", "high"}:
        return f"{shown(value['low'])} to {shown(value['high'])}, drawn by each seed"
    if isinstance(value, dict):
        return f"a table of kind '{value['kind']}'" if "kind" in value else "a table" if value else "an empty table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def bounds(node: Node) -> str:
    """Say the bounds of a number.

    >>> bounds({"minimum": 0, "maximum": 1}), bounds({"exclusiveMinimum": 0})
    (' from 0 to 1', ' above 0')
    """
    if "minimum" in node and "maximum" in node:
        return f" from {node['minimum']:g} to {node['maximum']:g}"
    names = {
        "exclusiveMinimum": "above",
        "minimum": "at least",
        "exclusiveMaximum": "below",
        "maximum": "at most",
    }
    parts = [f"{word} {node[key]:g}" for key, word in names.items() if key in node]
    return f" {' and '.join(parts)}" if parts else ""


def allowed(tree: Tree, node: Node, unit: str | None = None) -> str:
    """Say what a key may hold, with its unit.

    unit: how to show the unit; the schema's own words by default.
    """
    forms = tree.forms(node)
    tags = kinds(forms)
    if len(forms) > 1 and len(tags) == len(forms):
        return f"a table with kind = {either([shown(tag) for tag in tags])}"
    unit = node.get("x-unit", "") if unit is None else unit
    shapes = either([_form(tree, form) for form in forms])
    counted = any(form.get("type") in NUMBERS for form in forms) and unit not in ("", "1")
    return f"{shapes} [{unit}]" if counted else shapes


def _form(tree: Tree, form: Node) -> str:
    match form.get("type"):
        case "number":
            return f"a number{bounds(form)}"
        case "integer":
            return f"a whole number{bounds(form)}"
        case "boolean":
            return "true or false"
        case "array":
            return _array(tree, form)
        case "object":
            return _table(tree, form)
    if "enum" in form or "const" in form:
        return either([shown(choice) for choice in form.get("enum", [form.get("const")])])
    if form.get("format") == "date":
        return "a date such as 2024-05-15"
    if "pattern" in form:
        return IDENTIFIER if form["pattern"].startswith("^[a-z0-9]") else f"text like {form['pattern']}"
    return "text" if form.get("type") == "string" else "any value"


def _array(tree: Tree, form: Node) -> str:
    if "prefixItems" in form:
        return f"a list of {len(form['prefixItems'])}: " + ", ".join(
            allowed(tree, item, "") for item in form["prefixItems"]
        )
    least = f" at least {form['minItems']}," if form.get("minItems") else ""
    return f"a list of{least} {allowed(tree, form.get('items', {}), '')}".replace(", a", " a", 1)


def _table(tree: Tree, form: Node) -> str:
    if form.get("properties"):
        keys = ", ".join(f"{key} = …" for key in form["properties"] if key in form.get("required", []))
        return f"{{ {keys} }}" if keys else "a table"
    inner = named(form)
    return "a table" if inner is None else f"a table of named entries, each {allowed(tree, inner, '')}"
