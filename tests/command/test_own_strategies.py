"""A strategy of one's own runs, is checked like ours and is recorded; and no file can ask for it by itself."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from polars.testing import assert_frame_equal

from pricewar.agents.pricing import BestResponse, StrategySpec, Traits, traits_of
from pricewar.scenarios.cli import cli
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.own_strategies import strategies_named
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play
from pricewar.sim.errors import UserMistake
from pricewar.sim.pages.run_folder import open_run

ROOT = Path(__file__).parents[2]
PAGE, EXAMPLES = ROOT / "docs/strategies.md", ROOT / "docs/examples"
STICKY = (EXAMPLES / "sticky.py").read_text(encoding="utf-8")
SHORT = ("days=20", "burn_in=20")


def call(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=given)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work where the examples lie, and leave no module behind."""
    for file in EXAMPLES.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def sentence(ended: Result) -> str:
    """What a user's mistake is told in: one line, no traceback."""
    assert ended.exit_code == 2, ended.output
    assert ended.stderr.startswith("Error: "), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr.removeprefix("Error: ").rstrip()


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    here = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *arguments], env=here, capture_output=True, text=True, timeout=120)


# --- the page and its example


def test_the_page_shows_the_example_as_it_lies_in_the_folder() -> None:
    page = PAGE.read_text(encoding="utf-8")
    files = sorted(EXAMPLES.glob("*.*"))
    assert [file.name for file in files] == ["gradual.py", "sticky.py", "sticky.toml", "test_sticky.py"]
    for file in files:
        assert f"{file.suffix.replace('.py', 'python').strip('.')}\n{file.read_text(encoding='utf-8')}```" in page


def test_every_command_of_the_page_does_what_it_says() -> None:
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert len([line for line in lines if line.startswith("pricewar run ")]) == 3
    for line in lines:
        first, *rest = shlex.split(line)
        if first == "pricewar":
            ended = call(*rest, *(SHORT if rest[0] == "run" else ()))
            assert ended.exit_code == 0, f"{line}\n{ended.output}"
        else:
            assert (first, rest[:2]) == ("python", ["-m", "pytest"])
            assert python(*rest, "-p", "no:cacheprovider").returncode == 0


def test_the_examples_tests_fail_for_a_strategy_that_does_not_stick(folder: Path) -> None:
    (folder / "sticky.py").write_text(STICKY.replace("> self.threshold", ">= 0"))
    ended = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_sticky.py")
    assert ended.returncode == 1
    assert "1 failed" in ended.stdout


def test_the_page_lists_every_strategy_of_ours() -> None:
    page = PAGE.read_text(encoding="utf-8")
    ours = json.loads(call("schema").stdout)["$defs"]["Seller"]["properties"]["strategy"]["discriminator"]["mapping"]
    assert len(ours) >= 7
    assert [kind for kind in ours if f"\n| `{kind}` |" not in page] == []
    assert StrategySpec is not None


# --- one that wraps another

GRADUAL = (EXAMPLES / "gradual.py").read_text(encoding="utf-8")


def china(*overrides: str) -> Scenario:
    return load("china-2024", ("days=40", "burn_in=30", "buyers.count=400", *overrides))


def wrapped(scenario: Scenario, strategy: Any) -> Scenario:
    return replace(
        scenario, sellers={name: replace(seller, strategy=strategy) for name, seller in scenario.sellers.items()}
    )


@pytest.mark.parametrize("hold", ["focal", "scarce", "wedge"])
def test_a_wrapper_that_hands_on_traits_and_changes_nothing_plays_as_what_it_wraps(hold: str) -> None:
    (gradual,) = strategies_named(["gradual.py:Gradual"])
    scenario = china(f"opening.hold={hold}")
    ours, theirs = (play(wrapped(scenario, one)) for one in (BestResponse(), gradual(step=1.0)))
    assert ours.tables["prices"].height > 0
    for name in ("prices", "sellers_daily"):
        assert_frame_equal(ours.tables[name], theirs.tables[name])


