"""One war in words: when, who, how deep, what its first cut answered."""

from datetime import date
from itertools import pairwise

from pricewar.sim.analysis.wars.causes import Happening, walk_to_root
from pricewar.sim.analysis.wars.settings import DetectorSettings
from pricewar.sim.results.run import Run, currency
from pricewar.sim.text import counted, day_month_year, figures, names, names_of_tiers, percent, span_of_time

CLASSES = {
    "A": "Class A: prices ended below the static Nash prices at avoidable cost",
    "B": "Class B: margins eroded but prices stayed above the static Nash prices at avoidable cost",
    "C": "Class C: a cascade of falling avoidable costs more than a fight",
}
ENDS = {
    "quiet": "it ended in quiet, as nobody cut for {horizon} or prices fell no faster than usual",
    "half_undone": "it ended when half of the fall had been taken back",
    "end_of_record": "it had not ended when the run did",
}
NO_CAUSE = (
    "(What each step answered, not what would have happened without it: `pricewar attribute --without` tells that.)"
)
NAMED = 6
"""First cuts that the page tells one by one."""
LONGEST_STORY = 8
"""Links of a chain of causes that the page tells; of a longer one it leaves out the middle."""


def tell_war(run: Run, war: dict[str, object]) -> str:
    """Tell one war, a row of the table: when, who, how deep, what it answered, of which class."""
    start, end = float(str(war["start_time"])), float(str(war["end_time"]))
    depth, drop = float(str(war["depth"])), float(str(war["drop"]))
    strength, bound = float(str(war["strength"])), float(str(war["bound"]))
    lasted = (
        f"From its first move to its last are {span_of_time(end - start)}"
        if end > start
        else "Its moves fell on one instant"
    )
    horizon = span_of_time(_settings(run).horizon)
    ended = ENDS.get(str(war["end_reason"]), f"it ended: {war['end_reason']}").format(horizon=horizon)
    story = _story(walk_to_root(run.tables["facts"], _fact(war)), str(war["trigger"] or ""))
    sentences = [
        f"{names(str(war['begun_by']))} began it on {on(war['start_date'])} (day {int(start)}{_interval(war)}), and "
        f"{counted(int(str(war['n_sellers'])), 'seller')} made {_moves(war)}. {lasted}; {ended}.",
        f"**Who moved when.** {_order(run, war)}",
        f"**How deep.** Those who moved cut by {percent(drop)} on average, which {_saved(depth)}. "
        f"Beyond what was usual, midpoint changes of prices came to {strength:.2f}; from {bound:.2f} on they count as "
        f"a war.{_floored(war)}",
        f"**How contagious.** {_contagion(run, war)}",
        f"**What it answered.** {story} {NO_CAUSE}",
        f"**What kind.** {_kind(war['class'])}",
    ]
    return f"## War {war['war']}, {names_of_tiers(str(war['tier']))}\n\n" + "\n\n".join(sentences)


def _fact(war: dict[str, object]) -> int | None:
    return None if war["first_fact"] is None else int(str(war["first_fact"]))


def _floored(war: dict[str, object]) -> str:
    count = int(str(war["floored"] or 0))
    return f" {counted(count, 'cut')} went to a price of zero." if count else ""


def _moves(war: dict[str, object]) -> str:
    """How many cuts, and how many entries if there were any."""
    entries = int(str(war["n_entries"]))
    text = counted(int(str(war["n_cuts"])), "cut")
    return text + (f" and {entries} {'entry' if entries == 1 else 'entries'} below every rival" if entries else "")


def _saved(share: float) -> str:
    """What the war saved those who stayed where they were."""
    if share < 0:
        return f"still left those who stayed where they were {percent(-share)} above the bill of the day before"
    return f"saved those who stayed where they were {percent(share)} of the bill of the day before"


def of_the_bill(depth: float) -> str:
    """Say what a war saved, in short.

    >>> of_the_bill(0.2), of_the_bill(-0.1)
    ('20 % of the bill saved', 'the bill 10 % higher')
    """
    return f"{percent(depth)} of the bill saved" if depth >= 0.0 else f"the bill {percent(-depth)} higher"


def _interval(war: dict[str, object]) -> str:
    """Interval of the start, where it is more than one day."""
    low, high = (int(float(str(war[name]))) for name in ("start_low", "start_high"))
    return f"; it may have begun from day {low} to {high}" if low < high else ""


def _permutation_p(p: float, run: Run) -> str:
    """A p-value and of how many permutations, which can say no less than one over one more: there it is a bound."""
    permutations = _settings(run).permutations
    sign = "≤" if p * (1 + permutations) <= 1.0 + 1e-9 else "="
    return f"p {sign} {p:.2g} ({permutations} permutations)"


def _settings(run: Run) -> DetectorSettings:
    """Settings of the detector that found the war."""
    detector = run.scenario.get("detector")
    return DetectorSettings(**detector) if isinstance(detector, dict) else DetectorSettings()


def _kind(label: object) -> str:
    return CLASSES.get(str(label), "No class: costs are not known, or no static Nash prices were found") + "."


def _contagion(run: Run, war: dict[str, object]) -> str:
    """How strongly moves drew answers."""
    text = (
        f"{percent(float(str(war['share_answering'])))} of the moves followed a rival's move of the war within "
        f"{span_of_time(_settings(run).horizon)}"
    )
    if war["median_lag"] is not None:
        text += f", at the median {span_of_time(float(str(war['median_lag'])))} after a rival's move or low launch"
    text += f"; in the first two generations {float(str(war['answers_per_cut'])):.1f} moves followed one so"
    if war["p_value"] is not None:
        text += f"; that none answered another has {_permutation_p(float(str(war['p_value'])), run)}"
    return text + "."


def _order(run: Run, war: dict[str, object]) -> str:
    """First cut of each seller in the war, in order: the date, the lag after the rival before, the size."""
    import polars as pl

    start, end = float(str(war["start_time"])), float(str(war["end_time"]))
    cuts = run.tables["prices"].filter(
        (pl.col("kind") == "cut")
        & pl.col("tier").is_in(str(war["tier"]).split(","))
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
        return "The record does not say which fact the first move was."
    steps = chain[::-1]
    if len(steps) == 1:
        told = f"The first cut answers no fact on record: {_clause(steps[0])}."
        launch = f" The latest launch below the tier's median was {_launch(trigger)}, which shows no cause."
        return told + (launch if trigger else "")
    told = f"It goes back to {day_month_year(steps[0].date)}: {_clause(steps[0])}."
    left_out = max(len(steps) - LONGEST_STORY, 0)
    for i, (before, now) in enumerate(pairwise(steps)):
        if 3 <= i < 3 + left_out:
            told += f" ({left_out} links left out.)" if i == 3 else ""
            continue
        gap = now.time - before.time
        when = f"{span_of_time(gap)} later, on {day_month_year(now.date)}" if gap > 0 else "at the same instant"
        told += f" Then, {when}, in answer to it: {_clause(now)}."
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
