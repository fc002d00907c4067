"""What learners do once they have learned: the prices at which they rest or round which they go, and their answers."""

from dataclasses import dataclass

import numpy as np

from pricewar.agents.games.q_learning.game import Game, every_choice
from pricewar.agents.games.q_learning.sessions import Session
from pricewar.sim.market.demand import Floats, Ints


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
