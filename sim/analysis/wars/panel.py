"""From a table of price moves to one panel a tier: its lines, and every change of their prices.

A line is what one seller asks for one product: a tier, or where the moves name a `line` that line within the tier.
Several models on sale in a line are one price, that of the cheapest: a dearer successor raises it only once the old
model is withdrawn.

The size of a change is the midpoint change 2(p0 - p1)/(p0 + p1): 2/3 for a price halved, 2 for a price that becomes
zero, whatever it was; the opposite for the way back. So a free price needs no floor, and multiplying all money by a
power of two changes no bit.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from math import exp, isfinite
from statistics import median

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pricewar.sim.analysis.wars.settings import DetectorSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Line = tuple[str, str]
"""(seller, line), the line empty where a seller has one in the tier."""

REQUIRED = ("time", "seller", "tier", "kind", "price")
TOLERANCE = 1e-9
"""Share of a price by which a fall may miss a threshold: rounding, five per cent of 47.5 being no exact number."""
FORTNIGHT = 14.0
"""Small falls of a line within so many days add up to one cut. [day]"""
MOVES = ("cut", "entry")
"""Kinds of changes that make a seller take part in a war."""


def midpoint_change(before: float, after: float) -> float:
    """Fall of a price as a share of the mean of old and new, from -2 (was free) to 2 (is free). [1]

    >>> midpoint_change(3.0, 1.0), midpoint_change(5.0, 0.0), midpoint_change(0.0, 0.0)
    (1.0, 2.0, 0.0)
    """
    return 2.0 * (before - after) / (before + after) if before != after else 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one line's price."""

    time: float
    seller: str
    line: str
    kind: str
    """cut; fall, one too small to be a cut yet; rise; entry, a line opened below every rival's price for the product;
    launch, any other opening of a line, or a new model in one that is low and no cut; exit."""
    before: float
    """Price before; of an entry the lowest at which rivals sell the product, of a launch the cheapest rival's, NaN
    where there is none. [money/Mtok]"""
    after: float
    """Price after; NaN for an exit. [money/Mtok]"""
    size: float
    """Midpoint change; zero for a launch or exit. [1]"""
    step: float
    """Of a cut, the midpoint change from the highest price of the fortnight to which small falls add up. [1]"""
    answerable: bool
    """Whether rivals can answer it: cuts, entries, first prices for a product and launches below the rivals' median."""
    dated: bool
    """Whether only its day is known, so that what rivals do on the same day may answer it or be answered by it."""
    fact: int | None

    @property
    def moves(self) -> bool:
        """Whether it makes its seller take part in a war."""
        return self.kind in MOVES

    @property
    def low_launch(self) -> bool:
        """Whether it puts a model on sale below the median price of the rivals, without a cut."""
        return self.kind in ("entry", "launch") and self.answerable and self.before >= 0


@dataclass(frozen=True, slots=True)
class Panel:
    """One tier's prices; times in days."""

    tier: str
    start: float
    """First instant of the record, of all tiers. [day]"""
    end: float
    """End of the record. [day]"""
    changes: tuple[Change, ...]
    """Every change of a price, by time, seller and line; the prices at which the tier opens are none."""
    paths: dict[Line, list[tuple[float, float, float]]]
    """Each line's (time, price at constant quality, posted price) after every change; NaN once it has left."""

    @property
    def sellers(self) -> tuple[str, ...]:
        """Sellers of the tier, sorted."""
        return tuple(sorted({seller for seller, _ in self.paths}))

    def between(self, start: float, end: float) -> tuple[Change, ...]:
        """Changes from one instant to another, both included."""
        first = bisect_left(self.changes, start, key=lambda change: change.time)
        return self.changes[first : bisect_right(self.changes, end, key=lambda change: change.time)]

    def cuts(self) -> tuple[Change, ...]:
        """Changes that are cuts, by time."""
        return tuple(change for change in self.changes if change.kind == "cut")

    def lives(self) -> Floats:
        """First and last day on sale of each seller, shape (sellers, 2). [day]"""
        lives = []
        for seller in self.sellers:
            paths = [path for (name, _), path in self.paths.items() if name == seller]
            last = max(path[-1][0] if np.isnan(path[-1][1]) else self.end for path in paths)
            lives.append((min(path[0][0] for path in paths), last))
        return np.array(lives, dtype=np.float64).reshape(-1, 2)

    def price(self, line: Line, time: float, *, before: bool = False, posted: bool = False) -> float:
        """Price of a line once the moves of `time` are made, or just before them; NaN where it is not on sale.

        It is at constant quality unless the `posted` one is asked for. [money/Mtok]
        """
        path = self.paths[line]
        side = bisect_left if before else bisect_right
        at = side(path, time, key=lambda point: point[0])
        return path[at - 1][2 if posted else 1] if at else float("nan")

    def last_posted(self, line: Line, time: float) -> float:
        """Instant at or before `time` at which a line's price was last posted; infinitely long ago if never. [day]"""
        path = self.paths[line]
        at = bisect_right(path, time, key=lambda point: point[0])
        return path[at - 1][0] if at else float("-inf")

    def standing(self, time: float) -> list[Line]:
        """Lines on sale just before `time`, sorted."""
        return sorted(line for line in self.paths if self.price(line, time, before=True) >= 0)


