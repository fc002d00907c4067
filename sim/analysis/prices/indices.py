"""How dear, how concentrated, how full: one row a day from a run's daily tables.

Every function takes tables and returns a table; the order of their rows does not matter, and multiplying all
money by a power of two multiplies prices exactly and leaves every ratio as it was, to the last bit.

Days without what a figure divides by (no tokens, no revenue) carry null, never zero.
"""

from collections.abc import Mapping, Sequence
from math import copysign, isfinite, log, log1p, prod

import polars as pl

from pricewar.sim.analysis.base import OWN
from pricewar.sim.analysis.market_daily import LERNER

OFFER = ("seller", "tier", "model")
JUMP = 100.0
"""Ratio that stands for a price leaving zero, its inverse for one falling to zero (assumed)."""


def market_daily(
    offers: pl.DataFrame, sellers: pl.DataFrame, segments: pl.DataFrame, *, capability: float | None = None
) -> pl.DataFrame:
    """Put every index of this page into one table, a row a day of `offers`.

    offers: offers_daily; sellers: sellers_daily; segments: segments_daily.
    capability: of the constant-quality price [nat]; the best on sale on the first day from day 0 when not
        given.
    Returns day, date, tokens [Mtok], price_level, price_median, constant_quality [money/Mtok], chained_index,
    dispersion, hhi, lerner_energy, lerner_avoidable, lerner_full, below_cost_share, utilisation and adoption [1].
    """
    listed = on_offer(offers, sellers)
    wanted = best_capability(listed) if capability is None else capability
    constant = constant_quality(listed, [wanted]).select("day", constant_quality="price")
    days = offers.select("day", "date").unique("day").sort("day")
    tokens = _by_day(offers, pl.col("tokens").sum())
    parts = [
        tokens, price_level(offers), price_median(listed), constant, chained_index(offers),
        dispersion(listed), hhi(offers), lerner(offers), below_cost_share(offers),
        utilisation(sellers), adoption(segments),
    ]  # fmt: skip
    for part in parts:
        days = days.join(part, on="day", how="left", maintain_order="left")
    return days


def on_offer(offers: pl.DataFrame, sellers: pl.DataFrame) -> pl.DataFrame:
    """Offers that anybody may take: what those who host for themselves post is their own cost. Needs a role to tell."""
    if "role" not in sellers.columns:
        return offers
    own = sellers.filter(pl.col("role") == OWN)["seller"].unique()
    return offers.filter(~pl.col("seller").is_in(own.implode()))


def _by_day(table: pl.DataFrame, *figures: pl.Expr) -> pl.DataFrame:
    """Figures of a day; rows are sorted first, for a sum of floats depends on its order in the last bits."""
    return table.sort(table.columns).group_by("day", maintain_order=True).agg(*figures)


def ratio(over: pl.Expr, under: pl.Expr) -> pl.Expr:
    """A quotient, null where the denominator is not above zero."""
    return pl.when(under > 0).then(over / under)


def price_level(offers: pl.DataFrame) -> pl.DataFrame:
    r"""Volume-weighted list price, :math:`\sum_k p_k q_k / \sum_k q_k` (a unit value). [money/Mtok]

    offers: day, price [money/Mtok], tokens [Mtok] and any others. Returns day, price_level.
    """
    spent, tokens = (pl.col("price") * pl.col("tokens")).sum(), pl.col("tokens").sum()
    return _by_day(offers, ratio(spent, tokens).alias("price_level"))


def price_median(offers: pl.DataFrame) -> pl.DataFrame:
    """Median list price over the offers on sale, unweighted. [money/Mtok]  Returns day, price_median."""
    return _by_day(offers, pl.col("price").median().alias("price_median"))


def best_capability(offers: pl.DataFrame) -> float:
    """Greatest capability on sale on the first day from day 0 on, or on the last day before it. [nat]

    Raises ValueError where there is no offer.
    """
    if offers.is_empty():
        raise ValueError("the table of daily offers is empty; a constant quality needs an offer on some day")
    started = offers.filter(pl.col("day") >= 0)
    first = started["day"].min() if started.height else offers["day"].max()
    return float(offers.filter(pl.col("day") == first).select(pl.col("capability").max()).item())


