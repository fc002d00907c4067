"""The rent clears the market for accelerator-hours: closed form, comparative statics, floor, ceiling."""

from math import fsum, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pricewar.sim.market.rental import Appetite, Cleared, Stock, clear

ELSEWHERE = "elsewhere"


def market(
    stocks: list[Stock], outside: float = 100.0, inside: float = 0.0, elasticity: float = 1.0, ceiling: float = 20.0
) -> Cleared:
    return clear(stocks, Appetite(inside, outside, 2.0, elasticity), ceiling=ceiling, elsewhere=ELSEWHERE)


@pytest.mark.parametrize(("supply", "growth", "elasticity"), [(80.0, 1.5, 0.5), (150.0, 1.0, 2.0), (100.0, 1.0, 0.7)])
def test_with_vertical_supply_the_rent_is_the_closed_form(supply: float, growth: float, elasticity: float) -> None:
    rent = market([Stock("a", supply, 0.0)], outside=100.0 * growth, elasticity=elasticity, ceiling=inf).rent
    assert_allclose(rent, 2.0 * (100.0 * growth / supply) ** (1.0 / elasticity), rtol=1e-12)


def test_what_is_rented_inside_leaves_less_for_others() -> None:
    assert_allclose(market([Stock("a", 100.0, 0.0)], inside=60.0).rent, 2.0 * 100.0 / 40.0, rtol=1e-12)


def test_in_a_glut_the_rent_is_what_running_costs_and_machines_stay_idle() -> None:
    found = market([Stock("a", 1000.0, 0.5), Stock("b", 3000.0, 0.5)])
    assert found.rent == 0.5
    assert_allclose(found.demand, 400.0)
    assert_allclose([found.let["a"], found.let["b"]], [100.0, 300.0])  # at the margin each lets the same share


def test_who_runs_cheaper_lets_first() -> None:
    found = market([Stock("dear", 300.0, 1.5), Stock("cheap", 100.0, 0.1)])
    assert_allclose(found.rent, 1.5)
    assert found.let["cheap"] == 100.0
    assert_allclose(found.let["dear"], 100.0 * 2.0 / 1.5 - 100.0)
    priced_out = market([Stock("dear", 300.0, 5.0), Stock("cheap", 100.0, 0.1)])
    assert priced_out.rent == 2.0
    assert "dear" not in priced_out.let


def test_at_the_ceiling_machines_come_from_elsewhere() -> None:
    for inside in (0.0, 500.0):
        found = market([Stock("a", 1.0, 0.5)], inside=inside)
        assert found.rent == 20.0
        assert_allclose(found.let[ELSEWHERE], inside + 10.0 - 1.0)
    assert market([]).rent == 20.0


def test_with_nobody_outside_the_rent_is_at_running_cost() -> None:
    found = market([Stock("a", 10.0, 0.5)], outside=0.0, inside=10.0)
    assert found.rent == 0.5
    assert found.let == {"a": 10.0}


sizes = st.floats(0.0, 1e6)
stocks_of = st.lists(st.tuples(sizes, st.sampled_from([0.0, 0.1, 0.5, 3.0, 30.0])), max_size=5).map(
    lambda some: [Stock(f"s{i}", count, running) for i, (count, running) in enumerate(some)]
)
demands = st.tuples(st.floats(1e-3, 1e6), st.floats(0.0, 1e4), st.floats(0.2, 5.0))


@given(stocks_of, demands)
def test_the_market_clears(stocks: list[Stock], wants: tuple[float, float, float]) -> None:
    outside, inside, elasticity = wants
    cleared = market(stocks, outside, inside, elasticity)
    assert_allclose(fsum(cleared.let.values()), cleared.demand, rtol=1e-9)
    assert_allclose(cleared.demand, Appetite(inside, outside, 2.0, elasticity).at(cleared.rent), rtol=1e-9)
    assert cleared.demand <= cleared.offered * (1.0 + 1e-9)
    for stock in stocks:  # nobody runs at a loss, nobody lets more than it has, nobody sits on what pays
        assert cleared.let.get(stock.owner, 0.0) <= stock.count * (1.0 + 1e-12)
        if stock.running > cleared.rent:
            assert stock.owner not in cleared.let
        elif stock.running < cleared.rent and stock.count > 0.0:
            assert cleared.let[stock.owner] == stock.count


@given(stocks_of, demands, sizes)
def test_more_to_let_lowers_the_rent_and_more_wanted_raises_it(
    stocks: list[Stock], wants: tuple[float, float, float], more: float
) -> None:
    outside, inside, elasticity = wants
    rent = market(stocks, outside, inside, elasticity, 100.0).rent
    above = rent * (1.0 + 1e-9)
    assert market([*stocks, Stock("new", more, 0.1)], outside, inside, elasticity, 100.0).rent <= above
    assert market(stocks, outside + more, inside, elasticity, 100.0).rent * (1.0 + 1e-9) >= rent
    assert market(stocks, outside, inside + more, elasticity, 100.0).rent * (1.0 + 1e-9) >= rent
    assert market(stocks[::-1], outside, inside, elasticity, 100.0).rent == rent
