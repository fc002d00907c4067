"""Forms in which tables are written: a file each in this room, called as the files that it writes end.

A new form is one file with `write(frame, file, about)`: a table, where it goes, and what there is to say about it
(`table`, `software`, `unit:COLUMN`, `meaning:COLUMN`), for forms that can keep it.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import polars as pl

Writer: TypeAlias = "Callable[[pl.DataFrame, Path, Mapping[str, str]], None]"


def forms() -> tuple[str, ...]:
    """Names of the forms that there are."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def writer(form: str) -> Writer:
    """Return what writes a table in a form. Raises ValueError for one that there is not."""
    if form not in forms():
        raise ValueError(f"no form called {form!r}; there are {', '.join(forms())}")
    module: Any = import_module(f"{__name__}.{form}")
    write: Writer = module.write
    return write
