"""Sellers whose goods are alike: who sells how much, at which prices nobody moves, and what owners withhold.

The known numbers are asked by `pricewar verify` (`test_known_answers.py`); here are the laws behind them, and controls.
"""

from dataclasses import replace
from functools import partial
from math import log

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pricewar.agents.demand.given_shares import GivenShares, SharedOut
from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.demand.hotelling import HotellingResponse
from pricewar.agents.demand.sales import SalesResponse
from pricewar.agents.games.mixed_equilibria import MixedPrice, capacity_prices, mean, mean_of_lowest, sale_prices
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.grid import GridBestResponse
from pricewar.agents.pricing.mixing import Mixing
from pricewar.scenarios.run.play import play, prepare
from pricewar.scenarios.verification.capacity import Linear, best_offer, capacities, committed, cournot, worth
from pricewar.scenarios.verification.games import daily_profits, game, in_turn, mean_answer, posted_prices
from pricewar.sim.errors import ScenarioMistakes
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats
from pricewar.sim.market.rental import Appetite, clear

CENTS = st.integers(0, 120).map(lambda cents: cents / 100)
"""Prices on a grid, so that ties happen."""
SHARES = st.floats(0.01, 1.5)


def system(response: GivenShares, sellers: int, size: float = 1.0) -> SharedOut:
    """The demand system for sellers of one offer each."""
    offers = [Offer(f"seller-{j}", "main", "m", 0.0, 0.0, 0.0, False, False, 1.0, 0.0) for j in range(sellers)]
    return response.system([response], np.zeros((1, sellers)), np.array([size]), offers)


@st.composite
def markets(draw: st.DrawFn) -> tuple[SharedOut, Floats]:
    """Any of the three demand systems, and prices."""
    n = draw(st.integers(2, 4))
    names = [f"seller-{j}" for j in range(n)]
    captive = draw(st.lists(st.floats(0.0, 0.25), min_size=n, max_size=n))
    response = draw(
        st.sampled_from(
            [
                HomogeneousResponse(),
                HomogeneousResponse(capacity={name: draw(SHARES) for name in names}),
                SalesResponse(captive=dict(zip(names, captive, strict=True))),
                HotellingResponse(transport=draw(st.floats(0.1, 2.0))),
            ]
        )
    )
    n = 2 if isinstance(response, HotellingResponse) else n
    return system(response, n, size=7.0), np.array(draw(st.lists(CENTS, min_size=n, max_size=n)))


class TestWhoSells:
    @given(markets())
    def test_shares_are_probabilities_and_quantities_are_shares_of_the_size(
        self, market: tuple[SharedOut, Floats]
    ) -> None:
        demand, price = market
        share = demand.shares(price)
        assert np.all(share >= 0.0)
        assert share.sum() <= 1.0 + 1e-12
        assert_allclose(demand.quantities(price), 7.0 * share[0])

    @given(markets())
    def test_whoever_asks_less_sells_no_less(self, market: tuple[SharedOut, Floats]) -> None:
        demand, price = market
        for k in range(price.size):
            cheaper = price.copy()
            cheaper[k] = max(0.0, price[k] - 0.05)
            assert demand.quantities(cheaper)[k] >= demand.quantities(price)[k] - 1e-12

    @given(markets())
    def test_what_a_seller_faces_alone_is_what_it_sells_beside_the_others(
        self, market: tuple[SharedOut, Floats]
    ) -> None:
        demand, price = market
        own = np.array([price.size - 1], dtype=np.intp)
        facing = demand.residual(price, own)
        for mine in (0.0, 0.25, float(price[0]), 1.0):
            trial = price.copy()
            trial[own] = mine
            assert_allclose(facing.quantities(np.array([mine])), demand.quantities(trial)[own])
            assert_allclose(facing.slopes(np.array([mine]), np.array([0]))[1], demand.slopes(trial, own)[1])

    @given(markets())
    def test_nobody_wins_more_customers_than_are_lost(self, market: tuple[SharedOut, Floats]) -> None:
        demand, price = market
        ratio = demand.diversions(price)
        assert np.all(np.diag(ratio) == 0.0)
        assert np.all(ratio >= 0.0)
        assert np.all(ratio.sum(axis=1) <= 1.0 + 1e-9)

    @given(markets())
    def test_buyers_of_a_run_choose_with_the_given_shares(self, market: tuple[SharedOut, Floats]) -> None:
        demand, price = market
        utility = demand.segments[0].inclusive(np.zeros((3, price.size)), price, demand.offers)
        weight = np.exp(utility)
        chosen = weight / (1.0 + weight.sum(axis=1, keepdims=True))
        assert_allclose(chosen, np.tile(demand.shares(price), (3, 1)), atol=1e-12)

    @given(markets())
    def test_surplus_falls_with_prices_by_what_is_sold(self, market: tuple[SharedOut, Floats]) -> None:
        """Where nothing jumps the derivative of surplus is the quantity (Roy)."""
        demand, price = market
        assume(np.unique(price).size == price.size and np.all((price > 0.05) & (price < 0.95)))
        step = 1e-6
        for k in range(price.size):
            up, down = price.copy(), price.copy()
            up[k], down[k] = price[k] + step, price[k] - step
            lost = (demand.consumer_surplus(down) - demand.consumer_surplus(up))[0] / demand.size[0]
            assert_allclose(lost / (2 * step), demand.shares(price)[0, k], atol=2e-6)


