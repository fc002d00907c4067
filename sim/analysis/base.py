"""What every look at a run's tables needs: sums whose order is fixed, days, roles, first and last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

Tables: TypeAlias = Mapping[str, pl.DataFrame]
"""Tables of a run by name, columns as in `pricewar.sim.results.tables`."""
WINDOW = 30
"""Days at the start and at the end of a run that sentences compare. [day]"""
OWN = "buyers"
"""Role of those who host for themselves: buyers, no sellers."""


def ordered(table: pl.DataFrame) -> pl.DataFrame:
    """Sort by all columns: a sum of floats depends on its order in the last bits, an answer must not."""
    return table.sort(table.columns)


def summed(table: pl.DataFrame, by: Sequence[str], *figures: pl.Expr) -> pl.DataFrame:
    """Aggregate by columns, rows sorted first; sorted by those columns."""
    return ordered(table).group_by(by, maintain_order=True).agg(*figures).sort(by)


def number(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return the table with a column of nulls for each of these that it lacks; nan becomes null."""
    lacking = [pl.lit(None, pl.Float64).alias(column) for column in columns if column not in table.columns]
    told = [pl.col(column).cast(pl.Float64).fill_nan(None) for column in columns if column in table.columns]
    return table.with_columns(*told, *lacking)


def days_of(tables: Tables) -> pl.DataFrame:
    """Every day of the record with its date, sorted."""
    return tables["sellers_daily"].select("day", "date").unique("day").sort("day")


def roles(tables: Tables) -> pl.DataFrame:
    """Role of each seller, one row a seller: seller, role."""
    return tables["sellers_daily"].select("seller", "role").sort("seller", "role").unique("seller", keep="first")


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

    def outermost(self) -> "Ends":
        """The first day and the last alone: for levels, of which a mean over days may be nobody's."""
        day = pl.col("day")
        return Ends(self.first.filter(day == day.min()), self.last.filter(day == day.max()))


def mean(table: pl.DataFrame, column: str) -> float:
    """Mean of what is known of a column, rows in order; nan if nothing is."""
    value = ordered(table)[column].fill_nan(None).mean()
    return float("nan") if value is None else float(str(value))
