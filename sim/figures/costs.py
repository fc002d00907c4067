"""Figures of cost: what made it cheaper."""

from typing import TYPE_CHECKING

from pricewar.sim.figures.style import GREY, PALE, WIDTH, house_style, nothing_to_show, page
from pricewar.sim.results.run import Tables
from pricewar.sim.text import day_month_year, names_of_tiers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAR = 0.62
"""Thickness of a bar. [row]"""
ROW = 0.2
"""Height of a row. [inch]"""
HEADING = 0.65
"""Height between panels. [inch]"""
TOP = 0.42
"""Height above the first. [inch]"""


def waterfall(tables: Tables, *, currency: str) -> "Figure":
    """From the market's mean price on the first day to that on the last, cause by cause; below, the deepest war.

    Prices are weighted by tokens, effects by logarithmic means; they leave no residual. [currency/Mtok]
    A hatched bar makes dearer, a plain one cheaper.
    """
    from pricewar.sim.analysis.prices.decomposition import WORDS

    panels = _panels(tables)
    rows = len(WORDS) + 2
    with house_style():
        if not panels:
            return nothing_to_show("No day is on record on which tokens were sold at a known cost.")
        height = len(panels) * (rows * ROW + HEADING) - HEADING + TOP + 0.65
        figure = page(height, left=1.35, right=0.75, top=TOP, bottom=0.65)
        drawn = figure.subplots(len(panels), 1, squeeze=False, gridspec_kw={"hspace": HEADING / (rows * ROW)})[:, 0]
        for axes, (title, row) in zip(drawn, panels, strict=True):
            _panel(axes, row)
            axes.set_title(title, loc="left")
            axes.set_xlabel(f"list price, weighted by tokens [{currency}/Mtok]")
        note = "hatched: dearer; plain: cheaper; utilisation is the one that sellers plan with"
        figure.text(0.08 / WIDTH, 0.1 / height, note, color=GREY, va="bottom")
    return figure


def _panels(tables: Tables) -> list[tuple[str, dict[str, float]]]:
    """What to draw: a heading and a row of effects for each panel."""
    from pricewar.sim.analysis.prices.decomposition import MARKET, decompose_run, decompose_wars

    panels = [("whole market", row) for row in decompose_run(tables).iter_rows(named=True)]
    wars = tables["wars"].sort("depth", "war", descending=[True, False])
    if wars.height:
        deepest, tiers = int(wars["war"][0]), str(wars["tier"][0])
        split = decompose_wars({**tables, "wars": wars.head(1)})
        of_tier = split.filter(split["seller"] == MARKET)
        panels += [(f"war {deepest}, {names_of_tiers(tiers)}", row) for row in of_tier.iter_rows(named=True)]
    return [(f"{what}: {day_month_year(row['from'])} to {day_month_year(row['to'])}", row) for what, row in panels]


def _panel(axes: "Axes", row: dict[str, float]) -> None:
    """Draw one waterfall, from the price before at the top to the price after at the bottom."""
    from pricewar.sim.analysis.prices.decomposition import WORDS

    steps = [("price before", 0.0, row["price_before"])]
    level = row["price_before"]
    for effect in WORDS:
        steps.append((WORDS[effect], level, level + row[effect]))
        level += row[effect]
    steps.append(("price after", 0.0, row["price_after"]))
    reach = max(max(start, end) for _, start, end in steps) or 1.0
    low = min(0.0, *(min(start, end) for _, start, end in steps))
    for place, (_, start, end) in enumerate(steps):
        whole = place in (0, len(steps) - 1)
        dearer = not whole and end > start
        axes.barh(
            place, end - start, left=start, height=BAR, facecolor="#4d4d4d" if whole else "white" if dearer else PALE,
            edgecolor="black", linewidth=0.5, hatch="////" if dearer else "", zorder=2,
        )  # fmt: skip
        if place + 1 < len(steps):
            axes.plot([end, end], [place - BAR / 2, place + 1 + BAR / 2], color=GREY, linewidth=0.5, zorder=1)
        axes.annotate(
            _amount(end - start, row["price_before"], signed=not whole), (max(start, end), place), xytext=(3, 0),
            textcoords="offset points", va="center_baseline", ha="left",
        )  # fmt: skip
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.set_yticks(range(len(steps)), [name for name, _, _ in steps])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(low >= 0.0)
    axes.set_xlim(low - 0.02 * (reach - low) * (low < 0.0), reach + 0.02 * (reach - low))
    if low < 0.0:
        axes.axvline(0.0, color="black", linewidth=0.6, zorder=1)


def _amount(value: float, scale: float, *, signed: bool) -> str:
    """Write an amount to a thousandth of the first price, with a true minus sign."""
    digits = 0
    while digits < 6 and scale * 10.0**digits < 100.0:
        digits += 1
    rounded = round(value, digits) + 0.0
    text = f"{abs(rounded):,.{digits}f}"
    if not signed or rounded == 0.0:
        return text
    return ("−" if rounded < 0.0 else "+") + text
