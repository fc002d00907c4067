"""Figures of the market: machines, shares, margins, buyers."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import TYPE_CHECKING

from pricewar.sim.figures.panels import dates, last_of, name_lines, panels, plain_ticks, within
from pricewar.sim.figures.style import (
    DASHES,
    GREY,
    LABEL_GAP,
    PALE,
    PALETTE,
    WAR,
    WIDTH,
    End,
    Look,
    Span,
    date_axis,
    house_style,
    looks,
    name_stretches,
    nothing_to_show,
    page,
    room_for,
    shade,
    war_spans,
)
from pricewar.sim.results.run import Tables, who_host_for_themselves

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MARKET_LOOKS = (
    Look("black", DASHES[0], "o"),
    Look(PALETTE[1], DASHES[1], "s"),
    Look(PALETTE[2], DASHES[2], "^"),
    Look(PALETTE[3], DASHES[3], "D"),
)
"""Looks of series of the whole market."""
KEY = (("black", DASHES[0], 1.2, "seller above the panel, in its colour"), (PALE, DASHES[0], 0.6, "other sellers"))
"""What the lines of small panels are: colour, dash, width, words."""
COLUMNS = 3
"""Small panels side by side."""
SHOWN = 7
"""Sellers with a band of their own among the shares; the others share one."""


def utilisation(tables: Tables, look: Mapping[str, Look], *, target: float | None = None) -> "Figure":
    """Share of serving capacity in use [1], a panel a seller whose capacity has a limit.

    look: of every seller.
    target: utilisation to which sellers plan their fleets [share of capacity]; None draws no line.
    """
    import polars as pl

    sellers = tables["sellers_daily"].filter((pl.col("utilisation") > 0).any().over("seller"))
    if sellers.is_empty():
        with house_style():
            return nothing_to_show("No seller's capacity has a limit, or nothing was sold: no utilisation to show.")
    key = list(KEY)
    if target is not None:
        key.append(("black", (0, (4, 2)), 0.8, f"target ({target:.0%})"))
    with house_style():
        figure, panels = _small_panels(tables, sellers, look, "utilisation", (0.0, 1.05), key)
        for axes in panels:
            if target is not None:
                axes.axhline(target, color="black", linewidth=0.8, linestyle=(0, (4, 2)), zorder=2)
        figure.supylabel("utilisation [share of capacity]", x=0.08 / WIDTH, fontsize=8)
    return figure


LOWEST_MARGIN = -1.0
"""Lerner indices below this are drawn at it: a price near zero has an index without bound."""


def margins(tables: Tables, look: Mapping[str, Look]) -> "Figure":
    """Margin over full cost by seller [share of revenue]; below, the market's over three costs, and below-cost share.

    Over energy, which for an owner of machines is nearly all of marginal cost, the Lerner index stays near one; that
    over avoidable cost tells how hard sellers compete, and that over full cost whether machines are paid for.
    look: of every seller.
    """
    import polars as pl

    offers = tables["offers_daily"].filter(~pl.col("seller").is_in(who_host_for_themselves(tables)))
    margin = ((pl.col("revenue") - pl.col("tokens") * pl.col("unit_cost")).sum() / pl.col("revenue").sum()).fill_nan(
        None
    )
    limited = margin.clip(LOWEST_MARGIN, 1.0).alias("margin")
    ordered = offers.sort("day", "seller", "tier")
    sellers = ordered.group_by("day", "date", "seller", maintain_order=True).agg(limited)
    sellers = sellers.filter(pl.col("margin").is_not_null().any().over("seller"))
    whole_market = ordered.group_by("day", "date", maintain_order=True).agg(limited)
    market, wars = tables["market_daily"], tables["wars"]
    with house_style():
        # Down to the next quarter below the worst margin, so that one bad week does not flatten all panels.
        low = min(0.0, floor(4.0 * float(str(sellers["margin"].min() or 0.0))) / 4.0)
        figure, panels = _small_panels(tables, sellers, look, "margin", (low - 0.03, 1.05), KEY, below=1.75)
        for axes in panels:
            axes.axhline(0, color=GREY, linewidth=0.5, zorder=1)
        tall = figure.get_figheight()
        name = "margin over full cost\n[share of revenue]"
        figure.text(
            0.08 / WIDTH, 0.5 + 1.125 / tall, name, rotation=90, ha="left", va="center", multialignment="center"
        )
        whole = figure.add_axes((0.75 / WIDTH, 0.85 / tall, 1 - 2.25 / WIDTH, 1.1 / tall))
        span = Span.of(market)
        date_axis(whole, span)
        whole.set_ylim(low - 0.03, 1.03)
        shade(whole, span, wars)
        name_stretches(whole, span, wars)
        series = (
            (market["date"], market["lerner_energy"].clip(LOWEST_MARGIN, 1.0), "over energy"),
            (market["date"], market["lerner_avoidable"].clip(LOWEST_MARGIN, 1.0), "over avoidable"),
            (whole_market["date"], whole_market["margin"], "over full cost"),
            (market["date"], market["below_cost_share"], "sold below cost"),
        )
        ends = []
        for (date, values, label), own in zip(series, MARKET_LOOKS, strict=True):
            points = pl.DataFrame({"date": date, "value": values}).fill_nan(None)
            whole.plot(dates(points), points["value"], color=own.colour, linestyle=own.dash)
            if points["value"].count():
                ends.append(End(*last_of(points, "value"), label, own))
        name_lines(whole, ends, "nothing was sold")
        whole.set_ylabel("market [1]")
        whole.set_xlabel("date")
    return figure


def _small_panels(
    tables: Tables,
    sellers: "pl.DataFrame",
    look: Mapping[str, Look],
    column: str,
    limits: tuple[float, float],
    key: Sequence[tuple[str, tuple[float, tuple[float, ...]], float, str]],
    below: float = 0.0,
) -> "tuple[Figure, list[Axes]]":
    """Return a figure with a panel a seller: its own line in its colour before everybody's in grey."""
    import polars as pl
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    names = sorted(sellers["seller"].unique())
    span, columns = Span.of(tables["market_daily"]), min(COLUMNS, max(len(names), 1))
    rows = max(ceil(len(names) / columns), 1)
    bottom = 0.85 + below
    figure = page(rows * 0.95 + 0.35 + bottom, bottom=bottom, right=0.2)
    grid = figure.subplots(
        rows, columns, sharex=True, sharey=True, squeeze=False, gridspec_kw={"hspace": 0.42, "wspace": 0.1}
    )
    panels = [axes for row in grid for axes in row]
    lines = {name: sellers.filter(pl.col("seller") == name).sort("day") for name in names}
    for axes, name in zip(panels, names, strict=False):
        date_axis(axes, span, 4)
        shade(axes, span, tables["wars"])
        for line in lines.values():
            axes.plot(line["date"].cast(pl.Int32), line[column], color=PALE, linewidth=0.6, zorder=1.5)
        axes.plot(lines[name]["date"].cast(pl.Int32), lines[name][column], color=look[name].colour, zorder=3)
        axes.plot(0.96, 1.13, marker=look[name].marker, color=look[name].colour, markersize=3.6, linestyle="none",
                  transform=axes.transAxes, clip_on=False)  # fmt: skip
        axes.set_title(name, loc="left", pad=3)
        axes.set_ylim(*limits)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    for axes in panels[max(len(names) - columns, 0) : len(names)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("date")
    handles: list[Artist] = [Line2D([], [], color=c, linestyle=d, linewidth=w, label=t) for c, d, w, t in key]
    handles += [Patch(color=WAR, label="war")] if tables["wars"].height else []
    figure.legend(handles=handles, loc="lower center", ncols=len(handles))
    return figure, panels[: len(names)]


def shares(tables: Tables, look: Mapping[str, Look]) -> "Figure":
    """Shares of tokens served by seller [share, 0-1], stacked, and the Herfindahl-Hirschman index [1].

    look: of every seller.
    """
    import polars as pl

    market, wars = tables["market_daily"], tables["wars"]
    span = Span.of(market)
    days = market.sort("day").filter(pl.col("date").cast(pl.Int32) >= span.first)
    x = days["date"].cast(pl.Int32)
    bands = _bands(tables["sellers_daily"], days)
    with house_style():
        figure = page(4.6, right=max(1.2, room_for(list(bands), 0.4)))
        top, bottom = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [2.6, 1], "hspace": 0.22})
        areas = top.stackplot(x, list(bands.values()), edgecolor="white", linewidth=0.5)
        middles, below = [], 0.0
        for area, (name, band) in zip(areas, bands.items(), strict=True):
            own = look.get(name)
            area.set(facecolor=own.tint if own else "#e9e9e9", hatch=own.hatch if own else "")
            middles.append(End(x[-1], below + band[-1] / 2, name, own))
            below += band[-1]
        for axes in (top, bottom):
            date_axis(axes, span)
        top.set_ylim(0, 1)
        top.set_ylabel("share of tokens served [share, 0-1]")
        name_stretches(top, span, wars)
        _outline(top, span, wars)
        name_lines(top, middles)
        shade(bottom, span, wars)
        bottom.plot(x, days["hhi"], color="black")
        highest = float(str(days["hhi"].fill_nan(None).max() or 0.0))
        bottom.set_ylim(0, 1.03 if highest > 0.9 else max(0.25, 1.15 * highest))
        bottom.set_ylabel("HHI with\nself-hosting [1]")
        bottom.set_xlabel("date")
    return figure


