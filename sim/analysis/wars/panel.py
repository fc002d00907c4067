"""From a table of price moves to one panel a tier: columns, chained index, cuts, launches and exits.

A column is one seller in one tier. Several models of a seller in a tier are one column, and its price is that
of the cheapest model on sale: a dearer successor raises it only once the old model is withdrawn. Logs are
taken of prices relative to the column's own first positive price, so that multiplying all money by a power of
two changes no bit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite, log

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pricewar.sim.analysis.wars.settings import DetectorSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REQUIRED = ("time", "seller", "tier", "kind", "price")
NOT_ON_SALE = (float("nan"), float("nan"), float("nan"))
TOLERANCE = 1e-9
"""Log points by which a fall may miss a threshold: rounding, five per cent of 47.5 being no exact number."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table of moves."""

    time: float
    seller: str
    kind: str
    model: str
    price: float | None
    quality: float
    fact: int | None


@dataclass(frozen=True, slots=True)
class Panel:
    """One tier's price moves. C cuts, T instants at which any price moved, S sellers; times in days."""

    tier: str
    sellers: tuple[str, ...]
    """Names of the S columns, sorted."""
    start: float
    """First instant of the tier. [day]"""
    end: float
    """End of the record. [day]"""
    times: Floats
    """Instants, shape (T,), increasing. [day]"""
    index: Floats
    """Chained tier index after each instant, shape (T,): 0 before the first. [log points]"""
    cut_at: Ints
    """Position in `times` of each cut, shape (C,), not decreasing."""
    cut_times: Floats
    """Time of each cut, shape (C,). [day]"""
    cut_seller: Ints
    """Position in `sellers` of who cut, shape (C,)."""
    cut_fact: tuple[int | None, ...]
    """Fact of each cut, where the table has facts."""
    launches: tuple[tuple[float, str], ...]
    """(time, seller) of each launch below the median price of the seller's rivals in the tier."""
    exits: tuple[tuple[float, str], ...]
    """(time, seller) of each departure from the tier."""
    floored: Floats
    """Times at which a price was floored before its log was taken, increasing. [day]"""
    paths: dict[str, list[tuple[float, float]]]
    """Each column's (time, posted log price over its first) after every change; NaN once it has left."""
    references: dict[str, float]
    """Money at which each column's log is zero; 0 for a column never above a zero price. [money/Mtok]"""

    def life(self, seller: str) -> tuple[float, float]:
        """First and last day on which a column is on sale. [day]"""
        path = self.paths[seller]
        return path[0][0], path[-1][0] if np.isnan(path[-1][1]) else self.end

    def posted_log_price(self, seller: str, time: float) -> float:
        """Posted log price of a column once the moves of `time` are made; NaN where not on sale. [log points]

        It is floored, relative to the column's first price, and not adjusted for quality.
        """
        held = [value for t, value in self.paths[seller] if t <= time]
        return held[-1] if held else float("nan")


def panels(moves: pl.DataFrame, settings: DetectorSettings | None = None, *, until: float | None = None) -> list[Panel]:
    """One panel for each tier of a table of price moves, in the order of the tiers' names.

    moves: columns time [day], seller, tier, kind (opening, launch, cut, rise or withdrawn) and price
        [money/Mtok; null or `withdrawn` takes the model off sale]; optional model, fact, and quality, what
        the model's quality is worth [log points], which is taken off the log price. The order of the rows
        does not matter.
    until: end of the record [day]; the last move when not given.
    Raises ValueError where a column is missing or a price is negative or no number.
    """
    settings = settings or DetectorSettings()
    if missing := [name for name in REQUIRED if name not in moves.columns]:
        raise ValueError(f"the table of price moves lacks {', '.join(missing)}; it needs {', '.join(REQUIRED)}")
    rows = list(_rows(moves))
    end = max([row.time for _, row in rows] + ([until] if until is not None else []), default=0.0)
    return [
        _panel(tier, [row for _, row in group], end, settings) for tier, group in groupby(rows, key=lambda row: row[0])
    ]


def _rows(moves: pl.DataFrame) -> Iterator[tuple[str, Move]]:
    """Moves by tier, time, seller and model, whatever order they came in."""
    given = moves.with_columns(
        pl.col("time").cast(pl.Float64),
        *[
            pl.lit(value, dtype=dtype).alias(name)
            for name, value, dtype in (
                ("model", "", pl.String),
                ("quality", 0.0, pl.Float64),
                ("fact", None, pl.Int64),
            )
            if name not in moves.columns
        ],
    ).sort("tier", "time", "seller", "model", "fact", "price", maintain_order=True)
    columns = ("tier", "time", "seller", "kind", "model", "price", "quality", "fact")
    for tier, time, seller, kind, model, price, quality, fact in given.select(columns).iter_rows():
        if price is not None and not (isfinite(price) and price >= 0):
            raise ValueError(f"{seller} posts {price} in tier {tier} at {time}; a price is a number of at least zero")
        yield tier, Move(time, seller, kind, model or "", price, quality or 0.0, fact)


