"""Figures of prices: what was asked, and what it cost."""

import textwrap
from collections.abc import Mapping
from math import floor, inf, isnan, log, log10
from typing import TYPE_CHECKING

from pricewar.sim.analysis.wars.causes import walk_to_root
from pricewar.sim.figures.panels import dates, draw_lines, name_lines, panels, plain_ticks, short, within
from pricewar.sim.figures.style import (
    GREY,
    LABEL_GAP,
    PALE,
    WIDTH,
    End,
    Look,
    Span,
    date_axis,
    house_style,
    label_ends,
    looks,
    name_stretches,
    page,
    room_for,
    shade,
    widened,
)
from pricewar.sim.results.run import Tables, who_host_for_themselves
from pricewar.sim.text import day_month_year

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


LINE = 11.5
"""Distance between lines of running text below a figure. [point]"""


def prices(tables: Tables, look: Mapping[str, Look], *, currency: str, free_at: float | None = None) -> "Figure":
    """List prices by seller and tier over unit cost, on a log axis, wars shaded and their causes marked.

    One panel a tier, one line a seller: its cheapest offer of the tier at each day's close. [currency/Mtok]
    look: of every seller.
    free_at: where free offers are drawn [currency/Mtok]; None takes a power of ten below everything shown.
    """
    import polars as pl

    daily, wars = tables["offers_daily"], tables["wars"]
    span = Span.of(tables["market_daily"])
    listed = ~pl.col("seller").is_in(who_host_for_themselves(tables))
    daily = daily.filter(listed & (pl.col("date").cast(pl.Int32) >= span.first))
    free = _free_level(daily, free_at)
    tiers = sorted(daily["tier"].unique(), key=lambda tier: -_middle(daily.filter(pl.col("tier") == tier)["price"]))
    sellers = {tier: daily.filter(pl.col("tier") == tier)["seller"].n_unique() for tier in tiers}
    heights = [max(1.35, (sellers[tier] + 2) * LABEL_GAP / 72) for tier in tiers]
    notes = _notes(tables, free, currency)
    with house_style():
        gap, below = 0.24, 0.5 + len(notes) * LINE / 72
        figure = page(
            sum(heights) + gap * (len(tiers) - 1) + 0.3 + below,
            bottom=below,
            right=max(1.2, room_for(daily["seller"].unique().to_list(), 0.4)),
        )
        hspace = gap / (sum(heights) / len(heights))
        every = figure.subplots(
            len(tiers),
            1,
            sharex=True,
            squeeze=False,
            gridspec_kw={"height_ratios": heights, "hspace": hspace},
        )[:, 0]
        for axes, tier in zip(every, tiers, strict=True):
            date_axis(axes, span)
            of_tier = wars.filter(pl.col("tier").str.split(",").list.contains(tier).fill_null(True))
            shade(axes, span, of_tier)
            name_stretches(axes, span, of_tier, burn_in=axes is every[0])
            _price_panel(axes, daily.filter(pl.col("tier") == tier), look, free)
            mark_causes(axes, tables, of_tier, span)
            axes.set_ylabel(f"{tier}: list price\n[{currency}/Mtok]")
        every[-1].set_xlabel("date")
        for line, note in enumerate(notes):
            figure.text(0.06 / 7, (len(notes) - line - 0.6) * LINE / 72 / figure.get_figheight(), note)
    return figure


def _middle(price: "pl.Series") -> float:
    return float(str(price.median() or 0.0))


def _free_level(daily: "pl.DataFrame", free_at: float | None) -> float | None:
    """Where free offers are drawn; None if there are none."""
    import polars as pl

    if not daily.select((pl.col("price") <= 0).any()).item():
        return None
    if free_at is not None:
        return free_at
    positive = pl.concat([daily["price"], daily["unit_cost"]])
    lowest = float(positive.filter(positive > 0).min() or 1.0)  # type: ignore[arg-type]
    return float(10.0 ** floor(log10(lowest / 1.3)))


