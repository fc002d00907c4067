"""The hedonic index finds the fall that was put in, and its intervals hold as often as they say."""

from datetime import date, timedelta
from math import exp, sqrt

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.special import stdtrit

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
                {"day": (day - START).days, "date": day, "seller": f"s{i // 2}", "tokens": 1.0 + i,
                 "tier": tier, "open_weights": opened, "capability": capability,
                 "price": exp(log_price + noise * float(chance.normal()) * (0.5 + i % 2))}
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


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_estimates_errors_and_intervals_are_those_of_statsmodels(weighted: bool) -> None:
    models = pytest.importorskip("statsmodels.api")
    chance = np.random.default_rng(3)
    x = np.column_stack((np.ones(60), chance.normal(size=(60, 2))))
    group = np.repeat(np.arange(12), 5)
    y = x @ np.array([1.0, -0.5, 0.3]) + chance.normal(size=60) * np.exp(x[:, 1]) + chance.normal(size=12)[group]
    weights = chance.uniform(0.1, 100.0, 60) if weighted else np.ones(60)
    fitted = least_squares(x, y, weights, [f"s{g}" for g in group])
    theirs = models.WLS(y, x, weights=weights).fit(cov_type="cluster", cov_kwds={"groups": group}, use_t=True)
    assert_allclose(fitted.estimate, theirs.params, rtol=1e-10)
    assert_allclose(fitted.covariance, theirs.cov_params(), rtol=1e-9)
    assert_allclose(fitted.r_squared, theirs.rsquared, rtol=1e-10)
    reach = stdtrit(fitted.freedom, 0.975) * fitted.error
    interval = np.column_stack((fitted.estimate - reach, fitted.estimate + reach))
    assert_allclose(interval, theirs.conf_int(0.05), rtol=1e-9)


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_the_whole_regression_is_that_of_statsmodels_with_effects_of_sellers(weighted: bool) -> None:
    formula = pytest.importorskip("statsmodels.formula.api")
    pandas = pytest.importorskip("pandas")
    table = offers(noise=0.3)
    rows = pandas.DataFrame(
        table.with_columns(openness=pl.col("open_weights").cast(pl.Float64)).to_dict(as_series=False)
    )
    rows["logarithm"] = np.log(rows["price"])
    model = formula.wls(
        "logarithm ~ C(date) + capability + C(seller) + openness + C(tier)", rows,
        weights=rows["tokens"] if weighted else np.ones(len(rows)),
    )  # fmt: skip
    groups = rows["seller"].astype("category").cat.codes.to_numpy()
    theirs = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    fitted = hedonic(table, weighted=weighted)
    for ours, name in (
        ("capability", "capability"),
        ("open_weights", "openness"),
        ("tier flagship", "C(tier)[T.flagship]"),
    ):
        term = coefficient(fitted, ours)
        assert term["estimate"] == pytest.approx(theirs.params[name], rel=1e-9)
        assert term["error"] == pytest.approx(theirs.bse[name], rel=1e-7)
        assert (term["low"], term["high"]) == pytest.approx(tuple(theirs.conf_int().loc[name]), rel=1e-7)


def test_an_offer_that_sells_next_to_nothing_does_not_move_the_weighted_index() -> None:
    table, last = offers(), pl.col("date") == date(2024, 6, 15)
    odd = table.filter(pl.col("seller") == "s3").with_columns(
        seller=pl.lit("odd"),
        tokens=pl.lit(1e-6),
        price=pl.when(last).then(pl.col("price") * 50.0).otherwise(pl.col("price")),
    )
    more = pl.concat([table, odd])
    before = hedonic(table)
    assert hedonic(more, weighted=True).index["index"][-1] == pytest.approx(before.index["index"][-1], rel=1e-5)
    assert abs(hedonic(more).index["index"][-1] / before.index["index"][-1] - 1.0) > 0.1  # alike, it counts fully


def test_a_seller_that_is_dear_for_all_it_sells_does_not_move_the_index() -> None:
    """The dear seller's entry is no rise of prices: its effect takes it."""
    table = offers()
    dear = pl.when(pl.col("seller") == "s5").then(pl.col("price") * 5.0).otherwise(pl.col("price"))
    late = table.with_columns(price=dear).filter((pl.col("seller") != "s5") | (pl.col("day") > 60))
    assert_allclose(hedonic(late).index["index"], np.exp(-0.1 * np.arange(6)), rtol=1e-9)


def test_robust_errors_are_the_spread_over_many_samples_and_plain_ones_are_not() -> None:
    # 2000 samples: the standard deviation of an estimate is known to 1.6 %; four of them, and 3 % for HC1's own bias.
    chance = np.random.default_rng(5)
    x = np.column_stack((np.ones(200), chance.normal(size=200)))
    spread = 0.2 + np.abs(x[:, 1]) ** 1.5
    estimates, robust, plain = [], [], []
    for _ in range(2000):
        y = x @ np.array([1.0, -0.5]) + spread * chance.normal(size=200)
        fitted = least_squares(x, y, np.ones(200), [str(row) for row in range(200)])
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
