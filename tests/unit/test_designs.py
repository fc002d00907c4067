"""Designs fill the cube as their names promise, and turn places into values that were asked for."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from pricewar.scenarios.config.load import is_sweep_file
from pricewar.scenarios.studies.designs import Factor, factor, latin_hypercube, points, scrambled, values_at
from pricewar.scenarios.studies.sensitivity import STEP, saltelli, spread, trajectories
from pricewar.scenarios.studies.sweep import Plan, read_sweep, study_of, vary_options
from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake
from pricewar.sim.market.demand import Floats


def test_a_latin_hypercube_has_one_point_in_every_stratum_of_every_key() -> None:
    cube = latin_hypercube(3, 40, seed=1)
    for column in cube.T:
        assert sorted((column * 40).astype(int)) == list(range(40))
    assert not np.array_equal(cube, latin_hypercube(3, 40, seed=2))
    assert np.array_equal(cube, latin_hypercube(3, 40, seed=1))


def test_scrambled_points_fill_every_box_of_the_first_two_keys_equally() -> None:
    cube = scrambled(2, 64, seed=1)

    def boxes(of: Floats) -> set[tuple[int, ...]]:
        return {tuple(box) for box in (of * 8).astype(int).tolist()}

    assert len(boxes(cube)) == 64
    # The control: independent draws leave boxes empty.
    assert len(boxes(np.random.default_rng(1).random((64, 2)))) < 64


def test_sobol_points_come_in_powers_of_two() -> None:
    with pytest.raises(UserMistake, match="take 32 or 64 for 40"):
        scrambled(2, 40, seed=1)


class TestWhatVarySays:
    @pytest.mark.parametrize(
        ("text", "place", "value"),
        [
            ("1..3", 0.5, 2.0),
            ("log:1..100", 0.5, 10.0),
            ("int:1..4", 0.99, 4),
            ("int:1..4", 0.0, 1),
            ("a|b|c", 0.34, "b"),
            ("true|false", 0.9, False),
            ("0.1,0.3", 0.2, 0.1),
            ("2024-05-06|none", 0.0, "2024-05-06"),
        ],
    )
    def test_it_is_read(self, text: str, place: float, value: object) -> None:
        mistakes: list[Mistake] = []
        (one,) = vary_options([f"opening.hold={text}"], mistakes)
        assert mistakes == []
        found = one.at(place)
        assert found == pytest.approx(value) if isinstance(value, float) else found is value or found == value
        assert type(found) is type(value)

    @pytest.mark.parametrize("text", ["3..1", "log:0..1", "int:0.5..2", "a..b", "", "a||b", "1..2/1", "a|a", "1..nan"])
    def test_what_cannot_be_meant_is_refused(self, text: str) -> None:
        with pytest.raises(UserMistake):
            factor("x", text)

    def test_whole_numbers_are_equally_likely(self) -> None:
        one, n = factor("x", "int:1..5"), 5000
        found = [one.at(place) for place in np.random.default_rng(1).random(n).tolist()]
        counts = np.bincount(np.array(found), minlength=6)[1:]
        assert ((counts - n / 5) ** 2 / (n / 5)).sum() < chi2.ppf(1 - 1e-4, 4)
        # The control: rounding gives the ends half of their share, and that is seen.
        rounded = np.bincount(np.rint(1 + 4 * np.random.default_rng(1).random(n)).astype(int), minlength=6)[1:]
        assert ((rounded - n / 5) ** 2 / (n / 5)).sum() > chi2.ppf(1 - 1e-4, 4)

    def test_a_grid_takes_the_ends_as_they_were_said_and_all_combinations(self) -> None:
        factors = [factor("x", "log:0.1..0.7/3"), factor("y", "a|b")]
        design = points(factors, "grid", 0, 1)
        assert len(design) == 6
        assert {at["x"] for at in design} >= {0.1, 0.7}
        with pytest.raises(UserMistake, match="a grid needs levels"):
            points([factor("x", "0..1")], "grid", 0, 1)


class TestTrajectories:
    def test_each_step_moves_one_key_by_the_step_and_all_keys_once(self) -> None:
        paths = trajectories(4, 20, seed=3)
        steps = np.abs(np.diff(paths, axis=1))
        assert ((steps > 0).sum(axis=2) == 1).all()
        assert np.allclose(steps.sum(axis=1), STEP)
        assert np.allclose(paths * 3, np.rint(paths * 3))
        assert paths.min() >= 0.0
        assert paths.max() <= 1.0

    def test_chosen_trajectories_lie_further_apart_than_the_first_ones(self) -> None:
        def apart(paths: Floats) -> float:
            return float(sum(np.linalg.norm(a[:, None] - b[None], axis=2).sum() for a in paths for b in paths))

        many = trajectories(3, 30, seed=1)
        assert apart(spread(many, 5)) > apart(many[:5])
        assert np.array_equal(spread(many, 30), many)

    def test_rows_of_saltelli_differ_from_a_in_one_column_that_is_of_b(self) -> None:
        a, b, *swapped = saltelli(3, 8, seed=1).reshape(5, 8, 3)
        for key, rows in enumerate(swapped):
            assert np.array_equal(rows[:, key], b[:, key])
            others = [k for k in range(3) if k != key]
            assert np.array_equal(rows[:, others], a[:, others])


class TestTheStudy:
    def test_points_are_laid_over_policies_and_have_the_same_settings_in_each(self) -> None:
        factors = (factor("segments.all.response.mu", "0.1..0.4"),)
        plan = Plan(scenario="textbook", factors=factors, policies=("none", "price-floor"), points=4, seeds=2)
        study = study_of(plan)
        assert [arm.name for arm in study.arms[:3]] == ["p0001-none", "p0001-price-floor", "p0002-none"]
        assert study.arms[0].settings == study.arms[1].settings
        assert study.arms[1].policy == "price-floor"
        made = study.arms[2].scenario().segments["all"].response
        assert getattr(made, "mu") == study.arms[2].settings["segments.all.response.mu"]  # noqa: B009
        assert study.notes["seed"] == 1

    def test_a_key_of_whole_numbers_makes_whole_numbers(self) -> None:
        study = study_of(Plan(scenario="textbook", factors=(factor("days", "10..30"),), points=4))
        assert all(isinstance(arm.settings["days"], int) for arm in study.arms)

    def test_all_mistakes_are_told_at_once(self) -> None:
        factors = tuple(
            factor(*arguments)
            for arguments in (
                ("opning.hold", "focal|scarce"),
                ("opening.hold", "focal|scarse"),
                ("sellers.eas.cash", "1..2"),
                ("segments.all.response.mu", "-1..1"),
            )
        )
        with pytest.raises(ScenarioMistakes) as caught:
            study_of(Plan(scenario="textbook", factors=factors))
        told = str(caught.value)
        for part in ("did you mean 'opening'", "did you mean 'scarce'", "did you mean 'east'", "is -1"):
            assert part in told
        assert len(caught.value.mistakes) == 4


class TestFiles:
    WELL = """