class TestRationing:
    @given(st.lists(st.tuples(CENTS, SHARES), min_size=1, max_size=4))
    def test_nobody_sells_beyond_capacity_and_nothing_sells_that_could_be_had_cheaper(
        self, sellers: list[tuple[float, float]]
    ) -> None:
        price, capacity = (np.array(column) for column in zip(*sellers, strict=True))
        response = HomogeneousResponse(capacity={f"seller-{j}": k for j, k in enumerate(capacity.tolist())})
        sold = system(response, len(sellers)).quantities(price)
        assert np.all(sold <= capacity + 1e-12)
        for level in np.unique(price):
            upto = price <= level
            asked = max(0.0, 1.0 - level)
            expected = min(asked, capacity[upto].sum()) if asked > capacity[price < level].sum() else None
            if expected is not None:  # efficient rationing: at every price as much is sold as demand or capacity allows
                assert_allclose(sold[upto].sum(), expected, atol=1e-12)
            else:
                assert np.all(sold[price == level] == 0.0)

    @given(CENTS, SHARES, SHARES)
    def test_a_tie_of_two_is_split_equally_as_far_as_capacities_go(self, price: float, one: float, two: float) -> None:
        """Kreps & Scheinkman (1983): min(k, D/2 + max(0, D/2 - k'))."""
        response = HomogeneousResponse(capacity={"seller-0": one, "seller-1": two})
        half = max(0.0, 1.0 - price) / 2.0
        known = [min(one, half + max(0.0, half - two)), min(two, half + max(0.0, half - one))]
        assert_allclose(system(response, 2).quantities(np.array([price, price])), known, atol=1e-12)

    def test_without_capacities_the_cheapest_takes_all(self) -> None:
        sold = system(HomogeneousResponse(choke=2.0), 3).quantities(np.array([0.6, 0.5, 0.5]))
        assert sold.tolist() == [0.0, 0.375, 0.375]

    def test_a_seller_that_is_withdrawn_sells_nothing(self) -> None:
        demand = system(HomogeneousResponse(), 2).without(np.array([0]))
        assert demand.quantities(np.array([0.1, 0.5])).tolist() == [0.0, 0.5]


def expected(price: float, mine: tuple[float, float], rival: MixedPrice) -> float:
    """What a price earns against a rival who draws: (if it is dearer, if it is cheaper), weighed by its chances.

    A rival exactly as dear has no weight, or all of an atom; then a price just below the atom is compared.
    """
    dearer, cheaper = mine
    chance = 1.0 - rival.atom if price == rival.high else rival.chance(price)
    return (1.0 - chance) * dearer + chance * cheaper


