"""Scenario and policy files: found, read as data, and followed down to what they extend."""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pricewar.scenarios.config.layers import Layer, Reading, Table
from pricewar.scenarios.config.names import KeyPath, bundled, bundled_policies, find, split_key
from pricewar.scenarios.config.overrides import command_line
from pricewar.scenarios.config.own_strategies import strategies_named
from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake

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
    said = read_toml(path, path.name)
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    comment = first.removeprefix("#").strip() if first.startswith("#") else ""
    return str(said.get("title", comment))


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
    said: Table = {key: table.pop(key) for key in ("policies", "sources") if key in table}
    wrong = [key for key in table if key not in ("title", "description")]
    if wrong or "policies" not in said:
        mistakes = [Mistake(label, key, "has no place in a policy file", "write [policies.NAME]") for key in wrong]
        raise ScenarioMistakes(mistakes or [Mistake(label, "", "holds no policy", "write [policies.NAME]")])
    return Layer(label, said)


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