scenario = "textbook"
design = "grid"
seeds = 2
policies = ["none", "price-floor"]
[vary]
"segments.all.response.mu" = { low = 0.1, high = 0.4, scale = "log", levels = 3 }
conduct.regular = [true, false]
days = { low = 10, high = 30, integer = true, levels = 2 }
"""

    def test_a_sweep_is_read_from_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.toml"
        file.write_text(self.WELL)
        assert is_sweep_file(str(file))
        plan = read_sweep(str(file))
        assert plan.factors == (
            Factor("segments.all.response.mu", low=0.1, high=0.4, log=True, levels=3),
            Factor("conduct.regular", (True, False)),
            Factor("days", low=10, high=30, integer=True, levels=2),
        )
        assert len(study_of(plan).arms) == 3 * 2 * 2 * 2

    def test_a_scenario_file_is_no_sweep_file(self, tmp_path: Path) -> None:
        (tmp_path / "s.toml").write_text('extends = "textbook"')
        assert not is_sweep_file(str(tmp_path / "s.toml"))
        assert not is_sweep_file("textbook")

    def test_a_scenario_is_meant_from_where_the_file_lies(self, tmp_path: Path) -> None:
        (tmp_path / "s.toml").write_text('extends = "textbook"')
        (tmp_path / "mine.toml").write_text('scenario = "s.toml"\nvary.days = [3, 4]')
        assert len(study_of(read_sweep(str(tmp_path / "mine.toml"))).arms) == 64

    def test_all_mistakes_of_a_file_are_told_at_once_with_file_and_key(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.toml"
        file.write_text("""
scenaro = "textbook"
desing = "grid"
seeds = 0
[vary]
opening.hold = { value = ["focal"], low = 3 }
opening.utilisation = { low = 0.5, high = 0.1 }
days = 3
"conduct.review_rate" = { low = 0.1 }
""")
        with pytest.raises(ScenarioMistakes) as caught:
            read_sweep(str(file))
        told = str(caught.value)
        assert all(mistake.file == str(file) for mistake in caught.value.mistakes)
        near = [f"did you mean '{name}'" for name in ("scenario", "design", "values")]
        for part in (*near, "seeds: is 0", "opening.utilisation: 0.5 to 0.1 is no", "vary.days: is one", "lacks high"):
            assert part in told, part

    def test_mistakes_of_keys_are_put_down_to_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "mine.toml").write_text('scenario = "textbook"\nvary."opening.hold" = ["focal", "scarse"]')
        with pytest.raises(ScenarioMistakes, match=r"mine\.toml: opening\.hold: is 'scarse'.*did you mean 'scarce'"):
            study_of(read_sweep(str(tmp_path / "mine.toml")))


def test_values_come_in_the_order_of_the_cube() -> None:
    assert values_at([factor("x", "0..1")], np.array([[0.25], [0.75]])) == [{"x": 0.25}, {"x": 0.75}]
