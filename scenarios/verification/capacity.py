"""Quantities, capacities, captives and a street: sellers whose goods are alike, or differ in place only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from math import log

import numpy as np

from pricewar.agents.demand import ResponseSpec
from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.demand.hotelling import HotellingResponse
from pricewar.agents.demand.sales import SalesResponse
from pricewar.agents.games.mixed_equilibria import MixedPrice, mean, mean_of_lowest
from pricewar.agents.games.static_nash import StaticNash
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import View
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.grid import GridBestResponse
from pricewar.agents.pricing.mixing import Mixing, equilibrium_prices
from pricewar.agents.sellers.benchmark import nash_prices
from pricewar.scenarios.run.play import prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.games import daily_profits, game, in_turn, mean_answer, posted_prices
from pricewar.sim.kernel.clock import Clock, Process
from pricewar.sim.market.rental import Appetite, Cleared, Stock, clear

LOOKS = 40
"""Quantities at which profit is looked at first."""
NUDGE = 1e-3
"""Change of quantity, as a share of what there is, over which marginal profit is measured."""

Clearing = Callable[[Sequence[Stock]], Cleared]
"""The market: from what is offered to the rent and who lets how much."""


def committed(owner: str, count: float) -> Stock:
    """Machines that are offered at any rent. [accelerator]"""
    return Stock(owner, count, running=0.0)


def best_offer(offered: Sequence[Stock], mine: int, idle: float, running: float, clearing: Clearing) -> float:
    """Machines that earn their owner most if all others offer what they do. [accelerator]

    offered: what everybody offers now, committed. mine: position of the owner's stock among them. idle: what it could
    offer, above 0. [accelerator] running: what running one costs it. [money/accelerator-hour] clearing: how the market
    answers what is offered.
    """
    from scipy.optimize import brentq

    def profit(quantity: float) -> float:
        trial = [replace(stock, count=quantity) if i == mine else stock for i, stock in enumerate(offered)]
        cleared = clearing(trial)
        return cleared.rent * cleared.let.get(offered[mine].owner, 0.0) - running * quantity

    step = NUDGE * idle / LOOKS

    def marginal(quantity: float) -> float:
        """Five points: exact for profits up to the fourth power of quantity."""
        one = profit(quantity + step) - profit(quantity - step)
        two = profit(quantity + 2.0 * step) - profit(quantity - 2.0 * step)
        return (8.0 * one - two) / (12.0 * step)

    looked = np.linspace(0.0, idle, LOOKS + 1)
    best = int(np.argmax([profit(quantity) for quantity in looked.tolist()]))
    low, high = float(looked[max(best - 1, 0)]) + 2.0 * step, float(looked[min(best + 1, LOOKS)])
    if marginal(high) >= 0.0:
        return high
    if marginal(low) <= 0.0:
        return 0.0
    return float(brentq(marginal, low, high, xtol=1e-14 * idle))


EXACT = 1e-10
"""Relative error of what has a closed form."""
FIRST = 3
"""Evenings until everybody draws once a day."""


# Cournot: owners of machines withhold them from the market for rented machines.


@dataclass(frozen=True, slots=True)
class Linear(Appetite):
    """Demand for rented machines in a straight line: `outside` at no rent, none at the `opening` rent."""

    def at(self, rent: float) -> float:
        """Machines asked for at a rent. [accelerator]"""
        return self.inside + self.outside * max(0.0, 1.0 - rent / self.opening)

    def rent(self, supply: float) -> float:
        """Rent at which a supply is all taken. [money/accelerator-hour]"""
        return max(0.0, self.opening * (1.0 - (supply - self.inside) / self.outside))


def cournot(costs: Sequence[float], choke: float, size: float, rounds: int = 30) -> tuple[list[float], float]:
    """What owners come to let who revise their offers in turn, one a day, each as a process; and the rent then.

    costs: of running a machine, by owner; each has as many machines as demand at no rent, `size`.
    """
    clock, appetite = Clock(date(2024, 1, 1), 0), Linear(0.0, size, choke, 1.0)
    market = partial(clear, appetite=appetite, ceiling=choke, elsewhere="nobody")
    offered = [committed(f"owner-{j}", size / (2 * len(costs))) for j in range(len(costs))]

    def revise(j: int) -> Process:
        yield clock.timeout(j)
        while True:
            count = best_offer(offered, j, size, costs[j], market)
            offered[j] = committed(offered[j].owner, count)
            yield clock.timeout(len(costs))

    for j in range(len(costs)):
        clock.process(revise(j))
    clock.run(until=len(costs) * rounds)
    cleared = market(offered)
    return [cleared.let[stock.owner] for stock in offered], cleared.rent


def ask_cournot() -> Iterator[KnownAnswer]:
    """Quantities and rent of P = a - b Q: q = (a - (n+1) c + sum of c) / ((n+1) b)."""
    for costs, choke, size in (((0.1, 0.2, 0.3), 1.0, 1.0), ((0.5, 0.9), 4.0, 300.0)):
        quantity, rent = cournot(costs, choke, size)
        more, total = len(costs) + 1, sum(costs)
        expected = [size / choke * (choke - more * cost + total) / more for cost in costs]
        case = f"P = {choke:g} - {choke / size:.3g} Q"
        yield from each(f"{case}, quantity", [f"c = {c:g}" for c in costs], expected, quantity, relative=EXACT)
        yield from each(f"{case}, price", [""], [(choke + total) / more], [rent], relative=EXACT)


# Kreps and Scheinkman: capacities, then prices.


def capacities(*share: float) -> HomogeneousResponse:
    """D = 1 - p, and the capacities of `seller-0`, ..."""
    return HomogeneousResponse(capacity={f"seller-{j}": k for j, k in enumerate(share)})


def worth(mine: float, rival: float, unit_cost: float) -> float:
    """What a seller earns in a day of price competition at given capacities, less what its capacity costs."""
    market = game(capacities(mine, rival), [Mixing()] * 2, [0.5] * 2, days=1, books=True)
    return float(daily_profits(market)[0, 0]) - unit_cost * mine


def built(unit_cost: float, turns: int = 34, step: float = 0.01) -> tuple[float, float]:
    """Capacities that two owners come to who build in turn, each the best against the other's.

    Each tries its present capacity and two beside it in the market, and takes the top of the parabola through the
    three profits.
    """
    mine, other = 0.15, 0.2
    for _ in range(turns):
        low, here, high = (worth(mine + change, other, unit_cost) for change in (-step, 0.0, step))
        mine, other = other, mine + 0.5 * step * (high - low) / (2.0 * here - low - high)
    return mine, other


def ask_capacity_stage() -> Iterator[KnownAnswer]:
    """Kreps & Scheinkman (1983): capacities with unit cost c are Cournot quantities (1 - c)/3, and price (1 + 2c)/3."""
    for cost in (0.1, 0.4):
        capacity = built(cost)
        posted = posted_prices(game(capacities(*capacity), [Mixing()] * 2, [0.5] * 2, days=1))[-1]
        expected, case, names = (1 - cost) / 3, f"at unit cost {cost:g}", ["first", "second"]
        yield from each(f"capacity {case}", names, [expected] * 2, capacity, relative=EXACT)
        yield from each(f"price {case}", names, [1 - 2 * expected] * 2, posted, relative=EXACT)
    quantities = (0.3, 0.2, 0.1)
    posted = posted_prices(game(capacities(*quantities), [Mixing()] * 3, [0.5] * 3, days=1))[-1]
    yield from each("price of three with Cournot quantities", "123", [0.4] * 3, posted, relative=EXACT)


def drawn(response: ResponseSpec, sellers: int) -> list[MixedPrice]:
    """What each seller in a world with this demand draws its price from."""
    simulation = prepare(game(response, [Mixing()] * sellers, [0.5] * sellers, days=1), seed=1)
    mixed = equilibrium_prices(View(simulation.world.board, simulation.world.demand()), cost=0.0)
    assert mixed is not None
    return [mixed[k] for k in sorted(mixed)]


def ask_subgame() -> Iterator[KnownAnswer]:
    """The mixed subgame: support, F, expectation, expectation of the lower price."""
    for k in (0.5, 0.4):
        prices = drawn(capacities(k, k), 2)
        low, high = (1 - k) ** 2 / (4 * k), (1 - k) / 2
        obtained = [prices[0].low, prices[0].high]
        yield from each(f"k = {k:g}", ["lowest price", "highest price"], [low, high], obtained, relative=EXACT)
        for price in np.linspace(low, high, 5)[1:-1].tolist():
            expected = (price * k - (1 - k) ** 2 / 4) / (price * (2 * k - 1 + price))
            yield from each(f"k = {k:g}, F({price:.4g})", [""], [expected], [prices[1].chance(price)], relative=EXACT)
        yield from each(f"k = {k:g}, profit", [""], [(1 - k) ** 2 / 4], [prices[0].profit], relative=EXACT)
    prices = drawn(capacities(0.5, 0.5), 2)
    yield from each("k = 0.5, E p", [""], [(1 - log(2)) / 2], [mean(prices[0])], relative=EXACT)
    yield from each("k = 0.5, E min p", [""], [0.14018615277339], [mean_of_lowest(prices)], tolerance=5e-15)


def ask_draws() -> Iterator[KnownAnswer]:
    """The same from prices that sellers post in a world, one draw a day each."""
    posted = posted_prices(game(capacities(0.5, 0.5), [Mixing()] * 2, [0.5] * 2, days=1500))[FIRST:]
    yield mean_answer("k = 0.5, mean price posted", (1 - log(2)) / 2, posted.ravel())
    yield mean_answer("k = 0.5, mean lower price posted", 0.14018615277339, posted.min(axis=1))
    share = (0.15 * 0.5 - 0.25 / 4) / 0.15**2
    yield mean_answer("k = 0.5, share of prices below .15", share, (posted < 0.15).ravel().astype(np.float64))
    inside = float(np.sum((posted >= 0.125) & (posted <= 0.25)))
    yield from each("k = 0.5, prices within the support", [""], [posted.size], [inside])


def ask_deviations() -> Iterator[KnownAnswer]:
    """Against a rival that draws, no fixed price earns more than (1 - k)^2/4; outside the support it earns less."""
    k = 0.5
    for price in (0.1, 0.13, 0.15, 0.18, 0.22, 0.24, 0.3):
        market = game(capacities(k, k), [Fixed(), Mixing()], [price, 0.2], days=400, books=True)
        earned = daily_profits(market)[FIRST:, 0]
        expected = min(price * k, (1 - k) ** 2 / 4) if price <= (1 - k) / 2 else price * (1 - price - k)
        answer = mean_answer(f"k = {k:g}, profit a day at the fixed price {price:g}", expected, earned)
        yield replace(answer, tolerance=max(answer.tolerance, EXACT * expected))


# Edgeworth's cycle, sales, a street.


def ask_edgeworth() -> Iterator[KnownAnswer]:
    """Myopic answers in turn on a grid of .01, capacities of one half: .25 to .13 by steps of .01, and back."""
    cents = GridBestResponse(top=1.0, steps=100)
    market = game(capacities(0.5, 0.5), [cents] * 2, [0.25] * 2, days=42, conduct=in_turn)
    simulation = prepare(market, seed=1)
    simulation.run()
    moves = [move.after for move in simulation.world.board.moves[2:]]
    tops = [i for i, price in enumerate(moves) if price == max(moves)]
    yield from each("moves of a cycle", [f"cycle {i + 1}" for i in range(2)], [13] * 2, np.diff(tops)[:2])
    cycle = moves[tops[0] : tops[1] + 1]
    expected = [*(cent / 100 for cent in range(25, 12, -1)), 0.25]
    yield from each("price after move", map(str, range(len(expected))), expected, cycle, tolerance=1e-15)


def ask_sales() -> Iterator[KnownAnswer]:
    """Varian's two stores with a quarter of buyers each, and his n stores, F from 1 - ((1 - p) U / (p I))^(1/(n-1))."""
    response = SalesResponse(captive={"seller-0": 0.25, "seller-1": 0.25})
    prices = drawn(response, 2)
    names = ["lowest price", "mean price"]
    case, obtained = "n = 2, U = .25, I = .5", [prices[0].low, mean(prices[0])]
    yield from each(case, names, [1 / 3, log(3) / 2], obtained, relative=EXACT)
    yield from each(case, ["E min p"], [0.4506938556659452], [mean_of_lowest(prices)], tolerance=5e-16)
    for n, captive in ((3, 0.2), (4, 0.1)):
        shoppers = 1 - n * captive
        some = drawn(SalesResponse(captive={f"seller-{j}": captive for j in range(n)}), n)[n - 1]
        for price in (0.6, 0.9):
            expected = 1 - ((1 - price) * captive / (price * shoppers)) ** (1 / (n - 1))
            yield from each(f"n = {n}, F({price:g})", [""], [expected], [some.chance(price)], relative=EXACT)
    posted = posted_prices(game(response, [Mixing()] * 2, [0.5] * 2, days=1000))[FIRST:]
    yield mean_answer("n = 2, mean price posted", log(3) / 2, posted.ravel())
    yield mean_answer("n = 2, mean lower price posted", 0.4506938556659452, posted.min(axis=1))


