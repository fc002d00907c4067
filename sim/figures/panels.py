"""Panels over the same dates: wars shaded, lines named where they end."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pricewar.sim.figures.style import (
    GREY,
    End,
    Look,
    Span,
    date_axis,
    label_ends,
    looks,
    name_stretches,
    page,
    room_for,
    shade,
    widened,
)

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def panels(
    span: Span,
    wars: "pl.DataFrame",
    names: Sequence[str],
    height: float,
    ratios: Sequence[float] = (1.0,),
    bottom: float = 0.5,
) -> "tuple[Figure, list[Axes]]":
    """Return a figure with panels over the same dates, wars shaded, with room for these names beside them."""
    figure = page(height, left=0.85, right=max(1.2, room_for(names, 0.4)), bottom=bottom)
    grid = figure.subplots(
        len(ratios), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": ratios, "hspace": 0.2}
    )
    every: list[Axes] = list(grid[:, 0])
    for axes in every:
        date_axis(axes, span)
        shade(axes, span, wars)
        name_stretches(axes, span, wars, burn_in=axes is every[0])
    every[-1].set_xlabel("date")
    return figure, every


def within(table: "pl.DataFrame", span: Span) -> "pl.DataFrame":
    """Rows within the figure's span, in the order of days."""
    import polars as pl

    return table.sort("day").filter(pl.col("date").cast(pl.Int32) >= span.first)


def dates(table: "pl.DataFrame") -> "pl.Series":
    """Dates as matplotlib counts them. [day since 1970]"""
    import polars as pl

    return table["date"].cast(pl.Int32)


def last_of(table: "pl.DataFrame", column: str) -> tuple[float, float]:
    """Where a line ends: its last point with a value."""
    points = table.drop_nulls(column)
    return float(dates(points)[-1]), float(points[column][-1])


def draw_lines(
    axes: "Axes", days: "pl.DataFrame", lines: Mapping[str, str], names: Sequence[str] = (), *, step: bool = False
) -> list[End]:
    """Draw columns by their names, those with a value; returns their ends. names: all that get looks, if more."""
    valued = {name: column for name, column in lines.items() if days[column].count()}
    look_of: dict[str, Look] = looks(names or list(lines))
    for name, column in valued.items():
        style = "steps-post" if step else "default"
        look = look_of[name]
        axes.plot(dates(days), days[column], color=look.colour, linestyle=look.dash, drawstyle=style)
    return [End(*last_of(days, column), name, look_of[name]) for name, column in valued.items()]


def short(number: float) -> str:
    """A number above zero in at most five or so characters, so that the name of its axis stays on the page.

    >>> [short(number) for number in (0.05, 20.0, 5000.0, 20e3, 1e6, 5e8)]
    ['0.05', '20', '5,000', '20k', '1M', '500M']
    """
    if number < 1e4:
        return f"{number:,.0f}" if number >= 1e3 else f"{number:g}"
    return f"{number / 1e3:,.0f}k" if number < 1e6 else f"{number / 1e6:,.0f}M"


def plain_ticks(axes: "Axes") -> None:
    """Mark a log axis at ones, twos and fives, or at powers of ten only if it is long; numbers without exponents."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

    low, high = widened(axes.get_ylim(), 4.0)
    axes.set_ylim(low, high)
    marks = LogLocator(subs=[1.0] if high / low > 500 else [1.0, 2.0, 5.0]).tick_values(low, high)
    axes.yaxis.set_major_locator(FixedLocator([float(mark) for mark in marks if low <= mark <= high]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: short(y)))
    axes.yaxis.set_minor_formatter(NullFormatter())


def name_lines(axes: "Axes", ends: Sequence[End], nothing: str = "no value on any day") -> None:
    """Write the lines' names where they end; nothing: what a panel without lines says."""
    if ends:
        label_ends(axes, ends)
    else:
        axes.annotate(nothing, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=GREY)
        axes.set_yticks([])
