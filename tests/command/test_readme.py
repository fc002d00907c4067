"""What the README and the pages tell a newcomer to type works, in their order, in an empty folder."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import pricewar
from pricewar.scenarios.cli import cli
from pricewar.sim.analysis.questions.registry import QUESTIONS
from tests.at_once import workers

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/textbook.md", "docs/questions.md", "docs/forced-price.md"]
LONG = ["docs/reading-results.md", "docs/running-many.md"]
"""Pages whose commands are typed every night."""
SMALL = ["buyers.count=200", "days=90", "burn_in=30"]
"""Laid over runs, so that the page is tested and not the market; all that a page names has happened by then."""


def commands(page: str) -> list[list[str]]:
    """Lines that begin with `$ pricewar` in blocks of console, as arguments."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ pricewar ")]
    return [shlex.split(line)[2:] for line in lines]


def smaller(arguments: list[str]) -> list[str]:
    """The same command over a small market, with one seed where it asks for many, and with few mechanisms."""
    verb, scenario = arguments[:2]
    if verb not in ("run", "compare", "attribute"):
        return arguments
    laid_over = ["days=30"] if scenario == "textbook" else SMALL
    small = [override for override in laid_over if verb != "run" or not any(is_of(override, a) for a in arguments)]
    kept = [argument for argument in arguments if not any(is_of(override, argument) for override in small)]
    if "--seeds" in kept:
        kept[kept.index("--seeds") + 1] = "1"
    few = ["--mechanisms", "attention,focal_prices"] if verb == "attribute" and "--without" not in kept else []
    return [*kept, *small, *few]


def is_of(override: str, argument: str) -> bool:
    """Whether an argument sets the key of an override."""
    return argument.partition("=")[0] == override.partition("=")[0]


@pytest.mark.parametrize("page", [*PAGES, *(pytest.param(page, marks=pytest.mark.nightly) for page in LONG)])
def test_every_command_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pricewar.scenarios.studies.runner.workers", workers)
    runner = CliRunner()

    def typed(arguments: list[str]) -> None:
        result = runner.invoke(cli, arguments)
        assert result.exit_code == 0, f"{shlex.join(arguments)}\n{result.output}"

    of_page = commands(page)
    assert of_page
    if page == "README.md":
        typed(["run", "china-2024", *SMALL])  # what `make run` has left there
    for arguments in of_page:
        typed(smaller(arguments))


def test_the_page_of_python_runs_as_it_stands_and_shows_every_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pricewar.scenarios.studies.runner.workers", workers)
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL))
    exec(compile(code, "docs/python.md", "exec"), {"__name__": "page"})
    shown = set(re.findall(r"pricewar\.(\w+)\(", code))
    assert shown == {name for name in pricewar.__all__ if name[0].islower()}


def test_the_page_of_questions_has_each_with_its_function_its_columns_and_its_figure() -> None:
    page = " ".join((ROOT / "docs/questions.md").read_text(encoding="utf-8").split())
    for name, question in QUESTIONS.items():
        part = page.partition(f"## {name} ")[2].partition(" ## ")[0]
        assert f"`{question.ask.__module__}.{question.ask.__name__}`" in part, name
        columns = [f"`{column}`" + (f" [{unit}]" if unit else "") for column, unit in question.units.items()]
        assert f"Columns: {', '.join(columns)}." in part, name
        assert "Caveat: " in part, name
        figure = f"`{question.figure}` " if question.figure else ""
        assert f"| {question.words} | [`{name}`](#{name}) | {figure}|" in page


def test_the_pages_point_only_to_files_that_exist() -> None:
    for page in [*PAGES, *LONG, "docs/python.md", "docs/model.md", "docs/china-2024.md", "docs/global-2022.md",
                 "docs/strategies.md", "docs/what-if.md"]:  # fmt: skip
        text = (ROOT / page).read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!http|#)([^)#]+)", text)
        missing = [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
        assert missing == []
