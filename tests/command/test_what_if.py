"""`pricewar compare` and `pricewar attribute` say what differs, go on where they were, and end as they promise."""

import json
import shlex
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from pricewar.scenarios.cli import cli
from tests.at_once import workers

SHORT = ("textbook", "days=15", "burn_in=3")
DEARER = "dearer: sellers.east.tiers.main.cost.marginal=1.2"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder and in this process."""
    monkeypatch.setattr("pricewar.scenarios.studies.runner.workers", workers)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_a_comparison_leaves_tables_figures_and_a_page_and_goes_on_with_more_seeds(here: Path) -> None:
    asked = ("compare", *SHORT, "--arm", DEARER, "--out", "c", "--outcome", "price", "--outcome", "welfare")
    ended = call(*asked, "--seeds", "3", "--require", "welfare<0", "--json")
    assert ended.exit_code == 0, ended.stderr
    printed = json.loads(ended.stdout)
    assert [row["outcome"] for row in printed["differences"]] == ["price", "welfare"]
    assert printed["claims"] == {"welfare<0": True}
    welfare = printed["differences"][1]["difference"]
    assert sum(row["difference"] for row in printed["gains"]) == pytest.approx(welfare, rel=1e-9)
    for name in ("summary.md", "differences.csv", "gains.csv", "regrets.csv", "trajectories.parquet"):
        assert (here / "c" / name).is_file()
    assert {"gains.png", "trajectories.png"} < {file.name for file in (here / "c" / "figures").iterdir()}
    page = (here / "c" / "summary.md").read_text()
    assert "**welfare<0**: met" in page
    before = (here / "c" / "summary.md").read_bytes()
    assert call(*asked, "--seeds", "3", "--require", "welfare<0").exit_code == 0
    assert (here / "c" / "summary.md").read_bytes() == before
    more = call(*asked, "--seeds", "4", "--require", "dearer: welfare > 0")
    assert "6 have finished before, 2 are left" in more.stderr
    assert more.exit_code == 4
    assert "dearer: welfare > 0: not met" in more.stdout


def test_seeds_are_added_until_the_interval_is_narrow(here: Path) -> None:
    asked = ("compare", "textbook", "days=3", "burn_in=1", "--arm", DEARER, "--out", "c")
    ended = call(*asked, "--until", "price=5", "--seeds", "100", "--json")
    assert ended.exit_code == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert len(said["seeds"]) == 20
    assert said["precision"][0]["seeds"] == 20
    assert said["precision"][0]["reached"] <= 5
    assert "## Precision" in (here / "c" / "summary.md").read_text()


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ((), "nothing to compare"),
        (("--policy", "price-flor"), "did you mean 'price-floor'"),
        (("--arm", "dearer"), "is no arm"),
        (("--arm", DEARER, "--outcome", "hbi"), "no outcome is called 'hbi'"),
        (("--arm", DEARER, "--require", "hhi"), "is no claim"),
        (("--arm", DEARER, "--until", "hhi"), "is no precision"),
        (("--arm", DEARER, "--arm", DEARER), "two arms are called 'dearer'"),
        (("--arm", DEARER, "--until", "hhi=1", "--shard", "1/2"), "does not go with --shard"),
    ],
)
def test_a_mistake_is_told_before_the_first_run(here: Path, more: tuple[str, ...], hint: str) -> None:
    ended = call("compare", *SHORT, *more)
    assert ended.exit_code == 2
    assert hint in ended.stderr
    assert list(here.iterdir()) == []


def test_an_attribution_shares_out_and_takes_out(here: Path) -> None:
    asked = ("attribute", *SHORT, "--mechanisms", "idle_capacity,chain.repricing", "--without", "seller:west")
    ended = call(*asked, "--seeds", "2", "--out", "a", "--json")
    assert ended.exit_code == 0, ended.stderr
    printed = json.loads(ended.stdout)
    assert {row["mechanism"] for row in printed["shares"]} == {
        "idle_capacity", "chain.repricing", "together", "all on", "none on",
    }  # fmt: skip
    assert [row["event"] for row in printed["causes"]] == ["seller:west"]
    runs = pl.read_parquet(here / "a" / "runs.parquet")
    assert runs["arm"].unique(maintain_order=True).to_list() == [
        "baseline", "without seller:west", "only idle_capacity", "only chain.repricing", "none",
    ]  # fmt: skip
    assert "## Events" in (here / "a" / "summary.md").read_text()
    for name in ("shares.png", "causes.png"):
        assert (here / "a" / "figures" / name).is_file()


def test_a_mechanism_that_is_off_is_told(here: Path) -> None:
    ended = call("attribute", *SHORT, "--mechanisms", "attention")
    assert ended.exit_code == 2
    assert "no mechanism 'attention' is on" in ended.stderr
    assert list(here.iterdir()) == []


VARY = ("--vary", "segments.all.response.mu=0.2,0.3")


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("run", ("--policy", "price-floor")),
        ("compare", ("--policy", "price-floor", "--arm", DEARER, "--outcome", "price", "--require", "hhi<1")),
        ("attribute", ("--policy", "price-floor", "--mechanisms", "idle_capacity", "--without", "seller:west")),
        ("sweep", ("--policy", "none", "--policy", "price-floor", "--design", "grid", *VARY)),
        ("sensitivity", ("--points", "2", "--vary", "segments.all.response.mu=0.2..0.3")),
    ],
)
def test_the_command_that_a_folder_names_goes_on_with_it_also_from_shards(verb: str, options: tuple[str, ...]) -> None:
    asked = (verb, "textbook", "days=3", "burn_in=1", *options, "--seeds", "2")
    for part in "12":
        assert call(*asked, "--shard", f"{part}/2", "--out", part).exit_code == 0
        again = command_of(part)
        assert f"--shard={part}/2" in again
        assert ", 0 are left" in call(*again[1:]).stderr
    assert call("merge", "1", "2", "--out", "whole").exit_code == 0
    again = command_of("whole")
    assert not any(word.startswith("--shard") for word in again)
    ended = call(*again[1:])
    assert ended.exit_code == 0, ended.stderr
    assert ", 0 are left" in ended.stderr
    assert "start with whole/summary.md" in ended.stdout


def command_of(folder: str) -> list[str]:
    return shlex.split(json.loads((Path(folder) / "study.json").read_text())["command"])


def test_check_says_what_a_study_would_take_and_runs_nothing(here: Path) -> None:
    many = json.loads(call("check", "textbook", "--seeds", "1000", "--jobs", "4", "--json").stdout)
    one = json.loads(call("check", "textbook", "--json").stdout)
    assert (many["runs"], many["processes"]) == (1000, 4)
    assert many["seconds a run"] == pytest.approx(one["estimated seconds"])
    assert many["estimated disk"].endswith(" MB")
    (here / "sweep.toml").write_text(
        'scenario = "textbook"\npolicies = ["none", "price-floor"]\npoints = 8\n'
        "[vary]\nconduct.menu_cost = { low = 0.001, high = 0.1, scale = 'log' }\n"
    )
    swept = json.loads(call("check", "sweep.toml", "--seeds", "3", "--json").stdout)
    assert (swept["arms"], swept["runs"], swept["keys varied"]) == (16, 48, ["conduct.menu_cost (log:0.001..0.1)"])
    assert [file.name for file in here.iterdir()] == ["sweep.toml"]
    (here / "sweep.toml").write_text('scenario = "textbook"\n[vary]\ndyas = { low = 1, high = 2 }\n')
    ended = call("check", "sweep.toml")
    assert ended.exit_code == 2
    assert "did you mean 'days'" in ended.stderr
