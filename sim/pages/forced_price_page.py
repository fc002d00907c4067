"""One page in words: what a forced price did, who answered it and by how much."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from math import expm1, isfinite
from typing import TYPE_CHECKING, Any

from pricewar.sim.analysis.intervals import MEANING
from pricewar.sim.pages.table import Head, Table, heads
from pricewar.sim.text import counted, day_month_year, figures, percent, span_of_time

if TYPE_CHECKING:
    import polars as pl

    from pricewar.sim.results.forced_price import ForcedPriceResult

COUNTS = {"rivals_that_cut": "rivals that have cut", "wars_begun": "price wars begun"}
"""Counts of the market that the page tells beside its measures: outcome, words."""
LOGS = ("log_price_level", "log_chained_index")
TOLD = 12
"""Sellers whose quantities and profits the page tells."""
SMALL = 5e-4
"""Log change of a price that is too small to speak of."""


def summary(result: "ForcedPriceResult") -> str:
    """Tell a forced price on a page of Markdown: what was forced, who answered, quantities and profits, the market."""
    parts = [_heading(result), _forced(result), _answers(result), _sellers(result), _market(result), _reading(result)]
    if result.command:
        parts.append(f"## Again\n\n    {result.command}")
    return "\n\n".join(parts) + "\n"


def _heading(result: "ForcedPriceResult") -> str:
    forced, seeds = result.forced, result.seeds
    chance = f"seeds {seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"seed {seeds[0]}"
    rule = f", policy {result.policy}" if result.policy else ""
    asked = what_was_asked(forced, result.currency)
    return (
        f"# {asked[0].upper()}{asked[1:]}\n\n"
        f"**{verdict(result)}** {result.scenario.get('title')}; followed for {counted(result.horizon, 'day')}; "
        f"{chance}{rule}."
    )


def what_was_asked(forced: Mapping[str, Any], code: str) -> str:
    """Say what was to be forced.

    >>> what_was_asked({"seller": "acme", "tier": "cheap", "date": "2024-02-01", "change": -0.3}, "USD")
    "acme's cheap price cut by 30 % on 1 Feb 2024"
    """
    tier = f"{forced['tier']} price" if forced.get("tier") else "prices"
    change, day = forced.get("change"), date.fromisoformat(str(forced["date"]))
    how = f"set to {figures(float(forced['price']))} {code}/Mtok" if change is None else _changed(float(change))
    held = f", held for {span_of_time(float(forced['hold']))}" if forced.get("hold") else ""
    return f"{forced['seller']}'s {tier} {how} on {day_month_year(day)}{held}"


def _changed(change: float) -> str:
    return "left as they are" if change == 0 else f"{'cut' if change < 0 else 'raised'} by {percent(abs(change))}"


def verdict(result: "ForcedPriceResult") -> str:
    """Say in a sentence who answered."""
    import polars as pl

    if not result.moves:
        return "No price changed: nothing was forced, and nothing answered."
    rivals = result.tables["answers"].filter(~pl.col("forced"))
    pairs, many = rivals.select("seller", "tier").n_unique(), len(result.seeds)
    if not pairs:
        return "There is no other offer that could answer."
    answering = _that_show(result)
    if answering.is_empty():
        return f"None of {counted(pairs, 'other offer')} answered{' on any seed' if many > 1 else ''}."
    offers = answering.select("seller", "tier").n_unique()
    first = answering.sort("days", "seller", "tier").row(0, named=True)
    some = f"{offers} of {counted(pairs, 'other offer')} answered{' on some seed' if many > 1 else ''}"
    return f"{some}, the first after {span_of_time(first['days'])} ({first['seller']}, {first['tier']})."


def _forced(result: "ForcedPriceResult") -> str:
    """What was posted, on the first seed."""
    first = [move for move in result.moves if move["seed"] == result.seeds[0]]
    if not first:
        return "## What was forced\n\nNo price: the change is nothing, or a policy left the price as it was."
    prices = [(m["tier"], float(str(m["previous"])), float(str(m["price"]))) for m in first]
    told = "; ".join(
        f"{tier} from {figures(was)} to {figures(now)} {result.currency}/Mtok" for tier, was, now in prices
    )
    seeds = f" (seed {result.seeds[0]}; on others the price that stood may differ)" if len(result.seeds) > 1 else ""
    hold = float(str(result.forced.get("hold") or 0.0))
    after = (
        f"Its seller kept it for {span_of_time(hold)} and could answer at its next review after that"
        if hold
        else "Its seller could answer at its next review"
    )
    return f"## What was forced\n\n{result.forced['seller']}: {told}{seeds}. {after}.{_back(result)}"


def _back(result: "ForcedPriceResult") -> str:
    """Say what has become of the forced price at the end."""
    import polars as pl

    left = result.tables["answers"].filter("forced").drop_nulls("at_end")
    if left.is_empty():
        return ""
    size = float(left.sort("seed", "tier")["at_end"].mean() or 0.0)  # type: ignore[arg-type]
    if abs(size) < SMALL:
        return " At the end the price was where it would have been without it."
    every = left.select((pl.col("at_end") - pl.col("stimulus")).abs().max()).item()
    if every is not None and every < SMALL:
        return " At the end the forced price still stood."
    return f" At the end the price was {_signed(expm1(size))} against what it would have been."


def _that_show(result: "ForcedPriceResult") -> "pl.DataFrame":
    """Answers of others that a price shows at some day's close; what came to nothing by then is told apart."""
    import polars as pl

    return result.tables["answers"].filter(~pl.col("forced") & pl.col("answered") & (pl.col("largest") != 0.0))


