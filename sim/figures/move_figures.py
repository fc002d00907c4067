"""Figures of moves: who cut, raised or launched when."""

from math import inf, log
from typing import TYPE_CHECKING

from pricewar.sim.analysis.wars.causes import walk_to_root
from pricewar.sim.figures.labels import name_stretches, room_for
from pricewar.sim.figures.prices import mark_causes
from pricewar.sim.figures.style import Span, date_axis, house_style, page, shade
from pricewar.sim.results.run import Tables, who_host_for_themselves

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def who_cut_when(tables: Tables) -> "Figure":
    """Moves of list prices, a row a seller, in the order of first cuts in the deepest war; wars shaded.

    A mark's area grows with the size of the move (log points); a second panel shows the deepest war closely.
    """
    import polars as pl

    listed = ~pl.col("seller").is_in(who_host_for_themselves(tables))
    wars, moves = tables["wars"], tables["prices"].filter(listed & pl.col("kind").is_in(list(MOVES)))
    span = Span.of(tables["market_daily"])
    main = wars.sort("depth", descending=True, nulls_last=True).head(1)
    rows = _by_first_cut(tables["sellers_daily"].filter(listed)["seller"].unique().to_list(), moves, main)
    close = _around(main, tables["facts"], span)
    with house_style():
        figure = page(0.3 + max(0.19 * len(rows), 0.8) + 0.85, bottom=0.85, left=room_for(rows, 0.45), right=0.2)
        panels = figure.subplots(1, 2 if close else 1, sharey=True, squeeze=False, gridspec_kw={"wspace": 0.06})[0]
        for axes, shown in zip(panels, [span, close] if close else [span], strict=True):
            _raster(axes, moves, rows, shown)
            date_axis(axes, shown, 7 if len(panels) == 1 else 5)
            shade(axes, shown, wars)
            name_stretches(axes, shown, wars)
            mark_causes(axes, tables, wars, shown)
            axes.set_xlabel("date")
        panels[0].set_yticks(range(len(rows)), rows)
        panels[0].set_ylim(len(rows) - 0.4, -0.6)
        panels[0].set_ylabel("seller")
        _raster_key(figure)
    return figure


def _by_first_cut(sellers: list[str], moves: "pl.DataFrame", main: "pl.DataFrame") -> list[str]:
    """Sellers by their first cut in the main war; those who did not cut in it follow, by name."""
    import polars as pl

    cuts = moves.filter(pl.col("kind") == "cut")
    for tier, start, end in main.select("tier", "start_time", "end_time").iter_rows():
        cuts = cuts.filter((pl.col("tier") == tier) & pl.col("time").is_between(start, end))
    first = dict(cuts.group_by("seller").agg(pl.col("time").min()).iter_rows())
    return sorted(sellers, key=lambda seller: (first.get(seller, inf), seller))


def _around(main: "pl.DataFrame", facts: "pl.DataFrame", span: Span) -> Span | None:
    """The deepest war with its cause and some days about it; None if that is not much less than the run."""
    if main.is_empty():
        return None
    start, duration = main["start_time"][0], main["duration"][0]
    end, margin = span.start + start + duration, max(5.0, 0.25 * duration)
    causes = [cause.time for cause in walk_to_root(facts, main["first_fact"][0]) if start - cause.time <= 30]
    begin = span.start + min([start, *causes])
    close = Span(max(begin - margin, span.first), span.start, min(end + margin, span.last))
    return close if close.last - close.first < 0.5 * (span.last - span.first) else None


MOVES = {
    "cut": ("v", "#0072B2", "white"),
    "rise": ("^", "white", "black"),
    "launch": ("D", "#E69F00", "black"),
}
"""Marker of each kind of move, its fill and its edge."""
TO_NOTHING = 3.0
"""Log points at which a cut to a price of nought is drawn."""


def _size(log_points: float) -> float:
    """Area of a marker. [point squared]"""
    return 12.0 + 42.0 * min(log_points, TO_NOTHING)


def _raster(axes: "Axes", moves: "pl.DataFrame", rows: list[str], span: Span) -> None:
    import polars as pl

    for row in range(len(rows)):
        axes.axhline(row, color="#e3e3e3", linewidth=0.6, zorder=0.2)
    for kind, (marker, fill, edge) in MOVES.items():
        of_kind = moves.filter((pl.col("kind") == kind) & (pl.col("time") + span.start >= span.first))
        some = of_kind.select("time", "seller", "price", "previous").iter_rows()
        # Large ones first: of moves at one instant the small one lies on top.
        marks = sorted([(_log_change(now, was), time, rows.index(who)) for time, who, now, was in some])[::-1]
        axes.scatter(
            [span.start + time for _, time, _ in marks], [row for _, _, row in marks],
            s=[_size(size) for size, _, _ in marks], marker=marker, linewidth=0.8, zorder=3,
            edgecolor=edge, facecolor=fill,
        )  # fmt: skip


def _log_change(price: float, previous: float | None) -> float:
    """Size of a move [log point]; launches have none, and from or to nothing counts as `TO_NOTHING`."""
    if previous is None:
        return 0.3
    return abs(log(price / previous)) if price > 0 and previous > 0 else TO_NOTHING


def _raster_key(figure: "Figure") -> None:
    from matplotlib.lines import Line2D

    def mark(kind: str, size: float, text: str) -> Line2D:
        marker, fill, edge = MOVES[kind]
        return Line2D(
            [], [], linestyle="none", marker=marker, markersize=_size(size) ** 0.5, label=text,
            markerfacecolor=fill, markeredgecolor=edge, markeredgewidth=0.8,
        )  # fmt: skip

    cuts = [mark("cut", -log(1 - share), f"cut of {share:.0%}") for share in (0.1, 0.5, 0.9)]
    others = [
        mark("cut", TO_NOTHING, "cut to free"),
        mark("rise", 0.1, "rise"),
        mark("launch", 0.3, "launch"),
    ]
    figure.legend(handles=[*cuts, *others], loc="lower center", ncols=6, handletextpad=0.2, columnspacing=1.2)
