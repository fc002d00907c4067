"""Comparisons: pairs on the same luck are told apart from chance at the stated rate, and the sums close."""

from dataclasses import replace
from itertools import product
from math import comb, sqrt
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import pytest
from pydantic.dataclasses import dataclass
from scipy.stats import norm, t

from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.scenarios.config.load import load, read
from pricewar.scenarios.config.source import Source
from pricewar.scenarios.run.means import Means
from pricewar.scenarios.run.play import play
from pricewar.scenarios.studies.compare import by_seed, claim, differences, gains, regrets, trajectories
from pricewar.scenarios.studies.comparison import Comparison, batches, half_widths, precise, precision
from pricewar.scenarios.studies.outcomes import outcomes_of, parts_of
from pricewar.scenarios.studies.pages.compare import verdicts
from pricewar.scenarios.studies.pages.same_arms import paragraphs
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.statistics import holm, mcnemar, paired, same_arms, tango, variance_ratio
from pricewar.scenarios.studies.store import ArmRecord, Manifest, Results
from pricewar.scenarios.studies.study import (
    Arm,
    Study,
    distinct,
    events_of,
    keys_arm,
    policy_arm,
    seeds_from,
    vary,
    without_arm,
)
from pricewar.sim.analysis.intervals import SHARE
from pricewar.sim.analysis.measures import OUTCOMES
from pricewar.sim.errors import ScenarioMistakes, UserMistake
from pricewar.sim.pages.table import Estimate
from pricewar.sim.parameters import CHECKED
from tests.at_once import AtOnce

SHORT = ("days=15", "burn_in=3", "conduct.regular=false")
DEARER = {"sellers.east.tiers.main.cost.marginal": 1.2}
ERROR = 1e-4
"""Rate at which a check of chance may fail though all is well."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Fidgety:
    """Best-responds after drawing a number that it does not use."""

    kind: Literal["fidgety"] = "fidgety"

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        luck.random()
        return BestResponse().review(books, view, luck)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Runs of the textbook: as it is, with a dearer seller, with nothing changed, and with a seller that fidgets."""
    base, fidgets = read("textbook", SHORT), read("textbook", SHORT, strategies=[Fidgety])
    moved: dict[str, str | float] = {"sellers.east.strategy.kind": "fidgety"}
    arms = (
        Arm("baseline", base),
        Arm("dearer", vary(base, DEARER)),
        Arm("null", vary(base, {"sellers.east.tiers.main.cost.marginal": 1.0})),
        Arm("fidgety", vary(fidgets, moved)),
        Arm("dearer and fidgety", vary(fidgets, moved | DEARER)),
    )
    study = Study("comparison", "textbook", arms, seeds_from(1, 6), "pricewar compare ...")
    return carry_out(study, tmp_path_factory.mktemp("real") / "study", Means(executor=AtOnce()))


def made_up(rng: np.random.Generator, n: int, effect: float, own: float) -> pl.DataFrame:
    """Runs of two arms: common luck, luck of each arm's own, and an effect on every outcome."""
    luck = {name: rng.normal(size=n) for name in OUTCOMES}
    tables = []
    for arm, shift in (("baseline", 0.0), ("treated", effect)):
        values = {name: luck[name] + own * rng.normal(size=n) + shift for name in OUTCOMES}
        tables.append(pl.DataFrame({"arm": [arm] * n, "seed": range(1, n + 1), **values}))
    return pl.concat(tables)


