"""Measures: every number of a market once, with its name, unit and meaning, how it is computed and how days are summed.

A run's page, its headlines, studies, forced prices, `explain` and the dictionaries take them from here, so that one
word has one number. A new measure is one `register(Measure(...))`. Over runs a measure is averaged, with an interval
that lies within the bounds that it names (`pricewar.sim.analysis.intervals`).
What the recorder writes in `market_daily` has its unit and meaning in `market_daily`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import fsum, inf, log
from typing import Any, TypeAlias

import polars as pl

from pricewar.sim.analysis.base import OWN, WINDOW, Tables
from pricewar.sim.analysis.intervals import ANYWHERE, AT_LEAST_ZERO, AT_MOST_ONE, SHARE, Bounds
from pricewar.sim.analysis.market_daily import MARKET_DAILY
from pricewar.sim.analysis.prices.indices import hhi
from pricewar.sim.policy import TREASURY

ByDay: TypeAlias = Callable[[Tables], pl.DataFrame]
"""From a run's tables to the columns `day` and `value`, a row a day."""
UNBOOKED = ("licence", "capacity subsidy", "funding", "energy tax of training")
"""What passes between the purse and sellers or labs that operating profit does not count, as the ledger calls it."""


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


@dataclass(frozen=True, slots=True)
class OverDays:
    """How the days of a measure come to one number of a run."""

    words: str
    """What follows the meaning of the daily measure."""
    of: Callable[[pl.Series], float]
    """From the values of the days, in order, to the number."""
    unit: str = ""
    """Of the number; empty for that of a day, which a sum loses."""
    bounds: Callable[[Bounds], Bounds] = lambda of_a_day: of_a_day
    """From the bounds of a day's value to those of the number."""


def _log_change(values: pl.Series) -> float:
    first, last = values[0], values[-1]
    return log(last / first) if first and last and first > 0.0 and last > 0.0 else float("nan")


def _of_a_sum(bounds: Bounds) -> Bounds:
    return 0.0 if bounds[0] >= 0.0 else -inf, 0.0 if bounds[1] <= 0.0 else inf


