"""Saturation and the volume elasticity, on tables whose answers are known."""

from datetime import date, timedelta
from math import log

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.sim.analysis.prices.adoption import saturation, volume_elasticity
from pricewar.sim.results.tables import schema

START = date(2024, 1, 1)
PARTS = ("within", "adoption", "applications")


def told(days: int = 200, name: str = "language", fall: float = 0.5, size: float = 1.0) -> pl.DataFrame:
    """A segment whose price falls on day 100: tokens of an application answer by -.3, adopters by -.4, uses by -.5."""
    day = np.arange(-10, days)
    price = np.where(day < 100, 8.0, 8.0 * fall)
    adopters = 100.0 * size * (price / 8.0) ** -0.4
    applications = 2.0 * (price / 8.0) ** -0.5
    exogenous = np.exp(1.5 * day / 365.25)
    demand = adopters * applications * 3.0 * (price / 8.0) ** -0.3 * exogenous
    return pl.DataFrame(
        {
            "day": day, "date": [START + timedelta(days=int(d)) for d in day], "segment": [name] * day.size,
            "buyers": np.full(day.size, 1000.0 * size), "adopters": adopters, "adoption": adopters / (1000.0 * size),
            "demand": demand, "tokens": 0.9 * demand, "unmet": 0.1 * demand, "price_paid": price,
            "applications": applications, "ceiling": np.full(day.size, 5.0), "potential": demand,
            "exogenous": exogenous, "exposed": 0.0 * day,
            "renewals": 0.0 * day, "switches": 0.0 * day, "exit_cost": 0.0 * day, "surplus": 0.0 * day,
        },
        schema=schema("segments_daily"),
    )  # fmt: skip


def row(table: pl.DataFrame, name: str) -> dict[str, float]:
    return table.filter(pl.col("segment") == name).row(0, named=True)


def test_the_parts_that_were_put_in_come_out() -> None:
    found = row(volume_elasticity(told()), "language")
    assert_allclose([found[part] for part in PARTS], [-0.3, -0.4, -0.5], rtol=1e-12)
    assert_allclose(found["elasticity"], -1.2, rtol=1e-12)
    assert_allclose(found["price_change"], log(0.5), rtol=1e-12)
    assert_allclose(found["volume_change"], -1.2 * log(0.5), rtol=1e-12)


@pytest.mark.parametrize("fall", [0.5, 0.9, 1.3])
def test_the_parts_add_up_exactly(fall: float) -> None:
    table = volume_elasticity(pl.concat([told(fall=fall), told(name="vision", fall=0.2, size=3.0)]))
    for found in table.iter_rows(named=True):
        assert found["elasticity"] == found["within"] + found["adoption"] + found["applications"]
        assert_allclose(found["elasticity"], found["volume_change"] / found["price_change"], rtol=1e-12)


def test_two_segments_alike_are_together_as_each_of_them() -> None:
    one = volume_elasticity(told())
    both = volume_elasticity(pl.concat([told(), told(name="vision", size=4.0)]))
    assert both["segment"].to_list() == ["language", "vision", "all"]
    for name in ("language", "vision", "all"):
        assert_allclose([row(both, name)[part] for part in PARTS], [row(one, "all")[part] for part in PARTS])


def test_together_a_shift_to_buyers_of_little_counts_as_less_within() -> None:
    # Prices fall alike, but only small buyers become more: each segment has no 'within', all together have.
    heavy = told().with_columns(demand=1000.0 * pl.col("exogenous"), applications=2.0, adopters=100.0)
    light = told(name="speech").with_columns(
        applications=2.0, demand=pl.col("exogenous") * pl.col("adopters") * 2.0
    )  # fmt: skip
    table = volume_elasticity(pl.concat([heavy, light]))
    assert_allclose([row(table, name)["within"] for name in ("language", "speech")], 0.0, atol=1e-12)
    assert row(table, "all")["within"] > 0.05


@pytest.mark.parametrize("fall", [1.0, 0.951, 1.049], ids=["still", "a little down", "a little up"])
def test_a_price_that_hardly_moved_tells_no_elasticity(fall: float) -> None:
    found = row(volume_elasticity(told(fall=fall)), "language")
    assert found["elasticity"] is None
    assert_allclose(found["price_change"], log(fall), atol=1e-12)


def test_a_price_that_became_zero_tells_no_elasticity() -> None:
    free = pl.when(pl.col("day") < 100).then(pl.col("price_paid")).otherwise(0.0)
    found = row(volume_elasticity(told().with_columns(price_paid=free)), "language")
    assert found["price_change"] is None
    assert found["elasticity"] is None


def test_a_run_too_short_for_two_months_tells_none() -> None:
    table = volume_elasticity(told(days=59))
    assert table["segment"].to_list() == ["language", "all"]
    assert table["elasticity"].null_count() == 2


def test_days_before_the_first_do_not_count() -> None:
    loud = told().with_columns(demand=pl.when(pl.col("day") < 0).then(1e9).otherwise(pl.col("demand")))
    assert volume_elasticity(loud).equals(volume_elasticity(told()))


def test_the_order_of_rows_does_not_matter() -> None:
    table = pl.concat([told(), told(name="vision", fall=0.2, size=3.0)])
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=1)
    assert volume_elasticity(shuffled).equals(volume_elasticity(table))
    assert saturation(shuffled).equals(saturation(table))


def test_saturation_is_what_adopters_have_of_what_they_could() -> None:
    table = saturation(told())
    late = table.filter(pl.col("day") == 150).row(0, named=True)
    assert_allclose(late["saturation"], 2.0 * 0.5**-0.5 / 5.0)
    assert_allclose(late["adoption"], 0.1 * 0.5**-0.4)


def test_growth_is_that_of_the_last_month_in_log_points_a_year() -> None:
    growth = saturation(told()).filter(pl.col("day").is_in([19, 20, 90, 110]))["growth"].to_list()
    assert growth[0] is None
    assert_allclose(growth[1:], [1.5, 1.5, 1.5 - 1.2 * log(0.5) * 365.25 / 30.0])


def test_a_segment_without_adopters_has_no_saturation() -> None:
    empty = told().with_columns(applications=float("nan"), tokens=0.0)
    table = saturation(empty)
    assert table["saturation"].null_count() == table.height
    assert table["growth"].null_count() == table.height


def test_tokens_that_grow_by_e_a_year_do_so_here_too() -> None:
    grown = told().with_columns(tokens=(pl.col("day") / 365.25).exp())
    assert_allclose(saturation(grown).drop_nulls("growth")["growth"].to_numpy(), 1.0, rtol=1e-9)
