"""How figures look: one width, one set of looks, dates on the x axis, labels that do not overlap.

Sellers differ by dash and marker as well as by colour (Okabe and Ito's, safe for the colour-blind), so a
figure can be read in greyscale. Layout is in inches and fixed, so labels can be spread before drawing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.0
"""Width of every figure. [inch]"""
BURN_IN_SHOWN = 60
"""Days of the burn-in that figures show. [day]"""

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
DASHES: tuple[tuple[float, tuple[float, ...]], ...] = (
    (0, ()),
    (0, (5, 1.5)),
    (0, (1.5, 1)),
    (0, (6, 1.5, 1.5, 1.5)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "oo", "||||")
GREY = "#6e6e6e"
PALE = "#c4c4c4"
WAR = "#f6dfc4"

HOUSE_STYLE: Mapping[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "axes.labelsize": 8.0,
    "axes.titlesize": 8.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 1.1,
    "hatch.linewidth": 0.4,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "svg.hashsalt": "pricewar",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one seller is drawn, in every figure of a run."""

    colour: str
    dash: tuple[float, tuple[float, ...]]
    marker: str


def looks(sellers: Sequence[str]) -> dict[str, Look]:
    """Give each seller a look of its own, by the order of their names."""
    names = sorted(set(sellers))
    return {
        name: Look(PALETTE[i % len(PALETTE)], DASHES[i % len(DASHES)], MARKERS[i % len(MARKERS)])
        for i, name in enumerate(names)
    }


@contextmanager
def house_style() -> Iterator[None]:
    """Draw by our settings alone; a reader's own matplotlib settings change nothing, and stay."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(HOUSE_STYLE)
        yield


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch of calendar that a figure shows, in days since 1970, as matplotlib counts them."""

    first: float
    start: float
    """The scenario's first day; what comes before is burn-in."""
    last: float

    @classmethod
    def of(cls, daily: "pl.DataFrame") -> "Span":
        """Take the span from a table with `day` and `date`: the run, and the end of its burn-in."""
        import polars as pl

        dates = daily.select(start=pl.col("date").cast(pl.Int32) - pl.col("day"), day="day")
        start = float(dates["start"].item(0))
        last = float(dates.select(pl.col("day").max()).item())
        burn_in = float(dates.select(pl.col("day").min()).item())
        shown = max(burn_in, -min(BURN_IN_SHOWN, max(last, 1.0)))
        return cls(start + min(shown, 0.0), start, start + max(last, 1.0))


def page(height: float, left: float = 0.75, right: float = 1.2, top: float = 0.3, bottom: float = 0.5) -> "Figure":
    """Return an empty figure of this height, with margins in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    figure.subplots_adjust(left=left / WIDTH, right=1 - right / WIDTH, bottom=bottom / height, top=1 - top / height)
    return figure


def date_axis(axes: "Axes", span: Span, ticks: int = 7) -> None:
    """Put dates on the x axis, over the whole span, with about so many ticks at most."""
    from matplotlib.dates import (
        ConciseDateFormatter,
        DateLocator,
        DayLocator,
        MonthLocator,
        WeekdayLocator,
        YearLocator,
    )

    axes.set_xlim(span.first, span.last)
    # Our own ladder of steps: matplotlib's warns, and falls back, when its own has no step that fits.
    days = (span.last - span.first) / ticks
    months = next((step for step in (1, 2, 3, 6) if days <= 30.5 * step), None)
    locator: DateLocator
    if days <= 3:
        locator = DayLocator(interval=ceil(days))  # type: ignore[no-untyped-call]
    elif days <= 14:
        locator = WeekdayLocator(byweekday=0, interval=ceil(days / 7))  # type: ignore[no-untyped-call]
    elif months:
        locator = MonthLocator(bymonth=range(1, 13, months))  # type: ignore[no-untyped-call]
    else:
        locator = YearLocator(ceil(days / 365))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    # A day never stands without its month.
    day = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%S"]
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator,
            formats=day,
            zero_formats=["", "%Y", "%d %b", *day[2:5]],
            offset_formats=["", *["%Y"] * 5],
        )
    )


def shade(axes: "Axes", span: Span, wars: "pl.DataFrame") -> None:
    """Shade the wars, and veil the burn-in in grey."""
    for first, last, _ in war_spans(wars, span):
        axes.axvspan(first, last, facecolor=WAR, edgecolor="none", zorder=0)
        axes.axvline(first, color=GREY, linewidth=0.6, zorder=0.5)
    if span.first < span.start:
        axes.axvspan(span.first, span.start, facecolor="#e4e4e4", alpha=0.75, edgecolor="none", zorder=5)
        axes.axvline(span.start, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)), zorder=5)


def war_spans(wars: "pl.DataFrame", span: Span) -> list[tuple[float, float, int]]:
    """First and last day of each war within the span, and its number; a war without end lasts to the end."""
    spans = []
    for war, start, end in wars.select("war", "start_time", "end_time").iter_rows():
        first = max(span.start + start, span.first)
        last = span.last if end is None else min(span.start + end, span.last)
        if first < last:
            spans.append((first, last, war))
    return spans
