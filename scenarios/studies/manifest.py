"""The record of a study: what is run, by what, and the command that goes on with it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pricewar.scenarios.studies.study import Study, in_shard, run_id
from pricewar.sim.errors import ResultMistake
from pricewar.sim.kernel.provenance import DISTRIBUTION, versions

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
        said = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultMistake(f"{folder} is no folder of a study: it has no {MARK}") from None
    except (OSError, ValueError) as error:
        raise ResultMistake(f"{folder / MARK} cannot be read ({error}); make the study again") from None
    if said.get("format") != FORMAT:
        raise ResultMistake(f"{folder} was written by another version of {DISTRIBUTION}; make the study again")
    said["arms"] = tuple(ArmRecord(**arm) for arm in said["arms"])
    said["seeds"], said["shard"] = tuple(said["seeds"]), tuple(said["shard"])
    return Manifest(**said)


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
