"""What made it cheaper: any price fall, split into its causes so that nothing is left over.

    price = (capital + energy + upkeep)·software·machine_time/(3600·utilisation) + training + margin

The product is split by logarithmic means, part of the hour by part (`split_product`); training and margin stand in a
sum, so that their own change is their effect, whatever their sign. The effects are: *hardware* (capital and upkeep of
an hour), *utilisation*, *software*, *algorithms* (machine time: architecture, compression, successor models), *energy*,
*training* (data too), *margin* and, in a whole market, *mix* (tokens that went to dearer or cheaper offers, entry and
exit). They sum to the change in price but for rounding.

Remarks: utilisation is the one that sellers plan with, which is what their unit cost is taken at, so that an idle
fleet shows in the margin. Costs given outright have no machine behind them: see `CostParts`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import polars as pl

from pricewar.sim.analysis.prices.indices import logarithmic_mean, split_product, split_weighted
from pricewar.sim.economics.ownership import SECONDS_PER_HOUR

WORDS: Mapping[str, str] = {
    "hardware": "hardware",
    "utilisation": "planned utilisation",
    "software": "software",
    "algorithms": "algorithms",
    "energy": "energy",
    "training": "training and data",
    "margin": "margin",
    "mix": "mix of offers",
}
"""Effects of `decomposition` in words, in the order in which they are drawn."""


EFFECTS = ("hardware", "utilisation", "software", "algorithms", "energy", "training", "margin", "mix")
"""Causes of a change in price, in the order of the tables and figures. [money/Mtok]"""
MARKET, EVERY_TIER = "(market)", "(all)"
"""What stands for a seller and a tier in rows about the whole market; no identifier has brackets."""
HOURS = {"hour_capital": "hardware", "hour_energy": "energy", "hour_upkeep": "hardware"}
"""Parts of a machine-hour, and whose effect a change of each is."""
SCHEMA: Mapping[str, type[pl.DataType]] = {
    "seller": pl.String,
    "tier": pl.String,
    "from": pl.Date,
    "to": pl.Date,
    "price_before": pl.Float64,
    "price_after": pl.Float64,
    **dict.fromkeys(EFFECTS, pl.Float64),
}

Row = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Standing:
    """One offer on one day, with its weight."""

    parts: Row
    """Columns of costs_daily that hold numbers."""
    weight: float = 1.0
    """Share of the market's tokens. [1]"""

    def factors(self, hour: str) -> dict[str, float]:
        """Factors whose product is one part of the serving cost, times 3600, weighted."""
        return {
            HOURS[hour]: self.parts[hour],
            "software": self.parts["software"],
            "algorithms": self.parts["machine_time"],
            "utilisation": 1.0 / self.parts["utilisation"],
            "mix": self.weight,
        }

    @property
    def margin(self) -> float:
        """What is left of the price after serving and training. [money/Mtok]"""
        load = self.parts["software"] * self.parts["machine_time"] / (SECONDS_PER_HOUR * self.parts["utilisation"])
        costs = [-self.parts[hour] * load for hour in HOURS]
        return fsum([self.parts["price"], -self.parts["training"], *costs])


