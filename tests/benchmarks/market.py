"""The reference market as each candidate needs it: our own run, its price path, and the draws of every buyer."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import Simulation, prepare
from tests.benchmarks.kernel import ETA, GAMMA, SPREAD, Floats, Ints, generator, key, mixed, uniform

REFERENCE = Path(__file__).with_name("reference.toml")
SEED = 1
DAYS = 1095.0


def ours(count: int) -> Simulation:
    """Our own software on the reference market, to its last day."""
    simulation = prepare(load(str(REFERENCE), [f"buyers.count={count}"]), SEED)
    simulation.run()
    simulation.world.buyers.renew(DAYS)  # the board's last change is not the end
    return simulation


def last_choices(simulation: Simulation) -> tuple[Ints, int]:
    """Choice of every buyer at the end of our run, shape (N,), and how many were made."""
    (sampled,) = simulation.world.buyers.members  # type: ignore[attr-defined]
    return sampled.choice, int(sampled.drawn.sum())


@dataclass(frozen=True, slots=True)
class PricePath:
    """What sellers did in our run: no candidate decides on prices again."""

    appeal: Floats
    """Of each offer, shape (K,). [util]"""
    times: Floats
    """Instants at which the board changes, the opening first, shape (T,). [day]"""
    prices: Floats
    """Prices from each of them on, shape (T, K). [money/Mtok]"""


def price_path(simulation: Simulation) -> PricePath:
    """The board of a finished run as a table of prices."""
    board = simulation.world.board
    price = np.zeros(len(board.offers))
    path: dict[float, Floats] = {}
    for move in board.moves:
        price[move.offer] = move.after
        path[move.time] = price.copy()
    appeal = np.array([offer.appeal for offer in board.offers])
    return PricePath(appeal, np.array(list(path)), np.array(list(path.values())))


@dataclass(frozen=True, slots=True)
class Draws:
    """The buyers of the reference market as lists, for programs that hold each as an object."""

    sensitivity: list[float]
    choice: list[list[float]]
    """Uniform draws of each buyer's choices, more than it can need."""
    contract: list[list[float]]
    """And of its contracts."""


def draws(count: int, most: int = 64) -> Draws:
    """Draw N buyers and the luck of their first `most` choices, the same as everywhere."""
    sensitivity = ETA * np.exp(SPREAD * generator(SEED, "sensitivity").standard_normal(count))
    who = (np.arange(count, dtype=np.uint64) + np.uint64(1)) * GAMMA
    number = np.arange(most, dtype=np.uint64) * GAMMA
    luck = [uniform(mixed(who + key(SEED, purpose))[:, None] + number).tolist() for purpose in ("choice", "contract")]
    return Draws(sensitivity.tolist(), *luck)