class TestPairs:
    def test_an_interval_covers_a_known_effect_at_its_rate(self) -> None:
        rng, n, effect = np.random.default_rng(1), 5, 0.7
        tables = [differences(made_up(rng, n, effect, 0.5), ("baseline", "treated")) for _ in range(60)]
        rows = pl.concat(tables).filter(pl.col("outcome") != "war")
        trials = rows.height
        within = float(norm.ppf(1 - ERROR / 2)) * sqrt(0.95 * 0.05 / trials)
        covers = ((rows["low"] <= effect) & (effect <= rows["high"])).to_numpy()
        assert abs(covers.mean() - 0.95) < within
        # The control: with the normal's quantile in place of Student's, intervals of five pairs are too short.
        shorter = norm.ppf(0.975) / t.ppf(0.975, n - 1) * ((rows["high"] - rows["low"]) / 2).to_numpy()
        too_short = np.abs(rows["difference"].to_numpy() - effect) <= shorter
        assert abs(too_short.mean() - 0.95) > within

    def test_the_variance_ratio_is_what_common_luck_makes_it(self) -> None:
        rng, n, own = np.random.default_rng(2), 4000, 0.5
        luck = rng.normal(size=n)
        arm, baseline = (luck + own * rng.normal(size=n) for _ in range(2))
        expected = (1.0 + own**2) / own**2
        within = float(norm.ppf(1 - ERROR / 2)) * expected * sqrt(4.0 / n)
        assert abs(variance_ratio(arm, baseline) - expected) < within
        # The control: pairs put together wrongly share no luck, and pairing is then worth nothing.
        assert abs(variance_ratio(np.roll(arm, 1), baseline) - 1.0) < float(norm.ppf(1 - ERROR / 2)) * sqrt(4.0 / n)

    def test_a_seed_that_lacks_either_run_is_no_pair(self) -> None:
        found = paired(np.array([1.0, np.nan, 3.0, 5.0]), np.array([0.0, 1.0, np.nan, 2.0]))
        assert (found.pairs, found.mean) == (2, 2.0)

    def test_one_pair_has_no_interval_and_none_has_no_mean(self) -> None:
        assert np.isnan(paired(np.array([1.0]), np.array([0.0])).low)
        assert np.isnan(paired(np.array([]), np.array([])).mean)


class TestProbabilities:
    def test_the_interval_covers_where_walds_does_not(self) -> None:
        n, more, less = 20, 0.1, 0.02
        covered = dict.fromkeys(("tango", "wald"), 0.0)
        for b, c in product(range(n + 1), repeat=2):
            if b + c > n:
                continue
            chance = comb(n, b) * comb(n - b, c) * more**b * less**c * (1 - more - less) ** (n - b - c)
            low, high = tango(b, c, n)
            covered["tango"] += chance * (low <= more - less <= high)
            mean, sd = (b - c) / n, sqrt(b + c - (b - c) ** 2 / n) / n
            covered["wald"] += chance * (abs(mean - (more - less)) <= 1.96 * sd)
        assert 0.93 < covered["tango"] < 0.99
        assert covered["wald"] < 0.9

    def test_it_is_turned_round_with_the_arms(self) -> None:
        low, high = tango(5, 2, 30)
        assert tango(2, 5, 30) == pytest.approx((-high, -low), abs=1e-9)

    def test_without_a_discordant_pair_it_is_the_score_interval_of_zero(self) -> None:
        z2 = norm.ppf(0.975) ** 2
        assert tango(0, 0, 40) == pytest.approx((-z2 / (40 + z2), z2 / (40 + z2)), abs=1e-9)

    def test_an_event_in_every_pair_is_bounded_by_one(self) -> None:
        low, high = tango(12, 0, 12)
        assert high == 1.0
        assert 0.5 < low < 1.0

    def test_mcnemar_is_a_fair_coin(self) -> None:
        assert mcnemar(6, 0) == pytest.approx(2 * 0.5**6)