def test_a_wrapper_that_declares_nothing_is_not_calibrated_and_leaves_the_list_prices(folder: Path) -> None:
    before, _, after = GRADUAL.partition("    @property")
    (folder / "bare.py").write_text(before + after[after.index("    def review") :])
    (bare,) = strategies_named(["bare.py:Gradual"])
    scenario = china()
    assert traits_of(bare()) == Traits()
    ours, theirs = (play(wrapped(scenario, one)) for one in (BestResponse(), bare(step=1.0)))
    assert not ours.tables["prices"].equals(theirs.tables["prices"])


def test_traits_that_are_none_are_refused_in_one_sentence(folder: Path) -> None:
    (folder / "mine.py").write_text(GRADUAL.replace("return self.rule.traits", "return True"))
    told = sentence(call("run", "textbook", 'sellers.east.strategy={kind="gradual"}', "--strategy", "mine.py:Gradual"))
    assert told == "Gradual.traits is True; make it Traits(...), or leave it out"


# --- only the command line can ask for code

MARKED = "from pathlib import Path\nPath('imported').touch()\n" + STICKY


@pytest.mark.parametrize("value", [
    '{ kind = "sticky" }',
    '{ kind = "sticky:Sticky" }',
    '{ kind = "sticky.py:Sticky" }',
    '"sticky.py:Sticky"',
    '{ kind = "fixed", strategy = "sticky.py:Sticky" }',
])  # fmt: skip
@pytest.mark.parametrize("verb", ["run", "check", "show"])
def test_a_file_by_itself_imports_nothing(folder: Path, value: str, verb: str) -> None:
    (folder / "sticky.py").write_text(MARKED)
    (folder / "mine.toml").write_text(f'extends = "textbook"\nsellers.west.strategy = {value}\n')
    said = sentence(call(verb, "mine.toml"))
    assert said.startswith("mine.toml: sellers.west.strategy")
    assert not (folder / "imported").exists()


def test_naming_a_strategy_imports_it_and_only_it(folder: Path) -> None:
    """The other way round: the mark of the test above is made where the command line asks for it."""
    (folder / "sticky.py").write_text(MARKED)
    (folder / "other.py").write_text(MARKED.replace("imported", "imported too").replace('"sticky"', '"other"'))
    assert call("check", "sticky.toml", "--strategy", "sticky.py:Sticky").exit_code == 0
    assert (folder / "imported").exists()
    assert not (folder / "imported too").exists()


def test_the_refusal_says_what_to_type() -> None:
    said = sentence(call("check", "sticky.toml"))
    assert said.startswith("sticky.toml: sellers.west.strategy.kind: is 'sticky'; it must be 'alternating', ")
    assert said.endswith("; if it is your own, add --strategy FILE.py:CLASS")
    said = sentence(call("check", "textbook", "sellers.west.strategy.kind=undrcut"))
    assert said.endswith("; if it is your own, add --strategy FILE.py:CLASS; did you mean 'undercut'?")


def test_every_verb_that_takes_a_scenario_takes_strategies() -> None:
    takes = {
        name: {parameter.name for parameter in verb.params} | {option for p in verb.params for option in p.opts}
        for name, verb in cli.commands.items()
    }
    scenario = {name for name, known in takes.items() if known & {"scenario", "--from"}}
    assert scenario >= {"run", "check", "show", "new", "cost", "explain"}
    assert {name for name, known in takes.items() if "strategies" in known} >= scenario | {"schema"}


# --- checked like ours

WITH = ("--strategy", "sticky.py:Sticky")


@pytest.mark.parametrize("named", ["sticky.py:Sticky", "sticky:Sticky", "./sticky.py:Sticky", "sub/rules.py:Sticky"])
def test_a_file_and_a_module_name_the_same_strategy(folder: Path, named: str) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/rules.py").write_text(STICKY)
    told = json.loads(call("check", "sticky.toml", "--strategy", named, "--json").stdout)
    module = "rules" if named.startswith("sub") else "sticky"
    assert told["strategies"] == ["best_response", f"sticky ({module}:Sticky)"]


