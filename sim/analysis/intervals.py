r"""Intervals of means over runs, in numbers and in words: every table, page, figure and record takes them from here.

A mean over runs is known up to Monte Carlo error: another so many seeds would give another. The interval holds every
m that its score test does not reject, the spread of runs being taken to be as large as m allows within the bounds of
what is measured:

.. math:: (\bar x - m)^2 \le z^2 \, \frac{s^2}{n} \, \frac{V(m)}{V(\bar x)}, \qquad V(m) = (m - a)(b - m)

V has a factor for each finite bound a, b and is 1 without any (quasi-likelihood: Wedderburn 1974, Biometrika 61:439;
McCullagh & Nelder 1989, chapter 9). So it lies within the bounds, and holds the mean. Without bounds it is Student's;
of zeros and ones, whose spread is known, it is Wilson's (1927, JASA 22:209-212).
"""

from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pricewar.sim.market.demand import Floats, Ints

LEVEL = 0.95
"""Of every interval."""
ROUNDING = 1e-9
"""Part of a number by which sums of a run may differ from rounding alone: a year of bookings, each to 1e-16."""
Bounds: TypeAlias = tuple[float, float]
"""Between which a number lies whatever happens."""
ANYWHERE: Bounds = (-inf, inf)
AT_LEAST_ZERO: Bounds = (0.0, inf)
AT_MOST_ONE: Bounds = (-inf, 1.0)
SHARE: Bounds = (0.0, 1.0)

PERCENT = f"{100.0 * LEVEL:.0f} %"
OVER_SEEDS = "Monte Carlo error over seeds (which draw luck and what the scenario assumes in ranges)"
OVER_POINTS = "Monte Carlo error over the points tried in the ranges assumed"
LABEL = f"{PERCENT} interval of {OVER_SEEDS}"
"""What an interval over seeds is, for a table's dictionary or a record."""
CAPTION = f"{PERCENT} intervals of Monte Carlo error over seeds"
"""The same under a figure."""
MEANING = (
    f"Intervals are {OVER_SEEDS}, at {PERCENT}: they shrink with more seeds, and hold no doubt about the model or "
    "about its ranges."
)
"""The same on a page."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its interval; without one, its bounds are nan."""

    mean: float
    low: float
    high: float


def spread_allowed(mean: Floats, bounds: Bounds) -> Floats:
    """V(m): how large the variance of what lies within the bounds may be at a mean, up to a factor."""
    low, high = bounds
    allowed = np.ones_like(np.asarray(mean, dtype=np.float64))
    if isfinite(low):
        allowed = allowed * (mean - low)
    if isfinite(high):
        allowed = allowed * (high - mean)
    return allowed


def score(mean: Floats, k: Floats, bounds: Bounds) -> tuple[Floats, Floats]:
    """Ends of the interval of every m with (mean - m)² at most k V(m), each shape (n,).

    mean: within the bounds, shape (n,). k: not below 0, shape (n,); z²/n for zeros and ones.
    """
    low, high = bounds
    # With m = mean + d: (1 - k V''/2) d² - k V' d - k V = 0, of which the mean of large numbers loses no figure.
    from_below, from_above = isfinite(low), isfinite(high)
    both = from_below and from_above
    slope = low + high - 2.0 * mean if both else float(from_below) - float(from_above)
    square = 1.0 + k if both else 1.0
    linear, constant = k * slope, k * spread_allowed(mean, bounds)
    root = np.sqrt(linear**2 + 4.0 * square * constant)
    # The smaller root in size is had without a difference of two numbers that are nearly the same.
    far = linear + np.where(linear < 0.0, -root, root)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.where(far == 0.0, 0.0, -2.0 * constant / far)
    far = far / (2.0 * square)
    return np.clip(mean + np.minimum(near, far), low, high), np.clip(mean + np.maximum(near, far), low, high)


