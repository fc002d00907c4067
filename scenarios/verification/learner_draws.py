"""Where learners have their luck from: one own generator each, or the published common one."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pricewar.agents.games.q_learning.rules import Flat, compiled, has_compiler
from pricewar.sim.market.demand import Floats

Integers = NDArray[np.int64]

FIRST, SECOND = (40014, 2147483563), (40692, 2147483399)
"""Multiplier and modulus of the two generators."""
WAITING = 32
WARM_UP = 8
"""Numbers of the first generator that are thrown away at the start."""
HIGHEST = 1.0 - 1.2e-7
"""No draw is larger: the published form keeps below one even in single precision."""
WIDTH = 1 + (FIRST[1] - 1) // WAITING


def powers(generator: tuple[int, int], before: int, count: int) -> Integers:
    """The next numbers of a multiplicative congruential generator, shape (count,).

    Doubles the known part at each step; products stay below 2**62.
    """
    multiplier, modulus = generator
    numbers = np.empty(count, dtype=np.int64)
    numbers[:1] = multiplier * before % modulus
    drawn, jump = 1, multiplier
    while drawn < count:
        more = min(drawn, count - drawn)
        numbers[drawn : drawn + more] = numbers[:more] * jump % modulus
        drawn, jump = drawn + more, jump * jump % modulus
    return numbers


def shuffle(first: Flat[int], second: Flat[int], waiting: Flat[int], last: int, count: int) -> int:
    """Combine both generators, in place into `second`; returns the last result."""
    modulus = 2147483563
    width = 1 + (modulus - 1) // 32
    for k in range(count):
        place = last // width
        last = waiting[place] - second[k]
        waiting[place] = first[k]
        if last < 1:
            last += modulus - 1
        second[k] = last
    return last


class LEcuyer:
    """Uniform draws in (0, 1), the same to the last bit as those of the published programs.

    >>> LEcuyer(1).random(2).round(6).tolist()
    [0.285381, 0.253358]
    """

    def __init__(self, seed: int) -> None:
        """Start from a positive whole number."""
        begun = powers(FIRST, seed, WARM_UP + WAITING)
        self._first, self._second = int(begun[-1]), seed
        self._waiting = begun[WARM_UP:][::-1].copy()
        self._last = int(self._waiting[0])

    def random(self, count: int) -> Floats:
        """The next draws, shape (count,)."""
        first, second = powers(FIRST, self._first, count), powers(SECOND, self._second, count)
        self._first, self._second = int(first[-1]), int(second[-1])
        if has_compiler():
            self._last = compiled(shuffle)(first, second, self._waiting, self._last, count)
        else:
            combined, waiting = second.tolist(), self._waiting.tolist()
            self._last = shuffle(first.tolist(), combined, waiting, self._last, count)
            second, self._waiting = np.array(combined), np.array(waiting)
        draws: Floats = np.minimum(second * (1.0 / FIRST[1]), HIGHEST)
        return draws


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
    """First actions of a published session, counted from zero: one generator draws those of all sessions in turn."""
    first = LEcuyer(1).random(session * n)[-n:]
    return tuple(int(m * draw) for draw in first)
