"""The tables of a study, made from its ledger: the same bytes in whatever order its runs ended, and wherever.

study.json        what was run, versions, the command that goes on with it
scenario.toml     the first arm in full, defaults included
runs.parquet      a row a run: id, arm, policy, settings, seed, status, reason, outcomes
series/           daily series of the runs, some hundreds a file
parts.parquet     whom the welfare of each run goes to: segments, sellers, the public purse
timing.parquet    how long each run took: the only table that differs when a study is made again
dictionary.csv    every column's unit and meaning
differences.parquet, effects.parquet, ... what the analysis of its kind finds (`findings.FINDINGS`); .csv beside them
ledger.jsonl      what has finished, as it finished; series.log what it left
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pricewar.scenarios.studies.findings import FINDINGS, with_units
from pricewar.scenarios.studies.ledger import Entry, read_lines, unpacked
from pricewar.scenarios.studies.study import Study, in_shard, run_id
from pricewar.sim.analysis.measures import OUTCOMES, SERIES
from pricewar.sim.errors import ResultMistake
from pricewar.sim.kernel.provenance import DISTRIBUTION, content_digest, versions
from pricewar.sim.results.export import writer
from pricewar.sim.results.folder import Registered, ResultFolder, explained
from pricewar.sim.results.tables import Column

FORMAT = 1
"""Version of the folder's layout."""
MARK = "study.json"


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """An arm as the record keeps it."""

    name: str
    policy: str
    settings: Mapping[str, Any]
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder of a study says about itself."""

    format: int
    kind: str
    title: str
    command: str
    identity: str
    arms: tuple[ArmRecord, ...]
    seeds: tuple[int, ...]
    shard: tuple[int, int]
    notes: Mapping[str, Any] = field(default_factory=dict)
    currency: str = "money"
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def made(self) -> str:
        """By what it was made, as pages say it."""
        return f"Made by `{self.command}`." if self.command else "Made from Python."

    @property
    def again(self) -> str:
        """How it is gone on with, as messages say it."""
        return f"go on with: {self.command}" if self.command else "carry the same study out again"

    @property
    def size(self) -> int:
        """Runs of this shard; arms that say the same share theirs."""
        return len({name for _, _, name in self.places()})

    def places(self) -> list[tuple[int, int, str]]:
        """Arm, seed and id of every run of this shard, in the order of arms and seeds."""
        return [
            (arm, seed, run_id(self.arms[arm].identity, seed))
            for arm, seed in in_shard(len(self.arms), self.seeds, self.shard)
        ]

    @property
    def settings(self) -> tuple[str, ...]:
        """Keys that the study varies, in the order in which they are first named."""
        return tuple(dict.fromkeys(key for arm in self.arms for key in arm.settings))


def manifest_of(study: Study) -> Manifest:
    """The record of a study that is to be run."""
    return Manifest(
        format=FORMAT,
        kind=study.kind,
        title=study.title,
        command=study.command,
        identity=study.identity,
        arms=tuple(ArmRecord(one.name, one.policy, dict(one.settings), one.identity) for one in study.arms),
        seeds=study.seeds,
        shard=study.shard,
        notes=study.notes,
        currency=study.arms[0].scenario().currency.code,
        versions=versions(),
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the record so that it is whole or not there."""
    text = json.dumps(asdict(manifest), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    partial = folder / f".{MARK}"
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / MARK)


def read_manifest(folder: Path) -> Manifest:
    """Read the record of a study. Raises ResultMistake where there is none, or it is of another version."""
    if not folder.is_dir():
        raise ResultMistake(f"there is no folder of results at {folder}; `pricewar compare` or `sweep` makes one")
    try:
        record = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultMistake(f"{folder} is no folder of a study: it has no {MARK}") from None
    except (OSError, ValueError) as error:
        raise ResultMistake(f"{folder / MARK} cannot be read ({error}); make the study again") from None
    if record.get("format") != FORMAT:
        raise ResultMistake(f"{folder} was written by another version of {DISTRIBUTION}; make the study again")
    record["arms"] = tuple(ArmRecord(**arm) for arm in record["arms"])
    record["seeds"], record["shard"] = tuple(record["seeds"]), tuple(record["shard"])
    return Manifest(**record)


def other_study(old: Manifest, new: Manifest) -> str | None:
    """Say what of an earlier study in a folder is not of this one; None where it goes on."""
    if old.identity == new.identity and old.shard == new.shard:
        return None
    before = {arm.name: arm.identity for arm in old.arms}
    changed = [arm.name for arm in new.arms if before.get(arm.name) != arm.identity]
    if old.kind != new.kind:
        return f"it is of another kind ({old.kind})"
    if old.shard != new.shard:
        return f"it is shard {old.shard[0]}/{old.shard[1]}"
    if changed:
        return f"its runs of {changed[0]} are of another scenario or version of the program"
    return "it asks something else of the same scenario"


