"""Folders that appear whole or not at all.

Everything is written into a hidden neighbour, `.name.partial-…`, forced to the disk, and moved into place by
one rename. A kill leaves at most that neighbour, which the next writer of the same folder removes.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pricewar.sim.errors import UserMistake


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