class TestWhatDoesNotVary:
    """What is the same in all pairs is said to be so, and has no p-value, which others would be adjusted for."""

    def test_a_constant_difference_has_no_p_value_and_an_interval_without_width(self) -> None:
        arm, baseline = np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0])
        for difference in (paired(arm, baseline), paired(baseline, baseline)):
            assert difference.low == difference.mean == difference.high
            assert np.isnan(difference.p)

    def test_an_event_that_no_pair_differs_in_keeps_its_interval_and_has_no_p_value(self) -> None:
        same = paired(np.ones(20), np.ones(20), SHARE, happens=True)
        assert same.low < 0.0 < same.high
        assert np.isnan(same.p)
        assert paired(np.ones(20), np.zeros(20), SHARE, happens=True).p < 1e-5

    def test_it_takes_no_part_in_the_adjustment(self) -> None:
        rng, n = np.random.default_rng(8), 20
        luck = rng.normal(size=(2, n))
        runs = table(baseline=[1.0] * n, a=[1.0] * n).with_columns(
            price=pl.Series([*luck[0], *(luck[0] + 0.5 + luck[1])])
        )
        few = differences(runs, ("baseline", "a"), ("price",)).row(0, named=True)
        many = differences(runs, ("baseline", "a"), ("price", "hhi", "war", "purse")).row(0, named=True)
        assert 0.0 < few["p"] < 1.0
        assert few["p_holm"] == many["p_holm"] == few["p"]

    def test_a_sentence_says_what_moves_what_luck_may_be_and_what_is_the_same(self) -> None:
        n = 20
        rng = np.random.default_rng(9)
        luck = rng.normal(size=n)
        runs = table(baseline=[0.5] * n, a=[0.5] * n).with_columns(
            price=pl.Series([*luck, *(luck + 2.0 + 0.1 * rng.normal(size=n))]),
            profit=pl.Series([*luck, *rng.permutation(luck)]),
            purse=pl.Series([0.0] * n + [-8.0] * n),
        )
        (sentence,) = verdicts(comparison(runs, ("price", "profit", "purse", "hhi"), (ArmRecord("a", "a", {}, "2"),)))
        assert sentence.startswith("**a** moves price by +")
        assert "; purse by -8 in all 20 pairs. The same in all 20 pairs: hhi." in sentence
        (quiet,) = verdicts(comparison(runs, ("profit", "hhi"), (ArmRecord("a", "a", {}, "2"),)))
        assert quiet == "**a**: no difference in profit that 20 seeds tell from luck. The same in all 20 pairs: hhi."

    def test_a_table_says_it_in_place_of_an_interval(self) -> None:
        assert Estimate(0.5, 0.5, 0.5, same="the same in all 30 runs").interval == "the same in all 30 runs"
        assert str(Estimate(0.5, 0.5, 0.5, runs=12)) == "0.5, the same with every seed (12)"


def comparison(runs: pl.DataFrame, asked: tuple[str, ...], arms: tuple[ArmRecord, ...]) -> Comparison:
    """A comparison of runs that are given."""
    manifest = Manifest(
        format=1, kind="comparison", title="made up", command="", identity="", shard=(1, 1), seeds=(1, 2),
        arms=(ArmRecord("baseline", "", {}, "1"), *arms),
    )  # fmt: skip
    results = Results(Path("nowhere"), manifest)
    vars(results)["runs"] = runs.with_columns(status=pl.lit("done"))
    names = [arm.name for arm in manifest.arms]
    none = pl.DataFrame()
    return Comparison(results, asked, differences(results.runs, names, asked), none, none, none)


