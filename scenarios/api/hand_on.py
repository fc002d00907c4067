"""Verbs that hand results on: a table of a study, all tables of a folder, how far a study is, shards put together."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pricewar.scenarios.studies import export as exports
from pricewar.scenarios.studies import runner
from pricewar.scenarios.studies.outcomes import outcomes_asked
from pricewar.scenarios.studies.pages.pivot import column_of, pivot
from pricewar.scenarios.studies.store import Results, open_study, read_manifest
from pricewar.sim.errors import UserMistake
from pricewar.sim.pages.run_folder import MARK


def table(folder: Path | str | Results, by: str | Sequence[str], of: str | Sequence[str]) -> pl.DataFrame:
    """Tabulate outcomes of a study by what it varies: mean, 95 % interval and number of runs at each level.

    folder: of a study, or its Results. by: arm, policy, seed, a key that was varied (as it ends), or two of these. of:
    outcomes. Several are a list, or joined by commas. Runs that failed do not count.
    Returns a row a level (or pair of levels) and outcome. Raises UserMistake.
    """
    results = study_at(folder)
    keys, outcomes = columns(results, by, of)
    return pivot(results.runs, keys, outcomes)


def study_at(folder: Path | str | Results) -> Results:
    """Return a study, read from its folder if it is not one already. Raises UserMistake for the folder of a run."""
    if isinstance(folder, Results):
        return folder
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


def export(folder: Path | str, *, to: exports.Form, out: Path | str, overwrite: bool = False) -> list[Path]:
    """Write every table of a run or a study into one flat folder, with a dictionary of their columns.

    folder: of a run or a study. to: "csv" or "parquet". out: folder for the tables, which appears whole. overwrite:
    whether an earlier export there may be replaced. Returns the files. Raises UserMistake.
    """
    return exports.export(Path(folder), Path(out), to, overwrite=overwrite)


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
