"""Many runs: nothing that finished is lost or run again, and the tables do not depend on who ran them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pricewar.scenarios.config.load import read
from pricewar.scenarios.run.means import Means, Progress
from pricewar.scenarios.studies import runner
from pricewar.scenarios.studies.ledger import BLOCKS, LINES, Finished, Ledger, packed, read_lines, unpacked
from pricewar.scenarios.studies.runner import carry_out, finished, merge
from pricewar.scenarios.studies.statistics import bands, summaries
from pricewar.scenarios.studies.store import open_study, read_manifest
from pricewar.scenarios.studies.study import Arm, Study, seeds_from, vary
from pricewar.sim.analysis.intervals import interval
from pricewar.sim.analysis.measures import OUTCOMES, SERIES
from pricewar.sim.errors import ResultMistake, ScenarioMistakes, UserMistake
from tests.at_once import AtOnce

SHORT = ("days=12", "burn_in=3")


def study(seeds: int = 4, **keys: float) -> Study:
    base = read("textbook", SHORT)
    arms = [Arm("baseline", base), Arm("dearer", vary(base, {"sellers.east.tiers.main.cost.marginal": 1.2}))]
    if keys:
        arms.append(Arm("other", vary(base, keys), settings=keys))
    return Study("comparison", "textbook", tuple(arms), seeds_from(1, seeds), "pricewar compare ...")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "study"
    carry_out(study(), folder, Means(executor=AtOnce()))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of every table of a study but the timings."""
    files = [folder / "runs.parquet", folder / "dictionary.csv", *sorted((folder / "series").iterdir())]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_there_is_a_row_for_every_arm_and_seed_with_every_outcome(whole: Path) -> None:
    runs = open_study(whole).runs
    assert runs.select("arm", "seed").rows() == [(arm, seed) for arm in ("baseline", "dearer") for seed in (1, 2, 3, 4)]
    assert set(OUTCOMES) < set(runs.columns)
    assert runs["status"].unique().to_list() == ["done"]
    assert runs["id"].n_unique() == runs.height


def test_the_series_of_every_run_are_kept_day_by_day(whole: Path) -> None:
    series = open_study(whole).series().collect()
    assert series.height == 8 * 12
    assert set(SERIES) < set(series.columns)


