"""Luck on a curve of cost: a random walk with an echo, on top of what the curve expects.

    ln factor(t) = ln curve(t) + y_n,   y_n = y_(n−1) + v_n + θ·v_(n−1),   v ~ N(0, K²h/(1+θ²)),   n = floor(t/h)

Farmer & Lafond (2016), How Predictable is Technological Progress?, Research Policy 45(3) 647-665: an IMA(1,1) whose
drift is the curve. Simplifications: steps of a month, h = 1/12 year, where the paper's are a year: each has variance
K²/12, and the echo θ comes a month later, so that a year's variance is K²·(1 + (11/6)·θ/(1+θ²)), not K². Luck begins on
the first day, so before it and on it the curve stands alone; between months nothing happens.
"""

from math import exp, floor, sqrt
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.curves import CurveSpec, PureCurve
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, Number

STEPS_PER_YEAR = 12
BLOCK = 64
"""Shocks drawn at a time; how many has no effect on what they are."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Noisy:
    """Any curve with luck on top: correlated random walk, begun on the first day (Farmer & Lafond 2016)."""

    kind: Literal["noisy"] = "noisy"
    curve: CurveSpec
    """What is expected, luck aside: the median path."""
    volatility: NonNegative
    """K, spread of the log cost a root year: √12 times the standard deviation of a month's change. Transistors 0.24,
    DRAM 0.38 (low confidence)."""
    theta: Annotated[Number, Field(gt=-1, le=1)] = 0.0
    """θ, share of a shock that comes again a step later; 0.25 to 0.63 in the paper."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:
        """What the curve expects; the luck of a run is added by its world."""
        return self.curve.factor(years, cumulative, current)


class Luck:
    """The realised luck of one curve in one run: the same whatever instants are asked for, in whatever order."""

    def __init__(self, chance: np.random.Generator, volatility: float, theta: float) -> None:
        """Begin at nought.

        chance: a stream that nobody else draws from. volatility: K [1]. theta: θ [1].
        """
        self.chance, self.theta = chance, theta
        self.spread = volatility * sqrt(1.0 / STEPS_PER_YEAR / (1.0 + theta**2))
        """Standard deviation of a shock v. [1]"""
        self._shock = self.spread * chance.standard_normal()
        self._path = [0.0]

    def log(self, years: float) -> float:
        """y, log of cost over what the curve expects, `years` after the first day; nought until then. [1]"""
        step = floor(years * STEPS_PER_YEAR)
        if step <= 0:
            return 0.0
        while len(self._path) <= step:
            for normal in self.chance.standard_normal(BLOCK).tolist():
                before, self._shock = self._shock, self.spread * normal
                self._path.append(self._path[-1] + self._shock + self.theta * before)
        return self._path[step]

    def factor(self, years: float) -> float:
        """Cost over what the curve expects. [1]"""
        return exp(self.log(years))


AnyCurveSpec = Annotated[PureCurve | Noisy, Field(discriminator="kind")]
"""Any curve, with luck or without, as a scenario states it: `kind` says which."""
