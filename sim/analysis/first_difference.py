"""Where two histories part: the first instant at which one run holds a row that the other does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pricewar.sim.analysis.base import Tables
from pricewar.sim.kernel.provenance import content_digest, normal

WHAT: dict[str, Sequence[str]] = {
    "prices": ("seller", "tier", "model", "kind", "price"),
    "facts": ("actor", "kind", "what"),
}
"""What makes two rows the same: what is posted or said, without numbers of facts, which one more fact shifts."""


@dataclass(frozen=True, slots=True)
class FirstDifference:
    """The first instant at which two tables differ."""

    table: str
    date: date
    hour: float
    """Hours since that day began. [hour]"""
    only_a: tuple[dict[str, Any], ...]
    """Rows of that instant that the first run alone holds; columns of `WHAT`."""
    only_b: tuple[dict[str, Any], ...]
    """Rows of that instant that the second run alone holds."""


def first_difference(a: Tables, b: Tables, table: str) -> FirstDifference | None:
    """Find the first instant at which the rows of a table differ between two runs; None if they never do.

    table: `prices` or `facts`. Instants are of the calendar, so that runs may start on different days.
    """
    ours, theirs = _rows(a[table], WHAT[table]), _rows(b[table], WHAT[table])
    alone = ours.join(theirs, on=ours.columns, how="anti", nulls_equal=True)
    others = theirs.join(ours, on=ours.columns, how="anti", nulls_equal=True)
    instants = [*alone["instant"], *others["instant"]]
    if not instants:
        return None
    first = min(instants)
    day = next(row["date"] for side in (alone, others) for row in side.iter_rows(named=True) if row["instant"] == first)
    return FirstDifference(table, day, 24 * (first % 1), _of(alone, first), _of(others, first))


def _rows(table: pl.DataFrame, what: Sequence[str]) -> pl.DataFrame:
    """Rows with their instant on the calendar; `copy` tells rows that are otherwise equal apart."""
    instant = pl.col("date").cast(pl.Int32) + pl.col("time") - pl.col("time").floor()
    rows = normal(table.select("date", *what, instant=instant)).sort("instant", *what)
    return rows.with_columns(copy=pl.int_range(pl.len()).over("instant", *what))


def _of(side: pl.DataFrame, instant: float) -> tuple[dict[str, Any], ...]:
    return tuple(side.filter(pl.col("instant") == instant).drop("instant", "copy", "date").to_dicts())


def unlike(a: Tables, b: Tables) -> list[str]:
    """Name the tables that do not say the same, or that only one run has."""
    return [
        name
        for name in sorted({*a, *b})
        if name not in a or name not in b or content_digest({name: a[name]}) != content_digest({name: b[name]})
    ]
