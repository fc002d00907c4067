"""Strategies of somebody's own, found by the name that the command line gives: `my_rules.py:Sticky`.

Only what the command line (or Python code) names is ever imported; no file can ask for it, installed or not.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from pricewar.agents import pricing
from pricewar.agents.pricing import taken
from pricewar.agents.pricing.authored import fault, in_one_line, kind_of, name_of
from pricewar.scenarios.config.names import nearest, suggestion
from pricewar.sim.errors import UserMistake

FORM = "write it like --strategy my_rules.py:Sticky"
LOOSE = ("sim", "agents", "scenarios")
"""Packages of `pricewar` that once stood beside it, under names of their own."""


def strategies_named(names: Iterable[str | type]) -> tuple[type, ...]:
    """Import classes of strategies, each named as `FILE.py:CLASS` or `MODULE:CLASS`, or given outright.

    Raises UserMistake, in one sentence, where there is none, where importing it fails, or where it is not as a
    strategy must be.
    """
    authored: dict[str, type] = {}
    kinds = taken()
    for name in names:
        label = name if isinstance(name, str) else name_of(name)
        cls = _class_called(name) if isinstance(name, str) else name
        if wrong := fault(cls):
            raise UserMistake(f"{label} {wrong}")
        kind = str(kind_of(cls))
        if kinds.setdefault(kind, cls) is not cls:
            raise UserMistake(f"{label}: the kind '{kind}' is that of {name_of(kinds[kind])}; give yours another word")
        if kind not in taken():
            authored[kind] = cls
    return tuple(authored.values())


def _class_called(option: str) -> type:
    place, _, name = option.rpartition(":")
    if not place or not name.isidentifier():
        raise UserMistake(f"'{option}' names no class in a file; {FORM}")
    module = _module_at(place, option)
    if not hasattr(module, name):
        classes = [key for key, value in vars(module).items() if hasattr(value, "review") and kind_of(value)]
        raise UserMistake(f"{place} has no '{name}'; {suggestion(name, classes)}")
    return getattr(module, name)  # type: ignore[no-any-return]  # whatever it is, it is looked at next


def _module_at(place: str, option: str) -> ModuleType:
    """Import a file, or a module, that the command line names.

    The file's folder (for a module the current one) goes to the end of the path on which Python looks for modules,
    where it hides nothing. A module so imported can be imported by other processes too, which Python hands that path.
    """
    is_file = place.endswith(".py")
    file = (Path(place).expanduser() if is_file else Path(*place.split(".")).with_suffix(".py")).resolve()
    if is_file and not file.is_file():
        raise UserMistake(f"there is no file {place} (asked for by --strategy {option})")
    name, folder = (file.stem, file.parent) if is_file else (place, Path.cwd())
    if not all(part.isidentifier() for part in name.split(".")):
        raise UserMistake(f"'{name}' is no name of a module; use letters, digits and '_' in the file's name")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    if file.is_file() and (outdated := _outdated_import(file)):
        raise UserMistake(f"{place}, {outdated}")
    try:
        module = import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise UserMistake(_absent(name, folder)) from error
        raise UserMistake(f"{place} cannot be imported: {in_one_line(error)}; --debug shows the traceback") from error
    other = getattr(module, "__file__", None)
    if file.is_file() and (other is None or Path(other).resolve() != file):
        where = f" ({other})" if other else ""
        raise UserMistake(f"another module is called '{name}'{where}; give {file.name} another name")
    return module


def _outdated_import(file: Path) -> str | None:
    """Say where a file imports a package of ours under a name without `pricewar`, None where it does not.

    In a checkout of this program such an import succeeds, and makes a second copy of every class, which is not taken
    for ours afterwards. A package of somebody else's may be called so.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return None  # told when it is imported
    for line, module, names in _imported(tree):
        package = module.partition(".")[0]
        if package not in LOOSE or _somebody_elses(package):
            continue
        offered = names and set(names) <= set(pricing.__all__)
        right = f"from {pricing.__name__} import {', '.join(names)}" if offered else f"pricewar.{module}"
        return f"line {line} imports '{module}', which is now part of pricewar; write {right}"
    return None


def _imported(tree: ast.AST) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Every import of a file by an absolute name: its line, the module, and the names taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module, tuple(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, ()) for alias in node.names)


def _somebody_elses(package: str) -> bool:
    """Whether a name can be imported and is not that of a folder beside the others of a checkout of ours."""
    spec = find_spec(package)
    if spec is None:
        return False
    beside = [Path(place).parent for place in spec.submodule_search_locations or ()]
    return not any(all((folder / each / "__init__.py").is_file() for each in LOOSE) for folder in beside)


def _absent(name: str, folder: Path) -> str:
    near = nearest(name, [path.stem for path in folder.glob("*.py")])
    hint = f"; did you mean '{near}'?" if near else "; give a file of your own like --strategy my_rules.py:Sticky"
    return f"there is no module '{name}' in {folder} or among the installed packages{hint}"
