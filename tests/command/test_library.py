"""Every scenario of the library runs, for a few days here, to a whole folder with figures."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pricewar.scenarios.cli import cli
from pricewar.scenarios.config.tables import FOLDER
from pricewar.sim.figures.catalogue import FIGURES
from pricewar.sim.pages.run_folder import open_run
from pricewar.sim.results.tables import TABLES

NAMES = sorted(path.stem for path in FOLDER.parent.glob("*.toml"))


def test_there_is_a_library() -> None:
    assert {"textbook", "china-2024", "global-2022"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_of_the_library_runs_to_a_whole_folder(name: str, tmp_path: Path) -> None:
    few = ["days=6", "burn_in=6", "buyers.count=50"]
    ended = CliRunner().invoke(cli, ["run", name, *few, "--out", str(tmp_path / "run"), "--csv"])
    assert ended.exit_code == 0, ended.output
    assert set(open_run(tmp_path / "run").tables) == set(TABLES)
    assert {path.stem for path in tmp_path.glob("run/figures/*.png")} <= set(FIGURES)
    assert list(tmp_path.glob("run/figures/*.png"))