RUNS, TIMING, PARTS, WELFARE = "runs.parquet", "timing.parquet", "series", "parts.parquet"
IN_A_PART = 250
"""Runs whose series share a file."""
FIXED = {
    "id": ("", "Digest of scenario, policies, seed and version: equal runs have equal ids."),
    "arm": ("", "Name of the setting of keys and policies."),
    "policy": ("", "Policies that the study lays over the scenario; empty for none."),
    "seed": ("", "Root of all chance; the same seeds in every arm."),
    "status": ("", "done or failed."),
    "reason": ("", "Why it failed; empty if it did not."),
}
"""Unit and meaning of columns of the table of runs; the others are outcomes, and keys that the study varies."""
OF_PARTS = {
    "arm": FIXED["arm"],
    "seed": FIXED["seed"],
    "kind": ("", "Of welfare: surplus, profit, transfers or purse."),
    "whom": ("", "The segment, the seller (hosts count as one), or the public purse."),
    "amount": ("money", "Its part, over the run."),
}
OF_TIMING = {"id": FIXED["id"], "seconds": ("s", "Processor time of the run, about.")}


def of_runs() -> dict[str, tuple[str, str]]:
    """Unit and meaning of the columns of the table of runs, but for keys that the study varies."""
    return FIXED | {name: (outcome.unit, outcome.meaning) for name, outcome in OUTCOMES.items()}


def of_series() -> tuple[Column, ...]:
    """Columns of the daily series."""
    return (
        Column("arm", "String", *FIXED["arm"]),
        Column("seed", "Int64", *FIXED["seed"]),
        Column("day", "Int32", "day", "Days since the scenario's first."),
        *(Column(name, "Float64", measure.unit, measure.meaning) for name, measure in SERIES.items()),
    )


