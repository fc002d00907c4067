"""What a study leaves for people: a page and figures, beside its tables."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pricewar.scenarios.studies.statistics import bands
from pricewar.scenarios.studies.store import Results, units, write_findings
from pricewar.sim.analysis.intervals import MEANING, PERCENT
from pricewar.sim.analysis.measures import OUTCOMES, SERIES
from pricewar.sim.figures.catalogue import draw
from pricewar.sim.pages.table import Estimate, Head, Table, heads
from pricewar.sim.results.folder import write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = ("chained_index", "price_level", "lerner_avoidable", "hhi", "adoption", "below_cost_share")
"""Series that have a panel in the figure of bands."""


def write_report(results: Results, summaries: pl.DataFrame) -> Path:
    """Write the table `outcomes`, `summary.md` and the figure of bands into the folder of a study; returns the page.

    summaries: `statistics.summaries` of its runs.
    """
    write_findings(results, {"outcomes": summaries})
    drawn = draw(figures_of(results), results.folder / "figures", kinds=("png",))
    shown = "".join(f"\n![Quantiles over seeds](figures/{file.name})\n" for file in drawn.files)
    page = results.folder / "summary.md"
    write_text(page, drawn.under(_page(results, summaries) + shown))
    return page


def figures_of(results: Results) -> "dict[str, Callable[[], Figure | None]]":
    """The figure of an ensemble, from what its folder holds; none where no run is done."""
    return {"bands": partial(draw_bands, results)} if results.done.height else {}


def _page(results: Results, summaries: pl.DataFrame) -> str:
    manifest, runs = results.manifest, results.runs
    failed = f", {results.failed.height} of them failed" if results.failed.height else ""
    lines = [
        f"# {manifest.title}: {manifest.kind} of {runs.height} runs{failed}",
        "",
        f"Mean over seeds with its {PERCENT} interval, and quantiles over seeds. {MEANING} They are Student's t (of "
        "what is bounded, a score interval within its bounds), Wilson's for probabilities.",
        "",
        manifest.made,
    ]
    unit_of = units(manifest)
    columns = [Head("outcome"), Head("unit", left=True),
               *heads("mean", f"{PERCENT} interval", "10 %", "median", "90 %"), Head("meaning", left=True)]  # fmt: skip
    for (arm,), group in summaries.group_by(["arm"], maintain_order=True):
        rows = []
        for row in group.iter_rows(named=True):
            name, same = row["outcome"], f"the same in all {row['runs']} runs"
            estimate = Estimate(row["mean"], row["low"], row["high"], same=same)
            rows.append((name, unit_of[name], estimate.value, estimate.interval, row["q10"], row["q50"], row["q90"],
                         OUTCOMES[name].meaning))  # fmt: skip
        lines += ["", f"## {arm}", "", Table(columns, rows).markdown()]
    return "\n".join(lines) + "\n"


def draw_bands(results: Results) -> "Figure | None":
    """Draw median and quantile bands over seeds of the main series, a panel each; None without a run."""
    from pricewar.sim.figures.style import DASHES, PALETTE, house_style, page

    if not results.done.height:
        return None
    quantiles = bands(results.series())
    arms = [arm.name for arm in results.manifest.arms][: len(PALETTE)]
    with house_style():
        figure = page(6.6, left=0.8, right=0.25, top=0.45, bottom=0.55)
        panels = figure.subplots(3, 2, sharex=True)
        for axes, name in zip(panels.flat, DRAWN, strict=True):
            for number, (arm, colour) in enumerate(zip(arms, PALETTE, strict=False)):
                one = quantiles.filter((pl.col("arm") == arm) & (pl.col("series") == name))
                day = one["day"].to_numpy()
                alone = len(arms) == 1
                if alone:
                    axes.fill_between(
                        day, one["q10"], one["q90"], color=colour, alpha=0.15, linewidth=0, label="10 to 90 % of seeds"
                    )
                half = "25 to 75 %" if alone else None
                axes.fill_between(day, one["q25"], one["q75"], color=colour, alpha=0.25, linewidth=0, label=half)
                axes.plot(
                    day, one["q50"], color=colour, linestyle=DASHES[number % len(DASHES)],
                    label="median" if alone else arm,
                )  # fmt: skip
            axes.set_title(name.replace("_", " "), loc="left")
            axes.set_ylabel(f"[{SERIES[name].unit.replace('money', results.manifest.currency)}]")
            axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        for axes in panels[-1]:
            axes.set_xlabel("time [day]")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=min(4, len(labels)))
    return figure
