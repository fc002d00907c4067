"""Whom welfare goes to: consumer surplus by segment, operating profit and transfers by seller, and the public purse."""

from collections.abc import Mapping

import polars as pl

from scenarios.studies.outcomes import UNBOOKED
from sim.law import TREASURY
from sim.run import Run

HOSTS, OWN_MACHINES, PURSE = "hosts", "self-hosting", "public purse"
TOGETHER: Mapping[str, str] = {"host": HOSTS, "buyers": OWN_MACHINES}
"""Sellers that count as one, by role: who of them is in the market is luck, and their names mean nothing."""
KINDS = ("surplus", "profit", "transfers", "purse")
"""Of parts; also the outcomes that they sum to."""


def parts_of(run: Run) -> dict[str, float]:
    """Every part of a run's welfare from its first day on, by `kind:whom`, in the scenario's money.

    The parts of a kind sum to the outcome of that name but for rounding. Transfers are what sellers and labs got from
    the public purse, less what they gave, outside operating profit (licences, subsidies of machines, funds, taxes on
    training).
    Simplification: royalties, and what sellers pay for machines and research, are in no part.
    """
    after = pl.col("day") >= 0
    segments = run.tables["segments_daily"].filter(after).with_columns(pl.col("surplus").fill_nan(0.0))
    surplus = segments.group_by("segment").agg(pl.col("surplus").sum()).sort("segment")
    sellers = run.tables["sellers_daily"].filter(after)
    rent = pl.col("rent_income") if "rent_income" in sellers.columns else pl.lit(0.0)
    seller = pl.col("role").replace_strict(TOGETHER, default=pl.col("seller"))
    profit = sellers.select(who=seller, profit=pl.col("revenue") + rent - pl.col("operating_cost"))
    profits = profit.with_columns(pl.col("profit").fill_nan(0.0)).group_by("who").agg(pl.col("profit").sum())
    found = {f"surplus:{who}": float(value or 0.0) for who, value in surplus.iter_rows()}
    found |= {f"profit:{who}": float(value or 0.0) for who, value in profits.sort("who").iter_rows()}
    ledger = run.tables["ledger"].filter(after)
    taken = ledger.filter(pl.col("payee") == TREASURY)["amount"].sum()
    paid = ledger.filter(pl.col("payer") == TREASURY)["amount"].sum()
    found |= _transfers(ledger.filter(pl.col("what").is_in(UNBOOKED)))
    return {**found, f"purse:{PURSE}": float(taken) - float(paid)}


def _transfers(ledger: pl.DataFrame) -> dict[str, float]:
    got = ledger.filter(pl.col("payer") == TREASURY).select(who="payee", amount="amount")
    gave = ledger.filter(pl.col("payee") == TREASURY).select(who="payer", amount=-pl.col("amount"))
    table = pl.concat([got, gave]).group_by("who").agg(pl.col("amount").sum()).sort("who")
    return {f"transfers:{who}": float(amount) for who, amount in table.iter_rows()}
