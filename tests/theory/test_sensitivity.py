"""Sensitivity of functions whose indices are known, through design, runs, ledger and tables."""

import json
from collections.abc import Mapping
from dataclasses import replace
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pricewar.scenarios.run.means import Means
from pricewar.scenarios.studies.designs import factor
from pricewar.scenarios.studies.pages.sweep import write_sensitivity
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.sensitivity import Answers, indices, shares
from pricewar.scenarios.studies.store import Results, open_study
from pricewar.scenarios.studies.study import Study
from pricewar.scenarios.studies.sweep import Plan, sensitivity_of
from pricewar.scenarios.verification import sensitivity as known
from pricewar.scenarios.verification.sensitivity import KEYS, OUTCOME, InPlace
from pricewar.sim.errors import ResultMistake, UserMistake

Z = 3.89
"""Standard errors that chance exceeds once in ten thousand."""


def plan(seeds: int = 1) -> Plan:
    return Plan(scenario="textbook", factors=tuple(factor(key, "0..1") for key in KEYS), seeds=seeds)


def answered(study: Study, folder: Path, of: Any) -> Results:
    return carry_out(study, folder, Means(executor=InPlace(OUTCOME, of)))


def linear(settings: Mapping[str, Any], _: int) -> float:
    return float(sum(slope * settings[key] for slope, key in zip((4.0, 2.0, 1.0), KEYS, strict=True)))


def noisy(settings: Mapping[str, Any], seed: int) -> float:
    """The linear function and luck of standard deviation 1 that no two runs share."""
    luck = np.random.default_rng([seed, *np.array([settings[key] for key in KEYS]).view(np.uint32)])
    return linear(settings, seed) + float(luck.normal())


def test_ishigami_with_another_constant_is_seen() -> None:
    """The control of `verify`: what b = 0.2 makes of the indices lies beyond its tolerance."""
    check = next(check for check in known.CHECKS if check.name == "sensitivity.ishigami")
    known_b, known.B = known.B, 0.2
    try:
        assert not all(answer.passes for answer in check.ask())
    finally:
        known.B = known_b


def test_first_and_total_indices_of_a_linear_function_are_its_squared_slopes(tmp_path: Path) -> None:
    results = answered(sensitivity_of(plan(), "sobol", 128), tmp_path / "s", linear)
    table = indices(results, [OUTCOME])
    expected = np.array([16.0, 4.0, 1.0]) / 21.0
    for name in ("first", "total"):
        # Scrambled points are more even than the independent ones that the bootstrap supposes.
        error = (table[f"{name}_high"].to_numpy() - table[f"{name}_low"].to_numpy()) / (2 * 1.96)
        assert (np.abs(table[name].to_numpy() - expected) < Z * error + 1e-12).all()
        assert (table[f"{name}_low"] <= table[name]).all()
    # The control: the slopes themselves are no shares of variance.
    wrong = np.array([4.0, 2.0, 1.0]) / 7.0
    error = (table["total_high"].to_numpy() - table["total_low"].to_numpy()) / (2 * 1.96)
    assert (np.abs(table["total"].to_numpy() - wrong) > Z * error).any()


def test_the_share_of_luck_by_hand() -> None:
    # Within: variances 2 and 8, so 5; the means 2 and 7 vary by 12.5, of which luck leaves 5/2.
    assert Answers("x", np.array([[1.0, 3.0], [5.0, 9.0]])).luck == 5.0 / (5.0 + 10.0)
    # Means that vary less than luck alone would make them: all is luck.
    assert Answers("x", np.array([[1.0, 3.0], [2.0, 2.5]])).luck == 1.0


def test_the_share_of_luck_is_what_was_put_in(tmp_path: Path) -> None:
    results = answered(sensitivity_of(plan(seeds=4), "sobol", 32), tmp_path / "s", noisy)
    answers = Answers(OUTCOME, results.runs[OUTCOME].to_numpy().reshape(-1, 4))
    # Of the points' own variance only that of this design counts; luck has variance 1.
    settings = results.runs.filter(results.runs["seed"] == 1).select(KEYS).to_numpy()
    between = float(np.var(settings @ np.array([4.0, 2.0, 1.0]), ddof=1))
    points = len(settings)
    within_error = np.sqrt(2.0 / (points * 3))
    means_error = np.sqrt(4.0 * between * 0.25 / points + 2.0 * 0.25**2 / points)
    known_share = 1.0 / (1.0 + between)
    error = known_share * (1.0 - known_share) * np.hypot(within_error, (means_error + within_error / 4) / between)
    assert abs(answers.luck - known_share) < Z * error
    # The control: half as much luck is seen.
    assert abs(answers.luck - 0.25 / (0.25 + between)) > Z * error


