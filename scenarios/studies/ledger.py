"""What has finished, so that nothing that has is ever lost or run again.

Two files that only grow: `ledger.jsonl`, a line a finished run, and `series.log`, the daily series of the runs, one
compressed block after the other. A block is on the disk before the line that speaks of it is written, and the line is
on the disk before the run counts as finished. Whatever a kill leaves half-written at the end of either is cut off when
the study goes on.
"""

import fcntl
import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zlib import crc32

import polars as pl

from pricewar.sim.errors import ResultMistake, UserMistake

LINES, BLOCKS = "ledger.jsonl", "series.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that has ended, well or not."""

    id: str
    arm: int
    seed: int
    status: str
    """done, or failed."""
    reason: str
    """Why it failed, one line; empty if it did not."""
    seconds: float
    """How long it took. [s]"""
    outcomes: dict[str, float | None]
    """By name; empty if it failed, None where an outcome has no value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: a finished run, and where its series lie."""

    run: Finished
    at: int
    size: int


class Ledger:
    """The ledger of a study's folder; a context that nobody else can enter at the same time."""

    def __init__(self, folder: Path) -> None:
        """folder: of the study, which must be there."""
        self.folder = folder
        self.entries: dict[str, Entry] = {}
        """What has finished, by the id of the run."""

    def __enter__(self) -> Self:
        """Take the folder, and read what is in it. Raises UserMistake where another process has it."""
        self._lines = (self.folder / LINES).open("ab")
        try:
            fcntl.flock(self._lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lines.close()
            raise UserMistake(
                f"another process is at work in {self.folder}; wait for it or name another folder"
            ) from None
        self._blocks = (self.folder / BLOCKS).open("ab")
        whole = 0
        for entry, end in read_lines(self.folder):
            self.entries[entry.run.id] = entry
            whole = end
        self._lines.truncate(whole)
        self._blocks.truncate(max((entry.at + entry.size for entry in self.entries.values()), default=0))
        self._blocks.seek(0, os.SEEK_END)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the folder."""
        self._blocks.close()
        self._lines.close()

    def add(self, run: Finished, series: bytes) -> None:
        """Write down a finished run, and wait until it is on the disk. Raises OSError where the disk is full."""
        at = self._blocks.tell()
        try:
            self._blocks.write(series)
            _onto_disk(self._blocks)
            entry = {**asdict(run), "at": at, "size": len(series), "crc": crc32(series)}
            self._lines.write((json.dumps(entry, sort_keys=True, allow_nan=False) + "\n").encode())
            _onto_disk(self._lines)
        except OSError:
            # What did not fit is cut off, so that the next line begins a line.
            self._blocks.seek(at)
            raise
        self.entries[run.id] = Entry(run, at, len(series))


def _onto_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def read_lines(folder: Path) -> Iterator[tuple[Entry, int]]:
    """What a ledger says, line by line, and where each line ends; stops at one that a kill has torn."""
    end = 0
    blocks = (folder / BLOCKS).stat().st_size if (folder / BLOCKS).exists() else 0
    try:
        lines = (folder / LINES).open("rb")
    except FileNotFoundError:
        return
    with lines:
        for line in lines:
            end += len(line)
            try:
                record = json.loads(line)
                at, size = record.pop("at"), record.pop("size")
                record.pop("crc")
            except (ValueError, KeyError, TypeError):
                return
            if not line.endswith(b"\n") or at + size > blocks:
                return
            yield Entry(Finished(**record), at, size), end


def packed(series: pl.DataFrame) -> bytes:
    """Daily series as one block."""
    block = io.BytesIO()
    series.write_ipc_stream(block, compression="zstd")
    return block.getvalue()


def unpacked(folder: Path, entry: Entry) -> pl.DataFrame:
    """Daily series of a finished run. Raises ResultMistake where they are damaged."""
    with (folder / BLOCKS).open("rb") as blocks:
        blocks.seek(entry.at)
        block = blocks.read(entry.size)
    try:
        return pl.read_ipc_stream(io.BytesIO(block))
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise ResultMistake(f"{folder / BLOCKS} is damaged ({reason}); make the study again") from None