def ask_hotelling() -> Iterator[KnownAnswer]:
    """Best-responding sellers at the ends of a street come to rest at t + (2 c + c')/3."""
    for transport, costs in ((1.0, (0.1, 0.4)), (0.5, (1.0, 0.7))):
        response = HotellingResponse(transport=transport)
        market = game(response, [BestResponse()] * 2, [2.0, 1.0], costs=costs, days=60, books=True)
        simulation = prepare(market, seed=1)
        simulation.run()
        expected = [transport + (2 * mine + other) / 3 for mine, other in (costs, costs[::-1])]
        share = 0.5 + (expected[1] - expected[0]) / (2 * transport)
        case, ends, shares = f"t = {transport:g}, c = {costs}", ["left", "right"], [share, 1 - share]
        posted, sold = simulation.world.board.price, simulation.world.buyers.shares()[0]
        yield from each(f"{case}, price at rest", ends, expected, posted, relative=EXACT)
        yield from each(f"{case}, share", ends, shares, sold, relative=EXACT)
        solved = nash_prices(simulation.world, StaticNash())
        yield from each(f"{case}, Nash price", ends, expected, solved, relative=EXACT)
        served = simulation.world.true_demand().shares(solved)[0]
        yield from each(f"{case}, share at Nash prices", ends, shares, served, relative=EXACT)


CHECKS: tuple[Check, ...] = (
    Check(name="capacity.cournot", source="Cournot (1838)", ask=ask_cournot),
    Check(name="capacity.stage", source="Kreps & Scheinkman (1983)", ask=ask_capacity_stage),
    Check(name="capacity.subgame", source="Levitan & Shubik (1972); Kreps & Scheinkman (1983)", ask=ask_subgame),
    Check(name="capacity.draws", source="Kreps & Scheinkman (1983)", ask=ask_draws),
    Check(name="capacity.deviations", source="Kreps & Scheinkman (1983)", ask=ask_deviations, slow=True),
    Check(name="capacity.edgeworth", source="Edgeworth (1925): best answers on the grid, by hand", ask=ask_edgeworth),
    Check(name="capacity.sales", source="Varian (1980)", ask=ask_sales),
    Check(name="capacity.street", source="Hotelling (1929); Tirole (1988), ch. 7", ask=ask_hotelling),
)
