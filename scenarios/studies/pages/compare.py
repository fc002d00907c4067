"""What a comparison leaves for people: a page, tables and figures."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pricewar.scenarios.config.names import listing
from pricewar.scenarios.studies.comparison import Comparison
from pricewar.scenarios.studies.outcomes import KINDS
from pricewar.scenarios.studies.pages import same_arms
from pricewar.scenarios.studies.store import Results, units, write_findings
from pricewar.scenarios.studies.study import BASELINE
from pricewar.sim.analysis.intervals import CAPTION, MEANING, PERCENT
from pricewar.sim.analysis.measures import OUTCOMES, SERIES
from pricewar.sim.figures.catalogue import draw
from pricewar.sim.pages.table import Estimate, Head, Table, heads
from pricewar.sim.results.folder import write_text
from pricewar.sim.text import counted, figures, percent, ratio, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


PATHS = ("chained_index", "price_level", "hhi", "adoption", "surplus", "profit")
"""Series that have a panel in the figure of trajectories."""
TITLES = {
    "forest": "Differences in standard deviations of the baseline",
    "gains": "Who gains and who loses",
    "trajectories": "Differences day by day",
}
"""What the figures show, by their names."""
LINEAR = 5.0
"""Standard deviations up to which the axis of the forest plot is linear, if anything lies far beyond."""
NAMED = 36
"""Longest name on an axis. [letters]"""


def short(name: str) -> str:
    """Cut a long name, for a figure: a dollar in it begins no formula.

    >>> short("without release:deepseek-v2 and launch:baidu")
    'without release:deepseek-v2 and lau…'
    """
    cut = name if len(name) <= NAMED else f"{name[: NAMED - 1]}…"
    return cut.replace("$", r"\$")


def forest(differences: pl.DataFrame) -> "Figure | None":
    """Differences with their intervals, in standard deviations of the baseline over seeds; a colour an arm.

    Outcomes in which the baseline does not vary are left out; None where that leaves nothing.
    """
    from pricewar.sim.figures.style import GREY, MARKERS, PALETTE, house_style, note_below, page

    varying = differences.filter((pl.col("baseline_sd") > 1e-9 * pl.col("baseline").abs()) & pl.col("low").is_finite())
    if varying.is_empty():
        return None
    outcomes = varying["outcome"].unique(maintain_order=True).to_list()
    arms = varying["arm"].unique(maintain_order=True).to_list()
    step = 0.7 / len(arms)
    with house_style():
        figure = page(1.25 + len(outcomes) * max(0.32, 0.17 * len(arms)), left=1.45, right=0.3, top=0.5, bottom=0.7)
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
        axes.set_xlabel("difference from the baseline [sd of the baseline over seeds]")
        figure.legend(*axes.get_legend_handles_labels(), loc="upper center", ncols=min(3, len(arms)))
        note_below(figure, f"{CAPTION}.")
    return figure


def draw_gains(parts: pl.DataFrame, currency: str) -> "Figure | None":
    """Who gains and who loses, a panel an arm (the first three); None where nobody does."""
    from pricewar.sim.figures.style import GREY, PALETTE, house_style, note_below, page

    moved = parts.filter((pl.col("difference") != 0.0) & pl.col("difference").is_finite())
    arms = moved["arm"].unique(maintain_order=True).to_list()[:3]
    if not arms:
        return None
    whom = parts.filter(pl.col("arm") == arms[0]).select("kind", "whom").rows()
    colours = dict(zip(KINDS, PALETTE, strict=False))
    suffixes = {"surplus": " (consumers)", "transfers": " (transfers)"}
    names = [short(f"{who}{suffixes.get(kind, '')}") for kind, who in whom]
    left = 0.35 + 0.062 * max(map(len, names))
    with house_style():
        figure = page(1.05 + 0.17 * len(whom), left=left, right=0.25, top=0.35, bottom=0.65)
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
        note_below(figure, f"{CAPTION}.")
    return figure


def _scale(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> tuple[float, str]:
    most = float(np.abs(values).max(initial=0.0))
    steps = ((1e9, "billion "), (1e6, "million "), (1e3, "thousand "))
    return next(((size, word) for size, word in steps if most >= size), (1.0, ""))


def draw_trajectories(paths: pl.DataFrame, currency: str) -> "Figure | None":
    """Mean differences day by day with pointwise intervals, a panel a series; None without a run."""
    from matplotlib.ticker import EngFormatter

    from pricewar.sim.figures.style import PALETTE, house_style, note_below, page

    arms = paths["arm"].unique(maintain_order=True).to_list()[: len(PALETTE)]
    if not arms:
        return None
    with house_style():
        figure = page(6.75, left=0.85, right=0.25, top=0.55, bottom=0.65)
        figure.subplots_adjust(wspace=0.34, hspace=0.3)
        panels = figure.subplots(3, 2, sharex=True)
        for axes, name in zip(panels.flat, PATHS, strict=True):
            _path(axes, paths.filter(pl.col("series") == name), arms)
            axes.set_title(name.replace("_", " "), loc="left")
            axes.set_ylabel(f"difference [{SERIES[name].unit.replace('money', currency)}]")
            if SERIES[name].unit == "money/day":
                axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        for axes in panels[-1]:
            axes.set_xlabel("time [day]")
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="upper center", ncols=min(3, len(arms)))
        note_below(figure, f"{CAPTION}, for each day by itself.")
    return figure


def _path(axes: "Axes", paths: pl.DataFrame, arms: Sequence[str]) -> None:
    from pricewar.sim.figures.style import DASHES, GREY, PALETTE

    axes.axhline(0.0, color=GREY, linewidth=0.6)
    for i, arm in enumerate(arms):
        one = paths.filter(pl.col("arm") == arm)
        day = one["day"].to_numpy()
        axes.fill_between(day, one["low"], one["high"], color=PALETTE[i], alpha=0.2, linewidth=0)
        axes.plot(day, one["mean"], color=PALETTE[i], linestyle=DASHES[i % len(DASHES)], label=short(arm))


METHOD = f"""\
Every difference is arm less baseline, on the same seeds: the same luck wherever both worlds ask for it. Seeds are
independent and all that a seed draws is common to its runs, so a seed is the cluster.
{MEANING}
They are Student's t for means (of what is bounded, a score interval within its bounds), Tango's (1998) score interval
with McNemar's exact p for probabilities. `p (Holm)` is adjusted for all rows of the table that vary. `variance ratio`
is measured: the variance that the difference would have with seeds of each arm's own, over the one that it has; at 4,
pairing is worth four times the seeds; at ∞ the difference never varies.
That something is the same in all pairs says that these seeds do not differ, not that none could. Welfare is consumer
surplus, operating profit, transfers between the public purse and sellers that are in no operating profit, and the
public purse; what sellers pay for machines and research is in no part."""


def write_comparison(comparison: Comparison) -> Path:
    """Write tables, figures and `summary.md` into the folder of the study; returns the page."""
    write_findings(comparison.results, comparison.tables)
    drawn = draw(figures_of(comparison.results), comparison.results.folder / "figures", kinds=("png",))
    shown = [f"![{TITLES[file.stem]}](figures/{file.name})" for file in drawn.files]
    page = comparison.results.folder / "summary.md"
    write_text(page, drawn.under("\n\n".join([*_sections(comparison), *shown]) + "\n"))
    return page


def figures_of(results: Results) -> "dict[str, Callable[[], Figure | None]]":
    """The figures of a comparison, from what its folder holds."""
    code = results.manifest.currency
    return {
        "forest": lambda: forest(results.finding("differences").filter("asked")),
        "gains": lambda: draw_gains(results.finding("gains"), code),
        "trajectories": lambda: draw_trajectories(results.finding("trajectories"), code),
    }


def _sections(comparison: Comparison) -> list[str]:
    manifest, runs = comparison.results.manifest, comparison.results.runs
    failed = f", {comparison.results.failed.height} of them failed" if comparison.results.failed.height else ""
    title = f"# {manifest.title}: {counted(len(manifest.arms) - 1, 'arm')} against the baseline, {runs.height} runs"
    parts = [f"{title}{failed}", manifest.made]
    differences = comparison.differences
    parts += [f"**{one.said}**: {'met' if one.met(differences) else 'not met'}." for one in comparison.claims]
    parts += [*verdicts(comparison), "## Differences", _differences(comparison), METHOD]
    if comparison.precision:
        parts += ["## Precision", _precision(comparison)]
    parts += ["## Who gains and who loses", _gains(comparison)]
    if comparison.regrets.height:
        parts += ["## Regret", _regrets(comparison)]
    return parts


def verdicts(comparison: Comparison) -> list[str]:
    """What each arm moves of what was asked for, and what it does not; arms that are the same as others by name."""
    pages = same_arms.sentences(comparison.results.manifest, comparison.results.runs)
    like_baseline = {name for group in pages if group[0] == BASELINE for name in group[1:]}
    arms = comparison.asked_for["arm"].unique(maintain_order=True).to_list()
    groups = {arm: comparison.asked_for.filter(pl.col("arm") == arm) for arm in arms if arm not in like_baseline}
    return [*pages.values(), *(_verdict(arm, group) for arm, group in groups.items())]


def _verdict(arm: str, group: pl.DataFrame) -> str:
    rows = group.drop_nans("difference").to_dicts()
    pairs = max(group["pairs"].to_list())
    tested = [row for row in rows if row["p_holm"] is not None and isfinite(row["p_holm"])]
    constant = [row for row in rows if pairs > 1 and row["p"] != row["p"]]
    clear = [
        f"{row['outcome']} by {signed(row['difference'])} ({signed(row['low'])} to {signed(row['high'])})"
        for row in tested
        if row["p_holm"] < 0.05
    ]
    clear += [
        f"{row['outcome']} by {signed(row['difference'])} in all {row['pairs']} pairs"
        for row in constant
        if row["difference"] != 0.0
    ]
    unmoved = [row["outcome"] for row in constant if row["difference"] == 0.0]
    if unmoved and len(unmoved) == len(rows):
        return f"**{arm}** changes nothing of what was asked for: it is the same in all {pairs} pairs."
    same = f" The same in all {pairs} pairs: {listing(unmoved)}." if unmoved else ""
    if clear:
        return f"**{arm}** moves {'; '.join(clear)}.{same}"
    if not tested:
        return f"**{arm}**: {counted(pairs, 'seed')} cannot tell a difference from luck.{same}"
    unclear = listing([row["outcome"] for row in tested])
    return f"**{arm}**: no difference in {unclear} that {pairs} seeds tell from luck.{same}"


def _difference(row: Mapping[str, Any]) -> Estimate:
    same = f"the same in all {row['pairs']} pairs"
    return Estimate(row["difference"], row["low"], row["high"], plus=True, same=same)


def p_or_none(row: Mapping[str, Any]) -> str:
    """The adjusted p-value, or that there is none of what does not vary."""
    return "does not vary" if row["pairs"] > 1 and row["p"] != row["p"] else ratio(row["p_holm"])


def _differences(comparison: Comparison) -> str:
    unit_of = units(comparison.results.manifest)
    rows = []
    for row in comparison.asked_for.iter_rows(named=True):
        estimate = _difference(row)
        rows.append((
            f"{row['arm']}: {row['outcome']}", unit_of[row["outcome"]], figures(row["baseline"], estimate.error),
            estimate.value, estimate.interval, ratio(row["percent"]), p_or_none(row),
            ratio(row["variance_ratio"]), row["pairs"],
        ))  # fmt: skip
    table = Table(
        [Head("arm: outcome"), Head("unit", left=True),
         *heads("baseline", "difference", f"{PERCENT} interval", "%", "p (Holm)", "variance ratio", "pairs")], rows,
        notes=["\n".join(f"- {name}: {OUTCOMES[name].meaning}" for name in comparison.asked),
               "Other outcomes, unadjusted, are in `differences.csv`."],
    )  # fmt: skip
    return table.markdown()


def _precision(comparison: Comparison) -> str:
    rows = [
        (f"{row['arm']}: {row['outcome']}", row["asked"], row["reached"], row["seeds"],
         row["seeds_needed"] or "not known")
        for row in comparison.precision
    ]  # fmt: skip
    how = (
        "Seeds were added in batches of 20 until every interval was as narrow as asked, or the most seeds were "
        "reached. Stopping by width makes intervals cover a little less than they say; the error vanishes as they "
        "narrow (Chow & Robbins 1965). Seeds needed are (1.96 sd / half-width)² with the deviation seen so far."
    )
    return Table(heads("arm: outcome", "half-width asked", "reached", "seeds", "seeds needed"), rows, [how]).markdown()


def _gains(comparison: Comparison) -> str:
    code = comparison.results.manifest.currency
    rows = []
    for row in comparison.gains.iter_rows(named=True):
        estimate = _difference(row)
        rows.append((f"{row['arm']}: {row['whom']}", row["kind"], figures(row["baseline"], estimate.error),
                     estimate.value, estimate.interval))  # fmt: skip
    sums = []
    for arm in comparison.gains["arm"].unique(maintain_order=True).to_list():
        group = comparison.gains.filter(pl.col("arm") == arm)
        by_kind = {kind: float(group.filter(pl.col("kind") == kind)["difference"].sum()) for kind in KINDS}
        told = ", ".join(f"{kind} {signed(value)}" for kind, value in by_kind.items())
        sums.append(f"- {arm}: welfare {signed(sum(by_kind.values()))} {code} = {told}")
    columns = [Head("arm: whom"), Head("part", left=True), *(Head(name, code) for name in ("baseline", "difference")),
               Head(f"{PERCENT} interval")]  # fmt: skip
    return Table(columns, rows, ["\n".join(sums)]).markdown()


def _regrets(comparison: Comparison) -> str:
    unit_of = units(comparison.results.manifest)
    rows = [
        (f"{row['outcome']}: {row['arm']}", unit_of[row["outcome"]], row["worst"], row["worst_seed"], row["mean"],
         f"{percent(row['best'])} of seeds")
        for (_,), group in comparison.regrets.group_by(["outcome"], maintain_order=True)
        if group["worst"].max() != 0.0
        for row in group.iter_rows(named=True)
    ]  # fmt: skip
    columns = [
        Head("outcome: arm"),
        Head("unit", left=True),
        *heads("worst regret", "in seed", "mean regret", "best in"),
    ]
    how = "Regret is what an arm falls short of the best arm of the same seed."
    return Table(columns, rows, [how]).markdown()
