"""What an attribution leaves for people: a page, tables and figures."""

from collections.abc import Callable, Mapping
from functools import partial
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pricewar.scenarios.studies.attribute import Attribution
from pricewar.scenarios.studies.pages import same_arms
from pricewar.scenarios.studies.pages.compare import short
from pricewar.scenarios.studies.store import Results, units, write_findings
from pricewar.sim.analysis.intervals import CAPTION, MEANING, PERCENT
from pricewar.sim.analysis.measures import OUTCOMES
from pricewar.sim.figures.catalogue import draw
from pricewar.sim.pages.table import Estimate, Head, Table, heads
from pricewar.sim.results.folder import write_text
from pricewar.sim.text import counted, names, percent, ratio, signed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUMS = ("together", "all on", "none on")
MECHANISMS = f"""\
A share is what switching a mechanism on adds, averaged over the orders in which all could be switched on (Shapley
1953), on the same seeds; so shares add up to all on less none on, and a switch that does nothing has none.
{MEANING} They are Student's t (of what is bounded, a score interval within its bounds); Tango's for what all make
together of a probability, Wilson's for its levels.
`all on` is the scenario as it is; `none on` lacks the mechanisms named here, the others stay as they are. Where that
leaves none of [mechanisms] at all, prices are the opening's times an index of serving cost, so whichever mechanism is
switched on first also lets sellers look for better prices, and is credited with it."""
INTERACTIONS = """\
How much more two mechanisms do together than apart (Grabisch & Roubens 1999): above zero they need each other, below
it one can stand in for the other."""
EVENTS = f"""\
Every seed is run with and without the event, on the same luck. Necessity is the share of the wars with it that do not
happen without it; sufficiency is the share of the seeds that are peaceful without it in which it makes a war (Pearl
2009, chapter 9: PN and PS, here counted, not identified). That an event never prevents a war is not assumed:
`prevented` counts the seeds in which there is a war only without it. Several events may each be necessary, or none
where one can stand in for another, so columns need not sum to one. {MEANING} They are Wilson's, and Tango's for the
added probability."""


def write_attribution(attribution: Attribution) -> Path:
    """Write tables, figures and `summary.md` into the folder of the study; returns the page."""
    write_findings(attribution.results, attribution.tables)
    drawn = draw(figures_of(attribution.results), attribution.results.folder / "figures", kinds=("png",))
    shown = [f"![{file.stem}](figures/{file.name})" for file in drawn.files]
    page = attribution.results.folder / "summary.md"
    write_text(page, drawn.under("\n\n".join([*_sections(attribution), *shown]) + "\n"))
    return page


def figures_of(results: Results) -> "dict[str, Callable[[], Figure | None]]":
    """The figures of an attribution, from what its folder holds."""
    drawn_of = {"shares": draw_shares, "causes": draw_causes}
    return {name: partial(drawn_of[name], table) for name, table in results.findings.items() if name in drawn_of}


def _sections(attribution: Attribution) -> list[str]:
    manifest, runs = attribution.results.manifest, attribution.results.runs
    failed = f", {attribution.results.failed.height} of them failed" if attribution.results.failed.height else ""
    parts = [f"# {manifest.title}: what makes the war? {counted(runs.height, 'run')}{failed}"]
    parts += [manifest.made, *verdicts(attribution), *same_arms.paragraphs(manifest, runs)]
    if attribution.shares.height:
        parts += ["## Mechanisms", _shares(attribution)]
        parts.append("Where a mechanism is off, something stands in for it:")
        parts.append("\n".join(f"- {name} off: {stand_in}." for name, stand_in in stood(attribution.shares)))
        if attribution.plan.orders:
            parts.append(
                f"Of {len(attribution.plan.names)} mechanisms, {len(attribution.plan.orders)} orders were sampled, "
                "each with its reverse; intervals count the luck of the orders too, and cover about 92 % with six "
                "pairs of orders."
            )
    if attribution.interactions.height:
        parts += ["### Interactions", _interactions(attribution)]
    if attribution.causes.height:
        parts += ["## Events", _causes(attribution.causes)]
    return parts


