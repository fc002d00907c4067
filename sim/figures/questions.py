"""Figures of answers: quality per money, market structure, profits and runway, welfare."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pricewar.sim.figures.panels import dates, draw_lines, last_of, name_lines, panels, plain_ticks, within
from pricewar.sim.figures.style import (
    GREY,
    LABEL_GAP,
    PALE,
    WIDTH,
    End,
    Look,
    Span,
    house_style,
    scale,
)
from pricewar.sim.results.run import Tables

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONGEST = 3650.0
"""Runways longer than this, ten years, are not drawn. [day]"""
SMOOTH = 30
"""Days of the trailing mean of payments, of which some come in lumps. [day]"""


def quality_per_dollar(tables: Tables, *, currency: str = "money") -> "Figure":
    """Capability bought, on offer and affordable [nat]; below, adjusted tokens per unit of money, on a log axis."""
    from pricewar.sim.analysis.questions.quality import quality

    span, wars = Span.of(tables["market_daily"]), tables["wars"]
    days = within(quality(tables), span)
    lines = {"best on offer": "frontier", "within first budget": "affordable", "bought, mean": "bought"}
    with house_style():
        figure, top, bottom = _two_panels(span, wars, [*lines, "10-90 % of tokens"], 4.4)
        x = dates(days)
        top.fill_between(x, days["low"], days["high"], color=PALE, linewidth=0, alpha=0.6, zorder=1)
        band = [End(*last_of(days, "low"), "10-90 % of tokens")] if days["low"].count() else []
        name_lines(top, [*draw_lines(top, days, lines), *band])
        bottom.set_yscale("log")
        ends = draw_lines(bottom, days, {"adjusted tokens": "per_money"})
        plain_ticks(bottom)
        name_lines(bottom, ends, "nothing was bought")
        top.set_ylabel("capability [nat]")
        bottom.set_ylabel(f"quality bought [Mtok/{currency}]")
    return figure


def structure(tables: Tables) -> "Figure":
    """Concentration of tokens and takings [1], and sellers with tokens by role."""
    from matplotlib.ticker import MaxNLocator

    from pricewar.sim.analysis.questions.structure import structure as answer

    span, wars = Span.of(tables["market_daily"]), tables["wars"]
    days = within(answer(tables), span)
    above = {"CR4, tokens": "cr4_tokens", "HHI over sellers": "hhi_tokens", "HHI, takings": "hhi_revenue"}
    below = {"clouds": "clouds", "labs": "labs", "hosts": "hosts"}
    with house_style():
        figure, top, bottom = _two_panels(span, wars, [*above, *below], 4.2)
        concentrations = draw_lines(top, days, above)
        counts = draw_lines(bottom, days, below, step=True)
        # Limits before names, which stand where lines end.
        top.set_ylim(0, 1.03)
        bottom.set_ylim(0, None)
        bottom.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        name_lines(top, concentrations, "nothing was sold")
        name_lines(bottom, counts)
        top.set_ylabel("concentration [1]")
        bottom.set_ylabel("active [seller]")
    return figure


def profits_and_runway(tables: Tables, look: Mapping[str, Look], *, currency: str = "money") -> "Figure":
    """Cash that clouds and labs gained since day 0, before funding; below, days of cash left at the losses of 90 days.

    look: of every seller.
    Hosts are left out: their owners put in what they lack. Runways beyond LONGEST days are not drawn, and without
    any shorter one a note stands in place of the panel.
    """
    import polars as pl

    from pricewar.sim.analysis.questions.profits import flows_of_cash, profits

    span, wars = Span.of(tables["market_daily"]), tables["wars"]
    answer = profits(tables)
    firms = answer.filter(pl.col("role") != "host")["seller"].unique()
    gained = flows_of_cash(answer).filter(pl.col("seller").is_in(firms.implode()))
    size, word = scale(gained["gained"])
    gained = gained.with_columns(pl.col("gained") / size)
    left = answer.filter((pl.col("role") != "host") & pl.col("runway").is_between(1.0, LONGEST) & (pl.col("day") >= 0))
    names = sorted(gained["seller"].unique())
    wanted = LABEL_GAP / 72 * len(names)
    with house_style():
        if left.is_empty():
            height = max(3.2, 1.15 * wanted + 1.1)
            figure, (top,) = panels(span, wars, names, height, bottom=0.75)
            words = f"At its losses no cloud or lab had cash for less than {LONGEST / 365:.0f} years."
            figure.text(0.08 / WIDTH, 0.1 / height, words, color=GREY)
        else:
            figure, top, bottom = _two_panels(span, wars, names, max(4.4, 2.2 * wanted + 1.4), ratios=(1.4, 1))
            bottom.set_yscale("log")
            # Limits first: names stand where lines end.
            low, high = (float(str(limit)) for limit in (left["runway"].min(), left["runway"].max()))
            bottom.set_ylim(low / 1.2, high * 1.2)
            plain_ticks(bottom)
            _by_seller(bottom, left, "runway", names, look, span)
            bottom.set_ylabel("runway [day]")
        _by_seller(top, gained, "gained", names, look, span)
        top.set_ylabel(f"cash gained since day 0,\nbefore funding [{word}{currency}]")
    return figure


def _by_seller(
    axes: "Axes", table: "pl.DataFrame", column: str, names: Sequence[str], look: Mapping[str, Look], span: Span
) -> None:
    """Draw a line a seller; days without a value, or without the seller, are gaps."""
    import polars as pl

    ends: list[End] = []
    early: list[End] = []
    for name in names:
        line = table.filter(pl.col("seller") == name)
        if not line.height:
            continue
        whole = line.upsample("date", every="1d") if line.height > 1 else line
        axes.plot(dates(whole), whole[column], color=look[name].colour, linestyle=look[name].dash)
        # A line that ends before the run is the one above with the same dash; its name would lie far off, and is
        # written only where no line has one.
        lasts = dates(line)[-1] >= span.last - 1 or column == "gained"
        (ends if lasts else early).append(End(*last_of(line, column), name, look[name]))
    name_lines(axes, ends or early)


def welfare(tables: Tables, *, currency: str = "money") -> "Figure":
    """Consumer surplus, where it is known, and producer surplus by kind of seller; below, what others are paid."""
    import polars as pl

    from pricewar.sim.analysis.questions.welfare import payments
    from pricewar.sim.analysis.questions.welfare import welfare as answer

    span, wars = Span.of(tables["market_daily"]), tables["wars"]
    days = within(answer(tables), span)
    surpluses = {"consumers": "consumer_surplus", "clouds": "clouds", "labs": "labs", "hosts": "hosts"}
    others = within(_receipts(payments(tables), answer(tables).select("day", "date")), span)
    paid = {name: name for name in others.columns if name not in ("day", "date")}
    size, word = scale(*(days[column] for column in surpluses.values()))
    size_paid, word_paid = scale(*(others[column] for column in paid))
    with house_style():
        figure, top, bottom = _two_panels(span, wars, [*surpluses, *paid], 4.6)
        name_lines(top, draw_lines(top, days.with_columns(pl.col(pl.Float64) / size), surpluses))
        name_lines(bottom, draw_lines(bottom, others.with_columns(pl.col(pl.Float64) / size_paid), paid))
        top.set_ylabel(f"surplus [{word}{currency}/day]")
        bottom.set_ylabel(f"receipts, {SMOOTH}-day mean\n[{word_paid}{currency}/day]")
    return figure


def _receipts(payments: "pl.DataFrame", days: "pl.DataFrame") -> "pl.DataFrame":
    """Trailing means of what each group that sells no tokens is paid, a column a group that is paid at all."""
    import polars as pl

    sellers = ("buyers", "self-hosting", "clouds", "labs", "hosts")
    paid = payments.filter(~pl.col("group").is_in(sellers) & (pl.col("received") > 0))
    for name in sorted(paid["group"].unique()):
        daily = paid.filter(pl.col("group") == name).select("day", pl.col("received").alias(name))
        days = days.join(daily, on="day", how="left", maintain_order="left")
        days = days.with_columns(pl.col(name).fill_null(0.0).rolling_mean(SMOOTH, min_samples=1))
    return days


def _two_panels(
    span: Span, wars: "pl.DataFrame", names: Sequence[str], height: float, ratios: tuple[float, float] = (1.2, 1)
) -> "tuple[Figure, Axes, Axes]":
    figure, (top, bottom) = panels(span, wars, names, height, ratios)
    return figure, top, bottom
