"""Who answered a forced price, after how long, by how much: one row an offer, from a run with it and one without.

An offer answers when its list price first differs from what it would have been on the same luck. That is a
counterfactual, so that a cut that would have come anyway is no answer, and one that does not come is one.
"""

from collections.abc import Sequence
from math import log
from typing import Any

import polars as pl

from pricewar.sim.analysis.base import OWN, Tables
from pricewar.sim.analysis.impulse_responses import Window, with_interval
from pricewar.sim.analysis.intervals import AT_LEAST_ZERO

SAME = 1e-9
"""Relative difference of two prices that are the same."""
Step = tuple[float, float | None, str, int]
"""A move of an offer: instant, price from then on (None: not for sale), kind, fact."""
Steps = dict[tuple[str, str], list[Step]]
"""Moves by offer, in the order of happening."""

SCHEMA: dict[str, type[pl.DataType]] = {
    "seed": pl.Int64,
    "seller": pl.String,
    "tier": pl.String,
    "forced": pl.Boolean,
    "answered": pl.Boolean,
    "days": pl.Float64,
    "kind": pl.String,
    "traced": pl.Boolean,
    "first": pl.Float64,
    "largest": pl.Float64,
    "largest_day": pl.Int32,
    "at_end": pl.Float64,
    "cumulative": pl.Float64,
    "stimulus": pl.Float64,
    "elasticity_first": pl.Float64,
    "elasticity": pl.Float64,
    "elasticity_mean": pl.Float64,
}
MEANINGS: dict[str, tuple[str, str]] = {
    "seed": ("", "Root of the chance of the pair of runs."),
    "seller": ("", "Identifier of the seller."),
    "tier": ("", "Product line."),
    "forced": ("", "Whether its price was the one forced."),
    "answered": ("", "Whether its list price ever differed from what it would have been."),
    "days": ("day", "From the forced change to that; null if it never did."),
    "kind": ("", "Its move then: cut, rise, launch, ...; kept where a move did not come that would have come."),
    "traced": ("", "Whether that move's chain of causes leads to the forced price; firms see causes in cuts only."),
    "first": (
        "log point",
        "Log of its price over what it would have been, after that move; null if free or not there.",
    ),
    "largest": ("log point", "The same at a day's close, where it is largest in size; zero without an answer."),
    "largest_day": ("day", "Days from the day of the forced price to that; null without an answer."),
    "at_end": ("log point", "The same at the last day's close."),
    "cumulative": ("log point x day", "Its sum over all days from the forced price on."),
    "stimulus": ("log point", "Log change of the forced price of the same tier, or the mean of those forced."),
    "elasticity_first": ("1", "First answer over stimulus."),
    "elasticity": ("1", "Largest response over stimulus."),
    "elasticity_mean": ("1", "Cumulative response over that of the forced price, which may be taken back."),
}
"""Unit and meaning of each column."""
MEASURES = ("days", "first", "largest", "at_end", "cumulative", "elasticity_first", "elasticity", "elasticity_mean")


def answers(without: Tables, with_: Tables, table: pl.DataFrame, window: Window, seed: int) -> pl.DataFrame:
    """One row an offer that was for sale on the day of the forced price or later, columns of SCHEMA.

    table: `responses` of the same pair.
    """
    own = set(without["sellers_daily"].filter(pl.col("role") == OWN)["seller"])
    own |= set(with_["sellers_daily"].filter(pl.col("role") == OWN)["seller"])
    before, after = _steps(without["prices"], own), _steps(with_["prices"], own)
    forced = forced_moves(with_)
    closes = table.filter((pl.col("outcome") == "log_price") & (pl.col("since") >= 0))
    paths = {
        (str(seller), str(tier)): part.sort("since").select("since", "difference")
        for (seller, tier), part in closes.group_by(["seller", "tier"])
    }
    causes = dict(with_["facts"].select("fact", "cause").iter_rows())
    roots = set(with_["facts"].filter(pl.col("kind") == "forced")["fact"])
    changed = [move for move in forced if move["price"] and move["previous"]]  # a price of nothing has no logarithm
    stimulus = {(move["seller"], move["tier"]): log(move["price"] / move["previous"]) for move in changed}
    spent = {offer: _total(paths[offer]) for offer in stimulus if offer in paths}
    rows = []
    for offer in sorted(set(paths)):
        is_forced = any(offer == (move["seller"], move["tier"]) for move in forced)
        row: dict[str, Any] = {"seed": seed, "seller": offer[0], "tier": offer[1], "forced": is_forced}
        answer = _first(before.get(offer, []), after.get(offer, []), window)
        row |= {"answered": answer is not None}
        if answer is not None:
            time, kind, fact, first = answer
            row |= {"days": time - window.time, "kind": kind, "first": first, "traced": _leads(fact, causes, roots)}
        row |= _sizes(paths[offer])
        push = _of_tier(stimulus, offer)
        row |= {"stimulus": push}
        row |= _elasticities(row, push, _of_tier(spent, offer))
        rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA).sort("seller", "tier")


