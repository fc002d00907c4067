"""`pricewar force` does what its help says, refuses what cannot be asked in one sentence, and writes all or nothing."""

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from pricewar.scenarios.cli import cli
from pricewar.sim.pages.forced_price_folder import MARK, OLD_MARK

SHORT = ("textbook", "days=40", "burn_in=5", "sellers.west.strategy.kind=undercut")
ASKED = ("--seller", "east", "--price", "-30%", "--on", "2024-01-15", "--days", "20")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["force", *arguments])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("finished") / "forced"
    return folder, call(*SHORT, *ASKED, "--seeds", "2", "--jobs", "1", "--out", str(folder), "--json")


def test_the_folder_holds_tables_figures_a_page_and_what_makes_it_again(finished: tuple[Path, Result]) -> None:
    folder, ended = finished
    assert ended.exit_code == 0, ended.stderr
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    tables = {f"tables/{name}.parquet" for name in ("responses", "means", "answers", "answers_mean")}
    figures = {f"figures/{name}.png" for name in ("responses", "by_seller", "market")}
    assert files == {MARK, "summary.md", "dictionary.csv", *tables, *figures}
    assert all((folder / file).stat().st_size > 100 for file in files)
    page = (folder / "summary.md").read_text(encoding="utf-8")
    assert page.startswith("# East's prices cut by 30 % on 15 Jan 2024\n")
    assert "west, main | 2 of 2 |" in page


def test_programs_get_answers_as_json_and_people_nothing_else_on_standard_output(finished: tuple[Path, Result]) -> None:
    folder, ended = finished
    told = json.loads(ended.stdout)
    assert told["folder"] == str(folder)
    assert told["seeds"] == [1, 2]
    assert [(move["seed"], move["tier"]) for move in told["forced"]] == [(1, "main"), (2, "main")]
    assert told["forced"][0]["price"] == pytest.approx(0.7 * told["forced"][0]["previous"], rel=1e-15)
    answered = {(row["seed"], row["seller"]): row["answered"] for row in told["answers"]}
    assert answered == {(seed, seller): True for seed in (1, 2) for seller in ("east", "west")}
    assert told["digest"] == json.loads((folder / MARK).read_text(encoding="utf-8"))["digest"]


def test_every_column_of_every_table_is_in_the_dictionary(finished: tuple[Path, Result]) -> None:
    folder, _ = finished
    dictionary = pl.read_csv(folder / "dictionary.csv")
    for file in sorted((folder / "tables").glob("*.parquet")):
        of_table = dictionary.filter((pl.col("table") == file.stem) & ~pl.col("column").str.starts_with("outcome:"))
        assert of_table["column"].to_list() == pl.read_parquet(file).columns
        assert of_table["meaning"].null_count() == 0
        assert pl.read_parquet_metadata(file)["table"] == file.stem
    outcomes = set(pl.read_parquet(folder / "tables" / "responses.parquet")["outcome"])
    explained = (
        dictionary.filter(pl.col("column").str.starts_with("outcome:"))["column"]
        .str.extract(r"outcome:(\w+)")
        .to_list()
    )
    assert outcomes == set(explained)


def test_the_command_in_the_record_makes_the_same_bytes_again(finished: tuple[Path, Result], tmp_path: Path) -> None:
    import shlex

    folder, _ = finished
    record = json.loads((folder / MARK).read_text(encoding="utf-8"))
    again = shlex.split(record["command"])
    assert again[:2] == ["pricewar", "force"]
    assert call(*again[2:], "--out", "again").exit_code == 0
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            assert (tmp_path / "again" / file.relative_to(folder)).read_bytes() == file.read_bytes(), file


