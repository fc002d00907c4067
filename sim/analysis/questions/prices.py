"""Prices: level, index and dispersion, what a fixed capability costs, what made tokens cheaper, prices like with like.

The reckoning is that of `pricewar.sim.analysis.prices`; what those who host for themselves post is their own cost, on
offer to nobody, and does not count for the cheapest offer here.
"""

from collections.abc import Sequence
from math import exp, floor, log

import polars as pl

from pricewar.sim.analysis.base import OWN, Ends, Tables, days_of, mean, roles
from pricewar.sim.analysis.prices.decomposition import EFFECTS, WORDS, decompose_run
from pricewar.sim.analysis.prices.hedonic import TRUNCATED, hedonic
from pricewar.sim.analysis.prices.indices import constant_quality
from pricewar.sim.analysis.questions.base import Columns, Needs, Question, grew, in_order, nothing, part, went
from pricewar.sim.text import figures

PRICES_NEEDS: Needs = {"market_daily": ("price_level", "price_median", "chained_index", "dispersion")}
CONSTANT_QUALITY_NEEDS: Needs = {"offers_daily": ("capability", "price"), "sellers_daily": ("role",)}
PRICES_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "price_level": ("money/Mtok", "Mean list price, weighted by tokens."),
    "price_median": ("money/Mtok", "Median list price over offers, self-hosting left out."),
    "chained_index": ("1", "Chained price index of matched models, 1 on day 0."),
    "dispersion": ("1", "Coefficient of variation of list prices over offers, self-hosting left out."),
}
CONSTANT_QUALITY_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "capability": ("nat", "Least capability of the offers compared."),
    "price": ("money/Mtok", "List price of the cheapest such offer; null without one."),
}
MOST = 12
"""Levels of capability at most."""


def prices(tables: Tables) -> pl.DataFrame:
    """Price level, median, chained index and dispersion, a row a day; columns of PRICES_COLUMNS."""
    return in_order(tables["market_daily"].sort("day"), PRICES_COLUMNS)


def price_of_quality(tables: Tables, capabilities: Sequence[float] | None = None) -> pl.DataFrame:
    """Cheapest offer at or above each capability, a row a day and capability; null where nobody offers it.

    capabilities: [nat]; whole nats from zero, GPT-3.5, to the best ever on sale unless given.
    Returns the columns of CONSTANT_QUALITY_COLUMNS.
    """
    offers = tables["offers_daily"].join(roles(tables), on="seller", how="left")
    offers = offers.filter(pl.col("role").fill_null("") != OWN)
    if capabilities is None:
        best = offers["capability"].max()
        capabilities = [float(k) for k in range(min(MOST, max(0, floor(float(str(best or 0.0)))) + 1))]
    table = constant_quality(offers, capabilities).join(offers.select("day", "date").unique(), on="day", how="left")
    return in_order(table.sort("day", "capability"), CONSTANT_QUALITY_COLUMNS)


def say_prices(table: pl.DataFrame, code: str) -> str:
    """Say how far prices fell, from the first days to the last."""
    ends = Ends.of(table)
    (was, now), (index, then) = ends.means("price_level"), ends.means("chained_index")
    change = then / index - 1.0 if index > 0 else float("nan")
    return (
        f"The mean list price, weighted by tokens, {went(was, now, f'{code}/Mtok')}, the index of like with like "
        f"{grew(change)}, and the spread over offers (coefficient of variation) {went(*ends.means('dispersion'))}: "
        "means over the first days and the last."
    )


def say_constant_quality(table: pl.DataFrame, code: str) -> str:
    """Say what the best capability that was on offer at both ends costs: prices that were asked, no means of them."""
    ends = Ends.of(table).outermost()
    for level in sorted(table["capability"].unique(), reverse=True):
        was, now = (mean(days.filter(pl.col("capability") == level), "price") for days in (ends.first, ends.last))
        if was == was and now == now:
            nats = f"{level:g} nat{'s' * (level != 1.0)}"
            return (
                f"The cheapest offer of at least {nats}, the highest whole number on offer on the first day and on the "
                f"last, {went(was, now, f'{code}/Mtok')}; nobody need have bought it."
            )
    return "No capability was on offer both on the first day and on the last."


PRICES = Question(
    words="How high are prices, and how far apart?",
    ask=prices,
    say=say_prices,
    columns=PRICES_COLUMNS,
    needs=PRICES_NEEDS,
    figure="prices",
)


CONSTANT_QUALITY = Question(
    words="What does a fixed capability cost?",
    ask=price_of_quality,
    say=say_constant_quality,
    columns=CONSTANT_QUALITY_COLUMNS,
    needs=CONSTANT_QUALITY_NEEDS,
)


CHEAPER_NEEDS: Needs = {
    "costs_daily": ("price", "utilisation", "machine_time"),
    "offers_daily": ("tokens",),
    "sellers_daily": ("role",),
}
CHEAPER_COLUMNS: Columns = {
    "day": ("day", "Last day of the run."),
    "date": ("", "Calendar date of the day."),
    "from": ("", "Date of the first day."),
    "price_before": ("money/Mtok", "Mean list price, weighted by tokens, on the first day."),
    "price_after": ("money/Mtok", "Mean list price, weighted by tokens, on the last day."),
    **{effect: ("money/Mtok", f"Part of the change by {WORDS[effect]}; the parts sum to it.") for effect in EFFECTS},
}


def cheaper(tables: Tables) -> pl.DataFrame:
    """Split the change of the market's mean list price, weighted by tokens, into parts: one row, or none."""
    split = decompose_run(tables).rename({"to": "date"})
    return in_order(split.join(days_of(tables), on="date", how="left"), CHEAPER_COLUMNS)


