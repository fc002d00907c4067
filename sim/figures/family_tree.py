"""The family tree of a war as a figure: a row an actor, time in dates, lines from each cause to what answers it.

A line leaves its cause downwards or upwards and runs along the row of the one who answers, so that its level part is
the lag. A seller answers what happened since its last review, so level parts of one row never lie over one another.
"""

import textwrap
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from pricewar.sim.analysis.wars.family_tree import Family, Step
from pricewar.sim.analysis.wars.steps_in_words import root_words
from pricewar.sim.figures.style import (
    DASHES,
    GREY,
    PALETTE,
    WAR,
    Span,
    date_axis,
    house_style,
    page,
    room_for,
    width_in_points,
)
from pricewar.sim.text import counted, day_month_year, names_of_tiers

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURED = 6
"""Roots with a colour, a dash and a number of their own: those to which most cuts go back."""
BEFORE = 45.0
"""Days before the war that are shown at most; older causes stand at the edge, as arrows to the left. [day]"""
PITCH = 0.27
"""Height of a row. [inch]"""
LINE = 0.16
"""Height of a line of text. [inch]"""
LABEL = 26.0
"""Room that the label of a size takes. [point]"""
ARROW = 9.0
"""Length from which a level part ends in an arrow. [point]"""
BESIDE = 7.0
"""How far a mark steps aside for its answer by the same actor at the same instant. [point]"""


def family_tree(family: Family, war: dict[str, object], market_daily: "pl.DataFrame") -> "Figure":
    """Draw what led to each cut of a war: moves in its tier, and whatever they go back to.

    war: its row of the table `wars`. market_daily: for the dates of the run. Branches without a cut of the war are
    left out. Marks are as large as the move (log points); the roots with most cuts have colours and a line of text.
    """
    steps, looks, others = _shown(family)
    rows = {actor: row for row, actor in enumerate(dict.fromkeys(step.actor for step in steps))}
    span = _span(steps, war, Span.of(market_daily).start)
    by_root = family.counted()
    notes = [_note(look.number, family.steps[root], by_root[root], family.tier) for root, look in looks.items()]
    if others:
        notes.append(f"Grey: {counted(sum(by_root[root] for root in others), 'cut')} from {len(others)} other roots.")
    below = 0.8 + LINE * sum(note.count("\n") + 1 for note in notes)
    with house_style():
        height = PITCH * len(rows) + 0.3 + below
        figure = page(height, left=room_for(list(rows), 0.3), right=0.25, bottom=below)
        axes = figure.subplots()
        date_axis(axes, span, 8)
        axes.axvspan(
            max(span.start + _number(war["start_time"]), span.first),
            min(span.start + _number(war["end_time"]), span.last),
            facecolor=WAR, alpha=0.6, edgecolor="none", zorder=0,
        )  # fmt: skip
        axes.set_ylim(len(rows) - 0.4, -0.7)
        axes.set_yticks(range(len(rows)), list(rows))
        axes.tick_params(axis="y", length=0)
        axes.set_title(f"war {war['war']}, {names_of_tiers(str(war['tier']))}", loc="left")
        for row in rows.values():
            axes.axhline(row, color="#e3e3e3", linewidth=0.5, zorder=0.5)
        _links(axes, steps, family, rows, looks, span)
        _marks(axes, steps, rows, looks, span)
        axes.set_xlabel("date")
        _key(figure, below - 0.52)
        at = below - 0.68
        for note in notes:
            figure.text(0.06 / 7, at / height, note, va="top", fontsize=7.0)
            at -= LINE * (note.count("\n") + 1)
    return figure


@dataclass(frozen=True, slots=True)
class _Look:
    """How the tree of one root is drawn."""

    colour: str = GREY
    dash: tuple[float, tuple[float, ...]] = DASHES[0]
    number: int = 0
    """Number of its note; 0 without one."""


REST = _Look()
"""Look of the trees without a colour of their own."""


def _shown(family: Family) -> tuple[list[Step], dict[int, _Look], list[int]]:
    """Steps that are moves of the war or lead to one, looks of the main roots by date, and the other roots."""
    by_root = family.counted()
    ranked = sorted((root for root, many in by_root.items() if many), key=lambda root: (-by_root[root], root))
    looks = {
        root: _Look(PALETTE[at % len(PALETTE)], DASHES[at % len(DASHES)], at + 1)
        for at, root in enumerate(sorted(ranked[:COLOURED]))
    }
    leads = {step.number for step in family.steps if any(move.here for move in step.moves)}
    for step in reversed(family.steps):
        if step.number in leads and step.parent is not None:
            leads.add(step.parent)
    steps = [step for step in family.steps if step.number in leads and by_root[step.root]]
    return steps, looks, ranked[COLOURED:]


def _number(value: object) -> float:
    return float(str(value))


def _span(steps: list[Step], war: dict[str, object], start: float) -> Span:
    """The war with its causes, unless those are old, and a margin."""
    begin, end = _number(war["start_time"]), _number(war["end_time"])
    first = min([begin, *(step.time for step in steps if step.time >= begin - BEFORE)])
    margin = 0.04 * (end - first) + 1.0
    return Span(start + first - margin, start, start + end + margin)


def _place(step: Step, span: Span) -> float:
    """Where a step stands on the axis of dates; older ones than it shows stand at its edge."""
    return max(span.start + step.time, span.first + 0.004 * (span.last - span.first))