def test_people_get_a_title_a_verdict_and_the_place() -> None:
    ended = call(*SHORT, *ASKED)
    assert ended.exit_code == 0, ended.stderr
    title, _, verdict, place = ended.stdout.strip().splitlines()
    assert title == "East's prices cut by 30 % on 15 Jan 2024"
    assert verdict.startswith("1 of 1 other offer answered, the first after ")
    folder = "outputs/textbook-force-east-seed1"
    assert place == f"Results: {folder} (start with {folder}/summary.md)"


def test_an_earlier_forced_price_is_replaced_only_on_request_and_a_run_never() -> None:
    assert call(*SHORT, *ASKED, "--out", "here").exit_code == 0
    refused = call(*SHORT, *ASKED, "--out", "here")
    assert refused.exit_code == 2
    assert "add --overwrite" in refused.stderr
    assert call(*SHORT, *ASKED, "--out", "here", "--overwrite", "--price", "+10%").exit_code == 0
    assert "raised by 10 %" in Path("here/summary.md").read_text(encoding="utf-8")
    Path("run").mkdir()
    Path("run/run.json").write_text("{}", encoding="utf-8")
    assert call(*SHORT, *ASKED, "--out", "run", "--overwrite").exit_code == 2
    assert Path("run/run.json").read_text(encoding="utf-8") == "{}"


def test_a_folder_of_an_earlier_version_is_replaced_only_on_request() -> None:
    assert call(*SHORT, *ASKED, "--out", "here").exit_code == 0
    Path("here", MARK).rename(Path("here", OLD_MARK))
    refused = call(*SHORT, *ASKED, "--out", "here")
    assert refused.exit_code == 2
    assert "holds an earlier run; name another folder with --out, or add --overwrite" in refused.stderr
    assert call(*SHORT, *ASKED, "--out", "here", "--overwrite").exit_code == 0
    assert [(Path("here") / name).is_file() for name in (MARK, OLD_MARK)] == [True, False]


def test_the_scenario_can_say_a_forced_price_itself() -> None:
    text = 'extends = "textbook"\n[forced.test]\nseller = "east"\ndate = 2024-01-15\nchange = -0.3\n'
    Path("mine.toml").write_text(text, encoding="utf-8")
    ended = CliRunner().invoke(cli, ["run", "mine.toml", "days=40", "burn_in=5", "--out", "run"])
    assert ended.exit_code == 0, ended.stderr
    facts = pl.read_parquet("run/tables/facts.parquet").filter(pl.col("kind") == "forced")
    assert facts["actor"].to_list() == ["outside"]
    meaning = CliRunner().invoke(cli, ["explain", "forced.*.hold"]).stdout
    assert "does not review" in meaning
    for wrong, why in {
        'seller = "eats"': "'eats' is no seller; did you mean 'east'?",
        'seller = "east"\ntier = "mian"': "east has no tier 'mian'; did you mean 'main'?",
        'seller = "east"\nprice = 1.0': "say either change or price",
    }.items():
        Path("mine.toml").write_text(text.replace('seller = "east"', wrong), encoding="utf-8")
        refused = CliRunner().invoke(cli, ["check", "mine.toml"])
        assert refused.exit_code == 2
        assert why in refused.stderr
    Path("mine.toml").write_text(text.replace("2024-01-15", "2023-01-15"), encoding="utf-8")
    assert "must not lie before the start" in CliRunner().invoke(cli, ["check", "mine.toml"]).stderr


WRONG = {
    "seller": (("--seller", "eats"), "no seller called 'eats'; did you mean 'east'?"),
    "tier": (("--tier", "mian"), "east has no tier 'mian'; did you mean 'main'?"),
    "too early": (("--on", "2023-12-31"), "2023-12-31 lies outside the run, which goes from 2024-01-01 to 2024-02-09"),
    "too late": (("--on", "2024-02-10"), "2024-02-10 lies outside the run, which goes from 2024-01-01 to 2024-02-09"),
    "no date": (("--on", "tomorrow"), "'tomorrow' does not match the format '%Y-%m-%d'"),
    "price": (("--price", "cheap"), "--price cheap cannot be read; write a change such as -30% or +20%, or a price"),
    "no sign": (("--price", "30%"), "--price 30% is a cut or a rise? write -30% or +30%"),
    "too deep": (("--price", "-130%"), "the deepest cut is -100%"),
    "negative": (("--price", "-2"), "--price -2 is no price; for a change write -2%"),
    "infinite": (("--price", "inf"), "--price inf cannot be read"),
    "horizon": (("--days", "30"), "--days 30 goes beyond the last day of the run, 2024-02-09; give at most 25"),
    "hold": (("--hold", "-1"), "x>=0"),
}


