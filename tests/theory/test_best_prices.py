"""Best prices are best: no other prices earn more, whatever the segments, costs, kinks and machines."""

import heapq
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.demand.linear_logit import LinearLogit
from pricewar.agents.demand.log_logit import LogLogit
from pricewar.agents.games.first_order import Problem, best_at, best_response
from pricewar.agents.games.global_search import REACH
from pricewar.agents.pricing.best_response import BestResponse, pricing_problem
from pricewar.agents.pricing.books import Conduct, View
from pricewar.agents.pricing.testing import board_of, books_for, demand_for, luck
from pricewar.sim.market.demand import Demand, Floats
from pricewar.sim.market.rebate import Rebate, Rebated

DRAWS, SEARCHED = 240, 3_000


def demand_drawn(luck: np.random.Generator, offers: int, kinked: bool) -> Demand:
    """One to four segments that differ in everything; a third of them with a rebate that makes kinks."""
    segments = int(luck.integers(1, 5))
    appeal = luck.normal(0.0, 1.5, (segments, offers)) - luck.uniform(0.0, 3.0)
    size, outside = luck.uniform(1.0, 1000.0, segments), np.zeros(segments)
    demand: Demand
    if luck.random() < 0.25:
        demand = LinearLogit(appeal + 2.0, outside, luck.uniform(0.3, 4.0, segments), size)
    else:
        demand = LogLogit(
            appeal=appeal + 3.0,
            outside=outside,
            sensitivity=np.exp(luck.normal(0.7, 0.6, segments)),
            own_cost=np.exp(luck.normal(-0.7, 1.5, segments)),
            elasticity=luck.choice([0.0, 0.3, 0.7, 1.0], segments),
            reference=10.0,
            size=size,
        )
    if kinked:
        demand = Rebated(
            demand,
            Rebate(luck.uniform(0.3, 1.0, offers), luck.uniform(0.0, 2.0, offers), np.full(offers, 0.05)),
        )
    return demand


def problem_drawn(luck: np.random.Generator) -> Problem:
    own = np.arange(int(luck.integers(1, 4)))
    offers = own.size + int(luck.integers(0, 4))
    cost = np.exp(luck.normal(-0.5, 1.0, own.size))
    if luck.random() < 0.3:  # a sale may be worth more than it costs
        cost = cost - luck.uniform(0.0, 3.0)
    return Problem(
        demand=demand_drawn(luck, offers, kinked=bool(luck.random() < 0.3)),
        price=np.exp(luck.normal(1.0, 1.0, offers)),
        own=own,
        cost=cost,
        seconds=np.exp(luck.normal(4.0, 0.5, own.size)),
        capacity=np.inf,
    )


def best_of_random_search(problem: Problem, shadow: float, start: Floats, luck: np.random.Generator) -> float:
    """The highest profit of thousands of drawn prices, and of a climb from the best of them.

    Prices go as far as those that the solver looks at: some owners gain most by never selling one of their offers, and
    no finite price does quite that.
    """
    m = problem.own.size
    top = REACH * max(problem.price[problem.own].max(), np.abs(problem.full_cost(shadow)).max())
    wide = np.exp(luck.uniform(np.log(1e-3), np.log(1e3), (SEARCHED, m)))
    wide[luck.random(wide.shape) < 0.1] = 0.0
    near = start * np.exp(luck.normal(0.0, 0.3, (SEARCHED, m)))
    trial = np.minimum(np.concatenate([wide, near]), top)
    earned = problem.net_profits(trial, shadow)
    best, value = trial[int(np.argmax(earned))], float(earned.max())
    width = 0.3
    for _ in range(40):
        around = np.clip(best * np.exp(luck.normal(0.0, width, (200, m))), 0.0, top)
        earned = problem.net_profits(around, shadow)
        if earned.max() > value:
            best, value = around[int(np.argmax(earned))], float(earned.max())
        else:
            width *= 0.7
    return value