class TestArmsThatAreTheSame:
    def test_a_policy_that_never_binds_is_named(self) -> None:
        runs = table(baseline=[1.0, 2.0], floor=[1.0, 2.0], tax=[1.0, 3.0])
        arms = (ArmRecord("floor", "floor", {}, "2"), ArmRecord("tax", "tax", {}, "3"))
        said = verdicts(comparison(runs, ("price",), arms))
        assert said[0] == "The arm 'floor' is the same as the baseline in every run: the policy never binds."
        assert [sentence.startswith("**tax**") for sentence in said] == [False, True]

    def test_an_arm_of_keys_or_without_something_is_only_the_same(self) -> None:
        runs = table(**{"baseline": [1.0], "without x": [1.0], "b": [2.0], "c": [2.0]})
        arms = (ArmRecord("without x", "", {}, "2"), ArmRecord("b", "p", {"k": "1"}, "3"), ArmRecord("c", "q", {}, "4"))
        said = verdicts(comparison(runs, ("price",), arms))
        assert said[:2] == [
            "The arm 'without x' is the same as the baseline in every run.",
            "The arm 'c' is the same as 'b' in every run.",
        ]

    def test_one_bit_of_one_outcome_tells_arms_apart_and_so_does_a_run_that_failed(self) -> None:
        runs = table(a=[1.0, np.nan], b=[1.0, np.nan], c=[1.0, np.nan]).with_columns(status=pl.lit("done"))
        assert same_arms(runs) == [("a", "b", "c")]
        other = pl.when(pl.col("arm") == "b").then(np.nextafter(1.0, 2.0)).otherwise(pl.col("hhi"))
        assert same_arms(runs.with_columns(hhi=other)) == [("a", "c")]
        failed = pl.when((pl.col("arm") == "c") & (pl.col("seed") == 2)).then(pl.lit("failed")).otherwise("status")
        assert same_arms(runs.with_columns(status=failed)) == [("a", "b")]

    def test_a_sweep_tells_once_that_a_policy_never_binds(self) -> None:
        runs = table(**{"p1 floor": [1.0], "p1": [1.0], "p2 floor": [2.0], "p2": [2.0], "p3 tax": [2.0]})
        settings = {"p1": {"k": 1.0}, "p2": {"k": 2.0}, "p3": {"k": 3.0}}
        arms = [ArmRecord(name, name[3:], settings[name[:2]], name) for name in runs["arm"].to_list()]
        manifest = replace(comparison(runs.clear(), (), ()).results.manifest, arms=tuple(arms))
        (said,) = paragraphs(manifest, runs.with_columns(status=pl.lit("done")))
        assert said == (
            "The policy 'floor' never binds: with it every run is the same as without it. "
            "The arm 'p3 tax' is the same as 'p2' in every run."
        )

    def test_the_null_arm_of_real_runs_is_found(self, real: Results) -> None:
        assert same_arms(real.runs) == [("baseline", "null", "fidgety"), ("dearer", "dearer and fidgety")]


def test_adjusted_p_values_keep_their_order_and_leave_the_unknown_out() -> None:
    assert holm([0.02, float("nan"), 0.01, 0.9])[0] == pytest.approx(0.04)
    assert np.isnan(holm([0.02, float("nan")])[1])
    assert holm([0.5, 0.6, 0.7]) == [1.0, 1.0, 1.0]


def test_holm_rejects_a_true_null_as_seldom_as_it_says() -> None:
    rng, trials, many = np.random.default_rng(3), 3000, 9
    draws = rng.random((trials, many))
    wrong = np.mean([min(holm(row.tolist())) < 0.05 for row in draws])
    within = float(norm.ppf(1 - ERROR / 2)) * sqrt(0.05 * 0.95 / trials)
    assert wrong < 0.05 + within
    # The control: unadjusted, one of nine nulls is rejected in a third of all cases.
    assert np.mean(draws.min(axis=1) < 0.05) > 0.05 + within


