"""Tables of a study by what it varies, its exports, and the verbs that make them, on the command line and in Python."""

import csv
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

import pricewar
from pricewar.scenarios.cli import cli
from pricewar.scenarios.run.means import Means
from pricewar.scenarios.studies.designs import factor
from pricewar.scenarios.studies.findings import FINDINGS
from pricewar.scenarios.studies.ledger import Finished
from pricewar.scenarios.studies.pages.folders import open_results
from pricewar.scenarios.studies.pages.pivot import column_of, laid_out, levels, pivot
from pricewar.scenarios.studies.pages.sweep import effects, write_sweep
from pricewar.scenarios.studies.runner import carry_out
from pricewar.scenarios.studies.store import Results, open_study, units
from pricewar.scenarios.studies.study import Arm, Task
from pricewar.scenarios.studies.sweep import Plan, study_of
from pricewar.scenarios.verification.sensitivity import InPlace
from pricewar.sim.analysis.intervals import AT_LEAST_ZERO, LABEL, MEANING, OVER_POINTS, interval
from pricewar.sim.errors import ResultMistake, UserMistake
from pricewar.sim.pages.table import Head, Table
from tests.at_once import AtOnce

MU, RATE = "segments.all.response.mu", "conduct.review_rate"
SHORT = ("days=12", "burn_in=3")


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two keys, two policies, three seeds; the price is 10·mu + seed, of a key that stands for mu."""
    plan = Plan(
        scenario="textbook",
        factors=(factor(MU, "0.1,0.2,0.4"), factor(RATE, "0.1..0.5/2")),
        policies=("none", "price-floor"),
        design="grid",
        seeds=3,
    )
    executor = InPlace("price", lambda settings, seed: 10.0 * settings[MU] + seed)
    return carry_out(study_of(plan, "pricewar sweep ..."), tmp_path_factory.mktemp("g") / "s", Means(executor=executor))


def typed(*words: str) -> tuple[int, str]:
    ended = CliRunner().invoke(cli, list(words))
    return ended.exit_code, ended.output


class TestPivot:
    def test_a_level_has_the_mean_over_seeds_with_its_interval_and_the_number_of_runs(self, grid: Results) -> None:
        row = pivot(grid.runs, [MU], ["price"]).row(1, named=True)
        expected = interval(np.array([3.0, 4.0, 5.0]), AT_LEAST_ZERO)
        known = {"runs": 12, "mean": 4.0, "low": expected.low, "high": expected.high}
        assert row == {MU: "0.2", "outcome": "price", **known}

    def test_two_keys_make_a_table_of_pairs(self, grid: Results) -> None:
        table = pivot(grid.runs, [MU, "policy"], ["price"])
        assert table.height == 6
        laid = laid_out(table, [MU, "policy"], ["price"], units(grid.manifest))
        assert [str(head) for head in laid.heads] == ["outcome", MU, "policy = none", "policy = price-floor"]
        assert laid.rows[0][:2] == ["price [USD/Mtok]", "0.1"]
        assert str(laid.rows[0][2]).startswith("3.0 [")

    def test_runs_that_failed_do_not_count(self, grid: Results) -> None:
        runs = grid.runs.with_columns(
            status=pl.when(pl.col(MU) == 0.1).then(pl.lit("failed")).otherwise(pl.col("status"))
        )
        row = pivot(runs, [MU], ["price"]).row(0, named=True)
        assert row["runs"] == 0
        assert np.isnan(row["mean"])

    def test_a_range_of_many_values_is_cut_into_bins_of_about_as_many_points(self) -> None:
        runs = pl.DataFrame({"x": np.linspace(0.0, 1.0, 48), "seed": [1] * 48})
        cut = levels(runs, "x")
        assert np.bincount([at for at in cut.of_run if at is not None]).tolist() == [8] * 6
        assert list(cut.centres) == sorted(cut.centres)

    def test_a_key_is_found_by_its_end_and_a_misspelt_one_is_refused(self, grid: Results) -> None:
        assert column_of("mu", grid.manifest) == MU
        with pytest.raises(UserMistake, match=r"did you mean 'conduct\.review_rate'"):
            column_of("conduct.review_rat", grid.manifest)

    def test_marks_of_latex_and_markdown_are_text(self) -> None:
        table = Table([Head("a_b & 1 % of a|b^c")], [])
        assert r"a\_b \& 1 \% of a\textbar{}b\textasciicircum{}c" in table.latex()
        assert r"a\|b" in table.markdown()


class TestWhatASweepLeaves:
    def test_effects_have_a_row_for_every_key_level_and_outcome(self, grid: Results) -> None:
        found = effects(grid, ["price"])
        assert found["key"].value_counts().sort("key").rows() == [(RATE, 2), ("policy", 2), (MU, 3)]

    def test_a_page_with_figures_of_responses_and_a_map(self, grid: Results) -> None:
        page = write_sweep(grid, ["price"]).read_text()
        assert "| 0.2 | 4.0 [2.2, 7.4] (12) |" in page
        assert {file.name for file in (grid.folder / "figures").iterdir()} == {"response-price.png", "map-price.png"}

    def test_points_that_failed_are_named_with_their_reasons(self, tmp_path: Path) -> None:
        def of(settings: object, seed: int) -> float:  # noqa: ARG001
            return float(seed)

        plan = Plan(scenario="textbook", factors=(factor(MU, "0.1,0.2"),), design="grid", seeds=2)
        carry_out(study_of(plan), tmp_path, Means(executor=InPlace("price", of)))
        ledger = tmp_path / "ledger.jsonl"
        runs = [json.loads(line) for line in ledger.read_text().splitlines()]
        for run in runs:  # in whatever order they ended
            if (run["arm"], run["seed"]) == (0, 1):
                run |= {"status": "failed", "reason": "X: y"}
        ledger.write_text("".join(json.dumps(run) + "\n" for run in runs))
        results = carry_out(study_of(plan), tmp_path, Means(executor=InPlace("price", of)))
        assert results.failed.height == 1
        assert "- p0001, seed 1: X: y" in write_sweep(results, ["price"]).read_text()


class TestWhatAnIntervalIs:
    """Every interval says what it is: Monte Carlo error, over what, at which level."""

    def test_every_bound_in_every_table_of_a_study_says_what_it_is(self) -> None:
        ends = [
            meaning
            for columns in FINDINGS.values()
            for name, (_, meaning) in columns.items()
            if re.search(r"(^|_)(low|high)$", name)
        ]
        assert len(ends) > 30
        for meaning in ends:
            assert "95 % interval" in meaning
            assert "Monte Carlo error over seeds" in meaning or "bootstrapped over the points" in meaning, meaning

    def test_pages_of_a_sweep_say_it(self, grid: Results) -> None:
        assert MEANING in write_sweep(grid, ["price"]).read_text()

    def test_verbs_say_it_to_programs(self, tmp_path: Path) -> None:
        many = ["run", "textbook", *SHORT, "--seeds=2", "--jobs=1", f"--out={tmp_path / 'r'}"]
        swept = ["sweep", "textbook", *SHORT, "--vary", f"{MU}=0.2,0.3", "--design=grid", "--seeds=1", "--jobs=1",
                 f"--out={tmp_path / 's'}"]  # fmt: skip
        compared = ["compare", "textbook", *SHORT, "--policy=price-floor", "--seeds=2", "--jobs=1",
                    f"--out={tmp_path / 'c'}"]  # fmt: skip
        records = [json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout) for words in (many, swept, compared)]
        assert [record["interval"] for record in records] == [LABEL, f"95 % interval of {OVER_POINTS}", LABEL]
        assert records[2]["same_arms"] == [["baseline", "price-floor"]]
        told = CliRunner().invoke(cli, compared).stdout
        assert "The arm 'price-floor' is the same as the baseline in every run: the policy never binds." in told
        assert MEANING in told


class TestExport:
    def test_a_study_comes_out_flat_with_every_column_in_the_dictionary(self, grid: Results, tmp_path: Path) -> None:
        for form in ("csv", "parquet"):
            out = tmp_path / form
            open_results(grid.folder).export(out, form)
            runs = pl.read_csv(out / "runs.csv") if form == "csv" else pl.read_parquet(out / "runs.parquet")
            assert runs["price"].to_list() == grid.runs["price"].to_list()
            with (out / "dictionary.csv").open(newline="") as file:
                known = {(row["table"], row["column"]) for row in csv.DictReader(file)}
            assert {("runs", name) for name in runs.columns} <= known
        assert json.loads((tmp_path / "csv" / "export.json").read_text())["digest"] == grid.digest

    def test_a_run_comes_out_table_by_table(self, tmp_path: Path) -> None:
        run = pricewar.run("textbook", SHORT, out=tmp_path / "run")
        open_results(tmp_path / "run").export(tmp_path / "out", "parquet")
        for name, table in run.tables.items():
            assert pl.read_parquet(tmp_path / "out" / f"{name}.parquet").height == table.height

    def test_only_an_earlier_export_is_replaced_and_only_on_request(self, grid: Results, tmp_path: Path) -> None:
        open_results(grid.folder).export(tmp_path / "out", "csv")
        with pytest.raises(UserMistake, match="overwrite"):
            open_results(grid.folder).export(tmp_path / "out", "csv")
        open_results(grid.folder).export(tmp_path / "out", "parquet", overwrite=True)
        assert not (tmp_path / "out" / "runs.csv").exists()
        with pytest.raises(UserMistake, match="stays"):
            open_results(grid.folder).export(grid.folder, "csv", overwrite=True)
        with pytest.raises(ResultMistake, match="not a folder of results"):
            open_results(tmp_path)


class TestVerbs:
    def test_table_prints_for_people_and_for_programs(self, grid: Results) -> None:
        where = str(grid.folder)
        code, printed = typed("table", where, "--by", "mu", "--of", "price", "--json")
        assert code == 0
        assert json.loads(printed)[1]["mean"] == 4.0
        assert r"\begin{tabular}" in typed("table", where, "--by", "mu,policy", "--of", "price", "--latex")[1]
        page = typed("table", where, "--by", "mu", "--of", "price", "--csv")[1]
        assert page.startswith(f"{MU},outcome,runs")
        assert page.splitlines()[1].endswith(",USD/Mtok")
        assert "<th>segments" in typed("table", where, "--by", "mu", "--of", "price", "--html")[1]
        assert typed("table", where, "--by", "mu", "--of", "pric") == (
            2,
            "Error: no outcome is called 'pric'; did you mean 'price'?\n",
        )

    def test_a_sweep_runs_prints_its_plan_first_and_goes_on(self, tmp_path: Path) -> None:
        words = ["sweep", "textbook", *SHORT, "--vary", f"{MU}=0.2,0.3", "--design=grid", "--seeds=1", "--jobs=1",
                 "--outcome=price", f"--out={tmp_path / 's'}", "--json"]  # fmt: skip
        ended = CliRunner().invoke(cli, words)
        assert ended.exit_code == 0, ended.output
        assert "2 arms × 1 seeds = 2 runs" in ended.stderr
        again = CliRunner().invoke(cli, words)
        assert "2 have finished before, 0 are left" in again.stderr
        assert json.loads(again.stdout)["digest"] == json.loads(ended.stdout)["digest"]
        assert open_study(tmp_path / "s").manifest.command.startswith("pricewar sweep textbook days=12")

    def test_mistakes_end_with_2_before_anything_is_written(self, tmp_path: Path) -> None:
        out = f"--out={tmp_path / 's'}"
        for words, told in (
            (["sweep", "textbook", "--vary", "opning.hold=a|b"], "did you mean 'opening'"),
            (["sweep", "textbook"], "say what to vary"),
            (["sweep", "textbook", "--vary", f"{MU}=0.1..0.4", "--design=sobol", "--points=12"], "powers of two"),
            (["sensitivity", "textbook", "--vary", f"{MU}=0.1..0.4", "--outcome=pric"], "did you mean 'price'"),
        ):
            code, printed = typed(*words, out)
            assert code == 2
            assert told in printed
        assert not (tmp_path / "s").exists()


class TestPython:
    def test_importing_the_package_loads_nothing_heavy(self) -> None:
        probe = "import sys, scenarios; print(sorted(set(sys.modules) & {'numpy', 'polars', 'pydantic', 'scipy'}))"
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        ended = subprocess.run([sys.executable, "-c", probe], env=environment, capture_output=True, text=True)
        assert ended.stdout.strip() == "[]", ended.stderr

    def test_the_verbs_are_those_of_the_command(self, tmp_path: Path) -> None:
        scenario = pricewar.load("textbook", SHORT)
        one = pricewar.run(scenario, seed=3)
        assert one.digest == pricewar.run("textbook", SHORT, seed=3).digest
        with ThreadPoolExecutor(2) as pool:
            many = pricewar.run("textbook", SHORT, seeds=[5, 3], jobs=2, executor=pool, out=tmp_path / "e")
        assert many.runs["seed"].to_list() == [3, 5]
        with ThreadPoolExecutor(2) as pool:
            swept = pricewar.sweep("textbook", {MU: [0.2, 0.3], RATE: "0.1..0.2/2"}, design="grid", seeds=1,
                                    overrides=SHORT, out=tmp_path / "s", executor=pool)  # fmt: skip
        assert swept.done.height == 4
        assert pricewar.open_study(tmp_path / "s").digest == swept.digest
        with ThreadPoolExecutor(2) as pool:
            comparison = pricewar.compare("textbook", SHORT, arms=[f"steep: {MU}=0.2"], without=["seller:west"],
                                          seeds=2, until={"price": 1e9}, out=tmp_path / "c", executor=pool)  # fmt: skip
        assert comparison.differences["arm"].unique(maintain_order=True).to_list() == ["steep", "without seller:west"]
        assert [row["seeds"] for row in comparison.precision] == [2, 2]
        pages = [(tmp_path / name / "summary.md").read_text() for name in ("e", "s", "c")]
        assert "Made from Python." in pages[0]  # for no command names seeds with holes between
        assert "Made by `pricewar sweep textbook days" in pages[1]
        assert "Made by `pricewar compare textbook days" in pages[2]

    def test_every_verb_is_there(self) -> None:
        assert all(callable(getattr(pricewar, verb)) for verb in ("load", "run", "compare", "sweep", "open_study"))

    def test_what_is_not_there_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="no attribute 'sweeep'"):
            _ = getattr(pricewar, "sweeep")  # noqa: B009  (a type checker sees that it is not there)


def test_a_sensitivity_with_a_failed_run_ends_with_2_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pricewar.scenarios.studies.runner import run_all
    from pricewar.scenarios.studies.runner import work as real

    def work(task: Task, arm: Arm) -> tuple[Finished, bytes]:
        if task.arm == 0:
            return replace(real(task, arm)[0], status="failed", reason="ValueError: x", outcomes={}), b""
        return real(task, arm)

    # Where the running program looks them up, whoever has imported the module how.
    monkeypatch.setitem(run_all.__globals__, "work", work)
    monkeypatch.setitem(run_all.__globals__, "workers", lambda *_: nullcontext(AtOnce()))
    words = ["sensitivity", "textbook", *SHORT, "--vary", f"{MU}=0.1..0.4", "--seeds=1", "--points=2", "-o", "price"]
    code, printed = typed(*words, f"--out={tmp_path / 's'}")
    assert code == 2, printed
    assert "of 4 runs failed, and no index can be had" in printed
    assert "p0001 with seed 1 (ValueError: x)" in printed
    assert typed(*words, "--policy=none", "--policy=price-floor", f"--out={tmp_path / 't'}")[0] == 2
