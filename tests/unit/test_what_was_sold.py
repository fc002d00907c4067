"""What the market remembers of its sales: means of the days that an offer was there, output by seller."""

import numpy as np

from pricewar.sim.market.clearing import Output, Sales
from pricewar.sim.units import MONTH


def test_daily_sales_are_the_mean_of_the_days_that_the_offer_was_there() -> None:
    sales = Sales()
    assert sales.daily(0) == 0.0
    sales.note(np.array([10.0]))
    sales.note(np.array([20.0, 7.0]))
    assert (sales.daily(0), sales.daily(1)) == (15.0, 7.0)
    assert (sales.ever(0), sales.ever(1), sales.ever(2)) == (30.0, 7.0, 0.0)


def test_daily_sales_forget_what_is_older_than_a_month() -> None:
    sales = Sales()
    for tokens in (900.0, *[3.0] * MONTH):
        sales.note(np.array([tokens]))
    assert sales.daily(0) == 3.0
    assert sales.ever(0) == 900.0 + 3.0 * MONTH


def test_output_counts_from_the_burn_in_in_all_and_from_the_first_day_by_seller() -> None:
    output = Output()
    output.note(-1, 8.0, {"east": 8.0})
    assert output.relative() == (1.0, 1.0)
    output.note(0, 2.0, {"east": 2.0})
    output.note(1, 5.0, {"east": 1.0, "west": 4.0})
    assert output.made == {"east": 3.0, "west": 4.0}
    assert output.everybody == 7.0
    assert output.relative() == (15.0 / 10.0, 5.0 / 2.0)