def constant_quality(offers: pl.DataFrame, capabilities: Sequence[float]) -> pl.DataFrame:
    """Cheapest offer at or above each capability: what a fixed quality costs. [money/Mtok]

    offers: day, capability [nat], price [money/Mtok].
    Price at a constant benchmark score is the measure of Appenzeller (a16z, 2024) and of Epoch AI (2025).
    Returns day, capability and price, one row a day and capability, null where nobody offers it.
    """
    wanted = pl.DataFrame({"wanted": list(capabilities)}, schema={"wanted": pl.Float64})
    asked = offers.select("day").unique().join(wanted, how="cross")
    offered = offers.select("day", "capability", "price").join(wanted, how="cross")
    cheapest = (
        offered.filter(pl.col("capability") >= pl.col("wanted")).group_by("day", "wanted").agg(pl.col("price").min())
    )
    return asked.join(cheapest, on=["day", "wanted"], how="left").sort("day", "wanted").rename({"wanted": "capability"})


def chained_index(offers: pl.DataFrame) -> pl.DataFrame:
    r"""Matched-model Jevons index, chained daily, 1 on day 0 or the first day after it. [1]

    :math:`I_t = I_{t-1} \exp\left(\frac{1}{|M|} \sum_{k \in M} \ln(p_{kt}/p_{k,t-1})\right)`, M the offers
    (seller, tier and model) on sale on both of two successive days (ILO et al. 2020, Consumer Price Index
    Manual; matched models: Aizcorbe, Corrado & Doms 2003). Entry and exit leave it alone on their day.
    Unweighted, it passes the circularity test on a fixed set of offers, so daily chaining brings no drift,
    which weights by revenue would. A price falling to zero counts as a hundredth, one leaving zero as a
    hundredfold.

    offers: day, seller, tier, model, price [money/Mtok], one row an offer and day. Returns day,
        chained_index.
    """
    days = offers.select("day").unique().sort("day").with_columns(pl.col("day").shift(1).alias("yesterday"))
    prices = offers.select("day", *OFFER, "price").join(days, on="day")
    earlier = prices.select(pl.col("day").alias("yesterday"), *OFFER, pl.col("price").alias("was"))
    now, was = pl.col("price"), pl.col("was")
    relative = (
        pl.when(now == was).then(0.0)
        .when(was == 0).then(pl.lit(JUMP).log())
        .when(now == 0).then(-pl.lit(JUMP).log())
        .otherwise((now / was).log())
    )  # fmt: skip
    links = _by_day(prices.join(earlier, on=["yesterday", *OFFER]).with_columns(link=relative), pl.col("link").mean())
    level = days.select("day").join(links, on="day", how="left").sort("day")
    level = level.with_columns(level=pl.col("link").fill_null(0.0).cum_sum())
    base = pl.coalesce(pl.col("level").filter(pl.col("day") >= 0).first(), pl.col("level").last())
    return level.select("day", chained_index=(pl.col("level") - base).exp())


def dispersion(offers: pl.DataFrame) -> pl.DataFrame:
    """Coefficient of variation of list prices: population standard deviation over mean. [1]

    One of the usual measures (Baye, Morgan & Scholten 2006). Returns day, dispersion; null where all is free.
    """
    price = pl.col("price")
    return _by_day(offers, ratio(price.std(ddof=0), price.mean()).alias("dispersion"))


def hhi(offers: pl.DataFrame) -> pl.DataFrame:
    r"""Herfindahl-Hirschman index of token shares, :math:`\sum_j s_j^2`. [1]

    offers: day, seller, tokens [Mtok]; one share a seller, so it lies between 1/n and 1.
    Returns day, hhi; null on a day without tokens.
    """
    sold = offers.sort(offers.columns).group_by("day", "seller", maintain_order=True).agg(pl.col("tokens").sum())
    tokens = pl.col("tokens")
    return _by_day(sold, ratio((tokens * tokens).sum(), tokens.sum() * tokens.sum()).alias("hhi"))


