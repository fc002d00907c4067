"""Whatever a folder of results holds, a run, a study or a shock: it is exported with findings and units, and drawn."""

import csv
import json
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from pricewar.scenarios.cli import cli
from pricewar.scenarios.studies import runner
from tests.at_once import AtOnce

SHORT = ("textbook", "days=12", "burn_in=3")
MU = "segments.all.response.mu"
ASKED: dict[str, tuple[tuple[str, ...], set[str], set[str]]] = {
    "run": (("run", *SHORT), {"prices", "market_daily", "wars"}, {"prices", "shares"}),
    "ensemble": (("run", *SHORT, "--seeds=2"), {"runs", "series", "parts", "timing", "outcomes"}, {"bands"}),
    "comparison": (
        ("compare", *SHORT, f"--arm=steep: {MU}=0.2", "--seeds=3", "--until=price=1e9"),
        {"runs", "differences", "gains", "regrets", "trajectories", "precision"},
        {"forest", "gains", "trajectories"},
    ),
    "attribution": (
        ("attribute", *SHORT, "--mechanisms=chain.adoption,chain.applications", "--without=seller:west", "--seeds=2"),
        {"runs", "shares", "interactions", "causes"},
        {"shares", "causes"},
    ),
    "sweep": (
        ("sweep", *SHORT, f"--vary={MU}=0.2,0.3", "--design=grid", "--seeds=1", "--outcome=price"),
        {"runs", "effects"},
        {"response-price"},
    ),
    "sensitivity": (
        ("sensitivity", *SHORT, f"--vary={MU}=0.1..0.4", "--seeds=1", "--points=2", "--outcome=price"),
        {"runs", "sensitivity"},
        {"sensitivity-price"},
    ),
    "shock": (
        ("shock", "textbook", "days=30", "burn_in=3", "--seller=east", "--price=-30%", "--on=2024-01-10", "--days=9"),
        {"responses", "means", "answers", "answers_mean"},
        {"responses", "by_seller", "market"},
    ),
}
"""By kind of folder: what makes it, tables that it must hand on (a few of them), figures that it must draw."""