def held_within(mean: Floats, half: Floats, bounds: Bounds) -> tuple[Floats, Floats]:
    """Ends of the score intervals of means of which Student's have these half-widths, all shape (n,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.where(half == 0.0, 0.0, half**2 / spread_allowed(mean, bounds))
        return score(mean, k, bounds)


def of_means(mean: Floats, sd: Floats, n: Ints, bounds: Bounds = ANYWHERE) -> tuple[Floats, Floats]:
    """Ends of the intervals of many means, each shape (k,); nan of fewer than two draws.

    mean, sd: of independent draws, their standard deviation with n - 1, shape (k,). n: how many, shape (k,).
    """
    from scipy.stats import t

    with np.errstate(divide="ignore", invalid="ignore"):
        half = t.ppf(0.5 + LEVEL / 2.0, np.where(n > 1, n - 1.0, nan)) * sd / np.sqrt(n)
    return held_within(mean, half, bounds)


def varies(values: Floats, scale: float | None = None) -> bool:
    """Whether draws differ by more than rounding, of numbers as large as they are or as `scale`.

    >>> varies(np.array([0.1 + 0.2, 0.3])), varies(np.array([0.0, 1e-12])), varies(np.array([0.0, 1e-12]), scale=1.0)
    (False, True, False)
    """
    return bool(np.ptp(values) > ROUNDING * (np.abs(values).max() if scale is None else scale))


def interval(values: Floats, bounds: Bounds = ANYWHERE) -> Interval:
    """Mean of independent draws with its interval; what is not finite does not count, and one draw has no interval.

    bounds: of every draw; a draw that rounding has put a hair beyond them moves them.

    >>> interval(np.array([0.5, 0.5, 0.62]), (0.5, 1.0)).low > 0.5
    True
    """
    values = values[np.isfinite(values)]
    if values.size == 0:
        return Interval(nan, nan, nan)
    mean = float(values.mean())
    if values.size == 1:
        return Interval(mean, nan, nan)
    if not varies(values):
        return Interval(*[float(values[0])] * 3)
    within = (min(bounds[0], float(values.min())), max(bounds[1], float(values.max())))
    low, high = of_means(np.array([mean]), np.array([values.std(ddof=1)]), np.array([values.size]), within)
    return Interval(mean, float(low[0]), float(high[0]))


def proportion(happened: Floats | NDArray[np.bool_], seeds: Ints | None = None) -> Interval:
    """Share of runs in which something happens, with its score interval (Wilson 1927); it has one also of none or all.

    happened: zeros and ones, shape (n,); of no run all is nan. seeds: the seed of each run, shape (n,), where runs of
    several settings are put together: they have a part of their luck in common. Every run then counts as far as runs of
    one seed differ: the effective number of runs (Kish 1965) is that with which independent ones would spread as the
    seeds' own shares do, between the number of seeds and that of runs.

    >>> wilson = proportion(np.zeros(12))
    >>> wilson.low, round(wilson.high, 3)
    (0.0, 0.242)
    """
    from scipy.stats import norm

    happened = np.asarray(happened, dtype=np.float64)
    if happened.size == 0:
        return Interval(nan, nan, nan)
    share, effective = float(happened.mean()), float(happened.size)
    _, at = np.unique(np.arange(happened.size) if seeds is None else seeds, return_inverse=True)
    by_seed = np.bincount(at, happened) / np.bincount(at)
    variance = float(by_seed.var(ddof=1)) / by_seed.size if by_seed.size > 1 else 0.0
    if variance > 0.0:
        effective = float(np.clip(share * (1.0 - share) / variance, by_seed.size, happened.size))
    k = float(norm.ppf(0.5 + LEVEL / 2.0)) ** 2 / effective
    low, high = score(np.array([share]), np.array([k]), SHARE)
    return Interval(share, float(low[0]), float(high[0]))


def between(bounds: Bounds) -> Bounds:
    """Bounds of the difference of two numbers that lie within bounds."""
    low, high = bounds
    return low - high, high - low