def say_cheaper(table: pl.DataFrame, code: str) -> str:
    """Say by how much the mean price changed from the first day to the last and in what parts, the largest first."""
    row = table.row(-1, named=True)
    before, after = row["price_before"], row["price_after"]
    if before == after:
        return (
            f"The mean list price, weighted by tokens, stood at {figures(after)} {code}/Mtok on the first day and on "
            "the last."
        )
    effects = sorted(((row[effect], effect) for effect in WORDS), key=lambda pair: (-abs(pair[0]), pair[1]))
    parts = [f"{WORDS[effect]} {told}" for value, effect in effects if (told := _effect(value, before))]
    way = "fell" if after < before else "rose"
    return (
        f"The mean list price, weighted by tokens, {way} from {figures(before)} to {figures(after)} {code}/Mtok: "
        f"{', '.join(parts)} (from the first day to the last, in parts that sum to the change by logarithmic means: an "
        "account of it, not its causes; idle machines count in the margin)."
    )


def _effect(value: float, scale: float) -> str:
    """Write an effect with a true minus sign; empty if it rounds to nothing beside the first price."""
    digits = 0
    while digits < 9 and abs(scale) * 10.0**digits < 100.0:
        digits += 1
    size = round(abs(value), digits) if scale else abs(value)
    return f"{'−' if value < 0.0 else '+'}{figures(size)}" if size else ""


CHEAPER = Question(
    words="What made tokens cheaper?",
    ask=cheaper,
    say=say_cheaper,
    columns=CHEAPER_COLUMNS,
    needs=CHEAPER_NEEDS,
    figure="waterfall",
)


HEDONIC_NEEDS: Needs = {
    "offers_daily": ("price", "capability", "open_weights", "tier", "tokens"),
    "market_daily": ("chained_index",),
}
HEDONIC_COLUMNS: Columns = {
    "day": ("day", "First of the month on record."),
    "date": ("", "Calendar date of the day."),
    "offers": ("offer", "Offers in the month's regression."),
    "index": ("1", "Hedonic price index, every offer alike, 1 in the first month."),
    "low": ("1", "Lower end of its 95 % interval: sampling error within this run, clustered by seller."),
    "high": ("1", "Upper end of it."),
    "weighted": ("1", "Hedonic price index weighted by tokens, 1 in the first month."),
    "weighted_low": ("1", "Lower end of its 95 % interval: sampling error within this run, clustered by seller."),
    "weighted_high": ("1", "Upper end of it."),
    "matched": ("1", "Chained index of matched models at the month's end, over that of the first."),
}
TOO_FEW_OFFERS = "Not to be told: the run has too few offers or months for a regression."
YEAR = 365.25
LEAST = 5e-4
"""Changes smaller than this are none in words. [1]"""
HALF_YEAR = 0.5
"""Changes over less than this are not put at a rate a year: that would multiply chance. [year]"""


def like_with_like(tables: Tables) -> pl.DataFrame:
    """Hedonic index by month with its interval, and the chained index of matched models; columns of HEDONIC_COLUMNS.

    No rows where there are fewer offers and months than coefficients, or a single month.
    """
    try:
        index, sold = (hedonic(tables["offers_daily"], weighted=weighted).index for weighted in (False, True))
    except ValueError:
        return nothing(HEDONIC_COLUMNS)
    if index.height < 2:
        return nothing(HEDONIC_COLUMNS)
    names = {"index": "weighted", "low": "weighted_low", "high": "weighted_high"}
    index = index.join(sold.select("period", *names).rename(names), on="period", how="left")
    days = tables["market_daily"].filter(pl.col("day") >= 0).sort("day")
    months = days.group_by(period=pl.col("date").dt.truncate(TRUNCATED["month"])).agg(
        pl.col("day").first(), pl.col("date").first(), pl.col("chained_index").last()
    )
    table = index.join(months, on="period", how="left").sort("day")
    matched = pl.col("chained_index") / pl.col("chained_index").first()
    return in_order(table.with_columns(pl.col("offers").cast(pl.Float64), matched=matched), HEDONIC_COLUMNS)


def say_hedonic(table: pl.DataFrame, code: str) -> str:
    """Say how prices changed at unchanged quality, a year where the run is long enough, with the 95 % interval."""
    del code
    table = table.sort("day")
    years = (table["day"][-1] - table["day"][0]) / YEAR
    last = table.row(-1, named=True)
    power = 1.0 / years if years >= HALF_YEAR else 1.0
    names = ("index", "weighted", "matched")
    change, weighted, matched = (grew(_change(last[name], power), LEAST) for name in names)
    low, high = (_percent(_change(last[name], power)) for name in ("low", "high"))
    when = " a year" if years >= HALF_YEAR else f" between the first month and the last of {table.height}"
    return (
        f"At unchanged quality list prices {change}{when} (95 % interval {low} to {high}; regression on capability, "
        "seller, openness and tier, errors clustered by seller, free offers left out), and weighted by tokens they "
        f"{weighted}; the index of matched models {matched}{when if power != 1.0 else ''}."
    )


def _change(level: float | None, power: float) -> float:
    """Relative change from one to a power of a level; nan where it is not known."""
    return exp(power * log(level)) - 1.0 if level is not None and level > 0.0 else float("nan")


def _percent(change: float) -> str:
    """Write a change as a percentage with a true sign."""
    return "0 %" if abs(change) < LEAST else f"{'+' if change > 0.0 else '−'}{part(abs(change))}"


HEDONIC = Question(
    words="What did prices do at unchanged quality?",
    ask=like_with_like,
    say=say_hedonic,
    columns=HEDONIC_COLUMNS,
    needs=HEDONIC_NEEDS,
    figure="hedonic",
    without=TOO_FEW_OFFERS,
)
