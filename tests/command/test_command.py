"""The `pricewar` command does what its help says, and ends as its help promises."""

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest
from click.testing import CliRunner, Result

from pricewar.scenarios.cli import cli
from pricewar.scenarios.cli.screen import Pricewar
from pricewar.scenarios.config.load import load
from pricewar.sim.errors import UserMistake
from pricewar.sim.pages.run_folder import open_run, save
from pricewar.sim.results.run import Run

ROOT = Path(__file__).parents[2]
SHORT = ("days=20", "burn_in=5")
"""Overrides that make a run short."""


def call(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=given)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pricewar", *arguments]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **more}


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, as a user does."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """One short run of the textbook, and what the command said of it."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    return folder, call("run", "textbook", *SHORT, "--seed", "7", "--out", str(folder), "--csv")


@pytest.fixture
def no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a simulation begins."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a simulation began")

    monkeypatch.setattr("pricewar.scenarios.api.run.play", refuse)


VERBS = ("list", "new", "show", "check", "run", "wars", "why", "ask", "diff", "plot", "explain", "schema")


def test_help_teaches_every_verb_in_order() -> None:
    help_page = call("--help").stdout
    places = [help_page.index(f"\n  {verb} ") for verb in VERBS]
    assert places == sorted(places)
    assert set(cli.commands) >= set(VERBS)
    assert [code for code in ("0 ", "1 ", "2 ", "130 ") if f"\n    {code}" in help_page] == [
        "0 ",
        "1 ",
        "2 ",
        "130 ",
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_shows_an_example(verb: str) -> None:
    for option in ("-h", "--help"):
        ended = call(verb, option)
        assert ended.exit_code == 0
        assert "Example" in ended.stdout
        assert f"pricewar {verb}" in ended.stdout


def examples() -> list[str]:
    said = "\n".join(call(*verb, "--help").stdout for verb in ((), *((verb,) for verb in VERBS)))
    return sorted({line.strip() for line in said.splitlines() if line.startswith("    pricewar ")})


def test_the_examples_use_options_that_exist() -> None:
    found = examples()
    assert len(found) >= 15
    for example in found:
        verb, *rest = shlex.split(example.partition("   ")[0].partition(" > ")[0])[1:]
        cli.commands[verb].make_context(verb, rest)


def test_the_version_is_told() -> None:
    assert call("--version").stdout.startswith("pricewar ")


def test_list_tells_scenarios_and_policies_in_a_line_each() -> None:
    known = json.loads(call("list", "--json").stdout)
    assert {"what", "name", "description"} == set(known[0])
    (textbook,) = [entry for entry in known if entry["name"] == "textbook"]
    assert textbook["description"] == load("textbook").title
    assert len(lines(call("list").stdout)) == len(known) + 1


def test_what_show_prints_is_the_scenario_it_shows(elsewhere: Path) -> None:
    shown = call("show", "textbook", "days=33").stdout
    (elsewhere / "again.toml").write_text(shown)
    assert load("again.toml") == load("textbook", ["days=33"])
    assert call("show", "-", given=shown).stdout == shown
    assert json.loads(call("show", "textbook", "--json").stdout)["days"] == load("textbook").days


@pytest.mark.usefixtures("no_simulation")
def test_check_tells_the_plan_and_writes_nothing(elsewhere: Path) -> None:
    ended = call("check", "textbook", "days=33", "--seed", "5")
    assert ended.exit_code == 0
    told = dict(line.split("  ", 1) for line in lines(ended.stdout))
    assert {key: told[key].strip() for key in ("days", "sellers", "seed", "mechanisms on")} == {
        "days": "33", "sellers": "east, west", "seed": "5", "mechanisms on": "idle_capacity",
    }  # fmt: skip
    planned = json.loads(call("check", "textbook", "--json").stdout)
    assert planned["offers"] == 2
    assert planned["mechanisms off"] == ["attention", "distress", "focal_prices", "learning", "lock_in", "open_release"]
    assert planned["estimated seconds"] > 0
    assert list(elsewhere.iterdir()) == []


def test_new_writes_a_file_that_changes_nothing_until_edited(elsewhere: Path) -> None:
    assert call("new", "sub/mine.toml", "--from", "textbook").exit_code == 2
    ended = call("new", "mine.toml", "--from", "textbook")
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert load("mine.toml") == load("textbook")
    text = (elsewhere / "mine.toml").read_text()
    assert tomllib.loads(text) == {"extends": "textbook"}
    assert "\n# days = 365\n" in text
    (elsewhere / "mine.toml").write_text(text.replace("# days = 365", "days = 36"))
    assert load("mine.toml").days == 36
    assert call("new", "-", "--from", "textbook").stdout == text


def test_new_leaves_a_file_that_exists_alone(elsewhere: Path) -> None:
    (elsewhere / "mine.toml").write_text("mine")
    ended = call("new", "mine.toml", "--from", "textbook")
    assert (ended.exit_code, lines(ended.stderr)) == (
        2,
        ["Error: mine.toml exists already and stays as it is; name another file"],
    )
    assert (elsewhere / "mine.toml").read_text() == "mine"


def test_new_names_a_file_to_extend_from_where_it_will_lie(elsewhere: Path) -> None:
    (elsewhere / "base.toml").write_text('extends = "textbook"\ndays = 12')
    (elsewhere / "sub").mkdir()
    assert call("new", "sub/mine.toml", "--from", "base.toml").exit_code == 0
    assert load("sub/mine.toml").days == 12


def test_run_tells_the_plan_aside_and_the_verdict_in_a_few_lines(finished: tuple[Path, Result]) -> None:
    folder, ended = finished
    assert ended.exit_code == 0
    assert "seed" in ended.stderr
    assert "sellers" in ended.stderr
    printed = lines(ended.stdout)
    assert printed[0] == load("textbook").title
    assert "price war" in ended.stdout
    assert printed[-1].startswith(f"Results: {folder}")
    assert len(printed) <= 8
    assert "\x1b" not in ended.output


def test_run_leaves_a_whole_folder(finished: tuple[Path, Result]) -> None:
    folder, _ = finished
    run = open_run(folder)
    assert (run.seed, run.scenario["days"]) == (7, 20)
    assert {"run.json", "summary.md", "dictionary.csv", "tables", "figures"} <= {p.name for p in folder.iterdir()}
    assert list((folder / "tables").glob("*.csv"))
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_the_recorded_command_makes_the_run_again(finished: tuple[Path, Result]) -> None:
    run = open_run(finished[0])
    name, *arguments = shlex.split(run.command)
    assert name == "pricewar"
    ended = call(*arguments, "--json")
    told = json.loads(ended.stdout)
    assert told["digest"] == run.digest
    assert told["seed"] == run.seed
    assert told["folder"] == "outputs/textbook-seed7"
    assert Path("outputs/textbook-seed7/run.json").is_file()


@pytest.mark.usefixtures("no_simulation")
def test_an_earlier_run_is_replaced_only_when_told(finished: tuple[Path, Result]) -> None:
    ended = call("run", "textbook", *SHORT, "--out", str(finished[0]))
    assert ended.exit_code == 2
    assert ended.stderr.strip().endswith("name another folder with --out, or add --overwrite")
    ended = call("run", "textbook", *SHORT, "--out", str(finished[0]), "--overwrite")
    assert "a simulation began" in ended.stderr


def test_an_earlier_run_is_replaced_whole(elsewhere: Path) -> None:
    (elsewhere / "out").mkdir()
    (elsewhere / "out/run.json").write_text("{}")
    (elsewhere / "out/left.over").touch()
    assert call("run", "textbook", *SHORT, "--out", "out", "--overwrite").exit_code == 0
    assert open_run("out").seed == load("textbook").seed
    assert not (elsewhere / "out/left.over").exists()


@pytest.mark.usefixtures("no_simulation")
def test_files_that_are_not_ours_are_never_replaced(elsewhere: Path) -> None:
    (elsewhere / "out").mkdir()
    (elsewhere / "out/thesis.tex").touch()
    (elsewhere / "file").touch()
    for out, why in (
        ("out", "holds other files than a run's"),
        ("file", "is a file"),
        ("file/sub", "is a file"),
    ):
        ended = call("run", "textbook", "--out", out, "--overwrite")
        assert ended.exit_code == 2
        assert why in ended.stderr


@pytest.mark.usefixtures("no_simulation")
def test_a_folder_that_cannot_be_written_is_found_before_the_simulation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # root may write anywhere, so the system's answer is given here
    monkeypatch.setattr("pricewar.scenarios.run.folders.os.access", lambda *_: False)
    ended = call("run", "textbook", "--out", "new/folder")
    assert ended.exit_code == 2
    assert "nothing may be written into" in ended.stderr


def test_a_full_disk_is_no_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pricewar.scenarios.api.run.save", full)
    ended = call("run", "textbook", *SHORT, "--out", "out")
    assert (ended.exit_code, lines(ended.stderr)[-1]) == (
        2,
        "Error: the results cannot be written into out (No space left on device); name another folder with --out",
    )


MISTAKES = {
    ("run", "textbok"): "no scenario called 'textbok'; did you mean 'textbook'?",
    ("show", "gone.toml"): "gone.toml: there is no such file",
    ("check", "textbook", "dais=3"): "command line: dais: there is no such key; did you mean 'days'?",
    ("run", "textbook", "days=0"): "command line: days: is 0; it must be a whole number at least 1 [day]",
    ("run", "textbook", "--policy", "price-flor"): "no policy called 'price-flor'; ",
    (
        "run",
        "textbook",
        "sellers.est.cash=1",
    ): "command line: sellers.est: there is no 'est' in sellers; did you mean",
    ("run", "textbook", "books=false"): "books = false is for timing and leaves nothing to write",
    ("explain", "sellers.*.csh"): "no key 'csh' in sellers.*; did you mean 'cash'?",
    ("explain", "sellers.wets.cash", "-s", "textbook"): "no key 'wets' in sellers; did you mean 'west'?",
    ("wars", "nowhere"): "there is no folder of results at nowhere; `pricewar run` makes one",
    ("plot", "."): "is not a folder of results: it has no run.json",
    ("new", "mine.toml", "--from", "textbok"): "no scenario called 'textbok'; did you mean 'textbook'?",
}


@pytest.mark.usefixtures("no_simulation")
@pytest.mark.parametrize(("arguments", "said"), MISTAKES.items(), ids=[" ".join(key) for key in MISTAKES])
def test_a_users_mistake_is_one_sentence_and_writes_nothing(
    arguments: tuple[str, ...], said: str, elsewhere: Path
) -> None:
    ended = call(*arguments)
    assert ended.exit_code == 2
    (line,) = lines(ended.stderr)
    assert line.startswith("Error: ")
    assert said in line
    assert ended.stdout == ""
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rnu",), "'run'"),
        (("run", "textbook", "--sed", "3"), "'--seed'"),
        (("run", "textbook", "--seed", "-3"), "--seed"),
        (("run",), "SCENARIO"),
    ],
    ids=["verb", "option", "value", "argument"],
)
def test_a_wrong_call_is_a_users_mistake(arguments: tuple[str, ...], said: str) -> None:
    ended = call(*arguments)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_several_mistakes_are_told_together() -> None:
    ended = call("check", "textbook", "days=0", "seed=-1", "opening.hold=glue")
    assert ended.exit_code == 2
    assert lines(ended.stderr)[0] == "Error: 3 mistakes"
    assert {line.split(": ")[1] for line in lines(ended.stderr)[1:]} == {"days", "seed", "opening.hold"}


