"""The folder of a run: how it is written and read.

A saved run is a folder: `run.json` (scenario, seed, policy, drawn values, versions, command, digest of the
tables), `summary.md` (what happened, in words), `tables/` (Parquet, units in the metadata), `dictionary.csv`
(every column's unit and meaning) and `figures/` (PNG; `pricewar plot` makes PDFs for print too). The same run
gives the same bytes, but for `timing.json`.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import polars as pl

from pricewar.sim.errors import ResultMistake
from pricewar.sim.figures.catalogue import FIGURES, draw, figure
from pricewar.sim.kernel.provenance import DISTRIBUTION, normal
from pricewar.sim.results.folder import Registered, ResultFolder, appearing_whole, write_json, write_text
from pricewar.sim.results.run import FORMAT, MARK, Json, Run, currency
from pricewar.sim.results.tables import TABLES, columns, faults


def contents(run: Run) -> ResultFolder:
    """Register what a run leaves."""
    return ResultFolder(
        about={
            "kind": "run",
            "seed": run.seed,
            "policy": run.policy,
            "command": run.command,
            "digest": run.digest,
            "versions": dict(run.versions),
        },
        currency=currency(run),
        tables={
            name: Registered(columns(name), partial(run.tables.__getitem__, name))
            for name in TABLES
            if name in run.tables
        },
        figures={name: partial(figure, run, name) for name in FIGURES},
    )


def save(
    run: Run,
    folder: Path | str,
    *,
    csv: bool = False,
    figures: Sequence[str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a run into a folder that appears whole or not at all; returns the folder.

    csv: whether to write every table as CSV too.
    figures: names of the figures to draw (see `pricewar.sim.figures.catalogue.FIGURES`); None draws all.
    overwrite: whether an earlier run in this folder may be replaced; nothing else ever is.

    Raises UserMistake if the folder may not be written, ValueError if a table is not as the registry says.
    """
    from pricewar.sim.pages.run_page import summary

    wrong = [fault for name, table in run.tables.items() for fault in faults(name, table)]
    if wrong:
        raise ValueError("; ".join(wrong))
    # Figures and sentences must not depend on the order in which rows happened to be written.
    run = replace(run, tables={name: in_order(name, run.tables[name]) for name in sorted(run.tables)})
    registered = contents(run)
    with appearing_whole(Path(folder), mark=MARK, overwrite=overwrite) as place:
        (place / "tables").mkdir()
        registered.write_tables(place / "tables", ["parquet", *(["csv"] if csv else [])])
        registered.write_dictionary(place)
        drawn = draw(registered.figures, place / "figures", figures, ("png",))
        write_text(place / "summary.md", drawn.under(summary(run)))
        write_json(place / MARK, {**_record(run), **({"not_drawn": drawn.failed} if drawn.failed else {})})
        write_json(place / "timing.json", {"seconds": run.seconds})
    return Path(folder)


def open_run(folder: Path | str) -> Run:
    """Read a run from its folder. Raises ResultMistake if it is missing, damaged or of another version."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultMistake(f"there is no folder of results at {folder}; `pricewar run` makes one")
    record = _read_record(folder)
    try:
        run = Run(
            scenario=cast("dict[str, Json]", record["scenario"]),
            seed=cast("int", record["seed"]),
            policy=cast("str | None", record["policy"]),
            drawn=cast("dict[str, float]", record["drawn"]),
            versions=cast("dict[str, str]", record["versions"]),
            command=cast("str", record["command"]),
            seconds=_seconds(folder),
            tables={name: _read_table(folder, name) for name in cast("dict[str, int]", record["tables"])},
        )
        written = record["digest"]
    except KeyError as missing:
        raise ResultMistake(f"{folder / MARK} lacks {missing}; make the run again") from None
    if run.digest != written:
        raise ResultMistake(f"the tables in {folder} are not those that were written; make the run again")
    return run


def in_order(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with its columns and rows in the registry's order: equal tables, equal bytes."""
    frame = normal(frame.select(column.name for column in columns(table) if column.name in frame.columns))
    return frame.sort(frame.columns, nulls_last=False)


def _record(run: Run) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "scenario": run.scenario,
        "seed": run.seed,
        "policy": run.policy,
        "drawn": run.drawn,
        "versions": run.versions,
        "command": run.command,
        "digest": run.digest,
        "tables": {name: run.tables[name].height for name in run.tables},
    }


def _read_record(folder: Path) -> dict[str, Json]:
    try:
        record = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultMistake(f"{folder} is not a folder of results: it has no {MARK}") from None
    except (OSError, ValueError) as error:
        raise ResultMistake(f"{folder / MARK} cannot be read ({error}); make the run again") from None
    if not isinstance(record, dict) or "format" not in record:
        raise ResultMistake(f"{folder / MARK} is not the record of a run of {DISTRIBUTION}")
    if record["format"] != FORMAT:
        version = record.get("versions", {}).get(DISTRIBUTION, "another version")
        maker = f"a checkout of {DISTRIBUTION}" if version == "not installed" else f"{DISTRIBUTION} {version}"
        raise ResultMistake(
            f"{folder} was written by {maker} in format {record['format']}, and this version "
            f"reads format {FORMAT}; make the run again, or read it with the version that wrote it"
        )
    return record


def _seconds(folder: Path) -> float | None:
    """How long the run took; whoever compares folders may have removed it."""
    try:
        seconds = json.loads((folder / "timing.json").read_text(encoding="utf-8"))["seconds"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None if seconds is None else float(seconds)


def _read_table(folder: Path, name: str) -> pl.DataFrame:
    path = folder / "tables" / f"{name}.parquet"
    try:
        table = pl.read_parquet(path)
    except FileNotFoundError:
        raise ResultMistake(f"{path} is missing; make the run again") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise ResultMistake(f"{path} is damaged ({reason}); make the run again") from None
    wrong = faults(name, table) if name in TABLES else [f"there is no table called {name!r}"]
    if wrong:
        raise ResultMistake(f"{path} is not as this version expects: {'; '.join(wrong)}; make the run again")
    return table
