"""Sums whose last digit does not depend on the order of rows, and so on how many threads work on a table.

Polars adds in as many parts as it has threads; a worker of a cluster has other threads than a process of this machine.
"""

from collections import defaultdict
from math import fsum
from typing import Any

import numpy as np
import polars as pl

from pricewar.sim.market.demand import Floats, Ints


def total(values: pl.Series) -> float:
    """Sum of a column, exactly rounded (Shewchuk 1997); nulls do not count, and nan makes it nan.

    >>> total(pl.Series([1e16, 1.0, -1e16, None]))
    1.0
    """
    return fsum(values.drop_nulls().to_list())


def mean(values: pl.Series) -> float:
    """Mean of a column, its sum exactly rounded; nan of none."""
    there = values.len() - values.null_count()
    return total(values) / there if there else float("nan")


def totals(keys: pl.Series, values: pl.Series) -> dict[Any, float]:
    """Sum of values by key, exactly rounded, in the order of keys."""
    groups: dict[Any, list[float]] = defaultdict(list)
    for key, value in zip(keys.to_list(), values.to_list(), strict=True):
        groups[key].append(value)
    return {key: fsum(groups[key]) for key in sorted(groups)}


def moments(groups: Ints, values: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """Number, mean and standard deviation of the finite values of every group, in the order of rows, shape (count,).

    groups: of each value, from 0. The deviation is nan of fewer than two.
    """
    kept = np.isfinite(values)
    groups, values = groups[kept], values[kept]
    n = np.bincount(groups, minlength=count).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(groups, values, count) / n
        squares = np.bincount(groups, (values - means[groups]) ** 2, count)
        return n, means, np.where(n > 1.0, np.sqrt(squares / (n - 1.0)), np.nan)
