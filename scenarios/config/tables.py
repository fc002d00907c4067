"""The data tables of the library: accelerators and recorded list prices."""

import csv
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from pricewar.sim.economics.accelerators import Catalogue, read_catalogue
from pricewar.sim.market.board import blended

FOLDER = Path(str(files("pricewar"))) / "scenarios" / "library" / "tables"


def tables() -> list[str]:
    """Names of the data tables that there are."""
    return sorted(path.name for path in FOLDER.glob("*.csv"))


@cache
def catalogue(table: str) -> Catalogue:
    """Accelerators by name."""
    return read_catalogue(FOLDER / table)


@cache
def _listed(table: str) -> tuple[tuple[str, str, date, float, float], ...]:
    """Seller, model, first day, input and output price of every row. [money/Mtok]"""
    with (FOLDER / table).open(encoding="utf-8", newline="") as file:
        rows = [
            (row["seller"], row["model"], date.fromisoformat(row["date"]), float(row["input"]), float(row["output"]))
            for row in csv.DictReader(file)
        ]
    return tuple(rows)


def list_price(table: str, seller: str, model: str, day: date) -> tuple[float, float]:
    """Blended list price in force on a day, and output over input price. Raises KeyError. [money/Mtok], [1]"""
    standing = [row for row in _listed(table) if row[0] == seller and row[1] == model and row[2] <= day]
    if not standing:
        raise KeyError(f"{seller} {model}")
    _, _, _, input_price, output_price = max(standing, key=lambda row: row[2])
    return blended(input_price, output_price), output_price / input_price if input_price > 0 else 1.0


def has_price(table: str, seller: str, model: str, day: date) -> bool:
    """Whether a list price was in force."""
    try:
        return list_price(table, seller, model, day)[0] > 0
    except KeyError:
        return False
