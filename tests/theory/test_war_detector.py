"""What is a price war, what is none, and what is said of one: cases whose answer is known beforehand."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import polars as pl
import pytest

from pricewar.sim.analysis.wars.cusum import lundberg
from pricewar.sim.analysis.wars.detector import SCHEMA, War, find_wars, wars_table
from pricewar.sim.analysis.wars.panel import panels
from pricewar.sim.analysis.wars.reactions import answers_per_cut, previous_rival
from pricewar.sim.analysis.wars.settings import DetectorSettings

Row = tuple[float, str, str, float | None]
SELLERS = ("ada", "bob", "cyd", "dan")
START = 200.0
YEAR = 365.0
Z = 3.89
"""Two-sided error of 1e-4."""


def moves(rows: Iterable[Row], tier: str = "small") -> pl.DataFrame:
    """Rows of (time, seller, kind, price) as a table of moves."""
    schema = {"time": pl.Float64, "seller": pl.String, "kind": pl.String, "price": pl.Float64}
    return pl.DataFrame(list(rows), schema=schema, orient="row").with_columns(tier=pl.lit(tier))


def opening(price: float = 8.0, sellers: Iterable[str] = SELLERS) -> list[Row]:
    return [(0.0, seller, "opening", price) for seller in sellers]


def six_cuts(factor: float = 0.5) -> list[Row]:
    """Three of four sellers cut twice, four days apart, each a rival's answer to the one before."""
    return [(START + 4.0 * k, SELLERS[k % 3], "cut", 8.0 * factor ** (1 + k // 3)) for k in range(6)]


def wars(rows: Iterable[Row], *, until: float = 2 * YEAR, **changed: object) -> list[War]:
    return find_wars(moves(rows), replace(DetectorSettings(), **changed), until=until)  # type: ignore[arg-type]


class TestWhatIsAWar:
    def test_an_injected_war_of_six_cuts_is_found_and_described(self) -> None:
        (war,) = wars(opening() + six_cuts())
        assert (war.start_time, war.end_time, war.end_reason, war.duration) == (200.0, 220.0, "quiet", 20.0)
        assert (war.begun_by, war.sellers, war.n_sellers, war.n_cuts) == ("ada", "ada,bob,cyd", 3, 6)
        assert war.answers == "bob +4.0 d, cyd +4.0 d, ada +4.0 d, bob +4.0 d, cyd +4.0 d"
        assert (war.median_lag, war.share_answering, war.answers_per_cut) == (4.0, 5 / 6, 1.0)
        assert (war.start_low, war.start_high) == (200.0, 200.0)
        assert war.drop == 0.75
        assert war.depth == pytest.approx(3 * 0.75 / 4, rel=1e-12)
        assert war.trend == 1 / 14
        assert war.bound == 2 * 0.5
        assert war.strength == pytest.approx(6 * 2 / 3 - 20 / 14)
        assert war.class_ is None
        assert war.floored == 0
        assert war.launches_below_median == 0

    @pytest.mark.parametrize(
        "rows",
        [
            pytest.param([(START + 4 * k, "ada", "cut", 8 * 0.1 ** (k + 1)) for k in range(6)], id="no rival"),
            pytest.param([(START, s, "cut", 1.0) for s in SELLERS], id="nobody follows: all at one instant"),
            pytest.param(six_cuts(0.75), id="too shallow"),
            pytest.param(
                [(START + 25.0 * k, SELLERS[k % 4], "cut", 8 * exp(-0.6 * (1 + k // 4))) for k in range(8)],
                id="too slow: .15 each 25 days",
            ),
            pytest.param(
                [(85.0, "bob", "cut", 7.0)] + [(92.0 + 4 * k, "ada", "cut", 0.1**k) for k in range(3)],
                id="answers only to what came before its panel was long enough",
            ),
            pytest.param(
                [(START + 31.0 * k, SELLERS[k % 3], "cut", 8 * 0.5 ** (1 + k // 3)) for k in range(6)],
                id="answers later than H",
            ),
            pytest.param([(t - 131.0, s, k, p) for t, s, k, p in six_cuts()], id="less than 3H of panel before"),
        ],
    )
    def test_take_one_of_the_conditions_away_and_it_is_none(self, rows: Sequence[Row]) -> None:
        assert wars(opening() + six_cuts())
        assert wars([*opening(), *rows]) == []

    def test_a_cut_and_one_answer_are_a_war_of_two(self) -> None:
        (war,) = wars([*opening(), (START, "ada", "cut", 1.0), (START + 5, "bob", "cut", 1.0)])
        assert (war.sellers, war.answers) == ("ada,bob", "bob +5.0 d")

    def test_an_answer_may_take_exactly_h_days(self) -> None:
        rows: list[Row] = [(START + 9.0 * k, SELLERS[k], "cut", 8 * 0.1) for k in range(3)]
        assert len(wars(opening() + rows, horizon=9.0)) == 1
        late: list[Row] = [(t + 1e-3 * k, s, c, p) for k, (t, s, c, p) in enumerate(rows)]
        assert wars(opening() + late, horizon=9.0) == []

    def test_a_synchronous_glide_of_costs_is_none(self) -> None:
        for every, rate in ((10.0, 1.1), (30.0, 1.1), (91.0, 1.1), (182.5, 1.1), (10.0, 4.0)):
            days = np.arange(every, 4 * YEAR, every).tolist()
            glide: list[Row] = [(t, s, "cut", 8 * exp(-rate * t / YEAR)) for t in days for s in SELLERS]
            assert wars(opening() + glide, until=4 * YEAR) == []

    def test_a_war_within_a_glide_is_measured_from_its_trend(self) -> None:
        days = np.arange(10.0, 2 * YEAR, 10.0).tolist()
        glide: list[Row] = [
            (t, s, "cut", 8 * exp(-1.1 * t / YEAR - (1.0 if t >= START + 10 * (i + 1) else 0.0)))
            for t in days
            for i, s in enumerate(SELLERS)
        ]
        (war,) = wars(opening() + glide)
        assert war.start_time in (START + 10, START)
        assert war.drop == pytest.approx(1 - exp(-1.0), abs=0.05)

    @pytest.mark.parametrize("price", [8 * 0.9, 8 * 0.6, 8 * 0.3])
    def test_a_stray_cut_weeks_before_begins_no_war(self, price: float) -> None:
        stray: list[Row] = [(START - 20, "dan", "cut", price)]
        (war,) = wars(opening() + stray + six_cuts())
        assert (war.begun_by, war.start_time, war.n_cuts) == ("ada", START, 6)

    def test_a_cut_just_before_is_within_the_interval_of_the_start(self) -> None:
        stray: list[Row] = [(START - 7, "dan", "cut", 5.0)]
        (war,) = wars(opening() + stray + six_cuts())
        assert (war.start_low, war.start_time, war.start_high) == (START - 7, START, START)

    def test_a_war_did_not_begin_with_the_one_before(self) -> None:
        again: list[Row] = [(START + 120 + 4.0 * k, SELLERS[k % 3], "cut", 2.0 * 0.1 ** (1 + k // 3)) for k in range(6)]
        first, second = wars(opening() + six_cuts() + again)
        assert first.end_time == START + 20
        assert second.start_low > first.end_time

    def test_a_cut_taken_back_begins_no_war(self) -> None:
        back: list[Row] = [(START - 4, "dan", "cut", 7.0), (START - 2, "dan", "rise", 8.0)]
        (war,) = wars(opening() + back + six_cuts())
        assert (war.begun_by, war.start_time, war.n_cuts) == ("ada", START, 6)

    @pytest.mark.parametrize(("fall", "cuts"), [(0.04, 6), (0.06, 7)])
    def test_a_fall_by_less_than_a_twentieth_is_no_cut_and_its_seller_no_party(self, fall: float, cuts: int) -> None:
        (war,) = wars([*opening(), *six_cuts(), (START + 6.0, "dan", "cut", 8.0 * (1.0 - fall))])
        assert (war.n_cuts, war.n_sellers) == (cuts, 3 + (cuts > 6))

    def test_one_seller_that_answers_a_low_launch_is_at_war_with_nobody(self) -> None:
        launch = (START - 1.0, "eve", "launch", 4.0)
        alone = [(START, "ada", "cut", 0.5), (START + 4.0, "ada", "cut", 0.05)]
        assert wars([*opening(), launch, *alone]) == []
        assert len(wars([*opening(), launch, *alone, (START + 5.0, "bob", "cut", 0.5)])) == 1

    def test_silent_sellers_change_nothing(self) -> None:
        (alone,) = wars(opening() + six_cuts())
        for many in (4, 8, 16, 100):
            (war,) = wars(opening() + opening(9.0, [f"silent {k}" for k in range(many)]) + six_cuts())
            assert replace(war, depth=0.0, p_value=None) == replace(alone, depth=0.0, p_value=None)

    def test_many_small_steps_are_a_war(self) -> None:
        steps: list[Row] = [
            (START + day + 0.1 * i, s, "cut", 8 * 0.951 ** (day + 1)) for day in range(40) for i, s in enumerate("ab")
        ]
        (war,) = wars(opening(sellers=["a", "b", "c"]) + steps)
        assert START <= war.start_time <= START + 2
        assert war.end_time == pytest.approx(START + 39, abs=2)

    def test_what_is_done_on_one_day_may_be_an_answer_but_what_is_done_at_one_instant_is_none(self) -> None:
        rows: list[Row] = [(START, s, "cut", 4.0) for s in SELLERS]
        assert wars(opening() + rows) == []
        dated = moves(opening() + rows).with_columns(precision=pl.lit("day"))
        (war,) = find_wars(dated, until=2 * YEAR)
        assert (war.n_sellers, war.answers) == (4, "bob +0.0 d, cyd +0.0 d, dan +0.0 d")

    def test_sellers_who_open_below_one_another_are_at_war(self) -> None:
        rows: list[Row] = [
            (START, "ada", "launch", 9.0), (START + 1, "eve", "launch", 4.0), (START + 2, "fay", "launch", 2.0),
        ]  # fmt: skip
        product = moves(rows).with_columns(line=pl.lit("weights"))
        others = moves(opening()).with_columns(line=pl.lit("other"))
        (war,) = find_wars(pl.concat([others, product]), until=2 * YEAR)
        assert (war.start_time, war.end_time, war.sellers) == (START + 1, START + 2, "eve,fay")
        assert (war.n_cuts, war.n_entries) == (0, 2)

    def test_another_product_however_cheap_is_no_entry(self) -> None:
        rows: list[Row] = [
            (START, "ada", "cut", 7.0),
            (START + 1, "eve", "launch", 1.0),
            (START + 2, "fay", "launch", 0.5),
        ]
        table = moves(opening() + rows).with_columns(model=pl.col("seller"))
        assert find_wars(table, until=2 * YEAR) == []
        (war,) = find_wars(table.with_columns(model=pl.lit("weights")), until=2 * YEAR)
        assert war.n_entries == 2

    def test_wars_of_two_tiers_at_once_are_one_of_the_market(self) -> None:
        late = [(t + 10, s, k, p) for t, s, k, p in six_cuts()]
        (war,) = find_wars(pl.concat([moves(opening() + six_cuts()), moves(opening() + late, "top")]), until=2 * YEAR)
        assert (war.tier, war.start_time, war.end_time, war.n_cuts) == ("small,top", START, START + 30, 12)
        far = [(t + 200, s, k, p) for t, s, k, p in six_cuts()]
        both = find_wars(pl.concat([moves(opening() + six_cuts()), moves(opening() + far, "top")]), until=2 * YEAR)
        assert [war.tier for war in both] == ["small", "top"]

    def test_a_fall_that_the_past_would_have_made_likely_is_none(self) -> None:
        swings: list[Row] = [
            (10.0 * k, s, "swing", 8.0 if k % 2 == 0 else 2.0) for k in range(1, 9) for s in ("ada", "cyd")
        ]
        assert wars(opening() + six_cuts()) != []
        assert wars(opening() + swings + six_cuts()) == []

    def test_who_left_before_is_not_averaged_in(self) -> None:
        for gone in (100.0, START, START + 4):
            (war,) = wars([*opening(), (0.0, "eve", "opening", 9.0), (gone, "eve", "withdrawn", 9.0), *six_cuts()])
            here = 1 if gone > START else 0
            assert war.depth == pytest.approx(3 * 0.75 / (4 + here - (gone == START + 4)))

    def test_a_cheaper_model_in_ones_own_column_is_a_cut_and_no_launch(self) -> None:
        (war,) = wars(opening() + [(t, s, "launch", p) for t, s, _, p in six_cuts()])
        assert (war.n_cuts, war.launches_below_median) == (6, 0)

    def test_an_entry_takes_part_and_a_low_launch_before_is_what_the_war_answered(self) -> None:
        launch: list[Row] = [(START + 6, "eve", "launch", 0.5), (START + 7, "fay", "launch", 80.0)]
        (war,) = wars(opening() + six_cuts() + launch)
        assert war.launches_below_median == 1
        assert (war.n_cuts, war.n_entries, war.sellers) == (6, 1, "ada,bob,cyd,eve")
        (plain,) = wars(opening() + six_cuts())
        assert war.depth == plain.depth
        trigger: list[Row] = [(START - 5, "eve", "launch", 0.5)]
        (war,) = wars(opening() + trigger + six_cuts())
        assert war.trigger == "eve -5.0 d"
        assert war.answers.startswith("ada +5.0 d, bob +4.0 d")

    def test_several_models_of_a_seller_are_one_column(self) -> None:
        rows = moves(opening() + six_cuts()).with_columns(model=pl.lit("one"))
        dear = rows.filter(pl.col("kind") == "opening").with_columns(model=pl.lit("two"), price=pl.lit(20.0))
        assert find_wars(pl.concat([rows, dear])) == find_wars(rows)

    def test_a_successor_is_compared_with_the_model_it_replaces(self) -> None:
        rows = moves(opening() + six_cuts()).with_columns(model=pl.format("m{}", pl.col("price")))
        gone = rows.filter(pl.col("kind") == "cut").sort("time")
        gone = gone.with_columns(
            model=pl.when(pl.col("price") == 4.0).then(pl.lit("m8.0")).otherwise(pl.lit("m4.0")),
            kind=pl.lit("withdrawn"),
            price=pl.lit(None, dtype=pl.Float64),
        )
        (war,) = find_wars(pl.concat([rows, gone]), until=2 * YEAR)
        assert war.depth == pytest.approx(3 * 0.75 / 4)

    def test_a_better_model_at_the_old_price_is_a_cut_once_quality_is_priced(self) -> None:
        rows = moves(opening() + [(t, s, "launch", 8.0) for t, s, _, _ in six_cuts()])
        quality = pl.when(pl.col("time") > 0).then((pl.col("time") - 188) // 12 * log(2)).otherwise(0.0)
        assert find_wars(rows, until=2 * YEAR) == []
        (war,) = find_wars(rows.with_columns(quality=quality), until=2 * YEAR)
        assert war.depth == pytest.approx(3 * 0.75 / 4)

    def test_a_free_price_needs_no_floor(self) -> None:
        free: list[Row] = [(START + 4 * k, s, "cut", 0.0) for k, s in enumerate(SELLERS[:3])]
        (war,) = wars(opening() + free)
        assert war.floored == 3
        assert (war.drop, war.depth) == (1.0, 3 / 4)
        assert war.strength == pytest.approx(3 * 2 - 8 / 14)


class TestEnds:
    def test_when_half_of_the_drop_is_undone(self) -> None:
        rises: list[Row] = [(START + 25.0 + i, s, "rise", 8.0) for i, s in enumerate(SELLERS[:3])]
        (war,) = wars(opening() + six_cuts() + rises)
        assert (war.end_time, war.end_reason) == (START + 20.0, "half_undone")

    @pytest.mark.parametrize("who", ["bob", "dan"])
    def test_not_because_somebody_leaves(self, who: str) -> None:
        (war,) = wars([*opening(), *six_cuts(), (START + 22.0, who, "withdrawn", None)])
        assert (war.end_time, war.end_reason) == (START + 20.0, "quiet")

    def test_with_the_record(self) -> None:
        (war,) = wars(opening() + six_cuts(), until=START + 40.0)
        assert (war.end_time, war.end_reason) == (START + 20.0, "end_of_record")


class TestMaskinTirole:
    """The Edgeworth cycle of Maskin & Tirole (1988) on the grid 0, 1/6 ... 1 at discount .95."""

    d = 0.95
    x = (5 * d**7 + 5 * d**6 + 5 * d**5 + 6 * d**4 + 5 * d**3 - 2 * d**2 + 1) / (
        d**3 * (5 * d**4 + 8 * d**3 + 5 * d**2 + 8 * d + 5)
    )
    periods = 60_000

    def path(self, seed: int) -> pl.DataFrame:
        """Alternating moves: 6 and 5 are answered by 4, 4 by 3, 3 by 2, 2 by 1, 1 by 0 or 5, and 0 by 5."""
        reply = {6: 4, 5: 4, 4: 3, 3: 2, 2: 1, 0: 5}
        relents = np.random.default_rng(seed).random(self.periods) >= self.x
        held, rows = [5, 4], opening(5 / 6, ["a"]) + opening(4 / 6, ["b"])
        for t in range(1, self.periods):
            mover, rival = t % 2, held[1 - t % 2]
            new = reply.get(rival, 5 if relents[t] else 0)
            if new != held[mover]:
                rows.append((float(t), "ab"[mover], "cut" if new < held[mover] else "rise", new / 6))
            held[mover] = new
        return moves(rows)

    def test_one_war_is_counted_a_reset(self) -> None:
        settings = DetectorSettings(horizon=2, d_min=0.2, trend_window=0, min_panel=0, permutations=0)
        wars = find_wars(self.path(seed=1988), settings, until=self.periods)
        rate, exact = len(wars) / self.periods, 0.172204
        assert 1 / (5 + self.x) == pytest.approx(exact, abs=5e-7)
        # renewal theory: T var/mean^3 is the variance of resets in T periods, a cycle taking 5 + Bernoulli(x)
        sd = sqrt(self.x * (1 - self.x) / (5 + self.x) ** 3 / self.periods)
        assert abs(rate - exact) < Z * sd
        assert abs(rate - 1.005 * exact) > Z * sd, "the test must tell half a per cent more wars"
        assert {war.end_reason for war in wars[:-1]} == {"half_undone"}
        assert {war.n_cuts for war in wars[:-1]} == {3, 4}


class TestClasses:
    """Three sellers fall from 8 to 2; what their costs and Nash prices did decides the class."""

    rows = tuple(opening() + six_cuts())

    def offers(self, cost: float, cost_after: float, nash_after: float, jump: float) -> pl.DataFrame:
        days = pl.DataFrame({"day": np.arange(0, 400)})
        return days.join(pl.DataFrame({"seller": SELLERS}), how="cross").with_columns(
            tier=pl.lit("small"),
            price=pl.lit(1.0),
            avoidable_cost=pl.when(pl.col("day") < jump).then(cost).otherwise(cost_after),
            nash_price=pl.when(pl.col("day") < jump).then(5.0).otherwise(nash_after),
        )

    @pytest.mark.parametrize(
        ("cost_after", "nash_after", "jump", "expected"),
        [
            pytest.param(1.0, 5.0, START, "A", id="below the Nash price at costs that stayed"),
            pytest.param(1.0, 1.5, START, "B", id="margins eroded, still above the Nash price"),
            pytest.param(0.9, 5.0, START, "A", id="a little cheaper, far below the Nash price"),
            pytest.param(1.0, 2.0 / 0.94, START, "A", id="six per cent below the Nash price"),
            pytest.param(1.0, 2.0 / 0.96, START, "B", id="four per cent below the Nash price"),
            pytest.param(0.25, 5.0, START, "C", id="costs fell with prices, whatever the Nash price"),
            pytest.param(0.25, 1.5, START - 40, "C", id="costs fell some weeks before"),
            pytest.param(0.45, 1.5, START, "C", id="costs explain more than half"),
        ],
    )
    def test_a_b_c(self, cost_after: float, nash_after: float, jump: float, expected: str) -> None:
        offers = self.offers(1.0, cost_after, nash_after, jump)
        (war,) = find_wars(moves(self.rows), offers=offers, until=400.0)
        assert war.class_ == expected

    def test_a_fall_that_net_of_costs_is_no_war_is_a_cascade(self) -> None:
        rows = opening() + six_cuts(exp(-0.5))
        (war,) = find_wars(moves(rows), offers=self.offers(1.0, exp(-0.45), 9.0, START), until=400.0)
        assert war.class_ == "C"
        (war,) = find_wars(moves(rows), offers=self.offers(1.0, exp(-0.35), 9.0, START), until=400.0)
        assert war.class_ == "A"

    def test_depth_weighs_by_the_takings_of_the_month_before(self) -> None:
        before = {"ada": 60.0, "bob": 20.0, "cyd": 10.0, "dan": 10.0}
        offers = self.offers(1.0, 1.0, 5.0, START).with_columns(
            # What was taken long before, and in the war, counts for nothing.
            revenue=pl.when(pl.col("day").is_between(START - 30, START - 1))
            .then(pl.col("seller").replace_strict(before, return_dtype=pl.Float64))
            .otherwise(pl.when(pl.col("seller") == "dan").then(1e6).otherwise(1.0))
        )
        (war,) = find_wars(moves(self.rows), offers=offers, until=400.0)
        assert war.depth == pytest.approx(0.75 * (60.0 + 20.0 + 10.0) / 100.0, rel=1e-12)

    def test_unknown_costs_give_no_class(self) -> None:
        offers = self.offers(1.0, 1.0, 5.0, START).with_columns(nash_price=pl.lit(float("nan")))
        (war,) = find_wars(moves(self.rows), offers=offers, until=400.0)
        assert war.class_ is None


def test_lundbergs_coefficient_is_that_of_exponential_claims() -> None:
    """For exponential sizes of mean m the root is 1/m - rate/drift; a fine sample of quantiles comes close."""
    quantiles = -np.log1p(-(np.arange(200_000) + 0.5) / 200_000)
    assert lundberg(0.05, quantiles, 0.08) == pytest.approx(1.0 - 0.05 / 0.08, rel=1e-3)


def test_cuts_at_a_usual_pace_reach_the_threshold_as_rarely_as_lundberg_says() -> None:
    """Storage process of one exponential law: C climbs by ln(n/a)/theta from a cut in at most a of n cuts a year."""
    rng, rate, drift = np.random.default_rng(1954), 0.1, 0.2
    theta, years = 1.0 - rate / drift, 4000
    count = round(rate * YEAR * years)
    gaps, sizes = rng.exponential(1 / rate, count), rng.exponential(1.0, count)
    threshold, level, over = log(rate * YEAR / 0.05) / theta, 0.0, 0
    for gap, size in zip(gaps.tolist(), sizes.tolist(), strict=True):
        before = max(0.0, level - drift * gap)
        level = before + size
        over += before < threshold <= level
    assert 0 < over / years <= 0.05


def test_an_answer_follows_the_latest_move_of_somebody_else_within_h() -> None:
    assert previous_rival(np.array([0.0, 1.0, 2.0]), np.array([0, 1, 1])).tolist() == [-1, 0, 0]


def test_answers_per_cut_count_the_first_generations_only() -> None:
    # one cut, three answers to it, one answer to the last of these, and one answer to that
    rival = np.array([-1, 0, 0, 0, 3, 4])
    assert answers_per_cut(rival, rival >= 0) == pytest.approx(4 / 4)
    assert answers_per_cut(np.array([-1, 0, 0]), np.array([False, True, True])) == pytest.approx(2 / 3)


def test_the_table_is_the_same_with_and_without_wars() -> None:
    table = wars_table(wars(opening() + six_cuts()))
    assert table.height == 1
    assert dict(table.schema) == dict(wars_table([]).schema)
    assert list(SCHEMA) == table.columns
    assert table["end_date"].to_list() == [None]


def test_days_are_dated_where_the_moves_are() -> None:
    dated = moves(opening() + six_cuts()).with_columns(
        date=pl.date(2024, 1, 1) + pl.duration(days=pl.col("time").cast(pl.Int64))
    )
    (war,) = find_wars(dated, until=2 * YEAR)
    assert (str(war.start_date), str(war.end_date)) == ("2024-07-19", "2024-08-08")


def test_wrong_tables_are_refused_with_what_is_missing() -> None:
    with pytest.raises(ValueError, match="lacks kind, price"):
        find_wars(moves(opening()).drop("kind", "price"))
    with pytest.raises(ValueError, match="ada posts -1"):
        panels(moves([(0.0, "ada", "opening", -1.0)]))
    assert find_wars(moves([])) == []
