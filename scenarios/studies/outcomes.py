"""What one run comes to: a number a question, and a few daily series."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log
from typing import Any

import numpy as np
import polars as pl

from pricewar.scenarios.config.names import listing, nearest
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats, Ints
from pricewar.sim.policy import TREASURY
from pricewar.sim.results.run import Run


def total(values: pl.Series) -> float:
    """Sum of a column, exactly rounded (Shewchuk 1997); nulls do not count, and nan makes it nan.

    >>> total(pl.Series([1e16, 1.0, -1e16, None]))
    1.0
    """
    return fsum(values.drop_nulls().to_list())


def mean(values: pl.Series) -> float:
    """Mean of a column, its sum exactly rounded; nan of none."""
    there = values.len() - values.null_count()
    return total(values) / there if there else float("nan")


def totals(keys: pl.Series, values: pl.Series) -> dict[Any, float]:
    """Sum of values by key, exactly rounded, in the order of keys."""
    groups: dict[Any, list[float]] = defaultdict(list)
    for key, value in zip(keys.to_list(), values.to_list(), strict=True):
        groups[key].append(value)
    return {key: fsum(groups[key]) for key in sorted(groups)}


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
    found = {f"{kind}:{whom}": amount for kind, parts in kinds.items() for whom, amount in parts.items()}
    return {**found, f"purse:{PURSE}": 0.0 - sum(_flows(ledger).values())}


def _flows(ledger: pl.DataFrame) -> dict[str, float]:
    """What everybody got from the public purse less what it gave."""
    got = ledger.filter(pl.col("payer") == TREASURY).select(who="payee", amount="amount")
    gave = ledger.filter(pl.col("payee") == TREASURY).select(who="payer", amount=-pl.col("amount"))
    both = pl.concat([got, gave])
    return totals(both["who"], both["amount"])


BOOKED = ("energy tax", "voucher")
"""What passes between the purse and others that operating profit and surplus count already, as the ledger calls it."""
UNBOOKED = ("licence", "capacity subsidy", "funding", "energy tax of training")
"""What passes between the purse and sellers or labs that operating profit does not count."""
SERIES: Mapping[str, tuple[str, str]] = {
    "price_level": ("money/Mtok", "Price paid, mean over tokens."),
    "chained_index": ("1", "Chained index of list prices, 1 on the first day."),
    "constant_quality": ("money/Mtok", "Cheapest offer at or above the opening capability."),
    "hhi": ("1", "Herfindahl index of tokens, 0-1."),
    "lerner": ("1", "Lerner index, mean over tokens."),
    "below_cost_share": ("1", "Share of tokens sold below unit cost."),
    "adoption": ("1", "Share of buyers with a supplier."),
    "tokens": ("Mtok/day", "Tokens served."),
    "utilisation": ("1", "Load over capacity of all sellers."),
    "surplus": ("money/day", "Consumer surplus."),
    "profit": ("money/day", "Operating profit of all sellers."),
}
"""Daily series that a study keeps of each run: unit and meaning."""


def daily(run: Run) -> pl.DataFrame:
    """Daily series of a run from its first day on: `day` and the columns of `SERIES`."""
    market = run.tables["market_daily"].filter(pl.col("day") >= 0).sort("day")
    segments, sellers = run.tables["segments_daily"], run.tables["sellers_daily"]
    surplus = totals(segments["day"], segments["surplus"])
    profit = totals(sellers["day"], operating_profit(sellers))
    days = market["day"].to_list()
    both = market.with_columns(
        pl.Series(name, [found.get(day) for day in days], dtype=pl.Float64)
        for name, found in {"surplus": surplus, "profit": profit}.items()
    )
    return both.select("day", *(pl.col(name).cast(pl.Float64) for name in SERIES))


def operating_profit(sellers: pl.DataFrame) -> pl.Series:
    """Takings and rents less operating cost, a row a seller and day. [money/day]"""
    rent = pl.col("rent_income") if "rent_income" in sellers.columns else pl.lit(0.0)
    return sellers.select(pl.col("revenue") + rent - pl.col("operating_cost")).to_series()


@dataclass(frozen=True, slots=True)
class Known:
    """What outcomes are computed from."""

    run: Run
    days: pl.DataFrame
    """Daily series."""
    wars: pl.DataFrame

    def mean(self, series: str) -> float:
        """Mean of a daily series over the run."""
        return mean(self.days[series])

    def last(self, series: str) -> float:
        """Mean of the last thirty days."""
        return mean(self.days[series].tail(30))

    def deepest(self, column: str, otherwise: float) -> float:
        """A column of the deepest war."""
        if self.wars.is_empty():
            return otherwise
        return _number(self.wars.sort("depth", descending=True)[column][0])

    def purse(self) -> float:
        """What the public purse has taken less what it has paid."""
        ledger = self.run.tables["ledger"].filter(pl.col("day") >= 0)
        taken, paid = (ledger.filter(pl.col(side) == TREASURY)["amount"] for side in ("payee", "payer"))
        return total(taken) - total(paid)

    def transfers(self) -> float:
        """What the public purse paid less what it took outside anybody's operating profit."""
        ledger = self.run.tables["ledger"].filter((pl.col("day") >= 0) & pl.col("what").is_in(UNBOOKED))
        got, gave = (ledger.filter(pl.col(side) == TREASURY)["amount"] for side in ("payer", "payee"))
        return total(got) - total(gave)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One number of a run."""

    unit: str
    meaning: str
    of: Callable[[Known], float]


def _fall(known: Known, series: str) -> float:
    first, last = known.days[series][0], known.days[series][-1]
    return log(last / first) if first and last and first > 0.0 and last > 0.0 else float("nan")


def _total(known: Known, series: str) -> float:
    return total(known.days[series].fill_nan(0.0))


OUTCOMES: dict[str, Outcome] = {
    "war": Outcome("1", "Whether there was a price war: 1 or 0.", lambda k: float(not k.wars.is_empty())),
    "wars": Outcome("1", "Price wars.", lambda k: float(k.wars.height)),
    "depth": Outcome("log point", "Excess fall of the index in the deepest war; 0 without one.",
                     lambda k: k.deepest("depth", 0.0)),
    "duration": Outcome("day", "Duration of the deepest war; 0 without one.", lambda k: k.deepest("duration", 0.0)),
    "movers": Outcome("1", "Sellers that cut in the deepest war; 0 without one.",
                      lambda k: k.deepest("n_sellers", 0.0)),
    "first_day": Outcome("day", "First day of the deepest war; none without one.",
                         lambda k: k.deepest("start_time", float("nan"))),
    "price": Outcome("money/Mtok", "Price paid, mean of the last 30 days.", lambda k: k.last("price_level")),
    "price_change": Outcome("log point", "Change of the chained index of list prices over the run.",
                            lambda k: _fall(k, "chained_index")),
    "constant_quality": Outcome("money/Mtok", "Cheapest offer at the opening capability, mean of the last 30 days.",
                                lambda k: k.last("constant_quality")),
    "hhi": Outcome("1", "Herfindahl index of tokens, mean over the run.", lambda k: k.mean("hhi")),
    "lerner": Outcome("1", "Lerner index, mean over the run.", lambda k: k.mean("lerner")),
    "below_cost_share": Outcome("1", "Share of tokens sold below unit cost, mean over the run.",
                                lambda k: k.mean("below_cost_share")),
    "adoption": Outcome("1", "Share of buyers with a supplier, mean of the last 30 days.",
                        lambda k: k.last("adoption")),
    "tokens": Outcome("Mtok", "Tokens served.", lambda k: _total(k, "tokens")),
    "surplus": Outcome("money", "Consumer surplus over the run.", lambda k: _total(k, "surplus")),
    "profit": Outcome("money", "Operating profit of all sellers over the run.", lambda k: _total(k, "profit")),
    "purse": Outcome("money", "What the public purse took less what it paid.", lambda k: k.purse()),
    "transfers": Outcome("money", "Subsidies less fees between the public purse and sellers, outside operating profit.",
                         lambda k: k.transfers()),
    "welfare": Outcome("money", "Consumer surplus, operating profit, transfers and public purse together.",
                       lambda k: _total(k, "surplus") + _total(k, "profit") + k.transfers() + k.purse()),
    "sellers": Outcome("1", "Sellers with tokens sold on the last day.", lambda k: _selling(k)),
}  # fmt: skip
"""What a study keeps of each run, by name: unit, meaning, and how it is computed."""


def _selling(known: Known) -> float:
    sellers = known.run.tables["sellers_daily"]
    last = sellers.filter((pl.col("day") == sellers["day"].max()) & (pl.col("tokens") > 0.0))
    return float(last.height)


def outcomes_of(run: Run) -> tuple[dict[str, float], pl.DataFrame]:
    """What a run comes to, and its daily series."""
    days = daily(run)
    known = Known(run, days, run.tables["wars"])
    return {name: outcome.of(known) for name, outcome in OUTCOMES.items()}, days


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
