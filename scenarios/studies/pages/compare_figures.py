"""Figures of a comparison: tables in, figures out, nothing written."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pricewar.scenarios.studies.outcomes import SERIES
from pricewar.scenarios.studies.parts import KINDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PATHS = ("chained_index", "price_level", "hhi", "adoption", "surplus", "profit")
"""Series that have a panel in the figure of trajectories."""
LINEAR = 5.0
"""Standard deviations up to which the axis of the forest plot is linear, if anything lies far beyond."""
NAMED = 36
"""Longest name on an axis. [letters]"""


def short(name: str) -> str:
    """Cut a long name.

    >>> short("without release:deepseek-v2 and launch:baidu")
    'without release:deepseek-v2 and lau…'
    """
    return name if len(name) <= NAMED else f"{name[: NAMED - 1]}…"


def forest(differences: pl.DataFrame) -> "Figure | None":
    """Differences with their intervals, in standard deviations of the baseline over seeds; a colour an arm.

    Outcomes in which the baseline does not vary are left out; None where that leaves nothing.
    """
    from pricewar.sim.figures.style import GREY, MARKERS, PALETTE, house_style, page

    varying = differences.filter((pl.col("baseline_sd") > 1e-9 * pl.col("baseline").abs()) & pl.col("low").is_finite())
    if varying.is_empty():
        return None
    outcomes = varying["outcome"].unique(maintain_order=True).to_list()
    arms = varying["arm"].unique(maintain_order=True).to_list()
    step = 0.7 / len(arms)
    with house_style():
        figure = page(1.1 + len(outcomes) * max(0.32, 0.17 * len(arms)), left=1.45, right=0.3, top=0.5, bottom=0.55)
        axes = figure.subplots()
        for i, arm in enumerate(arms):
            one = varying.filter(pl.col("arm") == arm)
            scale = one["baseline_sd"].to_numpy()
            at = np.array([outcomes.index(name) for name in one["outcome"]]) + (i - (len(arms) - 1) / 2) * step
            mean, low, high = (one[name].to_numpy() / scale for name in ("difference", "low", "high"))
            axes.errorbar(mean, at, xerr=(mean - low, high - mean), fmt=MARKERS[i % len(MARKERS)], markersize=3.5,
                          color=PALETTE[i % len(PALETTE)], elinewidth=1.0, capsize=2.0, label=short(arm))  # fmt: skip
        axes.axvline(0.0, color=GREY, linewidth=0.6, zorder=0)
        if max(map(abs, axes.get_xlim())) > 4.0 * LINEAR:
            axes.set_xscale("symlog", linthresh=LINEAR)
        axes.set_yticks(range(len(outcomes)), [name.replace("_", " ") for name in outcomes])
        axes.set_ylim(len(outcomes) - 0.5, -0.5)
        axes.set_xlabel("difference from the baseline, with its 95 % interval [sd of the baseline over seeds]")
        figure.legend(*axes.get_legend_handles_labels(), loc="upper center", ncols=min(3, len(arms)))
    return figure


def gains(parts: pl.DataFrame, currency: str) -> "Figure | None":
    """Who gains and who loses, a panel an arm (the first three); None where nobody does."""
    from pricewar.sim.figures.style import GREY, PALETTE, house_style, page

    moved = parts.filter((pl.col("difference") != 0.0) & pl.col("difference").is_finite())
    arms = moved["arm"].unique(maintain_order=True).to_list()[:3]
    if not arms:
        return None
    whom = parts.filter(pl.col("arm") == arms[0]).select("kind", "whom").rows()
    colours = dict(zip(KINDS, PALETTE, strict=False))
    said = {"surplus": " (consumers)", "transfers": " (transfers)"}
    names = [short(f"{who}{said.get(kind, '')}") for kind, who in whom]
    left = 0.35 + 0.062 * max(map(len, names))
    with house_style():
        figure = page(0.9 + 0.17 * len(whom), left=left, right=0.25, top=0.35, bottom=0.5)
        panels = figure.subplots(1, len(arms), sharey=True, squeeze=False)[0]
        for axes, arm in zip(panels, arms, strict=True):
            one = parts.filter(pl.col("arm") == arm)
            mean, low, high = (one[name].to_numpy() for name in ("difference", "low", "high"))
            size, unit = _scale(np.concatenate([mean, low[np.isfinite(low)], high[np.isfinite(high)]]))
            at = np.arange(len(whom))
            axes.barh(at, mean / size, height=0.65, color=[colours[kind] for kind, _ in whom], alpha=0.6)
            reach = np.nan_to_num(np.abs(np.stack([mean - low, high - mean]))) / size
            axes.errorbar(mean / size, at, xerr=reach, fmt="none", ecolor="black", elinewidth=0.8, capsize=1.5)
            axes.axvline(0.0, color=GREY, linewidth=0.6)
            axes.set_title(short(arm), loc="left")
            axes.set_xlabel(f"difference [{unit}{currency}]")
        panels[0].set_yticks(range(len(whom)), names)
        panels[0].set_ylim(len(whom) - 0.5, -0.5)
    return figure


def _scale(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> tuple[float, str]:
    most = float(np.abs(values).max(initial=0.0))
    steps = ((1e9, "billion "), (1e6, "million "), (1e3, "thousand "))
    return next(((size, word) for size, word in steps if most >= size), (1.0, ""))


def trajectories(paths: pl.DataFrame, currency: str) -> "Figure | None":
    """Mean differences day by day with pointwise intervals, a panel a series; None without a run."""
    from matplotlib.ticker import EngFormatter

    from pricewar.sim.figures.style import PALETTE, house_style, page

    arms = paths["arm"].unique(maintain_order=True).to_list()[: len(PALETTE)]
    if not arms:
        return None
    with house_style():
        figure = page(6.6, left=0.85, right=0.25, top=0.55, bottom=0.5)
        figure.subplots_adjust(wspace=0.34, hspace=0.3)
        panels = figure.subplots(3, 2, sharex=True)
        for axes, name in zip(panels.flat, PATHS, strict=True):
            _path(axes, paths.filter(pl.col("series") == name), arms)
            unit = SERIES[name][0].replace("money", currency)
            axes.set_title(name.replace("_", " "), loc="left")
            axes.set_ylabel(unit if unit != "1" else "")
            if SERIES[name][0] == "money/day":
                axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        for axes in panels[-1]:
            axes.set_xlabel("day")
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="upper center", ncols=min(3, len(arms)))
    return figure


def _path(axes: "Axes", paths: pl.DataFrame, arms: Sequence[str]) -> None:
    from pricewar.sim.figures.style import DASHES, GREY, PALETTE

    axes.axhline(0.0, color=GREY, linewidth=0.6)
    for i, arm in enumerate(arms):
        one = paths.filter(pl.col("arm") == arm)
        day = one["day"].to_numpy()
        axes.fill_between(day, one["low"], one["high"], color=PALETTE[i], alpha=0.2, linewidth=0)
        axes.plot(day, one["mean"], color=PALETTE[i], linestyle=DASHES[i % len(DASHES)], label=short(arm))