@pytest.mark.parametrize(("override", "wrong"), {
    "unknown key": ("stepp=1", "stepp: there is no such key; there is kind, threshold"),
    "near key": ("treshold=0.2", "treshold: there is no such key; did you mean 'threshold'?"),
    "bound": ("threshold=2", "threshold: is 2; it must be a number from 0 to 1 [share, 0-1]"),
    "word": ("threshold=big", "threshold: is 'big'; it must be a number from 0 to 1 [share, 0-1]"),
    "truth": ("threshold=true", "threshold: is true; it must be a number from 0 to 1 [share, 0-1]"),
}.items(), ids=lambda case: case[0] if isinstance(case, tuple) else case)  # fmt: skip
def test_its_keys_are_checked_like_ours(override: str, wrong: tuple[str, str]) -> None:
    del override
    said = sentence(call("check", "sticky.toml", f"sellers.west.strategy.{wrong[0]}", *WITH))
    assert said == f"command line: sellers.west.strategy.{wrong[1]}"


def test_its_keys_are_explained_and_in_the_schema() -> None:
    asked = ("explain", "sellers.west.strategy.threshold", "--scenario", "sticky.toml", "--json")
    (entry,) = json.loads(call(*asked, *WITH).stdout)
    assert entry["meaning"] == "How far away a rival must be to be answered, as a share of the own price. Assumed."
    assert (entry["unit"], entry["default"], entry["value"]) == ("share, 0-1", "0.1", "0.05")
    assert "no key 'threshold'" in sentence(call("explain", "sellers.*.strategy.threshold"))
    schema = json.loads(call("schema", *WITH).stdout)
    strategy = schema["$defs"]["Seller"]["properties"]["strategy"]
    assert {"$ref": "#/$defs/Sticky"} in strategy["oneOf"]
    assert strategy["discriminator"]["mapping"]["sticky"] == "#/$defs/Sticky"
    assert schema["$defs"]["Sticky"]["properties"]["threshold"]["x-unit"] == "share, 0-1"
    assert "Sticky" not in call("schema").stdout


def test_what_show_prints_is_the_scenario_it_shows(folder: Path) -> None:
    shown = call("show", "sticky.toml", *WITH).stdout
    (folder / "again.toml").write_text(shown)
    assert load("again.toml", strategies=["sticky.py:Sticky"]) == load("sticky.toml", strategies=["sticky.py:Sticky"])
    assert call("new", "new.toml", "--from", "sticky.toml", *WITH).exit_code == 0
    assert call("check", "new.toml", *WITH).exit_code == 0


def test_a_key_of_its_own_may_be_a_range_that_each_seed_draws(folder: Path) -> None:
    text = STICKY.replace("import CHECKED", "import CHECKED, Range")
    (folder / "ranged.py").write_text(text.replace("threshold: Share", "threshold: Share | Range"))
    asked = ("sellers.west.strategy.threshold={low=0.1, high=0.3}", *SHORT)
    made = play(load("sticky.toml", asked, strategies=["ranged.py:Sticky"]))
    assert 0.1 < made.drawn["sellers.west.strategy.threshold"] < 0.3


# --- refused in one sentence

HEAD = STICKY.partition("@dataclass")[0]
PLAIN = HEAD.replace("pydantic.dataclasses", "dataclasses")


