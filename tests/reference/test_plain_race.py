"""The race down the learning curve against its slow plain twin."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.games.learning_race import LearningRace, markov_perfect
from tests.reference.plain_race import race


@pytest.mark.parametrize(("progress", "forgetting"), [(0.85, 0.0), (0.75, 0.1), (0.4, 0.02), (1.0, 0.3)])
def test_the_race_is_that_of_its_slow_plain_twin(progress: float, forgetting: float) -> None:
    price, value = race(progress, forgetting, levels=5, bottom=3)
    game = markov_perfect(LearningRace(progress=progress, forgetting=forgetting, levels=5, bottom=3))
    stocks = range(1, 6)
    assert_allclose(game.price, np.array([[price[i, j] for j in stocks] for i in stocks]), rtol=0, atol=1e-8)
    assert_allclose(game.value, np.array([[value[i, j] for j in stocks] for i in stocks]), rtol=0, atol=1e-8)