@pytest.mark.parametrize("block", range(4))
def test_no_drawn_prices_earn_more(block: int) -> None:
    luck = np.random.default_rng([2, block])
    lost = []
    for case in range(DRAWS // 4):
        problem = problem_drawn(luck)
        shadow = float(luck.choice([0.0, luck.uniform(0.0, 0.05)]))
        best = best_at(problem, shadow, problem.price[problem.own])
        mine = float(problem.net_profits(best[None, :], shadow)[0])
        other = best_of_random_search(problem, shadow, np.maximum(best, 1e-3), luck)
        if other > mine + 1e-4 * abs(mine):
            lost.append((case, other / mine - 1.0))
    assert lost == []


def test_a_single_start_does_lose() -> None:
    """The control: the first solution that the solver finds from posted prices is not always the best."""
    from pricewar.agents.games.first_order import _stationary

    luck, lost = np.random.default_rng([2, 0]), 0
    for _ in range(100):
        problem = problem_drawn(luck)
        start = np.maximum(problem.price[problem.own], 1e-3)
        with np.errstate(all="ignore"):
            alone = _stationary(problem, 0.0, start)
        best = best_at(problem, 0.0, start)
        earned = problem.net_profits(np.stack([alone, best]), 0.0)
        lost += bool(earned[1] > earned[0] + 1e-6 * abs(earned[0]))
    assert lost >= 3


def certificate(problem: Problem, value: float, top: float, gap: float = 5e-3, boxes: int = 60_000) -> bool:
    r"""Whether no prices up to `top` earn more than value·(1 + gap), by branch and bound.

    In a box [a, b] no prices earn more than :math:`\sum_k (b_k - \hat c_k)^+ q_k(a_k, b_{-k})`: an offer sells most at
    its own lowest price with its own others at their highest, for all of one owner's offers are substitutes.
    """
    m, cost = problem.own.size, problem.cost
    queue: list[tuple[float, int, Floats, Floats]] = []
    number = count()

    def bound(low: Floats, high: Floats) -> float:
        trial = np.tile(high, (m, 1))
        np.fill_diagonal(trial, low)
        prices = np.tile(problem.group(problem.price[problem.own]), (m, 1))
        prices[:, :m] = trial
        sold = np.diagonal(problem.facing.quantities_at(prices).sum(axis=1)[:, :m])
        return float(np.maximum(high - cost, 0.0) @ sold)

    whole = np.zeros(m), np.full(m, top)
    heapq.heappush(queue, (-bound(*whole), next(number), *whole))
    for _ in range(boxes):
        if not queue:
            return True
        most, _, low, high = heapq.heappop(queue)
        if -most <= value * (1.0 + gap):
            return True
        k = int(np.argmax(np.log((high + 0.1) / (low + 0.1))))
        middle = float(np.exp(0.5 * (np.log(high[k] + 0.1) + np.log(low[k] + 0.1))) - 0.1)
        for side in (0, 1):
            a, b = low.copy(), high.copy()
            (b if side == 0 else a)[k] = middle
            most = bound(a, b)
            if most > value * (1.0 + gap):
                heapq.heappush(queue, (-most, next(number), a, b))
    return False


@pytest.mark.parametrize("seed", range(12))
def test_branch_and_bound_proves_it_on_small_problems(seed: int) -> None:
    luck = np.random.default_rng([3, seed])
    own = np.arange(1 + seed % 2)
    problem = Problem(
        demand=demand_drawn(luck, own.size + 2, kinked=False),
        price=np.exp(luck.normal(1.0, 1.0, own.size + 2)),
        own=own,
        cost=np.exp(luck.normal(-0.5, 1.0, own.size)),
        seconds=np.full(own.size, 50.0),
        capacity=np.inf,
    )
    best = best_at(problem, 0.0, problem.price[own])
    value = float(problem.net_profits(best[None, :], 0.0)[0])
    assert certificate(problem, value, top=300.0)
    assert not certificate(problem, 0.98 * value, top=300.0, boxes=20_000), "the control"


class TestCapacity:
    @pytest.mark.parametrize("seed", range(30))
    def test_the_load_fits_and_a_lower_shadow_price_would_not(self, seed: int) -> None:
        luck = np.random.default_rng([5, seed])
        problem = problem_drawn(luck)
        start = problem.price[problem.own]
        unbound = best_at(problem, 0.0, start)
        load = problem.load(problem.filled(unbound))
        capacity = float(luck.uniform(0.1, 0.9)) * load
        tight = Problem(problem.demand, problem.price, problem.own, problem.cost, problem.seconds, capacity)
        best = best_response(tight)
        assert tight.load(best.price) <= capacity * (1.0 + 1e-8)
        less = best_at(tight, best.shadow * (1.0 - 1e-3), unbound)
        assert tight.load(tight.filled(less)) > capacity * (1.0 - 1e-9)

    def test_its_profit_is_the_highest_that_fits(self) -> None:
        luck = np.random.default_rng(7)
        for _ in range(40):
            drawn = problem_drawn(luck)
            start = drawn.price[drawn.own]
            load = drawn.load(drawn.filled(best_at(drawn, 0.0, start)))
            tight = Problem(drawn.demand, drawn.price, drawn.own, drawn.cost, drawn.seconds, 0.5 * load)
            best = best_response(tight)
            trial = np.exp(luck.uniform(np.log(1e-2), np.log(1e3), (SEARCHED, drawn.own.size)))
            prices = np.tile(tight.price, (SEARCHED, 1))
            prices[:, tight.own] = trial
            sold = tight.demand.quantities_at(prices).sum(axis=1)[:, tight.own]
            earned = np.where(
                sold @ tight.seconds <= tight.capacity, (sold * (trial - tight.cost)).sum(axis=1), -np.inf
            )
            mine = float(tight.profit(best.price))
            # Where load jumps at the shadow price machines stand idle, and a price between the two peaks may use them.
            slack = 1.0 - tight.load(best.price) / tight.capacity
            assert earned.max() <= mine + 1e-6 * abs(mine) or slack > 1e-6


def test_between_two_kinds_of_buyers_there_is_a_price_that_is_worse_than_either_side() -> None:
    """Developers at a low price or enterprises at a high one: a seller that begins at one finds the other."""
    demand = LogLogit(
        appeal=np.array([[1.0], [3.0]]),
        outside=np.zeros(2),
        sensitivity=np.array([4.0, 2.5]),
        own_cost=np.array([0.1, 20.0]),
        elasticity=np.ones(2),
        reference=10.0,
        size=np.array([40.0, 300.0]),
    )
    alone = np.zeros(1, dtype=np.intp)
    prices = {}
    for begin in (0.5, 60.0):
        problem = Problem(demand, np.array([begin]), alone, np.array([0.2]), np.array([50.0]), np.inf)
        prices[begin] = best_at(problem, 0.0, np.array([begin]))
    assert_allclose(prices[0.5], prices[60.0], rtol=1e-6)


def test_a_seller_that_turns_buyers_away_gains_from_a_rise_all_that_it_does_not_serve() -> None:
    board = board_of(5.0, [5.0])
    view = View(board, demand_for(board))
    books = books_for(board, conduct=Conduct(menu_cost=0.15))
    load = pricing_problem(books, view).load(board.price[books.own])
    overrun = replace(books, planned=0.6 * load)
    decision = BestResponse().review(overrun, view, luck())
    # Were what it cannot serve counted as sold, at the shadow price, the gain would not be worth the menu cost.
    problem = pricing_problem(overrun, view)
    now, then = problem.net_profits(np.array([[5.0], best_response(problem).price]), decision.shadow)
    assert then - now < 0.15 * 5.0 * view.demand.quantities(board.price)[0]
    assert_allclose(problem.load(decision.price), overrun.planned, rtol=1e-9)
    assert decision.price[0] > 7.0
