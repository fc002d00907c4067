"""Figures of responses to a forced price: prices, tokens and profits by seller, and the market; bands over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricewar.sim.analysis.intervals import CAPTION
from pricewar.sim.figures.style import GREY, PALE, End, Look, house_style, label_ends, looks, page, room_for, scale

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

NAMED = 6
"""Sellers besides the forced one that a panel names, those that respond most; the others are grey."""
BANDS = 3
"""Sellers whose band a panel with several lines shows, the forced one among them; `by_seller` shows all."""
COLUMNS, MOST = 3, 12
"""Panels beside one another, and in all, of the figure with a panel a seller."""
HELD = "#e9eef5"
COUNTED = "number [1]"
MARKET: Sequence[tuple[str, Mapping[str, str]]] = (
    ("price [log point]", {"price level": "log_price_level", "chained index": "log_chained_index"}),
    ("tokens\n[{scale}Mtok/day]", {"tokens": "tokens"}),
    ("surplus and profit\n[{scale}{currency}/day]", {"buyers": "consumer_surplus", "variable profit": "profit"}),
    ("concentration\n(HHI) [1]", {"HHI with self-hosting": "hhi"}),
    (COUNTED, {"rivals that cut": "rivals_that_cut", "wars begun": "wars_begun"}),
)
"""Panels of the market: label, and outcomes by the names of their lines."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the figures say besides numbers."""

    seller: str
    """Who was forced."""
    tiers: tuple[str, ...]
    """Which of its product lines."""
    hold: float
    """For how long. [day]"""
    seeds: int
    """How many pairs of runs."""
    currency: str
    look: Mapping[str, Look]
    """How each seller is drawn, as in the figures of a run."""


def responses(means: "pl.DataFrame", setting: Setting) -> "Figure":
    """Responses of list prices by seller, a panel a tier [log point]; below, of tokens and profits by seller.

    means: `pricewar.sim.analysis.impulse_responses.means`. Bands: intervals of the mean over seeds.
    """
    import polars as pl

    prices = means.filter(pl.col("outcome") == "log_price")
    moved = prices.group_by("tier").agg(size=pl.col("mean").abs().max()).filter(pl.col("size") > 0.0)
    tiers = sorted(moved["tier"]) or sorted(prices["tier"].unique())[:1]
    whole = means.filter(pl.col("seller").is_not_null() & pl.col("tier").is_null())
    panels = [
        (f"{tier}: list price\n[log point]", prices.filter(pl.col("tier") == tier), tier in setting.tiers)
        for tier in tiers
    ]
    panels += [
        ("tokens\n[{scale}Mtok/day]", whole.filter(pl.col("outcome") == "tokens"), True),
        ("variable profit\n[{scale}{currency}/day]", whole.filter(pl.col("outcome") == "profit"), True),
    ]
    look = {name: setting.look[name] for name in means["seller"].drop_nulls().unique().sort()}
    with house_style():
        figure, every = _panels([1.45] * len(panels), [*look, f"{setting.seller} (forced)"], setting, means)
        _note(figure, setting, whose=" where responses are largest" if len(look) > BANDS else "")
        for axes, (label, table, forced) in zip(every, panels, strict=True):
            _sellers(axes, table, label, look, setting, forced)
    return figure