@pytest.mark.parametrize(("more", "said"), WRONG.values(), ids=list(WRONG))
def test_a_mistake_ends_in_one_sentence_before_any_simulation(
    more: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a simulation began")

    monkeypatch.setattr("pricewar.scenarios.studies.forced_price.play", refuse)
    ended = call(*SHORT, *ASKED, *more)
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert len([line for line in ended.stderr.splitlines() if line.startswith("Error: ")]) == 1
    assert list(Path().iterdir()) == []


def test_a_line_that_is_not_for_sale_that_day_is_a_mistake_and_leaves_nothing() -> None:
    market = ("china-2024", "days=140", "burn_in=2", "buyers.count=50", "--seller", "deepseek", "--price", "-10%")
    ended = call(*market, "--on", "2024-02-01")
    assert ended.exit_code == 2
    assert "deepseek sells nothing yet on 2024-02-01; it opens on 2024-05-06" in ended.stderr
    ended = call(*market, "releases.deepseek-v2.enabled=false", "--on", "2024-05-10", "--days", "3")
    assert ended.exit_code == 2
    assert "deepseek sells nothing on 2024-05-10 (seed 1): it has not opened; take another day" in ended.stderr
    assert list(Path().iterdir()) == []


def test_a_free_model_can_be_forced_and_has_no_elasticity() -> None:
    ended = call(*SHORT, *ASKED, "--price", "0", "--hold", "5", "--json")
    assert ended.exit_code == 0, ended.stderr
    told = json.loads(ended.stdout)
    east = next(row for row in told["answers"] if row["seller"] == "east")
    assert east["forced"]
    assert east["stimulus"] is None
    assert next(row for row in told["answers"] if row["seller"] == "west")["answered"]


def test_a_broken_writer_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pricewar.sim.pages.forced_price_page.summary", broken)
    ended = call(*SHORT, *ASKED, "--out", "here")
    assert ended.exit_code == 2
    assert "cannot be written into here (No space left on device)" in ended.stderr
    assert list(Path().iterdir()) == []


def test_the_help_shows_an_example_and_policies_and_overrides_are_as_for_run() -> None:
    said = call("--help").stdout
    assert "Examples" in said
    ended = call(*SHORT, *ASKED, "--policy", "price-floor", "policies.price-floor.floor=1.4", "--json")
    assert ended.exit_code == 0, ended.stderr
    assert json.loads(ended.stdout)["forced"][0]["price"] == 1.4


def test_the_old_name_works_as_before_is_hidden_and_says_what_it_is_called_now() -> None:
    ended = CliRunner().invoke(cli, ["shock", *SHORT, *ASKED, "--out", "old"])
    assert ended.exit_code == 0, ended.stderr
    assert ended.stderr.splitlines()[0] == "`shock` is now called `force`; the old name goes with the next version."
    assert call(*SHORT, *ASKED, "--out", "new").exit_code == 0
    old, new = (json.loads((Path(name) / MARK).read_text(encoding="utf-8")) for name in ("old", "new"))
    assert old == new
    assert new["command"].startswith("pricewar force textbook ")
    page = CliRunner().invoke(cli, ["--help"]).stdout
    assert "\n  force " in page
    assert "shock" not in page
    assert "shock" not in call("--help").stdout
