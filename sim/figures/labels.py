"""Labels beside lines and above stretches of time, spread so that none overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricewar.sim.figures.style import DASHES, GREY, WIDTH, Look, Span, war_spans

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes

NEAR = 0.05
"""Share of the axis within whose end a line must end for its name to be led to."""
LABEL_GAP = 11.0
"""Distance between the baselines of neighbouring labels. [point]"""


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
    axes.get_ylim()  # matplotlib puts off finding the limits until somebody asks; the transforms do not ask.
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