def _links(
    axes: "Axes", steps: list[Step], family: Family, rows: dict[str, int], looks: dict[int, _Look], span: Span
) -> None:
    scale = width_in_points(axes) / (span.last - span.first)
    trunks: dict[int, set[int]] = {}
    for step in steps:
        if step.parent is None:
            continue
        trunks.setdefault(step.parent, set()).add(rows[step.actor])
        look, y = looks.get(step.root, REST), rows[step.actor]
        x, to_x = _place(family.steps[step.parent], span), _place(step, span)
        axes.plot([x, to_x], [y, y], color=look.colour, linewidth=0.8, linestyle=look.dash, zorder=2)
        if (to_x - x) * scale >= ARROW:
            axes.annotate(
                "", (to_x, y), (x, y), zorder=2,
                arrowprops={"arrowstyle": "-|>,head_width=0.2,head_length=0.4", "color": look.colour,
                            "linewidth": 0.0, "shrinkA": 0.0, "shrinkB": 3.0},
            )  # fmt: skip
    # A cause has one trunk: dashes drawn over one another would not be dashes.
    for cause, reached in trunks.items():
        step, own = family.steps[cause], rows[family.steps[cause].actor]
        look, x = looks.get(step.root, REST), _place(step, span)
        for end in sorted({min(*reached, own), max(*reached, own)} - {own}):
            axes.plot([x, x], [own, end], color=look.colour, linewidth=0.8, linestyle=look.dash, zorder=2)


def _size(step: Step) -> float:
    """Area of a mark, by the largest change in the tier. [point squared]"""
    changes = [abs(move.change) for move in step.moves if move.here and move.change is not None]
    return 14.0 + 60.0 * min(max(changes, default=0.0), 1.0)


KINDS = {
    "cut": ("v", "cut in the tier"),
    "rise": ("^", "rise in the tier"),
    "launch": ("D", "launch"),
    "elsewhere": ("v", "in another tier, or earlier"),
    "other": ("s", "release, order, delivery, ..."),
}
"""Marker of each sort of step, and what the key says."""


def _sort(step: Step) -> str:
    """What sort of step it is, by its move in the war's tier if it has one."""
    if not step.moves:
        return "other"
    kind = step.moves[0].kind
    if kind in ("launch", "opening"):
        return "launch"
    if not step.moves[0].here:
        return "elsewhere"
    return kind if kind in ("cut", "rise") else "other"


def _marks(axes: "Axes", steps: list[Step], rows: dict[str, int], looks: dict[int, _Look], span: Span) -> None:
    from matplotlib.patheffects import withStroke
    from matplotlib.transforms import offset_copy

    halo = [withStroke(linewidth=1.6, foreground="white")]
    aside = offset_copy(axes.transData, axes.get_figure(root=True), x=-BESIDE, units="points")
    scale = width_in_points(axes) / (span.last - span.first)
    after: dict[str, float] = {}
    for step in reversed(steps):
        x, y, sort, look = _place(step, span), rows[step.actor], _sort(step), looks.get(step.root, REST)
        older = x > span.start + step.time
        shifted = after.get(step.actor) == x and not older
        axes.scatter(
            [x], [y], s=_size(step) if sort in ("cut", "rise") else 16.0, linewidth=0.8,
            marker="<" if older else KINDS[sort][0],
            edgecolor=look.colour, facecolor=look.colour if sort in ("cut", "other") else "white", zorder=3,
            transform=aside if shifted else axes.transData,
        )  # fmt: skip
        move = step.moves[0] if step.moves else None
        room = min((after.get(step.actor, inf) - x) * scale, (span.last - x) * scale + 12.0)
        if move and move.here and move.change and room >= LABEL:
            axes.annotate(
                f"{'−' if move.change < 0 else '+'}{abs(move.change):.0%}", (x, y), xytext=(3.5, 2.0),
                textcoords="offset points", fontsize=6.0, color=look.colour, va="bottom", path_effects=halo, zorder=4,
            )  # fmt: skip
        if step.parent is None and look.number:
            axes.annotate(
                str(look.number), (x, y), xytext=(2.0 if older else -2.5 - BESIDE * shifted, 3.0), zorder=5,
                textcoords="offset points", fontsize=7.0, weight="bold", color=look.colour, path_effects=halo,
                ha="left" if older else "right", va="bottom",
            )  # fmt: skip
        after[step.actor] = x


def _note(number: int, root: Step, cuts: int, tier: str) -> str:
    """Tell which root a number is."""
    text = f"{number}: {counted(cuts, 'cut')} from {day_month_year(root.date)}, {root_words(root, tier)}"
    return "\n".join(textwrap.wrap(text, 125))


def _key(figure: "Figure", height: float) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D(
            [], [], linestyle="none", marker=marker, markersize=5.5 if kind in ("cut", "rise") else 4.0, label=text,
            markerfacecolor=GREY if kind in ("cut", "other") else "white", markeredgecolor=GREY, markeredgewidth=0.8,
        )
        for kind, (marker, text) in KINDS.items()
    ]  # fmt: skip
    figure.legend(
        handles=marks, loc="center", ncols=len(marks), handletextpad=0.2, columnspacing=1.2, fontsize=7.0,
        bbox_to_anchor=(0.5, height / figure.get_figheight()),
    )  # fmt: skip
