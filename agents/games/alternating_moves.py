r"""Two sellers who move in turn on a grid of prices: Maskin & Tirole (1988, Econometrica 56, 571-599), for any grid.

A price stands for two periods: the mover answers the rival's price i with the price j, and the rival then answers j. A
Markov-perfect strategy is a reaction, the chance of every own price at every price of the rival. With profits
:math:`\pi(\text{own}, \text{rival})` a period and the discount factor :math:`\delta` between two moves, whoever moves
is worth V and whoever waits is worth W:

.. math:: V(i) = \sum_j R_{ij}\,[\pi(j, i) + \delta W(j)], \qquad W(j) = \sum_k R'_{jk}\,[\pi(j, k) + \delta V(k)]

with R' the rival's reaction. It is an equilibrium if no single move gains (`gains`), which is how every reaction that
`equilibrium` returns has been checked. Shapes: n prices on the grid, in ascending order.

Simplifications: both sellers are alike (one reaction serves both), and of many equilibria two kinds are looked for. The
grid 0, 1/6 ... 1 with D = 1 - p alone has others: a second Edgeworth cycle, which hesitates at 0 instead of at 1/6.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, count
from typing import Literal

import numpy as np

from pricewar.sim.market.demand import Floats

Kind = Literal["kinked", "edgeworth"]
"""kinked: both stay at the joint-monopoly price. edgeworth: they undercut each other until one returns to the top."""

PROFITABLE = 1e-13
"""Gain of a deviation, as a share of the largest value, that is more than rounding."""
PATIENCE = 6
"""Changes of mind at a price after which the last two answers are mixed."""
ROUNDS = 400
"""Changes of a reaction after which the search is given up."""


def values(profit: Floats, own: Floats, rival: Floats, discount: float) -> tuple[Floats, Floats]:
    """What moving is worth at each price of the rival, V, and waiting at each own price, W, each of shape (n,).

    profit: of a period, by own and rival's price, shape (n, n). own, rival: reactions, rows the price answered,
    shape (n, n). discount: delta, a period, at least 0 and below 1.
    """
    moving, waiting = (own * profit.T).sum(axis=1), (rival * profit).sum(axis=1)
    ahead = np.eye(len(profit)) - discount**2 * own @ rival
    moved: Floats = np.linalg.solve(ahead, moving + discount * own @ waiting)
    return moved, waiting + discount * rival @ moved


def prospects(profit: Floats, own: Floats, rival: Floats, discount: float) -> Floats:
    """Worth of every answer (column) to every price of the rival (row) if all later moves follow the reactions."""
    worth: Floats = profit.T + discount * values(profit, own, rival, discount)[1]
    return worth


def gains(profit: Floats, own: Floats, discount: float, rival: Floats | None = None) -> Floats:
    """What the best single deviation gains at each price of the rival, shape (n,); zero in equilibrium.

    profit, own, discount: as in `values`. rival: its reaction; left out, the same as one's own.
    """
    worth = prospects(profit, own, own if rival is None else rival, discount)
    gain: Floats = worth.max(axis=1) - (own * worth).sum(axis=1)
    return gain


def equilibrium(kind: Kind, profit: Floats, discount: float) -> Floats:
    """A Markov-perfect reaction of the kind, shape (n, n): rows the price answered, columns the chances of answers.

    profit: of a period, by own and rival's price, shape (n, n). discount: delta, a period.
    Raises ValueError where none is found.

    On Maskin & Tirole's grid of sixths at delta = .95 the kinked reaction to 1/6 is 3/6 with chance .5378, else 1/6:

    >>> grid = np.arange(7) / 6
    >>> alone = grid * (1 - grid)
    >>> profit = np.where(np.tri(7, k=-1).T > 0, alone[:, None], 0) + np.diag(alone / 2)
    >>> equilibrium("kinked", profit, 0.95)[1].round(4).tolist()
    [0.0, 0.4622, 0.0, 0.5378, 0.0, 0.0, 0.0]
    """
    reaction = _equilibrium(kind, np.ascontiguousarray(profit).tobytes(), len(profit), discount)
    return reaction.copy()


@lru_cache(maxsize=64)
def _equilibrium(kind: Kind, packed: bytes, n: int, discount: float) -> Floats:
    profit = np.frombuffer(packed).reshape(n, n)
    reaction = _kinked(profit, discount) if kind == "kinked" else _edgeworth(profit, discount)
    if reaction is None:
        raise ValueError(
            f"no {kind} equilibrium was found on a grid of {n} prices at a discount factor of {discount:g} a move; "
            "try another number of steps, or a discount factor nearer to one"
        )
    return reaction


def _monopoly(profit: Floats) -> int:
    """The price that earns most beside a rival at the top of the grid."""
    return int(np.argmax(profit[:-1, -1]))


def _kinked(profit: Floats, discount: float) -> Floats | None:
    """From 'a cut is answered by the lowest price that earns, until one returns to monopoly' on, or from no war at all.

    At that lowest price sellers hesitate between staying and returning: a war of attrition. An equilibrium that gives
    the monopoly price up is none of this kind.
    """
    top, earning = _monopoly(profit), _earning(profit)
    peace, war = np.zeros_like(profit), np.zeros_like(profit)
    peace[:, top] = 1.0
    for rival in range(len(profit)):
        war[rival, earning if earning < rival < top else top] = 1.0
    mixed = _mixed(profit, war, discount, earning, earning, top) if earning < top else None
    starts: list[tuple[Floats, int | None]] = [(peace, None)]
    if mixed is not None:
        starts.insert(0, (mixed, earning))
    for start, hesitant in starts:
        improved = _improved(profit, start, discount, hesitant)
        if improved is not None and improved[0][top, top] == 1.0:
            return improved[0]
    return None


def _earning(profit: Floats) -> int:
    """The lowest price that earns anything beside a rival at the top of the grid."""
    return int(np.argmax(profit[:-1, -1] > 0.0))


def _edgeworth(profit: Floats, discount: float) -> Floats | None:
    """From 'a step below the rival, and at the bottom back to the top' on, the top anywhere above monopoly.

    At the lowest price that earns anything sellers hesitate between the last undercut and the return: a war of
    attrition. Of the cycles that come of it the one is taken whose start needed fewest changes.
    """
    best: tuple[Floats, int] | None = None
    tops = range(max(_monopoly(profit), 1), len(profit))
    for lowest_first in (False, True):  # which of several deviations is adopted decides where the search ends
        for start, hesitant in chain.from_iterable(_cycles(profit, top, discount) for top in tops):
            improved = _improved(profit, start, discount, hesitant, lowest_first=lowest_first)
            if improved is not None and _returns(improved[0]) and (best is None or improved[1] < best[1]):
                best = improved
                if improved[1] == 0:  # the start itself is an equilibrium
                    return improved[0]
        if best is not None:
            return best[0]
    return None


def _cycles(profit: Floats, top: int, discount: float) -> Iterator[tuple[Floats, int | None]]:
    """Undercutting from a top: with hesitation at the lowest price that earns, if there can be any, and without."""
    earning = _earning(profit)
    bottom = max(earning - 1, 0)
    start = np.zeros_like(profit)
    for rival in range(len(profit)):
        start[rival, top if rival <= bottom else min(max(rival - 1, bottom), top - 1)] = 1.0
    mixed = _mixed(profit, start, discount, earning, bottom, top) if bottom < earning < top else None
    if mixed is not None:
        yield mixed, earning
    yield start, None


def _returns(reaction: Floats) -> bool:
    """Whether prices keep moving: no price is answered by itself for sure, once it is reached from the top."""
    reached = np.zeros(len(reaction), dtype=np.bool_)
    reached[-1] = True
    for _ in reaction:
        reached |= (reaction[reached] > 0.0).any(axis=0)
    return not bool((np.diag(reaction)[reached] == 1.0).any())


def _improved(
    profit: Floats, start: Floats, discount: float, hesitant: int | None, *, lowest_first: bool = False
) -> tuple[Floats, int] | None:
    """Policy iteration one price at a time: the most profitable deviation is adopted until none is left.

    A price at which minds keep changing is a price of indifference: its last two answers are mixed, so that both
    are worth the same. hesitant: a price that is mixed in the start. lowest_first: adopt the deviation at the lowest
    price instead. Returns the reaction and the changes it took.
    """
    reaction, changes = start.copy(), dict.fromkeys(() if hesitant is None else (hesitant,), PATIENCE)
    for changed in count():
        worth = prospects(profit, reaction, reaction, discount)
        gain = worth.max(axis=1) - (reaction * worth).sum(axis=1)
        if gain.max() <= PROFITABLE * np.abs(worth).max():
            return reaction, changed
        if changed == ROUNDS:
            break
        at = int(np.argmax(gain > PROFITABLE * np.abs(worth).max() if lowest_first else gain))
        former, better = int(np.argmax(reaction[at])), int(np.argmax(worth[at]))
        changes[at] = changes.get(at, 0) + 1
        mixed = _mixed(profit, reaction, discount, at, former, better) if changes[at] > PATIENCE else None
        reaction = _with(reaction, at, {better: 1.0}) if mixed is None else mixed
    return None


def _mixed(profit: Floats, reaction: Floats, discount: float, at: int, one: int, other: int) -> Floats | None:
    """The reaction that answers the price `at` by one or other such that both are worth the same, if there is one."""

    from scipy.optimize import brentq

    def advantage(chance: float) -> float:
        trial = _with(reaction, at, {one: chance, other: 1.0 - chance})
        worth = prospects(profit, trial, trial, discount)[at]
        return float(worth[one] - worth[other])

    if one == other or advantage(0.0) * advantage(1.0) >= 0.0:
        return None
    chance = float(brentq(advantage, 0.0, 1.0, xtol=1e-16))
    return _with(reaction, at, {one: chance, other: 1.0 - chance})


def _with(reaction: Floats, at: int, answers: dict[int, float]) -> Floats:
    changed = reaction.copy()
    changed[at] = 0.0
    for price, chance in answers.items():
        changed[at, price] = chance
    return changed


def stationary(reaction: Floats) -> Floats:
    """Share of time that each price is the last posted, shape (n,). reaction: shape (n, n).

    Raises ValueError where it depends on where the chain begins.
    """
    n = len(reaction)
    equations = np.vstack([reaction.T - np.eye(n), np.ones(n)])
    solution, _, rank, _ = np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)
    if rank < n:
        raise ValueError("prices come to rest in more than one place; the long run depends on where they begin")
    share: Floats = np.maximum(solution, 0.0)
    return share


def long_run_mean(reaction: Floats, each: Floats) -> float:
    """Mean of what depends on the price before and the price after, `each` of shape (n, n), over all periods."""
    return float(stationary(reaction) @ (reaction * each).sum(axis=1))


def long_run_variance(reaction: Floats, each: Floats) -> float:
    r"""Variance of the sum over T periods, over T as T grows: the spread of a simulated mean.

    With the deviations :math:`g_{ij} = f_{ij} - \bar f`, their expected sum h from each price on solves Poisson's
    equation :math:`h_i = \sum_j R_{ij} (g_{ij} + h_j)`, and the variance is
    :math:`\sum \pi_i R_{ij} (g_{ij} + h_j - h_i)^2` (Meyn & Tweedie 2009, ch. 17).
    """
    share, n = stationary(reaction), len(reaction)
    centred = each - long_run_mean(reaction, each)
    expected = (reaction * centred).sum(axis=1)
    ahead = np.linalg.solve(np.eye(n) - reaction + np.outer(np.ones(n), share), expected)
    surprise = centred + ahead[None, :] - ahead[:, None]
    return float(share @ (reaction * surprise**2).sum(axis=1))