@pytest.mark.parametrize(("text", "named", "wrong"), [
    pytest.param(STICKY, "mine.py", "'mine.py' names no class in a file; write it like --strategy my_rules.py:Sticky",
                 id="no class named"),
    pytest.param(STICKY, "nowhere.py:Sticky", "there is no file nowhere.py", id="no file"),
    pytest.param(STICKY, "mime:Sticky", "there is no module 'mime' in .*; did you mean 'mine'?", id="no module"),
    pytest.param(STICKY, "mine.py:Stiky", r"mine.py has no 'Stiky'; did you mean 'Sticky'\?", id="no class"),
    pytest.param(STICKY, "mine.py:np", "mine.py:np is a module, not a class", id="no class but a module"),
    pytest.param("import numpy\n\n1 / 0\n", "mine.py:Sticky",
                 "mine.py cannot be imported: mine.py, line 3: ZeroDivisionError: division by zero; --debug shows the "
                 "traceback", id="raises"),
    pytest.param("import nowhere_at_all\n", "mine.py:Sticky",
                 "mine.py cannot be imported: mine.py, line 1: ModuleNotFoundError: No module named 'nowhere_at_all'; ",
                 id="misses a module"),
    pytest.param("\nclass Sticky\n", "mine.py:Sticky",
                 r"mine.py cannot be imported: mine.py, line 2: SyntaxError: expected ':'; ", id="syntax"),
    pytest.param("import sys\nsys.exit(0)\n", "mine.py:Sticky",
                 "mine.py cannot be imported: mine.py, line 2: SystemExit: 0; ", id="exits"),
    pytest.param(STICKY.replace("@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)", ""),
                 "mine.py:Sticky", "mine.py:Sticky is not checked and frozen as ours are; write @dataclass", id="bare"),
    pytest.param(STICKY.replace("frozen=True", "frozen=False"), "mine.py:Sticky",
                 "mine.py:Sticky is not checked and frozen as ours are; ", id="not frozen"),
    pytest.param(STICKY.replace(", config=CHECKED", ""), "mine.py:Sticky",
                 "mine.py:Sticky is not checked and frozen as ours are; ", id="unknown keys pass"),
    pytest.param(PLAIN + STICKY.replace(HEAD, "").replace(", config=CHECKED", ""), "mine.py:Sticky",
                 "mine.py:Sticky is not checked and frozen as ours are; ", id="plain dataclass"),
    pytest.param(STICKY.replace('kind: Literal["sticky"]', "kind: str"), "mine.py:Sticky",
                 "mine.py:Sticky needs a kind of its own, as in: kind: Literal", id="any kind"),
    pytest.param(STICKY.replace("kind: ", "sort: "), "mine.py:Sticky",
                 "mine.py:Sticky needs a kind of its own", id="no kind"),
    pytest.param(STICKY.replace('"sticky"', '"undercut"'), "mine.py:Sticky",
                 "mine.py:Sticky: the kind 'undercut' is that of pricewar.agents.pricing.undercut:Undercut; "
                 "give yours another word", id="kind taken"),
    pytest.param(STICKY.replace("def review", "def decide"), "mine.py:Sticky",
                 r"mine.py:Sticky needs a method that can be called so: def review\(self, books, view, luck\)",
                 id="no review"),
    pytest.param(STICKY.replace(", luck: np.random.Generator", ""), "mine.py:Sticky",
                 "mine.py:Sticky needs a method that can be called so", id="too few parameters"),
    pytest.param(STICKY.replace(") -> Decision", ", more: int) -> Decision"), "mine.py:Sticky",
                 "mine.py:Sticky needs a method that can be called so", id="too many parameters"),
    pytest.param(f"{HEAD}def make():\n    " + STICKY.replace(HEAD, "").replace("\n", "\n    ")
                 + "return Sticky\n\nSticky = make()\n", "mine.py:Sticky",
                 "mine.py:Sticky cannot be found again under its own name; define it at the top of its module",
                 id="inside a function"),
])  # fmt: skip
def test_what_is_no_strategy_is_refused_in_one_sentence(folder: Path, text: str, named: str, wrong: str) -> None:
    (folder / "mine.py").write_text(text)
    assert re.match(wrong, sentence(call("check", "textbook", "--strategy", named)))


OLD = STICKY.replace("from pricewar.agents.pricing import CHECKED, Books, Decision, Share, View, cheapest_rival",
                     "from agents.pricing.books import Books, Decision, View, cheapest_rival\n"
                     "from sim.parameters import CHECKED\nfrom sim.units import Share")  # fmt: skip
