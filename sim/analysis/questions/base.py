"""A question: the columns of its answer, the columns it takes, and what a run's tables lack of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from pricewar.sim.analysis.base import Tables
from pricewar.sim.text import figures, percent

Columns: TypeAlias = Mapping[str, tuple[str, str]]
"""Unit and meaning of each column of an answer, in order; `money` stands for the currency, no unit for names."""
Needs: TypeAlias = Mapping[str, Sequence[str]]
"""Columns that a question cannot do without, by table."""

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


def nothing(columns: Columns) -> pl.DataFrame:
    """Return the answer without rows, for a run whose tables lack what the question needs."""
    return pl.DataFrame(schema={name: TYPES.get(name, pl.Float64) for name in columns})


def in_order(table: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Return an answer's columns in their order, a day as a day."""
    return table.select(pl.col("day").cast(pl.Int32), *(name for name in columns if name != "day"))


def part(share: float) -> str:
    """Write a share as a percentage; one that is not known in words."""
    return "an unknown share" if share != share else percent(share)


def went(was: float, now: float, unit: str = "") -> str:
    """Say how a number went from one end to the other; what is not known at an end is said to be so.

    >>> went(2.0, 1.5, "USD"), went(2.0, 2.0), went(float("nan"), 1.0)
    ('went from 2 to 1.5 USD', 'stood at 2', 'was not known at first and 1 at last')
    """
    first, last = figures(was), figures(now)
    behind = f" {unit}" if unit else ""
    if was != was and now != now:
        return "is not known"
    if was != was or now != now:
        return f"was {first}{behind if was == was else ''} at first and {last}{behind if now == now else ''} at last"
    return f"stood at {last}{behind}" if first == last else f"went from {first} to {last}{behind}"


def grew(change: float, least: float = 5e-4) -> str:
    """Say a relative change as a verb and a percentage; smaller ones than `least` are none.

    >>> grew(0.25), grew(-0.5), grew(0.0), grew(float("nan"))
    ('rose by 25 %', 'fell by 50 %', 'stood still', 'is not known')
    """
    if change != change:
        return "is not known"
    return "stood still" if abs(change) < least else f"{'rose' if change > 0.0 else 'fell'} by {percent(abs(change))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, how it is answered, and how the answer is said."""

    words: str
    """The question."""
    ask: Callable[[Tables], pl.DataFrame]
    """From a run's tables to the answer."""
    say: Callable[[pl.DataFrame, str], str]
    """From the answer, and the code of the currency, to one sentence."""
    columns: Columns
    """Unit and meaning of each column of the answer, in order."""
    needs: Needs
    """Columns without which there is no answer."""
    figure: str | None = None
    """Name of the figure that shows it, if one does."""
    without: str = "Nothing happened that would answer it."
    """What is said of an answer without rows."""

    @property
    def units(self) -> dict[str, str]:
        """Unit of each column of the answer, in order."""
        return {name: unit for name, (unit, _) in self.columns.items()}

    def table(self, tables: Tables) -> pl.DataFrame:
        """Answer; a table without rows where the run's tables lack what it takes."""
        return nothing(self.columns) if lacking(tables, self.needs) else self.ask(tables)

    def answered(self, tables: Tables) -> bool:
        """Whether a run's tables answer it, from the first day on."""
        return not self.table(tables).filter(pl.col("day") >= 0).is_empty()

    def sentence(self, tables: Tables, code: str = "money") -> str:
        """Say the answer in one sentence, or what it cannot be told for want of."""
        if missing := lacking(tables, self.needs):
            return f"Not known: this run does not record {' or '.join(missing)}."
        answer = self.ask(tables)
        if answer.filter(pl.col("day") >= 0).is_empty():
            return self.without
        return self.say(answer, code)
