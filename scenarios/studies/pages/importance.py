"""A study of sensitivity for people: a page, a table and a figure an outcome."""

from pathlib import Path

import numpy as np
import polars as pl

from pricewar.scenarios.studies.pages.pivot import markdown
from pricewar.scenarios.studies.pages.sweep import titled, written
from pricewar.scenarios.studies.store import Results, units

USUAL = ("price_change", "hhi", "lerner", "surplus")
"""Outcomes that are looked at where nobody asks for others."""
COLUMNS = {"morris": ("mu_star", "mu", "sigma"), "sobol": ("first", "total")}
WORDS = {
    "morris": "Mean absolute elementary effect (mu*), mean and standard deviation of the effects: the change of the "
    "outcome over the whole range of a key. A sigma as large as mu* says that the effect depends on the other keys.",
    "sobol": "Share of the variance of the outcome (mean over seeds) that a key explains alone (first) and together "
    "with others (total). An estimate a little below 0 is 0.",
}


def write_sensitivity(results: Results, found: pl.DataFrame) -> Path:
    """Write `summary.md`, `sensitivity.csv` and the figures into the folder; returns the page."""
    manifest, method = results.manifest, results.manifest.notes["design"]
    found.write_csv(results.folder / "sensitivity.csv")
    known = units(manifest)
    lines = [
        f"# {manifest.title}: sensitivity ({method}), {results.runs.height} runs",
        "",
        WORDS[method],
        f"Brackets: 95 % intervals, bootstrapped over the design's {'trajectories' if method == 'morris' else 'rows'}.",
        "Luck: share of the variance of single runs that lies between seeds at the same point.",
        "",
        manifest.made,
    ]
    for (outcome,), group in found.group_by(["outcome"], maintain_order=True):
        unit = f" [{known[str(outcome)]}]" if method == "morris" and known[str(outcome)] != "1" else ""
        luck = group["luck"][0]
        said = group.iter_rows(named=True)
        rows = [[row["key"], *(_between(row, name) for name in COLUMNS[method])] for row in said]
        lines += ["", f"## {outcome}{unit}", "", markdown(["key", *COLUMNS[method]], rows), ""]
        lines += ["Luck: " + ("unknown, for there was one seed" if np.isnan(luck) else f"{luck:.3g}") + "."]
        if luck > 0.5:
            lines += ["", "More than half is luck: what keys seem to explain is partly noise. Take more seeds."]
        lines += ["", f"![{outcome}](figures/{draw(results, group, str(outcome)).name})"]
    page = results.folder / "summary.md"
    page.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return page


def _between(row: dict[str, float], name: str) -> str:
    if np.isnan(row[name]):
        return "none: it does not vary"
    return f"{row[name]:.3g} [{row[f'{name}_low']:.3g}, {row[f'{name}_high']:.3g}]"


def draw(results: Results, group: pl.DataFrame, outcome: str) -> Path:
    """Draw the keys' indices with their intervals, the most important above, and the share of luck."""
    from pricewar.sim.figures.style import DASHES, GREY, MARKERS, PALETTE, house_style, page

    method = results.manifest.notes["design"]
    names = [name for name in COLUMNS[method] if name != "mu"]
    group = group.sort(names[-1] if method == "sobol" else names[0], nulls_last=True)
    y = np.arange(group.height)
    longest = max(map(len, group["key"]))
    with house_style():
        figure = page(1.15 + 0.34 * group.height, left=0.25 + 0.068 * longest, right=0.2, top=0.5, bottom=0.5)
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
        unit = units(results.manifest)[outcome]
        change = "change over the range" + (f" [{unit}]" if unit != "1" else "")
        label = "share of variance" if method == "sobol" else change
        axes.set_xlabel(label)
        luck_said = "" if np.isnan(luck) or method == "sobol" else f"; luck {luck:.2g}"
        figure.text(0.01, 1 - 0.04 / figure.get_figheight(), titled(outcome) + luck_said, va="top", ha="left")
        figure.legend(*axes.get_legend_handles_labels(), loc="upper right", ncols=3,
                      bbox_to_anchor=(1.0, 1.0 - 0.2 / figure.get_figheight()))  # fmt: skip
        return written(figure, results.folder / "figures" / f"sensitivity-{outcome}.png")
