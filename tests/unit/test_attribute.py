"""Attribution: shares add up, what does nothing gets nothing, and an event counts by what happens without it."""

from itertools import combinations, permutations
from math import sqrt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from pricewar.agents.mechanisms import Chain, Mechanisms
from pricewar.scenarios.config.check import build
from pricewar.scenarios.config.load import load, read
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.means import Means
from pricewar.scenarios.studies.attribute import (
    SHARED,
    Plan,
    Subset,
    by_subset,
    causes,
    combination_arms,
    crossed,
    interaction,
    interactions,
    plan,
    shapley,
    shapley_sampled,
    shares,
    stand_ins_of,
    stood_in,
    switches,
)
from pricewar.scenarios.studies.pages.attribute import verdicts
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.study import Arm, Study, seeds_from
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats
from tests.at_once import AtOnce

NAMES = ("a", "b", "c", "d")


def subsets(names: tuple[str, ...]) -> list[Subset]:
    return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]


def game(names: tuple[str, ...], n: int = 7, idle: str = "") -> dict[Subset, Floats]:
    """An outcome of every combination, at random, to which one mechanism may make no difference."""
    rng = np.random.default_rng(1)
    values = {subset: rng.normal(size=n) for subset in subsets(names) if idle not in subset}
    return {subset: values[subset - {idle}] for subset in subsets(names)}


def runs_of(values: dict[Subset, Floats]) -> tuple[pl.DataFrame, dict[Subset, str]]:
    """A table of runs whose every shared outcome is that of a game."""
    arms = {subset: "+".join(sorted(subset)) or "none" for subset in values}
    tables = [
        pl.DataFrame({"arm": [arms[s]] * v.size, "seed": range(v.size), **dict.fromkeys(SHARED, v), "war": v > 0})
        for s, v in values.items()
    ]
    return pl.concat(tables), arms


class TestShares:
    @pytest.mark.parametrize("count", [1, 2, 3, 4])
    def test_they_add_up_to_all_less_none_seed_by_seed(self, count: int) -> None:
        names = NAMES[:count]
        values = game(names)
        total = values[frozenset(names)] - values[frozenset()]
        assert shapley(values, names).sum(axis=0) == pytest.approx(total, abs=1e-12)
        if count > 2:
            # The control: what is lost by switching each off alone does not add up.
            alone = sum(values[frozenset(names)] - values[frozenset(names) - {name}] for name in names)
            assert np.abs(alone - total).max() > 0.1

    @pytest.mark.parametrize("idle", NAMES)
    def test_what_does_nothing_gets_exactly_nothing(self, idle: str) -> None:
        found = shapley(game(NAMES, idle=idle), NAMES)
        assert (found[NAMES.index(idle)] == 0.0).all()
        assert all((np.abs(found[NAMES.index(name)]) > 0.0).all() for name in NAMES if name != idle)

    def test_they_are_means_over_all_orders(self) -> None:
        values, orders = game(NAMES), list(permutations(NAMES))
        sampled = shapley_sampled(values, NAMES, orders)
        assert sampled.mean(axis=0) == pytest.approx(shapley(values, NAMES), abs=1e-12)

    def test_sampled_orders_add_up_along_each_and_the_idle_get_nothing(self) -> None:
        values = game(NAMES, idle="c")
        sampled = shapley_sampled(values, NAMES, [("a", "c", "b", "d"), ("d", "b", "c", "a")])
        total = values[frozenset(NAMES)] - values[frozenset()]
        assert sampled.sum(axis=1) == pytest.approx(np.array([total, total]), abs=1e-12)
        assert (sampled[:, 2] == 0.0).all()

    def test_two_that_need_each_other_share_equally_and_interact(self) -> None:
        both = {subset: np.array([float({"a", "b"} <= subset)]) for subset in subsets(NAMES[:3])}
        either = {subset: np.array([float(bool({"a", "b"} & subset))]) for subset in subsets(NAMES[:3])}
        for values, expected in ((both, 1.0), (either, -1.0)):
            assert shapley(values, NAMES[:3]).ravel().tolist() == pytest.approx([0.5, 0.5, 0.0])
            assert interaction(values, NAMES[:3], "a", "b")[0] == pytest.approx(expected)
            assert interaction(values, NAMES[:3], "a", "c")[0] == 0.0

    def test_the_table_holds_shares_levels_and_what_they_sum_to(self) -> None:
        values = {s: v + 0.0 for s, v in game(("a", "b")).items()}
        runs, arms = runs_of(values)
        table = shares(runs, arms, Plan(("a", "b"))).filter(pl.col("outcome") == "depth")
        said = {row["mechanism"]: row for row in table.iter_rows(named=True)}
        assert said["a"]["share"] + said["b"]["share"] == pytest.approx(said["together"]["share"], abs=1e-12)
        assert said["together"]["share"] == pytest.approx(said["all on"]["share"] - said["none on"]["share"], abs=1e-12)
        assert said["a"]["percent"] + said["b"]["percent"] == pytest.approx(100.0)
        assert interactions(runs, arms, Plan(("a", "b"))).height == len(SHARED)

    def test_no_interval_reaches_beyond_what_a_share_can_be(self) -> None:
        rng, n = np.random.default_rng(2), 3
        wars = {s: (rng.random(n) < 0.5).astype(float) for s in subsets(NAMES)}
        runs, arms = runs_of(wars)
        table = shares(runs, arms, Plan(NAMES)).filter(pl.col("outcome") == "war")
        least = [0.0 if name.endswith(" on") else -1.0 for name in table["mechanism"]]
        assert (table["low"] >= pl.Series(least)).all()
        assert (table["high"] <= 1.0).all()
        assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
        # The control: Student's reaches further.
        added = shapley(wars, NAMES)
        reach = added.mean(axis=1) + 4.303 * added.std(axis=1, ddof=1) / sqrt(n)
        assert reach.max() > 1.0
        both = interactions(runs, arms, Plan(NAMES)).filter(pl.col("outcome") == "war")
        assert both["low"].min() >= -2.0  # type: ignore[operator]
        assert both["high"].max() <= 2.0  # type: ignore[operator]

    def test_a_seed_that_lacks_one_combination_counts_in_none(self) -> None:
        runs, arms = runs_of(game(("a", "b")))
        lost = (pl.col("arm") == "a") & (pl.col("seed") == 3)
        without = runs.with_columns(depth=pl.when(lost).then(None).otherwise(pl.col("depth")))
        assert {values.size for values in by_subset(without, arms, "depth").values()} == {6}

    def test_the_interval_of_sampled_orders_covers_about_as_often_as_it_says(self) -> None:
        rng, trials, names, n = np.random.default_rng(5), 150, tuple("abcdef"), 20
        level = {subset: float(rng.normal()) for subset in subsets(names)}
        exact = shapley({s: np.array([v]) for s, v in level.items()}, names)[:, 0]
        covered, over_seeds_only = np.zeros(len(names)), np.zeros(len(names))
        for _ in range(trials):
            values = {s: v + 0.1 * rng.normal(size=n) for s, v in level.items()}
            steps = shapley_sampled(values, names, plan(names, 6, rng).orders)
            for i, share in enumerate(exact):
                _, low, high = crossed(steps[:, i])
                covered[i] += low <= share <= high
                by_seed = steps[:, i].mean(axis=0)
                over_seeds_only[i] += abs(by_seed.mean() - share) <= 2.09 * by_seed.std(ddof=1) / sqrt(n)
        # Coverage by mechanism lies between 0.89 and 0.97 in long runs; 150 trials add their own luck to its mean.
        within = float(norm.ppf(1 - 1e-4)) * sqrt(0.92 * 0.08 / trials)
        assert covered.mean() / trials > 0.92 - within
        # The control: an interval that forgets the luck of the orders is too short.
        assert over_seeds_only.mean() / trials < 0.92 - within


