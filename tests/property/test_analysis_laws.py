"""Laws that hold for every table: units, order of rows, entry, bounds."""

import itertools
from math import exp

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricewar.sim.analysis.prices.indices import chained_index, hhi, market_daily, price_level
from pricewar.sim.analysis.wars.detector import episodes, find_wars
from pricewar.sim.analysis.wars.panel import panels
from pricewar.sim.analysis.wars.settings import DetectorSettings

LAWS = settings(max_examples=40, deadline=None, derandomize=True, database=None)
SELLERS = ("ada", "bob", "cyd", "dan")
MONEY = ("price", "unit_cost", "marginal_cost", "avoidable_cost", "revenue")
RATIOS = (
    "chained_index", "dispersion", "hhi", "lerner_energy", "lerner_avoidable", "lerner_full", "below_cost_share",
    "utilisation", "adoption", "tokens",
)  # fmt: skip
amount = st.floats(0.01, 1e4)


@st.composite
def offers(draw: st.DrawFn) -> pl.DataFrame:
    """Daily offers of up to four sellers over up to five days, each on sale on some of them."""
    rows = []
    days = draw(st.integers(1, 5))
    for seller in SELLERS[: draw(st.integers(1, 4))]:
        for tier in draw(st.sampled_from([("small",), ("large",), ("small", "large")])):
            first = draw(st.integers(0, days - 1))
            for day in range(first, draw(st.integers(first + 1, days))):
                price, free = draw(amount), draw(st.integers(0, 9)) == 0
                asked = 0.0 if free else price
                others = (draw(st.floats(0, 5)), asked, draw(amount), draw(amount), draw(amount))
                rows.append((day, seller, tier, seller + tier, *others))
    names = ["day", "seller", "tier", "model", "capability", "price", "unit_cost", "marginal_cost", "tokens"]
    table = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("day").cast(pl.Int32))
    table = table.with_columns(avoidable_cost=1.25 * pl.col("marginal_cost"))
    return table.with_columns(
        date=pl.date(2024, 1, 1) + pl.duration(days=pl.col("day")), revenue=pl.col("price") * pl.col("tokens")
    )


