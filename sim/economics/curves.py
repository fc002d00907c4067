"""How a cost falls: by the clock, by making more, or at dated steps.

Every curve gives a *factor*: the cost now over the cost at the start, 1 at the start, below 1 when things
got cheaper. Their forms are those compared by Nagy, Farmer, Bui & Trancik (2013), Statistical Basis for
Predicting Technological Progress, PLoS ONE 8(2) e52669, over 62 technologies: Wright predicted best, Moore
nearly as well. When output grows exponentially the two coincide (Sahal 1979; see `sahal_exponent`).

Give separate curves to FLOP/s, bandwidth, energy, serving software and algorithms: they improved at very
different rates.
"""

from datetime import date, timedelta
from math import exp, floor, log2, prod, sqrt, tanh
from typing import Annotated, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, Number, OpenShare, PerYear, Positive, Unit, Years

DAYS_PER_YEAR = 365.25


class Curve(Protocol):
    """Anything that says how far a cost has fallen."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:
        """Cost now over cost at the start. [1]

        years: time since the start, negative before it. [year]
        cumulative: cumulative output now over that at the start, above 0. [1]
        current: output per year now over that at the start, above 0. [1]
        """
        ...

    @property
    def volatility(self) -> float:
        """K, spread of the log cost a root year around what the curve expects. [1]"""

    @property
    def theta(self) -> float:
        """θ, share of a shock that comes again a step later. [1]"""

    @property
    def follows_output(self) -> bool:
        """Whether it takes output to know where the curve stands."""


class ExpectedCurve:
    """A curve that comes about as expected, by the clock alone."""

    __slots__ = ()

    @property
    def volatility(self) -> float:
        """Zero: no noise. [1]"""
        return 0.0

    @property
    def theta(self) -> float:
        """Zero likewise. [1]"""
        return 0.0

    @property
    def follows_output(self) -> bool:
        """Whether it takes output to know where the curve stands."""
        return False


class OutputCurve(ExpectedCurve):
    """A curve that comes about as expected, by what is made."""

    __slots__ = ()

    @property
    def follows_output(self) -> bool:
        """Whether it takes output to know where the curve stands."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Moore(ExpectedCurve):
    """e^(−m·t): the clock alone (Moore 1965; Nagy et al. 2013).

    >>> round(Moore(rate=0.25).factor(4.0), 6)
    0.367879
    """

    kind: Literal["moore"] = "moore"
    rate: PerYear
    """m, log points of cost saved a year; below 0 for what gets dearer."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:  # noqa: ARG002
        """e^(−m·years)."""
        return exp(-self.rate * years)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Wright(OutputCurve):
    """x^(−w) in cumulative output x: demand itself drives cost (Wright 1936; Nagy et al. 2013).

    >>> round(Wright(exponent=learning_exponent(0.20)).factor(0.0, cumulative=2.0**10), 10)
    0.1073741824
    """

    kind: Literal["wright"] = "wright"
    exponent: Number
    """w; see `learning_exponent`."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:  # noqa: ARG002
        """x^(−w). Raises ValueError unless cumulative output is positive."""
        return _power(cumulative, self.exponent)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Goddard(OutputCurve):
    """q^(−s) in current output q: economies of scale, nothing learnt (Goddard 1982; Nagy et al. 2013)."""

    kind: Literal["goddard"] = "goddard"
    exponent: Number
    """s."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:  # noqa: ARG002
        """q^(−s). Raises ValueError unless current output is positive."""
        return _power(current, self.exponent)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class SinclairKlepperCohen(OutputCurve):
    """q^(−s)·x^(−w): scale and experience (Sinclair, Klepper & Cohen 2000; Nagy et al. 2013).

    Wright's curve at s = 0, Goddard's at w = 0.
    """

    kind: Literal["sinclair_klepper_cohen"] = "sinclair_klepper_cohen"
    scale_exponent: Number
    """s, on current output q."""
    learning_exponent: Number
    """w, on cumulative output x."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:  # noqa: ARG002
        """q^(−s)·x^(−w). Raises ValueError unless both outputs are positive."""
        return _power(current, self.scale_exponent) * _power(cumulative, self.learning_exponent)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Nordhaus(OutputCurve):
    """e^(−m·t)·x^(−w): the clock and experience (Nordhaus 2009; Nagy et al. 2013).

    Moore's curve at w = 0, Wright's at m = 0; data seldom tell the two apart, which is Nordhaus's point.
    """

    kind: Literal["nordhaus"] = "nordhaus"
    rate: PerYear
    """m, log points of cost saved a year."""
    exponent: Number
    """w, on cumulative output x."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:  # noqa: ARG002
        """e^(−m·years)·x^(−w). Raises ValueError unless cumulative output is positive."""
        return exp(-self.rate * years) * _power(cumulative, self.exponent)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Logistic(ExpectedCurve):
    """f + (1−f)·S(k(τ−t))/S(kτ), S(z) = 1/(1+e^(−z)): an S-curve that ends at a floor f. Ours.

    Slow, then fast around the midpoint τ, then saturated; for progress that must run out, such as squeezing
    weights.
    """

    kind: Literal["logistic"] = "logistic"
    floor: OpenShare
    """f, what remains of the cost in the end."""
    steepness: Annotated[PerYear, Field(gt=0)]
    """k, speed at the midpoint."""
    midpoint: Years
    """τ, when the fall is fastest."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:  # noqa: ARG002
        """f + (1−f)·S(k(τ−years))/S(kτ)."""
        left = _sigmoid(self.steepness * (self.midpoint - years)) / _sigmoid(self.steepness * self.midpoint)
        return self.floor + (1.0 - self.floor) * left


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Step:
    """One dated change."""

    date: date
    """First day on which it holds."""
    factor: Annotated[Positive, Unit("cost after over cost before")]
    """What it multiplies the cost by."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DatedSteps(ExpectedCurve):
    """The product of the steps that have happened: a record of releases rather than a law.

    Steps on or before `start` are in the starting cost already; before the start, later ones are undone in
    turn.
    """

    kind: Literal["dated"] = "dated"
    start: date
    """The day at which the factor is one."""
    steps: tuple[Step, ...] = Field(min_length=1)
    """Dated changes, in any order."""

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:  # noqa: ARG002
        """Product of the factors of all steps between the start and `years` after it."""
        today = self.start + timedelta(days=round(years * DAYS_PER_YEAR))
        if today >= self.start:
            return prod(step.factor for step in self.steps if self.start < step.date <= today)
        return 1.0 / prod(step.factor for step in self.steps if today < step.date <= self.start)


PureCurve = Moore | Wright | Goddard | SinclairKlepperCohen | Nordhaus | Logistic | DatedSteps
"""Any curve without luck; `noise` adds it."""
CurveSpec = Annotated[PureCurve, Field(discriminator="kind")]
"""Any of them, as a scenario states it: `kind` says which."""


def learning_exponent(rate: float) -> float:
    """Wright's exponent of a learning rate, −log2(1 − rate).

    DRAM's 20 % per doubling (Irwin & Klenow 1994) gives 0.3219.

    rate: share of the cost saved by each doubling of cumulative output, 0 or more and below 1. [1]
    """
    return -log2(1.0 - rate)


def sahal_exponent(rate: float, growth: float) -> float:
    """Wright's exponent w = m/g that mimics Moore's rate m when output grows like e^(g·t) (Sahal 1979).

    rate: m. [1/year] growth: g, not 0. [1/year]
    """
    return rate / growth


def _power(output: float, exponent: float) -> float:
    if output <= 0:
        raise ValueError(f"output relative to the start must be positive, not {output}")
    return float(output**-exponent)


def _sigmoid(z: float) -> float:
    # By tanh, since exp(−z) overflows centuries before the midpoint.
    return 0.5 * (1.0 + tanh(0.5 * z))


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

    @property
    def follows_output(self) -> bool:
        """Whether it takes output to know where the curve stands."""
        return self.curve.follows_output

    def factor(self, years: float, cumulative: float = 1.0, current: float = 1.0) -> float:
        """What the curve expects; the luck of a run is added by its world."""
        return self.curve.factor(years, cumulative, current)


class NoisePath:
    """The realised luck of one curve in one run: the same whatever instants are asked for, in whatever order."""

    def __init__(self, chance: np.random.Generator, volatility: float, theta: float) -> None:
        """Begin at zero.

        chance: a stream that nobody else draws from. volatility: K [1]. theta: θ [1].
        """
        self.chance, self.theta = chance, theta
        self.spread = volatility * sqrt(1.0 / STEPS_PER_YEAR / (1.0 + theta**2))
        """Standard deviation of a shock v. [1]"""
        self._shock = self.spread * chance.standard_normal()
        self._path = [0.0]

    def log(self, years: float) -> float:
        """y, log of cost over what the curve expects, `years` after the first day; zero until then. [1]"""
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


def random_walk_with_drift(
    rng: np.random.Generator, years: float, drift: float, volatility: float, correlation: float, steps: int
) -> NDArray[np.float64]:
    """Draw one path of the log of a cost, from 0.

    years: horizon, above 0. [year]
    drift: μ, expected change. [1/year]
    volatility: K, standard deviation of a year's change. [1]
    correlation: θ, share of a shock that returns a step later. [1]
    steps: number of equal steps, at least 1. [1]
    Returns shape (steps + 1,): the log cost at the start and after each step. [1]

    Steps of a year are the paper's process. Finer ones keep drift and variance per unit of time; the echo θ
    then comes after a step instead of a year (a simplification).
    """
    length = years / steps
    shocks = rng.normal(scale=volatility * sqrt(length / (1.0 + correlation**2)), size=steps + 1)
    changes = drift * length + shocks[1:] + correlation * shocks[:-1]
    return np.concatenate(([0.0], np.cumsum(changes)))


def error_variance(volatility: float, horizon: float, window: float) -> float:
    """Forecast error variance of an uncorrelated walk, K²(τ + τ²/m): luck ahead and a misjudged drift.

    volatility: K, standard deviation of a period's change. [1]
    horizon: τ, periods ahead. window: m, periods from which the drift was estimated.
    """
    return volatility**2 * (horizon + horizon**2 / window)


def error_scale(horizon: float, window: float, correlation: float) -> float:
    """A* = −2θ + (1 + 2(m−1)θ/m + θ²)(τ + τ²/m): error variance over that of a shock v. [1]

    horizon: τ, at least 1. window: m, at least 1. correlation: θ. At θ = 0 it is τ + τ²/m.
    """
    memory = 1.0 + 2.0 * (window - 1.0) * correlation / window + correlation**2
    return -2.0 * correlation + memory * (horizon + horizon**2 / window)


def tail_probability(error: float, window: int) -> float:
    """Probability that the normalised forecast error is beyond ±error: Student t, m − 1 degrees of freedom.

    error: forecast error over K̂·√(A*/(1+θ²)), K̂ estimated on the window. [1] window: m, at least 2. [1]

    >>> round(tail_probability(2.5, window=5), 4)
    0.0668
    """
    from scipy.special import stdtr

    return 2.0 * float(stdtr(window - 1, -abs(error)))