def _answers(result: "ForcedPriceResult") -> str:
    """Tabulate who answered, the strongest first; then who did not."""
    import polars as pl

    rivals = result.tables["answers_mean"].filter(~pl.col("forced"))
    if not result.moves or rivals.is_empty():
        return "## Who answered\n\nNobody could: nothing was forced, or there is no other offer."
    many = len(result.seeds) > 1
    answered = Counter(_that_show(result).select("seller", "tier").rows())
    offers: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rivals.iter_rows(named=True):
        offers.setdefault((row["seller"], row["tier"]), {})[row["measure"]] = row
    rows: list[list[str]] = []
    silent: list[str] = []
    others: list[str] = []
    for offer, of in sorted(offers.items(), key=lambda item: (-abs(item[1]["largest"]["mean"] or 0.0), item[0])):
        if offer not in answered:
            # Its moves fell otherwise within a day, or it came or left.
            (others if of["days"]["answering"] else silent).append(f"{offer[0]} {offer[1]}")
            continue
        share = [f"{answered[offer]} of {len(result.seeds)}"] if many else []
        cells = [
            _named(offer, result), *share, _days(of["days"]["median"]), _percent_of_log(of["first"]["mean"]),
            _percent_of_log(of["largest"]["mean"]), _number(of["elasticity"]), _number(of["elasticity_mean"]),
            _number(of["cumulative"]),
        ]  # fmt: skip
        rows.append(cells)
    if not rows:
        kept = counted(len(silent) + len(others), "other offer")
        return f"## Who answered\n\nNobody: {kept} kept the price they would have had."
    columns = ["offer", *(["seeds in which it answered"] if many else []), "first answer after", "first answer",
               "largest", "elasticity, largest", "elasticity, cumulative", "cumulative [log point × day]"]  # fmt: skip
    table = Table(heads(*columns), rows).markdown()
    elsewhen = "Moved, came or left at another time, but had at every close the price it would have had"
    rest = f"\n\n{elsewhen}: {', '.join(others)}." if others else ""
    rest += f"\n\nDid not answer: {', '.join(silent)}." if silent else ""
    return f"## Who answered\n\n{table}{rest}"


def _named(offer: tuple[str, str], result: "ForcedPriceResult") -> str:
    """Name an offer; another line of the forced seller as such."""
    return f"{offer[0]}, {offer[1]}{' (its other line)' if offer[0] == result.forced['seller'] else ''}"


def _days(days: float | None) -> str:
    return "" if days is None else span_of_time(days)


def _signed(share: float) -> str:
    rounded = percent(abs(share))
    return rounded if rounded == "0 %" else f"{'−' if share < 0 else '+'}{rounded}"


def _percent_of_log(size: float | None) -> str:
    return "" if size is None else _signed(expm1(size))


def _number(row: Mapping[str, Any]) -> str:
    """A mean and, if there is one, its interval."""
    if row["mean"] is None or not isfinite(row["mean"]):
        return ""
    return _with_interval(row, lambda value: f"{round(value, 2) + 0.0:.2f}".replace("-", "−"))


def _with_interval(row: Mapping[str, Any], written: Callable[[float], str]) -> str:
    """A mean, and its interval unless there is none or all pairs of runs have the same."""
    if row["low"] is None or row["low"] == row["high"]:
        return written(row["mean"])
    return f"{written(row['mean'])} [{written(row['low'])}, {written(row['high'])}]"


