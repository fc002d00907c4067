"""Intervals: within the bounds of what is measured, around its mean, and as often around the truth as they say."""

from itertools import pairwise
from math import comb, inf, nan, sqrt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import binomtest, norm, t

from pricewar.scenarios.studies.pages.pivot import of_level
from pricewar.scenarios.studies.statistics import bounds_of, over_runs, paired
from pricewar.sim.analysis.intervals import ANYWHERE, LEVEL, SHARE, Bounds, between, interval, of_means, proportion
from pricewar.sim.analysis.measures import OUTCOMES
from pricewar.sim.market.demand import Floats

ENDS = st.floats(-1e6, 1e6)
BOUNDS = st.one_of(
    st.just(ANYWHERE),
    ENDS.map(lambda low: (low, inf)),
    ENDS.map(lambda high: (-inf, high)),
    st.tuples(ENDS, st.floats(1e-3, 1e6)).map(lambda both: (both[0], both[0] + both[1])),
)


@st.composite
def bounded(draw: st.DrawFn, least: int = 1) -> tuple[Bounds, Floats]:
    """Bounds, and draws that lie in them."""
    low, high = draw(BOUNDS)
    first = low if low > -inf else high - 1e3 if high < inf else -1e3
    last = high if high < inf else first + 1e3
    return (low, high), np.array(draw(st.lists(st.floats(first, last), min_size=least, max_size=12)))


@given(bounded())
def test_an_interval_lies_in_the_bounds_and_holds_the_mean(case: tuple[Bounds, Floats]) -> None:
    (low, high), values = case
    over = interval(values, (low, high))
    if values.size == 1:
        assert np.isnan([over.low, over.high]).all()
        return
    assert low <= over.low <= over.mean <= over.high <= high
    if np.ptp(values) == 0.0:
        assert over.low == over.high


@given(bounded(least=4))
def test_the_interval_of_a_difference_lies_in_its_bounds_and_holds_it(case: tuple[Bounds, Floats]) -> None:
    bounds, values = case
    arm, baseline = values[: values.size // 2], values[values.size // 2 :][: values.size // 2]
    over = paired(arm, baseline, bounds)
    low, high = between(bounds)
    assert low <= over.low <= over.mean <= over.high <= high
    if np.isfinite(over.p):
        # By the same test as the interval; at the very edge rounding decides.
        assert (over.p < 1.0 - LEVEL) is not (over.low <= 0.0 <= over.high) or over.p == pytest.approx(0.05, abs=1e-6)


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=20))
def test_without_bounds_it_is_students(draws: list[float]) -> None:
    values = np.array(draws)
    over = interval(values)
    half = t.ppf(0.975, values.size - 1) * values.std(ddof=1) / sqrt(values.size)
    assert_allclose([over.low, over.high], [over.mean - half, over.mean + half], rtol=1e-12, atol=1e-12 * 1e9)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_proportion_has_the_interval_of_wilson(case: tuple[int, int]) -> None:
    hits, n = case
    over = proportion(np.arange(n) < hits)
    known = binomtest(hits, n).proportion_ci(LEVEL, method="wilson")
    assert_allclose([over.mean, over.low, over.high], [hits / n, known.low, known.high], atol=1e-12)
    assert 0.0 <= over.low <= over.mean <= over.high <= 1.0
    assert over.high > 0.0
    assert over.low < 1.0


def test_the_interval_of_a_proportion_covers_about_as_often_as_it_says_where_walds_does_not() -> None:
    n, truths = 20, np.linspace(0.02, 0.98, 49)
    chance = np.array([[comb(n, k) * p**k * (1.0 - p) ** (n - k) for k in range(n + 1)] for p in truths])
    score = [proportion(np.arange(n) < k) for k in range(n + 1)]
    half = [norm.ppf(0.975) * sqrt(k / n * (1.0 - k / n) / n) for k in range(n + 1)]

    def covered(low: Floats, high: Floats) -> Floats:
        return np.asarray((chance * ((low <= truths[:, None]) & (truths[:, None] <= high))).sum(axis=1))

    shares = np.arange(n + 1) / n
    of_score = covered(np.array([one.low for one in score]), np.array([one.high for one in score]))
    of_wald = covered(shares - half, shares + half)
    assert of_score.min() > 0.83
    assert abs(of_score.mean() - 0.95) < 0.01
    # The control: Wald's has no width where it never happens, and covers a rare event hardly ever.
    assert of_wald.min() < 0.4
    assert abs(of_wald.mean() - 0.95) > 0.03


@pytest.mark.parametrize(
    ("a", "b"), [(0.5, 4.5), (2.0, 2.0), (8.0, 1.0), (0.3, 0.3)], ids=["rare", "wide", "high", "edges"]
)
def test_the_interval_of_a_bounded_mean_covers_at_least_as_often_as_students(a: float, b: float) -> None:
    rng, trials, n = np.random.default_rng(11), 4000, 10
    draws = rng.beta(a, b, (trials, n))
    mean, sd, number = draws.mean(axis=1), draws.std(axis=1, ddof=1), np.full(trials, n)
    covered = {}
    for name, bounds in (("score", SHARE), ("student", ANYWHERE)):
        low, high = of_means(mean, sd, number, bounds)
        covered[name] = np.mean((low <= a / (a + b)) & (a / (a + b) <= high))
    within = 3.89 * sqrt(0.95 * 0.05 / trials)
    assert covered["score"] > 0.925 - within
    assert covered["score"] >= covered["student"] - within