def test_a_bug_of_ours_says_so_and_shows_its_traceback_on_request_only(
    monkeypatch: pytest.MonkeyPatch, elsewhere: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("pricewar.scenarios.api.run.play", broken)
    ended = call("run", "textbook")
    assert ended.exit_code == 1
    assert "This is a bug of ours (ZeroDivisionError: division by zero)" in ended.stderr
    assert "--debug" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(elsewhere.iterdir()) == []
    assert "Traceback" in call("--debug", "run", "textbook").stderr


def test_a_mistake_shows_its_traceback_on_request_too() -> None:
    assert "Traceback" not in call("run", "textbok").stderr
    assert "Traceback" in call("--debug", "run", "textbok").stderr


def test_an_interruption_prints_the_command_that_goes_on(elsewhere: Path) -> None:
    begun = command("run", "textbook", "days=36500", "--out", "out dir")
    with subprocess.Popen(begun, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if line.startswith("estimated megabytes"):  # the last line of the plan
                break
        time.sleep(0.5)
        run.send_signal(signal.SIGINT)
        aside, printed = run.stderr.read(), run.stdout.read() if run.stdout else ""
    assert run.returncode == 130
    again = "pricewar run textbook days=36500 --out 'out dir'"
    kept = "what had finished is kept, nothing is half-written"
    assert aside.strip() == f"Interrupted; {kept}. To go on, start it again: {again}"
    assert printed == ""
    assert list(elsewhere.iterdir()) == []


def test_an_interruption_that_a_library_takes_for_its_own_failure_is_one_all_the_same() -> None:
    @click.command()
    def loading() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            raise ImportError("initialization failed") from None

    @click.command()
    def failing() -> None:
        raise ImportError("initialization failed")

    group = Pricewar("pricewar", commands={"loading": loading, "failing": failing})
    assert CliRunner().invoke(group, ["loading"]).exit_code == 130
    assert CliRunner().invoke(group, ["failing"]).exit_code == 1


def test_a_reader_who_leaves_early_disturbs_nobody() -> None:
    with subprocess.Popen(
        command("schema"), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as printing:
        assert printing.stdout is not None
        assert printing.stderr is not None
        printing.stdout.close()
        assert printing.stderr.read() == b""
    assert printing.returncode == 0


def on_a_terminal(*arguments: str, **more: str) -> str:
    """What a terminal shows."""
    ours, theirs = pty.openpty()
    environs = {"TERM": "xterm-256color", **more}
    with subprocess.Popen(command(*arguments), env=environment(**environs), stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # so ends a terminal whose program has gone
                break
            shown += part
            if not part:
                break
    os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def test_no_color_is_respected() -> None:
    assert "\x1b[" in on_a_terminal("list")
    plain = on_a_terminal("list", NO_COLOR="1")
    assert "textbook" in plain
    assert "\x1b" not in plain


def with_a_war(folder: Path, into: Path) -> Run:
    """The run of a folder, with a war that never was."""
    run = open_run(folder)
    row: dict[str, Any] = dict.fromkeys(run.tables["wars"].columns)
    first = run.tables["market_daily"]["date"].max()
    row |= {
        "war": 1,
        "tier": "main",
        "start_time": 3.0,
        "start_date": first,
        "end_time": 9.0,
        "end_date": first,
        "begun_by": "east",
        "depth": 0.7,
    }
    row |= {"start_low": 3.0, "start_low_date": first, "start_high": 3.0, "start_high_date": first, "drop": 0.8}
    row |= {"strength": 2.0, "n_entries": 0, "end_reason": "quiet", "trigger": ""}
    row |= {"bound": 0.1, "trend": 0.0, "duration": 2.0, "sellers": "east,west", "n_sellers": 2, "n_cuts": 4}
    row |= {"answers": "west +1.0 d", "share_answering": 0.75, "answers_per_cut": 1.0, "launches_below_median": 0}
    row |= {"floored": 0, "first_fact": int(run.tables["facts"]["fact"].max())}  # type: ignore[arg-type]
    wars = pl.DataFrame([row], schema=run.tables["wars"].schema)
    changed = Run(scenario=run.scenario, seed=run.seed, tables={**run.tables, "wars": wars})
    save(changed, into, figures=[])
    return changed


def test_wars_are_listed_with_their_units(finished: tuple[Path, Result], elsewhere: Path) -> None:
    with_a_war(finished[0], elsewhere / "war")
    heads, row = lines(call("wars", "war").stdout)
    assert {"depth [share, 0-1]", "share_answering [share, 0-1]"} <= {head.strip() for head in heads.split("  ")}
    assert row.split()[0] == "main"
    assert "0.7" in row.split()
    (war,) = json.loads(call("wars", "war", "--json").stdout)["wars"]
    assert (war["begun_by"], war["depth"], war["end_date"]) == ("east", 0.7, "2024-01-20")
    assert (war["onset_date"], war["onset_low"], war["onset_high"]) == ("2024-01-20",) * 3
    assert (war["tiers"], war["movers"]) == (["main"], ["east", "west"])


def test_a_run_without_a_war_says_so(finished: tuple[Path, Result]) -> None:
    assert open_run(finished[0]).tables["wars"].is_empty()
    ended = call("wars", str(finished[0]))
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "No price war" in ended.stderr
    assert json.loads(call("wars", str(finished[0]), "--json").stdout)["wars"] == []


def test_ask_lists_every_question_with_a_sentence(finished: tuple[Path, Result]) -> None:
    from pricewar.sim.analysis.questions.registry import QUESTIONS

    said = lines(call("ask", str(finished[0])).stdout)
    assert said[::2] == [f"{name}: {one.words}" for name, one in QUESTIONS.items()]
    assert all(line.startswith("  ") and line.endswith(".") for line in said[1::2])
    listed = json.loads(call("ask", str(finished[0]), "--json").stdout)
    assert [one["name"] for one in listed] == list(QUESTIONS)
    assert [f"  {one['answer']}" for one in listed] == said[1::2]


def test_an_answer_is_shown_in_short_and_given_whole(finished: tuple[Path, Result], elsewhere: Path) -> None:
    folder = str(finished[0])
    ended = call("ask", folder, "profits")
    assert "runway [day]" in ended.stdout
    assert "tokens [USD/day]" in ended.stdout
    assert "for tokens" in ended.stderr
    whole = json.loads(call("ask", folder, "profits", "--json").stdout)
    assert whole["units"]["cash"] == "USD"
    assert {row["runway"] for row in whole["rows"]} >= {None}, "JSON has no infinities"
    printed = call("ask", folder, "profits", "--csv", "-").stdout
    assert len(lines(printed)) == len(whole["rows"]) + 1 > len(lines(ended.stdout))
    assert call("ask", folder, "profits", "--csv", "profits.csv").exit_code == 0
    assert (elsewhere / "profits.csv").read_text(encoding="utf-8") == printed
    again = call("ask", folder, "profits", "--csv", "profits.csv")
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)


def test_days_around_wars_are_shown(finished: tuple[Path, Result], elsewhere: Path) -> None:
    with_a_war(finished[0], elsewhere / "war")
    from pricewar.scenarios.cli.read import MOST, in_short

    days = pl.DataFrame({"day": range(-5, 3 * MOST)})
    assert in_short(days, open_run(elsewhere / "war").tables["wars"])["day"].to_list() == [0, 2, 9, 3 * MOST - 1]
    assert in_short(days.head(MOST), open_run(finished[0]).tables["wars"])["day"].to_list() == list(range(MOST - 5))
    many = days.join(pl.DataFrame({"x": range(3 * MOST)}), how="cross")
    assert in_short(many, open_run(finished[0]).tables["wars"])["day"].unique().to_list() == [0, 3 * MOST - 1]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["welfair"], "did you mean 'welfare'?"),
        (["--csv", "-"], "name one"),
        (["welfare", "--csv", "-", "--json"], "without --json"),
    ],
    ids=["unknown", "csv-of-nothing", "csv-and-json"],
)
def test_a_question_that_cannot_be_answered_is_one_sentence(
    finished: tuple[Path, Result], arguments: list[str], hint: str
) -> None:
    ended = call("ask", str(finished[0]), *arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert hint in ended.stderr
    assert len(lines(ended.stderr)) == 1


def test_plot_draws_what_it_is_asked_for(finished: tuple[Path, Result], elsewhere: Path) -> None:
    ended = call("plot", str(finished[0]), "--figure", "prices", "--out", "paper")
    assert lines(ended.stdout) == ["paper/prices.png", "paper/prices.pdf"]
    drawn = (elsewhere / "paper/prices.png").read_bytes()
    assert drawn == (finished[0] / "figures/prices.png").read_bytes()
    ended = call("plot", str(finished[0]), "--figure", "pricse", "--out", "paper")
    assert (ended.exit_code, "'prices'" in ended.stderr) == (2, True)


def test_explain_answers_for_people_and_for_programs() -> None:
    said = call("explain", "sellers.*.cash").stdout
    assert "unit: money" in said
    assert "in textbook: 2.0" not in said
    (entry,) = json.loads(call("explain", "sellers.east.tiers.main.price", "-s", "textbook", "--json").stdout)
    assert entry["unit"] == "USD/Mtok"
    assert entry["source"] == load("textbook").sources["sellers.*.tiers.*.price"]
    assert float(entry["value"]) == pytest.approx(load("textbook").sellers["east"].tiers["main"].price, rel=1e-9)
    assert {"days", "sellers", "opening"} <= {line.split()[0] for line in lines(call("explain").stdout) if line}


def test_explain_tells_what_an_outcome_is_and_where_it_is_printed() -> None:
    said = call("explain", "hhi").stdout
    assert "hhi, outcome of a run, in studies" in said
    assert "hhi, column of the table market_daily" in said
    assert "HHI of spend over suppliers" in said
    (column,) = json.loads(call("explain", "profits.runway", "--json").stdout)
    assert (column["name"], column["unit"]) == ("runway", "day")
    ended = call("explain", "profits.nothing")
    assert (ended.exit_code, "no key 'profits'" in ended.stderr) == (2, True)


def test_every_key_of_a_scenario_can_be_explained() -> None:
    from pricewar.scenarios.config.explain import explain
    from pricewar.scenarios.config.schema import Scenario

    waiting, seen, silent = [""], 0, []
    while waiting:
        key = waiting.pop()
        entries, seen = explain(Scenario, key), seen + 1
        silent += [entry.key for entry in entries if not entry.meaning]
        below = sorted({child for entry in entries for child in entry.children})
        waiting += [f"{key}.{child}".lstrip(".") for child in below if key.count(".") < 8]
    assert silent == []
    assert seen > 150


def test_the_schema_is_json_with_units() -> None:
    schema = json.loads(call("schema").stdout)
    top = schema["$defs"][schema["$ref"].rpartition("/")[2]]["properties"]
    assert top["days"]["x-unit"] == "day"
    assert top["days"]["description"]
    assert "extends" in top


MEANT_FOR = {"data-residency": "china-2024", "merger": "global-2022", "open-weights-funding": "global-2022"}
"""Policies that name sellers, or are on what the textbook leaves out."""


def test_every_bundled_file_is_without_mistake() -> None:
    known = json.loads(call("list", "--json").stdout)
    for entry in known:
        arguments = [entry["name"]] if entry["what"] == "scenario" else [MEANT_FOR.get(entry["name"], "textbook"), "-p",
                                                                         entry["name"]]  # fmt: skip
        ended = call("check", *arguments)
        assert (entry["name"], ended.exit_code, ended.stderr) == (entry["name"], 0, "")
        assert entry["description"]


def test_a_mistake_is_an_exception_in_python() -> None:
    with pytest.raises(UserMistake, match="did you mean 'textbook'"):
        load("textbok")
