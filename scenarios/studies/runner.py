"""Carry out a study in a folder: begin it or go on with it, and make its tables."""

import shlex
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pricewar.scenarios.config.load import to_toml
from pricewar.scenarios.studies.ledger import LINES, Ledger, read_lines
from pricewar.scenarios.studies.manifest import MARK, Manifest, manifest_of, other_study, read_manifest, write_manifest
from pricewar.scenarios.studies.running import Told, run_all
from pricewar.scenarios.studies.store import Results, write_results
from pricewar.scenarios.studies.study import Study
from pricewar.sim.errors import ResultMistake, UserMistake


def carry_out(
    study: Study,
    folder: Path,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    overwrite: bool = False,
    tell: Told | None = None,
) -> Results:
    """Run what of a study has not finished, and make its tables.

    A folder that holds the same study is gone on with: nothing that finished is run again.
    jobs, executor, tell: as `run_all`. overwrite: whether another study in the folder may be thrown away.
    Raises UserMistake where the folder holds anything else, or the disk is full.
    """
    study.check()
    manifest = manifest_of(study)
    prepare_folder(folder, manifest, overwrite=overwrite)
    try:
        with Ledger(folder) as ledger:
            (folder / "scenario.toml").write_text(to_toml(study.arms[0].scenario()), encoding="utf-8", newline="\n")
            run_all(study, ledger, jobs=jobs, executor=executor, tell=tell)
            missing = [name for _, _, name in manifest.places() if name not in ledger.entries]
            if missing:
                raise RuntimeError(f"{len(missing)} runs have neither finished nor failed")
            return write_results(folder, manifest)
    except OSError as error:
        raise UserMistake(
            f"the results cannot be written into {folder} ({error.strerror}); what has finished is kept: "
            f"make room, and {manifest.again}"
        ) from error


def prepare_folder(folder: Path, manifest: Manifest, *, overwrite: bool) -> None:
    """Make the folder, or see that it holds the same study. Raises UserMistake."""
    if (folder / MARK).is_file():
        wrong = other_study(read_manifest(folder), manifest)
        if wrong is None:
            write_manifest(folder, manifest)  # it may ask for more seeds than before
            return
        if not overwrite:
            raise UserMistake(
                f"{folder} holds an earlier study: {wrong}; name another folder with --out, or add --overwrite"
            )
        shutil.rmtree(folder)
    elif folder.exists() and not folder.is_dir():
        raise UserMistake(f"{folder} is a file, not a folder; name a folder with --out")
    elif folder.exists() and any(folder.iterdir()):
        raise UserMistake(f"{folder} holds other files than a study's, which stay; name another folder with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_manifest(folder, manifest)
    except OSError as error:
        raise UserMistake(f"nothing may be written into {folder} ({error.strerror}); name another with --out") from None


def merge(folders: list[Path], out: Path, *, overwrite: bool = False) -> Results:
    """Put the shards of one study together. Raises UserMistake where they are not of one study."""
    manifests = [read_manifest(folder) for folder in folders]
    first = manifests[0]
    for folder, manifest in zip(folders, manifests, strict=True):
        if manifest.identity != first.identity or manifest.seeds != first.seeds:
            raise UserMistake(f"{folder} is of another study than {folders[0]}; merge the shards of one study")
    whole = replace(first, shard=(1, 1), command=_of_the_whole(first.command, out))
    missing = whole.size - len({entry.run.id for folder in folders for entry, _ in read_lines(folder)})
    if missing > 0:  # told before anything is written
        raise ResultMistake(f"{missing} of {whole.size} runs are in none of these folders; merge all the shards")
    prepare_folder(out, whole, overwrite=overwrite)
    with Ledger(out) as ledger:
        for folder in folders:
            for entry, _ in read_lines(folder):
                if entry.run.id not in ledger.entries:
                    ledger.add(entry.run, _block(folder, entry.at, entry.size))
        return write_results(out, whole)


def _of_the_whole(command: str, out: Path) -> str:
    """The command of a shard, for all shards and their folder."""
    words = [word for word in shlex.split(command) if not word.startswith(("--shard=", "--out="))]
    return shlex.join([*words, f"--out={out}"]) if words else ""


def _block(folder: Path, at: int, size: int) -> bytes:
    from pricewar.scenarios.studies.ledger import BLOCKS

    with (folder / BLOCKS).open("rb") as blocks:
        blocks.seek(at)
        return blocks.read(size)


def finished(folder: Path) -> tuple[int, int]:
    """Runs that are done and that failed so far, in a folder that another process may be at work in."""
    if not (folder / LINES).exists():
        return 0, 0
    states = [entry.run.status for entry, _ in read_lines(folder)]
    return states.count("done"), states.count("failed")


@contextmanager
def dask(address: str) -> Iterator[Executor]:
    """Workers of a Dask cluster that is there, as an executor. Raises UserMistake where Dask or it is not."""
    try:
        from distributed import Client
    except ImportError:
        raise UserMistake("--cluster needs Dask; install llm-pricewar[dask]") from None
    try:
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise UserMistake(
            f"no Dask scheduler answers at {address} ({error}); start one with `dask scheduler`"
        ) from None
    try:
        yield client.get_executor()  # type: ignore[no-untyped-call]
    finally:
        client.close()  # type: ignore[no-untyped-call]
