"""What many seeds of one scenario say together: quantiles over seeds, and intervals of their means."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pricewar.scenarios.studies.outcomes import OUTCOMES, SERIES
from pricewar.sim.market.demand import Floats

LEVEL = 0.95
"""Of every interval."""
BANDS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Quantiles over seeds in tables and figures."""
SHARES = ("war",)
"""Outcomes that are 0 or 1: their mean is a probability."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its interval."""

    mean: float
    low: float
    high: float


def interval(values: Floats, *, share: bool = False) -> Interval:
    """Mean of independent draws with its 95 % interval: Student's t, or Wilson's for a share of noughts and ones.

    One draw has no interval: its bounds are nan.
    """
    from scipy.stats import binomtest, t

    values = values[np.isfinite(values)]
    n = values.size
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    mean = float(values.mean())
    if share:
        wilson = binomtest(int(values.sum()), n).proportion_ci(LEVEL, method="wilson")
        return Interval(mean, float(wilson.low), float(wilson.high))
    if n == 1:
        return Interval(mean, float("nan"), float("nan"))
    half = float(t.ppf(0.5 + LEVEL / 2.0, n - 1)) * float(values.std(ddof=1)) / np.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def summaries(runs: pl.DataFrame, by: str = "arm") -> pl.DataFrame:
    """Every outcome of every arm: runs, mean with interval, standard deviation, quantiles over seeds."""
    rows = []
    for (arm,), group in runs.filter(pl.col("status") == "done").group_by([by], maintain_order=True):
        for name in OUTCOMES:
            values = group[name].drop_nulls().to_numpy()
            found = interval(values, share=name in SHARES)
            spread = float(values.std(ddof=1)) if values.size > 1 else float("nan")
            quantiles = np.quantile(values, BANDS) if values.size else np.full(len(BANDS), np.nan)
            rows.append((arm, name, values.size, found.mean, found.low, found.high, spread, *quantiles.tolist()))
    names = [by, "outcome", "runs", "mean", "low", "high", "sd", *(f"q{100 * q:02.0f}" for q in BANDS)]
    return pl.DataFrame(rows, schema=names, orient="row")


def bands(series: pl.LazyFrame) -> pl.DataFrame:
    """Quantiles over seeds of every daily series: arm, day, series, q10 ... q90."""
    long = series.unpivot(index=["arm", "seed", "day"], on=list(SERIES), variable_name="series")
    quantiles = [pl.col("value").quantile(q, "linear").alias(f"q{100 * q:02.0f}") for q in BANDS]
    finite = long.filter(pl.col("value").is_finite())
    return finite.group_by("arm", "series", "day").agg(*quantiles).sort("arm", "series", "day").collect()