@st.composite
def moves(draw: st.DrawFn) -> pl.DataFrame:
    """Two years of price moves, cuts and rises, of four sellers, with launches, exits and free prices."""
    rows: list[tuple[float, str, str, float | None]] = [(0.0, s, "opening", draw(amount)) for s in SELLERS[:3]]
    for _ in range(draw(st.integers(4, 25))):
        kind = draw(st.sampled_from(["cut"] * 8 + ["launch", "withdrawn"]))
        price = None if kind == "withdrawn" else draw(st.one_of(amount, st.floats(0.01, 1.0), st.just(0.0)))
        rows.append((90.0 + draw(st.integers(1, 640 * 8)) / 8, draw(st.sampled_from(SELLERS)), kind, price))
    schema = {"time": pl.Float64, "seller": pl.String, "kind": pl.String, "price": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(["time", "seller"]).with_columns(tier=pl.lit("small"))


def others() -> tuple[pl.DataFrame, pl.DataFrame]:
    sellers = pl.DataFrame({"day": [0, 1], "seller": ["ada", "ada"], "fleet": [3.0, 4.0], "utilisation": [0.3, 0.7]})
    segments = pl.DataFrame({"day": [0, 1], "segment": ["s", "s"], "buyers": [10.0, 10.0], "adopters": [1.0, 4.0]})
    return sellers.with_columns(pl.col("day").cast(pl.Int32)), segments.with_columns(pl.col("day").cast(pl.Int32))


def scaled(table: pl.DataFrame, power: int, columns: tuple[str, ...]) -> pl.DataFrame:
    return table.with_columns(pl.col(column) * 2.0**power for column in columns)


@LAWS
@given(table=offers(), power=st.integers(-12, 12))
def test_money_in_other_units_moves_prices_exactly_and_no_ratio(table: pl.DataFrame, power: int) -> None:
    before = market_daily(table, *others())
    after = market_daily(scaled(table, power, MONEY), *others())
    assert after.select(RATIOS).rows() == before.select(RATIOS).rows()
    prices = ("price_level", "price_median", "constant_quality")
    assert after.select(prices).rows() == scaled(before, power, prices).select(prices).rows()


@LAWS
@given(table=offers(), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(table: pl.DataFrame, seed: int) -> None:
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=seed)
    assert market_daily(shuffled, *others()).equals(market_daily(table, *others()))


@LAWS
@given(table=offers())
def test_hhi_lies_between_one_over_n_and_one(table: pl.DataFrame) -> None:
    sellers = table.group_by("day").agg(pl.col("seller").n_unique())
    for _, index, n in hhi(table).join(sellers, on="day").iter_rows():
        assert 1 / n - 1e-12 <= index <= 1 + 1e-12


@LAWS
@given(table=offers())
def test_price_level_lies_between_the_cheapest_and_the_dearest(table: pl.DataFrame) -> None:
    span = table.group_by("day").agg(low=pl.col("price").min(), high=pl.col("price").max())
    for _, level, low, high in price_level(table).join(span, on="day").iter_rows():
        assert low * (1 - 1e-12) <= level <= high * (1 + 1e-12)


@LAWS
@given(table=offers(), price=amount)
def test_entry_on_the_last_day_leaves_the_chained_index_alone(table: pl.DataFrame, price: float) -> None:
    entrant = table.filter(pl.col("day") == pl.col("day").max()).head(1)
    entrant = entrant.with_columns(seller=pl.lit("eve"), model=pl.lit("e"), price=pl.lit(price))
    assert chained_index(pl.concat([table, entrant])).equals(chained_index(table))


@LAWS
@given(table=offers(), factor=st.floats(0.1, 10))
def test_all_prices_times_a_factor_on_one_day_move_the_chained_index_by_it(table: pl.DataFrame, factor: float) -> None:
    """Proportionality, where the same offers stand on both days and none is free."""
    day = table.filter((pl.col("day") == pl.col("day").min()) & (pl.col("price") > 0))
    if day.height:
        next_day = day.with_columns(day=pl.col("day") + 1, price=pl.col("price") * factor)
        levels = chained_index(pl.concat([day, next_day.select(day.columns)]))["chained_index"]
        assert levels[1] / levels[0] == pytest.approx(factor)


@LAWS
@given(table=moves(), power=st.integers(-20, 20))
def test_wars_are_the_same_to_the_last_bit_in_another_currency(table: pl.DataFrame, power: int) -> None:
    assert find_wars(scaled(table, power, ("price",))) == find_wars(table)


@LAWS
@given(table=moves(), seed=st.integers(0, 99))
def test_wars_do_not_depend_on_the_order_of_rows_or_on_other_tiers(table: pl.DataFrame, seed: int) -> None:
    other = table.with_columns(tier=pl.lit("other"), price=pl.col("price") * 3)
    both = pl.concat([table, other]).sample(fraction=1.0, shuffle=True, seed=seed)
    settings = DetectorSettings()
    (alone,), (_, beside) = panels(table), panels(both)
    told = [[(e.moves, e.start, e.end, e.fall) for e in episodes(one, settings)] for one in (alone, beside)]
    assert told[0] == told[1]
    assert [w.start_time for w in find_wars(both)] == [w.start_time for w in find_wars(table)]


@LAWS
@given(table=moves())
def test_every_war_keeps_its_rules_and_none_overlap(table: pl.DataFrame) -> None:
    wars = find_wars(table, DetectorSettings(permutations=0))
    for war in wars:
        assert war.n_sellers >= 2
        assert war.n_cuts + war.n_entries >= 2
        assert war.drop >= 1 - exp(-0.5) - 1e-6
        assert war.strength >= war.bound - 1e-6 >= 1 - 2e-6
        assert war.trend >= 1 / 14
        assert war.start_time >= 90 or war.n_cuts == 0
        assert war.start_low <= war.start_time <= war.start_high <= war.end_time
        assert 0 <= war.share_answering < 1
        assert war.answers
    for earlier, later in itertools.pairwise(wars):
        assert earlier.end_time < later.start_time


def test_the_made_up_moves_do_contain_wars() -> None:
    """A guard: laws about wars say nothing where there is none."""
    seen = []

    @LAWS
    @given(table=moves())
    def count(table: pl.DataFrame) -> None:
        seen.append(len(find_wars(table, DetectorSettings(permutations=0))))

    count()
    assert sum(n > 0 for n in seen) >= 3, seen
