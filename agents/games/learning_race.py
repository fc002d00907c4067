r"""Two sellers who learn by doing, and forget: Besanko, Doraszelski, Kryukov & Satterthwaite (Econometrica 2010).

The stock of know-how e of a seller runs from 1 to M. One buyer a period buys from one of two sellers (a logit without
outside good); the sale adds a unit to the seller's stock, and each seller loses one with probability
:math:`\Delta(e) = 1-(1-\delta)^e`. Cost is :math:`\kappa\rho^{\log_2 \min(e,m)}`. In a Markov-perfect equilibrium a
seller with value V asks the static duopoly price at cost less the discounted prize of the sale,

.. math:: p_1 = c(e_1) - \beta(\bar V_{win} - \bar V_{lose}) + \frac{\sigma}{1-D_1},

so that prices may lie far below cost: wells, in which a seller fights for know-how, and trenches, in which it keeps its
rival from it.
"""

from dataclasses import dataclass as plain_dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import OpenShare, PositivePricePerMtok, PricePerMtok, Unit

EXACT = 1e-14
"""Largest change of a value in a round, as a share of the largest, at which values count as found."""
ROUNDS = 50_000
"""Rounds after which they count as not to be found."""
NEWTONS = 100
"""Steps within which the odds of a duopoly are found: quadratic from anywhere, the condition being monotone."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class LearningRace:
    """The primitives. Defaults are those of the paper."""

    progress: Annotated[float, Field(gt=0, le=1), Unit("cost after a doubling over that before")] = 0.85
    """rho, cost after each doubling of know-how over that before it."""
    forgetting: Annotated[float, Field(ge=0, lt=1), Unit("1")] = 0.0
    """delta: chance of losing a unit of know-how in a period, per unit."""
    first_cost: PricePerMtok = 10.0
    """kappa, cost with one unit of know-how."""
    levels: Annotated[int, Field(ge=2), Unit("unit of know-how")] = 30
    """M, the largest stock."""
    bottom: Annotated[int, Field(ge=1), Unit("unit of know-how")] = 15
    """m, the stock beyond which cost falls no further."""
    scale: PositivePricePerMtok = 1.0
    """sigma, the scale of tastes."""
    discount: OpenShare = 1 / 1.05
    """beta, what profit of the next period is worth today."""

    def cost(self) -> Floats:
        """Marginal cost by stock of know-how, from 1 to M, shape (M,). [money/Mtok]"""
        stock = np.minimum(np.arange(1, self.levels + 1), self.bottom)
        cost: Floats = self.first_cost * self.progress ** np.log2(stock)
        return cost

    def steps(self) -> tuple[Floats, Floats]:
        """Chances of the next stock without a sale and with one, both of shape (M, M): row now, column next.

        At the ends nothing is lost or gained: without a sale one unit stays one, and with a sale M stay M.
        """
        stock = np.arange(1, self.levels + 1)
        lost = 1.0 - (1.0 - self.forgetting) ** stock
        idle, sold = np.zeros((self.levels, self.levels)), np.zeros((self.levels, self.levels))
        for i in range(self.levels):
            idle[i, i] += 1.0 - lost[i]
            idle[i, max(i - 1, 0)] += lost[i]
            sold[i, min(i + 1, self.levels - 1)] += 1.0 - lost[i]
            sold[i, i] += lost[i]
        return idle, sold


@plain_dataclass(frozen=True, slots=True)
class MarkovPerfect:
    """A symmetric equilibrium: what a seller does with own stock e1 (row) against its rival's e2 (column)."""

    price: Floats
    """Shape (M, M). [money/Mtok]"""
    value: Floats
    """What the seller is worth, shape (M, M). [money]"""
    prize: Floats
    """beta (V_win - V_lose): what a sale is worth beyond its margin, shape (M, M). [money/Mtok]"""
    lost: Floats
    """beta V_lose: what the seller is worth if its rival sells, shape (M, M). [money]"""


@lru_cache(maxsize=64)
def markov_perfect(race: LearningRace) -> MarkovPerfect:
    """The equilibrium that value iteration finds from V = 0.

    Every round solves the static duopoly of every state at cost less the prize, and values it. There may be several
    equilibria where sellers forget; this is the one reached from zero.
    Raises ValueError where values do not settle.
    """
    idle, sold = race.steps()
    cost = race.cost()[:, None]
    value, odds = np.zeros((race.levels, race.levels)), np.zeros((race.levels, race.levels))
    for _ in range(ROUNDS):
        lost = race.discount * (idle @ value @ sold.T)
        prize = race.discount * (sold @ value @ idle.T) - lost
        odds = duopoly_odds((cost - prize - (cost - prize).T) / race.scale, odds)
        price = cost - prize + race.scale * (1.0 + np.exp(-odds))
        before, value = value, race.scale * np.exp(-odds) + lost
        if np.max(np.abs(value - before)) < EXACT * np.max(np.abs(value)):
            return MarkovPerfect(price, value, prize, lost)
    raise ValueError(
        f"values with progress = {race.progress:g} and forgetting = {race.forgetting:g} do not settle; "
        "where equilibria are many, change forgetting a little"
    )


def duopoly_odds(gap: Floats, start: Floats) -> Floats:
    r"""Log-odds x against the seller in the static logit duopoly without outside good, any shape.

    With :math:`x = (p_1-p_2)/\sigma` and mark-ups :math:`\sigma(1+e^{-x})` and :math:`\sigma(1+e^{x})` the odds solve
    :math:`x + e^x - e^{-x} = (c_1-c_2)/\sigma`. gap: the right-hand side. start: where Newton's method begins.

    >>> duopoly_odds(np.array([0.0]), np.array([1.0])).round(12).tolist()
    [0.0]
    """
    # Steps are bounded because exponentials far from the solution run over.
    x = np.clip(start, -40.0, 40.0)
    for _ in range(NEWTONS):
        step = np.clip((x + np.exp(x) - np.exp(-x) - gap) / (1.0 + np.exp(x) + np.exp(-x)), -2.0, 2.0)
        x = x - step
        if float(np.max(np.abs(step))) < 1e-15 * max(1.0, float(np.max(np.abs(x)))):
            break
    return x