def _panel(tier: str, rows: list[Move], end: float, settings: DetectorSettings) -> Panel:
    """Read one tier's moves instant by instant."""
    reader = _Reader(settings, _references(rows, settings))
    for time, group in groupby(rows, key=lambda row: row.time):
        reader.read(time, list(group))
    sellers = tuple(sorted(reader.paths))
    position = {seller: i for i, seller in enumerate(sellers)}
    times = np.array(reader.times, dtype=np.float64)
    cut_at = np.array([at for at, _, _ in reader.cuts], dtype=np.int64)
    return Panel(
        tier=tier,
        sellers=sellers,
        start=rows[0].time,
        end=end,
        times=times,
        index=np.array(reader.index, dtype=np.float64),
        cut_at=cut_at,
        cut_times=times[cut_at],
        cut_seller=np.array([position[seller] for _, seller, _ in reader.cuts], dtype=np.int64),
        cut_fact=tuple(fact for _, _, fact in reader.cuts),
        launches=tuple(reader.launches),
        exits=tuple(reader.exits),
        floored=np.array(reader.floored, dtype=np.float64),
        paths=reader.paths,
        references=reader.references,
    )


def _references(rows: list[Move], settings: DetectorSettings) -> dict[str, float]:
    """First positive price of each column: the money at which its log is zero."""
    first: dict[str, float] = {row.seller: settings.floor_price or 0.0 for row in reversed(rows)}
    first.update({row.seller: row.price for row in reversed(rows) if row.price})
    return first


@dataclass(slots=True)
class _Reader:
    """What is known of a tier while its moves are read in order of time.

    on_sale: seller -> model -> (quality-adjusted log price, posted log price, price).
    """

    settings: DetectorSettings
    references: dict[str, float]
    on_sale: dict[str, dict[str, tuple[float, float, float]]] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    index: list[float] = field(default_factory=list)
    cuts: list[tuple[int, str, int | None]] = field(default_factory=list)
    launches: list[tuple[float, str]] = field(default_factory=list)
    exits: list[tuple[float, str]] = field(default_factory=list)
    floored: list[float] = field(default_factory=list)
    paths: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def read(self, time: float, rows: list[Move]) -> None:
        """Apply every move of one instant, then see what became of each column and of the index."""
        touched = sorted({row.seller for row in rows})
        before = {seller: min(self.on_sale[seller].values()) for seller in touched if seller in self.on_sale}
        standing = len(self.on_sale)
        launched = self._launched_low(rows) if any(self._may_launch(row) for row in rows) else set()
        for row in rows:
            self._apply(row)
        self.times.append(time)
        fall, matched = 0.0, standing
        for seller in touched:
            after, posted, _ = min(self.on_sale[seller].values(), default=NOT_ON_SALE)
            self.paths.setdefault(seller, []).append((time, posted))
            if not self.on_sale[seller]:
                del self.on_sale[seller]
                matched -= seller in before
                if seller in before:
                    self.exits.append((time, seller))
            elif seller in before:
                change = after - before[seller][0]
                fall += change
                if change <= log(1.0 - self.settings.x_min) + TOLERANCE:
                    fact = next((row.fact for row in rows if row.seller == seller and row.price is not None), None)
                    self.cuts.append((len(self.times) - 1, seller, fact))
                    launched.discard(seller)
        self.launches.extend((time, seller) for seller in sorted(launched))
        self.index.append((self.index[-1] if self.index else 0.0) + (fall / matched if matched else 0.0))

    def _may_launch(self, row: Move) -> bool:
        """Whether a row puts something new on sale after the tier's first instant."""
        return bool(self.times) and (row.kind == "launch" or (row.kind != "opening" and row.seller not in self.on_sale))

    def _launched_low(self, rows: list[Move]) -> set[str]:
        """Who puts a model on sale below the median price of the columns standing beside it."""
        low = set()
        for row in rows:
            rivals = [min(held.values())[2] for seller, held in self.on_sale.items() if seller != row.seller]
            if self._may_launch(row) and row.price is not None and rivals and row.price < np.median(rivals):
                low.add(row.seller)
        return low

    def _apply(self, row: Move) -> None:
        """Post one price, or take one model off sale."""
        held = self.on_sale.setdefault(row.seller, {})
        if row.price is None or row.kind == "withdrawn":
            held.pop(row.model, None)
            return
        reference = self.references[row.seller]
        floor = self.settings.floor_price or self.settings.floor_share * reference
        if row.price < floor:
            self.floored.append(row.time)
        relative = log(max(row.price, floor) / reference) if reference else 0.0
        held[row.model] = (relative - row.quality, relative, row.price)
