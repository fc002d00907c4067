r"""Learning by doing (M4): serving tokens teaches how to serve them with less machine time.

Machine time, or a cost given outright, falls as :math:`(E/E_0)^{-w}` in a firm's experience E: its own output, a share
of everybody else's (Irwin & Klenow 1994), and what all know on the first day. A sale then lowers later costs, and a
seller that looks ahead counts that against the cost of the sale (Spence 1981; Cabral & Riordan 1994; Besanko,
Doraszelski, Kryukov & Satterthwaite 2010).
"""

from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.curves import learning_exponent
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import PositiveDays, Share, Unit
from pricewar.sim.world import World

POINTS, WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class LearningByDoing:
    """How experience in serving lowers cost."""

    rate: Annotated[float, Field(ge=0, lt=1), Unit("share of the cost saved by a doubling")] = 0.1
    """Share of machine time saved by each doubling of experience. DRAM: 0.20 (Irwin & Klenow 1994); for serving
    nobody has measured it apart from software progress, so half of that is assumed."""
    spill: Share = 1 / 3
    """What a rival's token teaches against one's own. Own output counts three times a rival's (Irwin & Klenow 1994)."""
    prior: PositiveDays = 365.0
    """Experience of everybody on the first day, in days of the market's output of that day. Assumed: a year."""

    @property
    def exponent(self) -> float:
        """w of Wright's curve. [1]"""
        return learning_exponent(self.rate)


class Experience:
    """What each firm has learnt by serving, in a run."""

    def __init__(self, world: World, lesson: LearningByDoing | None) -> None:
        """Nobody has learnt anything before the first day; lesson: None where nothing is to be learnt."""
        self.world, self.lesson = world, lesson

    @property
    def start(self) -> float:
        """E_0, what everybody knows on the first day. [Mtok]"""
        first = self.world.output.first
        return 0.0 if first is None or self.lesson is None else self.lesson.prior * first[1]

    def stock(self, firm: str) -> float:
        """E of a firm, what it has learnt in all. [Mtok]"""
        if self.lesson is None:
            return 0.0
        output = self.world.output
        own, everybody = output.made.get(firm, 0.0), output.everybody
        return self.start + own + self.lesson.spill * (everybody - own)

    def factor(self, firm: str) -> float:
        """A firm's cost over that of the first day, by what it has learnt. [1]"""
        if self.lesson is None or self.lesson.exponent == 0.0 or self.start <= 0.0:
            return 1.0
        return cost_factor(self.stock(firm) / self.start, self.lesson.exponent)


def cost_factor(experience: float, exponent: float) -> float:
    """Cost over that of the first day; experience: over that of the first day. [1]"""
    return float(experience**-exponent)


def value_of_a_sale(
    saved: float, experience: float, pace: float, exponent: float, discount: float, years: float
) -> float:
    r"""What one more Mtok sold today saves later. [money/Mtok]

    :math:`\int_0^H e^{-rt}\, C\, \frac{w}{E+Qt} \left(\frac{E+Qt}{E}\right)^{-w} dt`, with C what serving all expected
    sales costs a year at today's experience. Without discounting, and with all experience one's own, cost less this
    value is the cost at the end of the horizon (Spence 1981), whatever the way there.
    Simplification: sales are expected to stay as they are; their growth is the prize's affair (M5).

    saved: C. [money/year] experience: E. [Mtok] pace: Q, experience gained a year. [Mtok/year]
    exponent: w. discount: r. [1/year] years: H. [year]

    >>> round(value_of_a_sale(10.0 * 365, 365.0, 365.0, 0.3219280948873623, 0.0, 1.0), 6)  # 10 - 10 * 2**-w
    2.0
    """
    if exponent == 0.0 or years <= 0.0:
        return 0.0
    # Points are even in the logarithm of experience, in which the integrand is smooth however long the horizon.
    reach = np.log1p(pace * years / experience)
    if reach < 1e-9:
        time, weight = 0.5 * years * (POINTS + 1.0), 0.5 * years * WEIGHTS
    else:
        gone = 0.5 * reach * (POINTS + 1.0)
        time = np.expm1(gone) * experience / pace
        weight = 0.5 * reach * WEIGHTS * np.exp(gone) * experience / pace
    grown: Floats = 1.0 + pace * time / experience
    rate = np.exp(-discount * time) * exponent / (experience * grown) * grown**-exponent
    return float(saved * (weight @ rate))
