"""What verbs reckon by themselves: ratios of two runs, what is left of a study."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pricewar.scenarios.api import hand_on
from pricewar.scenarios.api.diff import diff
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.scenarios.studies import runner


def test_the_ratio_of_two_runs_is_that_of_the_second_over_the_first() -> None:
    short, long = (play(load("textbook", [f"days={days}", "burn_in=10", "buyers.count=200"])) for days in (35, 70))
    rows = [row for row in diff(short, long).outcomes if row["ratio"] is not None]
    assert any(row["a"] != row["b"] for row in rows)
    for row in rows:
        assert row["ratio"] == pytest.approx(row["b"] / row["a"], rel=1e-12)
        assert row["difference"] == pytest.approx(row["b"] - row["a"], rel=1e-12)


def test_runs_that_failed_are_not_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    study = SimpleNamespace(title="x", kind="runs", arms=[1, 2], seeds=[1, 2, 3], size=6, command="x", shard=(1, 1))
    monkeypatch.setattr(hand_on, "read_manifest", lambda _: study)
    monkeypatch.setattr(runner, "finished", lambda _: (3, 1))
    told = hand_on.status(Path("study"))
    assert (told["runs"], told["done"], told["failed"], told["left"]) == (6, 3, 1, 2)
