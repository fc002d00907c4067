"""What a sweep says for people: the response of each outcome to each key, drawn and in a table."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pricewar.scenarios.studies.pages import same_arms
from pricewar.scenarios.studies.pages.pivot import Levels, laid_out, levels, of_level, pivot
from pricewar.scenarios.studies.store import Results, units, write_findings
from pricewar.sim.analysis.intervals import CAPTION, MEANING, OVER_POINTS, PERCENT
from pricewar.sim.analysis.measures import OUTCOMES
from pricewar.sim.figures.catalogue import draw
from pricewar.sim.pages.table import Estimate, Table, heads
from pricewar.sim.results.folder import write_text
from pricewar.sim.text import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


USUAL = ("war", "price_change", "hhi", "surplus")
"""Outcomes that are drawn where nobody asks for others."""
PANELS = 3
"""In a row of a figure."""


def varied(results: Results) -> list[str]:
    """Columns that tell the runs of a sweep apart: its keys, and policies where there are several."""
    names = [key for key in results.manifest.settings if results.runs[key].n_unique() > 1]
    return names + (["policy"] if results.runs["policy"].n_unique() > 1 else [])


def effects(results: Results, of: Sequence[str]) -> pl.DataFrame:
    """The main effects of a sweep: a row a key, level and outcome."""
    parts = [
        pivot(results.runs, [key], of).rename({key: "level"}).select(pl.lit(key).alias("key"), pl.all())
        for key in varied(results)
    ]
    return pl.concat(parts) if parts else pl.DataFrame()


def write_sweep(results: Results, of: Sequence[str]) -> Path:
    """Write the table `effects`, `summary.md` and figures into the folder of a sweep; returns the page."""
    folder, manifest = results.folder, results.manifest
    keys, unit_of = varied(results), units(manifest)
    write_findings(results, {"effects": effects(results, of)})
    drawn = draw(figures_of(results), folder / "figures", kinds=("png",))
    failed = results.failed
    lines = [
        f"# {manifest.title}: {manifest.kind} of {len(manifest.arms)} arms, {results.runs.height} runs"
        + (f", {failed.height} of them failed" if failed.height else ""),
        "",
        f"Mean [{PERCENT} interval] (runs). {MEANING} They hold at the points that were tried; with one seed they are "
        f"{OVER_POINTS}. A range of which many values were tried is cut into bins.",
        "",
        manifest.made,
    ]
    for paragraph in same_arms.paragraphs(manifest, results.runs):
        lines += ["", paragraph]
    for key in keys if results.done.height else ():
        lines += ["", f"## {key}", "", laid_out(pivot(results.runs, [key], of), [key], of, unit_of).markdown()]
    for file in drawn.files:
        lines += ["", f"![{file.stem.partition('-')[2]}](figures/{file.name})"]
    if failed.height:
        told = failed.head(20).iter_rows(named=True)
        lines += ["", "## Failed", "", *(f"- {row['arm']}, seed {row['seed']}: {row['reason']}" for row in told)]
    page = folder / "summary.md"
    write_text(page, drawn.under("\n".join(lines) + "\n"))
    return page


def figures_of(results: Results) -> "dict[str, Callable[[], Figure | None]]":
    """The figures of a sweep, from what its folder holds: of every outcome its response to every key.

    And a map of it where a grid has two keys. None where no run is done, nothing varies or no effects are written yet.
    """
    keys, written = varied(results), results.findings.get("effects")
    settings = [key for key in keys if key != "policy"]
    figures: dict[str, Callable[[], Figure | None]] = {}
    if written is None or results.done.is_empty() or not keys:
        return figures
    for name in written["outcome"].unique(maintain_order=True):
        figures[f"response-{name}"] = partial(draw_response, results, keys, name)
        if results.manifest.notes.get("design") == "grid" and len(settings) == 2:
            figures[f"map-{name}"] = partial(draw_map, results, (settings[0], settings[1]), name)
    return figures


def draw_response(results: Results, keys: Sequence[str], outcome: str) -> "Figure":
    """A panel a key: the outcome at its levels with intervals, over the points that were tried; a line a policy."""
    from matplotlib.ticker import FuncFormatter

    from pricewar.sim.figures.style import PALETTE, house_style, note_below, page, scale

    done = results.done
    policies = done["policy"].unique(maintain_order=True).to_list()
    shown = [key for key in keys if key != "policy"] or ["policy"]
    logarithmic = [one["key"] for one in results.manifest.notes.get("factors", []) if one.get("log")]
    rows = -(-len(shown) // PANELS)
    legend = len(policies) > 1 and shown != ["policy"]
    with house_style():
        figure = page(0.9 + 2.0 * rows, left=0.75, right=0.2, top=0.35 + 0.15 * legend, bottom=0.65)
        across = min(PANELS, len(shown))
        panels = figure.subplots(rows, across, sharey=True, squeeze=False)
        figure.subplots_adjust(hspace=0.55, wspace=0.12)
        for axes, key in zip(panels.flat, shown, strict=False):
            cut = levels(done, key)
            groups = policies if legend else [None]
            for number, policy in enumerate(groups):
                mask = pl.lit(True) if policy is None else pl.col("policy") == policy
                label = None if policy is None else (policy or "none")
                _response(axes, done, mask, cut, outcome, PALETTE[number % len(PALETTE)], label, number, len(groups))
            axes.set_xlabel(key if len(key) < 34 else "…" + key[-32:])
            if key in logarithmic:
                axes.set_xscale("log")
        for axes in list(panels.flat)[len(shown) :]:
            axes.set_visible(False)
        unit = units(results.manifest)[outcome]
        size, word = scale(done[outcome]) if unit.startswith(results.manifest.currency) else (1.0, "")
        for axes in panels[:, 0]:
            if word:
                axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y / size:g}"))
            axes.set_ylabel(f"{outcome.replace('_', ' ')} [{word}{unit}]")
        figure.text(0.01, 1 - 0.04 / figure.get_figheight(), titled(outcome), va="top", ha="left")
        note_below(
            figure, f"{CAPTION}." if len(results.manifest.seeds) > 1 else f"{PERCENT} intervals of {OVER_POINTS}."
        )
        if legend:
            figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="upper right", ncols=min(4, len(policies)),
                          bbox_to_anchor=(1.0, 1.0 - 0.12 / figure.get_figheight()))  # fmt: skip
        return figure


def titled(outcome: str) -> str:
    """Name an outcome and say what it is, for the head of a figure."""
    return f"{outcome.replace('_', ' ')}: {OUTCOMES[outcome].meaning.rstrip('.')}"


def _response(
    axes: "Axes", done: pl.DataFrame, mask: pl.Expr, cut: Levels, outcome: str, colour: str, label: str | None,
    number: int, of: int,
) -> None:  # fmt: skip
    """Draw one line of a panel: points pale, levels with intervals."""
    from pricewar.sim.figures.style import DASHES, MARKERS

    kept = done.with_columns(pl.Series("__level", cut.of_run, dtype=pl.Int64)).filter(mask)
    intervals = [of_level(kept.filter(pl.col("__level") == at), outcome)[1] for at in range(len(cut.labels))]
    # Side by side where there are words on the axis; numbers stand where they are.
    step = 0.0 if cut.numbers else 0.16 * (number - (of - 1) / 2.0)
    x = np.array(cut.centres) + step
    mean, low, high = (np.array([getattr(one, name) for one in intervals]) for name in ("mean", "low", "high"))
    points = kept.group_by("arm", maintain_order=True).agg(
        pl.col(cut.name).first(), pl.col("__level").first(), pl.col(outcome).mean()
    )
    at = points[cut.name].to_numpy() if cut.numbers else np.array(cut.centres)[points["__level"].to_numpy()] + step
    axes.plot(at, points[outcome].to_numpy(), ".", color=colour, alpha=0.45, markersize=3.5, markeredgewidth=0)
    reach = np.nan_to_num(np.vstack([mean - low, high - mean]), nan=0.0).clip(0.0)
    axes.errorbar(x, mean, reach, color=colour, marker=MARKERS[number % len(MARKERS)], markersize=3.5, label=label,
                  linestyle=DASHES[number % len(DASHES)] if cut.numbers else "none", elinewidth=0.9,
                  capsize=2.0)  # fmt: skip
    if not cut.numbers:
        axes.set_xticks(cut.centres, cut.labels, rotation=_tilt(cut))
        axes.set_xlim(-0.6, len(cut.labels) - 0.4)


def _tilt(cut: Levels) -> int:
    return 30 if sum(map(len, cut.labels)) > 28 else 0


def draw_map(results: Results, keys: tuple[str, str], outcome: str) -> "Figure":
    """The mean of an outcome over seeds at every pair of levels; a panel a policy, three at most."""
    from pricewar.sim.figures.style import house_style, page

    done = results.done
    policies = done["policy"].unique(maintain_order=True).to_list()[:PANELS]
    down, across = levels(done, keys[0]), levels(done, keys[1])
    marked = done.with_columns(
        pl.Series("__down", down.of_run, dtype=pl.Int64), pl.Series("__across", across.of_run, dtype=pl.Int64)
    )
    grids = []
    for policy in policies:
        grid = np.full((len(down.labels), len(across.labels)), np.nan)
        means = marked.filter(pl.col("policy") == policy).group_by("__down", "__across").agg(pl.col(outcome).mean())
        for i, j, mean in means.iter_rows():
            grid[i, j] = np.nan if mean is None else mean
        grids.append(grid)
    finite = np.concatenate([grid[np.isfinite(grid)] for grid in grids])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    with house_style():
        figure = page(3.0, left=0.8, right=0.6, top=0.5, bottom=0.6)
        panels = figure.subplots(1, len(policies), sharey=True, squeeze=False)[0]
        for axes, policy, grid in zip(panels, policies, grids, strict=True):
            image = axes.imshow(grid, origin="lower", aspect="auto", cmap="cividis", vmin=low, vmax=high)
            middle = (low + high) / 2.0
            for (i, j), mean in np.ndenumerate(grid) if grid.size <= 100 else ():
                ink = "white" if mean < middle else "black"
                axes.text(j, i, "none" if np.isnan(mean) else f"{mean:.3g}", ha="center", va="center",
                          color="black" if np.isnan(mean) else ink)  # fmt: skip
            axes.set_xticks(range(len(across.labels)), across.labels, rotation=_tilt(across))
            axes.set_yticks(range(len(down.labels)), down.labels)
            axes.set_xlabel(keys[1])
            axes.set_title((policy or "none") if len(policies) > 1 else "", loc="left")
        panels[0].set_ylabel(keys[0])
        bar = figure.colorbar(image, ax=list(panels), fraction=0.05, pad=0.02)
        bar.set_label(f"{outcome.replace('_', ' ')} [{units(results.manifest)[outcome]}]")
        figure.text(0.01, 1 - 0.04 / figure.get_figheight(), titled(outcome), va="top", ha="left")
        return figure


COLUMNS = {"morris": ("mu_star", "mu", "sigma"), "sobol": ("first", "total")}
WORDS = {
    "morris": "Mean absolute elementary effect (mu*), mean and standard deviation of the effects: the change of the "
    "outcome over the whole range of a key. A sigma as large as mu* says that the effect depends on the other keys.",
    "sobol": "Share of the variance of the outcome (mean over seeds) that a key explains alone (first) and together "
    "with others (total). An estimate a little below 0 is 0.",
}


def write_sensitivity(results: Results, indices: pl.DataFrame) -> Path:
    """Write the table `sensitivity`, `summary.md` and the figures into the folder; returns the page."""
    manifest, method = results.manifest, results.manifest.notes["design"]
    write_findings(results, {"sensitivity": indices})
    drawn = draw(figures_of_sensitivity(results), results.folder / "figures", kinds=("png",))
    unit_of = units(manifest)
    lines = [
        f"# {manifest.title}: sensitivity ({method}), {results.runs.height} runs",
        "",
        WORDS[method],
        f"Brackets: {_bootstrapped(method)}.",
        "Luck: share of the variance of single runs that lies between seeds at the same point.",
        "",
        manifest.made,
    ]
    for (outcome,), group in indices.group_by(["outcome"], maintain_order=True):
        unit = f" [{unit_of[str(outcome)]}]" if method == "morris" and unit_of[str(outcome)] != "1" else ""
        luck = group["luck"][0]
        rows = [[row["key"], *(_between(row, name) for name in COLUMNS[method])] for row in group.iter_rows(named=True)]
        table = Table(heads("key", *COLUMNS[method]), rows)
        lines += ["", f"## {outcome}{unit}", "", table.markdown(), ""]
        lines += ["Luck: " + ("unknown, for there was one seed" if np.isnan(luck) else figures(luck)) + "."]
        if luck > 0.5:
            lines += ["", "More than half is luck: what keys seem to explain is partly noise. Take more seeds."]
        lines += ["", f"![{outcome}](figures/sensitivity-{outcome}.png)"]
    page = results.folder / "summary.md"
    write_text(page, drawn.under("\n".join(lines) + "\n"))
    return page


def figures_of_sensitivity(results: Results) -> "dict[str, Callable[[], Figure | None]]":
    """The figures of a sensitivity, from what its folder holds: an outcome each; none before its analysis."""
    indices = results.findings.get("sensitivity")
    if indices is None:
        return {}
    return {
        f"sensitivity-{outcome}": partial(draw_sensitivity, results, group, str(outcome))
        for (outcome,), group in indices.group_by(["outcome"], maintain_order=True)
    }


def _bootstrapped(method: str) -> str:
    """What the intervals of a method are."""
    of = "trajectories" if method == "morris" else "rows"
    return f"{PERCENT} intervals, bootstrapped over the design's {of}: over the points tried in the ranges assumed"


def _between(row: dict[str, float], name: str) -> Estimate | str:
    if np.isnan(row[name]):
        return "none: it does not vary"
    same = "the same in every resample"
    return Estimate(row[name], row[f"{name}_low"], row[f"{name}_high"], same=same)


def draw_sensitivity(results: Results, group: pl.DataFrame, outcome: str) -> "Figure":
    """Draw the keys' indices with their intervals, the most important above, and the share of luck."""
    from pricewar.sim.figures.style import DASHES, GREY, MARKERS, PALETTE, house_style, note_below, page

    method = results.manifest.notes["design"]
    names = [name for name in COLUMNS[method] if name != "mu"]
    group = group.sort(names[-1] if method == "sobol" else names[0], nulls_last=True)
    y = np.arange(group.height)
    longest = max(map(len, group["key"]))
    with house_style():
        figure = page(1.3 + 0.34 * group.height, left=0.25 + 0.068 * longest, right=0.2, top=0.5, bottom=0.65)
        axes = figure.subplots()
        for number, name in enumerate(names):
            value = group[name].to_numpy()
            low, high = (group[f"{name}_{end}"].to_numpy() for end in ("low", "high"))
            reach = np.vstack([value - low, high - value])
            at = y + 0.12 * (0.5 - number) * 2.0
            axes.errorbar(value, at, xerr=np.nan_to_num(reach).clip(0.0), fmt=MARKERS[number],
                          color=PALETTE[number], markersize=4.0, capsize=2.0, elinewidth=0.9,
                          label=name.replace("mu_star", "mu*"))  # fmt: skip
        luck = group["luck"][0]
        if method == "sobol" and not np.isnan(luck):
            axes.axvline(luck, color=GREY, linestyle=DASHES[1], linewidth=0.9, label="luck: share between seeds")
        axes.set_yticks(y, group["key"].to_list())
        axes.set_ylim(-0.6, group.height - 0.4)
        axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
        change = f"change over the range [{units(results.manifest)[outcome]}]"
        axes.set_xlabel("share of variance [1]" if method == "sobol" else change)
        note_below(figure, f"{_bootstrapped(method)}.")
        luck_said = "" if np.isnan(luck) or method == "sobol" else f"; luck {luck:.2g}"
        figure.text(0.01, 1 - 0.04 / figure.get_figheight(), titled(outcome) + luck_said, va="top", ha="left")
        figure.legend(*axes.get_legend_handles_labels(), loc="upper right", ncols=3,
                      bbox_to_anchor=(1.0, 1.0 - 0.2 / figure.get_figheight()))  # fmt: skip
        return figure