def verdicts(attribution: Attribution) -> list[str]:
    """In a sentence each: the mechanism with the largest share in the probability, the most necessary event."""
    sentences = []
    if attribution.shares.height:
        of_war = attribution.shares.filter(pl.col("outcome") == "war")
        war = {row["mechanism"]: row for row in of_war.iter_rows(named=True)}
        on, off, both = war["all on"], war["none on"], war["together"]
        sentences.append(
            f"A war happens in {percent(on['share'])} of {on['seeds']} seeds with all mechanisms on, and in "
            f"{percent(off['share'])} with none of those named."
        )
        ranked = sorted((row for name, row in war.items() if name not in SUMS), key=lambda row: -row["share"])
        largest = [row for row in ranked if isclose(row["share"], ranked[0]["share"])]
        if ranked[0]["share"] > 0.0:
            estimates = [(row["mechanism"], _over_seeds(row, "share")) for row in largest]
            told = names(",".join(f"**{name}**" for name, _ in estimates))
            have = "has the largest share" if len(largest) == 1 else "have the largest shares, all alike"
            intervals = names(",".join(estimate.interval for _, estimate in estimates))
            whole = signed(both["share"])
            sentences.append(f"{told} {have}: {estimates[0][1].value} ({intervals}) of {whole}.")
    with_wars = attribution.causes.filter(pl.col("wars_with") > 0)
    if with_wars.height:
        row = with_wars.sort("necessity", descending=True, maintain_order=True).row(0, named=True)
        between = f"{percent(row['necessity_low'])} to {percent(row['necessity_high'])}"
        sentences.append(
            f"The most necessary event is **{row['event']}**: {row['made']} of {row['wars_with']} wars do not "
            f"happen without it ({between})."
            if row["made"]
            else "No event is necessary on these seeds: without any one of them every war happens all the same."
        )
    elif attribution.causes.height:
        sentences.append("No seed has a war with all events in place, so there is nothing that any event made.")
    return sentences


def _over_seeds(row: Mapping[str, Any], name: str, *, plus: bool = True) -> Estimate:
    same = f"the same with all {row['seeds']} seeds"
    return Estimate(row[name], row["low"], row["high"], plus=plus, same=same)


def stood(shares: pl.DataFrame) -> list[tuple[str, str]]:
    """Every mechanism and what took its place where it was off, in the order of the table."""
    rows = shares.filter(pl.col("stand_in").is_not_null()).unique("mechanism", keep="first", maintain_order=True)
    return list(rows.select("mechanism", "stand_in").iter_rows())


def _shares(attribution: Attribution) -> str:
    unit_of = units(attribution.results.manifest)
    rows = []
    for row in attribution.shares.iter_rows(named=True):
        estimate = _over_seeds(row, "share", plus=row["mechanism"] not in SUMS[1:])
        cells = (unit_of[row["outcome"]], estimate.value, estimate.interval, ratio(row["percent"]))
        rows.append((f"{row['outcome']}: {row['mechanism']}", *cells))
    columns = [
        Head("outcome: mechanism"),
        Head("unit", left=True),
        *heads("share", f"{PERCENT} interval", "% of together"),
    ]
    return Table(columns, rows, [MECHANISMS]).markdown()


def _interactions(attribution: Attribution) -> str:
    unit_of = units(attribution.results.manifest)
    rows = []
    for row in attribution.interactions.iter_rows(named=True):
        estimate = _over_seeds(row, "interaction")
        rows.append((f"{row['outcome']}: {row['mechanisms']}", unit_of[row["outcome"]], estimate.value,
                     estimate.interval))  # fmt: skip
    columns = [Head("outcome: mechanisms"), Head("unit", left=True), *heads("interaction", f"{PERCENT} interval")]
    return Table(columns, rows, [INTERACTIONS]).markdown()


