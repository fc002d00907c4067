"""The cost formula: the sum, the geometric mean and everything between; the literal product apart."""

from dataclasses import replace
from math import prod

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pricewar.sim.economics.cost_index import CostIndex, index_product

COMPONENTS = (10.0, 5.0, 0.25)
HALVED = (5.0, 5.0, 0.25)
INDEX = CostIndex(prices=COMPONENTS, quantities=(1.0, 1.0, 1.0), substitution=0.0)


def test_the_sum_and_the_product_are_two_different_readings() -> None:
    assert INDEX.cost(COMPONENTS) == 15.25
    assert index_product(COMPONENTS) == 12.5


def test_shares_are_those_of_the_calibration() -> None:
    assert INDEX.shares == pytest.approx((0.655737704918, 0.327868852459, 0.016393442623), rel=1e-10)


@pytest.mark.parametrize(
    ("substitution", "expected"),
    [(0.0, 10.25), (0.5, 9.954669640956557), (1.0, 9.679950248936833), (2.0, 9.21039603960396)],
    ids=lambda value: f"{value:g}",
)
def test_unit_cost_when_compute_halves(substitution: float, expected: float) -> None:
    assert replace(INDEX, substitution=substitution).cost(HALVED) == pytest.approx(expected, rel=1e-13)


def test_near_one_the_index_is_the_geometric_mean_without_losing_digits() -> None:
    exact = replace(INDEX, substitution=1.0).cost(HALVED)
    for gap in (1e-6, -1e-6, 1e-12, -1e-12):
        assert replace(INDEX, substitution=1.0 + gap).cost(HALVED) == pytest.approx(exact, rel=2 * abs(gap) + 1e-14)


def test_doubling_the_currency_octuples_the_product_but_doubles_the_cost() -> None:
    doubled = tuple(2.0 * price for price in COMPONENTS)
    assert index_product(doubled) == 8.0 * index_product(COMPONENTS)
    for substitution in (0.0, 0.5, 1.0, 2.0):
        index = replace(INDEX, substitution=substitution)
        in_other_money = replace(index, prices=doubled)
        assert in_other_money.cost(tuple(2.0 * price for price in HALVED)) == 2.0 * index.cost(HALVED)


prices = st.tuples(*[st.floats(0.01, 100.0)] * 3)
indices = st.builds(
    CostIndex,
    prices=prices,
    quantities=st.tuples(*[st.floats(0.1, 10.0)] * 3),
    substitution=st.sampled_from([0.0, 0.3, 0.999999, 1.0, 1.5, 4.0]),
)


# A mean of powers close to zero: one less than it is all digits lost.
@example(index=CostIndex(prices=(0.0625,) * 3, quantities=(1.0,) * 3, substitution=4.0), today=(11.0, 15.0, 23.0))
@given(index=indices, today=prices)
def test_the_inputs_demanded_cost_exactly_the_unit_cost(index: CostIndex, today: tuple[float, ...]) -> None:
    spent = sum(w * x for w, x in zip(today, index.demands(today), strict=True))
    assert spent == pytest.approx(index.cost(today), rel=1e-9)


@given(index=indices, today=prices)
def test_demand_is_the_slope_of_cost(index: CostIndex, today: tuple[float, ...]) -> None:
    for i, demand in enumerate(index.demands(today)):
        step = 1e-4 * today[i]
        up, down = ([w + sign * step * (j == i) for j, w in enumerate(today)] for sign in (1, -1))
        slope = (index.cost(up) - index.cost(down)) / (2 * step)
        assert slope == pytest.approx(demand, rel=1e-5, abs=1e-7 * index.cost(today) / today[i])


@given(index=indices, today=prices)
def test_more_substitution_never_costs_more(index: CostIndex, today: tuple[float, ...]) -> None:
    rigid, flexible = replace(index, substitution=0.0), replace(index, substitution=index.substitution + 0.5)
    assert flexible.cost(today) <= index.cost(today) * (1 + 1e-9)
    assert index.cost(today) <= rigid.cost(today) * (1 + 1e-9)


@given(index=indices)
def test_at_the_prices_of_the_calibration_nothing_changes(index: CostIndex) -> None:
    assert index.cost(index.prices) == pytest.approx(index.start, rel=1e-12)
    assert index.demands(index.prices) == pytest.approx(index.quantities, rel=1e-9)


def test_the_geometric_mean_is_weighted_by_shares() -> None:
    index = replace(INDEX, substitution=1.0)
    mean = prod((w / w0) ** share for w, w0, share in zip(HALVED, COMPONENTS, index.shares, strict=True))
    assert index.relative(HALVED) == pytest.approx(mean, rel=1e-14)


@pytest.mark.parametrize("wrong", [(1.0, 1.0), (1.0, 1.0, 0.0), (1.0, -1.0, 1.0)], ids=["too few", "free", "negative"])
def test_prices_that_cannot_be_are_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="give 3 positive prices"):
        INDEX.cost(wrong)


def test_prices_without_quantities_are_refused() -> None:
    with pytest.raises(ValueError, match="one price and one quantity for each input"):
        CostIndex(prices=(1.0, 2.0), quantities=(1.0,), substitution=0.0)
