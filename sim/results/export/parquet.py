"""Parquet: types and units lie in the file, the same bytes for the same table."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def write(frame: "pl.DataFrame", file: Path, about: Mapping[str, str]) -> None:
    """Write a table, with units and meanings in the file's metadata."""
    # Every setting that shapes the bytes is named, so that a changed default cannot change them.
    frame.write_parquet(
        file,
        compression="zstd",
        compression_level=3,
        row_group_size=131_072,
        statistics=True,
        metadata=dict(about),
    )