class TestPlans:
    def test_up_to_five_all_combinations_are_run_and_all_on_is_first(self) -> None:
        made = plan(NAMES, 6, np.random.default_rng(1))
        assert len(set(made.subsets)) == 16
        assert (made.subsets[0], made.subsets[-1]) == (frozenset(NAMES), frozenset())

    def test_of_more_orders_are_sampled_each_with_its_reverse(self) -> None:
        names = tuple("abcdefg")
        made = plan(names, 6, np.random.default_rng(1))
        assert len(made.orders) == 12
        assert all(one == other[::-1] for one, other in zip(made.orders[::2], made.orders[1::2], strict=True))
        assert len(made.subsets) < 2 ** len(names)

    def test_the_mechanisms_are_those_that_are_on(self) -> None:
        china = load("china-2024")
        assert switches(china, None) == ["open_release", "idle_capacity", "focal_prices", "attention"]
        assert switches(china, "attention,chain.adoption") == ["attention", "chain.adoption"]
        with pytest.raises(UserMistake, match="no mechanism 'learning' is on"):
            switches(china, "learning")
        with pytest.raises(UserMistake, match="did you mean 'attention'"):
            switches(china, "atention")


class TestStandIns:
    """Something takes the place of a mechanism that is switched off, and is named."""

    plan = Plan(("focal_prices", "attention"))

    def test_scarcity_stands_in_for_focal_prices_in_every_arm_without_them_and_in_no_other(self) -> None:
        baseline = Arm("baseline", read("china-2024", ("days=15",)))
        chosen = stand_ins_of(["focal_prices=scarcity"], self.plan.names)
        arms = combination_arms(baseline, self.plan, chosen)
        holds = {subset: build(Scenario, arm.reading).opening.hold for subset, arm in arms.items()}
        assert holds == {subset: "focal" if "focal_prices" in subset else "scarce" for subset in arms}

    def test_the_table_says_what_stood_in(self) -> None:
        runs = pl.DataFrame({"arm": ["", "attention"], "seed": [1, 1]} | {o: [0.0, 1.0] for o in SHARED})
        arms = {frozenset[str](): "", frozenset(["attention"]): "attention"}
        table = shares(runs, arms, Plan(("attention",)), stood_in(["attention"], {}))
        told = dict(table.filter(pl.col("outcome") == "war").select("mechanism", "stand_in").iter_rows())
        assert told["attention"] == "all review at their own pace, whatever rivals do and whoever is turned away"
        assert told["together"] is None

    def test_every_switch_has_one(self) -> None:
        assert all(Mechanisms.stand_in(name) for name in Mechanisms.names())
        assert all(Chain.stand_in(name) for name in Chain.names())

    @pytest.mark.parametrize(
        ("asked", "mistake"),
        [
            (["focal_prices=scarsity"], "did you mean 'scarcity'"),
            (["attention=wedge"], "nothing but what always does can stand in for 'attention'"),
            (["focal_prices=wedge", "focal_prices=scarcity"], "twice"),
        ],
    )
    def test_wrong_ones_are_refused(self, asked: list[str], mistake: str) -> None:
        with pytest.raises(UserMistake, match=mistake):
            stand_ins_of(asked, self.plan.names)

    def test_what_is_not_switched_off_needs_none(self) -> None:
        with pytest.raises(UserMistake, match="not switched off here"):
            stand_ins_of(["focal_prices=wedge"], ("attention",))


