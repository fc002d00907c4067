"""Tables of a run or a study as a flat folder of CSV or Parquet, with a dictionary of every column."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pricewar.scenarios.studies.store import MARK as STUDY
from pricewar.scenarios.studies.store import PARTS, TIMING, dictionary, open_study
from pricewar.sim.errors import ResultMistake
from pricewar.sim.pages.run_folder import MARK as RUN
from pricewar.sim.pages.run_folder import open_run
from pricewar.sim.results.folder import appearing_whole
from pricewar.sim.results.run import currency
from pricewar.sim.results.tables import columns

Form = Literal["csv", "parquet"]
MARK = "export.json"
"""What shows that a folder is an export, which may be replaced."""
Meaning = tuple[str, str, str, str]
"""Table, column, unit, meaning."""


def export(folder: Path, out: Path, form: Form, *, overwrite: bool = False) -> list[Path]:
    """Write every table of a run or a study into a flat folder, which appears whole or not at all.

    overwrite: whether an earlier export may be replaced. Returns the files. Raises ResultMistake where the folder holds
    neither run nor study, UserMistake where something else lies at out.
    """
    if (folder / STUDY).is_file():
        about, tables, meanings = _study(folder)
    elif (folder / RUN).is_file():
        about, tables, meanings = _run(folder)
    else:
        raise ResultMistake(f"{folder} holds neither a run ({RUN}) nor a study ({STUDY})")
    with appearing_whole(out, mark=MARK, overwrite=overwrite) as partial:
        for name, table in tables:
            if form == "csv":
                table.write_csv(partial / f"{name}.csv")
            else:
                table.write_parquet(partial / f"{name}.parquet", metadata=_metadata(name, meanings))
        (partial / "dictionary.csv").write_text(_dictionary(meanings), encoding="utf-8", newline="\n")
        said = json.dumps(about, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        (partial / MARK).write_text(said, encoding="utf-8", newline="\n")
    return sorted(out.iterdir())


def _study(folder: Path) -> tuple[dict[str, Any], Iterator[tuple[str, pl.DataFrame]], list[Meaning]]:
    results = open_study(folder)
    manifest = results.manifest

    def tables() -> Iterator[tuple[str, pl.DataFrame]]:
        yield "runs", results.runs
        if any((folder / PARTS).glob("*.parquet")):
            yield "series", results.series().collect()
        yield "timing", pl.read_parquet(folder / TIMING)

    about = {"kind": manifest.kind, "title": manifest.title, "command": manifest.command, "digest": results.digest}
    return {**about, "versions": dict(manifest.versions)}, tables(), dictionary(manifest)


def _run(folder: Path) -> tuple[dict[str, Any], Iterator[tuple[str, pl.DataFrame]], list[Meaning]]:
    run = open_run(folder)
    code = currency(run)
    meanings = [
        (name, column.name, column.unit_in(code), column.meaning) for name in run.tables for column in columns(name)
    ]
    about = {"kind": "run", "seed": run.seed, "policy": run.policy, "command": run.command, "digest": run.digest}
    return {**about, "versions": dict(run.versions)}, iter(run.tables.items()), meanings


def _metadata(table: str, meanings: list[Meaning]) -> dict[str, str]:
    """Units and meanings, as the files of a run have them."""
    units = {f"unit:{column}": unit for name, column, unit, _ in meanings if name == table}
    return {**units, **{f"meaning:{column}": meaning for name, column, _, meaning in meanings if name == table}}


def _dictionary(meanings: list[Meaning]) -> str:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(("table", "column", "unit", "meaning"))
    writer.writerows(meanings)
    return page.getvalue()