def lerner(offers: pl.DataFrame) -> pl.DataFrame:
    r"""Lerner indices of the market, :math:`\sum_k w_k (p_k - c_k)/p_k`, over each of three costs. [1]

    c: marginal, avoidable or full cost [money/Mtok]; w: shares of list revenue, which make the sum
    :math:`(R - C)/R`, revenue less cost over revenue (Lerner 1934), finite also when some offers are free.
    Returns day and the columns of LERNER; null on a day without revenue.
    """
    spent = (pl.col("price") * pl.col("tokens")).sum()
    cost = {name: (pl.col(column) * pl.col("tokens")).sum() for name, column in LERNER.items()}
    return _by_day(offers, *(ratio(spent - paid, spent).alias(name) for name, paid in cost.items()))


def below_cost_share(offers: pl.DataFrame) -> pl.DataFrame:
    """Share of tokens sold at a list price below full unit cost. [1]

    offers: day, price and unit_cost [money/Mtok], tokens [Mtok]. Returns day, below_cost_share.
    """
    tokens = pl.col("tokens")
    below = tokens.filter(pl.col("price") < pl.col("unit_cost")).sum()
    return _by_day(offers, ratio(below, tokens.sum()).alias("below_cost_share"))


def utilisation(sellers: pl.DataFrame) -> pl.DataFrame:
    """Load of all machines, sellers' utilisation weighted by fleet. [1]  Returns day, utilisation."""
    fleet = pl.col("fleet")
    busy = (pl.col("utilisation") * fleet).filter(fleet > 0).sum()
    return _by_day(sellers, ratio(busy, fleet.sum()).alias("utilisation"))


def adoption(segments: pl.DataFrame) -> pl.DataFrame:
    """Share of buyers who use any model. [1]  Returns day, adoption."""
    return _by_day(segments, ratio(pl.col("adopters").sum(), pl.col("buyers").sum()).alias("adoption"))


def logarithmic_mean(a: float, b: float) -> float:
    """L(a, b) = (a − b)/ln(a/b), between the geometric and the arithmetic mean; zero where either is.

    a, b: 0 or more.

    >>> logarithmic_mean(2.0, 2.0), logarithmic_mean(0.0, 3.0), round(logarithmic_mean(1.0, 2.0), 6)
    (2.0, 0.0, 1.442695)
    """
    if a < 0.0 or b < 0.0:
        raise ValueError(f"a logarithmic mean needs two numbers of zero or more, not {a} and {b}")
    if a == b:
        return a
    if a == 0.0 or b == 0.0:
        return 0.0
    # log1p keeps its digits where a and b nearly coincide, log where they are far apart.
    ratio = (a - b) / b
    return (a - b) / (log1p(ratio) if abs(ratio) < 0.5 else log(a / b))


def split_product(before: Mapping[str, float], after: Mapping[str, float], scale: float = 1.0) -> dict[str, float]:
    """Split the change of `scale` times the product of some factors among them; the parts sum to it.

    before, after: the factors by name, the same names in both. scale: a constant factor, above 0.

    >>> parts = split_product({"hour": 2.0, "time": 3.0}, {"hour": 1.0, "time": 3.0})
    >>> round(parts["hour"], 12), parts["time"]
    (-3.0, 0.0)
    >>> split_product({"hour": 0.0, "time": 3.0}, {"hour": 1.0, "time": 6.0})
    {'hour': 6.0, 'time': 0.0}
    """
    first, last = scale * prod(before.values()), scale * prod(after.values())
    if not (isfinite(first) and isfinite(last)):
        raise ValueError("a split needs finite factors")
    vanishing = [name for name, x in before.items() if not (x > 0.0 < after[name] or x < 0.0 > after[name])]
    if vanishing:
        return {name: (last - first) / len(vanishing) if name in vanishing else 0.0 for name in before}
    weight = copysign(logarithmic_mean(abs(last), abs(first)), first)
    return {name: weight * log(after[name] / before[name]) for name in before}


def split_weighted(before: float, after: float, weight_before: float, weight_after: float) -> tuple[float, float]:
    """Split the change of weight·value into that of the value and that of the weight, whatever the value's sign.

    The arithmetic means as weights (Bennet 1920), exact for two factors and at home with negative values.

    >>> split_weighted(1.0, -1.0, 0.5, 0.5)
    (-1.0, 0.0)
    """
    by_value = 0.5 * (weight_before + weight_after) * (after - before)
    by_weight = 0.5 * (before + after) * (weight_after - weight_before)
    return by_value, by_weight