def test_runs_share_out_a_change_to_the_mechanism_that_makes_it(tmp_path: Path) -> None:
    baseline = Arm("baseline", read("textbook", ("days=15", "burn_in=3")))
    # Nobody learns in the textbook, so the link from scale to cost does nothing.
    made = Plan(("chain.scale", "chain.repricing"))
    arms = combination_arms(baseline, made)
    study = Study("attribution", "textbook", tuple(arms.values()), seeds_from(1, 2), "pricewar attribute ...")
    runs = carry_out(study, tmp_path / "study", Means(executor=AtOnce())).runs
    values = by_subset(runs, {subset: one.name for subset, one in arms.items()}, "price")
    shares = shapley(values, made.names)
    assert (shares[0] == 0.0).all()
    assert (shares[1] < -0.01).all()
    assert shares.sum(axis=0) == pytest.approx(values[frozenset(made.names)] - values[frozenset()], abs=1e-12)


class TestEvents:
    # with war and not without: 6 seeds; with both: 2; with neither: 4; only without: 1
    with_it, without_it = [1.0] * 8 + [0.0] * 5, [0.0] * 6 + [1.0] * 2 + [0.0] * 4 + [1.0]
    runs = pl.DataFrame(
        {"arm": ["baseline"] * 13 + ["without x"] * 13, "seed": [*range(13)] * 2, "war": with_it + without_it,
         "depth": [0.8 * war for war in with_it + without_it]}
    )  # fmt: skip

    def test_necessity_and_sufficiency_are_counted_in_pairs(self) -> None:
        row = causes(self.runs, "baseline", {"x": "without x"}).row(0, named=True)
        assert (row["made"], row["wars_with"], row["peace_without"], row["prevented"]) == (6, 8, 10, 1)
        assert row["necessity"] == 6 / 8
        assert row["sufficiency"] == 6 / 10
        assert row["war"] == pytest.approx(5 / 13)
        assert row["depth"] == pytest.approx(0.8 * 5 / 13)
        assert row["necessity_low"] < 6 / 8 < row["necessity_high"]

    def test_without_any_war_necessity_is_not_known(self) -> None:
        peace = self.runs.with_columns(war=0.0)
        row = causes(peace, "baseline", {"x": "without x"}).row(0, named=True)
        assert np.isnan(row["necessity"])
        assert (row["sufficiency"], row["made"]) == (0.0, 0)

    def test_an_event_that_does_nothing_is_never_necessary_nor_sufficient(self) -> None:
        same = self.runs.with_columns(war=pl.Series(self.with_it * 2), depth=pl.lit(0.5))
        row = causes(same, "baseline", {"x": "without x"}).row(0, named=True)
        assert (row["necessity"], row["sufficiency"], row["war"], row["depth"]) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("shares_of", "told"),
    [
        ({"a": 0.5, "b": 0.25}, "**a** has the largest share: +0.50 (+0.40 to +0.60) of +1."),
        (
            {"a": 0.1 + 0.2, "b": 0.3, "c": 0.1},
            "**a** and **b** have the largest shares, all alike: +0.30 (+0.20 to +0.40 and +0.20 to +0.40) of +1.",
        ),
    ],
    ids=["one", "tie"],
)
def test_mechanisms_with_equal_shares_are_named_together(shares_of: dict[str, float], told: str) -> None:
    rows = [("war", name, 6, share, share - 0.1, share + 0.1) for name, share in shares_of.items()]
    sums = {"all on": 1.0, "none on": 0.0, "together": 1.0}
    rows += [("war", name, 6, share, share, share) for name, share in sums.items()]
    table = pl.DataFrame(rows, schema=["outcome", "mechanism", "seeds", "share", "low", "high"], orient="row")
    causes = pl.DataFrame(schema={"wars_with": pl.Int64})
    assert verdicts(SimpleNamespace(shares=table, causes=causes))[1] == told  # type: ignore[arg-type]