def decompose(costs: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Split every offer's change of price between two days.

    costs: costs_daily. first, last: days; only (seller, tier) on sale at both closes are compared.
    Returns seller, tier, from, to, price_before, price_after [money/Mtok] and a column an effect [money/Mtok], which
    sum to price_after less price_before; `mix` is zero here. A change of model within a tier shows as algorithms.
    """
    before, after = _standing(costs, first), _standing(costs, last)
    rows = [
        _row(costs, name, first, last, [(before[name], after[name])]) for name in sorted(before.keys() & after.keys())
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def decompose_market(
    costs: pl.DataFrame, offers: pl.DataFrame, first: int, last: int, tiers: Sequence[str] = ()
) -> pl.DataFrame:
    """Split the change of the mean price, weighted by tokens, of a market or some of its tiers: one row, or none.

    costs: costs_daily; offers: offers_daily, for its tokens. None where no tokens were sold on one of the days.
    An offer that came or went is *mix*, whole.
    """
    if tiers:
        costs, offers = (table.filter(pl.col("tier").is_in(tiers)) for table in (costs, offers))
    before = _standing(costs, first, _shares(offers, first))
    after = _standing(costs, last, _shares(offers, last))
    if not before or not after:
        return pl.DataFrame(schema=SCHEMA)
    pairs = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        was = was or _Standing(now.parts, 0.0)  # type: ignore[union-attr]
        pairs.append((was, now or _Standing(was.parts, 0.0)))
    name = (MARKET, ",".join(tiers) or EVERY_TIER)
    return pl.DataFrame([_row(costs, name, first, last, pairs)], schema=SCHEMA)


def decompose_wars(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Split what happened in each war: from the close before its first cut to that of the day of its end.

    tables: of a run. Returns a row for each seller that cut, and one for all of the war's tiers, with the war's number.
    """
    costs, offers = _of_sellers(tables)
    splits = [pl.DataFrame(schema={"war": pl.Int64, **SCHEMA})]
    for war in tables["wars"].sort("war").iter_rows(named=True):
        first, last = _recorded(costs, int(war["start_time"] // 1) - 1), _recorded(costs, int(war["end_time"] // 1))
        if first is None or last is None:
            continue
        tiers = str(war["tier"]).split(",")
        of_tier = costs.filter(pl.col("tier").is_in(tiers))
        cutters = of_tier.filter(pl.col("seller").is_in(str(war["sellers"]).split(",")))
        both = [decompose(cutters, first, last), decompose_market(costs, offers, first, last, tiers)]
        splits += [part.select(pl.lit(war["war"], pl.Int64).alias("war"), pl.all()) for part in both]
    return pl.concat(splits)


def decompose_years(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Split what happened in each calendar year, from the first day on: by seller and tier, and the whole market.

    A year runs from the last close of the one before, the first from the close of the first day. An offer is compared
    where it stood at both ends.
    """
    costs, offers = _of_sellers(tables)
    splits = [pl.DataFrame(schema={"year": pl.Int32, **SCHEMA})]
    days = costs.filter(pl.col("day") >= 0).select("day", year=pl.col("date").dt.year()).unique().sort("day")
    ends = days.group_by("year", maintain_order=True).agg(pl.col("day").max())
    first = days["day"].min()
    for year, last in ends.iter_rows():
        both = [decompose(costs, int(str(first)), last), decompose_market(costs, offers, int(str(first)), last)]
        splits += [part.select(pl.lit(year, pl.Int32).alias("year"), pl.all()) for part in both]
        first = last
    return pl.concat(splits)


def decompose_run(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Split the change of the market's mean price, weighted by tokens, from the first day to the last: one row."""
    costs, offers = _of_sellers(tables)
    first, last = _recorded(costs, 0), _recorded(costs, 2**31 - 1)
    if first is None or last is None:
        return pl.DataFrame(schema=SCHEMA)
    return decompose_market(costs, offers, first, last)


def in_logs(table: pl.DataFrame) -> pl.DataFrame:
    """The same effects in log points, ln(after/before) split in the same proportions; null where a price is zero.

    An effect over L(after, before), as LMDI's additive and multiplicative forms are bound together (Ang 2015).
    """
    means = [
        logarithmic_mean(after, before) if min(after, before) > 0.0 else None
        for before, after in table.select("price_before", "price_after").iter_rows()
    ]
    mean = pl.Series("mean", means, dtype=pl.Float64)
    return table.with_columns(pl.col(name) / mean for name in EFFECTS)


def _of_sellers(tables: Mapping[str, pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Costs and offers without those of buyers who host for themselves: nobody may buy at their cost."""
    themselves = tables["sellers_daily"].filter(pl.col("role") == "buyers")["seller"].unique().to_list()
    empty = pl.DataFrame(schema={"day": pl.Int32, "date": pl.Date, "seller": pl.String, "tier": pl.String})
    listed = ~pl.col("seller").is_in(themselves)
    return tables.get("costs_daily", empty).filter(listed), tables["offers_daily"].filter(listed)


def _recorded(costs: pl.DataFrame, day: int) -> int | None:
    """The last recorded day not after `day`, else the first; None without any."""
    until = costs.filter(pl.col("day") <= day)["day"].max()
    first_day = until if until is not None else costs["day"].min()
    return None if first_day is None else int(str(first_day))


def _shares(offers: pl.DataFrame, day: int) -> dict[tuple[str, str], float]:
    """Share of each offer in the day's tokens; of sellers that sold none, none."""
    sold = offers.filter((pl.col("day") == day) & (pl.col("tokens") > 0)).sort("seller", "tier")
    whole = fsum(sold["tokens"])
    return {(s, t): tokens / whole for s, t, tokens in sold.select("seller", "tier", "tokens").iter_rows()}


def _standing(
    costs: pl.DataFrame, day: int, shares: Mapping[tuple[str, str], float] | None = None
) -> dict[tuple[str, str], _Standing]:
    standing = {}
    for row in costs.filter(pl.col("day") == day).iter_rows(named=True):
        name = (row["seller"], row["tier"])
        if shares is None:
            standing[name] = _Standing(row)
        elif name in shares:
            standing[name] = _Standing(row, shares[name])
    return standing


def _row(
    costs: pl.DataFrame, name: tuple[str, str], first: int, last: int, pairs: list[tuple[_Standing, _Standing]]
) -> dict[str, object]:
    parts: dict[str, list[float]] = {effect: [] for effect in EFFECTS}
    for was, now in pairs:
        for effect, change in _effects(was, now):
            parts[effect].append(change)
    dates = dict(costs.filter(pl.col("day").is_in([first, last])).select("day", "date").unique().iter_rows())
    return {
        "seller": name[0],
        "tier": name[1],
        "from": dates[first],
        "to": dates[last],
        "price_before": fsum(was.weight * was.parts["price"] for was, _ in pairs),
        "price_after": fsum(now.weight * now.parts["price"] for _, now in pairs),
        **{effect: fsum(changes) for effect, changes in parts.items()},
    }


def _effects(was: _Standing, now: _Standing) -> Iterator[tuple[str, float]]:
    """Effects of one offer's change, part by part of its price."""
    for hour in HOURS:
        yield from split_product(was.factors(hour), now.factors(hour), 1.0 / SECONDS_PER_HOUR).items()
    for effect, before, after in (
        ("training", was.parts["training"], now.parts["training"]),
        ("margin", was.margin, now.margin),
    ):
        by_value, by_weight = split_weighted(before, after, was.weight, now.weight)
        yield effect, by_value
        yield "mix", by_weight
