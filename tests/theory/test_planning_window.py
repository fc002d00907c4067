"""Capacity is priced for the weeks that a price is expected to last: who is bound in them, and who chooses anew."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import norm

from pricewar.agents.games.first_order import Problem, best_at, best_response
from pricewar.agents.pricing.best_response import BestResponse, pricing_problem
from pricewar.agents.pricing.books import Books, Conduct, View
from pricewar.agents.pricing.testing import board_of, books_for, demand_for, luck
from pricewar.agents.sellers.books import books_of, view_of
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.reviews import review_rate
from pricewar.agents.sellers.spec import Fleet
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import Simulation, prepare
from pricewar.sim.market.demand import Floats
from pricewar.sim.market.window import Window
from pricewar.sim.units import DAY_SECONDS
from tests.theory.test_best_prices import SEARCHED, problem_drawn

ERRORS = float(norm.ppf(1.0 - 1e-4 / 2.0))
"""Standard errors beyond which a difference is no chance: two-sided error of 1e-4."""
NEVER, ALWAYS = Conduct(review_rate=0.0), Conduct(review_rate=1e9)


def small_china() -> Simulation:
    return prepare(load("china-2024", ["buyers.count=2000", "burn_in=20", "days=40"]), seed=1)


def problem_of(firm: Firm, conduct: Conduct) -> Problem:
    firm.conduct = conduct
    return pricing_problem(books_of(firm), view_of(firm))


class TestTheWindow:
    def test_without_any_time_the_load_is_what_is_sold_and_with_all_of_it_that_of_the_long_run(self) -> None:
        simulation = small_china()
        simulation.world.clock.run(until=30.5)
        demand = simulation.world.buyers.demand(simulation.world.clock.now).sum(axis=0)
        for firm in simulation.firms:
            own = simulation.world.board.own(firm.name)
            if own.size == 0:
                continue
            mine = simulation.world.board.price[own]
            at_once = problem_of(firm, ALWAYS)
            assert_allclose(at_once.load(mine), demand[own] @ at_once.seconds, rtol=1e-6, atol=1e-3)
            # Who is bound buys more or less of what it has, and that is all.
            if demand[own].sum() == 0.0:
                continue
            assert at_once.load(0.5 * mine) > at_once.load(mine) > at_once.load(2.0 * mine) > 0.3 * at_once.load(mine)
            ever = problem_of(firm, NEVER)
            assert_allclose(ever.load(mine), replace(ever, window=None).load(mine), rtol=1e-12)

    def test_it_is_the_sum_over_every_customer_and_every_segment(self) -> None:
        simulation, days = small_china(), 30.0
        world, firm = simulation.world, simulation.firms[0]
        problem = problem_of(firm, Conduct(review_rate=1.0 / days))
        mine = 0.7 * world.board.price[problem.own]
        price = world.board.price.copy()
        price[problem.own] = mine
        choosing = problem.demand.quantities_at(price[None, :])[0][:, problem.own]
        expected, grown = np.zeros(problem.own.size), world.buyers.calendar.exogenous(world.clock.now)  # type: ignore[attr-defined]
        for s, buyers in enumerate(world.buyers.members):  # type: ignore[attr-defined]
            segment = buyers.segment
            anew = 1.0 - (1.0 - segment.gateway) * np.exp(-days / segment.contract)
            anew -= segment.gateway * np.exp(-days / segment.gateway_contract)
            for m, k in enumerate(problem.own):
                customers = buyers.choice == k + 1
                bound = grown[s] * buyers.volume[customers] @ np.exp(-days / buyers.traits.pace[customers])
                expected[m] += bound * segment.response.tokens(mine)[m] + anew * choosing[s, m]
        assert_allclose(problem.load(mine), expected @ problem.seconds, rtol=1e-9)

    def test_as_many_tokens_are_asked_of_a_newcomer_at_its_end_as_are_planned(self) -> None:
        """With the board at rest, buyers without loyalty, and beliefs that are right."""
        count, days = 40_000, 30
        textbook = load("textbook", ["burn_in=0", "days=1", "buyers.kind=sampled", f"buyers.count={count}"])
        segment = replace(textbook.segments["all"], contract=90.0, gateway=0.1, gateway_contract=7.0)
        world = prepare(replace(textbook, segments={"all": segment}, sources={}), 1).world
        now = world.clock.now
        k = world.board.put(replace(world.board.offers[0], seller="new"), float(world.board.price[0]), conforming=True)
        world.record.forget_appeal()
        world.look()
        demand, own = world.record.demand(world.board, world.buyers.potential(now)), np.array([k])
        window = Window(world.record.retention.chosen_anew(days), world.buyers.bound(now, days)[:, own])
        planned, ever = (
            w.tokens(demand, world.board.price, own)[0] for w in (window, Window(np.ones(1), np.zeros((1, 1))))
        )
        world.buyers.renew(now + days)
        asked, of = float(world.buyers.demand(now)[0, k]), float(world.buyers.potential(now)[0])
        allowed = ERRORS * of * np.sqrt(asked / of * (1.0 - asked / of) / count)
        assert abs(planned - asked) < allowed
        assert ever - asked > 10.0 * allowed  # the control: the long run


def windowed(seed: int) -> tuple[Problem, np.random.Generator]:
    """A drawn problem with customers in some lines, within the window of a drawn length, and machines for a part."""
    chance = np.random.default_rng([11, seed])
    drawn = problem_drawn(chance)
    group = drawn.demand.quantities_at(drawn.price[None, :])[0]
    sold = (
        group[:, drawn.own] * chance.choice([0.0, 1.0, 3.0], drawn.own.size) * chance.uniform(0.2, 1.5, (len(group), 1))
    )
    anew = 1.0 - np.exp(-chance.uniform(0.0, 3.0, len(group)))
    tight = replace(drawn, window=Window(anew, (1.0 - anew)[:, None] * sold))
    load = tight.load(tight.filled(best_at(tight, 0.0, tight.price[tight.own])))
    return replace(tight, capacity=float(chance.uniform(0.2, 1.2)) * load), chance


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), rented=st.booleans())
def test_a_second_is_worth_no_less_than_nothing_no_more_than_its_most_and_below_that_the_load_fits(
    seed: int, rented: bool
) -> None:
    problem, chance = windowed(seed)
    if rented:
        problem = replace(problem, rent=float(chance.uniform(0.0, 2.0) * problem.price.max() / problem.seconds.max()))
    best = best_response(problem)
    assert 0.0 <= best.shadow <= problem.rent
    assert best.short == (problem.load(best.price) > problem.capacity * (1.0 + 1e-7))
    if best.short:  # it is rationed, and no dearer second would be paid for
        unbound = problem.filled(best_at(problem, 0.0, problem.price[problem.own]))
        assert_allclose(best.shadow, problem.most(np.maximum(problem.price[problem.own], unbound)), rtol=1e-9)
    trial = np.exp(chance.uniform(np.log(1e-2), np.log(1e3), (SEARCHED, problem.own.size)))
    mine = problem.net_profits(best.price[None, :], best.shadow)[0]
    assert problem.net_profits(trial, best.shadow).max() <= mine + 1e-6 * abs(mine)
    # What is rationed is never more than that: one profit tells which prices are best, and what a change is worth.
    assert problem.profit(best.price, best.shadow) <= mine + 1e-9 * abs(mine)


def test_with_more_time_to_fill_idle_machines_a_second_of_them_is_worth_more() -> None:
    board = board_of(8.0, [6.0])
    demand = demand_for(board)
    idle = books_for(board, planned=0.3 * float(demand.quantities(board.price)[0]) * 500.0)

    def shadow(anew: float) -> float:
        window = Window(np.array([anew]), np.zeros((1, 1)))
        return best_response(pricing_problem(replace(idle, window=window), View(board, demand))).shadow

    worth = [shadow(anew) for anew in (0.0, 0.1, 0.3, 0.6, 1.0)]
    assert worth == sorted(worth)
    assert worth[0] == worth[1] == 0.0 < worth[2]
    assert worth[-1] == pytest.approx(best_response(pricing_problem(idle, View(board, demand))).shadow)  # the long run


class TestShort:
    """A fleet that customers under contract alone overrun: no price sends them away."""

    def books(self, **changes: object) -> Books:
        board = board_of(8.0, [6.0])
        bound = np.full((1, 1), 1000.0)  # at the reference price of ten
        window = Window(np.array([0.1]), bound)
        return replace(books_for(board, planned=1e5, window=window), **changes)  # type: ignore[arg-type]

    def view(self) -> View:
        board = board_of(8.0, [6.0])
        return View(board, demand_for(board))

    def test_a_second_is_worth_what_it_earns_and_the_seller_says_that_it_is_short(self) -> None:
        decision = BestResponse().review(self.books(), self.view(), luck())
        assert decision.stance == "short"
        assert decision.shadow == pytest.approx((8.0 - 0.1) / 500.0)
        assert decision.price[0] > 8.0

    def test_where_machines_can_be_had_in_time_it_is_worth_their_rent(self) -> None:
        rented = BestResponse().review(self.books(rent=0.002), self.view(), luck())
        assert rented.stance == "short"
        assert rented.shadow == 0.002
        assert rented.price[0] < BestResponse().review(self.books(), self.view(), luck()).price[0]

    def test_the_menu_cost_is_a_share_of_what_is_sold_not_of_what_is_turned_away(self) -> None:
        """Nine of ten orders are turned away; a rise that gains a seventh of what the tenth brings is made."""
        books, view = self.books(planned=4e4), self.view()
        problem = pricing_problem(books, view)
        best = best_response(problem)
        now = problem.price[problem.own]
        gain = problem.profit(best.price, best.shadow) - problem.profit(now, best.shadow)
        wanted = float(problem.demand.quantities(problem.price)[0] * now[0])
        taken = problem.served(now) * wanted
        least = replace(books.conduct, menu_cost=min(0.9 * gain / taken, 1.0))
        assert least.menu_cost * wanted > gain  # by what is wanted it would not be
        assert BestResponse().review(replace(books, conduct=least), view, luck()).price[0] > 8.0
        more = replace(books.conduct, menu_cost=min(1.1 * gain / taken, 1.0))
        assert BestResponse().review(replace(books, conduct=more), view, luck()).price[0] == 8.0


class TestRent:
    def within(self, days: float, *settings: str) -> float:
        simulation = prepare(load("china-2024", ["buyers.count=400", "burn_in=20", "days=30", *settings]), seed=1)
        return next(firm for firm in simulation.firms if firm.name == "zhipu").rent_of_more(days)

    def test_machines_that_come_within_the_window_cost_their_rent_and_others_cannot_be_had(self) -> None:
        assert self.within(30.0, "supply.lead_time=70") == np.inf
        rent = self.within(71.0, "supply.lead_time=70")
        assert 0.0 < rent * 3600.0 < 100.0
        crunch = "supply.shortages={crunch={start=2024-01-01,end=2024-12-31}}"
        assert self.within(71.0, "supply.lead_time=70", crunch) == np.inf


def test_who_turns_customers_away_reviews_sooner_and_who_serves_all_again_does_not() -> None:
    scenario = load("china-2024", ["buyers.count=400", "burn_in=20", "days=30"])
    zhipu = replace(scenario.sellers["zhipu"], fleet=Fleet(chip="h20", accelerators=1e-3), invests=False)
    simulation = prepare(replace(scenario, sellers=scenario.sellers | {"zhipu": zhipu}, sources={}), seed=1)
    world = simulation.world
    world.clock.run(until=2.0)
    firms = {firm.name: firm for firm in simulation.firms}
    usual, alertness = scenario.conduct.review_rate, scenario.conduct.alertness
    assert world.turned_away["zhipu"] > 0.9
    assert review_rate(firms["zhipu"])[0] == pytest.approx(usual + alertness * world.turned_away["zhipu"])
    assert review_rate(firms["baidu"])[0] == usual
    firms["zhipu"].machines.size(1e9, record=False)
    world.clock.run(until=3.0)
    assert review_rate(firms["zhipu"])[0] == usual


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.nightly), pytest.param(3, marks=pytest.mark.nightly)]
)
def test_a_newcomer_with_idle_machines_does_not_price_them_as_if_everybody_had_come(seed: int) -> None:
    """DeepSeek in May 2024, a week after its launch."""
    simulation = prepare(load("china-2024", ["buyers.count=2000", "days=160"]), seed=seed)
    world, firm = simulation.world, next(firm for firm in simulation.firms if firm.name == "deepseek")
    world.clock.run(until=131.5)
    books, view = books_of(firm), view_of(firm)
    asked: Floats = world.buyers.demand(world.clock.now)[:, books.own].sum(axis=0)
    assert asked @ books.seconds < 0.25 * firm.machines.count * DAY_SECONDS
    month, problem = books.conduct.planning_window, pricing_problem(books, view)
    assert 29.0 < month < 31.0
    ever, planned = best_response(replace(problem, window=None)), best_response(problem)
    assert planned.shadow < 0.55 * ever.shadow
    assert planned.price[0] < 0.7 * ever.price[0]
    firm.conduct = replace(firm.conduct, review_rate=1.0 / 7.0)
    week = best_response(pricing_problem(books_of(firm), view))
    assert week.shadow < 0.2 * ever.shadow  # near the floor