def _sellers(result: "ForcedPriceResult") -> str:
    """Tabulate what it did to quantities and takings over the horizon, by seller, the largest change first."""
    import polars as pl

    table = result.tables["responses"].filter(
        pl.col("seller").is_not_null() & pl.col("tier").is_null() & (pl.col("since") >= 0)
    )
    totals = (
        table.sort("seed", "since")
        .group_by("seller", "outcome", "seed", maintain_order=True)
        .agg(difference=pl.col("difference").sum(), without=pl.col("without").sum())
    )
    over = totals.group_by("seller", "outcome", maintain_order=True).agg(
        mean=pl.col("difference").mean(), sd=pl.col("difference").std(ddof=1), seeds=pl.len().cast(pl.Int32),
        without=pl.col("without").mean(),
    )  # fmt: skip
    from pricewar.sim.analysis.impulse_responses import with_interval

    changes: dict[str, dict[str, dict[str, Any]]] = {}
    for row in with_interval(over, "outcome", {}).iter_rows(named=True):
        changes.setdefault(row["seller"], {})[row["outcome"]] = row
    rows = [
        (f"{seller}{' (forced)' if seller == result.forced['seller'] else ''}",
         *(_amount(of[name]) for name in ("tokens", "revenue", "profit")))
        for seller, of in sorted(changes.items(), key=lambda item: (-abs(item[1]["tokens"]["mean"]), item[0]))
    ]  # fmt: skip
    left = len(rows) - TOLD
    others = f"\n\nLeft to the tables: {counted(left, 'seller')} with smaller changes of tokens." if left > 0 else ""
    code = result.currency
    columns = [Head("seller"), Head("tokens", "Mtok"), Head("takings", code), Head("variable profit", code)]
    told = Table(columns, rows[:TOLD]).markdown()
    title = f"## Quantities and profits over {counted(result.horizon + 1, 'day')}"
    about = "With the forced price less without it, summed."
    return f"{title}\n\n{about}\n\n{told}{others}"


def _amount(row: Mapping[str, Any]) -> str:
    """A sum with its interval if there is one, and as a share of what it would have been, unless that was a loss."""
    share = f" ({_signed(row['mean'] / row['without'])})" if row["without"] > 0.0 else ""
    return f"{_with_interval(row, _plus)}{share}"


def _plus(value: float) -> str:
    return "0" if value == 0 else f"{'−' if value < 0 else '+'}{figures(abs(value))}"


def _market(result: "ForcedPriceResult") -> str:
    """Tabulate the market's responses on some days."""
    import polars as pl

    from pricewar.sim.analysis.impulse_responses import MEASURED
    from pricewar.sim.analysis.measures import MEASURES

    labels = {outcome: MEASURES[name].label for outcome, name in MEASURED.items()} | COUNTS
    days = sorted({day for day in (0, 7, 30) if day < result.horizon} | {result.horizon})
    means = result.tables["means"].filter(pl.col("seller").is_null())
    rows = []
    for outcome, words in labels.items():
        of = means.filter(pl.col("outcome") == outcome)
        by_day = {row["since"]: row for row in of.drop_nulls("mean").iter_rows(named=True)}
        unit = str(of["unit"][0]).replace("money", result.currency) if of.height else ""
        if by_day:
            head = Head(words, "" if outcome in LOGS else unit)
            rows.append([str(head), *(_market_cell(by_day.get(day), outcome) for day in days)])
    return f"## The market\n\n{Table(heads('response', *(f'day {day}' for day in days)), rows).markdown()}"


def _market_cell(row: Mapping[str, Any] | None, outcome: str) -> str:
    return "" if row is None else _with_interval(row, _percent_of_log if outcome in LOGS else _plus)


def _reading(result: "ForcedPriceResult") -> str:
    """How to read the page."""
    many = len(result.seeds)
    chance = (
        f"Numbers are means over {many} pairs of runs, in brackets their intervals; without brackets, it is the "
        f"same in all {many} pairs. {MEANING} Days "
        "to the first answer are medians over the seeds in which there was one, and first answers means over those."
        if many > 1
        else "This is one pair of runs, on one seed: there is no interval, and another seed may answer otherwise "
        "(`--seeds`)."
    )
    return (
        "## How to read this\n\nEvery number compares two runs that drew the same luck and differ in the forced price "
        "alone, so that all of it is its doing; before that instant they are the same. An offer answers when its list "
        "price first differs from what it would have been, and counts here if some day's close shows it. "
        "Elasticity: log change of its price over log change of the "
        "forced price in its tier (the mean of those forced where its tier was not); largest, at the close of the day "
        "on which it is largest in size; cumulative, its log change summed over days, over that of the forced price, "
        f"which its seller may take back. {chance} Figures: `figures/responses.png`, `by_seller.png` and `market.png`; "
        "every day: `tables/responses.parquet`."
    )