MOVED = ("mine.py, line 8 imports 'agents.pricing.books', which is now part of pricewar; "
         "write from pricewar.agents.pricing import Books, Decision, View, cheapest_rival")  # fmt: skip


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the program is installed: no checkout of it on the path on which Python looks for modules."""
    monkeypatch.setattr(sys, "path", [place for place in sys.path if not Path(place, "agents").is_dir()])


@pytest.mark.usefixtures("installed")
def test_a_file_written_for_the_old_names_is_told_the_new_one(folder: Path) -> None:
    (folder / "mine.py").write_text(OLD)
    assert sentence(call("check", "textbook", "--strategy", "mine.py:Sticky")) == MOVED
    (folder / "mine.py").write_text("def late():\n    import sim.market.board\n" + STICKY)
    told = sentence(call("check", "textbook", "--strategy", "mine:Sticky"))
    assert told == (
        "mine, line 2 imports 'sim.market.board', which is now part of pricewar; write pricewar.sim.market.board"
    )


def test_so_it_is_in_a_checkout_where_the_old_name_can_be_imported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "mine.py").write_text(OLD)
    monkeypatch.syspath_prepend(str(ROOT))
    assert sentence(call("check", "textbook", "--strategy", "mine.py:Sticky")) == MOVED
    here = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "pricewar", "check", "textbook", "--strategy", f"{folder / 'mine.py'}:Sticky"],
        cwd=ROOT, env=here, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr == f"Error: {MOVED.replace('mine.py', str(folder / 'mine.py'), 1)}\n"


@pytest.mark.usefixtures("installed")
def test_a_package_of_ones_own_may_be_called_like_a_part_of_ours(folder: Path) -> None:
    (folder / "agents").mkdir()
    (folder / "agents/__init__.py").write_text("LIMIT = 0.5\n")
    (folder / "sim.py").write_text("FLOOR = 0.1\n")
    (folder / "mine.py").write_text(f"from agents import LIMIT\nimport sim\n{STICKY}")
    ended = call("check", "sticky.toml", "--strategy", "mine.py:Sticky")
    assert ended.exit_code == 0, ended.output


def test_a_file_called_like_another_module_is_refused(folder: Path) -> None:
    (folder / "json.py").write_text(STICKY)
    for named in ("json.py:Sticky", "json:Sticky"):
        said = sentence(call("check", "textbook", "--strategy", named))
        assert said.startswith("another module is called 'json' (")
        assert said.endswith("; give json.py another name")


def test_two_strategies_of_one_kind_are_refused_and_one_named_twice_is_not(folder: Path) -> None:
    shutil.copy(folder / "sticky.py", folder / "second.py")
    both = ("--strategy", "sticky.py:Sticky", "--strategy", "sticky:Sticky")
    assert call("check", "sticky.toml", *both).exit_code == 0
    said = sentence(call("check", "sticky.toml", *both, "--strategy", "second:Sticky"))
    assert said == "second:Sticky: the kind 'sticky' is that of sticky:Sticky; give yours another word"


def test_debug_shows_where_an_import_broke(folder: Path) -> None:
    (folder / "mine.py").write_text("1 / 0\n")
    ended = call("--debug", "check", "textbook", "--strategy", "mine.py:Sticky")
    assert ended.exit_code == 2
    assert "Traceback" in ended.stderr
    assert f'{folder / "mine.py"}", line 1' in ended.stderr


# --- what goes wrong while it prices

LAST = '        return Decision(price, "the cheapest rival is far away", "sticky")'
LINE = STICKY[: STICKY.index(LAST)].count("\n") + 1


@pytest.mark.parametrize(("instead", "wrong"), [
    pytest.param("        raise ValueError('no idea')", f"sticky.py, line {LINE}: ValueError: no idea; --debug shows "
                 "the traceback", id="raises"),
    pytest.param("        cheapest_rival(books, None, 'main')", f"sticky.py, line {LINE}: AttributeError: ",
                 id="calls ours wrongly"),
    pytest.param("        raise SystemExit(0)", f"sticky.py, line {LINE}: SystemExit: 0; ", id="exits"),
    pytest.param("        view.board.price[0] = 9.0", f"sticky.py, line {LINE}: ValueError: assignment destination is "
                 "read-only; ", id="writes on the board"),
    pytest.param("        return price", "review returned a ndarray; return Decision", id="returns a price only"),
    pytest.param("        return None", "review returned a NoneType; return Decision", id="returns nothing"),
    pytest.param("        return Decision(price[0], '', '')",
                 "price is .*; it must be an array with a number for each of main", id="one number"),
    pytest.param("        return Decision([1.0], '', '')", r"price is \[1.0\]; it must be an array", id="a list"),
    pytest.param("        return Decision(np.array([1.0, 2.0]), '', '')", "price is array.*; it must be an array",
                 id="too many"),
    pytest.param("        return Decision(0.0 * price / 0.0, '', '')", r"price is \[nan\]; .*, from zero on",
                 id="not a number", marks=pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")),
    pytest.param("        return Decision(price + np.inf, '', '')", r"price is \[inf\]; ", id="infinite"),
    pytest.param("        return Decision(-price, '', '')", r"price is \[-1.\d+\]; ", id="negative"),
    pytest.param("        return Decision(price, None, '')", "why is None; it must be text", id="no why"),
    pytest.param("        return Decision(price, '', 1)", "stance is 1; it must be text", id="no stance"),
    pytest.param("        return Decision(price, '', '', np.nan)", "shadow is nan; it must be a number", id="shadow"),
    pytest.param("        return Decision(price, '', '', 0.0, np.zeros(2))", "state is array.*; it must be books.state",
                 id="state of another kind"),
    pytest.param("        return Decision(price, '', '', 0.0, books.state.some(slice(0)))",
                 "state.calibration.wedge does not fit; it must be an array with a number for each of main",
                 id="state of no tier"),
])  # fmt: skip
def test_a_mistake_at_a_review_names_the_seller_the_day_and_the_line(folder: Path, instead: str, wrong: str) -> None:
    (folder / "sticky.py").write_text(STICKY.replace(LAST, instead))
    ended = call("run", "sticky.toml", *WITH, *SHORT, "--out", "r")
    said = ended.stderr.splitlines()[-1]
    assert ended.exit_code == 2, ended.output
    assert re.match(rf"Error: sticky:Sticky at the review of west on day -?[\d.]+: {wrong}", said), said
    assert not (folder / "r").exists()


def test_a_mistake_at_a_launch_is_told_as_well(folder: Path) -> None:
    raises = "        if books.new.any():\n            raise ValueError('too new')\n"
    (folder / "sticky.py").write_text(STICKY.replace(LAST, raises + LAST))
    (folder / "launch.toml").write_text(
        'extends = "sticky.toml"\n[sellers.west.tiers.other]\nmodel = "other"\nlaunch = 2024-01-10\nvalue = 2.0\n'
        'cost = { kind = "given", marginal = 1.0 }\n'
    )
    ended = call("run", "launch.toml", *WITH, *SHORT, "--out", "r")
    assert ended.exit_code == 2, ended.output
    told = rf"Error: sticky:Sticky at the review of west on day 9.*: sticky.py, line {LINE + 1}: ValueError: too new; "
    assert re.match(told, ended.stderr.splitlines()[-1]), ended.stderr


def test_debug_shows_where_a_review_broke(folder: Path) -> None:
    (folder / "sticky.py").write_text(STICKY.replace(LAST, "        raise ValueError('no idea')"))
    ended = call("--debug", "run", "sticky.toml", *WITH, *SHORT, "--out", "r")
    assert ended.exit_code == 2
    assert f'{folder / "sticky.py"}", line {LINE}, in review' in ended.stderr


def test_what_a_strategy_says_of_its_own_keys_is_told_at_the_key(folder: Path) -> None:
    check = "    def __post_init__(self) -> None:\n        raise {error}\n\n    def review"
    here = f"sticky.py, line {LINE - 6}"
    cases = {"ValueError('out of step')": "out of step", "KeyError('x')": f"cannot be made: {here}: KeyError: 'x'"}
    for error, told in cases.items():
        (folder / "sticky.py").write_text(STICKY.replace("    def review", check.format(error=error)))
        sys.modules.pop("sticky", None)
        assert sentence(call("check", "sticky.toml", *WITH)) == f"sticky.toml: sellers.west.strategy: {told}"


# --- a run can be made again, anywhere


def test_a_run_records_where_the_strategy_came_from_and_can_be_made_again(folder: Path) -> None:
    assert call("run", "sticky.toml", *WITH, *SHORT, "--seed", "3", "--out", "r").exit_code == 0
    run = open_run(folder / "r")
    assert "--strategy=sticky.py:Sticky" in shlex.split(run.command)
    assert run.versions["sticky:Sticky"] == f"sha256:{sha256(STICKY.encode()).hexdigest()}"
    assert call(*shlex.split(run.command)[1:], "--out", "again").exit_code == 0
    for file in ("run.json", "summary.md"):
        assert (folder / "r" / file).read_bytes() == (folder / "again" / file).read_bytes()


def test_a_run_in_which_nobody_uses_it_records_none() -> None:
    run = play(load("textbook", SHORT, strategies=["sticky.py:Sticky"]))
    assert [name for name in run.versions if ":" in name] == []


def test_our_undercutter_in_a_file_of_its_own_makes_the_same_run_to_the_last_bit(folder: Path) -> None:
    text = (ROOT / "agents/pricing/undercut.py").read_text(encoding="utf-8")
    (folder / "copied.py").write_text(text.replace('Literal["undercut"] = "undercut"', 'Literal["copied"] = "copied"'))
    asked = ["sellers.west.strategy.step=0.07", *SHORT]
    ours = play(load("textbook", ["sellers.west.strategy.kind=undercut", *asked]))
    theirs = play(load("textbook", ["sellers.west.strategy.kind=copied", *asked], strategies=["copied.py:Undercut"]))
    assert theirs.scenario["sellers"]["west"]["strategy"] == {"kind": "copied", "step": 0.07, "relent": False}  # type: ignore[index, call-overload]
    assert theirs.digest == ours.digest
    assert play(load("textbook", SHORT)).digest != ours.digest


def test_another_process_plays_it_to_the_same_bytes() -> None:
    scenario = load("sticky.toml", SHORT, strategies=["sticky.py:Sticky"])
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(play, scenario, seed=5)
        loaded = pool.submit(load, "sticky.toml", SHORT, (), ["sticky.py:Sticky"])
        here = play(scenario, seed=5)
        assert there.result().digest == here.digest
        assert there.result().versions == here.versions
        assert loaded.result() == scenario


def test_a_mistake_in_another_process_is_told_in_the_same_words(folder: Path) -> None:
    (folder / "sticky.py").write_text(STICKY.replace(LAST, "        return Decision(-price, '', '')"))
    scenario = load("sticky.toml", SHORT, strategies=["sticky.py:Sticky"])
    with pytest.raises(UserMistake) as here:
        play(scenario)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(play, scenario).exception()
    assert isinstance(there, UserMistake)
    assert str(there) == str(here.value)
    assert str(there).startswith("sticky:Sticky at the review of west on day ")


def test_python_code_may_hand_over_the_class_itself() -> None:
    named = load("sticky.toml", strategies=["sticky.py:Sticky"])
    assert load("sticky.toml", strategies=[sys.modules["sticky"].Sticky]) == named
    with pytest.raises(UserMistake, match="builtins:int is not checked"):
        load("sticky.toml", strategies=[int])


def test_an_object_that_is_no_strategy_is_refused_too() -> None:
    @dataclass
    class Loose:
        kind: str = "loose"

    west = load("textbook").sellers["west"]
    with pytest.raises(ValueError, match=r"Loose is not checked and frozen as ours are"):
        replace(west, strategy=Loose())  # type: ignore[arg-type]


@pytest.mark.nightly
def test_a_price_forced_on_it_is_the_same_from_two_processes_as_from_one(folder: Path) -> None:
    asked = ("force", "textbook", *SHORT, "sellers.east.strategy.kind=sticky", "--strategy", "sticky.py:Sticky",
             "--seller", "west", "--price", "-20%", "--on", "2024-01-05", "--seeds", "2", "--json")  # fmt: skip
    said = [call(*asked, "--jobs", jobs, "--out", str(folder / jobs)) for jobs in ("1", "2")]
    assert all(ended.exit_code == 0 for ended in said), said
    assert json.loads(said[0].stdout)["digest"] == json.loads(said[1].stdout)["digest"]
