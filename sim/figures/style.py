"""How figures look: one width, one set of looks, dates on the x axis, labels that do not overlap.

Sellers differ by dash and marker as well as by colour (safe for the colour-blind), so a figure
can be read in greyscale. Layout is in inches and fixed, so labels can be spread before drawing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pricewar.sim.results.run import Json


WIDTH = 7.0
"""Width of every figure. [inch]"""
BURN_IN_SHOWN = 60
"""Days of the burn-in that figures show. [day]"""

ROUNDING = 1e-9
"""Movement of a line, as a part of its level, that is no more than sums in another order. [1]"""

PALETTE = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9"),
    *("#882255", "#999933", "#332288"),
)
"""Seven colours of Okabe and Ito, then three of Tol's muted ones: the colour-blind tell neighbours apart."""
DASHES: tuple[tuple[float, tuple[float, ...]], ...] = (
    (0, ()),
    (0, (5, 1.5)),
    (0, (1.5, 1)),
    (0, (6, 1.5, 1.5, 1.5)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "oo", "||||")
TINT = 0.5
"""Share of its colour that is left in a filled area."""
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
    """How one name is drawn; a seller's is the same in every figure of a run."""

    colour: str
    dash: tuple[float, tuple[float, ...]]
    marker: str
    hatch: str = ""

    @property
    def tint(self) -> tuple[float, float, float]:
        """The colour so light that a hatch is seen on it. [red, green, blue; 0-1]"""
        from matplotlib.colors import to_rgb

        red, green, blue = (1.0 - TINT * (1.0 - part) for part in to_rgb(self.colour))
        return red, green, blue


def looks(names: Iterable[str]) -> dict[str, Look]:
    """Give each name a look of its own, in the order of the alphabet."""
    return {name: _look(number) for number, name in enumerate(sorted(set(names)))}


def looks_of_sellers(scenario: "Mapping[str, Json]", others: Iterable[str] = ()) -> dict[str, Look]:
    """Give each seller its look in every figure: sellers of the scenario first, so that hosts who come change none.

    scenario: as resolved. others: names that may be the scenario's, or those of hosts and of buyers who serve
    themselves.
    """
    named = scenario.get("sellers")
    first = sorted(named) if isinstance(named, Mapping) else []
    return {name: _look(number) for number, name in enumerate([*first, *sorted(set(others) - set(first))])}


def _look(number: int) -> Look:
    """Number 0, 1, ... in the order of the palette; colours come again with another dash and marker."""
    return Look(
        PALETTE[number % len(PALETTE)],
        DASHES[number % len(DASHES)],
        MARKERS[number % len(MARKERS)],
        HATCHES[number % len(HATCHES)],
    )


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


def note_below(figure: "Figure", words: str) -> None:
    """Write a note into the lowest sixth of an inch of a figure, which its margin must leave free."""
    figure.text(0.08 / WIDTH, 0.05 / figure.get_figheight(), words, color=GREY, va="bottom")


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


NEAR = 0.05
"""Share of the axis within whose end a line must end for its name to be led to."""
LABEL_GAP = 11.0
"""Distance between the baselines of neighbouring labels. [point]"""


def nothing_to_show(words: str) -> "Figure":
    """Return a figure that says in a sentence why it shows nothing."""
    figure = page(1.2)
    figure.text(0.5, 0.5, words, ha="center", va="center", color=GREY)
    return figure


SCALES = ((1e9, "billion "), (1e6, "million "), (1e3, "thousand "))


def scale(*columns: "pl.Series") -> tuple[float, str]:
    """A power of a thousand of which the largest of these numbers is at least one, and its word before a unit.

    >>> import polars as pl
    >>> scale(pl.Series([2.0, -3e6]), pl.Series([None, 1.0])), scale(pl.Series([0.5])), scale()
    ((1000000.0, 'million '), (1.0, ''), (1.0, ''))
    """
    largest = max((float(str(column.abs().max() or 0.0)) for column in columns), default=0.0)
    return next(((size, word) for size, word in SCALES if largest >= size), (1.0, ""))


def widened(limits: tuple[float, float], least: float) -> tuple[float, float]:
    """Limits of a log axis, widened to both sides until the upper is at least so many times the lower.

    >>> widened((1.0, 100.0), 4.0), widened((1.0, 1.0), 4.0)
    ((1.0, 100.0), (0.5, 2.0))
    """
    low, high = limits
    more = max(1.0, least * low / high) ** 0.5
    return low / more, high * more


def room_for(names: Sequence[str], beside: float) -> float:
    """Margin that the longest of these names needs, beside what else stands there. [inch]"""
    return beside + 0.072 * max((len(name) for name in names), default=0)


def height_in_points(axes: "Axes") -> float:
    """Height of the drawing area. [point]"""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return float(axes.get_position().height * figure.get_figheight() * 72)


def width_in_points(axes: "Axes") -> float:
    """Width of the drawing area. [point]"""
    return float(axes.get_position().width * WIDTH * 72)


def name_stretches(axes: "Axes", span: Span, wars: "pl.DataFrame", *, burn_in: bool = True) -> None:
    """Write above the axes which stretch is a war and, if wanted, which the burn-in, side by side."""
    began: dict[float, list[int]] = {}
    for first, _, war in war_spans(wars, span):
        began.setdefault(first, []).append(war)
    named = [(x, f"war{'s' * (len(some) > 1)} {', '.join(map(str, sorted(some)))}") for x, some in began.items()]
    if burn_in and span.first < span.start:
        named.insert(0, (span.first, "burn-in"))
    named.sort()
    width = width_in_points(axes)
    scale = width / (span.last - span.first)
    places = spread([(x - span.first) * scale for x, _ in named], 38.0, 0.0, width - 30.0)
    for place, (_, text) in zip(places, named, strict=True):
        axes.annotate(
            text, (place / width, 1.0), xycoords="axes fraction", xytext=(0, 3), textcoords="offset points",
            ha="left", va="bottom", color=GREY if text == "burn-in" else "black",
        )  # fmt: skip


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move places as little as possible (least squares) so that neighbours are a gap apart, within bounds.

    Pool-adjacent-violators on the places less their ranks' gaps; order is kept. If there is not room for all,
    the gap shrinks to what there is.

    >>> spread([5.0, 5.0, 5.0], 2.0, 0.0, 10.0)
    [3.0, 5.0, 7.0]
    >>> spread([9.0, 9.5, 0.0], 2.0, 0.0, 10.0)
    [8.0, 10.0, 0.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    gap = min(gap, (high - low) / max(len(order) - 1, 1))
    pools: list[tuple[float, int]] = []
    for rank, i in enumerate(order):
        mean, size = wanted[i] - gap * rank, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    ceiling = high - gap * (len(order) - 1)
    placed = [0.0] * len(order)
    for rank, (i, level) in enumerate(zip(order, levels, strict=True)):
        placed[i] = min(max(level, low), ceiling) + gap * rank
    return placed


@dataclass(frozen=True, slots=True)
class End:
    """Where a line ends, and what to write there."""

    x: float
    y: float
    text: str
    look: Look | None = None
    """Look of the line; None draws a thin grey one, without a marker."""
    italic: bool = False
    """Whether to set the name apart from sellers' names."""


def label_ends(axes: "Axes", ends: Sequence[End]) -> None:
    """Write each line's name and marker to the right of the axes, spread so that none overlap.

    A thin line leads there, but from one that ended long before: it would cross the others.
    """
    first, last = axes.get_xlim()
    height = height_in_points(axes)
    low, high = axes.get_ylim()  # asked, since matplotlib puts off finding the limits and the transforms do not ask
    if high - low < ROUNDING * max(abs(low), abs(high)):
        axes.set_ylim(0.95 * low, 1.05 * high)  # a line that moves by rounding alone is flat
    across = axes.transAxes.inverted()
    fractions = [float(across.transform(axes.transData.transform((end.x, end.y)))[1]) for end in ends]
    places = spread([f * height for f in fractions], LABEL_GAP, 0.0, height)
    width = width_in_points(axes)
    for end, place in zip(ends, places, strict=True):
        colour, dash = (end.look.colour, end.look.dash) if end.look else (GREY, DASHES[0])
        where = (1.0 + 18.0 / width, place / height)
        if last - end.x <= NEAR * (last - first):
            axes.annotate(
                "", (end.x, end.y), xytext=where, textcoords="axes fraction", annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7, "linestyle": dash,
                            "shrinkA": 0.0, "shrinkB": 0.0},
            )  # fmt: skip
        if end.look:
            axes.plot(
                *where, marker=end.look.marker, color=colour, markersize=3.2, linestyle="none",
                transform=axes.transAxes, clip_on=False,
            )  # fmt: skip
        axes.annotate(
            end.text, where, xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
            va="center_baseline", ha="left", style="italic" if end.italic else "normal",
        )  # fmt: skip
