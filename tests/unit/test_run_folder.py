"""A run's folder is whole or not there, says where it comes from, and has equal bytes for equal content."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import pricewar
import pricewar.sim.pages.run_page
from pricewar.scenarios.run.means import Progress
from pricewar.sim.errors import ResultMistake, UserMistake
from pricewar.sim.kernel.provenance import checked_out_commit, content_digest, versions
from pricewar.sim.pages.run_folder import in_order, open_run, save
from pricewar.sim.results.run import Run
from pricewar.sim.results.tables import TABLES, columns, faults, schema

RunMaker: TypeAlias = Callable[..., Run]


@pytest.fixture(scope="module")
def run(make_run: RunMaker) -> Run:
    return make_run(sellers=6, wars=1, days=30)


@pytest.fixture
def saved(run: Run, tmp_path: Path) -> Path:
    return save(run, tmp_path / "out", figures=())


def shuffled(run: Run) -> Run:
    """The same run, rows, columns, tables and keys in another order."""
    return replace(
        run,
        scenario=dict(list(run.scenario.items())[::-1]),
        tables={
            name: table.sample(fraction=1, shuffle=True, seed=3).select(reversed(table.columns))
            for name, table in reversed(list(run.tables.items()))
        },
    )


def contents(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


# What is in it


def test_a_run_comes_back_as_it_was_saved(run: Run, saved: Path) -> None:
    back = open_run(saved)
    assert (back.scenario, back.seed, back.policy, back.drawn) == (
        run.scenario, run.seed, run.policy, run.drawn,
    )  # fmt: skip
    assert (back.versions, back.command, back.seconds) == (run.versions, run.command, run.seconds)
    assert back.digest == run.digest
    assert set(back.tables) == set(run.tables) == set(TABLES)
    for name, table in run.tables.items():
        assert_frame_equal(back.tables[name], in_order(name, table))


def test_the_folder_holds_what_the_layout_promises(run: Run, tmp_path: Path) -> None:
    found = set(contents(save(run, tmp_path / "out", csv=True, figures=["adoption"])))
    tables = {f"tables/{name}.{kind}" for name in TABLES for kind in ("parquet", "csv")}
    others = {"run.json", "summary.md", "dictionary.csv", "timing.json"}
    assert found == tables | others | {"figures/adoption.png"}


def test_every_column_carries_its_unit_in_the_file(saved: Path) -> None:
    for name in TABLES:
        about = pl.read_parquet_metadata(saved / "tables" / f"{name}.parquet")
        for column in columns(name):
            assert about[f"unit:{column.name}"] == column.unit.replace("money", "CNY")
            assert about[f"meaning:{column.name}"] == column.meaning
    assert pl.read_parquet_metadata(saved / "tables" / "prices.parquet")["unit:price"] == "CNY/Mtok"


def test_the_dictionary_tells_every_column_once(saved: Path) -> None:
    told = pl.read_csv(saved / "dictionary.csv")
    assert told.columns == ["table", "column", "type", "unit", "meaning"]
    assert told.height == sum(len(its) for its in TABLES.values())
    assert told.select("table", "column").is_duplicated().sum() == 0
    assert told["meaning"].str.ends_with(".").all()
    assert "money" not in "".join(told["unit"].drop_nulls())


def test_equal_content_gives_equal_bytes(run: Run, tmp_path: Path) -> None:
    one = contents(save(run, tmp_path / "one", csv=True, figures=["shares"]))
    other = contents(save(shuffled(run), tmp_path / "other", csv=True, figures=["shares"]))
    assert one == other


def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    code = (
        "import sys, polars as pl\nfrom pricewar.sim.pages.run_folder import save\n"
        "from pricewar.sim.results.run import Run\n"
        "from pricewar.sim.results.tables import TABLES, schema\n"
        "tables = {name: pl.DataFrame(schema=schema(name)) for name in set(TABLES)}\n"
        "day = dict.fromkeys(list(schema('market_daily')), [0])\n"
        "tables['market_daily'] = pl.DataFrame(day).cast(schema('market_daily'))\n"
        "save(Run(scenario={}, seed=1, tables=tables), sys.argv[1], figures=())"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code, str(tmp_path / seed)],
            check=True,
            env=environment,
            timeout=60,
        )
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_a_table_unlike_the_registry_is_not_saved(run: Run, tmp_path: Path) -> None:
    wrong = replace(run, tables={**run.tables, "facts": run.tables["facts"].with_columns(mood=pl.lit("bad"))})
    with pytest.raises(ValueError, match="table facts has an unknown column 'mood'"):
        save(wrong, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("table", TABLES)
def test_the_registry_knows_its_own_frames(table: str) -> None:
    frame = pl.DataFrame(schema=schema(table))
    assert faults(table, frame) == []
    name = frame.columns[-1]
    assert faults(table, frame.drop(name)) == [f"table {table} lacks its column {name!r}"]
    other = pl.Binary()
    assert len(faults(table, frame.cast({name: other}))) == 1
    assert faults(table, frame.with_columns(mood=pl.lit(1))) == [f"table {table} has an unknown column 'mood'"]


def test_the_closing_error_may_be_there_or_not() -> None:
    frame = pl.DataFrame(schema=schema("market_daily"))
    assert faults("market_daily", frame.with_columns(closing_error=pl.lit(0.0))) == []
    assert "closing_error" not in frame.columns


def test_an_unknown_table_has_no_schema() -> None:
    with pytest.raises(KeyError, match="no table called 'price'; there are prices,"):
        schema("price")


# Whole or not at all


def test_a_failure_leaves_nothing_behind(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(pricewar.sim.pages.run_page, "summary", fail)
    with pytest.raises(KeyboardInterrupt):
        save(run, tmp_path / "out", figures=())
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
import pricewar.sim.pages.run_page, pricewar.sim.results.folder
from pricewar.sim.pages.run_folder import open_run, save
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
where, source, target = sys.argv[1:]
run = open_run(source)
if where == "writing":
    pricewar.sim.pages.run_page.summary = die
else:
    rename = pricewar.sim.results.folder.Path.rename
    def second(self, other):
        rename(self, other) if ".partial-" not in self.name else die()
    pricewar.sim.results.folder.Path.rename = second
save(run, target, figures=(), overwrite=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill without warning")
@pytest.mark.parametrize("where", ["writing", "between-the-renames"])
def test_a_kill_leaves_the_folder_as_it_was_or_hidden_and_the_next_run_clears_up(
    run: Run, saved: Path, tmp_path: Path, where: str
) -> None:
    before = contents(saved)
    source = save(run, tmp_path / "elsewhere" / "source", figures=())
    killed = subprocess.run([sys.executable, "-c", KILLED, where, str(source), str(saved)], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = {path.name.split("-")[0] for path in tmp_path.iterdir()} - {"elsewhere"}
    assert left == ({"out", ".out.partial"} if where == "writing" else {".out.partial", ".out.replaced"})
    if where == "writing":
        assert contents(saved) == before
    with pytest.raises(UserMistake, match="holds an earlier run"):
        save(run, saved, figures=())
    assert contents(saved) == before, "what the kill had moved aside is back in place"
    assert {path.name for path in tmp_path.iterdir()} == {"out", "elsewhere"}


def test_an_earlier_run_is_replaced_only_when_told(run: Run, saved: Path) -> None:
    with pytest.raises(UserMistake, match="out holds an earlier run; name another folder, or ask to overwrite"):
        save(run, saved, figures=())
    (saved / "notes.txt").write_text("mine")
    save(replace(run, seed=9), saved, figures=(), overwrite=True)
    assert open_run(saved).seed == 9
    assert not (saved / "notes.txt").exists()
    assert [path.name for path in saved.parent.iterdir()] == ["out"]


def test_a_folder_of_something_else_is_never_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UserMistake, match="holds other files than a run's, so it stays"):
        save(run, tmp_path, figures=(), overwrite=True)
    with pytest.raises(UserMistake, match=r"thesis.tex is a file"):
        save(run, tmp_path / "thesis.tex", figures=(), overwrite=True)
    assert contents(tmp_path) == {"thesis.tex": b"mine"}


def test_an_empty_folder_may_be_filled(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert open_run(save(run, tmp_path / "out", figures=())).seed == run.seed


# What is refused, and in which words


def spoil_record(**changes: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        record = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps({**record, **changes}))

    return spoil


def drop_digest(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text())
    del record["digest"]
    (folder / "run.json").write_text(json.dumps(record))


def cut_short(folder: Path) -> None:
    path = folder / "tables" / "facts.parquet"
    path.write_bytes(path.read_bytes()[:200])


def change_a_price(folder: Path) -> None:
    path = folder / "tables" / "prices.parquet"
    pl.read_parquet(path).with_columns(pl.col("price") * 1.0000001).write_parquet(path)


def drop_a_column(folder: Path) -> None:
    path = folder / "tables" / "prices.parquet"
    pl.read_parquet(path).drop("price").write_parquet(path)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(
            lambda f: (f / "run.json").unlink(), "not a folder of results: it has no run.json", id="no-record"
        ),
        pytest.param(lambda f: (f / "run.json").write_text("{"), "cannot be read", id="half-a-record"),
        pytest.param(lambda f: (f / "run.json").write_text("[]"), "not the record of a run", id="other-record"),
        pytest.param(spoil_record(format=1), "in format 1, and this version reads format 2", id="older-format"),
        pytest.param(
            spoil_record(format=1, versions={"llm-pricewar": "not installed"}),
            "was written by a checkout of llm-pricewar in format 1",
            id="format-of-a-checkout",
        ),
        pytest.param(spoil_record(format=99), "in format 99, and this version reads format 2", id="other-format"),
        pytest.param(drop_digest, "lacks 'digest'", id="no-digest"),
        pytest.param(lambda f: (f / "tables/facts.parquet").unlink(), "facts.parquet is missing", id="no-table"),
        pytest.param(cut_short, "facts.parquet is damaged", id="half-a-table"),
        pytest.param(change_a_price, "are not those that were written", id="changed-price"),
        pytest.param(drop_a_column, "lacks its column 'price'", id="lost-column"),
    ],
)
def test_a_spoilt_folder_is_refused_in_one_sentence(saved: Path, spoil: Callable[[Path], None], says: str) -> None:
    spoil(saved)
    with pytest.raises(ResultMistake, match=says) as refused:
        open_run(saved)
    assert "\n" not in str(refused.value)
    assert str(saved) in str(refused.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultMistake, match=r"there is no folder of results at .*nowhere"):
        open_run(tmp_path / "nowhere")


def test_timing_may_be_taken_away_before_folders_are_compared(saved: Path) -> None:
    (saved / "timing.json").unlink()
    assert open_run(saved).seconds is None


# The digest


def test_the_digest_does_not_see_order(run: Run) -> None:
    assert shuffled(run).digest == run.digest


@pytest.mark.parametrize("table", ["prices", "facts", "wars", "market_daily"])
def test_the_digest_sees_every_column(run: Run, table: str) -> None:
    frame = run.tables[table]
    before = content_digest({table: frame})
    for name, dtype in frame.schema.items():
        first = pl.int_range(frame.height) == 0
        nulled = pl.when(first).then(None).otherwise(pl.col(name)).alias(name)
        if frame[name][0] is None:
            nulled = pl.lit("A").alias(name) if dtype == pl.String else pl.lit(1, dtype).alias(name)
        assert content_digest({table: frame.with_columns(nulled)}) != before, name


def test_the_digest_sees_one_bit_and_the_name_of_a_table() -> None:
    one = pl.DataFrame({"x": [1.0, 2.0]})
    bit = pl.DataFrame({"x": [1.0, 2.0000000000000004]})
    assert content_digest({"a": one}) != content_digest({"a": bit})
    assert content_digest({"a": one}) != content_digest({"b": one})


def test_the_digest_sees_which_values_stand_in_one_row() -> None:
    one = pl.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    other = pl.DataFrame({"x": [1, 2], "y": ["b", "a"]})
    assert content_digest({"t": one}) != content_digest({"t": other})


def test_the_digest_does_not_run_texts_together() -> None:
    one, other = pl.DataFrame({"x": ["ab", "c"]}), pl.DataFrame({"x": ["a", "bc"]})
    assert content_digest({"t": one}) != content_digest({"t": other})


def test_the_digest_tells_nothing_from_zero_and_from_no_number() -> None:
    values = [[None], [0.0], [float("nan")]]
    frames = [pl.DataFrame({"x": value}, schema={"x": pl.Float64}) for value in values]
    assert len({content_digest({"t": frame}) for frame in frames}) == 3
    assert content_digest({"t": pl.DataFrame({"x": [-0.0]})}) == content_digest({"t": frames[1]})


def test_the_digest_is_the_same_on_every_machine() -> None:
    """Recorded once; a change means that results of earlier versions can no longer be checked."""
    frame = pl.DataFrame({"x": [1.5, None], "y": ["ä", "b"], "z": [True, False]}).with_columns(day=pl.date(2024, 5, 6))
    assert content_digest({"t": frame}) == "357fcc58c74dca517d9284e798f5db08138b4bbecd56af21bd100127fb9f9bc9"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(allow_nan=True), st.text(max_size=3), st.none() | st.integers(0, 9)), max_size=8))
def test_the_digest_ignores_the_order_of_any_rows(rows: list[tuple[float, str, int | None]]) -> None:
    types = {"x": pl.Float64, "y": pl.String, "z": pl.Int64}
    one = pl.DataFrame(rows, schema=types, orient="row")
    other = pl.DataFrame(rows[::-1], schema=types, orient="row").select("z", "y", "x")
    assert content_digest({"t": one}) == content_digest({"t": other})


def test_a_column_of_lists_has_no_digest() -> None:
    with pytest.raises(TypeError, match="'x' holds List"):
        content_digest({"t": pl.DataFrame({"x": [[1, 2]]})})


# Versions


def test_versions_name_what_the_numbers_depend_on() -> None:
    found = versions()
    assert {"python", "llm-pricewar", "numpy", "polars", "pydantic", "scipy", "simpy"} <= set(found)
    assert found["polars"] == pl.__version__


MAIN = "ref: refs/heads/main\n"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("files", "commit"),
    [
        pytest.param({"HEAD": MAIN, "refs/heads/main": COMMIT + "\n"}, COMMIT, id="branch"),
        pytest.param({"HEAD": MAIN, "packed-refs": f"{COMMIT} {MAIN[5:]}"}, COMMIT, id="packed"),
        pytest.param({"HEAD": COMMIT + "\n"}, COMMIT, id="detached"),
        pytest.param({"HEAD": MAIN}, None, id="no-commit-yet"),
        pytest.param({"HEAD": MAIN, "packed-refs": "# pack-refs\n"}, None, id="not-packed"),
        pytest.param({"HEAD": "gibberish"}, None, id="gibberish"),
        pytest.param({}, None, id="no-git"),
    ],
)  # fmt: skip
def test_the_commit_is_read_where_there_is_one(tmp_path: Path, files: dict[str, str], commit: str | None) -> None:
    for name, text in files.items():
        path = tmp_path / ".git" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert checked_out_commit(tmp_path) == commit


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        (None, {"prices", "who_cut_when", "shares", "waterfall"}),
        ("none", set()),
        ("adoption, prices", {"adoption", "prices"}),
    ],
    ids=["story", "none", "named"],
)
def test_a_run_draws_what_tells_its_story_or_what_is_asked_for(
    tmp_path: Path, asked: str | None, drawn: set[str]
) -> None:
    made = pricewar.run("textbook", ["days=20", "burn_in=1"], out=tmp_path / "run", figures=asked)
    assert {path.stem for path in (tmp_path / "run").glob("figures/*.png")} == drawn
    assert ("--figures" in made.command) == (asked is not None)


def refused(progress: Progress) -> None:
    pytest.fail(f"simulated: {progress}")


def test_an_unknown_figure_is_told_before_anything_is_simulated(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="no figure called 'price'; did you mean 'prices'"):
        pricewar.run("textbook", ["days=20"], out=tmp_path / "run", figures="price", progress=refused)


@pytest.mark.parametrize("option", [{"csv": True}, {"figures": "none"}], ids=str)
def test_options_of_a_single_run_are_refused_with_many(option: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="is of a single run"):
        pricewar.run("textbook", ["days=20"], seeds=2, out=tmp_path / "runs", **option)
    with pytest.raises(UserMistake, match="a shard is a part of many runs"):
        pricewar.run("textbook", ["days=20"], shard=(1, 2))  # type: ignore[call-overload]
    assert list(tmp_path.iterdir()) == []
