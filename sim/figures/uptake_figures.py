"""Figures of answers: how near use is to its ceiling, and prices at unchanged quality."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pricewar.sim.figures.labels import End
from pricewar.sim.figures.questions import dates, drawn, ends_of, last_of, panels, plain_ticks, shown
from pricewar.sim.figures.style import GREY, PALE, WIDTH, Look, Span, house_style, looks
from pricewar.sim.results.run import Tables

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def saturation(tables: Tables) -> "Figure":
    """Applications of an adopter over their ceiling, and adoption, by segment [share, 0-1].

    Segments whose applications do not spread have no line above; if none do, that panel is left out.
    """
    import polars as pl

    from pricewar.sim.analysis.questions.buyers import saturation as answer

    span, wars = Span.of(tables["market_daily"]), tables["wars"]
    days = shown(answer(tables), span)
    spreads = days.filter((pl.col("ceiling") > 1.0) & pl.col("saturation").is_not_null())
    look = looks(days["segment"].to_list())
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
    """Draw a column, a line a segment, from nought up."""
    lines = {name: days.filter(days["segment"] == name) for name in look}
    lines = {name: line for name, line in lines.items() if line[column].count()}
    for name, line in lines.items():
        axes.plot(dates(line), line[column], color=look[name].colour, linestyle=look[name].dash)
    # Limits before names, which stand where lines end.
    axes.set_ylim(0, min(1.03, 1.15 * max(float(str(days[column].max() or 0.0)), 0.05)))
    ends_of(axes, [End(*last_of(line, column), name, look[name]) for name, line in lines.items()])


def hedonic(tables: Tables) -> "Figure":
    """Hedonic price index by month with its 95 % interval, and the daily index of matched models, on a log axis."""
    from pricewar.sim.analysis.questions.like_with_like import NOTHING, like_with_like

    span, wars = Span.of(tables["market_daily"]), tables["wars"]
    months = like_with_like(tables)
    days = shown(tables["market_daily"], span).with_columns(matched="chained_index")
    names = ["hedonic, by month", "matched models", "95 % interval"]
    with house_style():
        figure, (axes,) = panels(span, wars, names, 3.4, bottom=0.75)
        axes.set_yscale("log")
        ends = drawn(axes, days, {"matched models": "matched"}, names)
        if months.is_empty():
            figure.text(0.08 / WIDTH, 0.1 / 3.4, f"Hedonic index: {NOTHING[0].lower()}{NOTHING[1:]}", color=GREY)
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
            note = "Hedonic: regression on capability, openness and tier, 1 in the first month; free offers left out."
            figure.text(0.08 / WIDTH, 0.1 / 3.4, note, color=GREY)
        plain_ticks(axes)
        ends_of(axes, ends)
        axes.set_ylabel("price index [1]")
    return figure
