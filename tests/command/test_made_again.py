"""The command that every record keeps makes the same results again: what was asked is written once, for every verb."""

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import pricewar
from pricewar.scenarios.cli import cli
from pricewar.scenarios.config.source import Source
from pricewar.sim.errors import UserMistake
from tests.at_once import workers

STICKY = (Path(__file__).parents[2] / "docs/examples/sticky.py").read_text(encoding="utf-8")
MU = "segments.all.response.mu"
ASKED = (
    "my market.toml", "days=12", "burn_in=2", 'title="a $HOME of \'mine\'; with `quotes`"',
    "sellers.west.strategy.kind=sticky", "--strategy", "my rules/sticky.py:Sticky",
)  # fmt: skip
"""A scenario, overrides that a shell would take apart, and a strategy of one's own."""
FLOOR = ("--policy", "price-floor")
DEARER = 'dear: sellers.east.tiers.main.cost.marginal=1.2 title="it\'s dear"'
VERBS = {
    "run": ("run", *FLOOR, "--seed", "3", "--csv"),
    "run with seeds": ("run", *FLOOR, "--seed", "3", "--seeds", "2"),
    "compare": ("compare", "--policy", "price-floor+carbon-tax", "--arm", DEARER, "--without", "seller:east", "--seeds",
                "2", "--seed", "4", "--outcome", "price", "--until", "hhi=0.1234567891", "--require", "price<9"),
    "attribute": ("attribute", *FLOOR, "--mechanisms", "idle_capacity,chain.repricing", "--without", "seller:east",
                  "--seeds", "1", "--seed", "2", "--orders", "2"),
    "attribute events": ("attribute", *FLOOR, "--events", "--without", "seller:east", "--seeds", "1"),
    "sweep": ("sweep", "--policy", "none", *FLOOR, "--vary", f"{MU}=0.2..0.3000000001", "--vary",
              "conduct.regular=true|false", "--points", "2", "--seeds", "1", "--design-seed", "7", "-o", "price"),
    "sensitivity": ("sensitivity", *FLOOR, "--vary", f"{MU}=log:0.2..0.3", "--vary", "conduct.menu_cost=0.001..0.01",
                    "--points", "2", "--candidates", "3", "--seeds", "1", "-o", "price"),
    "force": ("force", *FLOOR, "--seller", "east", "--price", "-30%", "--on", "2024-01-04", "--hold", "1.23456789",
              "--days", "5", "--seed", "2", "--seeds", "2", "--jobs", "1"),
}  # fmt: skip
"""Every verb that leaves a record, with its options."""
RECORDS = ("run.json", "study.json", "forced_price.json")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder with a scenario and a strategy of one's own, in this process."""
    monkeypatch.setattr("pricewar.scenarios.studies.runner.workers", workers)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("my rules").mkdir()
    Path("my rules/sticky.py").write_text(STICKY, encoding="utf-8")
    Path("my market.toml").write_text('extends = "textbook"\n', encoding="utf-8")
    yield tmp_path
    sys.modules.pop("sticky", None)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def record(folder: Path) -> dict[str, object]:
    """What a folder of results says about itself."""
    file = next(folder / name for name in RECORDS if (folder / name).is_file())
    return dict(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("asked", VERBS.values(), ids=list(VERBS))
def test_the_recorded_command_makes_the_same_digest(here: Path, asked: tuple[str, ...]) -> None:
    verb, *options = asked
    first = call(verb, *ASKED, *options, "--out", "to here/first", "--json")
    assert first.exit_code == 0, first.output
    command = str(record(here / "to here" / "first")["command"])
    program, *again = shlex.split(command)
    assert program == "pricewar"
    second = call(*again, "--out", "second", "--json")
    assert second.exit_code == 0, f"{command}\n{second.output}"
    assert json.loads(second.stdout)["digest"] == json.loads(first.stdout)["digest"]
    kept = str(record(here / "second")["command"])
    assert kept == command.replace("'--out=to here/first'", "--out=second")
    # Parsed again it says what was said: an option that the record forgets is seen here too.
    assert parsed(verb, again[1:]) == parsed(verb, [*ASKED, *options])


def parsed(verb: str, arguments: list[str]) -> dict[str, object]:
    """What a command line asks, but for what makes no difference to what is found."""
    unlike = {"as_json", "jobs", "out", "overwrite", "csv", "cluster"}
    given = cli.commands[verb].make_context(verb, arguments).params
    return {name: value for name, value in given.items() if name not in unlike}


def test_from_python_the_same_command_is_kept(here: Path) -> None:
    overrides = ["days=12", "burn_in=2", 'title="two words"']
    pricewar.sweep("textbook", {MU: [0.2, 0.3], "conduct.regular": [True, False]}, design="grid", seeds=1,
                   overrides=overrides, out="swept")  # fmt: skip
    pricewar.compare("textbook", overrides, policies=["price-floor"], until={"hhi": 0.5}, seeds=2, out="compared")
    pricewar.run("textbook", overrides, seeds=2, out="many")
    pricewar.run("textbook", overrides, out="one")
    for name in ("swept", "compared", "many", "one"):
        program, *again = shlex.split(str(record(here / name)["command"]))
        assert program == "pricewar"
        assert call(*again, "--out", f"{name}-again", "--json").exit_code == 0
        one, two = (record(here / folder) for folder in (name, f"{name}-again"))
        kept = "digest" if name == "one" else "identity"
        assert one[kept] == two[kept]


def test_what_no_command_line_can_say_keeps_no_command(here: Path) -> None:
    scenario = pricewar.load("textbook", ["days=9", "burn_in=1"])
    pricewar.run(scenario, out="one")
    pricewar.run("textbook", ["days=9", "burn_in=1"], seeds=[1, 3], out="holes")
    pricewar.sweep("textbook", {"title": ["a|b", "c"]}, design="grid", seeds=1, overrides=["days=9"], out="bar")
    assert [record(here / name)["command"] for name in ("one", "holes", "bar")] == ["", "", ""]


def test_one_override_in_place_of_several_is_told() -> None:
    with pytest.raises(UserMistake, match=r"overrides are several; write overrides=\['days=9'\]"):
        pricewar.run("textbook", "days=9")
    with pytest.raises(UserMistake, match="made already"):
        Source.of(pricewar.load("textbook"), ["days=9"])


def test_what_is_cancelled_keeps_what_has_finished(here: Path) -> None:
    told: list[float] = []
    with pytest.raises(pricewar.Cancelled, match="what had finished is kept"):
        pricewar.run("textbook", ["days=9", "burn_in=1"], seeds=5, out="many", cancel=lambda: len(told) >= 3,
                     progress=lambda now: told.append(now.done))  # fmt: skip
    assert told == [0, 1, 2]
    with pytest.raises(pricewar.Cancelled):
        pricewar.run("textbook", ["days=9", "burn_in=1"], out="one", cancel=lambda: True)
    assert not (here / "one").exists()
    whole = pricewar.run("textbook", ["days=9", "burn_in=1"], seeds=5, out="many",
                         progress=lambda now: told.append(now.done))  # fmt: skip
    assert told[3:] == [2, 3, 4, 5]
    assert whole.runs.height == 5
