"""Sessions of simultaneous Q-learners until none of them changes its mind (Calvano et al. 2020, section III)."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

import numpy as np

from pricewar.agents.games.q_learning.game import Game, every_choice
from pricewar.agents.games.q_learning.rules import Flat, compiled, has_compiler, learn
from pricewar.agents.pricing.q_learner import QLearner
from pricewar.agents.pricing.sequential_q_learner import SequentialQLearner
from pricewar.scenarios.verification.learner_draws import Draws
from pricewar.sim.market.demand import Floats, Ints

Outcome = TypeVar("Outcome")
BLOCK = 20_000
"""Periods for which luck is drawn at a time; the outcome does not depend on it."""


@dataclass(frozen=True, slots=True)
class Session:
    """What n learners with m prices have come to; states as in `every_choice`, actions counted from zero."""

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


"""Rounds for which luck is drawn at a time; the outcome does not depend on it."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What two learners with m prices who moved in turn have come to; actions counted from zero."""

    worth: Floats
    """What each action is taken to be worth, shape (m, 2, m): by the rival's action, seller, own action. [money]"""
    best: Ints
    """The answer of each to every action of the other, shape (m, 2)."""
    profit: Floats
    """Mean profit of each over the last periods, shape (2,). [money]"""


def turns(
    game: Game, learner: SequentialQLearner, draws: Draws, start: Iterable[int], *, rounds: int, measured: int = 500
) -> Turns:
    """Let two sellers learn in turn for a number of rounds, in each of which either moves once.

    start: their actions before the first round. measured: last rounds over which profits are averaged.
    """
    m, fast = game.m, has_compiler()
    tables = (
        np.zeros(2 * m * m), np.zeros(2 * m), np.zeros(2 * m, dtype=np.int64), game.profit.ravel(),
        np.array([*start], dtype=np.int64), np.full(2, -1, dtype=np.int64), np.ones(2), np.zeros(2),
    )  # fmt: skip
    play = compiled(play_rounds, learn) if fast else play_rounds
    flat: Sequence[Any] = tables if fast else [table.tolist() for table in tables]
    played = 0
    while played < rounds:
        count = min(BLOCK, rounds - played)
        luck = draws.periods(count).ravel()
        since = rounds - measured - played
        play(
            luck if fast else luck.tolist(), count, m, since,
            learner.rate, learner.discount, learner.fading, *flat,
        )  # fmt: skip
        played += count
    worth, _, best, *_, total = (np.array(table) for table in flat)
    return Turns(worth.reshape(m, 2, m), best.reshape(m, 2), total / (2.0 * min(measured, rounds)))


def play_rounds(
    luck: Flat[float], count: int, m: int, since: int,
    rate: float, discount: float, fading: float,
    worth: Flat[float], top: Flat[float], best: Flat[int], profit: Flat[float],
    action: Flat[int], state: Flat[int], exploring: Flat[float], total: Flat[float],
) -> None:  # fmt: skip
    """Some rounds of both learners, in place.

    luck: whether and which, round by round, 4 each. profit: of both under every pair of actions, flat. state: what
    each last answered to, -1 before its first move. total: profits of each from round `since` on.
    """
    for turn in range(count):
        for mover in range(2):
            rival = 1 - mover
            facing = action[rival]
            own = action[mover]
            seen = state[mover]
            if seen >= 0:
                # Who moves first is the first digit of a pair of actions.
                before = (own * m + seen if mover == 0 else seen * m + own) * 2 + mover
                after = (own * m + facing if mover == 0 else facing * m + own) * 2 + mover
                target = profit[before] + discount * (profit[after] + discount * top[facing * 2 + mover])
                learn(worth, top, best, seen * 2 + mover, m, own, target, rate)
            at = 4 * turn
            blind = luck[at + mover] <= exploring[mover]
            action[mover] = int(m * luck[at + 2 + mover]) if blind else best[facing * 2 + mover]
            exploring[mover] *= fading
            state[mover] = facing
            if turn >= since:
                pair = action[0] * m + action[1]
                total[0] += profit[pair * 2]
                total[1] += profit[pair * 2 + 1]


