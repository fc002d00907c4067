"""What one run comes to: its measures as numbers and as daily series, and the parts of its welfare."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from pricewar.scenarios.config.names import listing, nearest
from pricewar.sim.analysis.measures import OUTCOMES, SERIES, UNBOOKED, operating_profit, totals
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats, Ints
from pricewar.sim.policy import TREASURY
from pricewar.sim.results.run import Run


def moments(groups: Ints, values: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """Number, mean and standard deviation of the finite values of every group, in the order of rows, shape (count,).

    groups: of each value, from 0. The deviation is nan of fewer than two.
    """
    kept = np.isfinite(values)
    groups, values = groups[kept], values[kept]
    n = np.bincount(groups, minlength=count).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(groups, values, count) / n
        squares = np.bincount(groups, (values - means[groups]) ** 2, count)
        return n, means, np.where(n > 1.0, np.sqrt(squares / (n - 1.0)), np.nan)


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
    by_part = {f"{kind}:{whom}": amount for kind, parts in kinds.items() for whom, amount in parts.items()}
    return {**by_part, f"purse:{PURSE}": 0.0 - sum(_flows(ledger).values())}


def _flows(ledger: pl.DataFrame) -> dict[str, float]:
    """What everybody got from the public purse less what it gave."""
    got = ledger.filter(pl.col("payer") == TREASURY).select(who="payee", amount="amount")
    gave = ledger.filter(pl.col("payee") == TREASURY).select(who="payer", amount=-pl.col("amount"))
    both = pl.concat([got, gave])
    return totals(both["who"], both["amount"])


BOOKED = ("energy tax", "voucher")
"""What passes between the purse and others that operating profit and surplus count already, as the ledger calls it."""


def daily(run: Run) -> pl.DataFrame:
    """Daily series of a run from its first day on: `day` and the columns of `SERIES`."""
    days = run.tables["market_daily"].filter(pl.col("day") >= 0).select("day").sort("day")
    return days.with_columns(measure.days(run.tables) for measure in SERIES.values())


def outcomes_of(run: Run) -> tuple[dict[str, float], pl.DataFrame]:
    """What a run comes to, and its daily series."""
    return {name: outcome.of(run.tables) for name, outcome in OUTCOMES.items()}, daily(run)


def known_outcome(name: str) -> str:
    """Return the name of an outcome. Raises UserMistake where there is none of it."""
    if name not in OUTCOMES:
        near = nearest(name, OUTCOMES)
        right = f"did you mean '{near}'?" if near else f"there is {listing(list(OUTCOMES), 30)}"
        raise UserMistake(f"no outcome is called '{name}'; {right}")
    return name


def outcomes_asked(names: Iterable[str], otherwise: Sequence[str]) -> tuple[str, ...]:
    """Return the outcomes that are named, each once, or others where none is. Raises UserMistake."""
    return tuple(dict.fromkeys(map(known_outcome, names))) or tuple(otherwise)