def test_a_function_of_its_settings_alone_has_no_luck_and_one_seed_tells_nothing(tmp_path: Path) -> None:
    results = answered(sensitivity_of(plan(seeds=2), "morris", 4), tmp_path / "s", linear)
    assert indices(results, [OUTCOME])["luck"].to_list() == [0.0] * 3
    assert np.isnan(Answers(OUTCOME, np.ones((3, 1))).luck)


def test_elementary_effects_of_a_linear_function_are_its_slopes(tmp_path: Path) -> None:
    results = answered(sensitivity_of(plan(), "morris", 6, candidates=12), tmp_path / "s", linear)
    found = indices(results, [OUTCOME])
    assert found["mu_star"].to_list() == pytest.approx([4.0, 2.0, 1.0])
    assert found["sigma"].to_list() == pytest.approx([0.0] * 3, abs=1e-12)


def test_an_interaction_shows_in_sigma_and_a_sign_that_changes_in_mu_star(tmp_path: Path) -> None:
    def product(settings: Mapping[str, Any], _: int) -> float:
        return float((settings[KEYS[0]] - 0.5) * (settings[KEYS[1]] - 0.5))

    found = indices(answered(sensitivity_of(plan(), "morris", 40), tmp_path / "s", product), [OUTCOME])
    assert found["sigma"][0] > 0.2
    assert found["mu_star"][0] > 2 * abs(found["mu"][0])
    assert found["mu_star"][2] == 0.0


def test_intervals_of_shares_of_variance_lie_between_none_and_all(tmp_path: Path) -> None:
    table = indices(answered(sensitivity_of(plan(seeds=1), "sobol", 8), tmp_path / "s", noisy), [OUTCOME])
    ends = table.select("first_low", "first_high", "total_low", "total_high")
    assert ((ends.to_numpy() >= 0.0) & (ends.to_numpy() <= 1.0)).all()
    assert (table["first_low"] < table["first_high"]).all()
    # So few rows leave bootstrapped values beyond both.
    assert ends["first_low"].min() == 0.0
    assert ends["total_high"].max() == 1.0


def test_an_outcome_that_never_varies_has_no_indices() -> None:
    assert all(np.isnan(column).all() for column in shares(np.ones(8 * 5), 3, 1).values())


def test_the_same_study_says_the_same_and_writes_a_page_and_a_figure(tmp_path: Path) -> None:
    study = sensitivity_of(plan(seeds=2), "sobol", 16)
    found = indices(answered(study, tmp_path / "s", noisy), [OUTCOME])
    again = indices(open_study(tmp_path / "s"), [OUTCOME])
    assert again.equals(found)
    page = write_sensitivity(open_study(tmp_path / "s"), found).read_text()
    assert "## price" in page
    assert (tmp_path / "s" / "figures" / "sensitivity-price.png").stat().st_size > 5000


class TestHoles:
    def test_a_failed_run_is_refused_by_name(self, tmp_path: Path) -> None:
        results = answered(sensitivity_of(plan(), "morris", 2), tmp_path / "s", linear)
        ledger = tmp_path / "s" / "ledger.jsonl"
        runs = [json.loads(line) for line in ledger.read_text().splitlines()]
        for run in runs:  # in whatever order they ended
            if run["arm"] == 2:
                run |= {"status": "failed", "reason": "ValueError: x"}
        ledger.write_text("".join(json.dumps(run) + "\n" for run in runs))
        study = sensitivity_of(plan(), "morris", 2)
        results = answered(study, tmp_path / "s", linear)
        with pytest.raises(ResultMistake, match=r"1 of 8 runs failed.*p0003 with seed 1 \(ValueError: x\).*narrow"):
            indices(results, [OUTCOME])

    def test_a_shard_alone_is_refused_with_what_is_missing(self, tmp_path: Path) -> None:
        study = replace(sensitivity_of(plan(), "morris", 2, command="pricewar sensitivity x"), shard=(1, 2))
        results = answered(study, tmp_path / "s", linear)
        with pytest.raises(ResultMistake, match=r"4 runs are missing: p0002 .*merge all the shards, or go on with"):
            indices(results, [OUTCOME])

    def test_an_outcome_without_values_is_refused(self, tmp_path: Path) -> None:
        results = answered(sensitivity_of(plan(), "morris", 2), tmp_path / "s", linear)
        with pytest.raises(ResultMistake, match="hhi has no value in 8 runs"):
            indices(results, ["hhi"])

    def test_several_policies_are_refused(self) -> None:
        with pytest.raises(UserMistake, match="one scenario"):
            sensitivity_of(replace(plan(), policies=("none", "price-floor")), "morris", 2)


def test_pi_is_where_the_function_of_ishigami_is_centred() -> None:
    assert known.ishigami(np.array([pi / 2, 0.0, 0.0])) == pytest.approx(1.0)