def _causes(table: pl.DataFrame) -> str:
    columns = [*heads("without", "necessity", "of wars", "sufficiency", "of peaceful", "prevented", "probability"),
               Head("depth", OUTCOMES["depth"].unit), Head("pairs")]  # fmt: skip
    rows = [
        (row["event"], _between(row, "necessity"), f"{row['made']} / {row['wars_with']}", _between(row, "sufficiency"),
         f"{row['made']} / {row['peace_without']}", row["prevented"], _between(row, "war", plus=True),
         _between(row, "depth", plus=True), row["pairs"])
        for row in table.iter_rows(named=True)
    ]  # fmt: skip
    return Table(columns, rows, [EVENTS]).markdown()


def _between(row: Mapping[str, Any], name: str, *, plus: bool = False) -> Estimate | None:
    """A number with its interval; none where it is not known."""
    mean = row[name]
    return None if mean != mean else Estimate(mean, row[f"{name}_low"], row[f"{name}_high"], plus=plus)


def draw_shares(table: pl.DataFrame) -> "Figure | None":
    """Shares of every mechanism with their intervals, a panel an outcome, and all together; None without any."""
    from pricewar.sim.figures.style import GREY, PALETTE, house_style, note_below, page

    if table.is_empty():
        return None
    outcomes = table["outcome"].unique(maintain_order=True).to_list()
    names = [name for name in table["mechanism"].unique(maintain_order=True).to_list() if name not in SUMS[1:]]
    with house_style():
        figure = page(1.1 + 0.26 * len(names), left=1.25, right=0.25, top=0.35, bottom=0.7)
        panels = figure.subplots(1, len(outcomes), sharey=True, squeeze=False)[0]
        for axes, outcome in zip(panels, outcomes, strict=True):
            one = table.filter((pl.col("outcome") == outcome) & pl.col("mechanism").is_in(names))
            share, low, high = (one[name].to_numpy() for name in ("share", "low", "high"))
            at = np.arange(len(names))
            axes.barh(at, share, height=0.6, color=[GREY if name in SUMS else PALETTE[0] for name in names], alpha=0.6)
            reach = np.nan_to_num(np.abs(np.stack([share - low, high - share])))
            axes.errorbar(share, at, xerr=reach, fmt="none", ecolor="black", elinewidth=0.8, capsize=2.0)
            axes.axvline(0.0, color=GREY, linewidth=0.6)
            axes.set_title({"war": "probability of a war"}.get(outcome, outcome), loc="left")
            axes.set_xlabel(f"share in it [{OUTCOMES[outcome].unit}]")
        panels[0].set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
        panels[0].set_ylim(len(names) - 0.5, -0.5)
        note_below(figure, f"{CAPTION}.")
    return figure


def draw_causes(table: pl.DataFrame) -> "Figure | None":
    """Necessity and sufficiency of every event with their intervals, and what it adds to the probability of a war.

    None without any event.
    """
    from pricewar.sim.figures.style import GREY, MARKERS, PALETTE, house_style, note_below, page

    if table.is_empty():
        return None
    names = [short(name) for name in table["event"]]
    at = np.arange(len(names))
    columns = (("necessity", "necessity"), ("sufficiency", "sufficiency"), ("war", "added probability"))
    with house_style():
        left = 0.35 + 0.062 * max(map(len, names))
        figure = page(1.1 + 0.26 * len(names), left=left, right=0.25, top=0.35, bottom=0.7)
        panels = figure.subplots(1, len(columns), sharey=True)
        for i, (axes, (column, title)) in enumerate(zip(panels, columns, strict=True)):
            mean, low, high = (table[f"{column}{end}"].to_numpy() for end in ("", "_low", "_high"))
            there = np.isfinite(mean)
            reach = np.abs(np.stack([mean - low, high - mean]))[:, there]
            axes.errorbar(mean[there], at[there], xerr=reach, fmt=MARKERS[i], markersize=3.5, color=PALETTE[i],
                          elinewidth=1.0, capsize=2.0)  # fmt: skip
            axes.axvline(0.0, color=GREY, linewidth=0.6)
            axes.set_title(title, loc="left")
            axes.set_xlabel("probability [1]")
            if column != "war":
                axes.set_xlim(-0.03, 1.03)
        panels[0].set_yticks(at, names)
        panels[0].set_ylim(len(names) - 0.5, -0.5)
        note_below(figure, f"{CAPTION}.")
    return figure
