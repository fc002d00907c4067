"""The war detector against records whose wars are known."""

from collections.abc import Iterator
from datetime import date
from math import exp, log, sqrt

import numpy as np
import polars as pl

from pricewar.scenarios.config.tables import FOLDER
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.sim.analysis.wars.detector import find_wars
from pricewar.sim.analysis.wars.reactions import reaction_p_value
from pricewar.sim.analysis.wars.settings import DetectorSettings

YEARS, RECORDS, YEAR = 3, 80, 365.0
"""Three judged years in each of 80 records, after a first year from which the trend is read."""
ERROR = 1e-4
Z = 3.89
"""Two-sided standard deviations of that error."""
START = date(2024, 1, 1)
RUSH = 800.0
"""Day on which sellers rush in the control of a glide. [day]"""
GLIDE = 1.1
"""Log points that costs fall a year."""
Row = tuple[float, str, str, float]


def staggered(sellers: int, interval: float, spread: str, seed: int, glide: float = GLIDE) -> pl.DataFrame:
    """Records of sellers who pass on a cost that falls, each at dates of its own.

    glide: fall of the cost. [log points/year]
    interval: mean time between two changes of a seller. [day]
    spread: `random` times are exponential, `regular` ones uniform within .5 to 1.5 of `interval`.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for record in range(RECORDS):
        for seller in range(sellers):
            time, kind = 0.0, "opening"
            while time < (YEARS + 1) * YEAR:
                rows.append((f"record {record}", f"seller {seller}", kind, time, 10 * exp(-glide * time / YEAR)))
                wait = rng.exponential() if spread == "random" else rng.uniform(0.5, 1.5)
                time, kind = time + wait * interval, "cut"
    return pl.DataFrame(rows, schema=["tier", "seller", "kind", "time", "price"], orient="row")


def rushed(moves: pl.DataFrame, at: float, fall: float = 2.0) -> pl.DataFrame:
    """The records with three sellers who cut by `fall` log points more from a day on, two days after one another."""
    place = pl.col("seller").str.slice(-1).cast(pl.Int64)
    since = at + 2.0 * place
    lower = pl.when((place < 3) & (pl.col("time") >= since)).then((-pl.lit(fall)).exp()).otherwise(1.0)
    last = pl.col("price").filter(pl.col("time") < since).last()
    grouped = moves.sort("time", maintain_order=True).filter(place < 3).group_by("tier", "seller", maintain_order=True)
    cuts = grouped.agg(price=last * (-pl.lit(fall)).exp(), time=since.first(), kind=pl.lit("cut").first())
    return pl.concat([moves.with_columns(price=pl.col("price") * lower), cuts], how="diagonal")


def years_at_war(moves: pl.DataFrame) -> int:
    """Years, after the first of each record, in which a war starts."""
    settings, until = DetectorSettings(permutations=0), (YEARS + 1) * YEAR
    records = moves.partition_by("tier", maintain_order=True)  # each a market of its own
    wars = [(number, war) for number, one in enumerate(records) for war in find_wars(one, settings, until=until)]
    return len({(number, war.start_time // YEAR) for number, war in wars if war.start_time >= YEAR})


def _moves(rows: list[Row]) -> pl.DataFrame:
    schema = {"time": pl.Float64, "seller": pl.String, "kind": pl.String, "price": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(tier=pl.lit("small"))


def _staggered() -> Iterator[KnownAnswer]:
    years = YEARS * RECORDS
    for interval, spread, glide in ((30.0, "random", GLIDE), (90.0, "regular", GLIDE), (90.0, "regular", 3.0)):
        rate = years_at_war(staggered(5, interval, spread, seed=5, glide=glide)) / years
        yield KnownAnswer(
            what=f"share of years in peace, changes every {interval:g} days, {spread}, {glide:g} log points a year",
            relation="≥",
            expected=0.95,
            obtained=1.0 - rate,
        )
    # The control: half of the sellers do in a fortnight what they would do in the year to come, and must be seen.
    rate = years_at_war(rushed(staggered(5, 90.0, "regular", seed=5, glide=3.0), at=800.0)) * YEARS / years
    yield KnownAnswer(
        what="control, a rush in one of three years: records at war", relation="≥", expected=0.95, obtained=rate
    )


def _opening(sellers: tuple[str, ...]) -> list[Row]:
    return [(0.0, seller, "opening", 8.0) for seller in sellers]


def _glide() -> Iterator[KnownAnswer]:
    sellers = ("ada", "bob", "cyd", "dan")
    for every in (10.0, 91.0):
        days = np.arange(every, 4 * YEAR, every).tolist()
        cuts = [(t, s, "cut", 8.0 * exp(-GLIDE * t / YEAR)) for t in days for s in sellers]
        glide = _moves(_opening(sellers) + cuts)
        calm, rush = find_wars(glide, until=4 * YEAR), find_wars(_rushed(glide, sellers, RUSH), until=4 * YEAR)
        yield from each(
            f"a synchronous glide, every {every:g} days",
            ("wars, and with a rush in the third year", "first day of the last"),
            (1, RUSH),
            (len(calm) + len(rush), rush[-1].start_time if rush else 0.0),
        )


def _rushed(glide: pl.DataFrame, sellers: tuple[str, ...], day: float) -> pl.DataFrame:
    """A glide whose first three sellers halve their prices once more, a day after one another; the glide goes on."""
    since = pl.col("seller").replace_strict(
        {seller: day + n for n, seller in enumerate(sellers)}, return_dtype=pl.Float64
    )
    rushed = (pl.col("time") >= since) & (pl.col("seller") != sellers[3])
    posted = {seller: glide.filter((pl.col("seller") == seller) & (pl.col("time") < day + n))["price"][-1]
              for n, seller in enumerate(sellers[:3])}  # fmt: skip
    halved = [(day + n, seller, "cut", posted[seller] / 4.0) for n, seller in enumerate(posted)]
    lower = pl.when(rushed).then(pl.col("price") / 4.0).otherwise(pl.col("price"))
    return pl.concat([glide.with_columns(price=lower), _moves(halved)])


def _answer_window() -> Iterator[KnownAnswer]:
    """Sellers cut some days after others who cut at one instant: a war if they answer within H, and none later."""
    for horizon in (10.0, 30.0, 45.0):
        settings = DetectorSettings(horizon=horizon, permutations=0)
        waits = np.arange(1.0, 2.0 * horizon)
        wars = {wait: find_wars(_moves(_answered_after(wait)), settings, until=3 * YEAR) for wait in waits.tolist()}
        at_war = [wait for wait, of_wait in wars.items() if of_wait]
        longest = max(at_war, default=0.0)
        yield from each(
            f"H = {horizon:g} days",
            ("answers that make a war", "longest wait for one [d]", "its lag [d]"),
            (horizon, horizon, horizon),
            (len(at_war), longest, (wars[longest][0].median_lag or 0.0) if at_war else 0.0),
        )
    war = find_wars(_moves(_chain()), DetectorSettings(permutations=0), until=3 * YEAR)[0]
    yield from each(
        "cuts on days 0, 2, 3, 7 and 12 of a war by a, b, a, b, c",
        ("median lag [d]", "share that answers", "answers per move"),
        (3.0, 4 / 5, 2 / 2),
        (war.median_lag or 0.0, war.share_answering, war.answers_per_cut),
    )
    # One's own cut keeps a war going, and is nobody's answer when the last of a rival is older than H.
    alone = [*_opening(("a", "b")), (400.0, "b", "cut", 0.1), (425.0, "a", "cut", 0.1), (450.0, "a", "cut", 0.001)]
    war = find_wars(_moves(alone), DetectorSettings(permutations=0), until=3 * YEAR)[0]
    yield from each(
        "cuts on days 0, 25 and 50 of a war by b, a, a",
        ("cuts", "median lag [d]", "share that answers"),
        (3, 25.0, 1 / 3),
        (war.n_cuts, war.median_lag or 0.0, war.share_answering),
    )


def _usual() -> Iterator[KnownAnswer]:
    """After a year of cuts, each long over when the next comes: the drift is twice their pace, and chance bounds C."""
    from scipy.optimize import brentq

    sellers = [f"s{number:02d}" for number in range(36)]
    cuts = [(40.0 + 10.0 * number, seller, "cut", 4.0) for number, seller in enumerate(sellers)]
    rush = [(400.0 + number, seller, "cut", 0.01) for number, seller in enumerate(sellers[:8])]
    war = find_wars(_moves(_opening(tuple(sellers)) + cuts + rush), DetectorSettings(permutations=0), until=3 * YEAR)[0]
    half, window = 2.0 * 4.0 / 12.0, 360.0  # midpoint change of 8 to 4, and twelve H
    drift, rate = 2.0 * 36 * half / window, 37 / window
    sizes = np.array([half] * 36 + [0.5])  # one of D_min is added
    theta = float(brentq(lambda x: rate * (np.exp(x * sizes).mean() - 1.0) - x * drift, 1e-3, 50.0, xtol=1e-13))
    yield from each(
        "36 cuts by half, ten days apart, then a rush",
        ("first day", "drift", "bound"),
        (400.0, drift, log(rate * YEAR / 0.05) / theta),
        (war.start_time, war.trend, war.bound),
        relative=1e-9,
    )


def _answered_after(wait: float) -> list[Row]:
    """Four cuts of one instant, which answer nobody, and four so many days later: each four outweighs any wait."""
    first, second = ("ada", "amy", "ann", "ava"), ("bea", "ben", "bob", "bud")
    cuts = [(day, seller, "cut", 0.1) for day, four in ((400.0, first), (400.0 + wait, second)) for seller in four]
    return [*_opening((*first, *second)), *cuts]


def _chain() -> list[Row]:
    """Five cuts by half: the second answers the first, the third the second, and so on."""
    cuts = [(0.0, "a", 4.0), (2.0, "b", 4.0), (3.0, "a", 2.0), (7.0, "b", 2.0), (12.0, "c", 4.0)]
    return [*_opening(("a", "b", "c")), *((400.0 + day, seller, "cut", price) for day, seller, price in cuts)]


def _injected() -> Iterator[KnownAnswer]:
    sellers = ("ada", "bob", "cyd", "dan")
    cuts = [(200.0 + 4.0 * k, sellers[k % 3], "cut", 8.0 * 0.5 ** (1 + k // 3)) for k in range(6)]
    wars = find_wars(_moves(_opening(sellers) + cuts), until=2 * YEAR)
    war = wars[0]
    expected = (1, 6, 3, 200.0, 220.0, 0.75)
    obtained = (len(wars), war.n_cuts, war.n_sellers, war.start_time, war.end_time, war.drop)
    names = ("wars", "cuts", "sellers", "first day", "last day", "mean fall")
    yield from each("six cuts by half, three of four sellers", names, expected, obtained, 1e-12)


def record_of_china() -> pl.DataFrame:
    """Recorded list prices of China, 2024, as moves: a row a posted price, the hour where it is known, else noon."""
    table = pl.read_csv(FOLDER / "china_list_prices.csv", try_parse_dates=True, schema_overrides={"hour": pl.Float64})
    return table.with_columns(
        time=(pl.col("date") - START).dt.total_days() + pl.col("hour").fill_null(12.0) / 24,
        price=0.75 * pl.col("input") + 0.25 * pl.col("output"),
        kind=pl.col("kind").replace("free", "cut"),
    )


def linked(record: pl.DataFrame) -> pl.DataFrame:
    """The record with its columns linked by hand: a row that replaces a model takes it off sale.

    `link` names the model that a row replaces. Rows that belong to no column (tier `other`) are left out.
    """
    replaced = record.filter(pl.col("link").is_not_null()).with_columns(
        model=pl.col("link"), kind=pl.lit("withdrawn"), price=pl.lit(None, dtype=pl.Float64)
    )
    return pl.concat([record, replaced]).filter(pl.col("tier") != "other")


def _may_2024() -> Iterator[KnownAnswer]:
    wars = find_wars(linked(record_of_china()))
    war = wars[0]
    first, last = ((day - START).days for day in (date(2024, 5, 11), date(2024, 5, 22)))
    expected = (1, first, last, 5, 2)
    days = [int(time // 1) for time in (war.start_time, war.end_time)]
    obtained = (len(wars), *days, war.n_sellers, war.launches_below_median)
    names = ("wars", "first day (11 May)", "last day (22 May)", "sellers that cut", "launches below the median")
    yield from each("China 2024", names, expected, obtained)
    yield KnownAnswer(what="China 2024: mean fall of those who moved", expected=0.85, obtained=war.drop, tolerance=0.05)


def _reactions() -> Iterator[KnownAnswer]:
    trials, days, horizon = 800, 730.0, 30.0
    rng = np.random.default_rng(20240511)
    lives, rejected = np.tile([0.0, days], (5, 1)), 0
    for _ in range(trials):
        times = np.sort(rng.uniform(0.0, days, 40))
        p = reaction_p_value(times, rng.integers(0, 5, 40), lives, horizon, 99, rng)
        rejected += p is not None and p <= 0.05
    yield KnownAnswer(
        what="independent cutters: share rejected at .05",
        expected=0.05,
        obtained=rejected / trials,
        tolerance=Z * sqrt(0.05 * 0.95 / trials),
    )


CHECKS = (
    Check(name="detector.staggered", source="definition of a war: size of the test", ask=_staggered, slow=True),
    Check(name="detector.glide", source="definition of a war: a cost glide is none", ask=_glide),
    Check(name="detector.answer_window", source="definition of an answer, by hand", ask=_answer_window),
    Check(name="detector.usual_pace", source="Page (1954); Lundberg's inequality, by hand", ask=_usual),
    Check(name="detector.injected", source="definition of a war, by hand", ask=_injected),
    Check(name="detector.may_2024", source="record of list prices, China 2024", ask=_may_2024),
    Check(name="detector.reactions", source="permutation test by circular shifts", ask=_reactions, slow=True),
)
