"""The fall of prices at constant capability: made-up paths whose rate is known."""

import numpy as np
import polars as pl
import pytest

from pricewar.sim.analysis.prices.constant_capability import YEAR, standing_lows, yearly_fall

RATE = np.log(10.0)
"""Tenfold a year. [1/year]"""


def path(days: int, rate: float = RATE) -> pl.DataFrame:
    day = np.arange(days)
    return pl.DataFrame({"day": day, "price": 40.0 * np.exp(-rate * day / YEAR)})


@pytest.mark.parametrize("days", [30, 365, 900])
def test_prices_that_fall_tenfold_a_year_do_so_here_too(days: int) -> None:
    assert yearly_fall(path(days)) == pytest.approx(10.0, rel=1e-9)
    assert yearly_fall(path(days, rate=0.0)) == pytest.approx(1.0, rel=1e-9)


def test_steps_at_random_instants_leave_the_rate_within_their_chance() -> None:
    """Two hundred records of two years, a dozen new lows a year; four standard errors, and a wrong rate is refused."""
    luck = np.random.default_rng(4)
    rates = []
    for _ in range(200):
        days = np.unique(np.append(0, luck.integers(0, 730, 24)))
        points = pl.DataFrame(
            {"day": days, "line": [f"m{k}" for k in range(days.size)], "capability": 1.0,
             "price": 40.0 * np.exp(-RATE * days / YEAR)}
        )  # fmt: skip
        rates.append(np.log(yearly_fall(standing_lows(points, 1.0, 729))))
    error = 4.0 * float(np.std(rates)) / np.sqrt(len(rates))
    assert np.mean(rates) == pytest.approx(RATE, abs=error)
    assert abs(np.mean(rates) - np.log(11.0)) > error


def test_a_price_that_has_stopped_falling_is_not_told_to_go_on() -> None:
    """A fit to record lows would still say tenfold: the year of rest has none."""
    fallen = path(366)
    rest = pl.DataFrame({"day": np.arange(366, 1097), "price": np.full(731, fallen["price"][-1])})
    assert yearly_fall(pl.concat([fallen, rest])) < 3.0


def test_a_low_stands_until_it_is_undercut_raised_or_withdrawn() -> None:
    points = pl.DataFrame(
        {
            "day": [0, 2, 3, 5, 6],
            "line": ["a", "b", "c", "b", "b"],
            "capability": [2.0, 2.0, 1.0, 2.0, 2.0],
            "price": [9.0, 4.0, 1.0, 6.0, None],
        }
    )
    assert standing_lows(points, 2.0, 7)["price"].to_list() == [9.0, 9.0, 4.0, 4.0, 4.0, 6.0, 9.0, 9.0]
    assert standing_lows(points, 3.0, 7).is_empty()


def test_what_is_free_is_left_out_and_nothing_gives_no_rate() -> None:
    free = pl.concat([path(400), pl.DataFrame({"day": [400, 401], "price": [0.0, 0.0]})])
    assert yearly_fall(free) == pytest.approx(10.0, rel=1e-9)
    assert np.isnan(yearly_fall(free.with_columns(price=0.0)))