def _bands(sellers: "pl.DataFrame", days: "pl.DataFrame") -> dict[str, list[float]]:
    """Daily shares of the largest sellers, by mean share, and of all others together."""
    import polars as pl

    held = sellers.join(days.select("day"), on="day")
    order = held.group_by("seller").agg(pl.col("share").sum()).sort("share", "seller", descending=[True, False])
    names = order["seller"].to_list()
    # One seller is not worth a group of others.
    own = names if len(names) <= SHOWN else names[: SHOWN - 1]
    bands = {}
    for name in [*own, *([f"{len(names) - len(own)} others"] if len(own) < len(names) else [])]:
        some = pl.col("seller") == name if name in own else ~pl.col("seller").is_in(own)
        daily = held.filter(some).group_by("day").agg(pl.col("share").sum())
        joined = days.select("day").join(daily, on="day", how="left", maintain_order="left")
        bands[name] = joined["share"].fill_null(0.0).to_list()
    return bands


def _outline(axes: "Axes", span: Span, wars: "pl.DataFrame") -> None:
    """Mark wars and burn-in over filled areas, where a shade would be hidden."""
    for first, last, _ in war_spans(wars, span):
        for x in (first, last):
            axes.axvline(x, color="black", linewidth=0.8, linestyle=(0, (4, 2)), zorder=6)
    shade(axes, span, wars.clear())