def test_threads_leave_the_same_bytes_as_one_worker(whole: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        carry_out(study(), tmp_path / "threads", Means(jobs=3, executor=pool))
    assert contents(tmp_path / "threads") == contents(whole)
    assert open_study(tmp_path / "threads").digest == open_study(whole).digest


def test_shards_put_together_leave_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    parts = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    for number, part in enumerate(parts, 1):
        carry_out(replace(study(), shard=(number, 3)), part, Means(executor=AtOnce()))
    with pytest.raises(ResultMistake, match="runs are in none of these folders"):
        merge(parts[:2], tmp_path / "less")
    assert not (tmp_path / "less").exists()
    merge(parts, tmp_path / "put together")
    assert contents(tmp_path / "put together") == contents(whole)


def test_shards_of_different_studies_are_not_mixed(whole: Path, tmp_path: Path) -> None:
    carry_out(study(seeds=2), tmp_path / "other", Means(executor=AtOnce()))
    with pytest.raises(UserMistake, match="of another study"):
        merge([whole, tmp_path / "other"], tmp_path / "mixed")


class TestGoingOn:
    def test_what_has_finished_is_not_run_again(self, whole: Path, tmp_path: Path) -> None:
        class Counting(AtOnce):
            asked = 0

            def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future:  # type: ignore[type-arg]
                self.asked += 1
                if self.asked > 3:
                    raise KeyboardInterrupt
                return super().submit(fn, *args, **kwargs)

        folder = tmp_path / "study"
        with pytest.raises(KeyboardInterrupt):
            carry_out(study(), folder, Means(jobs=1, executor=Counting()))
        before = sum(finished(folder))
        assert 0 < before < 8
        with pytest.raises(ResultMistake, match="has not finished; go on with: pricewar compare"):
            _ = open_study(folder).runs
        told: list[Progress] = []
        carry_out(study(), folder, Means(executor=AtOnce(), progress=told.append))
        assert [now.done for now in told] == [*range(before, 9)]
        assert contents(folder) == contents(whole)

    @pytest.mark.parametrize("torn", [1, 20, 200])
    def test_a_line_or_a_block_that_a_kill_has_torn_is_run_again(self, whole: Path, tmp_path: Path, torn: int) -> None:
        for file in (LINES, BLOCKS):
            folder = tmp_path / file
            carry_out(study(), folder, Means(executor=AtOnce()))
            with (folder / file).open("r+b") as open_file:
                open_file.truncate((folder / file).stat().st_size - torn)
            told: list[Progress] = []
            carry_out(study(), folder, Means(executor=AtOnce(), progress=told.append))
            assert [now.done for now in told] == [7, 8]
            assert contents(folder) == contents(whole)

    def test_more_seeds_go_on_from_those_that_there_are(self, tmp_path: Path) -> None:
        carry_out(study(seeds=2), tmp_path, Means(executor=AtOnce()))
        told: list[Progress] = []
        carry_out(study(seeds=3), tmp_path, Means(executor=AtOnce(), progress=told.append))
        assert [now.done for now in told] == [4, 5, 6]
        assert open_study(tmp_path).runs.height == 6
        assert read_manifest(tmp_path).seeds == (1, 2, 3)

    def test_another_study_is_not_mixed_in_and_thrown_away_only_on_request(self, tmp_path: Path) -> None:
        carry_out(study(seeds=1), tmp_path / "s", Means(executor=AtOnce()))
        other = study(1, **{"segments.all.response.mu": 0.3})
        with pytest.raises(UserMistake, match="its runs of other are of another scenario"):
            carry_out(other, tmp_path / "s", Means(executor=AtOnce()))
        carry_out(other, tmp_path / "s", Means(executor=AtOnce(), overwrite=True))
        assert open_study(tmp_path / "s").runs.height == 3

    def test_a_folder_with_other_files_stays_as_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("x")
        with pytest.raises(UserMistake, match="other files than a study's"):
            carry_out(study(), tmp_path, Means(executor=AtOnce()))

    def test_two_processes_do_not_write_into_one_folder(self, tmp_path: Path) -> None:
        with Ledger(tmp_path), pytest.raises(UserMistake, match="another process is at work"), Ledger(tmp_path):
            pass


def test_arms_that_say_the_same_share_their_runs(tmp_path: Path) -> None:
    one = study(seeds=2)
    twice = replace(one, arms=(one.arms[0], Arm("again", one.arms[0].reading)))
    told: list[Progress] = []
    results = carry_out(twice, tmp_path, Means(executor=AtOnce(), progress=told.append))
    assert [now.done for now in told] == [0, 1, 2]
    assert sum(finished(tmp_path)) == 2
    assert results.runs["arm"].to_list() == ["baseline", "baseline", "again", "again"]
    assert results.series().collect().height == 4 * 12


class TestFailures:
    def test_a_run_that_fails_is_a_row_with_its_reason_and_the_rest_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import pricewar.scenarios.run.play

        played = pricewar.scenarios.run.play.play

        def play(scenario: object, *, seed: int) -> object:
            if seed == 2:
                raise ZeroDivisionError("nothing\nand more")
            return played(scenario, seed=seed)  # type: ignore[arg-type]

        monkeypatch.setattr(pricewar.scenarios.run.play, "play", play)
        results = carry_out(study(), tmp_path, Means(executor=AtOnce()))
        assert results.failed["seed"].to_list() == [2, 2]
        assert results.failed["reason"][0].startswith("ZeroDivisionError: nothing (")
        assert results.failed["hhi"].to_list() == [None, None]
        assert results.done.height == 6
        assert results.series().collect()["seed"].unique().sort().to_list() == [1, 3, 4]
        assert summaries(results.runs)["runs"].unique().sort().to_list() == [0, 3]

    def test_a_scenario_that_cannot_be_is_refused_before_the_first_run(self, tmp_path: Path) -> None:
        wrong = study(1, **{"segments.all.response.mu": -1.0})
        with pytest.raises(ScenarioMistakes, match=r"other: .*mu"):
            carry_out(wrong, tmp_path / "s", Means(executor=AtOnce()))
        assert not (tmp_path / "s").exists()

    def test_a_lost_process_is_a_failed_run(self) -> None:
        task = next(iter(study().tasks()))
        assert runner.lost(task).status == "failed"


def test_a_full_disk_loses_nothing_that_had_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Ledger.add, []

    def full(self: Ledger, run: Finished, series: bytes) -> None:
        calls.append(run)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        real(self, run, series)

    monkeypatch.setattr(Ledger, "add", full)
    with pytest.raises(UserMistake, match=r"No space left on device.*what has finished is kept.*pricewar compare"):
        carry_out(study(), tmp_path, Means(executor=AtOnce()))
    assert sum(finished(tmp_path)) == 3


def test_series_come_back_as_they_went(tmp_path: Path) -> None:
    series = pl.DataFrame({"day": [0, 1], "hhi": [0.5, float("nan")]})
    run = Finished(id="x", arm=0, seed=1, status="done", reason="", seconds=0.1, outcomes={"hhi": None})
    with Ledger(tmp_path) as ledger:
        ledger.add(run, packed(series))
    ((entry, _),) = read_lines(tmp_path)
    assert entry.run == run
    assert unpacked(tmp_path, entry).equals(series)


class TestIntervals:
    def test_an_interval_of_student_covers_the_mean_at_its_rate(self) -> None:
        rng, trials = np.random.default_rng(1), 4000
        found = [interval(draws) for draws in rng.normal(size=(trials, 8))]
        within = 3.89 * np.sqrt(0.95 * 0.05 / trials)
        covered = np.mean([each.low <= 0.0 <= each.high for each in found])
        assert abs(covered - 0.95) < within
        # The control: intervals of the normal distribution are too short for eight draws, and that is seen.
        shorter = 1.96 / 2.365
        reached = [abs(each.mean) <= shorter * (each.high - each.mean) for each in found]
        assert abs(np.mean(reached) - 0.95) > within

    def test_one_seed_has_no_interval(self) -> None:
        found = interval(np.array([2.0]))
        assert found.mean == 2.0
        assert np.isnan(found.low)

    def test_bands_are_quantiles_over_seeds(self, whole: Path) -> None:
        series = open_study(whole).series()
        said = bands(series)
        one = series.collect().filter((pl.col("arm") == "dearer") & (pl.col("day") == 3))["price_level"].to_numpy()
        row = said.filter((pl.col("arm") == "dearer") & (pl.col("day") == 3) & (pl.col("series") == "price_level"))
        assert row["q50"][0] == np.quantile(one, 0.5)
        assert row["q10"][0] == pytest.approx(np.quantile(one, 0.1), rel=1e-12)
