"""The hedonic index finds the fall that was put in, and its intervals hold as often as they say."""

from datetime import date, timedelta
from math import exp, sqrt

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from pricewar.sim.analysis.prices.hedonic import Hedonic, hedonic, independent, least_squares

Floats = NDArray[np.float64]
START = date(2024, 1, 1)


def offers(
    *, noise: float = 0.0, fall: float = 0.1, beta: float = 0.4, sellers: int = 12, months: int = 6, seed: int = 1
) -> pl.DataFrame:
    """Offers whose log price falls by `fall` a month, rises by `beta` a nat and .7 a flagship, less .2 if open."""
    chance = np.random.default_rng(seed)
    rows = []
    for month in range(months):
        day = date(2024, 1 + month, 15)
        for i in range(sellers):
            capability = 0.1 * i + 0.3 * month + float(chance.random())
            tier, opened = ("flagship" if i % 2 else "cheap"), i % 3 == 0
            log_price = 2.0 + beta * capability + 0.7 * (i % 2) - 0.2 * opened - fall * month
            rows.append(
                {"day": (day - START).days, "date": day, "seller": f"s{i}", "tier": tier, "open_weights": opened,
                 "capability": capability, "price": exp(log_price + noise * float(chance.normal()) * (0.5 + i % 2))}
            )  # fmt: skip
    return pl.DataFrame(rows)


def coefficient(fitted: Hedonic, term: str) -> dict[str, float]:
    found: dict[str, float] = fitted.coefficients.row(by_predicate=pl.col("term") == term, named=True)
    return found


def test_what_was_put_in_is_found() -> None:
    fitted = hedonic(offers())
    assert coefficient(fitted, "capability")["estimate"] == pytest.approx(0.4, abs=1e-10)
    assert coefficient(fitted, "open_weights")["estimate"] == pytest.approx(-0.2, abs=1e-10)
    assert coefficient(fitted, "tier flagship")["estimate"] == pytest.approx(0.7, abs=1e-10)
    assert_allclose(fitted.index["index"], np.exp(-0.1 * np.arange(6)), rtol=1e-9)
    assert fitted.index["period"].to_list() == [date(2024, 1 + m, 1) for m in range(6)]
    assert fitted.index["offers"].to_list() == [12] * 6
    assert fitted.r_squared == pytest.approx(1.0)
    assert (fitted.left_out, fitted.free, fitted.rows) == ((), 0, 72)


def test_prices_that_rose_with_quality_alone_have_a_flat_index() -> None:
    rising = offers(fall=0.0)
    assert rising.filter(pl.col("day") > 150)["price"].mean() > rising.filter(pl.col("day") < 30)["price"].mean()  # type: ignore[operator]
    assert_allclose(hedonic(rising).index["index"], 1.0, rtol=1e-9)


def test_quarters_pool_their_months_and_only_an_offers_last_day_counts() -> None:
    fitted = hedonic(offers(), "quarter")
    assert fitted.index["period"].to_list() == [date(2024, 1, 1), date(2024, 4, 1)]
    assert fitted.index["index"][1] == pytest.approx(exp(-0.3), rel=1e-9)
    assert fitted.rows == 24


def test_the_index_leaves_half_the_variance_off() -> None:
    fitted = hedonic(offers(noise=0.4))
    for row in fitted.index.filter(pl.col("period") > START).iter_rows(named=True):
        term = coefficient(fitted, str(row["period"]))
        assert row["index"] == pytest.approx(exp(term["estimate"] - 0.5 * term["error"] ** 2), rel=1e-12)
        assert (row["low"], row["high"]) == pytest.approx((exp(term["low"]), exp(term["high"])), rel=1e-12)


def test_a_term_that_no_row_distinguishes_is_left_out_and_named() -> None:
    closed = offers().with_columns(open_weights=False, tier=pl.lit("cheap"))
    assert hedonic(closed).left_out == ("open_weights",)
    columns = np.column_stack((np.ones(5), np.arange(5.0), 2.0 - 3.0 * np.arange(5.0), np.arange(5.0) ** 2))
    assert independent(columns) == [0, 1, 3]


def test_free_offers_and_the_machines_of_buyers_do_not_enter() -> None:
    table = offers()
    free = table.head(1).with_columns(price=0.0, seller=pl.lit("free"))
    own = table.head(1).with_columns(tier=pl.lit("self-hosted"), price=99.0)
    burn_in = table.head(1).with_columns(day=pl.lit(-5, pl.Int64), date=pl.lit(START - timedelta(days=5)), price=77.0)
    more = hedonic(pl.concat([table, free, own, burn_in]))
    assert more.free == 1
    assert more.coefficients.equals(hedonic(table).coefficients)


def test_too_few_rows_are_refused_with_a_way_out() -> None:
    with pytest.raises(ValueError, match="take longer periods"):
        hedonic(offers(sellers=1))
    with pytest.raises(ValueError, match="above zero"):
        hedonic(offers().with_columns(price=0.0))


def test_another_currency_and_another_order_leave_every_bit() -> None:
    table = offers(noise=0.3)
    one = hedonic(table)
    for other in (table.with_columns(pl.col("price") * 8.0), table.sample(fraction=1.0, shuffle=True, seed=4)):
        fitted = hedonic(other)
        assert fitted.coefficients.equals(one.coefficients)
        assert fitted.index.equals(one.index)


def test_robust_errors_are_whites_formula_term_by_term() -> None:
    chance = np.random.default_rng(3)
    x = np.column_stack((np.ones(40), chance.normal(size=(40, 2))))
    y = x @ np.array([1.0, -0.5, 0.3]) + chance.normal(size=40) * np.exp(x[:, 1])
    fitted = least_squares(x, y)
    bread, meat = np.linalg.inv(x.T @ x), np.zeros((3, 3))
    for row, value in zip(x, y, strict=True):
        meat += np.outer(row, row) * (value - row @ fitted.estimate) ** 2
    assert_allclose(fitted.covariance, 40 / 37 * bread @ meat @ bread, rtol=1e-9)


def test_robust_errors_are_the_spread_over_many_samples_and_plain_ones_are_not() -> None:
    # 2000 samples: the standard deviation of an estimate is known to 1.6 %; four of them, and 3 % for HC1's own bias.
    chance = np.random.default_rng(5)
    x = np.column_stack((np.ones(200), chance.normal(size=200)))
    spread = 0.2 + np.abs(x[:, 1]) ** 1.5
    estimates, robust, plain = [], [], []
    for _ in range(2000):
        y = x @ np.array([1.0, -0.5]) + spread * chance.normal(size=200)
        fitted = least_squares(x, y)
        residual = y - x @ fitted.estimate
        estimates.append(float(fitted.estimate[1]))
        robust.append(float(fitted.covariance[1, 1]))
        plain.append(float(residual @ residual / 198 * np.linalg.inv(x.T @ x)[1, 1]))
    true = float(np.std(estimates))
    within = 4 / sqrt(2 * 2000) + 0.03
    assert np.mean(estimates) == pytest.approx(-0.5, abs=4 * true / sqrt(2000))
    assert sqrt(np.mean(robust)) == pytest.approx(true, rel=within)
    # The control: errors that take the spread for even are refused.
    assert sqrt(np.mean(plain)) != pytest.approx(true, rel=within)