MEAN = OverDays("mean over the run", mean)
LAST = OverDays(f"mean of the last {WINDOW} days", lambda values: mean(values.tail(WINDOW)))
SUM = OverDays("over the run", lambda values: total(values.fill_nan(0.0)), bounds=_of_a_sum)
LOG_CHANGE = OverDays("log change over the run", _log_change, "log point", bounds=lambda _: ANYWHERE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One number of a run."""

    unit: str
    meaning: str
    of: Callable[[Tables], float]
    """From a run's tables to the number; nan where it is not known."""
    bounds: Bounds = ANYWHERE
    """Between which it lies in any run."""
    least: str = ""
    """Name of the outcome that says how low it can be in a run, where that hangs on the run."""
    happens: bool = False
    """Whether it is 1 where something happens and 0 where not, so that its mean over runs is a proportion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number of a market: of every day, of a run, or of both."""

    name: str
    """As users type it."""
    unit: str
    """Of a day's value, or of the number of a run that has no days; `money` stands for the currency."""
    meaning: str
    """One sentence."""
    words: str = ""
    """What pages and figures call it; empty for the name."""
    by_day: ByDay | None = None
    """None for what a run has only as a whole."""
    over_days: OverDays | None = None
    """None where days come to no number of a run."""
    of_run: Callable[[Tables], float] | None = None
    """The number of a run that is not summed from days."""
    outcome: str = ""
    """Name of the number of a run, where it is not the measure's."""
    kept: bool = True
    """Whether studies keep its days of every run."""
    quoted: bool = False
    """Whether a day's value is the price of one offer, so that a mean over days is nobody's price."""
    bounds: Bounds = ANYWHERE
    """Between which it lies whatever happens, so that no interval of it reaches further."""
    least: str = ""
    """Name of the outcome that says how low its mean can be in a run, where that hangs on the run."""
    happens: bool = False
    """Whether it is 1 where something happens in a run and 0 where not."""

    @property
    def label(self) -> str:
        """What pages and figures call it."""
        return self.words or self.name.replace("_", " ")

    def values(self, tables: Tables) -> pl.DataFrame:
        """Values of every day on record: day, value. Raises ValueError for a measure without days."""
        if self.by_day is None:
            raise ValueError(f"{self.name} is no number of a day; ask for that of the run")
        return self.by_day(tables)

    def days(self, tables: Tables) -> pl.Series:
        """Values of the days from day 0 on, in order; null where not known. Raises ValueError without days."""
        begun = tables["market_daily"].filter(pl.col("day") >= 0).select("day").sort("day")
        day = pl.col("day").cast(begun.schema["day"])
        values = self.values(tables).select(day, pl.col("value").cast(pl.Float64).alias(self.name))
        return begun.join(values, on="day", how="left", maintain_order="left")[self.name]

    def as_outcome(self) -> Outcome | None:
        """Return the number of a run that it comes to; None if there is none."""
        if self.of_run is not None:
            return Outcome(self.unit, self.meaning, self.of_run, self.bounds, self.least, self.happens)
        if self.over_days is None:
            return None
        over = self.over_days
        meaning = f"{self.meaning.removesuffix('.')}; {over.words}."
        return Outcome(
            over.unit or (self.unit.removesuffix("/day") if over is SUM else self.unit),
            meaning,
            lambda tables: over.of(self.days(tables)),
            over.bounds(self.bounds),
            self.least,
        )


MEASURES: dict[str, Measure] = {}
"""Every measure by name."""
SERIES: dict[str, Measure] = {}
"""Those whose days studies keep of every run."""
OUTCOMES: dict[str, Outcome] = {}
"""What a study keeps of each run as a whole, by name."""


def register(measure: Measure) -> None:
    """Add a measure to studies, pages, `explain` and dictionaries. Raises ValueError if its name is taken."""
    name, outcome = measure.outcome or measure.name, measure.as_outcome()
    if measure.name in MEASURES or (outcome is not None and name in OUTCOMES):
        raise ValueError(f"a measure is called {measure.name!r} already; choose another name")
    MEASURES[measure.name] = measure
    if measure.by_day is not None and measure.kept:
        SERIES[measure.name] = measure
    if outcome is not None:
        OUTCOMES[name] = outcome


def _recorded(
    name: str, words: str, over_days: OverDays | None = None, *, outcome: str = "", kept: bool = True,
    quoted: bool = False, bounds: Bounds = AT_LEAST_ZERO, least: str = "",
) -> Measure:  # fmt: skip
    """A column of `market_daily`."""
    unit, meaning = MARKET_DAILY[name]
    return Measure(
        name=name, unit=unit, meaning=meaning, words=words, over_days=over_days, outcome=outcome,
        kept=kept, quoted=quoted, by_day=lambda tables: tables["market_daily"].select("day", value=name),
        bounds=bounds, least=least,
    )  # fmt: skip


def _by_day(sums: Mapping[int, float]) -> pl.DataFrame:
    return pl.DataFrame({"day": list(sums), "value": list(sums.values())}, {"day": pl.Int32, "value": pl.Float64})


def sellers_only(tables: Tables, name: str) -> pl.DataFrame:
    """Rows of a table by seller without those who host for themselves."""
    own = tables["sellers_daily"].filter(pl.col("role") == OWN)["seller"].unique()
    return tables[name].filter(~pl.col("seller").is_in(own.implode()))


def operating_profit(sellers: pl.DataFrame) -> pl.Series:
    """Takings and rents less operating cost, a row a seller and day. [money/day]"""
    rent = pl.col("rent_income").fill_null(0.0) if "rent_income" in sellers.columns else pl.lit(0.0)
    return sellers.select(pl.col("revenue") + rent - pl.col("operating_cost")).to_series()


def variable_profit() -> pl.Expr:
    """Takings of an offer at its list price less marginal cost, from rows of offers_daily. [money/day]"""
    return pl.col("tokens") * (pl.col("price") - pl.col("marginal_cost"))


def _surplus(tables: Tables) -> pl.DataFrame:
    segments = tables["segments_daily"].drop_nulls("surplus")
    return _by_day(totals(segments["day"], segments["surplus"]))


def _operating_profit(tables: Tables) -> pl.DataFrame:
    sellers = tables["sellers_daily"]
    return _by_day(totals(sellers["day"], operating_profit(sellers)))


def _variable_profit(tables: Tables) -> pl.DataFrame:
    offers = sellers_only(tables, "offers_daily").select("day", earned=variable_profit())
    return _by_day(totals(offers["day"], offers["earned"]))


def _hhi_of_sellers(tables: Tables) -> pl.DataFrame:
    return hhi(sellers_only(tables, "sellers_daily")).rename({"hhi": "value"})


def _least_hhi(tables: Tables) -> pl.DataFrame:
    """One over the number of those who served tokens, by day; none on a day without tokens."""
    serving = tables["offers_daily"].filter(pl.col("tokens") > 0.0).group_by("day").agg(pl.col("seller").n_unique())
    return serving.sort("day").select("day", value=1.0 / pl.col("seller"))


def _deepest(tables: Tables, column: str, otherwise: float) -> float:
    """A column of the deepest war."""
    if tables["wars"].is_empty():
        return otherwise
    value = tables["wars"].sort("depth", descending=True)[column][0]
    return float(value) if isinstance(value, int | float) else float("nan")


def _paid_and_taken(tables: Tables, kinds: tuple[str, ...] | None = None) -> tuple[float, float]:
    """What the public purse paid and what it took from day 0 on, of all kinds or of some."""
    ledger = tables["ledger"].filter(pl.col("day") >= 0)
    if kinds is not None:
        ledger = ledger.filter(pl.col("what").is_in(kinds))
    paid, taken = (ledger.filter(pl.col(side) == TREASURY)["amount"] for side in ("payer", "payee"))
    return total(paid), total(taken)


def _transfers(tables: Tables) -> float:
    paid, taken = _paid_and_taken(tables, UNBOOKED)
    return paid - taken


def _purse(tables: Tables) -> float:
    paid, taken = _paid_and_taken(tables)
    return taken - paid


def _welfare(tables: Tables) -> float:
    surplus, profit = (OUTCOMES[name].of(tables) for name in ("surplus", "profit"))
    return surplus + profit + _transfers(tables) + _purse(tables)


def _selling(tables: Tables) -> float:
    sellers = sellers_only(tables, "sellers_daily")
    last = tables["sellers_daily"]["day"].max()
    return float(sellers.filter((pl.col("day") == last) & (pl.col("tokens") > 0.0)).height)


for measure in (
    Measure(name="war", unit="1", meaning="Whether there was a price war: 1 or 0.", bounds=SHARE, happens=True,
            of_run=lambda tables: float(not tables["wars"].is_empty())),
    Measure(name="wars", unit="1", meaning="Price wars.", bounds=AT_LEAST_ZERO,
            of_run=lambda tables: float(tables["wars"].height)),
    Measure(name="depth", unit="share, 0-1", meaning="Share of the bill that the deepest war saves; 0 without one.",
            bounds=AT_MOST_ONE, of_run=partial(_deepest, column="depth", otherwise=0.0)),
    Measure(name="duration", unit="day", meaning="Duration of the deepest war; 0 without one.",
            bounds=AT_LEAST_ZERO, of_run=partial(_deepest, column="duration", otherwise=0.0)),
    Measure(name="movers", unit="1", meaning="Sellers that cut or entered in the deepest war; 0 without one.",
            bounds=AT_LEAST_ZERO, of_run=partial(_deepest, column="n_sellers", otherwise=0.0)),
    Measure(name="first_day", unit="day", meaning="First day of the deepest war; none without one.",
            of_run=partial(_deepest, column="start_time", otherwise=float("nan"))),
    _recorded("price_level", "mean list price, weighted by tokens", LAST, outcome="price"),
    _recorded("price_median", "median list price", kept=False),
    _recorded("chained_index", "index of like with like", LOG_CHANGE, outcome="price_change"),
    _recorded("dispersion", "spread of list prices", kept=False),
    _recorded("constant_quality", "cheapest at constant quality", LAST, quoted=True),
    _recorded("hhi", "HHI of tokens with self-hosting", MEAN, bounds=SHARE, least="hhi_least"),
    Measure(name="hhi_least", unit="1", words="least HHI", by_day=_least_hhi, over_days=MEAN, kept=False, bounds=SHARE,
            meaning="What hhi would be if all who serve tokens, self-hosting included, served alike: the least it can "
            "be."),
    _recorded("lerner_energy", "Lerner index over energy", MEAN, bounds=AT_MOST_ONE),
    _recorded("lerner_avoidable", "Lerner index over avoidable cost", MEAN, bounds=AT_MOST_ONE),
    _recorded("lerner_full", "Lerner index over full cost", MEAN, bounds=AT_MOST_ONE),
    _recorded("below_cost_share", "sold below full cost", MEAN, bounds=SHARE),
    _recorded("adoption", "adoption", LAST, bounds=SHARE),
    _recorded("tokens", "tokens served", SUM),
    _recorded("utilisation", "utilisation", bounds=SHARE),
    Measure(name="surplus", unit="money/day", words="consumer surplus", by_day=_surplus, over_days=SUM,
            meaning="Consumer surplus of what was chosen and served, over buying nothing."),
    Measure(name="profit", unit="money/day", words="operating profit", by_day=_operating_profit, over_days=SUM,
            meaning="Operating profit of all sellers: takings from tokens and rent less operating cost; royalties "
            "received, machines bought and training aside. Who hosts for itself has none."),
    Measure(name="purse", unit="money", meaning="What the public purse took less what it paid.", of_run=_purse),
    Measure(name="transfers", unit="money", of_run=_transfers,
            meaning="Subsidies less fees between the public purse and sellers, outside operating profit."),
    Measure(name="welfare", unit="money", of_run=_welfare,
            meaning="Consumer surplus, operating profit, transfers and public purse together."),
    Measure(name="sellers", unit="1", of_run=_selling, bounds=AT_LEAST_ZERO,
            meaning="Sellers with tokens sold on the last day; who hosts for itself is none."),
    Measure(name="hhi_of_sellers", unit="1", words="HHI of tokens over sellers", by_day=_hhi_of_sellers, kept=False,
            bounds=SHARE,
            meaning="Herfindahl-Hirschman index of token shares of sellers, who hosts for itself left out, 0 to 1."),
    Measure(name="variable_profit", unit="money/day", words="variable profit", by_day=_variable_profit, kept=False,
            meaning="Variable profit of all sellers: takings at list prices less the marginal cost of the tokens sold; "
            "fixed costs, rent and wages aside."),
):  # fmt: skip
    register(measure)