def call(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def in_place(*_: object) -> AbstractContextManager[Executor]:
    return nullcontext(AtOnce())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of every kind."""
    folders = {kind: tmp_path_factory.mktemp(kind) / "results" for kind in ASKED}
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(runner.run_all.__globals__, "workers", in_place)
        for kind, (words, _, _) in ASKED.items():
            ended = call(*words, f"--out={folders[kind]}")
            assert ended.exit_code == 0, ended.output
    return folders


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("kind", ASKED)
def test_an_export_has_every_table_that_the_folder_holds(
    made: dict[str, Path], kind: str, form: str, tmp_path: Path
) -> None:
    ended = call("export", str(made[kind]), "--to", form, "--out", str(tmp_path / "out"))
    assert ended.exit_code == 0, ended.output
    tables = {file.stem for file in (tmp_path / "out").glob(f"*.{form}")} - {"dictionary"}
    there = {file.stem for file in (made[kind] / "tables").glob("*.parquet")}
    there |= {file.stem for file in made[kind].glob("*.parquet")}
    assert tables >= there | ASKED[kind][1]
    assert json.loads((tmp_path / "out" / "export.json").read_text())["digest"]


@pytest.mark.parametrize("kind", ASKED)
def test_every_column_that_is_handed_on_has_a_meaning_and_every_number_a_unit(
    made: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    call("export", str(made[kind]), "--to", "parquet", "--out", str(tmp_path / "out"))
    with (tmp_path / "out" / "dictionary.csv").open(newline="", encoding="utf-8") as file:
        rows = {(row["table"], row["column"]): row for row in csv.DictReader(file)}
    names = ("seed", "worst_seed", "war", "fact", "cause", "first_fact", MU)
    for exported in (tmp_path / "out").glob("*.parquet"):
        about = pl.read_parquet_metadata(exported)
        for column, dtype in pl.read_parquet_schema(exported).items():
            row = rows[exported.stem, column]
            assert row["meaning"]
            assert about[f"unit:{column}"] == row["unit"]
            assert row["unit"] or not dtype.is_numeric() or column in names, (exported.stem, column)
            assert "money" not in row["unit"]


@pytest.mark.parametrize("kind", ["comparison", "attribution", "sweep", "sensitivity", "ensemble"])
def test_where_outcomes_share_a_column_each_row_says_its_unit(made: dict[str, Path], kind: str) -> None:
    for name in ASKED[kind][1] | {"differences", "effects", "shares", "outcomes"}:
        file = made[kind] / f"{name}.parquet"
        table = pl.read_parquet(file) if file.is_file() else pl.DataFrame()
        if "outcome" in table.columns:
            by_outcome = dict(table.select("outcome", "unit").iter_rows())
            assert all(by_outcome.values())
            assert by_outcome.get("price", "USD/Mtok") == "USD/Mtok"


@pytest.mark.parametrize("kind", ASKED)
def test_figures_are_drawn_again_for_the_screen_and_for_print(made: dict[str, Path], kind: str, tmp_path: Path) -> None:
    ended = call("plot", str(made[kind]), "--out", str(tmp_path / "drawn"))
    assert ended.exit_code == 0, ended.output
    drawn = {file.name for file in (tmp_path / "drawn").iterdir()}
    assert {f"{name}.{end}" for name in ASKED[kind][2] for end in ("png", "pdf")} <= drawn
    for file in (made[kind] / "figures").iterdir():
        assert (tmp_path / "drawn" / file.name).read_bytes() == file.read_bytes(), "as it was drawn at first"


def test_one_figure_of_a_study_can_be_asked_for_and_a_misspelt_one_is_refused(
    made: dict[str, Path], tmp_path: Path
) -> None:
    ended = call("plot", str(made["comparison"]), "-f", "forest", "--out", str(tmp_path / "one"))
    assert ended.exit_code == 0, ended.output
    assert {file.name for file in (tmp_path / "one").iterdir()} == {"forest.png", "forest.pdf"}
    refused = call("plot", str(made["comparison"]), "-f", "forrest", "--out", str(tmp_path / "two"))
    assert refused.exit_code == 2
    assert "did you mean 'forest'?" in refused.output


def test_a_shock_whose_tables_were_changed_is_refused(made: dict[str, Path], tmp_path: Path) -> None:
    from shutil import copytree

    folder = copytree(made["shock"], tmp_path / "shock")
    file = folder / "tables" / "means.parquet"
    pl.read_parquet(file).with_columns(pl.col("mean") + 1.0).write_parquet(file)
    refused = call("export", str(folder), "--to", "csv", "--out", str(tmp_path / "out"))
    assert refused.exit_code == 2
    assert "are not those that were written; make it again" in refused.output
    file.write_bytes(b"PAR1")
    assert call("plot", str(folder)).exit_code == 2


def test_a_form_is_one_file_of_its_room(made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pricewar.scenarios.studies.pages.folders import open_results
    from pricewar.sim.results import export

    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "ndjson.py").write_text("def write(frame, file, about):\n    frame.write_ndjson(file)\n")
    monkeypatch.setattr(export, "__path__", [*export.__path__, str(tmp_path / "room")])
    assert export.forms() == ("csv", "ndjson", "parquet")
    files = open_results(made["sweep"]).export(tmp_path / "out", "ndjson")
    assert pl.read_ndjson(tmp_path / "out" / "effects.ndjson")["outcome"].unique().to_list() == ["price"]
    assert tmp_path / "out" / "dictionary.csv" in files
    with pytest.raises(ValueError, match="no form called 'xlsx'; there are csv, ndjson, parquet"):
        open_results(made["sweep"]).export(tmp_path / "other", "xlsx")


@pytest.mark.parametrize("kind", ["ensemble", "comparison", "attribution", "sweep", "sensitivity"])
def test_a_study_whose_analysis_is_not_written_yet_is_exported_without_it_and_has_nothing_to_draw(
    made: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    from shutil import copytree, rmtree

    folder = copytree(made[kind], tmp_path / "merged")
    for name in ASKED[kind][1] - {"runs", "series", "parts", "timing"}:
        (folder / f"{name}.parquet").unlink()
    rmtree(folder / "figures")
    assert call("export", str(folder), "--to", "csv", "--out", str(tmp_path / "out")).exit_code == 0
    assert (tmp_path / "out" / "runs.csv").is_file()
    ended = call("plot", str(folder))
    assert ended.exit_code == (0 if kind == "ensemble" else 2), "bands need the runs alone"
    assert ended.exit_code == 0 or "yet; g" in ended.output


@pytest.mark.parametrize("kind", ASKED)
def test_each_table_of_a_folder_is_printed_in_each_form_with_its_units(made: dict[str, Path], kind: str) -> None:
    name = sorted(ASKED[kind][1] - {"runs", "series", "timing"})[0]
    for form in ("--csv", "--markdown", "--latex", "--html", "--json"):
        ended = call("table", str(made[kind]), name, form)
        assert ended.exit_code == 0, ended.output
        assert ended.output.strip()
    refused = call("table", str(made[kind]), f"{name}x")
    assert refused.exit_code == 2
    assert f"did you mean '{name}'?" in refused.output
    assert call("table", str(made[kind])).exit_code == 2


def test_a_table_that_is_printed_has_units_in_its_heads_or_in_its_rows(made: dict[str, Path]) -> None:
    gains = call("table", str(made["comparison"]), "gains", "--markdown").output
    assert "| baseline [USD] | difference [USD] |" in gains
    differences = call("table", str(made["comparison"]), "differences").output.splitlines()
    assert differences[0].split()[:4] == ["arm", "outcome", "unit", "asked"]
    assert any("USD/Mtok" in line for line in differences)


def test_names_that_are_marks_elsewhere_are_text_in_every_page_and_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(runner.run_all.__globals__, "workers", in_place)
    arms = ("--arm", f"a|b: {MU}=0.2", "--arm", f"a^$b_$: {MU}=0.25")
    ended = call(
        "compare", *SHORT, *arms, "--seeds=2", "--until=price=1e9", "--outcome=welfare", "--out", str(tmp_path)
    )
    assert ended.exit_code == 0, ended.output
    page = (tmp_path / "summary.md").read_text(encoding="utf-8")
    widths = [[line.replace(r"\|", "").count("|") for line in table.split("\n")]
              for table in page.split("\n\n") if table.startswith("|")]  # fmt: skip
    assert len(widths) == 4, "differences, precision, gains and regrets"
    assert all(len(set(width)) == 1 for width in widths)
    latex = call("table", str(tmp_path), "--by=arm", "--of=price", "--latex").output
    assert r"a\textbar{}b & " in latex
    assert r"a\textasciicircum{}\$b\_\$ & " in latex