def _price_panel(axes: "Axes", daily: "pl.DataFrame", look: Mapping[str, Look], free: float | None) -> None:
    import polars as pl

    when = pl.col("date").cast(pl.Int32).alias("x")
    if not (daily["price"] <= 0).any():
        free = None
    cost = daily.group_by(when).agg(low=pl.col("unit_cost").min(), high=pl.col("unit_cost").max()).sort("x")
    axes.fill_between(
        cost["x"], cost["low"], cost["high"], step="post", facecolor="#ececec", edgecolor=GREY, hatch="////",
        linewidth=0.5, zorder=1,
    )  # fmt: skip
    ends = [End(cost["x"][-1], cost["high"][-1], "unit cost", italic=True)]
    cheapest = daily.group_by("seller", when).agg(pl.col("price").min()).sort("x")
    for seller in sorted(cheapest["seller"].unique()):
        line = _with_gaps(cheapest.filter(pl.col("seller") == seller))
        height = [free if price <= 0 and free is not None else price for price in line["price"]]
        own = look[seller]
        axes.step(
            line["x"], height, where="post", color=own.colour, linestyle=own.dash, marker=own.marker,
            markevery=_changes(height), markersize=3.2, zorder=3,
        )  # fmt: skip
        ends.append(End(line["x"][-1], height[-1], seller, own))
    _log_price_axis(axes, free)
    label_ends(axes, ends)


def _with_gaps(line: "pl.DataFrame") -> "pl.DataFrame":
    """Fill the days between a seller's first and last offer; days without an offer are holes in its line."""
    import polars as pl

    days = pl.DataFrame({"x": range(line["x"][0], line["x"][-1] + 1)}, schema={"x": pl.Int32})
    return days.join(line, on="x", how="left").select("x", pl.col("price").fill_null(float("nan")))


SEEN = 2e-3
"""Share by which a price must differ from the one last marked to have a mark of its own."""


def _changes(height: list[float]) -> list[int]:
    """Days at which a line starts or changes so much that it is seen; prices that hold have no marker."""
    marks: list[int] = []
    for day, price in enumerate(height):
        starts = not marks or isnan(height[day - 1])
        if not isnan(price) and (starts or abs(price - height[marks[-1]]) > SEEN * price):
            marks.append(day)
    return marks


def _log_price_axis(axes: "Axes", free: float | None) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    low, high = widened((low, high), 8.0) if free is None else (free / 1.6, max(high, 5.0 * free))
    axes.set_ylim(low, high)
    finer = [1.0] if high / low > 500 else [1.0, 2.0, 5.0]
    marks = [mark for mark in LogLocator(subs=finer).tick_values(low, high) if low <= mark <= high]
    if free is not None:
        marks = [free] + [mark for mark in marks if mark > 2.5 * free]
    axes.yaxis.set_major_locator(FixedLocator(marks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: "free" if y == free else short(y)))
    axes.yaxis.set_minor_formatter(NullFormatter())


def mark_causes(axes: "Axes", tables: Tables, wars: "pl.DataFrame", span: Span) -> None:
    """A dotted line where each war's family tree starts."""
    for first in wars["first_fact"].drop_nulls():
        for root in walk_to_root(tables["facts"], first)[-1:]:
            x = span.start + root.time
            if x >= span.first:
                axes.axvline(x, color="black", linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=2)


def _notes(tables: Tables, free: float | None, currency: str) -> list[str]:
    """What stands below the prices: each war's cause, and how to read the figure."""
    reading = "Grey: full unit cost, from the cheapest to the dearest offer of the tier."
    if free is not None:
        reading += f" Free offers are drawn at {free:g} {currency}/Mtok."
    notes = [
        f"War {war}, dotted line: {day_month_year(root.date)}, {root.what}"
        for war, first in tables["wars"].select("war", "first_fact").iter_rows()
        for root in walk_to_root(tables["facts"], first)[-1:]
    ]
    return [line for note in [*notes, reading] for line in textwrap.wrap(note, 118)]


def who_cut_when(tables: Tables, look: Mapping[str, Look]) -> "Figure":
    """Moves of list prices, a row a seller, in the order of first cuts in the deepest war; wars shaded.

    A mark's area grows with the size of the move (log points); a second panel shows the deepest war closely.
    look: of every seller.
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
        every = figure.subplots(1, 2 if close else 1, sharey=True, squeeze=False, gridspec_kw={"wspace": 0.06})[0]
        for axes, shown in zip(every, [span, close] if close else [span], strict=True):
            _raster(axes, moves, rows, look, shown)
            date_axis(axes, shown, 7 if len(every) == 1 else 5)
            shade(axes, shown, wars)
            name_stretches(axes, shown, wars)
            mark_causes(axes, tables, wars, shown)
            axes.set_xlabel("date")
        every[0].set_yticks(range(len(rows)), rows)
        every[0].set_ylim(len(rows) - 0.4, -0.6)
        every[0].set_ylabel("seller")
        _raster_key(figure)
    return figure


def _by_first_cut(sellers: list[str], moves: "pl.DataFrame", main: "pl.DataFrame") -> list[str]:
    """Sellers by their first cut in the main war; those who did not cut in it follow, by name."""
    import polars as pl

    cuts = moves.filter(pl.col("kind") == "cut")
    for tiers, start, end in main.select("tier", "start_time", "end_time").iter_rows():
        cuts = cuts.filter(pl.col("tier").is_in(tiers.split(",")) & pl.col("time").is_between(start, end))
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


OWN = "own"
"""Stands for the seller's colour."""
MOVES = {
    "cut": ("v", OWN, "white"),
    "rise": ("^", "white", OWN),
    "launch": ("D", OWN, "black"),
}
"""Marker of each kind of move, its fill and its edge."""
TO_NOTHING = 3.0
"""Log points at which a cut to a price of zero is drawn."""


