"""Strategies of somebody's own, found by the name that the command line gives: `my_rules.py:Sticky`.

Only what the command line (or Python code) names is ever imported; no file can ask for it, installed or not.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pricewar.agents.pricing import taken
from pricewar.agents.pricing.authored import fault, kind_of, name_of, told
from pricewar.scenarios.config.names import nearest, suggestion
from pricewar.sim.errors import UserMistake

FORM = "write it like --strategy my_rules.py:Sticky"


def strategies_named(names: Iterable[str | type]) -> tuple[type, ...]:
    """Import classes of strategies, each named as `FILE.py:CLASS` or `MODULE:CLASS`, or given outright.

    Raises UserMistake, in one sentence, where there is none, where importing it fails, or where it is not as a
    strategy must be.
    """
    found: dict[str, type] = {}
    kinds = taken()
    for name in names:
        said = name if isinstance(name, str) else name_of(name)
        cls = _class_called(name) if isinstance(name, str) else name
        if wrong := fault(cls):
            raise UserMistake(f"{said} {wrong}")
        kind = str(kind_of(cls))
        if kinds.setdefault(kind, cls) is not cls:
            raise UserMistake(f"{said}: the kind '{kind}' is that of {name_of(kinds[kind])}; give yours another word")
        if kind not in taken():
            found[kind] = cls
    return tuple(found.values())


def _class_called(said: str) -> type:
    place, _, name = said.rpartition(":")
    if not place or not name.isidentifier():
        raise UserMistake(f"'{said}' names no class in a file; {FORM}")
    module = _module_at(place, said)
    if not hasattr(module, name):
        classes = [key for key, value in vars(module).items() if hasattr(value, "review") and kind_of(value)]
        raise UserMistake(f"{place} has no '{name}'; {suggestion(name, classes)}")
    return getattr(module, name)  # type: ignore[no-any-return]  # whatever it is, it is looked at next


def _module_at(place: str, said: str) -> ModuleType:
    """Import a file, or a module, that the command line names.

    The file's folder (for a module the current one) goes to the end of the path on which Python looks for modules,
    where it hides nothing. A module so imported can be imported by other processes too, which Python hands that path.
    """
    is_file = place.endswith(".py")
    file = (Path(place).expanduser() if is_file else Path(*place.split(".")).with_suffix(".py")).resolve()
    if is_file and not file.is_file():
        raise UserMistake(f"there is no file {place} (asked for by --strategy {said})")
    name, folder = (file.stem, file.parent) if is_file else (place, Path.cwd())
    if not all(part.isidentifier() for part in name.split(".")):
        raise UserMistake(f"'{name}' is no name of a module; use letters, digits and '_' in the file's name")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    try:
        module = import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise UserMistake(_absent(name, folder)) from error
        raise UserMistake(f"{place} cannot be imported: {told(error)}; --debug shows the traceback") from error
    other = getattr(module, "__file__", None)
    if file.is_file() and (other is None or Path(other).resolve() != file):
        where = f" ({other})" if other else ""
        raise UserMistake(f"another module is called '{name}'{where}; give {file.name} another name")
    return module


def _absent(name: str, folder: Path) -> str:
    near = nearest(name, [path.stem for path in folder.glob("*.py")])
    hint = f"; did you mean '{near}'?" if near else "; give a file of your own like --strategy my_rules.py:Sticky"
    return f"there is no module '{name}' in {folder} or among the installed packages{hint}"
