"""Verbs that hand results on: a table of a study, all tables of a folder, how far a study is, shards put together."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.studies import runner
from pricewar.scenarios.studies.outcomes import outcomes_asked
from pricewar.scenarios.studies.pages.folders import open_results
from pricewar.scenarios.studies.pages.pivot import column_of, pivot
from pricewar.scenarios.studies.store import Results, open_study, read_manifest
from pricewar.sim.errors import UserMistake
from pricewar.sim.results.run import MARK


def table(
    folder: Path | str, name: str | None = None, *, by: str | Sequence[str] = (), of: str | Sequence[str] = ()
) -> pl.DataFrame:
    """Read a table of a run, a study or a forced price, or tabulate outcomes of a study by what it varies.

    folder: of results. name: of a table that it holds. Or by: arm, policy, seed, a key that was varied (as it ends), or
    two of these; and of: outcomes; several are a list, or joined by commas. Runs that failed do not count.
    Returns the table, or mean, 95 % interval and number of runs at each level. Raises UserMistake.
    """
    if name is not None and (by or of):
        raise UserMistake("give either the name of a table, or --by and --of")
    if not (by and of):
        tables = open_results(folder).tables
        if name is None:
            raise UserMistake(f"say which table, {' or '.join(tables)}; of a study also --by KEY --of OUTCOME")
        if name not in tables:
            raise UserMistake(f"{folder} has no table '{name}'; {suggestion(name, list(tables))}")
        return tables[name].read()
    results = study_at(folder)
    keys, outcomes = columns(results, by, of)
    return pivot(results.runs, keys, outcomes)


def study_at(folder: Path | str) -> Results:
    """Open the folder of a study. Raises UserMistake for that of a run."""
    if (Path(folder) / MARK).is_file():
        raise UserMistake(f"{folder} is one run, which has nothing to compare; see `pricewar ask {folder}`")
    return open_study(folder)


def columns(results: Results, by: str | Sequence[str], of: str | Sequence[str]) -> tuple[list[str], list[str]]:
    """Find the keys and outcomes that are asked for. Raises UserMistake."""
    keys = list(dict.fromkeys(column_of(key, results.manifest) for key in _listed(by)))
    outcomes = list(outcomes_asked(_listed(of), ()))
    if not 1 <= len(keys) <= 2 or not outcomes:
        raise UserMistake("a table is --by one key or two, --of one outcome or more")
    return keys, outcomes


def _listed(names: str | Sequence[str]) -> list[str]:
    parts = names.split(",") if isinstance(names, str) else names
    return [part.strip() for part in parts if part.strip()]


def export(folder: Path | str, *, to: str, out: Path | str, overwrite: bool = False) -> list[Path]:
    """Write every table of a folder of results into one flat folder, with a dictionary of their columns.

    folder: of a run, a study or a forced price. to: "csv" or "parquet". out: folder for the tables; it appears whole.
    overwrite: whether an earlier export there may be replaced. Returns the files. Raises UserMistake.
    """
    return open_results(folder).export(Path(out), to, overwrite=overwrite)


def status(folder: Path | str) -> dict[str, Any]:
    """Say how far a study is, whether or not a process is at work in it.

    folder: of the study. Returns facts by name. Raises ResultMistake where there is none.
    """
    manifest = read_manifest(Path(folder))
    done, failed = runner.finished(Path(folder))
    part = {} if manifest.shard == (1, 1) else {"shard": f"{manifest.shard[0]}/{manifest.shard[1]}"}
    return {
        "study": manifest.title,
        "kind": manifest.kind,
        "arms": len(manifest.arms),
        "seeds": len(manifest.seeds),
        "runs": manifest.size,
        "done": done,
        "failed": failed,
        "left": manifest.size - done - failed,
        "go on with": manifest.command,
        **part,
    }


def merge(folders: Iterable[Path | str], *, out: Path | str, overwrite: bool = False) -> Results:
    """Put the shards of one study, each in its folder, together into one folder.

    folders: of the shards. out: folder for the whole. overwrite: whether another study there may be thrown away.
    Returns the results of the whole. Raises UserMistake.
    """
    return runner.merge([Path(folder) for folder in folders], Path(out), overwrite=overwrite)
