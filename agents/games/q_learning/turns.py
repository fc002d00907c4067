"""Sessions of two Q-learners who move in turn (Klein 2021)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pricewar.agents.games.q_learning.draws import Draws
from pricewar.agents.games.q_learning.game import Game
from pricewar.agents.games.q_learning.rules import Flat, compiled, has_compiler, learn
from pricewar.agents.pricing.sequential_q_learner import SequentialQLearner
from pricewar.sim.market.demand import Floats, Ints

BLOCK = 20_000
"""Rounds for which luck is drawn at a time; the outcome does not depend on it."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What two learners with m prices who moved in turn have come to; actions counted from nought."""

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