def adoption(tables: Tables) -> "Figure":
    """Adopters over buyers by segment [share, 0-1], and tokens they bought [Mtok/day], on a log axis."""
    import polars as pl

    segments, wars = tables["segments_daily"].sort("day"), tables["wars"]
    span = Span.of(tables["market_daily"])
    segments = segments.filter(pl.col("date").cast(pl.Int32) >= span.first)
    look = looks(segments["segment"])
    with house_style():
        figure = page(max(4.4, 2 * LABEL_GAP / 72 * (len(look) + 1) + 1.0), right=max(1.2, room_for(list(look), 0.4)))
        top, bottom = figure.subplots(2, 1, sharex=True, gridspec_kw={"hspace": 0.2})
        bottom.set_yscale("log")
        for axes, column in ((top, "adoption"), (bottom, "tokens")):
            date_axis(axes, span)
            shade(axes, span, wars)
            name_stretches(axes, span, wars, burn_in=axes is top)
            ends = []
            for name, own in look.items():
                line = segments.filter((pl.col("segment") == name) & (pl.col(column) > 0))
                if line.is_empty():
                    continue
                x, y = line["date"].cast(pl.Int32), line[column]
                axes.plot(x, y, color=own.colour, linestyle=own.dash)
                ends.append(End(x[-1], y[-1], name, own))
            if column == "adoption":
                axes.set_ylim(0, min(1.0, max(0.05, 1.15 * float(str(segments["adoption"].max() or 1.0)))))
            else:
                plain_ticks(axes)
            name_lines(axes, ends, "nobody bought")
        top.set_ylabel("adoption [share of buyers]")
        bottom.set_ylabel("tokens [Mtok/day]")
        bottom.set_xlabel("date")
    return figure


def saturation(tables: Tables) -> "Figure":
    """Applications of an adopter over their ceiling, and adoption, by segment [share, 0-1].

    Segments whose applications do not spread have no line above; if none do, that panel is left out.
    """
    import polars as pl

    from pricewar.sim.analysis.questions.buyers import saturation as answer

    span, wars = Span.of(tables["market_daily"]), tables["wars"]
    days = within(answer(tables), span)
    spreads = days.filter((pl.col("ceiling") > 1.0) & pl.col("saturation").is_not_null())
    look = looks(days["segment"])
    with house_style():
        if spreads.is_empty():
            figure, axes = panels(span, wars, list(look), 2.9, bottom=0.75)
            figure.text(0.08 / WIDTH, 0.1 / 2.9, "Applications of an adopter do not spread in this run.", color=GREY)
        else:
            figure, axes = panels(span, wars, list(look), 4.2, ratios=(1, 1))
            _segments(axes[0], spreads, "saturation", look)
            axes[0].set_ylabel("applications [share of ceiling]")
        _segments(axes[-1], days, "adoption", look)
        axes[-1].set_ylabel("adoption [share of buyers]")
    return figure


def _segments(axes: "Axes", days: "pl.DataFrame", column: str, look: Mapping[str, Look]) -> None:
    """Draw a column, a line a segment, from zero up."""
    lines = {name: days.filter(days["segment"] == name) for name in look}
    lines = {name: line for name, line in lines.items() if line[column].count()}
    for name, line in lines.items():
        axes.plot(dates(line), line[column], color=look[name].colour, linestyle=look[name].dash)
    # Limits before names, which stand where lines end.
    axes.set_ylim(0, min(1.03, 1.15 * max(float(str(days[column].max() or 0.0)), 0.05)))
    name_lines(axes, [End(*last_of(line, column), name, look[name]) for name, line in lines.items()])
