r"""What price would have done at unchanged quality: a hedonic index by the time-dummy method.

    ln p_it = α + α_s + β'z_it + Σ_t δ_t·D_t + ε_it,   index_t = exp(δ_t − se(δ_t)²/2)

z: capability, openness of the weights and tier; α_s: an effect of each seller. All periods are pooled, and the dummies
of time are the index (Triplett 2004, Handbook on Hedonic Indexes, OECD; Diewert). Unweighted, every offer on the list
counts alike; weighted, as much as it sells (Silver 2002). exp of an estimate is biased upwards; half its variance comes
off (Kennedy 1981, American Economic Review 71 801). Errors of one seller may go together over its lines and over time:
the covariance is clustered by seller, with the factor G/(G−1)·(n−1)/(n−k) and Student's t of G−1 degrees of freedom for
G sellers (Cameron & Miller 2015, Journal of Human Resources 50, section 2).

Simplifications: one row an offer and period, its last, since posted prices stand for weeks and daily rows would count
one price many times. With few sellers clustered errors are too small all the same. Length of context is not on record.
What no row distinguishes (one tier, no seller with open and closed weights) is left out and named.
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
    """A linear regression with clustered standard errors."""

    estimate: Floats
    """Coefficients, shape (k,)."""
    covariance: Floats
    """Their covariance, clustered, shape (k, k)."""
    r_squared: float
    """Share of the variance about the mean that is explained. [1]"""
    freedom: int
    """Clusters less one."""

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


def hedonic(offers: pl.DataFrame, period: Period = "month", *, weighted: bool = False) -> Hedonic:
    """Fit the time-dummy regression to daily offers from the first day on, leaving out what buyers run themselves.

    offers: offers_daily, those of `self-hosted` tiers are no price and are left out. period: month or quarter.
    weighted: by the tokens that an offer sells in the period; one that sells none is then left out.
    Multiplying all prices by a power of two leaves the result as it was, but for the constant, which counts from the
    median price. Raises ValueError where there are fewer rows than coefficients and one,
    or one seller.
    """
    sample = _sample(offers, period)
    priced = sample.filter((pl.col("price") > 0) & (pl.col("tokens") > 0 if weighted else pl.lit(value=True)))
    if priced.is_empty():
        raise ValueError("a hedonic regression needs offers with a price above zero from the first day on")
    base = float(np.median(priced["price"].to_numpy()))
    names, columns = _terms(priced)
    kept = independent(columns)
    weights = priced["tokens"].to_numpy() if weighted else np.ones(priced.height)
    logarithm, sellers = np.log(priced["price"].to_numpy() / base), priced["seller"].to_list()
    fitted = least_squares(columns[:, kept], logarithm, weights, sellers)
    terms = [names[k] for k in kept]
    return Hedonic(
        coefficients=_coefficients(terms, fitted),
        index=_index(priced, terms, fitted),
        left_out=tuple(name for k, name in enumerate(names) if k not in kept),
        free=sample.filter(pl.col("price") <= 0).height,
        r_squared=fitted.r_squared,
        rows=priced.height,
    )


def least_squares(columns: Floats, values: Floats, weights: Floats, clusters: Sequence[str]) -> LeastSquares:
    """Regress values, shape (n,), on columns, shape (n, k) and of full rank, with clustered standard errors.

    V = G/(G−1)·(n−1)/(n−k)·(X'WX)⁻¹·Σ_g X_g'W_g e_g e_g'W_g X_g·(X'WX)⁻¹. weights: positive, shape (n,), of any
    scale. clusters: which each row belongs to, n of them. Raises ValueError unless n > k and G > 1.
    """
    rows, terms = columns.shape
    if rows <= terms:
        raise ValueError(f"{rows} rows do not determine {terms} coefficients and their errors; take longer periods")
    names, cluster = np.unique(np.array(clusters), return_inverse=True)
    if names.size < 2:
        raise ValueError("errors clustered by seller need two sellers")
    root = np.sqrt(weights / weights.mean())
    scaled, wanted = columns * root[:, None], values * root
    estimate: Floats = np.linalg.lstsq(scaled, wanted, rcond=None)[0].astype(np.float64)
    residual = wanted - scaled @ estimate
    # (X'WX)⁻¹X'W½ through the pseudo-inverse: forming X'X would square the condition number.
    each = np.linalg.pinv(scaled) * residual
    scores = np.stack([each[:, cluster == g].sum(axis=1) for g in range(names.size)])
    factor = names.size / (names.size - 1) * (rows - 1) / (rows - terms)
    covariance: Floats = scores.T @ scores * factor
    about = float(np.sum((wanted - root * np.average(values, weights=weights)) ** 2))
    explained = 1.0 - float(np.sum(residual**2)) / about if about > 0.0 else 1.0
    return LeastSquares(estimate, covariance, explained, names.size - 1)


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
    """One row an offer and period: its last day in it, with the tokens of all its days."""
    listed = offers.filter((pl.col("day") >= 0) & (pl.col("tier") != "self-hosted"))
    listed = listed.with_columns(period=pl.col("date").dt.truncate(TRUNCATED[period]))
    sold = pl.col("tokens").sum().over("period", "seller", "tier")
    last = (
        listed.sort("day", "seller", "tier")
        .with_columns(sold)
        .unique(["period", "seller", "tier"], keep="last", maintain_order=True)
    )
    return last.sort("period", "seller", "tier")


def _terms(sample: pl.DataFrame) -> tuple[list[str], Floats]:
    """Names of the terms, and their columns, shape (n, k): constant, time, capability, seller, openness, tier."""
    periods, tiers = sample["period"].unique().sort().to_list(), sample["tier"].unique().sort().to_list()
    columns = {"constant": np.ones(sample.height)}
    columns |= {str(when): (sample["period"] == when).to_numpy().astype(float) for when in periods[1:]}
    columns["capability"] = sample["capability"].to_numpy().astype(float)
    sellers = sample["seller"].unique().sort().to_list()
    columns |= {f"seller {name}": (sample["seller"] == name).to_numpy().astype(float) for name in sellers[1:]}
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
