"""Where results go, and whether they may go there: asked before a simulation, not after it."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from pricewar.sim.errors import UserMistake
from pricewar.sim.results.run import MARK


def results_folder(source: str, seed: int) -> Path:
    """Name the folder for a run, under the current one.

    >>> str(results_folder("mine/market.toml", 3))
    'outputs/market-seed3'
    """
    name = "standard-input" if source == "-" else Path(source).stem
    return Path("outputs") / f"{name}-seed{seed}"


def forced_price_folder(source: str, seller: str, seed: int) -> Path:
    """Name the folder for a forced price.

    >>> str(forced_price_folder("china-2024", "alibaba", 1))
    'outputs/china-2024-force-alibaba-seed1'
    """
    run = results_folder(source, seed)
    return run.with_name(run.name.removesuffix(f"-seed{seed}") + f"-force-{seller}-seed{seed}")


def free_for_results(folder: Path, overwrite: bool, mark: str = MARK) -> Path:
    """Return the folder if results may be written there. Raises UserMistake that says what to do if not.

    mark: name of the file that shows that a folder holds results of this kind.
    """
    if (folder / mark).is_file():
        if not overwrite:
            raise UserMistake(f"{folder} holds an earlier run; name another folder with --out, or add --overwrite")
    elif folder.is_dir() and any(folder.iterdir()):
        raise UserMistake(f"{folder} holds other files than a run's, which stay; name another folder with --out")
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise UserMistake(f"{there} is a file, not a folder; name another folder with --out")
    above = there.parent if there == folder.absolute() else there
    if not os.access(above, os.W_OK | os.X_OK):
        raise UserMistake(f"nothing may be written into {above}; name another folder with --out")
    return folder


def ensemble_folder(source: str, seeds: tuple[int, ...]) -> Path:
    """Name the folder for many seeds of a scenario, under the current one.

    >>> str(ensemble_folder("china-2024", (1, 2, 3)))
    'outputs/china-2024-seeds1-3'
    """
    name = "standard-input" if source == "-" else Path(source).stem
    return Path("outputs") / f"{name}-seeds{seeds[0]}-{seeds[-1]}"


def study_folder(source: str, kind: str, names: Iterable[str] = ()) -> Path:
    """Name the folder for a study of a scenario by what it asks, under the current one.

    >>> str(study_folder("china-2024", "compare", ["price-floor", "without release:v2"]))
    'outputs/china-2024-compare-price-floor-without-release-v2'
    """
    name = "standard-input" if source == "-" else Path(source).stem
    asked = re.sub(r"[^\w+.=-]+", "-", "-".join(names))[:60].strip("-.")
    return Path("outputs") / "-".join(part for part in (name, kind, asked) if part)
