"""Where learners have their luck from: one own generator each, or the published common one."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pricewar.agents.games.q_learning.lecuyer import LEcuyer
from pricewar.sim.market.demand import Floats


class Draws(Protocol):
    """Luck of n learners: in every period each draws whether to explore, and then which price it tries."""

    def periods(self, count: int) -> Floats:
        """Draws of the next periods, shape (count, 2, n): whether, and which."""


class OwnDraws:
    """Every learner has its own generator, and takes its two draws from it one after the other."""

    def __init__(self, luck: Sequence[np.random.Generator]) -> None:
        """Luck of each learner; draws go on where somebody else has left it."""
        self.luck = tuple(luck)

    def periods(self, count: int) -> Floats:
        """Draws of the next periods, shape (count, 2, n)."""
        return np.stack([luck.random((count, 2)) for luck in self.luck], axis=-1)


class PublishedDraws:
    """One generator for all: in every period first everybody's `whether`, then everybody's `which`."""

    def __init__(self, session: int, n: int) -> None:
        """The draws of a published session, which are seeded with its number, counted from one."""
        self.n, self.generator = n, LEcuyer(session)

    def periods(self, count: int) -> Floats:
        """Draws of the next periods, shape (count, 2, n)."""
        return self.generator.random(2 * self.n * count).reshape(count, 2, self.n)


def published_start(session: int, n: int, m: int) -> tuple[int, ...]:
    """First actions of a published session, counted from nought: one generator draws those of all sessions in turn."""
    first = LEcuyer(1).random(session * n)[-n:]
    return tuple(int(m * draw) for draw in first)
