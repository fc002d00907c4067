"""Statistics of pairs: two arms on the same luck, one pair of runs a seed.

Seeds are independent, and all that one seed draws is common to its runs; so a seed is the cluster, and every interval
here is over seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, sqrt

import numpy as np

from pricewar.scenarios.studies.statistics import LEVEL
from pricewar.sim.market.demand import Floats


@dataclass(frozen=True, slots=True)
class Paired:
    """The difference of two arms in one outcome."""

    pairs: int
    """Seeds in which both arms have the outcome."""
    mean: float
    """Arm less baseline."""
    low: float
    high: float
    p: float
    """Of no difference, two-sided."""
    sd: float
    """Of the difference over seeds."""
    variance_ratio: float
    """Variance of the difference if seeds had not been common, over what it is; measured, above 1 where it pays."""

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2.0


def paired(arm: Floats, baseline: Floats, *, share: bool = False) -> Paired:
    """Compare two arms seed by seed, with a 95 % interval.

    arm, baseline: outcomes in the order of the same seeds, shape (n,); a seed without either is left out.
    share: whether they are noughts and ones; the interval is then Tango's and p McNemar's, else both are Student's t.
    """
    both = np.isfinite(arm) & np.isfinite(baseline)
    a, b = arm[both], baseline[both]
    n = a.size
    nan = float("nan")
    if n == 0:
        return Paired(0, nan, nan, nan, nan, nan, nan)
    difference = a - b
    mean = float(difference.mean())
    if n == 1:
        return Paired(1, mean, nan, nan, nan, nan, nan)
    sd = float(difference.std(ddof=1))
    if share:
        more, less = int((difference > 0).sum()), int((difference < 0).sum())
        low, high = tango(more, less, n)
        p = mcnemar(more, less)
    else:
        low, high, p = _student(mean, sd, n)
    return Paired(n, mean, low, high, p, sd, variance_ratio(a, b))


def _student(mean: float, sd: float, n: int) -> tuple[float, float, float]:
    from scipy.stats import t

    error = sd / sqrt(n)
    half = float(t.ppf(0.5 + LEVEL / 2.0, n - 1)) * error
    if error == 0.0:
        return mean, mean, 1.0 if mean == 0.0 else 0.0
    return mean - half, mean + half, float(2.0 * t.sf(abs(mean) / error, n - 1))


def variance_ratio(arm: Floats, baseline: Floats) -> float:
    """How many times as many seeds the difference would need if the arms had seeds of their own.

    (var a + var b) / var (a - b), Law (2015), section 11.2; infinite where the difference never varies, nan where
    nothing does.
    """
    apart = float(arm.var(ddof=1) + baseline.var(ddof=1))
    together = float((arm - baseline).var(ddof=1))
    if together > 0.0:
        return apart / together
    return float("inf") if apart > 0.0 else float("nan")


def tango(more: int, less: int, pairs: int) -> tuple[float, float]:
    """Score interval of the difference of two paired proportions (Tango 1998, Statistics in Medicine 17:891-908).

    more, less: pairs in which only the first, only the second is one; pairs: all of them.
    The bounds are the two differences whose score statistic is the normal quantile; they exist also without a
    discordant pair, where Student's interval would have no width.

    >>> [round(bound, 3) for bound in tango(1, 7, 21)]
    [-0.517, -0.026]
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    z, n = float(norm.ppf(0.5 + LEVEL / 2.0)), float(pairs)

    def score(delta: float) -> float:
        a, b = 2.0 * n, (2.0 * n - more + less) * delta - more - less
        c = -less * delta * (1.0 - delta)
        only_second = (sqrt(max(b * b - 4.0 * a * c, 0.0)) - b) / (2.0 * a)
        variance = n * (2.0 * only_second + delta * (1.0 - delta))
        return (more - less - n * delta) / sqrt(variance) if variance > 0.0 else 0.0

    estimate, edge = (more - less) / n, 1.0 - 1e-12
    above = score(edge) + z
    below = score(-edge) - z
    high = 1.0 if more == pairs or above > 0.0 else float(brentq(lambda d: score(d) + z, estimate, edge, xtol=1e-12))
    low = -1.0 if less == pairs or below < 0.0 else float(brentq(lambda d: score(d) - z, -edge, estimate, xtol=1e-12))
    return low, high


def mcnemar(more: int, less: int) -> float:
    """Exact two-sided p of as many pairs one way as the other (McNemar 1947).

    >>> mcnemar(0, 0), mcnemar(1, 5) == mcnemar(5, 1)
    (1.0, True)
    """
    from scipy.stats import binomtest

    return float(binomtest(more, more + less).pvalue) if more + less else 1.0


def holm(p: Sequence[float]) -> list[float]:
    """Adjust p-values for their number, without assuming independence (Holm 1979); nan stay and do not count.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    known = sorted((i for i, value in enumerate(p) if isfinite(value)), key=lambda i: p[i])
    adjusted, least = list(p), 0.0
    for rank, place in enumerate(known):
        least = max(least, min(1.0, (len(known) - rank) * p[place]))
        adjusted[place] = least
    return adjusted


def seeds_needed(sd: float, half_width: float) -> int:
    """Seeds that make a 95 % interval of a mean so narrow: (z sd / half width)^2, at least two.

    >>> seeds_needed(1.0, 0.1)
    385
    """
    from scipy.stats import norm

    return max(2, ceil((float(norm.ppf(0.5 + LEVEL / 2.0)) * sd / half_width) ** 2))
