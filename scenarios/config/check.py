"""One check of everything a scenario says, and the way back from a scenario to tables."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from pricewar.agents.pricing import context
from pricewar.scenarios.config.consistency import consistent
from pricewar.scenarios.config.keys import Tree, leaves, named, value_at
from pricewar.scenarios.config.layers import COMMAND_LINE, Document, Reading, Table, merge, stack, without
from pricewar.scenarios.config.messages import mistakes_from_checks, mistakes_of, truths
from pricewar.scenarios.config.names import KeyPath, join_key, nearest, suggestion
from pricewar.scenarios.config.references import stated_apart
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.errors import Mistake, ScenarioMistakes

Root = TypeVar("Root")


def build(root: type[Root], reading: Reading) -> Root:
    """Merge and check what was read. Raises ScenarioMistakes with every mistake."""
    tree, made = Tree(root, reading.strategies), None
    document = stack(reading, tree)
    mistakes = list(document.mistakes)
    for path, mistake in _strangers(tree, document):
        mistakes.append(mistake)
        document = replace(document, table=without(document.table, path))
    try:
        made = TypeAdapter(root).validate_python(document.table, context=context(reading.strategies))
        if isinstance(made, Scenario):
            consistent(made)
    except ValidationError as error:
        mistakes += mistakes_of(error, tree, document)
    except ScenarioMistakes as error:
        mistakes += mistakes_from_checks(error.mistakes, document)
    mistakes += truths(tree, document)
    mistakes += _idle_sources(tree, document, resolved(made) if made is not None else {})
    if mistakes or made is None:
        raise ScenarioMistakes(list(dict.fromkeys(mistakes)))
    return made


def _strangers(tree: Tree, document: Document) -> Iterator[tuple[KeyPath, Mistake]]:
    """Refuse an override of an entry that no file has: a misspelt name would make a new entry in silence."""
    files: Table = {}
    for layer in document.layers:
        files = merge(files, layer.table if layer.file != COMMAND_LINE else {}, tree)
    overrides = [key for layer in document.layers for key in layer.overrides]
    for path in sorted({key[:depth] for key in overrides for depth in range(1, len(key))}):
        *above, name = path
        there = value_at(files, tuple(above), {})
        nodes = tree.at(tuple(above), document.table)
        by_name = any(named(form) for node in nodes for form in tree.forms(node))
        if by_name and isinstance(there, dict) and name not in there:
            wrong = f"there is no '{name}' in {join_key(above)}"
            yield path, Mistake(COMMAND_LINE, join_key(path), wrong, suggestion(name, sorted(there)))


def _idle_sources(tree: Tree, document: Document, made: Table) -> Iterator[Mistake]:
    """Refuse a source that speaks of no key: the number it was meant for would stay without one."""
    keys_made = _keys(made)
    table: Table = {}
    for layer in document.layers:
        table = merge(table, layer.table, tree)
        sources = layer.table.get("sources", {})
        if not (made and sources and isinstance(sources, dict)):
            continue
        keys = keys_made | _keys(table)
        for pattern in sources:
            if not any(fnmatchcase(key, pattern) for key in keys):
                near = nearest(pattern, keys_made)
                right = f"did you mean '{near}'?" if near else "write the key that it is the source of"
                yield Mistake(layer.file, join_key(("sources", pattern)), "is the source of no key", right)


def _keys(table: Table) -> set[str]:
    """List every key, tables too, as patterns of sources write them: joined by dots, without quotes."""
    paths = {path[:end] for path, _ in leaves(table) for end in range(1, len(path) + 1)}
    return {".".join(path) for path in paths if path[0] != "sources"}


def source_of(key: str, sources: dict[str, str]) -> str | None:
    """Find the source of a key: of the patterns that fit it, or a table above it, the most exact one.

    >>> source_of("sellers.acme.cash", {"sellers.*": "annual reports", "sellers.*.cash": "assumed"})
    'assumed'
    """
    parts = key.split(".")
    for end in range(len(parts), 0, -1):
        fitting = [p for p in sources if fnmatchcase(".".join(parts[:end]), p)]
        if fitting:
            return sources[max(fitting, key=lambda p: (sum(letter not in "*?" for letter in p), p))]
    return None


def stated_twice(scenario: Scenario, reading: Reading) -> Iterator[str]:
    """Say, with file and key, where a scenario says two things of one model, or draws one thing twice."""
    document = stack(reading, Tree(Scenario, reading.strategies))
    yield from map(str, mistakes_from_checks(stated_apart(scenario), document))


def without_effect(scenario: Scenario) -> Iterator[str]:
    """Say, once a key, what a scenario gives that no longer counts: fields with `no_effect_since` in their metadata."""
    told = dict.fromkeys(_idle_keys(scenario, ()))
    for key, since in told:
        yield f"{key} has no effect since {since}; take it out"


def _idle_keys(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Keys that are given and idle, by their last two names, and since which version."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            given, since = getattr(value, field.name), field.metadata.get("no_effect_since")
            if since is not None and given is not None:
                yield join_key((*path[-1:], field.name)), since
            yield from _idle_keys(given, (*path, field.name))
    elif isinstance(value, dict):
        for name, given in value.items():
            yield from _idle_keys(given, (*path, name))


def resolved(value: Any) -> Any:
    """Turn parameters into tables, lists and values that TOML can write; what is None is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): resolved(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [resolved(item) for item in items]
    return value.value if isinstance(value, Enum) else value