@dataclass(frozen=True)
class Results:
    """A study that has finished, or a part of one."""

    folder: Path
    manifest: Manifest

    @cached_property
    def runs(self) -> pl.DataFrame:
        """A row a run."""
        try:
            return pl.read_parquet(self.folder / RUNS)
        except FileNotFoundError:
            raise ResultMistake(f"the study in {self.folder} has not finished; {self.manifest.again}") from None

    def series(self) -> pl.LazyFrame:
        """Daily series of every run: arm, seed, day and the columns of `SERIES`; no rows where every run failed."""
        if not any((self.folder / PARTS).glob("*.parquet")):
            return pl.LazyFrame(schema={column.name: getattr(pl, column.dtype) for column in of_series()})
        return pl.scan_parquet(self.folder / PARTS / "*.parquet")

    @cached_property
    def parts(self) -> pl.DataFrame:
        """Whom the welfare of every run goes to: arm, seed, kind, whom, amount."""
        return pl.read_parquet(self.folder / WELFARE)

    def finding(self, name: str) -> pl.DataFrame:
        """What the analysis of the study found, by name. Raises ResultMistake where it has not been made."""
        try:
            return pl.read_parquet(self.folder / f"{name}.parquet")
        except FileNotFoundError:
            raise ResultMistake(f"{self.folder} has no {name}.parquet yet; {self.manifest.again}") from None

    @property
    def findings(self) -> dict[str, pl.DataFrame]:
        """What the analysis of the study has found so far, by name."""
        return {name: self.finding(name) for name in FINDINGS if (self.folder / f"{name}.parquet").is_file()}

    @property
    def registered(self) -> ResultFolder:
        """What the folder holds, but for figures, which its page knows."""
        return registered(self, {**self.frames, **self.findings})

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The tables that every study has, by name; `series` aside, which may be long."""
        return {"runs": self.runs, "parts": self.parts, "timing": pl.read_parquet(self.folder / TIMING)}

    @property
    def digest(self) -> str:
        """Digest of what the runs say, their order and their timings aside (SHA-256)."""
        return content_digest({"runs": self.runs})

    @property
    def done(self) -> pl.DataFrame:
        """The runs that did not fail."""
        return self.runs.filter(pl.col("status") == "done")

    @property
    def failed(self) -> pl.DataFrame:
        """The runs that failed, with their reasons."""
        return self.runs.filter(pl.col("status") == "failed")


def open_study(folder: Path | str) -> Results:
    """Open a folder of results. Raises ResultMistake where there is none."""
    return Results(Path(folder), read_manifest(Path(folder)))


def write_results(folder: Path, manifest: Manifest) -> Results:
    """Make the tables of a study from its ledger; what was found from fewer runs goes."""
    by_id = {entry.run.id: entry for entry, _ in read_lines(folder)}
    places = [Place(arm, seed, by_id[name]) for arm, seed, name in manifest.places() if name in by_id]
    _forget(folder)
    timing = pl.DataFrame(
        {"id": [p.entry.run.id for p in places], "seconds": [p.entry.run.seconds for p in places]},
        schema={"id": pl.String, "seconds": pl.Float64},
    )
    frames = {"runs": runs_table(manifest, places), "parts": parts_table(manifest, places), "timing": timing}
    results = Results(folder, manifest)
    contents = registered(results, frames)
    contents.write_tables(folder, ["parquet"], frames)
    contents.write_dictionary(folder)
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    (folder / PARTS).mkdir()
    with_series = [place for place in places if place.entry.size]
    for number, start in enumerate(range(0, len(with_series), IN_A_PART)):
        part = pl.concat([_labelled(folder, manifest, p) for p in with_series[start : start + IN_A_PART]])
        writer("parquet")(part, folder / PARTS / f"part-{number:04d}.parquet", contents.metadata("series"))
    return results


@dataclass(frozen=True, slots=True)
class Place:
    """A run where it stands in the study: arms that say the same share a run."""

    arm: int
    seed: int
    entry: Entry


def runs_table(manifest: Manifest, places: list[Place]) -> pl.DataFrame:
    """A row a run, in the order given."""
    arms = manifest.arms
    columns: dict[str, list[object]] = {
        "id": [p.entry.run.id for p in places],
        "arm": [arms[p.arm].name for p in places],
        "policy": [arms[p.arm].policy for p in places],
    }
    for key in manifest.settings:
        columns[key] = [arms[p.arm].settings.get(key) for p in places]
    columns["seed"] = [p.seed for p in places]
    columns |= {name: [getattr(p.entry.run, name) for p in places] for name in ("status", "reason")}
    texts = dict.fromkeys(("id", "arm", "policy", "status", "reason"), pl.String)
    types = {**texts, "seed": pl.Int64, **dict.fromkeys(OUTCOMES, pl.Float64)}
    outcomes = {name: [p.entry.run.outcomes.get(name) for p in places] for name in OUTCOMES}
    return pl.DataFrame(columns | outcomes, schema_overrides=types, strict=False)


def parts_table(manifest: Manifest, places: list[Place]) -> pl.DataFrame:
    """A row a run and a part of its welfare, in the order given."""
    rows = [
        (manifest.arms[p.arm].name, p.seed, *name.split(":", 1), amount)
        for p in places
        for name, amount in p.entry.run.outcomes.items()
        if ":" in name
    ]
    types = {"arm": pl.String, "seed": pl.Int64, "kind": pl.String, "whom": pl.String, "amount": pl.Float64}
    return pl.DataFrame(rows, schema=types, orient="row")


def _labelled(folder: Path, manifest: Manifest, place: Place) -> pl.DataFrame:
    series = unpacked(folder, place.entry)
    return series.select(
        pl.lit(manifest.arms[place.arm].name).alias("arm"),
        pl.lit(place.seed, dtype=pl.Int64).alias("seed"),
        pl.all(),
    )


def registered(results: Results, frames: Mapping[str, pl.DataFrame]) -> ResultFolder:
    """Register these tables of a study, and its daily series."""
    manifest = results.manifest
    settings = {key: ("", f"The key {key} of the scenario, as the study sets it.") for key in manifest.settings}
    meanings = {"runs": {**settings, **of_runs()}, "parts": OF_PARTS, "timing": OF_TIMING, **FINDINGS}
    tables = {name: explained(frame, meanings[name]) for name, frame in frames.items()}
    return ResultFolder(
        about={
            "kind": manifest.kind,
            "title": manifest.title,
            "command": manifest.command,
            "digest": content_digest({"runs": frames["runs"]}),
            "versions": dict(manifest.versions),
        },
        currency=manifest.currency,
        tables={**tables, "series": Registered(of_series(), lambda: results.series().collect())},
    )


def _forget(folder: Path) -> None:
    for name in FINDINGS:
        for form in ("parquet", "csv"):
            (folder / f"{name}.{form}").unlink(missing_ok=True)


def write_findings(results: Results, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write what the analysis of a study finds, by name as in `FINDINGS`, in place of what lies there.

    Parquet with units, CSV for spreadsheets but for what is long (trajectories), and the dictionary of all tables.
    """
    _forget(results.folder)
    with_unit = {name: with_units(table, results.manifest.currency) for name, table in tables.items()}
    contents = registered(results, {**results.frames, **with_unit})
    contents.write_tables(results.folder, ["parquet"], with_unit)
    contents.write_tables(results.folder, ["csv"], (name for name in with_unit if name != "trajectories"))
    contents.write_dictionary(results.folder)


def units(manifest: Manifest) -> Mapping[str, str]:
    """Unit of every column of the table of runs."""
    return {name: unit.replace("money", manifest.currency) for name, (unit, _) in of_runs().items()}