@st.composite
def two_capacities(draw: st.DrawFn) -> tuple[float, float]:
    one, other = draw(st.floats(0.05, 1.3)), draw(st.floats(0.05, 0.98))
    assume(max(one, other) > (1.0 - min(one, other)) / 2.0 + 1e-3)
    return one, other


class TestMixedPrices:
    @given(two_capacities(), st.floats(0.001, 0.999))
    def test_no_price_earns_more_than_expected_and_all_of_the_support_earn_that(
        self, capacity: tuple[float, float], price: float
    ) -> None:
        both = capacity_prices(capacity)
        for mine, rival in ((0, 1), (1, 0)):

            def earned(price: float, mine: int = mine, rival: int = rival) -> float:
                dearer = price * min(capacity[mine], 1.0 - price)
                cheaper = price * min(capacity[mine], max(0.0, 1.0 - price - capacity[rival]))
                return expected(price, (dearer, cheaper), both[rival])

            own = both[mine]
            assert earned(price) <= own.profit + 1e-12
            for share in (0.0, 0.3, 0.8):
                within = own.low + share * (own.high - own.low)
                assert earned(within) == pytest.approx(own.profit, abs=1e-12)

    @settings(deadline=None)  # the first draw loads the solver
    @given(two_capacities())
    def test_distributions_rise_from_zero_to_one_and_the_larger_seller_alone_has_an_atom(
        self, capacity: tuple[float, float]
    ) -> None:
        both = capacity_prices(capacity)
        for own in both:
            chances = [own.chance(price) for price in np.linspace(own.low, own.high, 30)]
            assert chances[0] == pytest.approx(0.0, abs=1e-9)
            assert np.all(np.diff(chances) >= -1e-9)
            for share in (0.1, 0.5, 0.7):
                assert own.at(share) == own.high or own.chance(own.at(share)) == pytest.approx(share, abs=1e-6)
        small = int(capacity[1] < capacity[0])
        assert both[small].atom == pytest.approx(0.0, abs=1e-9)

    @given(st.floats(0.34, 0.97))
    def test_alike_sellers_draw_from_the_printed_distribution(self, k: float) -> None:
        own = capacity_prices([k, k])[0]
        assert_allclose([own.low, own.high], [(1 - k) ** 2 / (4 * k), (1 - k) / 2])
        price = (own.low + own.high) / 2
        known = (price * k - (1 - k) ** 2 / 4) / (price * (2 * k - 1 + price))
        assert own.chance(price) == pytest.approx(known, rel=1e-9)

    @given(st.lists(st.floats(0.01, 0.2), min_size=1, max_size=4))
    def test_small_capacities_are_sold_at_the_price_that_clears(self, capacity: list[float]) -> None:
        assume(all(k <= (1.0 - sum(capacity) + k) / 2.0 for k in capacity))
        for own in capacity_prices(capacity):
            assert own.low == own.high == 1.0 - sum(capacity)

    def test_capacities_for_everybody_bring_price_to_cost(self) -> None:
        assert [p.high for p in capacity_prices([1.0, 2.0])] == [0.0, 0.0]
        with pytest.raises(ValueError, match="two sellers"):
            capacity_prices([0.4, 0.4, 0.4])

    @given(st.floats(0.0, 0.4), st.floats(0.01, 0.4), st.floats(0.001, 1.0))
    def test_no_sale_earns_more_than_expected(self, few: float, many: float, price: float) -> None:
        captive = (few, many)
        shoppers = 1.0 - few - many
        both = sale_prices(captive, shoppers)
        for mine, rival in ((0, 1), (1, 0)):
            own = both[mine]
            for at in (price, (own.low + 1.0) / 2.0):
                amounts = (at * (captive[mine] + shoppers), at * captive[mine])
                earned = expected(at, amounts, both[rival])
                assert earned <= own.profit + 1e-12
                if at >= own.low and at < 1.0:
                    assert earned == pytest.approx(own.profit, abs=1e-12)

    def test_with_shoppers_only_price_is_cost_and_with_captives_only_it_is_the_reservation_price(self) -> None:
        assert [p.high for p in sale_prices([0.0, 0.0], 1.0)] == [0.0, 0.0]
        assert [p.low for p in sale_prices([0.5, 0.5], 0.0)] == [1.0, 1.0]

    def test_means_by_quadrature_are_those_of_many_draws(self) -> None:
        both = capacity_prices([0.9, 0.3])
        share = np.random.default_rng(5).random((20_000, 2))
        draws = np.array([[p.at(u) for p, u in zip(both, row, strict=True)] for row in share.tolist()])
        assert mean_answer("mean", mean(both[0]), draws[:, 0]).passes
        assert mean_answer("lower", mean_of_lowest(both), draws.min(axis=1)).passes
        assert not mean_answer("control", mean(both[1]), draws[:, 0]).passes


