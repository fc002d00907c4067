"""A key that no longer counts is accepted, and told in one sentence."""

import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

from pricewar.scenarios.api.prepare import check
from pricewar.scenarios.cli import cli
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.errors import NoEffect

SENTENCE = "response.reservation has no effect since 0.5.0; take it out"
GIVEN = tuple(f"segments.{name}.response.reservation=60" for name in sorted(load("glut").segments))


@pytest.mark.parametrize("verb", ["check", "run"])
def test_the_command_says_it_once_and_goes_on(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, [verb, "glut", *GIVEN, "days=2", "burn_in=2", "buyers.count=50"])
    assert result.exit_code == 0, result.output
    assert result.stderr.count(f"Warning: {SENTENCE}.") == 1


def test_from_python_it_is_a_warning() -> None:
    with pytest.warns(NoEffect, match=SENTENCE):
        check("glut", GIVEN)


def test_who_does_not_give_it_hears_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check("glut")


def test_it_changes_nothing() -> None:
    small = ("days=20", "burn_in=20", "buyers.count=50")
    with_it = play(load("glut", (*small, *GIVEN)), seed=1)
    assert with_it.tables["prices"].equals(play(load("glut", small), seed=1).tables["prices"])
