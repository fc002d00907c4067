"""`import pricewar` offers what the command offers: the same verbs and arguments, typed, with help on each."""

import inspect
import os
import subprocess
import sys
import typing
from pathlib import Path

import polars as pl
import pytest

import pricewar
from pricewar.scenarios.cli import cli
from pricewar.sim.results.glossary import Word

ROOT = Path(__file__).parents[2]
CALLED = {"list": "list_scenarios", "force": "force_price", "shock": "force_price"}
"""Verbs that Python calls by another name, for theirs are taken or too short without their object."""
MORE_IN_PYTHON = {"load", "open_run", "open_study", "combine_costs"}
"""What the command does by itself, or by an option."""
RENAMED = {
    "folder": "run",  # of verbs that read one run: also a Run
}
ONLY_THE_COMMAND = {
    "as_json": "data are returned",
    "cluster": "executor, any that there is",
    "form": "data are returned, and polars writes them",
    "ask csv": "the table of the answer is written by polars",
    "why everything": "text(everything=True) of what is returned",
    "why figure": "draw(file) of what is returned",
    "wars figure": "sim.figures.recorded_prices, from the moves of a record or a run",
    "cost components": "combine_costs",
    "cost substitution": "combine_costs",
}
"""Options without an argument, and what stands for each."""
ONLY_PYTHON = {"executor", "progress", "cancel"}
"""Arguments that no command line can give."""


def python_verb(name: str) -> str:
    return CALLED.get(name, name)


def arguments_of_the_command(name: str) -> set[str]:
    names = {
        str(one.name)
        for one in cli.commands[name].params
        if not {str(one.name), f"{name} {one.name}"} & ONLY_THE_COMMAND.keys()
    }
    if name in ("wars", "ask", "why"):
        names = {RENAMED.get(one, one) for one in names}
    return names


@pytest.mark.parametrize("name", cli.commands)
def test_every_command_has_its_verb_with_the_same_arguments(name: str) -> None:
    verb = getattr(pricewar, python_verb(name))
    in_python = set(inspect.signature(verb).parameters)
    assert in_python - ONLY_PYTHON == arguments_of_the_command(name)


def test_there_are_no_other_verbs_and_dir_lists_them() -> None:
    verbs = {name for name in dir(pricewar) if not name.startswith("_") and name[0].islower()}
    assert verbs == {python_verb(name) for name in cli.commands} | MORE_IN_PYTHON
    assert len(verbs) > 20
    assert {name for name in dir(pricewar) if not name.startswith("_")} == set(pricewar.__all__)


@pytest.mark.parametrize("name", [name for name in pricewar.__all__ if name[0].islower()])
def test_every_verb_says_what_it_takes_returns_and_raises(name: str) -> None:
    verb = getattr(pricewar, name)
    parameters = inspect.signature(verb).parameters
    words = str(inspect.getdoc(verb))
    assert [one for one in parameters if one not in words] == []
    # what a verb returns may be of a module that it imports only when it is called
    types = typing.get_type_hints(verb, localns={"pl": pl, "Word": Word})
    assert types.keys() == {*parameters, "return"}
    if name != "list_scenarios":
        assert "Raises" in words


def test_what_is_offered_to_type_checkers_is_what_is_imported() -> None:
    text = (ROOT / "pricewar/__init__.py").read_text(encoding="utf-8")
    typed = {tuple(line.split()[1::2][:2]) for line in text.splitlines() if line.startswith("    from pricewar.")}
    made = {(module, name) for module, names in pricewar._WHERE.items() for name in names}
    assert typed == made
    assert {name for _, name in made} == set(pricewar.__all__)


USER = """
import polars as pl
import pricewar

scenario = pricewar.load("textbook", ["days=9"])
run = pricewar.run(scenario, seed=1)
table: pl.DataFrame = pricewar.wars(run)
many = pricewar.run("textbook", ["days=9"], policies=["price-floor"], seeds=20, jobs=2, out="e")
rows: pl.DataFrame = many.runs
swept = pricewar.sweep("textbook", {"days": [9, 10]}, design="grid")
effects: pl.DataFrame = swept.effects
compared = pricewar.compare("textbook", policies=["price-floor"], until={"hhi": 0.1})
gains: pl.DataFrame = compared.gains
sentence: str = pricewar.ask(run, "welfare").sentence
sentences: list[str] = [answer.sentence for answer in pricewar.ask("outputs/textbook-seed1")]
causes = pricewar.why(run)
text: str = "" if causes is None else causes.text()
"""


@pytest.mark.nightly
def test_a_script_that_uses_the_verbs_is_strictly_typed(tmp_path: Path) -> None:
    def checked(text: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        here = {**os.environ, "MYPYPATH": str(ROOT)}
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "mine.py"]
        return subprocess.run(command, cwd=tmp_path, env=here, capture_output=True, text=True, timeout=600)

    ended = checked(USER)
    assert ended.returncode == 0, ended.stdout
    ended = checked(f"{USER}\npricewar.run('textbook', seeds='many')\npricewar.walk()\n")
    assert ended.stdout.count("error:") == 2