class TestRuns:
    def test_a_change_of_nothing_differs_by_exactly_nothing_in_every_run(self, real: Results) -> None:
        for name in OUTCOMES:
            before, after = (by_seed(real.runs, arm, name, range(1, 7)) for arm in ("baseline", "null"))
            assert np.array_equal(before, after, equal_nan=True), name

    def test_the_parts_of_welfare_sum_to_its_difference(self, real: Results) -> None:
        arms = ("baseline", "dearer")
        welfare = differences(real.runs, arms).filter(pl.col("outcome") == "welfare").row(0, named=True)
        gained = gains(real.parts, arms)
        assert gained["difference"].abs().min() == 0.0  # the purse
        assert welfare["difference"] < 0.0
        assert float(gained["difference"].sum()) == pytest.approx(welfare["difference"], rel=1e-9)
        for kind in ("surplus", "profit", "purse"):  # no transfers here
            parts = real.parts.filter(pl.col("kind") == kind).group_by("arm", "seed").agg(pl.col("amount").sum())
            both = real.runs.join(parts, on=["arm", "seed"])
            assert both["amount"].to_numpy() == pytest.approx(both[kind].to_numpy(), rel=1e-9)

    def test_an_extra_draw_of_one_seller_leaves_the_variance_ratio_as_it_was(self, real: Results) -> None:
        plain = differences(real.runs, ("baseline", "dearer")).filter(pl.col("outcome") == "price")
        fidgety = differences(real.runs, ("baseline", "dearer and fidgety")).filter(pl.col("outcome") == "price")
        assert plain["variance_ratio"][0] > 2.0
        assert fidgety["variance_ratio"][0] == pytest.approx(plain["variance_ratio"][0], rel=0.01)
        # The control: other luck, seed by seed, is worth nothing.
        before, after = (by_seed(real.runs, arm, "price", range(1, 7)) for arm in ("baseline", "dearer"))
        assert variance_ratio(np.roll(after, 1), before) < plain["variance_ratio"][0] / 2.0

    def test_trajectories_are_means_of_differences_by_day(self, real: Results) -> None:
        paths = trajectories(real.series(), ("baseline", "dearer"))
        one = paths.filter((pl.col("series") == "price_level") & (pl.col("day") == 9)).row(0, named=True)
        days = real.series().filter(pl.col("day") == 9).collect().sort("seed")
        before, after = (days.filter(pl.col("arm") == arm)["price_level"] for arm in ("baseline", "dearer"))
        assert one["pairs"] == 6
        assert one["mean"] == pytest.approx((after - before).mean(), rel=1e-12)
        assert one["low"] < one["mean"] < one["high"]


def test_a_fee_that_the_purse_takes_is_somebodys_loss() -> None:
    short = ["days=30", "burn_in=20", "buyers.count=200"]
    run = play(load("china-2024", short, ["entry-licence"]), seed=1)
    outcomes, parts = outcomes_of(run)[0], parts_of(run)
    assert outcomes["purse"] > 0.0
    assert parts["transfers:minimax"] == -outcomes["purse"]
    assert sum(parts.values()) == pytest.approx(outcomes["welfare"], rel=1e-9)


def table(**arms: list[float]) -> pl.DataFrame:
    """Runs whose every outcome is given, by arm."""
    parts = [
        pl.DataFrame({"arm": [arm] * len(values), "seed": range(1, len(values) + 1)}).with_columns(
            *(pl.Series(name, values, dtype=pl.Float64) for name in OUTCOMES)
        )
        for arm, values in arms.items()
    ]
    return pl.concat(parts)


def test_regret_is_against_the_best_arm_of_the_same_seed() -> None:
    runs = table(baseline=[1.0, 5.0, 2.0], a=[4.0, 1.0, 2.0])
    found = {row["arm"]: row for row in regrets(runs, ("baseline", "a"), ("welfare", "hhi")).iter_rows(named=True)}
    assert (found["baseline"]["worst"], found["baseline"]["worst_seed"]) == (3.0, 1)
    assert (found["a"]["worst"], found["a"]["worst_seed"], found["a"]["mean"]) == (4.0, 2, pytest.approx(4 / 3))
    assert found["a"]["best"] == pytest.approx(2 / 3)
    lower = {row["arm"]: row["worst"] for row in regrets(runs, ("baseline", "a"), ("price",)).iter_rows(named=True)}
    assert lower == {"baseline": 4.0, "a": 3.0}