def by_seller(means: "pl.DataFrame", setting: Setting) -> "Figure":
    """Responses of list prices [log point], a panel a seller and a line a tier, with bands; the forced one first."""
    import polars as pl

    prices = means.filter((pl.col("outcome") == "log_price") & pl.col("mean").is_not_null())
    ranked = [name for name in _ranked(prices) if name != setting.seller]
    names = [setting.seller, *ranked[: MOST - 1]]
    tiers = sorted(prices.filter(pl.col("seller").is_in(names))["tier"].unique())
    look, rows = looks(tiers), -(-len(names) // COLUMNS)
    top, below, height = 0.5, 0.68, 1.15
    with house_style():
        figure = page(rows * height + (rows - 1) * 0.28 + top + below, left=0.6, right=0.15, top=top, bottom=below)
        grid = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False,
                               gridspec_kw={"hspace": 0.28 / height, "wspace": 0.08})  # fmt: skip
        for place, axes in enumerate(grid.flat):
            if place >= len(names):
                axes.set_visible(False)
                continue
            _base(axes, setting, means)
            name = names[place]
            axes.set_title(f"{name} (forced)" if place == 0 else name, loc="left", pad=3.0)
            for tier in tiers:
                of_tier = prices.filter((pl.col("seller") == name) & (pl.col("tier") == tier))
                _line(axes, of_tier, 1.0, tier, look[tier], thick=place == 0 and tier in setting.tiers)
            if place + COLUMNS >= len(names):
                axes.tick_params(labelbottom=True)
            axes.yaxis.set_major_locator(_marks())
        for tier in tiers:
            grid[0, 0].plot([], [], color=look[tier].colour, linestyle=look[tier].dash, marker=look[tier].marker,
                            markersize=2.8, label=tier)  # fmt: skip
        if tiers:
            figure.legend(loc="upper left", ncols=len(tiers), bbox_to_anchor=(0.55 / 7.0, 1.0), borderaxespad=0.2)
        else:
            grid[0, 0].annotate("no response", (0.5, 0.56), xycoords="axes fraction", ha="center", color=GREY)
        figure.supylabel("list price [log point]", x=0.1 / 7.0, fontsize=8.0)
        figure.text(0.5, 0.36 / figure.get_figheight(), "days since the forced price", ha="center", va="center")
        left_out = f" {len(ranked) - MOST + 1} that respond less are left out." if len(ranked) >= MOST else ""
        _note(figure, setting, left_out)
    return figure


def market(means: "pl.DataFrame", setting: Setting) -> "Figure":
    """Responses of the market: prices, tokens, surplus, concentration, cuts and wars."""
    import polars as pl

    of_market = means.filter(pl.col("seller").is_null() & pl.col("mean").is_not_null())
    outcomes = set(of_market["outcome"])
    panels = [(label, {n: c for n, c in lines.items() if c in outcomes}) for label, lines in MARKET]
    panels = [(label, lines) for label, lines in panels if lines]
    names = [name for _, lines in panels for name in lines]
    with house_style():
        figure, every = _panels([1.1] * len(panels), names, setting, means)
        _note(figure, setting)
        for axes, (label, lines) in zip(every, panels, strict=True):
            table = of_market.filter(pl.col("outcome").is_in(list(lines.values())))
            size, word = scale(table["mean"]) if "{scale}" in label else (1.0, "")
            look, ends = looks(list(lines)), []
            for name, outcome in lines.items():
                ends += _line(axes, table.filter(pl.col("outcome") == outcome), size, name, look[name])
            axes.set_ylabel(label.format(scale=word, currency=setting.currency))
            _finish(axes, ends)
    return figure


