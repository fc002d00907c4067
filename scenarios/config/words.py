"""Plain words for what a key may hold: `a number above 0 [CNY/Mtok]`."""

from typing import Any

from pricewar.scenarios.config.keys import NUMBERS, Node, Tree, kinds, named

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
    said = [f"{word} {node[key]:g}" for key, word in names.items() if key in node]
    return f" {' and '.join(said)}" if said else ""


def allowed(tree: Tree, node: Node, unit: str | None = None) -> str:
    """Say what a key may hold, with its unit.

    unit: how to show the unit; the schema's own words by default.
    """
    forms = tree.forms(node)
    tags = kinds(forms)
    if len(forms) > 1 and len(tags) == len(forms):
        return f"a table with kind = {either([shown(tag) for tag in tags])}"
    unit = node.get("x-unit", "") if unit is None else unit
    said = either([_form(tree, form) for form in forms])
    counted = any(form.get("type") in NUMBERS for form in forms) and unit not in ("", "1")
    return f"{said} [{unit}]" if counted else said


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