class TestWorlds:
    """The same from sellers who post prices in a simulated market."""

    def test_the_draws_of_another_capacity_are_noticed(self) -> None:
        posted = posted_prices(game(capacities(0.54, 0.54), [Mixing()] * 2, [0.5] * 2, days=700))[3:]
        assert not mean_answer("k = 0.5", (1 - log(2)) / 2, posted.ravel()).passes
        assert mean_answer("k = 0.54", mean(capacity_prices([0.54, 0.54])[0]), posted.ravel()).passes

    def test_a_seller_who_does_not_mix_is_undercut(self) -> None:
        """Against a fixed price of .2 the best price on a grid of cents is .19, and earns more than any draw would."""
        market = game(capacities(0.5, 0.5), [Fixed(), GridBestResponse(top=1.0)], [0.2, 0.3], days=2, books=True)
        assert daily_profits(market)[-1].tolist() == pytest.approx([0.2 * 0.3, 0.19 * 0.5])
        assert 0.19 * 0.5 > (1 - 0.5) ** 2 / 4

    def test_costs_and_scales_move_drawn_prices_as_they_should(self) -> None:
        """With cost c and choke price a, (p - c)/(a - c) is drawn as p is with capacities k·a/(a - c)."""
        response = HomogeneousResponse(choke=8.0, capacity={"seller-0": 0.375, "seller-1": 0.375})
        dear = posted_prices(game(response, [Mixing()] * 2, [4.0] * 2, costs=[2.0] * 2, days=30))[1:]
        plain = posted_prices(game(capacities(0.5, 0.5), [Mixing()] * 2, [0.5] * 2, days=30))[1:]
        assert_allclose(dear, 2.0 + 6.0 * plain, rtol=1e-12)

    def test_capacity_beyond_cournots_does_not_pay(self) -> None:
        """At unit cost .1 and a rival with .3, nothing beats .3: neither less nor more, where prices are drawn."""
        at_rest = worth(0.3, 0.3, 0.1)
        assert at_rest == pytest.approx(0.3 * 0.4 - 0.03)
        assert max(worth(k, 0.3, 0.1) for k in (0.2, 0.25, 0.29, 0.31, 0.34)) < at_rest
        for k in (0.4, 0.5):
            market = game(capacities(k, 0.3), [Mixing()] * 2, [0.5] * 2, days=150, books=True)
            earned = daily_profits(market)[3:, 0]
            assert mean_answer("revenue", (1 - 0.3) ** 2 / 4, earned).passes
            assert (1 - 0.3) ** 2 / 4 - 0.1 * k < at_rest

    def test_edgeworths_cycle_is_shorter_with_more_capacity(self) -> None:
        """It ends where the residual price (1 - k)/2 earns as much as undercutting: p·k < (1 - k)^2/4."""
        for k in (0.5, 0.6):
            top = (1 - k) / 2
            market = game(capacities(k, k), [GridBestResponse(top=1.0)] * 2, [top] * 2, days=80, conduct=in_turn)
            simulation = prepare(market, seed=1)
            simulation.run()
            prices = {round(100 * move.after) for move in simulation.world.board.moves}
            lowest = min(cents for cents in range(1, 100) if cents / 100 * k > top**2 + 1e-12)
            assert (max(prices), min(prices)) == (round(100 * top), lowest)

    def test_a_street_whose_near_end_is_far_cheaper_serves_everybody(self) -> None:
        market = game(HotellingResponse(), [Fixed(), Fixed()], [0.5, 1.75], days=1, books=True)
        assert daily_profits(market)[0].tolist() == pytest.approx([0.5, 0.0])

    def test_sampled_buyers_choose_as_the_continuum_does(self) -> None:
        market = game(HotellingResponse(), [Fixed(), Fixed()], [1.0, 1.2], days=2, books=True)
        sampled = replace(market, buyers=replace(market.buyers, kind="sampled", count=4000))
        offers = play(sampled).tables["offers_daily"]
        share = offers.filter(offers["day"] == 1).sort("seller")["tokens"].to_numpy()
        assert_allclose(share, [0.6, 0.4], atol=3.89 * (0.24 / 4000) ** 0.5)

    def test_where_demand_jumps_no_nash_price_is_recorded(self) -> None:
        offers = play(game(capacities(0.5, 0.5), [Fixed()] * 2, [0.2, 0.3], days=2, books=True)).tables["offers_daily"]
        assert offers["nash_price"].is_null().all()

    def test_what_does_not_fit_is_refused(self) -> None:
        with pytest.raises(ScenarioMistakes, match="is no seller"):
            play(game(HomogeneousResponse(capacity={"nobody": 0.5}), [Fixed()] * 2, [0.2, 0.3], days=1))
        with pytest.raises(ScenarioMistakes, match="two ends"):
            play(game(HotellingResponse(), [Fixed()] * 3, [1.0] * 3, days=1))
        with pytest.raises(ScenarioMistakes, match="not known"):
            play(game(HotellingResponse(), [Mixing(), BestResponse()], [1.0] * 2, days=1))


