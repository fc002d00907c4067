"""Any folder of results, by the file that marks it: what it registers, its figures with it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.scenarios.studies.pages import attribute, compare, ensemble, sweep
from pricewar.scenarios.studies.store import MARK as STUDY
from pricewar.scenarios.studies.store import Results, open_study
from pricewar.sim.errors import ResultMistake
from pricewar.sim.pages import forced_price_folder, run_folder
from pricewar.sim.results.folder import ResultFolder
from pricewar.sim.results.run import MARK as RUN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES: "Mapping[str, Callable[[Results], Mapping[str, Callable[[], Figure | None]]]]" = {
    "ensemble": ensemble.figures_of,
    "comparison": compare.figures_of,
    "attribution": attribute.figures_of,
    "sweep": sweep.figures_of,
    "sensitivity": sweep.figures_of_sensitivity,
}
"""The figures of a study, by its kind."""


def _study(folder: Path) -> ResultFolder:
    results = open_study(folder)
    return replace(results.registered, figures=FIGURES[results.manifest.kind](results))


def _forced_price(folder: Path) -> ResultFolder:
    return forced_price_folder.contents(forced_price_folder.open_forced_price(folder))


OPENED: Mapping[str, Callable[[Path], ResultFolder]] = {
    RUN: lambda folder: run_folder.contents(run_folder.open_run(folder)),
    STUDY: _study,
    forced_price_folder.MARK: _forced_price,
    forced_price_folder.OLD_MARK: _forced_price,
}
"""How a folder is opened, by the file that marks it."""


def open_results(folder: Path | str) -> ResultFolder:
    """Open a folder of results of whatever kind. Raises ResultMistake where it holds none, or damaged ones."""
    folder = Path(folder)
    for mark, opened in OPENED.items():
        if (folder / mark).is_file():
            return opened(folder)
    if not folder.is_dir():
        raise ResultMistake(f"there is no folder of results at {folder}; `pricewar run` makes one")
    *others, last = OPENED
    raise ResultMistake(f"{folder} is not a folder of results: it has no {', '.join(others)} or {last}")