def forced_moves(tables: Tables) -> list[dict[str, Any]]:
    """Rows of `prices` that were forced from outside, as posted."""
    facts = tables["facts"].filter(pl.col("kind") == "forced")["fact"]
    moves = tables["prices"].filter(pl.col("cause").is_in(facts.implode()) & pl.col("kind").is_in(["cut", "rise"]))
    # A seller's answer to a forced move has that move for its cause, never the forcing itself.
    return moves.sort("seller", "tier").select("seller", "tier", "date", "previous", "price").to_dicts()


def _steps(prices: pl.DataFrame, own: set[str]) -> Steps:
    steps: Steps = {}
    moves = prices.sort("time", "fact").select("seller", "tier", "time", "price", "kind", "fact")
    for seller, tier, time, price, kind, fact in moves.iter_rows():
        if seller not in own:
            steps.setdefault((seller, tier), []).append((time, None if kind == "withdrawn" else price, kind, fact))
    return steps


def _first(before: list[Step], after: list[Step], window: Window) -> tuple[float, str, int | None, float | None] | None:
    """When two paths of a price first part: instant, kind and fact of the move, log of the prices' ratio."""
    times = sorted({step[0] for step in (*before, *after) if step[0] >= window.time})
    for time in times:
        was, now = _at(before, time), _at(after, time)
        one, other = was and was[1], now and now[1]
        if one == other or (one and other and abs(other / one - 1.0) <= SAME):
            continue
        moved = now is not None and now[0] == time
        kind, fact = (now[2], now[3]) if now is not None and moved else ("kept", None)
        return time, kind, fact, log(other / one) if one and other else None
    return None


def _at(steps: list[Step], time: float) -> Step | None:
    passed = [step for step in steps if step[0] <= time]
    return passed[-1] if passed else None


def _leads(fact: int | None, causes: dict[int, int | None], roots: set[int]) -> bool:
    while fact is not None:
        if fact in roots:
            return True
        fact = causes[fact]
    return False


def _total(path: pl.DataFrame) -> float:
    return float(path["difference"].fill_null(0.0).sum())


def _sizes(path: pl.DataFrame) -> dict[str, Any]:
    """Largest, last and cumulative response at days' closes."""
    both_priced = path.drop_nulls()
    if both_priced.is_empty():
        return {"largest": None, "largest_day": None, "at_end": None, "cumulative": None}
    place = int(both_priced["difference"].abs().arg_max() or 0)
    return {
        "largest": float(both_priced["difference"][place]),
        "largest_day": int(both_priced["since"][place]) if both_priced["difference"][place] else None,
        "at_end": path["difference"][-1],
        "cumulative": _total(path),
    }


def _of_tier(values: dict[tuple[str, str], float], offer: tuple[str, str]) -> float | None:
    """The value of the forced offer in the same tier, or the mean over all that were forced."""
    same = [value for (_, tier), value in sorted(values.items()) if tier == offer[1]]
    some: Sequence[float] = same or [value for _, value in sorted(values.items())]
    return sum(some) / len(some) if some else None


def _elasticities(row: dict[str, Any], push: float | None, spent: float | None) -> dict[str, float | None]:
    first = row.get("first") if row["answered"] else 0.0

    def over(size: float | None, by: float | None) -> float | None:
        return size / by + 0.0 if size is not None and by else None  # no minus zero

    return {
        "elasticity_first": over(first, push),
        "elasticity": over(row["largest"], push),
        "elasticity_mean": over(row["cumulative"], spent),
    }


def over_seeds(table: pl.DataFrame) -> pl.DataFrame:
    """Mean of each measure of `answers` over seeds with its interval, a row an offer and measure.

    Columns: seller, tier, forced, measure, unit, seeds, answering (seeds in which it did), mean, median, low, high.
    `days` counts only the seeds in which the offer answered, the other measures all in which they are known.
    """
    if table.is_empty():
        return pl.DataFrame()
    answering = pl.col("answered").sum().over("seller", "tier").cast(pl.Int32)
    long = (
        table.sort("seed", "seller", "tier")
        .with_columns(answering=answering)
        .unpivot(MEASURES, index=["seller", "tier", "forced", "answering"], variable_name="measure", value_name="value")
    )
    over_seeds = long.group_by("seller", "tier", "measure", maintain_order=True).agg(
        forced=pl.col("forced").any(), answering=pl.col("answering").first(),
        seeds=pl.col("value").count().cast(pl.Int32), mean=pl.col("value").mean(), median=pl.col("value").median(),
        sd=pl.col("value").std(ddof=1),
    )  # fmt: skip
    units = {name: unit for name, (unit, _) in MEANINGS.items()}
    named = with_interval(over_seeds, "measure", {"days": AT_LEAST_ZERO}).with_columns(
        unit=pl.col("measure").replace_strict(units, return_dtype=pl.String)
    )
    return named.select(
        "seller", "tier", "forced", "measure", "unit", "seeds", "answering", "mean", "median", "low", "high"
    ).sort("seller", "tier", "measure")
