"""What every question needs: its tables, what they lack, sums whose order is fixed, first and last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from pricewar.sim.text import percent

Tables: TypeAlias = Mapping[str, pl.DataFrame]
"""Tables of a run by name, columns as in `pricewar.sim.results.tables`."""
Units: TypeAlias = Mapping[str, str]
"""Unit of each column of an answer, in order; `money` stands for the currency, empty for names."""
Needs: TypeAlias = Mapping[str, Sequence[str]]
"""Columns that a question cannot do without, by table."""

WINDOW = 30
"""Days at the start and at the end of a run that sentences compare. [day]"""
OWN = "buyers"
"""Role of those who host for themselves: buyers, no sellers."""
TYPES: Mapping[str, type[pl.DataType]] = {
    "day": pl.Int32,
    "date": pl.Date,
    "from": pl.Date,
    "segment": pl.String,
    "seller": pl.String,
    "role": pl.String,
    "group": pl.String,
    "event": pl.String,
    "largest": pl.String,
}
"""Types of the columns of answers that are no numbers."""


def lacking(tables: Tables, needs: Needs) -> list[str]:
    """Name, as table.column, what is not there or nowhere known; a table that is not there by its own name."""
    missing = []
    for name, columns in needs.items():
        table = tables.get(name)
        if table is None:
            missing.append(name)
        else:
            missing += [f"{name}.{column}" for column in columns if not known(table, column)]
    return missing


def known(table: pl.DataFrame, column: str) -> bool:
    """Whether a table has a column, and a value in it if it has rows at all."""
    return column in table.columns and (table.is_empty() or table[column].null_count() < table.height)


def nothing(units: Units) -> pl.DataFrame:
    """Return the answer without rows, for a run whose tables lack what the question needs."""
    return pl.DataFrame(schema={name: TYPES.get(name, pl.Float64) for name in units})


def ordered(table: pl.DataFrame) -> pl.DataFrame:
    """Sort by all columns: a sum of floats depends on its order in the last bits, an answer must not."""
    return table.sort(table.columns)


def summed(table: pl.DataFrame, by: Sequence[str], *figures: pl.Expr) -> pl.DataFrame:
    """Aggregate by columns, rows sorted first; sorted by those columns."""
    return ordered(table).group_by(by, maintain_order=True).agg(*figures).sort(by)


def ratio(over: pl.Expr, under: pl.Expr) -> pl.Expr:
    """A quotient, null where the denominator is not above zero."""
    return pl.when(under > 0).then(over / under)


def number(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the table with a column of nulls where it lacks that one; nan becomes null."""
    if column in table.columns:
        return table.with_columns(pl.col(column).cast(pl.Float64).fill_nan(None))
    return table.with_columns(pl.lit(None, pl.Float64).alias(column))


def days_of(tables: Tables) -> pl.DataFrame:
    """Every day of the record with its date, sorted."""
    return tables["sellers_daily"].select("day", "date").unique("day").sort("day")


def roles(tables: Tables) -> pl.DataFrame:
    """Role of each seller, one row a seller: seller, role."""
    return tables["sellers_daily"].select("seller", "role").sort("seller", "role").unique("seller", keep="first")


def in_order(table: pl.DataFrame, units: Units) -> pl.DataFrame:
    """Return an answer's columns in the order of their units, a day as a day."""
    return table.select(pl.col("day").cast(pl.Int32), *(name for name in units if name != "day"))


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last days of an answer, from day 0 on; halves where the run is short."""

    first: pl.DataFrame
    last: pl.DataFrame

    @classmethod
    def of(cls, table: pl.DataFrame) -> "Ends":
        """Cut both ends off; they never overlap, unless there is but one day."""
        begun = table.filter(pl.col("day") >= 0)
        if begun.is_empty():
            return cls(begun, begun)
        low, high = int(str(begun["day"].min())), int(str(begun["day"].max()))
        span = max(1, min(WINDOW, (high - low + 1) // 2))
        return cls(begun.filter(pl.col("day") < low + span), begun.filter(pl.col("day") > high - span))

    def means(self, column: str) -> tuple[float, float]:
        """Mean of a column at both ends; nan where it is not known."""
        return mean(self.first, column), mean(self.last, column)


def mean(table: pl.DataFrame, column: str) -> float:
    """Mean of what is known of a column, rows in order; nan if nothing is."""
    value = ordered(table)[column].fill_nan(None).mean()
    return float("nan") if value is None else float(str(value))


def part(share: float) -> str:
    """Write a share as a percentage; one that is not known in words."""
    return "an unknown share" if share != share else percent(share)
