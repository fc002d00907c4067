"""Run: the tables a simulation leaves, and what would make them again.

A saved run is a folder: `run.json` (scenario, seed, policy, drawn values, versions, command, digest of the
tables), `summary.md` (what happened, in words), `tables/` (Parquet, units in the metadata), `dictionary.csv`
(every column's unit and meaning) and `figures/` (PNG; `pricewar plot` makes PDFs for print too). The same run
gives the same bytes, but for `timing.json`.
"""

import csv as comma_separated
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import polars as pl

from pricewar.sim.errors import ResultMistake
from pricewar.sim.kernel.provenance import DISTRIBUTION, content_digest, normal, versions
from pricewar.sim.results.folder import appearing_whole
from pricewar.sim.results.run import Json, currency
from pricewar.sim.results.tables import TABLES, columns, dictionary, faults

FORMAT = 2
"""Version of the folder's layout; raised when an older reader could not read it."""
MARK = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """One finished simulation."""

    scenario: Mapping[str, Json]
    """The scenario as resolved: every default filled in, every override applied."""
    seed: int
    """Root of all its chance."""
    policy: str | None = None
    """Name of the policy in force, if any."""
    drawn: Mapping[str, float] = field(default_factory=dict)
    """Values drawn from ranges, by key of the scenario."""
    tables: Mapping[str, pl.DataFrame]
    """What happened; names and columns as in `pricewar.sim.results.tables`."""
    versions: Mapping[str, str] = field(default_factory=versions)
    """Versions of what made it."""
    command: str = ""
    """The command that makes it again; empty if it was made from Python."""
    seconds: float | None = None
    """How long it took; None if nobody measured."""

    @property
    def digest(self) -> str:
        """Digest of what the tables say (SHA-256, hexadecimal)."""
        return content_digest(self.tables)


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
    from pricewar.sim.figures.catalogue import draw
    from pricewar.sim.pages.run_page import summary

    wrong = [fault for name, table in run.tables.items() for fault in faults(name, table)]
    if wrong:
        raise ValueError("; ".join(wrong))
    # Figures and sentences must not depend on the order in which rows happened to be written.
    run = replace(run, tables={name: in_order(name, run.tables[name]) for name in sorted(run.tables)})
    with appearing_whole(Path(folder), mark=MARK, overwrite=overwrite) as partial:
        _write_tables(run, partial / "tables", csv)
        _write(partial / "dictionary.csv", _dictionary(currency(run)))
        drawn = draw(run, partial / "figures", figures, ("png",))
        _write(partial / "summary.md", drawn.under(summary(run)))
        _write(partial / MARK, _json({**_record(run), **({"not_drawn": drawn.failed} if drawn.failed else {})}))
        _write(partial / "timing.json", _json({"seconds": run.seconds}))
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


def _json(record: Mapping[str, Json]) -> str:
    return json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_tables(run: Run, folder: Path, csv: bool) -> None:
    folder.mkdir()
    code = currency(run)
    for name in run.tables:
        about = {"table": name, "software": f"{DISTRIBUTION} {run.versions.get(DISTRIBUTION, '')}".strip()}
        about |= {f"unit:{column.name}": column.unit_in(code) for column in columns(name)}
        about |= {f"meaning:{column.name}": column.meaning for column in columns(name)}
        # Every setting that shapes the bytes is named, so that a changed default cannot change them.
        run.tables[name].write_parquet(
            folder / f"{name}.parquet",
            compression="zstd",
            compression_level=3,
            row_group_size=131_072,
            statistics=True,
            metadata=about,
        )
        if csv:
            run.tables[name].write_csv(folder / f"{name}.csv")


def _dictionary(code: str) -> str:
    page = io.StringIO()
    writer = comma_separated.writer(page, lineterminator="\n")
    writer.writerow(("table", "column", "type", "unit", "meaning"))
    writer.writerows(dictionary(code))
    return page.getvalue()


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