def panels(moves: pl.DataFrame, settings: DetectorSettings | None = None, *, until: float | None = None) -> list[Panel]:
    """One panel for each tier of a table of price moves, in the order of the tiers' names.

    moves: columns time [day], seller, tier, kind (opening, launch, cut, rise or withdrawn) and price
        [money/Mtok; null or `withdrawn` takes the model off sale]; optional line, model, product (what rivals may sell
        too: the line or, without one, the model if not given), fact, precision (`day` or `month` where the instant is
        not known), and quality, what the model's quality is worth [log points], which is
        taken off the log price. The order of the rows does not matter.
    until: end of the record [day]; the last move when not given.
    Raises ValueError where a column is missing or a price is negative or no number.
    """
    settings = settings or DetectorSettings()
    if missing := [name for name in REQUIRED if name not in moves.columns]:
        raise ValueError(f"the table of price moves lacks {', '.join(missing)}; it needs {', '.join(REQUIRED)}")
    rows = list(_rows(moves))
    start = min((row.time for _, row in rows), default=0.0)
    end = max([row.time for _, row in rows] + ([until] if until is not None else []), default=0.0)
    return [
        _panel(tier, [row for _, row in group], (start, end), settings)
        for tier, group in groupby(rows, key=lambda row: row[0])
    ]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table of moves."""

    time: float
    seller: str
    line: str
    kind: str
    model: str
    price: float | None
    quality: float
    fact: int | None
    dated: bool
    product: str


def _rows(moves: pl.DataFrame) -> Iterator[tuple[str, _Row]]:
    """Moves by tier, time, seller, line and model, whatever order they came in."""
    optional = (
        ("line", "", pl.String), ("model", "", pl.String), ("quality", 0.0, pl.Float64), ("fact", None, pl.Int64),
        ("precision", None, pl.String), ("product", None, pl.String),
    )  # fmt: skip
    given = moves.with_columns(
        pl.col("time").cast(pl.Float64),
        *[pl.lit(value, dtype=dtype).alias(name) for name, value, dtype in optional if name not in moves.columns],
    ).sort("tier", "time", "seller", "line", "model", "fact", "price", maintain_order=True)
    columns = ("tier", "time", "seller", "line", "kind", "model", "price", "quality", "fact", "precision", "product")
    for tier, time, seller, line, kind, model, price, quality, fact, precision, product in given.select(
        columns
    ).iter_rows():
        if price is not None and not (isfinite(price) and price >= 0):
            raise ValueError(f"{seller} posts {price} in tier {tier} at {time}; a price is a number of at least zero")
        dated = precision in ("day", "month")
        sold = product or line or model or ""
        yield tier, _Row(time, seller, line or "", kind, model or "", price, quality or 0.0, fact, dated, sold)


def _rivals(line: Line, standing: dict[Line, float]) -> list[float]:
    """What rivals ask for the same product."""
    return [price for (seller, product), price in standing.items() if seller != line[0] and product == line[1]]


def _panel(tier: str, rows: list[_Row], span: tuple[float, float], settings: DetectorSettings) -> Panel:
    """Read one tier's moves instant by instant."""
    reader = _Reader(settings, opens=span[0])
    for time, group in groupby(rows, key=lambda row: row.time):
        reader.read(time, list(group))
    return Panel(tier, *span, tuple(reader.changes), reader.paths)


