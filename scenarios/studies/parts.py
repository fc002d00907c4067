"""Whom welfare goes to: consumer surplus by segment, operating profit and transfers by seller, and the public purse."""

from collections.abc import Mapping

import polars as pl

from pricewar.scenarios.studies.outcomes import UNBOOKED, operating_profit
from pricewar.scenarios.studies.sums import totals
from pricewar.sim.pages.run_folder import Run
from pricewar.sim.policy import TREASURY

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
    segments = run.tables["segments_daily"].filter(after)
    sellers = run.tables["sellers_daily"].filter(after)
    ledger = run.tables["ledger"].filter(after)
    seller = sellers.select(pl.col("role").replace_strict(TOGETHER, default=pl.col("seller"))).to_series()
    surplus = totals(segments["segment"], segments["surplus"].fill_nan(0.0))
    profit = totals(seller, operating_profit(sellers).fill_nan(0.0))
    transfers = _flows(ledger.filter(pl.col("what").is_in(UNBOOKED)))
    kinds = {"surplus": surplus, "profit": profit, "transfers": transfers}
    found = {f"{kind}:{whom}": amount for kind, parts in kinds.items() for whom, amount in parts.items()}
    return {**found, f"purse:{PURSE}": 0.0 - sum(_flows(ledger).values())}


def _flows(ledger: pl.DataFrame) -> dict[str, float]:
    """What everybody got from the public purse less what it gave."""
    got = ledger.filter(pl.col("payer") == TREASURY).select(who="payee", amount="amount")
    gave = ledger.filter(pl.col("payee") == TREASURY).select(who="payer", amount=-pl.col("amount"))
    both = pl.concat([got, gave])
    return totals(both["who"], both["amount"])
