"""A scenario from TOML: files read and laid over one another, checked at once, frozen.

load("china-2024", ["opening.utilisation=0.5"], ["price-floor"])
"""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pricewar.scenarios.config.check import build, resolved
from pricewar.scenarios.config.layers import COMMAND_LINE, Layer, Reading, Table
from pricewar.scenarios.config.names import KeyPath, bundled, bundled_policies, find, split_key
from pricewar.scenarios.config.own_strategies import strategies_named
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake


def value_of(text: str) -> Any:
    """Read a value as TOML would, and a bare word as text. Raises ValueError."""
    try:
        table = tomllib.loads(f"value = {text}")
        if table.keys() == {"value"}:
            return table["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        if text and text[0] not in "\"'[{" and "\n" not in text:
            return text
    raise ValueError(text)


def command_line(overrides: Iterable[str], mistakes: list[Mistake]) -> Layer:
    """Make a layer of overrides; what cannot be read is added to the mistakes."""
    values: dict[KeyPath, Any] = {}
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
            if any(path[: len(other)] == other or other[: len(path)] == path for other in values):
                mistakes.append(Mistake(COMMAND_LINE, key, "is given twice", "one value per override"))
            else:
                values[path] = value
    table: Table = {}
    for path, value in values.items():
        inner = table
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = value
    return Layer(COMMAND_LINE, table, overrides=tuple(values))


STANDARD_INPUT = "standard input"


def read_toml(path: Path | None, label: str) -> Table:
    """Read a TOML file, or standard input where there is no path.

    Raises ScenarioMistakes that name the line and the column, or say why the file cannot be read.
    """
    try:
        text = (sys.stdin.buffer.read() if path is None else path.read_bytes()).decode()
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        wrong, _, place = str(error).rpartition(" (at ")
        raise _unreadable(label, place.rstrip(")"), f"{wrong[:1].lower()}{wrong[1:]}") from None
    except UnicodeDecodeError:
        raise _unreadable(label, "", "is not written in UTF-8, as TOML must be") from None
    except RecursionError:
        raise _unreadable(label, "", "is nested too deeply") from None
    except FileNotFoundError:
        raise _unreadable(label, "", "there is no such file") from None
    except OSError as error:
        raise _unreadable(label, "", f"cannot be read ({error.strerror})") from None


def described(path: Path) -> str:
    """Say in one line what a scenario or policy file is: its title, or the comment that it begins with."""
    table = read_toml(path, path.name)
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    comment = first.removeprefix("#").strip() if first.startswith("#") else ""
    return str(table.get("title", comment))


def _unreadable(label: str, key: str, wrong: str) -> ScenarioMistakes:
    return ScenarioMistakes([Mistake(label, key, wrong)])


def _label(path: Path) -> str:
    here, full = Path.cwd(), path.resolve()
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)


def _chain(source: str, beside: Path | None, above: tuple[Path, ...], mistakes: list[Mistake]) -> list[Layer]:
    """Read a file and all it extends, the deepest base first.

    beside: the folder to which a relative path refers; above: the files that extend this one.
    """
    path = None if source == "-" and not above else find(source, "scenario", bundled(), beside).resolve()
    label = STANDARD_INPUT if path is None else _label(path)
    if path in above:
        circle = " → ".join(file.name for file in (*above[above.index(path) :], path))
        raise ScenarioMistakes([Mistake(_label(above[-1]), "extends", f"goes in a circle ({circle})")])
    table = read_toml(path, label)
    base, removed = table.pop("extends", None), table.pop("remove", [])
    below: list[Layer] = []
    if isinstance(base, str):
        try:
            below = _chain(base, path.parent if path else None, (*above, path or Path("-")), mistakes)
        except ScenarioMistakes:
            raise
        except UserMistake as error:
            raise ScenarioMistakes([Mistake(label, "extends", str(error))]) from None
    elif base is not None:
        mistakes.append(Mistake(label, "extends", "is no text", "give the name or the file of one scenario"))
    return [*below, Layer(label, table, tuple(_removals(label, removed, mistakes)))]


def _removals(label: str, removed: Any, mistakes: list[Mistake]) -> Iterable[KeyPath]:
    if not isinstance(removed, list) or not all(isinstance(key, str) for key in removed):
        mistakes.append(Mistake(label, "remove", "is no list of keys", 'write it like remove = ["sellers.acme"]'))
        return
    for key in removed:
        try:
            yield split_key(key)
        except UserMistake as error:
            mistakes.append(Mistake(label, "remove", str(error)))


def _policy(source: str) -> Layer:
    path = find(source, "policy", bundled_policies())
    label, table = _label(path), read_toml(path, _label(path))
    # a policy's own title and description must not become the scenario's
    kept: Table = {key: table.pop(key) for key in ("policies", "sources") if key in table}
    wrong = [key for key in table if key not in ("title", "description")]
    if wrong or "policies" not in kept:
        mistakes = [Mistake(label, key, "has no place in a policy file", "write [policies.NAME]") for key in wrong]
        raise ScenarioMistakes(mistakes or [Mistake(label, "", "holds no policy", "write [policies.NAME]")])
    return Layer(label, kept)


def read(
    source: str,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
) -> Reading:
    """Read a scenario by name, by path or from standard input (`-`), with policies, overrides and own strategies.

    Raises UserMistake or ScenarioMistakes where a file is missing or cannot be read; milder mistakes are
    kept, to be reported with the others.
    """
    mistakes: list[Mistake] = []
    files = [*_chain(source, None, (), mistakes), *map(_policy, policies)]
    return Reading((*files, command_line(overrides, mistakes)), tuple(mistakes), strategies_named(strategies))


def load(
    source: str,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
) -> Scenario:
    """Read and check a scenario.

    source: name of a bundled scenario, path of a TOML file, or `-` for standard input.
    overrides: `key.path=value`, the value in TOML or a bare word.
    policies: names of bundled policies or paths of policy files, laid over the scenario in this order.
    strategies: classes of one's own that it may name by their kind, each as `my_rules.py:Sticky`, as
    `my_rules:Sticky`, or the class itself; see docs/strategies.md.
    Raises ScenarioMistakes with every mistake at once, UserMistake for a name that is not known.
    """
    return build(Scenario, read(source, overrides, policies, strategies))


def to_toml(scenario: Scenario) -> str:
    """Write a scenario in full, defaults included, so that reading it gives the same scenario."""
    import tomli_w

    return tomli_w.dumps(resolved(scenario), multiline_strings=True)


def is_sweep_file(source: str) -> bool:
    """Tell a sweep file from a scenario: it says what to vary, or which scenario."""
    if not source.endswith(".toml") or not Path(source).is_file():
        return False
    table = read_toml(Path(source), source)
    return "vary" in table or "scenario" in table
