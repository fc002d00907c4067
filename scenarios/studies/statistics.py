"""What many seeds say together: means with intervals, quantiles, pairs of arms, and arms that are the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, sqrt

import numpy as np
import polars as pl

from pricewar.sim.analysis.intervals import (
    ANYWHERE,
    LEVEL,
    Bounds,
    Interval,
    between,
    interval,
    proportion,
    spread_allowed,
    varies,
)  # fmt: skip
from pricewar.sim.analysis.measures import OUTCOMES, SERIES
from pricewar.sim.market.demand import Floats

BANDS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Quantiles over seeds in tables and figures."""


def bounds_of(runs: pl.DataFrame, outcome: str) -> Bounds:
    """Between which an outcome of these runs must lie; what no HHI of so many sellers is below is a bound too."""
    of = OUTCOMES[outcome]
    least = runs[of.least].min() if of.least in runs.columns else None
    return (max(of.bounds[0], least), of.bounds[1]) if isinstance(least, float) else of.bounds


def over_runs(runs: pl.DataFrame, outcome: str) -> Interval:
    """Mean of an outcome over independent runs with its interval, a proportion's for what happens or does not.

    runs: with a column of the outcome; nulls do not count.
    """
    values = runs[outcome].drop_nulls().to_numpy()
    if OUTCOMES[outcome].happens:
        return proportion(values[np.isfinite(values)])
    return interval(values, bounds_of(runs, outcome))


def summaries(runs: pl.DataFrame, by: str = "arm") -> pl.DataFrame:
    """Every outcome of every arm: runs, mean with interval, standard deviation, quantiles over seeds."""
    rows = []
    for (arm,), group in runs.filter(pl.col("status") == "done").group_by([by], maintain_order=True):
        for name in OUTCOMES:
            values = group[name].drop_nulls().to_numpy()
            estimate = over_runs(group, name)
            spread = float(values.std(ddof=1)) if values.size > 1 else float("nan")
            quantiles = np.quantile(values, BANDS) if values.size else np.full(len(BANDS), np.nan)
            rows.append(
                (arm, name, values.size, estimate.mean, estimate.low, estimate.high, spread, *quantiles.tolist())
            )
    names = [by, "outcome", "runs", "mean", "low", "high", "sd", *(f"q{100 * q:02.0f}" for q in BANDS)]
    return pl.DataFrame(rows, schema=names, orient="row")


def bands(series: pl.LazyFrame) -> pl.DataFrame:
    """Quantiles over seeds of every daily series: arm, day, series, q10 ... q90."""
    long = series.unpivot(index=["arm", "seed", "day"], on=list(SERIES), variable_name="series")
    quantiles = [pl.col("value").quantile(q, "linear").alias(f"q{100 * q:02.0f}") for q in BANDS]
    finite = long.filter(pl.col("value").is_finite())
    return finite.group_by("arm", "series", "day").agg(*quantiles).sort("arm", "series", "day").collect()


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
    """Of no difference, two-sided; nan where all pairs differ by the same, so that there is no chance to test it by."""
    sd: float
    """Of the difference over seeds."""
    variance_ratio: float
    """Variance of the difference if seeds had not been common, over what it is; measured, above 1 where it pays."""

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2.0


def paired(arm: Floats, baseline: Floats, bounds: Bounds = ANYWHERE, *, happens: bool = False) -> Paired:
    """Compare two arms seed by seed, with an interval.

    arm, baseline: outcomes in the order of the same seeds, shape (n,); a seed without either is left out. bounds: of
    the outcome; the interval lies within those of a difference. happens: whether the outcome is 1 or 0; the interval
    is then Tango's and p McNemar's.
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
    if happens:
        more, less = int((difference > 0).sum()), int((difference < 0).sum())
        low, high = tango(more, less, n)
        p = mcnemar(more, less) if more + less else nan
    else:
        if sd == 0.0 or not varies(difference, scale=float(np.abs([a, b]).max())):
            same = float(difference[0])
            return Paired(n, same, same, same, nan, 0.0, variance_ratio(a, b))
        each = interval(difference, between(bounds))
        mean, low, high = each.mean, each.low, each.high
        p = _of_no_difference(mean, sd, n, between(bounds))
    return Paired(n, mean, low, high, p, sd, variance_ratio(a, b))


def _of_no_difference(mean: float, sd: float, n: int, bounds: Bounds) -> float:
    """P-value of zero by the test of which the interval is made, so that it is below 5 % where that leaves zero out."""
    from scipy.stats import t

    at, zero = (float(spread_allowed(np.array([m]), bounds)[0]) for m in (mean, 0.0))
    error = sd / sqrt(n) * sqrt(zero / at) if at > 0.0 else sd / sqrt(n)
    return float(2.0 * t.sf(abs(mean) / error, n - 1))


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

    What does not vary has none, so it takes no part.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    ascending = sorted((i for i, value in enumerate(p) if isfinite(value)), key=lambda i: p[i])
    adjusted, least = list(p), 0.0
    for rank, place in enumerate(ascending):
        least = max(least, min(1.0, (len(ascending) - rank) * p[place]))
        adjusted[place] = least
    return adjusted


def seeds_needed(sd: float, half_width: float) -> int:
    """Seeds that make a 95 % interval of a mean so narrow: (z sd / half width)^2, at least two.

    >>> seeds_needed(1.0, 0.1)
    385
    """
    from scipy.stats import norm

    return max(2, ceil((float(norm.ppf(0.5 + LEVEL / 2.0)) * sd / half_width) ** 2))


def same_arms(runs: pl.DataFrame) -> list[tuple[str, ...]]:
    """Arms that are the same as one another in every outcome of every seed, to the last bit; each group in its order.

    runs: arm, seed, status and outcomes. Arms with a run that failed are the same as none.
    """
    groups: dict[tuple[object, ...], list[str]] = {}
    for (arm,), group in runs.group_by(["arm"], maintain_order=True):
        if (group["status"] == "done").all():
            values = group.sort("seed").select("seed", *(name for name in OUTCOMES if name in group.columns))
            groups.setdefault(tuple(values.fill_nan(None).rows()), []).append(str(arm))
    return [tuple(group) for group in groups.values() if len(group) > 1]
