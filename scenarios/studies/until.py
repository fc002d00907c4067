"""Adding seeds until intervals are narrow enough."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

import polars as pl

from pricewar.scenarios.studies.outcomes import known_outcome
from pricewar.scenarios.studies.paired import seeds_needed
from pricewar.sim.errors import UserMistake

BATCH = 20
"""Seeds that are added at a time, and least number of them: with few, a variance may by luck look small."""


def half_widths(said: Sequence[str]) -> dict[str, float]:
    """Read `hhi=0.01`: an outcome and half the width that its interval is to have. Raises UserMistake."""
    asked = {}
    for each in said:
        name, _, number = each.partition("=")
        try:
            width = float(number)
        except ValueError:
            width = float("nan")
        if not (isfinite(width) and width > 0.0):
            raise UserMistake(f"{each!r} is no precision; write it like hhi=0.01, half the width of the interval")
        asked[known_outcome(name.strip())] = width
    return asked


def batches(most: int) -> Iterator[int]:
    """Numbers of seeds, one after the other, up to the most."""
    yield from range(BATCH, most, BATCH)
    yield most


def precise(table: pl.DataFrame, asked: Mapping[str, float]) -> bool:
    """Whether every arm's interval of each outcome asked for is that narrow."""
    widths = ((row["outcome"], (row["high"] - row["low"]) / 2.0) for row in table.iter_rows(named=True))
    return all(width <= asked[outcome] for outcome, width in widths if outcome in asked)


def precision(table: pl.DataFrame, asked: Mapping[str, float]) -> list[dict[str, object]]:
    """For each arm and outcome asked for: half-width asked, half-width reached, and seeds that it needs.

    Seeds needed are (z sd / half-width)^2 with the standard deviation found so far.
    """
    rows: list[dict[str, object]] = []
    for row in table.filter(pl.col("outcome").is_in(list(asked))).iter_rows(named=True):
        width, sd = asked[row["outcome"]], row["sd"]
        needed = seeds_needed(sd, width) if isfinite(sd) else None
        reached = (row["high"] - row["low"]) / 2.0
        rows.append({"arm": row["arm"], "outcome": row["outcome"], "asked": width, "reached": reached,
                     "seeds": row["pairs"], "seeds_needed": needed})  # fmt: skip
    return rows