@dataclass(frozen=True, slots=True)
class Habits:
    """A settled session, as the game that its sellers play from then on."""

    game: Game
    best: Ints
    """The action that each takes in every state, shape (S, n)."""
    cycle: tuple[int, ...]
    """States round which they go, one if they rest."""

    @classmethod
    def of(cls, game: Game, session: Session) -> "Habits":
        """Follow everybody's best actions from the last state until one comes again."""
        seen: list[int] = []
        state = session.state
        while state not in seen:
            seen.append(state)
            state = _state(session.best[state], game.m)
        return cls(game, session.best, tuple(seen[seen.index(state) :]))

    def profit(self) -> Floats:
        """Mean profit of each seller, shape (n,)."""
        mean: Floats = self.game.profit[list(self.cycle)].mean(axis=0)
        return mean

    def prices(self) -> Floats:
        """Mean price of each seller, shape (n,)."""
        actions = every_choice(self.game.n, self.game.m)[list(self.cycle)]
        mean: Floats = self.game.price[np.arange(self.game.n), actions].mean(axis=0)
        return mean

    def static_answer(self, seller: int, state: int) -> int:
        """The action that would earn a seller most in the next period if the others do as they are wont to."""
        trials = np.tile(self.best[state], (self.game.m, 1))
        trials[:, seller] = np.arange(self.game.m)
        return int(np.argmax([self.game.profit[_state(trial, self.game.m), seller] for trial in trials]))

    def path(self, state: int, periods: int, seller: int = 0, forced: int | None = None) -> Ints:
        """States after `state` period by period, shape (periods,); `forced` is one seller's action in the first."""
        states = []
        for period in range(periods):
            actions = self.best[state].copy()
            if forced is not None and period == 0:
                actions[seller] = forced
            state = _state(actions, self.game.m)
            states.append(state)
        return np.array(states, dtype=np.intp)

    def worth(self, state: int, discount: float, seller: int, forced: int | None = None) -> float:
        """Discounted profit of a seller from the next period on. [money]"""
        # Every path is in a cycle after at most as many periods as there are states.
        periods = int(np.log(1e-12) / np.log(discount))
        path = self.path(state, periods, seller, forced)
        return float(self.game.profit[path, seller] @ discount ** np.arange(periods))


def _state(actions: Ints, m: int) -> int:
    """Number of a combination of actions, those of the last seller changing fastest."""
    state = 0
    for action in actions.tolist():
        state = state * m + action
    return state


@dataclass(frozen=True, slots=True)
class Deviation:
    """What follows when one seller is made to answer its rivals' habits as if there were no tomorrow."""

    deviator: Floats
    """Its mean price before, in the period of the deviation, and after, shape (1 + periods,). [money]"""
    others: Floats
    """The same for the others, shape (1 + periods,). [money]"""
    unprofitable: float
    """Share of deviations after which it earns less, discounted; where its habit is that answer anyway nobody deviates.
    nan if nobody can. [1]"""


def deviation(habits: Habits, discount: float, periods: int) -> Deviation:
    """Force every seller in every state of the cycle in turn (Calvano et al. 2020, section V.B); means over these."""
    game, actions = habits.game, every_choice(habits.game.n, habits.game.m)
    own, rest, lost = [], [], []
    for seller in range(game.n):
        others = np.arange(game.n) != seller
        for state in habits.cycle:
            forced = habits.static_answer(seller, state)
            path = np.concatenate([[state], habits.path(state, periods, seller, forced)])
            price = game.price[np.arange(game.n), actions[path]]
            own.append(price[:, seller])
            rest.append(price[:, others].mean(axis=1))
            if forced != habits.best[state, seller]:
                stay = habits.worth(state, discount, seller)
                lost.append(habits.worth(state, discount, seller, forced) < stay)
    return Deviation(np.mean(own, axis=0), np.mean(rest, axis=0), float(np.mean(lost)) if lost else np.nan)
