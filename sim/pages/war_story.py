"""One war in words: when, who, how deep, why."""

from datetime import date
from itertools import pairwise
from math import exp

from pricewar.sim.analysis.wars.causes import Happening, walk_to_root
from pricewar.sim.results.run import Run, currency
from pricewar.sim.text import counted, day_month_year, figures, names, percent, span_of_time

CLASSES = {
    "A": "Class A: prices ended below the static Nash margin at current costs",
    "B": "Class B: margins eroded but stayed above the static Nash margin",
    "C": "Class C: a cascade of falling costs more than a fight",
}
ENDS = {
    "quiet": "it ended in quiet, with no further cut",
    "half_undone": "it ended when half of the fall had been taken back",
    "exit": "it ended when one of those who had cut left the market",
    "end_of_record": "it had not ended when the run did",
}
NAMED = 6
"""First cuts that the page tells one by one."""
LONGEST_STORY = 8
"""Links of a chain of causes that the page tells; of a longer one it leaves out the middle."""


def tell_war(run: Run, war: dict[str, object]) -> str:
    """Tell one war, a row of the table: when, who, how deep, why, of which class."""
    start, end = float(str(war["start_time"])), float(str(war["end_time"]))
    depth, bound = float(str(war["depth"])), float(str(war["bound"]))
    lasted = f"It lasted {span_of_time(end - start)}" if end > start else "Its cuts fell on one instant"
    ended = ENDS.get(str(war["end_reason"]), f"it ended: {war['end_reason']}")
    story = _story(walk_to_root(run.tables["facts"], _fact(war)), str(war["trigger"] or ""))
    sentences = [
        f"{names(str(war['begun_by']))} began it on {on(war['start_date'])} (day {int(start)}), and "
        f"{war['n_sellers']} sellers made {war['n_cuts']} cuts. {lasted}; {ended}.",
        f"**Who answered.** {_order(run, war)}",
        f"**How deep.** The tier's price index fell {percent(1 - exp(-depth))} ({depth:.2f} log points) "
        f"below its prior trend; more than {bound:.2f} would be surprising by chance alone.{_floored(war)}",
        f"**How contagious.** {_contagion(war)}",
        f"**What set it off.** {story}",
        f"**What kind.** {_kind(war['class'])}",
    ]
    return f"## War {war['war']}, {war['tier']} tier\n\n" + "\n\n".join(sentences)


def _fact(war: dict[str, object]) -> int | None:
    return None if war["first_fact"] is None else int(str(war["first_fact"]))


def _floored(war: dict[str, object]) -> str:
    count = int(str(war["floored"] or 0))
    return f" {counted(count, 'price')} of (nearly) nothing entered at a floor." if count else ""


def _kind(label: object) -> str:
    return CLASSES.get(str(label), "No class: costs or Nash prices are not known") + "."


def _contagion(war: dict[str, object]) -> str:
    """How strongly cuts drew answers."""
    text = f"{percent(float(str(war['share_answering'])))} of the cuts followed a rival's"
    if war["median_lag"] is not None:
        text += f", after {span_of_time(float(str(war['median_lag'])))} at the median"
    text += f"; a cut drew {float(str(war['answers_per_cut'])):.1f} answers in the first generations"
    if war["p_value"] is not None:
        p = float(str(war["p_value"]))
        text += f" (permutation p {'below 0.001' if p < 0.001 else f'= {p:.2g}'})"
    return text + "."


def _order(run: Run, war: dict[str, object]) -> str:
    """First cut of each seller in the war, in order: the date, the lag after the rival before, the size."""
    import polars as pl

    start, end = float(str(war["start_time"])), float(str(war["end_time"]))
    cuts = run.tables["prices"].filter(
        (pl.col("kind") == "cut")
        & (pl.col("tier") == war["tier"])
        & pl.col("time").is_between(start, end)
        & pl.col("seller").is_in(str(war["sellers"]).split(","))
    )
    first = cuts.sort("time", "seller").unique("seller", keep="first", maintain_order=True)
    told: list[str] = []
    before: tuple[str, float] | None = None
    for time, day, seller, price, previous in first.select("time", "date", "seller", "price", "previous").iter_rows():
        after = f", {_after(time - before[1])} {before[0]}" if before else ""
        told.append(f"{seller} on {day_month_year(day)}{after} ({fall(price, previous, currency(run))})")
        before = (seller, time)
    if not told:
        return "The price table shows no cut in it."
    shown = told if len(told) <= NAMED + 1 else [*told[:NAMED], f"then {len(told) - NAMED} others"]
    return "First cuts, in order: " + "; ".join(shown) + "."


def _after(gap: float) -> str:
    return f"{span_of_time(gap)} after" if gap > 0 else "at the same instant as"


def fall(price: float, previous: float | None, code: str) -> str:
    """Say how far a price fell, and to what."""
    to = f"to {figures(price)} {code}/Mtok" if price > 0 else "to nothing"
    return f"{percent(1 - price / previous)} down, {to}" if previous else to


def _story(chain: list[Happening], trigger: str) -> str:
    """Tell a chain of facts from its root to the first cut, as sentences."""
    if not chain:
        return "The record does not say which fact the first cut was."
    steps = chain[::-1]
    if len(steps) == 1:
        told = f"The first cut answers no fact on record: {_clause(steps[0])}."
        return told + (f" The latest launch below the tier's median was {_launch(trigger)}." if trigger else "")
    told = f"It goes back to {day_month_year(steps[0].date)}: {_clause(steps[0])}."
    left_out = max(len(steps) - LONGEST_STORY, 0)
    for i, (before, now) in enumerate(pairwise(steps)):
        if 3 <= i < 3 + left_out:
            told += f" ({left_out} links left out.)" if i == 3 else ""
            continue
        gap = now.time - before.time
        when = f"{span_of_time(gap)} later, on {day_month_year(now.date)}" if gap > 0 else "at the same instant"
        told += f" That led, {when}, to this: {_clause(now)}."
    return told


def _clause(happening: Happening) -> str:
    return happening.what.strip().rstrip(".")


def _launch(trigger: str) -> str:
    """Put the detector's "deepseek -5.0 d" into words."""
    seller, lag, _ = trigger.rsplit(" ", 2)
    return f"{seller}'s, {span_of_time(abs(float(lag)))} earlier"


def on(day: object) -> str:
    """Write a date that a table may lack."""
    return day_month_year(day) if isinstance(day, date) else "a day without date"