@dataclass(slots=True)
class _Reader:
    """What is known of a tier while its moves are read in order of time."""

    settings: DetectorSettings
    opens: float
    """First instant of the record: what stands then was opened before. [day]"""
    on_sale: dict[Line, dict[str, tuple[float, float, str]]] = field(default_factory=dict)
    """Line -> model -> (price at constant quality, posted price, product)."""
    changes: list[Change] = field(default_factory=list)
    paths: dict[Line, list[tuple[float, float, float]]] = field(default_factory=dict)
    counted: dict[Line, float] = field(default_factory=dict)
    """When each line was last opened, raised, or cut by enough to count."""

    def read(self, time: float, rows: list[_Row]) -> None:
        """Apply every move of one instant, then see what became of each line."""
        of_line: dict[Line, list[_Row]] = {}
        for row in rows:
            of_line.setdefault((row.seller, row.line), []).append(row)
        standing = {line: min(held.values())[0] for line, held in self.on_sale.items()}
        sold = [(line[0], what, price) for line, held in self.on_sale.items() for price, _, what in held.values()]
        for row in rows:
            self._apply(row)
        opened = []
        for line, own in sorted(of_line.items()):
            price, posted, _ = min(self.on_sale[line].values(), default=(float("nan"), float("nan"), ""))
            self.paths.setdefault(line, []).append((time, price, posted))
            if not self.on_sale[line]:
                del self.on_sale[line]
            if line in standing:
                self._change(time, line, standing[line], price, own)
                if line in self.on_sale and any(row.kind == "launch" for row in own):
                    self._renew(time, line, standing, price, own)
            elif line in self.on_sale and time > self.opens and not any(row.kind == "opening" for row in own):
                opened.append((price, line, own))
            self.counted.setdefault(line, time)
        # of lines opened on one day, in an order that nobody knows, the dearest is taken to be the first
        for price, line, own in sorted(opened, key=lambda new: (-new[0], new[1])):
            product = min(self.on_sale[line].values())[2]
            same = [asked for seller, what, asked in sold if seller != line[0] and what == product]
            self._open(time, line, same, _rivals(line, standing), price, own)
            if any(row.dated for row in own):
                sold.append((line[0], product, price))
                standing[line] = price

    def _change(self, time: float, line: Line, before: float, after: float, own: list[_Row]) -> None:
        """Note what became of the price of a line that stood before."""
        if after != after:
            del self.counted[line]
            self._note(time, line, "exit", (before, after), own, answerable=False)
            return
        size = midpoint_change(before, after)
        if size < 0:
            self.counted[line] = time
            self._note(time, line, "rise", (before, after), own, size=size, answerable=False)
        elif size > 0:
            since = max(self.counted[line], time - FORTNIGHT)
            lately = [price for at, price, _ in self.paths[line] if since <= at < time]
            highest = max([before, *lately])
            if after <= (1.0 - self.settings.x_min) * highest + TOLERANCE * highest:
                self.counted[line] = time
                step = midpoint_change(highest, after)
                self._note(time, line, "cut", (before, after), own, size=size, step=step, answerable=True)
            else:
                self._note(time, line, "fall", (before, after), own, size=size, answerable=False)

    def _renew(self, time: float, line: Line, standing: dict[Line, float], price: float, own: list[_Row]) -> None:
        """Note a new model in a line that stood, where it is low and no cut: rivals may answer it all the same."""
        rivals = _rivals(line, standing)
        cut = bool(self.changes) and self.changes[-1].kind == "cut" and self.counted[line] == time
        if not cut and rivals and price < median(rivals):
            self._note(time, line, "launch", (min(rivals), price), own, answerable=True)

    def _open(
        self, time: float, line: Line, same: list[float], rivals: list[float], price: float, own: list[_Row]
    ) -> None:
        """Note a new line: an entry if it is cheaper than what every rival asks for the product, else a launch.

        same: prices of rivals who sell the same product. rivals: those of all in the line's class. [money/Mtok]
        """
        low = min(same, default=float("nan"))
        if price <= (1.0 - self.settings.x_min) * low:
            size = midpoint_change(low, price)
            self._note(time, line, "entry", (low, price), own, size=size, step=size, answerable=True)
        else:
            answerable = price < median(rivals) if rivals else True
            self._note(time, line, "launch", (min(rivals, default=low), price), own, answerable=answerable)

    def _note(
        self, time: float, line: Line, kind: str, prices: tuple[float, float], own: list[_Row], *,
        size: float = 0.0, step: float = 0.0, answerable: bool,
    ) -> None:  # fmt: skip
        fact = next((row.fact for row in own if row.price is not None), None)
        dated = any(row.dated for row in own)
        self.changes.append(Change(time, *line, kind, *prices, size, step, answerable, dated, fact))

    def _apply(self, row: _Row) -> None:
        """Post one price, or take one model off sale."""
        held = self.on_sale.setdefault((row.seller, row.line), {})
        if row.price is None or row.kind == "withdrawn":
            held.pop(row.model, None)
            return
        # a price times e^-quality: what a unit of constant quality costs
        held[row.model] = (row.price * exp(-row.quality) if row.quality else row.price, row.price, row.product)
