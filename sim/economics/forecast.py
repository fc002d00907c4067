"""How wrong a curve may be: technological progress as a correlated random walk with drift.

    y_t = y_(t−1) + μ + v_t + θ·v_(t−1),   v ~ N(0, K²/(1+θ²))

y is the log of a cost. Farmer & Lafond (2016), How Predictable is Technological Progress?, Research Policy
45(3) 647-665. Their θ lie between 0.25 and 0.63; a year: transistors μ −0.50, K 0.24, DRAM μ −0.45, K 0.38
(low confidence).
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr


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
    return 2.0 * float(stdtr(window - 1, -abs(error)))
