"""Folders of results, whoever made them: what they register, and how they appear whole or not at all.

A run, a study and a forced price each say once what they hold: tables, their columns, figures (`ResultFolder`). The
dictionary, the units in the files, `export`, `plot` and `table` come from that.

Everything is written into a hidden neighbour, `.name.partial-…`, forced to the disk, and moved into place by
one rename. A kill leaves at most that neighbour, which the next writer of the same folder removes.
"""

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.provenance import DISTRIBUTION
from pricewar.sim.results.export import writer
from pricewar.sim.results.run import Json
from pricewar.sim.results.tables import Column

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

HEADS = ("table", "column", "type", "unit", "meaning")
"""Of a dictionary."""
OF_THE_ROW = "as the row says"
"""Unit of a column whose rows differ in it; a column `unit` then says it."""
EXPORT = "export.json"
"""What shows that a folder is an export, which may be replaced."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A table, and what its columns mean."""

    columns: Sequence[Column]
    """In their order; all that the table may have."""
    read: "Callable[[], pl.DataFrame]"
    """Makes or reads the table."""
    terms: Sequence[Column] = ()
    """What names in a column stand for, as `outcome:hhi`: lines of the dictionary, no columns."""


def explained(
    frame: "pl.DataFrame", meanings: Mapping[str, tuple[str, str]], terms: Sequence[Column] = ()
) -> Registered:
    """Register a frame: unit and meaning by column. Raises KeyError for a column that nobody explains."""
    columns = tuple(Column(name, str(dtype), *meanings[name]) for name, dtype in frame.schema.items())
    return Registered(columns, lambda: frame, terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFolder:
    """What a folder of results holds."""

    about: Mapping[str, Json]
    """kind (run, forced price, comparison, ...), command, digest, versions, and what else tells it from others."""
    currency: str
    """Code that stands for `money` in units."""
    tables: Mapping[str, Registered]
    """By name."""
    figures: "Mapping[str, Callable[[], Figure | None]]" = field(default_factory=dict)
    """By name; one that has nothing to show is None."""

    def dictionary(self) -> list[tuple[str, ...]]:
        """Every column of every table, a row a column: table, column, type, unit, meaning."""
        return [
            (name, column.name, column.dtype, column.unit_in(self.currency), column.meaning)
            for name, table in self.tables.items()
            for column in (*table.columns, *table.terms)
        ]

    def metadata(self, name: str) -> dict[str, str]:
        """What the file of a table says about it: its name, the program, unit and meaning of every column."""
        columns = self.tables[name].columns
        made = self.about.get("versions")
        version = made.get(DISTRIBUTION, "") if isinstance(made, Mapping) else ""
        return {
            "table": name,
            "software": f"{DISTRIBUTION} {version}".strip(),
            **{f"unit:{column.name}": column.unit_in(self.currency) for column in columns},
            **{f"meaning:{column.name}": column.meaning for column in columns},
        }

    def write_tables(self, place: Path, forms: Iterable[str], names: Iterable[str] | None = None) -> None:
        """Write tables into a folder that is there, a file each in every form (`pricewar.sim.results.export`).

        names: which tables; None for all.
        """
        for name in self.tables if names is None else names:
            frame, about = self.tables[name].read(), self.metadata(name)
            for form in forms:
                writer(form)(frame, place / f"{name}.{form}", about)

    def write_dictionary(self, place: Path) -> None:
        """Write `dictionary.csv` into a folder."""
        page = io.StringIO()
        csv.writer(page, lineterminator="\n").writerows([HEADS, *self.dictionary()])
        write_text(place / "dictionary.csv", page.getvalue())

    def export(self, out: Path, form: str, *, overwrite: bool = False) -> list[Path]:
        """Write every table into a flat folder, which appears whole or not at all, with a dictionary; the files.

        form: of `pricewar.sim.results.export`. overwrite: whether an earlier export may be replaced.
        Raises UserMistake where something else lies at out.
        """
        with appearing_whole(out, mark=EXPORT, overwrite=overwrite) as partial:
            self.write_tables(partial, [form])
            self.write_dictionary(partial)
            write_json(partial / EXPORT, self.about)
        return sorted(out.iterdir())


def write_text(file: Path, text: str) -> None:
    """Write a text, the same bytes on every system."""
    file.write_text(text, encoding="utf-8", newline="\n")


def write_json(file: Path, record: Mapping[str, Json]) -> None:
    """Write a record, the same bytes for the same record. Raises ValueError for a number that JSON lacks."""
    write_text(file, json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


@contextmanager
def appearing_whole(folder: Path, *, mark: str, overwrite: bool) -> Iterator[Path]:
    """Hand out a folder to fill; it becomes `folder` when the block ends well, and vanishes otherwise.

    mark: name of a file that shows that a folder is one of ours, and may be replaced.
    overwrite: whether one of ours may be replaced.

    Raises UserMistake if something lies at `folder` that may not be replaced.
    """
    folder = folder.resolve()
    _mend(folder)
    _refuse(folder, mark, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.parent / f".{folder.name}.partial-{os.getpid()}"
    partial.mkdir()
    try:
        yield partial
        _force_to_disk(partial)
        _move(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _mend(folder: Path) -> None:
    """Clear away what a killed writer left; bring back an old folder that it had moved aside."""
    for left in _hidden(folder, "replaced"):
        if folder.exists():
            shutil.rmtree(left)
        else:
            left.rename(folder)
    for left in _hidden(folder, "partial"):
        shutil.rmtree(left)


def _hidden(folder: Path, what: str) -> list[Path]:
    if not folder.parent.is_dir():
        return []
    return sorted(path for path in folder.parent.iterdir() if path.name.startswith(f".{folder.name}.{what}-"))


def _refuse(folder: Path, mark: str, overwrite: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UserMistake(f"{folder} is a file; name a folder that does not exist yet")
    if (folder / mark).is_file():
        if not overwrite:
            raise UserMistake(f"{folder} holds an earlier run; name another folder, or ask to overwrite it")
    elif any(folder.iterdir()):
        raise UserMistake(f"{folder} holds other files than a run's, so it stays; name another folder")


def _force_to_disk(folder: Path) -> None:
    """Wait until every file, and every folder's list of files, is on the disk."""
    for path in [*sorted(folder.rglob("*")), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move(partial: Path, folder: Path) -> None:
    """Put the new folder in place; an old one steps aside first, as renaming replaces no folder."""
    aside = folder.parent / f".{folder.name}.replaced-{os.getpid()}"
    if folder.exists():
        folder.rename(aside)
    partial.rename(folder)
    if aside.exists():
        shutil.rmtree(aside)