class TestCournot:
    @settings(max_examples=10, deadline=None)
    @given(st.lists(st.floats(0.0, 0.25), min_size=1, max_size=3), st.floats(0.5, 50.0), st.floats(0.1, 1e4))
    def test_owners_come_to_rest_at_cournots_quantities(self, costs: list[float], choke: float, size: float) -> None:
        costs = [choke * cost for cost in costs]
        quantity, rent = cournot(costs, choke, size)
        n = len(costs)
        known = [size / choke * (choke - (n + 1) * cost + sum(costs)) / (n + 1) for cost in costs]
        assert_allclose(quantity, known, rtol=1e-9, atol=1e-9 * size)
        assert rent == pytest.approx((choke + sum(costs)) / (n + 1), rel=1e-9)

    def test_with_constant_elasticity_the_margin_is_the_share_over_the_elasticity(self) -> None:
        """(r - c)/r = s/e (Cowling & Waterson 1976), for the demand that the market for rented machines has."""
        appetite = Appetite(inside=0.0, outside=100.0, opening=2.0, elasticity=1.5)
        market = partial(clear, appetite=appetite, ceiling=1e6, elsewhere="nobody")
        offered, costs = [committed("a", 20.0), committed("b", 20.0)], [0.5, 0.8]
        for _ in range(40):
            for j, cost in enumerate(costs):
                offered[j] = committed(offered[j].owner, best_offer(offered, j, 500.0, cost, market))
        rent, count = market(offered).rent, np.array([stock.count for stock in offered])
        assert_allclose((rent - np.array(costs)) / rent, count / count.sum() / 1.5, rtol=1e-8)

    def test_an_owner_with_few_machines_offers_them_all(self) -> None:
        market = partial(clear, appetite=Linear(0.0, 1.0, 1.0, 1.0), ceiling=1.0, elsewhere="nobody")
        assert best_offer([committed("a", 0.1)], 0, 0.2, 0.0, market) == 0.2

    def test_dear_machines_stay_at_home(self) -> None:
        market = partial(clear, appetite=Linear(0.0, 1.0, 1.0, 1.0), ceiling=1.0, elsewhere="nobody")
        assert best_offer([committed("a", 0.1), committed("b", 0.5)], 0, 1.0, 0.6, market) == 0.0
