"""Another program: the reference market of the benchmarks in straight-line numpy, which shares no code with ours."""

import numpy as np

from tests.benchmarks import kernel
from tests.benchmarks.market import DAYS, SEED, last_choices, ours, price_path

BUYERS = 3_000


def test_bare_numpy_makes_the_same_choice_for_every_buyer() -> None:
    simulation = ours(BUYERS)
    path = price_path(simulation)
    chosen, made = kernel.choices(BUYERS, SEED, path.appeal, path.times, path.prices, DAYS)
    last, drawn = last_choices(simulation)
    assert len(path.times) > 400, "the board is meant to change at nearly every review"
    assert drawn == made
    np.testing.assert_array_equal(last, chosen)


def test_another_seed_makes_other_choices() -> None:
    simulation = ours(BUYERS)
    path = price_path(simulation)
    chosen, _ = kernel.choices(BUYERS, SEED + 1, path.appeal, path.times, path.prices, DAYS)
    assert np.mean(last_choices(simulation)[0] == chosen) < 0.5