def _size(log_points: float) -> float:
    """Area of a marker. [point squared]"""
    return 12.0 + 42.0 * min(log_points, TO_NOTHING)


def _raster(axes: "Axes", moves: "pl.DataFrame", rows: list[str], look: Mapping[str, Look], span: Span) -> None:
    import polars as pl

    for row in range(len(rows)):
        axes.axhline(row, color="#e3e3e3", linewidth=0.6, zorder=0.2)
    drawn = moves.filter((pl.col("time") + span.start).is_between(span.first, span.last))
    for kind, (marker, fill, edge) in MOVES.items():
        of_kind = drawn.filter(pl.col("kind") == kind)
        some = of_kind.select("time", "seller", "price", "previous").iter_rows()
        # Large ones first: of moves at one instant the small one lies on top.
        marks = sorted([(_log_change(now, was), time, rows.index(who)) for time, who, now, was in some])[::-1]
        own = [look[rows[row]].colour for _, _, row in marks]
        # Above the veil of the burn-in, and whole at the edges.
        axes.scatter(
            [span.start + time for _, time, _ in marks], [row for _, _, row in marks],
            s=[_size(size) for size, _, _ in marks], marker=marker, linewidth=0.8, zorder=6, clip_on=False,
            edgecolor=own if edge == OWN else edge, facecolor=own if fill == OWN else fill,
        )  # fmt: skip


def _log_change(price: float, previous: float | None) -> float:
    """Size of a move [log point]; launches have none, and from or to nothing counts as `TO_NOTHING`."""
    if previous is None:
        return 0.3
    return abs(log(price / previous)) if price > 0 and previous > 0 else TO_NOTHING


def _raster_key(figure: "Figure") -> None:
    from matplotlib.lines import Line2D

    def mark(kind: str, size: float, text: str) -> Line2D:
        marker, fill, edge = (GREY if part == OWN else part for part in MOVES[kind])
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


def hedonic(tables: Tables) -> "Figure":
    """Hedonic price index by month with its 95 % interval, and the daily index of matched models, on a log axis."""
    from pricewar.sim.analysis.questions.prices import TOO_FEW_OFFERS, like_with_like

    span, wars = Span.of(tables["market_daily"]), tables["wars"]
    months = like_with_like(tables)
    days = within(tables["market_daily"], span).with_columns(matched="chained_index")
    names = ["hedonic, by month", "matched models", "95 % interval"]
    with house_style():
        figure, (axes,) = panels(span, wars, names, 3.4, bottom=0.75)
        axes.set_yscale("log")
        ends = draw_lines(axes, days, {"matched models": "matched"}, names)
        if months.is_empty():
            words = f"Hedonic index: {TOO_FEW_OFFERS[0].lower()}{TOO_FEW_OFFERS[1:]}"
            figure.text(0.08 / WIDTH, 0.1 / 3.4, words, color=GREY)
        else:
            # A month's index is that of its last prices; the first day has the level of the first month.
            x = [*dates(months)[1:], span.last]
            low, high = months["low"], months["high"]
            axes.fill_between(x, low, high, color=PALE, linewidth=0, alpha=0.7, zorder=1)
            line = looks(names)["hedonic, by month"]
            axes.plot(x, months["index"], color=line.colour, linestyle=line.dash, marker=line.marker, markersize=3)
            ends += [
                End(x[-1], float(months["index"][-1]), "hedonic, by month", line),
                End(x[-1], float(low[-1]), "95 % interval"),
            ]
            note = (
                "Hedonic: on capability, seller, openness and tier, 1 in the first month; free offers left out. "
                "Band: sampling error."
            )
            figure.text(0.08 / WIDTH, 0.1 / 3.4, note, color=GREY)
        plain_ticks(axes)
        name_lines(axes, ends)
        axes.set_ylabel("price index [1]")
    return figure