class TestPooled:
    """Runs of several settings on the same seeds."""

    def test_a_war_in_no_run_leaves_an_upper_limit_above_zero_that_shrinks_with_every_run(self) -> None:
        highs = [proportion(np.zeros(3 * arms), np.tile(np.arange(3), arms)).high for arms in (1, 2, 4)]
        assert all(0.0 < after < before for before, after in pairwise(highs))
        assert highs[-1] == pytest.approx(binomtest(0, 12).proportion_ci(method="wilson").high)

    def test_settings_that_always_say_the_same_count_as_one(self) -> None:
        happened = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
        alone, often = proportion(happened), proportion(np.tile(happened, 20), np.tile(np.arange(5), 20))
        assert (often.low, often.high) == pytest.approx((alone.low, alone.high))

    def test_settings_whose_luck_is_their_own_count_each(self) -> None:
        rng, trials, arms, seeds, p = np.random.default_rng(3), 2000, 8, 6, 0.3
        who = np.tile(np.arange(seeds), arms)
        pooled = [proportion((rng.random(arms * seeds) < p).astype(float), who) for _ in range(trials)]
        within = 3.89 * sqrt(0.95 * 0.05 / trials)
        assert np.mean([one.low <= p <= one.high for one in pooled]) > 0.95 - within
        by_wilson = proportion(np.arange(arms * seeds) < p * arms * seeds)
        assert np.median([one.high - one.low for one in pooled]) < 1.3 * (by_wilson.high - by_wilson.low)

    def test_common_luck_counts_once(self) -> None:
        """Half the seeds are at war whatever the setting: 48 runs are no 48 draws."""
        rng, trials, arms, seeds = np.random.default_rng(4), 2000, 8, 6
        who = np.tile(np.arange(seeds), arms)
        covered, as_if_independent = 0, 0
        for _ in range(trials):
            happened = np.tile(rng.random(seeds) < 0.5, arms).astype(float)
            over, naive = proportion(happened, who), proportion(happened)
            covered += over.low <= 0.5 <= over.high
            as_if_independent += naive.low <= 0.5 <= naive.high
        assert covered / trials > 0.95
        assert as_if_independent / trials < 0.75

    def test_a_level_of_a_sweep_counts_its_runs(self) -> None:
        runs = pl.DataFrame(
            {"arm": ["a"] * 3 + ["b"] * 3, "seed": [1, 2, 3] * 2, "status": ["done"] * 6, "war": [0.0] * 6}
        )
        number, over = of_level(runs, "war")
        assert number == 6
        assert over.high == pytest.approx(binomtest(0, 6).proportion_ci(method="wilson").high)
        certain = of_level(runs.with_columns(war=1.0), "war")[1]
        assert certain.high == 1.0
        assert certain.low == pytest.approx(1.0 - over.high)


class TestConcentration:
    runs = pl.DataFrame({"hhi": [0.5, 0.502, 0.62], "hhi_least": [0.5] * 3, "arm": ["a"] * 3, "seed": [1, 2, 3],
                         "status": ["done"] * 3})  # fmt: skip

    def test_no_interval_of_two_sellers_reaches_below_one_half(self) -> None:
        over = over_runs(self.runs, "hhi")
        assert 0.5 < over.low < over.mean < over.high < 1.0
        assert of_level(self.runs, "hhi")[1] == over
        # The control: Student's does.
        assert interval(self.runs["hhi"].to_numpy()).low < 0.5

    def test_the_least_is_that_of_the_runs_that_are_there(self) -> None:
        assert bounds_of(self.runs, "hhi") == (0.5, 1.0)
        assert bounds_of(self.runs.drop("hhi_least"), "hhi") == (0.0, 1.0)
        assert bounds_of(self.runs.with_columns(hhi_least=pl.lit(None, pl.Float64)), "hhi") == (0.0, 1.0)
        assert bounds_of(self.runs.with_columns(hhi_least=pl.Series([0.5, 0.25, 0.5])), "hhi") == (0.25, 1.0)


def test_what_is_a_share_by_its_unit_or_bounded_by_its_nature_says_so() -> None:
    for name, of in OUTCOMES.items():
        if of.unit.startswith("share") and name != "depth":  # a war may end dearer than it began
            assert of.bounds == SHARE, name
        if of.happens:
            assert of.bounds == SHARE
    free = {name for name, of in OUTCOMES.items() if of.bounds == ANYWHERE}
    assert free == {"first_day", "price_change", "surplus", "profit", "purse", "transfers", "welfare"}


def test_a_draw_that_rounding_puts_beyond_a_bound_does_no_harm() -> None:
    over = interval(np.array([1.0, 1.0 + 1e-12, 0.7]), SHARE)
    assert over.low < over.mean < over.high <= 1.0 + 1e-12
    assert np.isnan(interval(np.array([nan])).mean)
    assert np.isnan(proportion(np.zeros(0)).mean)


def test_what_differs_by_rounding_alone_does_not_vary() -> None:
    spent = np.array([250e6, 250e6 * (1 - 2e-16), 250e6 + 3e-8, 250e6])
    told = paired(-spent, np.zeros(4))
    assert (told.low, told.mean, told.high) == (-250e6,) * 3
    assert told.p != told.p
    assert paired(spent + np.array([0.0, 5.0, 0.0, 1.0]), spent).p < 1.0