class TestClaims:
    said = differences(table(baseline=[1.0, 2.0, 3.0], a=[1.1, 2.2, 3.1], b=[9.0, 2.0, 5.0]), ("baseline", "a", "b"))

    @pytest.mark.parametrize(
        ("text", "met"), [("a: hhi<0.5", True), ("a: hhi > -0.5", True), ("hhi<0.5", False), ("a:hhi<0.14", False)]
    )
    def test_a_claim_is_met_by_the_whole_interval_of_every_arm_that_it_speaks_of(self, text: str, met: bool) -> None:
        assert claim(text, ("a", "b")).met(self.said) is met

    def test_an_interval_that_is_not_known_meets_nothing(self) -> None:
        one = differences(table(baseline=[1.0], a=[1.1]), ("baseline", "a"))
        assert not claim("hhi<9", ("a",)).met(one)

    @pytest.mark.parametrize("text", ["hhi", "hhi<low", "hhi=3", "c: hhi<1", "hbi<1", "hhi<nan"])
    def test_what_is_no_claim_is_refused(self, text: str) -> None:
        with pytest.raises(UserMistake):
            claim(text, ("a", "b"))


class TestUntil:
    def test_seeds_come_in_batches_up_to_the_most(self) -> None:
        assert list(batches(50)) == [20, 40, 50]
        assert list(batches(7)) == [7]
        assert list(batches(40)) == [20, 40]

    def test_it_stops_once_every_interval_is_narrow_enough_and_says_what_it_takes(self) -> None:
        said = differences(made_up(np.random.default_rng(4), 400, 0.0, 1.0), ("baseline", "treated"))
        assert precise(said, {"hhi": 0.16})
        assert not precise(said, {"hhi": 0.16, "price": 0.12})
        (row,) = precision(said, {"price": 0.1})
        assert row["seeds_needed"] == pytest.approx((1.96 * sqrt(2) / 0.1) ** 2, rel=0.2)

    def test_intervals_that_were_waited_for_cover_nearly_as_often_as_they_say(self) -> None:
        """As docs/what-if.md says; stopping at the first interval without zero would not do."""
        rng, trials, narrow = np.random.default_rng(5), 600, 1.96 / sqrt(50)
        wide, clear = [], []
        for _ in range(trials):
            luck = rng.normal(size=160)
            looks = [paired(luck[:n], np.zeros(n)) for n in batches(160)]
            wide.append(next((each for each in looks if (each.high - each.low) / 2 <= narrow), looks[-1]))
            clear.append(next((each for each in looks if not each.low <= 0.0 <= each.high), looks[-1]))
        covered, uncovered = (np.mean([each.low <= 0.0 <= each.high for each in some]) for some in (wide, clear))
        within = float(norm.ppf(1 - ERROR / 2)) * sqrt(0.94 * 0.06 / trials)
        assert abs(covered - 0.945) < within
        assert uncovered < 0.945 - within

    @pytest.mark.parametrize("text", ["hhi", "hhi=0", "hhi=-1", "hhi=x", "hbi=0.1"])
    def test_what_is_no_precision_is_refused(self, text: str) -> None:
        with pytest.raises(UserMistake):
            half_widths([text])


