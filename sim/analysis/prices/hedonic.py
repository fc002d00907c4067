r"""What price would have done at unchanged quality: a hedonic index by the time-dummy method.

    ln p_it = α + β'z_it + Σ_t δ_t·D_t + ε_it,   index_t = exp(δ_t − se(δ_t)²/2)

z: capability, openness of the weights and tier. All periods are pooled, and the dummies of time are the index
(Triplett 2004, Handbook on Hedonic Indexes, OECD; Diewert). exp of an estimate is biased upwards; half its variance
comes off (Kennedy 1981, American Economic Review 71 801). Standard errors are robust to heteroskedasticity (White
1980), with the factor n/(n−k) (HC1, MacKinnon & White 1985).

Simplifications: one row an offer and period, its last, since posted prices stand for weeks and daily rows would count
one price many times; errors of one offer in several periods still go together, and HC1 does not know it. Length of
context is not on record. What no row distinguishes (one tier, no open weights) is left out and named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

Period = Literal["month", "quarter"]
Floats = NDArray[np.float64]

TRUNCATED = {"month": "1mo", "quarter": "1q"}
CONFIDENCE = 0.95
SMALLEST = 1e-9
"""A column that the ones before it explain but for this share of its length is left out."""


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """A linear regression with robust standard errors."""

    estimate: Floats
    """Coefficients, shape (k,)."""
    covariance: Floats
    """Their HC1 covariance, shape (k, k)."""
    r_squared: float
    """Share of the variance about the mean that is explained. [1]"""
    freedom: int
    """Rows less coefficients."""

    @property
    def error(self) -> Floats:
        """Standard errors, shape (k,)."""
        errors: Floats = np.sqrt(np.diagonal(self.covariance))
        return errors


@dataclass(frozen=True, slots=True)
class Hedonic:
    """A fitted hedonic regression."""

    coefficients: pl.DataFrame
    """term, estimate, error, t, low, high: log points a unit of the term, 95 % intervals."""
    index: pl.DataFrame
    """period (its first day), offers, index, low, high: 1 in the first period; its interval is that of exp(δ)."""
    left_out: tuple[str, ...]
    """Terms that no row distinguishes from the others."""
    free: int
    """Rows without a logarithm, for their price is zero; they are left out."""
    r_squared: float
    """Share of the variance of log prices explained. [1]"""
    rows: int
    """Rows that entered: offers times periods."""


def hedonic(offers: pl.DataFrame, period: Period = "month") -> Hedonic:
    """Fit the time-dummy regression to daily offers from the first day on, leaving out what buyers run themselves.

    offers: offers_daily, those of `self-hosted` tiers are no price and are left out. period: month or quarter.
    Multiplying all prices by a power of two leaves the result as it was, but for the constant, which counts from the
    median price. Raises ValueError where there are fewer rows than coefficients and one.
    """
    sample = _sample(offers, period)
    priced = sample.filter(pl.col("price") > 0)
    if priced.is_empty():
        raise ValueError("a hedonic regression needs offers with a price above zero from the first day on")
    base = float(np.median(priced["price"].to_numpy()))
    names, columns = _terms(priced)
    kept = independent(columns)
    fitted = least_squares(columns[:, kept], np.log(priced["price"].to_numpy() / base))
    terms = [names[k] for k in kept]
    return Hedonic(
        coefficients=_coefficients(terms, fitted),
        index=_index(priced, terms, fitted),
        left_out=tuple(name for k, name in enumerate(names) if k not in kept),
        free=sample.height - priced.height,
        r_squared=fitted.r_squared,
        rows=priced.height,
    )


def least_squares(columns: Floats, values: Floats) -> LeastSquares:
    """Regress values, shape (n,), on columns, shape (n, k) and of full rank, with HC1 standard errors.

    V = n/(n−k)·(X'X)⁻¹·X' diag(e²) X·(X'X)⁻¹. Raises ValueError unless n > k.
    """
    rows, terms = columns.shape
    if rows <= terms:
        raise ValueError(f"{rows} rows do not determine {terms} coefficients and their errors; take longer periods")
    estimate: Floats = np.linalg.lstsq(columns, values, rcond=None)[0].astype(np.float64)
    residual = values - columns @ estimate
    # (X'X)⁻¹X' through the pseudo-inverse: forming X'X would square the condition number.
    weights = np.linalg.pinv(columns)
    covariance: Floats = (weights * residual**2) @ weights.T * (rows / (rows - terms))
    about = float(np.sum((values - values.mean()) ** 2))
    explained = 1.0 - float(np.sum(residual**2)) / about if about > 0.0 else 1.0
    return LeastSquares(estimate, covariance, explained, rows - terms)


def independent(columns: Floats) -> list[int]:
    """Columns, in their order, that those before them do not explain (Gram-Schmidt, twice for its rounding)."""
    kept: list[int] = []
    basis = np.empty((columns.shape[0], 0))
    for k in range(columns.shape[1]):
        length = float(np.linalg.norm(columns[:, k]))
        rest = columns[:, k] - basis @ (basis.T @ columns[:, k])
        rest -= basis @ (basis.T @ rest)
        left = float(np.linalg.norm(rest))
        if left > SMALLEST * length:
            kept.append(k)
            basis = np.column_stack((basis, rest / left))
    return kept


def _sample(offers: pl.DataFrame, period: Period) -> pl.DataFrame:
    """One row an offer and period: its last day in it."""
    listed = offers.filter((pl.col("day") >= 0) & (pl.col("tier") != "self-hosted"))
    listed = listed.with_columns(period=pl.col("date").dt.truncate(TRUNCATED[period]))
    last = listed.sort("day").unique(["period", "seller", "tier"], keep="last", maintain_order=True)
    return last.sort("period", "seller", "tier")


def _terms(sample: pl.DataFrame) -> tuple[list[str], Floats]:
    """Names of the terms, and their columns, shape (n, k): constant, time, capability, openness, tier."""
    periods, tiers = sample["period"].unique().sort().to_list(), sample["tier"].unique().sort().to_list()
    columns = {"constant": np.ones(sample.height)}
    columns |= {str(when): (sample["period"] == when).to_numpy().astype(float) for when in periods[1:]}
    columns["capability"] = sample["capability"].to_numpy().astype(float)
    columns["open_weights"] = sample["open_weights"].to_numpy().astype(float)
    columns |= {f"tier {tier}": (sample["tier"] == tier).to_numpy().astype(float) for tier in tiers[1:]}
    return list(columns), np.column_stack(list(columns.values()))


def _coefficients(terms: Sequence[str], fitted: LeastSquares) -> pl.DataFrame:
    reach = _quantile(fitted) * fitted.error
    ratio = np.divide(fitted.estimate, fitted.error, out=np.full_like(reach, np.nan), where=fitted.error > 0)
    return pl.DataFrame(
        {
            "term": list(terms), "estimate": fitted.estimate, "error": fitted.error, "t": ratio,
            "low": fitted.estimate - reach, "high": fitted.estimate + reach,
        }
    )  # fmt: skip


def _index(sample: pl.DataFrame, terms: Sequence[str], fitted: LeastSquares) -> pl.DataFrame:
    counts = sample.group_by("period").agg(offers=pl.len()).sort("period")
    delta, error = np.zeros(counts.height), np.zeros(counts.height)
    for place, when in enumerate(counts["period"]):
        if str(when) in terms:
            k = list(terms).index(str(when))
            delta[place], error[place] = fitted.estimate[k], fitted.error[k]
    reach = _quantile(fitted) * error
    return counts.with_columns(
        index=pl.Series(np.exp(delta - 0.5 * error**2)),
        low=pl.Series(np.exp(delta - reach)),
        high=pl.Series(np.exp(delta + reach)),
    )


def _quantile(fitted: LeastSquares) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(fitted.freedom, 0.5 + 0.5 * CONFIDENCE))
