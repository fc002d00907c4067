"""Whether a verdict on wars hangs on what nobody knows: settings, free prices, who is looked at, dates.

One thing at a time is changed, past the point where the answer changes, so that the answer comes with its limits.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import polars as pl

from pricewar.sim.analysis.wars.detector import War, find_wars, origin_of
from pricewar.sim.analysis.wars.settings import DetectorSettings

HORIZONS = (2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0)
"""Values of H. [day]"""
DEPTHS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Values of D_min. [log points]"""
FREE = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8)
"""What a price of zero is taken for, as a share of the price before."""
SILENT = (5, 20, 100)
"""Sellers added who never move."""
DRAWS = 100
"""How often dates known to the month are drawn."""
SCHEMA: dict[str, type[pl.DataType]] = {
    "varied": pl.String, "value": pl.String, "war": pl.Int64, "found": pl.Boolean, "wars": pl.Int64,
    "start_time": pl.Float64, "start_date": pl.Date, "end_time": pl.Float64, "end_date": pl.Date,
    "sellers": pl.String,
}  # fmt: skip
Variant = tuple[str, str, pl.DataFrame, DetectorSettings]
"""What is varied, its value, the moves and the settings."""


def sensitivity(
    moves: pl.DataFrame, settings: DetectorSettings | None = None, *, until: float | None = None
) -> pl.DataFrame:
    """Ask for the wars of a table of moves again, with one thing changed at a time.

    moves, until: as for `find_wars`.
    Returns a row for each change and each war as it stands (`war`, null where there is none): what was `varied`
    (horizon [day], d_min [log points], free [share of the price before], silent [sellers], left_out [seller]), its
    `value`, how many `wars` there are then, whether one of them overlaps that war (`found`; with no war as it stands,
    whether there is any), and of that one start, end and sellers.
    """
    settings = replace(settings or DetectorSettings(), permutations=0)
    until = until if until is not None else float(moves["time"].max() or 0.0) if moves.height else None  # type: ignore[arg-type]
    base = find_wars(moves, settings, until=until)
    as_it_stands: list[War | None] = [*base] or [None]
    rows = []
    for varied, value, changed, other in _variants(moves, settings, base):
        wars = find_wars(changed, other, until=until)
        for war in as_it_stands:
            match = next((one for one in wars if war is None or overlap(one, war)), None)
            rows.append(
                {
                    "varied": varied, "value": value,
                    "war": None if war is None else war.war, "found": match is not None, "wars": len(wars),
                    **{name: getattr(match, name, None) for name in list(SCHEMA)[5:]},
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)


def overlap(one: War, other: War) -> bool:
    """Whether two wars have an instant in common."""
    return one.start_time <= other.end_time and other.start_time <= one.end_time


def _variants(moves: pl.DataFrame, settings: DetectorSettings, base: list[War]) -> Iterator[Variant]:
    """Every change of one thing."""
    for horizon in HORIZONS:
        # the past that a war needs, and that its pace is read from, stays as long as it was
        ratio = settings.horizon / horizon
        panel, window = settings.min_panel * ratio, settings.trend_window * ratio
        varied = replace(settings, horizon=horizon, min_panel=panel, trend_window=window)
        yield "horizon", f"{horizon:g}", moves, varied
    for depth in DEPTHS:
        yield "d_min", f"{depth:g}", moves, replace(settings, d_min=depth)
    if moves.filter(pl.col("price") == 0).height:
        for share in FREE:
            yield "free", f"{share:g}", free_at(moves, share), settings
    for many in SILENT:
        yield "silent", str(many), with_silent(moves, many), settings
    for seller in sorted({name for war in base for name in war.sellers.split(",")}):
        yield "left_out", seller, moves.filter(pl.col("seller") != seller), settings


def free_at(moves: pl.DataFrame, share: float) -> pl.DataFrame:
    """The moves with a price of zero taken for a share of the line's last price above it."""
    line = [name for name in ("seller", "tier", "line") if name in moves.columns]
    positive = pl.when(pl.col("price") > 0).then(pl.col("price"))
    before = positive.forward_fill().over(line).fill_null(0.0)
    free = (pl.col("price") == 0) & (pl.col("kind") != "withdrawn")
    return moves.sort("time", maintain_order=True).with_columns(
        price=pl.when(free).then(share * before).otherwise(pl.col("price"))
    )


def with_silent(moves: pl.DataFrame, many: int) -> pl.DataFrame:
    """The moves with sellers added to every tier who open at its median price with the record, and never move."""
    if moves.is_empty():
        return moves
    start = float(moves["time"].min())  # type: ignore[arg-type]
    medians = moves.group_by("tier", maintain_order=True).agg(pl.col("price").median())
    silent = pl.DataFrame({"seller": [f"silent {k + 1}" for k in range(many)]})
    rows = medians.join(silent, how="cross").with_columns(time=pl.lit(start), kind=pl.lit("opening"))
    return pl.concat([moves.with_columns(pl.col("time").cast(pl.Float64)), rows], how="diagonal")


def drawn_dates(moves: pl.DataFrame, seed: int = 0, draws: int = DRAWS) -> Iterator[pl.DataFrame]:
    """The moves with every date that is known to its month drawn anew within it, uniformly; a line keeps its order.

    moves: with `date` and `precision`; day 0 is that of its times.
    """
    origin = origin_of(moves)
    if origin is None or "precision" not in moves.columns:
        return
    rng = np.random.default_rng(seed)
    names = [name for name in ("seller", "tier", "line") if name in moves.columns]
    ordered = moves.sort(*names, "time", maintain_order=True)
    keys = [tuple(row) for row in ordered.select(names).iter_rows()]
    days, times = ordered["date"].to_list(), ordered["time"].to_list()
    monthly = [precision == "month" for precision in ordered["precision"]]
    for _ in range(draws):
        drawn: list[float] = []
        for _, group in groupby(range(len(keys)), key=keys.__getitem__):
            latest, of_row = -np.inf, np.nan
            for at in group:
                if times[at] != of_row:  # what happens to a line at once stays together
                    latest = max(latest, _in_month(days[at], origin, rng) if monthly[at] else times[at])
                    of_row = times[at]
                drawn.append(latest)
        dates = [origin + timedelta(days=int(np.floor(time))) for time in drawn]
        yield ordered.with_columns(time=pl.Series(drawn, dtype=pl.Float64), date=pl.Series(dates, dtype=pl.Date))


def _in_month(day: date, origin: date, rng: np.random.Generator) -> float:
    """Noon of a day of the month of a date. [day]"""
    first = day.replace(day=1)
    length = ((first + timedelta(days=32)).replace(day=1) - first).days
    return (first - origin).days + float(rng.integers(length)) + 0.5


def limits(table: pl.DataFrame, war: int | None = None) -> dict[str, tuple[list[str], list[str]]]:
    """Values at which a war is found, and those at which it is not, by what is varied.

    table: of `sensitivity`. war: number of the war as it stands; None where there is none.
    """
    of_war = table.filter(pl.col("war").is_null() if war is None else pl.col("war") == war)
    return {
        str(name): (
            part.filter(pl.col("found"))["value"].to_list(),
            part.filter(~pl.col("found"))["value"].to_list(),
        )
        for (name,), part in of_war.partition_by(["varied"], as_dict=True, maintain_order=True).items()
    }
