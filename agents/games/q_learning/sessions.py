"""Sessions of simultaneous Q-learners until none of them changes its mind (Calvano et al. 2020, section III)."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

import numpy as np

from pricewar.agents.games.q_learning.draws import Draws
from pricewar.agents.games.q_learning.game import Game
from pricewar.agents.games.q_learning.rules import Flat, compiled, has_compiler, learn
from pricewar.agents.pricing.q_learner import QLearner
from pricewar.sim.market.demand import Floats, Ints

Outcome = TypeVar("Outcome")
BLOCK = 20_000
"""Periods for which luck is drawn at a time; the outcome does not depend on it."""


@dataclass(frozen=True, slots=True)
class Session:
    """What n learners with m prices have come to; states as in `every_choice`, actions counted from nought."""

    periods: int
    """How many it took, those of unchanged minds among them."""
    settled: bool
    """Whether nobody changed its mind for long enough."""
    state: int
    """Last state."""
    worth: Floats
    """What each action is taken to be worth, shape (S, n, m). [money]"""
    best: Ints
    """The action that each takes in every state, shape (S, n)."""


def session(
    game: Game, learner: QLearner, draws: Draws, start: Iterable[int], *, calm: int = 100_000, longest: int = 10**9
) -> Session:
    """Let the sellers of a game learn from scratch until their best actions stay the same.

    learner: how each of them learns. start: their actions before the first period, n of them.
    calm: periods in a row without a change of the best action in the state visited, after which they are done.
    longest: periods after which they are stopped; small ones serve comparisons.
    """
    n, m, fast = game.n, game.m, has_compiler()
    row = game.against_uniform() / (1.0 - learner.discount)
    worth = np.broadcast_to(row, (m**n, n, m)).reshape(-1).copy()
    top = np.broadcast_to(row.max(axis=1), (m**n, n)).reshape(-1).copy()
    best = np.broadcast_to(row.argmax(axis=1), (m**n, n)).reshape(-1).astype(np.int64)
    tables = worth, top, best, game.profit.ravel(), np.zeros(n, dtype=np.int64)
    play = compiled(play_periods, learn) if fast else play_periods
    flat: Sequence[Any] = tables if fast else [table.tolist() for table in tables]
    state, exploring, unchanged, periods = 0, 1.0, 0, 0
    for action in start:
        state = state * m + action
    while unchanged < calm and periods < longest:
        count = min(BLOCK, longest - periods)
        luck = draws.periods(count).ravel()
        done, state, exploring, unchanged = play(
            luck if fast else luck.tolist(), count, n, m, state, exploring, unchanged,
            learner.rate, learner.discount, learner.fading, calm, *flat,
        )  # fmt: skip
        periods += done
    shape = m**n, n
    return Session(
        periods, unchanged == calm, state, np.array(flat[0]).reshape(*shape, m), np.array(flat[2]).reshape(shape)
    )


def play_periods(
    luck: Flat[float], count: int, n: int, m: int,
    state: int, exploring: float, unchanged: int,
    rate: float, discount: float, fading: float, calm: int,
    worth: Flat[float], top: Flat[float], best: Flat[int], profit: Flat[float], chosen: Flat[int],
) -> tuple[int, int, float, int]:  # fmt: skip
    """Some periods of all n learners, in place; returns how many were played, and where things stand.

    luck: whether and which, period by period, `2 n` each. profit: of every seller in every state, flat. The state
    that is left at the end of calm is the last in which somebody could have changed its mind.
    """
    for period in range(count):
        at = 2 * n * period
        after = 0
        for i in range(n):
            action = int(m * luck[at + n + i]) if luck[at + i] <= exploring else best[state * n + i]
            chosen[i] = action
            after = after * m + action
        exploring *= fading
        same = True
        for i in range(n):
            target = profit[after * n + i] + discount * top[after * n + i]
            if not learn(worth, top, best, state * n + i, m, chosen[i], target, rate):
                same = False
        unchanged = unchanged + 1 if same else 1
        if unchanged == calm:
            return period + 1, state, exploring, unchanged
        state = after
    return count, state, exploring, unchanged


def many(job: Callable[[int], Outcome], sessions: Iterable[int], *, workers: int = 2) -> list[Outcome]:
    """Independent sessions at the same time, in the order of their numbers.

    job: plays the session of a number and says what comes out; without numba it must be a function that other
    processes can import. Machine code lets threads run side by side; plain Python does not and needs a process each.
    """
    pool: Executor
    if has_compiler():
        pool = ThreadPoolExecutor(workers)
    else:
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    with pool:
        return list(pool.map(job, sessions))
