"""A market in which next to nothing happens still leaves its tables, figures and pages."""

import json
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result
from matplotlib.figure import Figure

from pricewar.scenarios.cli import cli
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.errors import FigureNotDrawn
from pricewar.sim.figures.catalogue import FIGURES, figure
from pricewar.sim.figures.files import Drawn, draw_into
from pricewar.sim.figures.style import house_style
from pricewar.sim.pages.run_folder import open_run
from pricewar.sim.pages.run_page import summary
from pricewar.sim.results.run import Run
from tests.claims import CHECKS, dates_of

SHORT = ("days=12", "burn_in=2")
DAY = ("days=1", "burn_in=0")
NOBODY = "segments.all.response.outside=1000.0"
"""Buyers would rather have nothing."""
ALONE = "only-east.toml"
FREE = tuple(f"forced.{name}={{seller='{name}', price=0.0, date=2024-01-03}}" for name in ("east", "west"))
MARKETS = {
    "nobody-buys": ("textbook", *SHORT, NOBODY),
    "nobody-of-ten-buys": ("textbook", *SHORT, NOBODY, "buyers.kind=sampled", "buyers.count=10"),
    "nobody-reviews": ("textbook", *SHORT, "conduct.regular=false", "conduct.review_rate=0.0"),
    "one-seller": (ALONE, *SHORT),
    "one-seller-without-buyers": (ALONE, *SHORT, NOBODY),
    "one-day": ("textbook", *DAY),
    "one-day-of-one-seller-without-buyers": (ALONE, *DAY, NOBODY),
    "one-day-of-many-sellers": ("china-2024", *DAY, "buyers.count=50"),
    "one-buyer-in-a-market-to-come": ("global-2022", "days=3", "burn_in=0", "buyers.count=4"),
    "prices-fall-to-zero": ("textbook", *SHORT, *FREE),
    "prices-fall-to-zero-and-nobody-buys": ("textbook", *SHORT, *FREE, NOBODY),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario of one seller."""
    folder = tmp_path_factory.mktemp("bare")
    library = Path(__file__).parents[2] / "scenarios" / "library" / "textbook.toml"
    before, _, after = library.read_text(encoding="utf-8").partition("[sellers.west]\n")
    text = before + after.partition("\n")[2]
    assert list(tomllib.loads(text)["sellers"]) == ["east"]
    (folder / ALONE).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=MARKETS)
def bare(request: pytest.FixtureRequest, places: Path) -> Run:
    scenario, *overrides = MARKETS[request.param]
    return play(load(str(places / scenario) if scenario == ALONE else scenario, overrides), seed=1)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_and_nothing_leaves_its_page(bare: Run, name: str) -> None:
    picture = figure(bare, name)
    with house_style():
        picture.draw_without_rendering()
        covered = picture.get_tightbbox()
    width, height = picture.get_size_inches()
    assert covered.x0 >= -0.02
    assert covered.y0 >= -0.02
    assert covered.x1 <= width + 0.02
    assert covered.y1 <= height + 0.02


def test_the_page_is_written(bare: Run) -> None:
    assert summary(bare).startswith("# ")


@pytest.mark.parametrize("check", CHECKS)
def test_the_page_claims_no_more_than_the_tables_hold(bare: Run, check: Callable[[Run], None]) -> None:
    check(bare)


def test_no_sentence_divides_by_nothing_or_counts_nothing(bare: Run) -> None:
    meant = summary(bare).partition("## What it means")[2].partition("## The books")[0]
    for words in ("an unknown", "0 to 0", "from 0 to 0", "of 0 ", "(0)", "nan", "100.0000"):
        assert words not in meant, words


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_answered_or_said_to_be_unknown(bare: Run, name: str) -> None:
    question = QUESTIONS[name]
    if question.answered(bare.tables):
        assert question.sentence(bare.tables, "USD")


VERBS = {
    "run": ("run",),
    "ensemble": ("run", "--seeds", "2"),
    "force": ("force", "--seller", "east", "--price", "-10%", "--on", "2024-01-01"),
    "force-of-two-seeds": ("force", "--seller", "east", "--price", "-10%", "--on", "2024-01-01", "--seeds", "2"),
    "force-to-zero": ("force", "--seller", "east", "--price", "0", "--on", "2024-01-01", "--hold", "30"),
    "force-of-nothing": ("force", "--seller", "east", "--price", "0%", "--on", "2024-01-01"),
    "compare": ("compare", "--arm", "dear: sellers.east.tiers.main.price=3.0", "--seeds", "2"),
    "compare-on-one-seed": ("compare", "--arm", "same: seed=1", "--seeds", "1"),
    "attribute": ("attribute", "--mechanisms", "idle_capacity", "--without", "key:conduct.regular", "--seeds", "2"),
    "grid": ("sweep", "--vary", "segments.all.potential=1000,2000", "--vary", "segments.all.contract=5,10",
             "--design", "grid", "--seeds", "1"),
    "hypercube": ("sweep", "--vary", "segments.all.potential=1000..2000", "--points", "2", "--seeds", "2"),
    "morris": ("sensitivity", "--vary", "segments.all.potential=1000..2000", "--points", "2", "-o", "war"),
    "sobol": ("sensitivity", "--vary", "segments.all.potential=1000..2000", "--method", "sobol", "--points", "2",
              "-o", "war"),
}  # fmt: skip
NOTHING = ("textbook", *DAY, NOBODY)
"""A day on which nobody buys."""


@pytest.fixture
def here(places: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(places)
    return places


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_leaves_its_page_and_figures_of_a_day_on_which_nobody_buys(here: Path, verb: str) -> None:
    word, *options = VERBS[verb]
    ended = call(word, *NOTHING, *options, "--jobs", "1", "--out", verb)
    assert ended.exit_code == 0, (ended.stderr, ended.exception)
    assert "Warning" not in ended.stderr
    page = (here / verb / "summary.md").read_text(encoding="utf-8")
    assert page.startswith("# ")
    assert "could not be drawn" not in page
    assert all(day <= date(2024, 1, 1) for day in dates_of(page))
    assert "None of 0" not in page


def test_a_price_forced_on_the_only_seller_is_not_left_unanswered_by_none_of_nobody(here: Path) -> None:
    ended = call("force", ALONE, *SHORT, "--seller", "east", "--price", "-10%", "--on", "2024-01-03", "--out", "alone")
    assert ended.exit_code == 0, ended.stderr
    page = (here / "alone" / "summary.md").read_text(encoding="utf-8")
    assert "**There is no other offer that could answer.**" in page
    assert "of 0" not in page


PLANTED = ("run", "ensemble", "force", "compare", "attribute", "hypercube", "morris")
"""Verbs that draw."""


@pytest.mark.parametrize("verb", PLANTED)
def test_a_figure_that_raises_costs_itself_alone(here: Path, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    def with_one_that_raises(folder: Path, figures: Mapping[str, Callable[[], Figure | None]], *more: Any) -> Drawn:
        return draw_into(folder, {**figures, "planted": lambda: [][0]}, *more)

    monkeypatch.setattr("pricewar.sim.figures.catalogue.draw_into", with_one_that_raises)
    word, *options = VERBS[verb]
    ended = call(word, "textbook", *SHORT, *options, "--jobs", "1", "--out", f"planted-{verb}")
    assert ended.exit_code == 0, (ended.stderr, ended.exception)
    told = [line for line in ended.stderr.splitlines() if line.startswith("Warning: ")]
    assert len(told) == 1
    assert "the figure 'planted' could not be drawn (IndexError: list index out of range)" in told[0]
    folder = here / f"planted-{verb}"
    assert "- `planted`: IndexError: list index out of range" in (folder / "summary.md").read_text(encoding="utf-8")
    drawn = {file.stem for file in (folder / "figures").iterdir()}
    assert drawn
    assert "planted" not in drawn


def test_a_run_records_which_figures_it_lacks_and_plot_says_so_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(_: object) -> Figure:
        raise ValueError("nothing\nto draw")

    monkeypatch.setitem(cast("dict[str, Any]", FIGURES), "shares", raises)
    ended = call("run", *NOTHING, "--out", "lacking")
    assert ended.exit_code == 0, ended.stderr
    record = json.loads((here / "lacking" / "run.json").read_text(encoding="utf-8"))
    assert record["not_drawn"] == {"shares": "ValueError: nothing to draw"}
    assert open_run(here / "lacking").digest == record["digest"]
    again = call("plot", "lacking", "--figure", "shares", "--figure", "adoption")
    assert again.exit_code == 3
    assert [Path(line).name for line in again.stdout.splitlines()] == ["adoption.png", "adoption.pdf"]
    assert "the figure 'shares' could not be drawn" in again.stderr


def test_from_python_a_figure_that_raises_is_a_warning_and_an_old_file_of_it_goes(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(b"old")
    with pytest.warns(FigureNotDrawn, match="the figure 'one' could not be drawn"):
        drawn = draw_into(tmp_path, {"one": lambda: cast("Figure", 1 / 0), "none": lambda: None})
    assert drawn.failed == {"one": "ZeroDivisionError: division by zero"}
    assert drawn.files == ()
    assert list(tmp_path.iterdir()) == []
