"""M6: who holds a focal price comes out of one incentive constraint for everybody (Friedman 1971)."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from pricewar.agents.games.first_order import Problem, best_response
from pricewar.agents.mechanisms import FocalPrice, LineState, Mechanisms
from pricewar.agents.pricing.books import Books, Conduct, View
from pricewar.agents.pricing.focal import (
    Flow,
    Patience,
    critical_discount,
    gain_of_holding,
    lost_demand,
    worth_of_holding,
    worth_of_leaving,
)
from pricewar.agents.pricing.testing import board_of, books_for, convention_for, demand_for
from pricewar.agents.sellers.convention import contested
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import prepare
from pricewar.sim.market.beliefs import Retention
from pricewar.sim.market.board import Board

NOBODY = Flow(0.0, 0.0)
positive = st.floats(0.01, 10.0)


def at_once(discount: float) -> Patience:
    """Nobody is bound by a contract."""
    return Patience(discount, np.zeros(1), np.ones(1))


# Against the textbooks.


@pytest.mark.parametrize("sellers", [2, 3, 5, 10])
@pytest.mark.parametrize("goods", ["prices of equal goods", "quantities"])
def test_in_friedmans_limit_holding_pays_from_the_critical_discount_factor_on(sellers: int, goods: str) -> None:
    n = float(sellers)
    if goods == "quantities":  # Cournot with demand 1 - Q and no cost: a monopoly's quarter is shared
        held, left, answered = 1.0 / (4.0 * n), ((n + 1.0) / (4.0 * n)) ** 2, 1.0 / (n + 1.0) ** 2
        textbook = (n + 1.0) ** 2 / (n**2 + 6.0 * n + 1.0)
    else:
        held, left, answered, textbook = 1.0 / n, 1.0, 0.0, 1.0 - 1.0 / n
    assert critical_discount(held, left, answered) == pytest.approx(textbook, rel=1e-13)

    def holds(discount_factor: float) -> bool:
        rate = 0.02  # of rivals' answers: what a flow is worth until then is one less the discount factor
        discount = rate * (1.0 - discount_factor) / discount_factor
        rates, origins = np.full(sellers - 1, rate), np.full(sellers - 1, 1.0 / (sellers - 1))
        after = Flow(np.nan_to_num(0.0), answered)
        holding = worth_of_holding(Flow(0.0, held), after, 0.0, at_once(discount))
        return holding >= worth_of_leaving(Flow(0.0, left), after, rates, origins, at_once(discount))

    assert holds(textbook + 1e-9)
    assert not holds(textbook - 1e-9)


@given(
    flows=st.tuples(*[positive] * 6),
    breaks=st.floats(0.0, 2.0),
    rates=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=4),
    contracts=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=3),
    discount=st.floats(0.05, 2.0),
    bound=st.floats(0.0, 1.0),
)
def test_both_worths_are_the_discounted_flows_added_up_day_by_day(
    flows: tuple[float, ...],
    breaks: float,
    rates: list[float],
    contracts: list[float],
    discount: float,
    bound: float,
) -> None:
    held, left, answered = Flow(*flows[:2]), Flow(*flows[2:4]), Flow(*flows[4:])
    standing, ends = np.full(len(contracts), bound / len(contracts)), np.array(contracts)
    patience = Patience(discount, standing, ends)
    origins = np.full(len(rates), 1.0 / len(rates))

    def on_both(flow: Flow, t: float) -> float:
        stand = float(standing @ np.exp(-ends * t))
        return flow.standing * stand + flow.anew * (1.0 - stand)

    def hold(t: float) -> float:
        lasts = np.exp(-breaks * t)
        return float(lasts * on_both(held, t) + (1.0 - lasts) * on_both(answered, t))

    def leave(t: float) -> float:
        stand, unanswered = float(standing @ np.exp(-ends * t)), float(origins @ np.exp(-np.array(rates) * t))
        anew = unanswered * left.anew + (1.0 - unanswered) * answered.anew
        return left.standing * stand + (1.0 - stand) * anew

    def lasting(flow: Any) -> float:
        return float(quad(lambda u: flow(-np.log(u) / discount), 0.0, 1.0, limit=200)[0])  # u: e^-rt

    assert worth_of_holding(held, answered, breaks, patience) == pytest.approx(lasting(hold), rel=1e-5)
    told = worth_of_leaving(left, answered, np.array(rates), origins, patience)
    assert told == pytest.approx(lasting(leave), rel=1e-5)


@given(held=positive, answered=positive, breaks=st.floats(0.0, 2.0), discount=st.floats(0.01, 2.0))
def test_who_sells_what_it_will_in_the_long_run_holds_for_the_mean_of_both_flows(
    held: float, answered: float, breaks: float, discount: float
) -> None:
    patience = Patience(discount, np.array([0.7]), np.array([0.3]))
    expected = (discount * held + breaks * answered) / (discount + breaks)
    told = worth_of_holding(Flow(held, held), Flow(answered, answered), breaks, patience)
    assert told == pytest.approx(expected, rel=1e-12)


# Laws.


def seller(board: Board, convention: dict[str, Any] | None = None, **changes: Any) -> Books:
    """Books of one who holds 8, of a market of four alike that all did."""
    known: dict[str, Any] = {
        "convention": convention_for(board, **(convention or {})),
        "conduct": Conduct(menu_cost=0.0),
        "state": LineState(focal=FocalPrice(np.array([8.0]))),
        "mechanisms": Mechanisms(),
    }
    return books_for(board, **(known | changes))


def gain(board: Board, appeal: float = 0.0, convention: dict[str, Any] | None = None, **changes: Any) -> float:
    """What holding is worth over leaving, as a share of what the held flow is."""
    books, demand = seller(board, convention, **changes), demand_for(board, appeal=0.0)
    demand.appeal[0, 0] += appeal
    problem = Problem(demand, board.price, books.own, books.marginal, books.seconds, books.planned)
    leaving = best_response(problem).price
    held = problem.profit(board.price[books.own])
    return gain_of_holding(books, View(board, demand), np.ones(1, dtype=np.bool_), problem, leaving) / held


four = board_of(8.0, [8.0, 8.0, 8.0])
NO_CONTRACTS = {
    "retention": Retention(loyalty=np.zeros(1), locked=np.zeros(1), rate=np.ones(1), free_rate=np.full(1, 1e12))
}
"""Nobody stands, so that a cut gives nothing away to those who would have stayed."""
patience = st.floats(0.05, 30.0)


@given(discount=patience, slower=st.floats(0.05, 0.9), appeal=st.floats(-2.0, 1.0))
def test_slower_answers_make_leaving_more_attractive(discount: float, slower: float, appeal: float) -> None:
    conduct = Conduct(discount=discount, menu_cost=0.0)
    quick = gain(four, appeal, conduct=conduct)
    slow = {"review_rate": np.full(4, slower / 30.0), "alertness": np.full(4, slower * 0.3)}
    assert gain(four, appeal, slow, conduct=conduct) < quick


@given(discount=patience, appeal=st.floats(-2.0, 0.5), less=st.floats(0.1, 2.0))
def test_a_smaller_share_makes_leaving_more_attractive(discount: float, appeal: float, less: float) -> None:
    conduct = Conduct(discount=discount, menu_cost=0.0)
    assert gain(four, appeal - less, NO_CONTRACTS, conduct=conduct) < gain(four, appeal, NO_CONTRACTS, conduct=conduct)


@given(discount=patience, cost=st.floats(0.2, 2.0), lower=st.floats(0.1, 0.9), appeal=st.floats(-2.0, 0.5))
def test_a_lower_cost_of_ones_own_makes_leaving_more_attractive(
    discount: float, cost: float, lower: float, appeal: float
) -> None:
    def at(own: float) -> float:  # what it guesses of rivals' costs stays
        guess = NO_CONTRACTS | {"error": np.array([1.0, *[cost / own] * 3])}
        conduct = Conduct(discount=discount, menu_cost=0.0)
        return gain(four, appeal, guess, marginal=np.array([own]), conduct=conduct)

    assert at(lower * cost) < at(cost)


@given(discount=patience, more=st.floats(0.1, 5.0), appeal=st.floats(-2.0, 0.5))
def test_idle_machines_make_leaving_more_attractive(discount: float, more: float, appeal: float) -> None:
    demand = demand_for(four, appeal=0.0)
    demand.appeal[0, 0] += appeal
    load = 500.0 * demand.quantities(four.price)[0]
    conduct = Conduct(discount=discount, menu_cost=0.0)
    idle, full = (
        gain(four, appeal, NO_CONTRACTS, planned=load * room, conduct=conduct) for room in (1.02 + more, 1.02)
    )
    assert idle < full


@given(discount=patience, appeal=st.floats(-2.0, 0.5))
def test_who_comes_to_market_has_no_standing_customers_to_lose_by_leaving(discount: float, appeal: float) -> None:
    conduct = Conduct(discount=discount, menu_cost=0.0)
    new = gain(four, appeal, conduct=conduct, new=np.ones(1, dtype=np.bool_))
    assert new < gain(four, appeal, conduct=conduct)


def test_history_selects_all_hold_while_all_do_and_leave_once_some_have() -> None:
    broken = board_of(8.0, [1.0, 1.0, 8.0])
    broken.first = np.full(4, 8.0)
    alert = {"cuts": np.array([1, 2], dtype=np.intp)}
    assert gain(four) > 0.0 > gain(broken, convention=alert)
    assert lost_demand(seller(four), View(four, demand_for(four, 0.0))).tolist() == [0.0] * 4


def test_a_change_that_costs_more_is_made_later() -> None:
    gains = [gain(four, conduct=Conduct(menu_cost=cost)) for cost in (0.0, 0.2)]
    assert gains[0] < gains[1]


def test_a_monopolist_has_no_convention_to_hold() -> None:
    assert gain(board_of(8.0, [])) < 0.0


def test_offers_that_never_review_keep_what_they_ask_and_answer_no_cut() -> None:
    hosts = {"review_rate": np.array([1 / 30, 0.0, 0.0, 0.0]), "alertness": np.zeros(4)}
    assert gain(four, convention=hosts) < 0.0


# In the market.


def test_open_weights_break_a_convention_whose_price_lies_above_that_of_hosts() -> None:
    simulation = prepare(load("china-2024", ["buyers.count=500", "burn_in=30", "days=130"]), 1)
    simulation.run()
    firm = next(firm for firm in simulation.firms if firm.name == "deepseek")
    board = simulation.world.board
    hosts = firm.context.hosts["DeepSeek-V2"]
    for host in hosts:
        host.fleet = 0.0  # type: ignore[misc]  # outside the market
    theirs = min(host.price() for host in hosts)

    def rate(price: float) -> float:
        return float(contested(firm, board, LineState(focal=FocalPrice(np.array([price]))))[0])

    assert rate(0.99 * theirs) == 0.0
    assert rate(1.01 * theirs) == pytest.approx(sum(1.0 / host.terms.look for host in hosts))
    other = next(firm for firm in simulation.firms if firm.name == "zhipu")
    assert not contested(other, board, LineState.together([line.state for line in other.lines.values()])).any()


def test_nobody_in_the_library_is_told_whether_it_holds() -> None:
    for name in ("china-2024", "global-2022"):
        strategies = [seller.strategy for seller in load(name).sellers.values()]
        assert all(getattr(strategy, "focal", True) for strategy in strategies)