def _panels(
    heights: Sequence[float], names: Sequence[str], setting: Setting, means: "pl.DataFrame"
) -> "tuple[Figure, list[Axes]]":
    """Return a figure with panels over days since the forced price, the time for which it is held shaded."""
    gap, below, top = 0.2, 0.68, 0.3
    figure = page(sum(heights) + gap * (len(heights) - 1) + top + below, left=0.95, right=room_for(names, 0.45),
                  top=top, bottom=below)  # fmt: skip
    hspace = gap / (sum(heights) / len(heights))
    grid = figure.subplots(len(heights), 1, sharex=True, squeeze=False,
                           gridspec_kw={"height_ratios": heights, "hspace": hspace})  # fmt: skip
    every: list[Axes] = list(grid[:, 0])
    for axes in every:
        _base(axes, setting, means)
    held = f"price held for {setting.hold:g} days" if setting.hold else "price forced"
    every[0].annotate(held, (0.0, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
                      ha="left", va="bottom")  # fmt: skip
    every[-1].set_xlabel("days since the forced price")
    return figure, every


def _base(axes: "Axes", setting: Setting, means: "pl.DataFrame") -> None:
    """Put days on the x axis, shade the hold, mark the day and no response."""
    first, last = float(str(means["since"].min())), float(str(means["since"].max()))
    axes.set_xlim(first, max(last, first + 1.0))
    if setting.hold:
        axes.axvspan(0.0, min(setting.hold, last), facecolor=HELD, edgecolor="none", zorder=0)
    axes.axhline(0.0, color=GREY, linewidth=0.6, zorder=1)
    axes.axvline(0.0, color="black", linewidth=0.7, linestyle=(0, (1, 1.5)), zorder=1)


def _note(figure: "Figure", setting: Setting, more: str = "", whose: str = "") -> None:
    """Say below the figure what is drawn."""
    band = (
        f"Mean of {setting.seeds} pairs of runs; bands{whose}: {CAPTION}."
        if setting.seeds > 1
        else "One pair of runs, on one seed: no interval."
    )
    note = f"With less without the forced price, same luck. {band}{more}"
    figure.text(0.08 / 7.0, 0.08 / figure.get_figheight(), note, color=GREY, va="bottom")


def _ranked(table: "pl.DataFrame") -> list[str]:
    """Sellers that respond at all, those that respond most first."""
    import polars as pl

    total = table.group_by("seller").agg(total=pl.col("mean").abs().sum()).filter(pl.col("total") > 0.0)
    return total.sort("total", "seller", descending=[True, False])["seller"].to_list()


def _sellers(
    axes: "Axes", table: "pl.DataFrame", label: str, look: Mapping[str, Look], setting: Setting, forced: bool
) -> None:
    """Draw a line a seller: the forced one thick, those that respond most by name, the others in grey."""
    import polars as pl

    size, word = scale(table["mean"]) if "{scale}" in label else (1.0, "")
    table = table.filter(pl.col("mean").is_not_null())
    ranked = _ranked(table)
    others = [name for name in ranked if name != setting.seller]
    named = sorted([*others[:NAMED], *([setting.seller] if setting.seller in ranked else [])])
    for name in others[NAMED:]:
        line = table.filter(pl.col("seller") == name).sort("since")
        axes.plot(line["since"], line["mean"] / size, color=PALE, linewidth=0.7, zorder=1.5)
    ends = []
    for name in named:
        is_forced = forced and name == setting.seller
        text = f"{name} (forced)" if is_forced else name
        line = table.filter(pl.col("seller") == name)
        band = name == setting.seller or name in others[: BANDS - 1]
        ends += _line(axes, line, size, text, look[name], thick=is_forced, band=band)
    if len(others) > NAMED:
        axes.annotate(f"grey: {len(others) - NAMED} that respond less", (1.0, 1.0), xycoords="axes fraction",
                      xytext=(0, 3), textcoords="offset points", ha="right", va="bottom", color=GREY)  # fmt: skip
    axes.set_ylabel(label.format(scale=word, currency=setting.currency))
    _finish(axes, ends)


def _line(
    axes: "Axes", table: "pl.DataFrame", size: float, text: str, look: Look, *, thick: bool = False, band: bool = True
) -> list[End]:
    """Draw one response with its band; returns where it ends."""
    line = table.sort("since")
    if line.is_empty():
        return []
    y = line["mean"] / size
    if band and line["low"].null_count() < line.height:
        low, high = (line[side].fill_null(line["mean"]) / size for side in ("low", "high"))
        axes.fill_between(
            line["since"], low, high, step="post", facecolor=look.colour, alpha=0.16, linewidth=0, zorder=2
        )
    first, last = axes.get_xlim()
    every = max(1, round((last - first) / 8.0))
    axes.plot(
        line["since"], y, color=look.colour, linestyle=look.dash, linewidth=2.0 if thick else 1.1,
        drawstyle="steps-post", marker=look.marker, markersize=2.8, markevery=every, zorder=4 if thick else 3,
    )  # fmt: skip
    return [End(float(line["since"][-1]), float(y[-1]), text, look)]


def _finish(axes: "Axes", ends: Sequence[End]) -> None:
    """Mark a few round numbers and write the names; say so where nothing moved."""
    low, high = axes.get_ylim()
    if not ends:
        axes.set_ylim(-1.0, 1.0)
        axes.set_yticks([0.0])
        axes.annotate("no response", (0.5, 0.56), xycoords="axes fraction", ha="center", color=GREY)
        return
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(_marks(integer=axes.get_ylabel() == COUNTED))
    label_ends(axes, ends)


def _marks(*, integer: bool = False) -> "MaxNLocator":
    """A few round numbers."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=integer)
