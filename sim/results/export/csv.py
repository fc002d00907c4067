"""CSV: for spreadsheets and every other program; units stand in `dictionary.csv` alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def write(frame: "pl.DataFrame", file: Path, about: Mapping[str, str]) -> None:  # noqa: ARG001
    """Write a table."""
    frame.write_csv(file)