class TestArms:
    china = Source("china-2024", ("days=170", "buyers.count=300"))

    def test_policies_joined_by_a_plus_are_laid_both(self) -> None:
        arm = policy_arm(self.china, "price-floor+below-cost-ban")
        assert sorted(arm.scenario().policies) == ["below-cost-ban", "price-floor"]

    def test_an_arm_sets_keys_and_those_of_its_policy(self) -> None:
        arm = keys_arm(self.china, "high: policy=price-floor policies.price-floor.floor=2.0 opening.hold=scarce")
        made = arm.scenario()
        assert (arm.name, made.opening.hold, made.policies["price-floor"].floor) == ("high", "scarce", 2.0)  # type: ignore[union-attr]

    def test_an_arm_may_set_a_key_that_all_arms_set(self) -> None:
        assert keys_arm(Source("textbook", ("days=15",)), "longer: days=20").scenario().days == 20

    def test_an_arm_without_a_name_is_called_by_what_it_says(self) -> None:
        assert keys_arm(Source("textbook"), "days=9 burn_in=2").name == "days=9 burn_in=2"

    @pytest.mark.parametrize("said", ["", "name:", "name: days", "days 9"])
    def test_what_is_no_arm_is_refused(self, said: str) -> None:
        with pytest.raises(UserMistake, match="is no arm"):
            keys_arm(Source("textbook"), said)

    def test_a_key_that_there_is_not_is_refused(self) -> None:
        with pytest.raises(ScenarioMistakes, match="dyas"):
            keys_arm(Source("textbook"), "a: dyas=9").scenario()

    def test_a_release_a_launch_and_a_seller_can_be_missing(self) -> None:
        reading = self.china.reading
        made = Arm("b", reading).scenario()
        assert not without_arm(reading, made, "release:deepseek-v2").scenario().releases["deepseek-v2"].enabled
        later = without_arm(reading, made, "launch:bytedance.2024-05-15").scenario().sellers["bytedance"].tiers
        assert {(tier.launch - made.start).days for tier in later.values() if tier.launch} == {171}
        both = without_arm(reading, made, "release:deepseek-v2+tier:minimax.cheap").scenario()
        assert not both.releases["deepseek-v2"].enabled
        assert "cheap" not in both.sellers["minimax"].tiers
        assert "tencent" not in without_arm(reading, made, "seller:tencent").scenario().sellers
        assert "cheap" not in without_arm(reading, made, "tier:minimax.cheap").scenario().sellers["minimax"].tiers

    def test_without_a_cut_a_seller_keeps_its_prices_for_a_month_and_nothing_before_it_differs(self) -> None:
        reading = Source("textbook", ("days=50", "burn_in=3", "sellers.west.strategy.kind=undercut")).reading
        made = Arm("b", reading).scenario()
        with_, without = (play(s).tables["prices"] for s in
                          (made, without_arm(reading, made, "cut:west.2024-01-03").scenario()))  # fmt: skip
        assert with_.filter((pl.col("seller") == "west") & pl.col("time").is_between(2.0, 32.0)).height > 0
        assert without.filter((pl.col("seller") == "west") & pl.col("time").is_between(2.0, 32.0)).is_empty()
        assert without.filter((pl.col("seller") == "west") & (pl.col("time") > 32.0)).height > 0
        early = pl.col("time") < 2.0
        assert with_.filter(early).equals(without.filter(early))

    @pytest.mark.parametrize(
        ("said", "hint"),
        [("release:deepseek", "did you mean"), ("cut:tencent.May", "write it like cut:tencent.2024-01-01"),
         ("cut:tencant.2024-05-06", "did you mean 'tencent'"),
         ("launch:bytedance.2024-05-16", "did you mean '2024-05-15'"),
         ("seller:tencant", "did you mean 'tencent'"), ("nix", "write one of release:NAME")],
    )  # fmt: skip
    def test_what_is_not_there_cannot_be_missing(self, said: str, hint: str) -> None:
        reading = self.china.reading
        with pytest.raises(UserMistake, match=hint):
            without_arm(reading, Arm("b", reading).scenario(), said)

    def test_events_are_the_releases_and_launches_that_fall_into_the_run(self) -> None:
        found = events_of(Arm("b", self.china.reading).scenario())
        assert {"release:deepseek-v2", "launch:bytedance.2024-05-15"} < set(found)
        assert "release:deepseek-v3" not in found

    def test_two_arms_of_one_name_are_refused(self) -> None:
        arm = keys_arm(Source("textbook"), "a: days=9")
        with pytest.raises(UserMistake, match="two arms"):
            distinct([arm, arm])


def test_who_is_not_in_a_run_gets_zero_of_it() -> None:
    parts = pl.DataFrame(
        {"arm": ["baseline", "baseline", "a", "a"], "seed": [1, 2, 1, 2], "kind": ["profit"] * 4,
         "whom": ["x", "x", "x", "hosts"], "amount": [1.0, 2.0, 3.0, 7.0]}
    )  # fmt: skip
    found = {row["whom"]: row["difference"] for row in gains(parts, ("baseline", "a")).iter_rows(named=True)}
    assert found == {"x": 0.0, "hosts": 3.5}
