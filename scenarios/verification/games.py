"""Worlds of the textbook's games: few sellers, buyers who choose anew at every moment, and what is seen of them."""

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np

from pricewar.agents.demand import ResponseSpec
from pricewar.agents.pricing import StrategySpec
from pricewar.agents.pricing.books import Conduct
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import Simulation, prepare
from pricewar.scenarios.verification.answers import KnownAnswer
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.kernel.clock import Process
from pricewar.sim.market.board import MarketTerms
from pricewar.sim.market.demand import Floats

Z = 3.89
"""Standard errors by which a mean is off with a chance of 1e-4, two-sided."""
EVENING = 0.9
"""Part of a day at which it is looked back upon: the market has cleared and the books are closed."""
AT_ONCE = {"contract": 1e-3, "potential": 1.0}
"""Buyers whose contracts end at every moment, so that what is sold is demanded at today's prices; size one."""


def together() -> Conduct:
    """Everybody reviews at the same instants: before the first evening, and once a day from the third day on."""
    return Conduct(review_rate=1.6, regular=True, phase=0.0, menu_cost=0.0)


def in_turn(j: int, sellers: int = 2) -> Conduct:
    """The j-th of several sellers who review in turn, one a day."""
    return Conduct(review_rate=1.0 / sellers, regular=True, phase=j / sellers, menu_cost=0.0)


def game(
    response: ResponseSpec,
    strategies: Sequence[StrategySpec],
    opening: Sequence[float],
    *,
    days: int,
    costs: Sequence[float] | None = None,
    conduct: Callable[[int], Conduct] | None = None,
    books: bool = False,
) -> Scenario:
    """A world without a past, of sellers `seller-0`, ... with these strategies, opening prices and marginal costs.

    costs: left out, zero. conduct: how the j-th reviews; left out, all together, daily. books: whether the market
    clears every day.
    """
    sellers = [
        seller({"price": price, "cost": cost}, strategy=strategy, conduct=conduct(j) if conduct else together())
        for j, (strategy, price, cost) in enumerate(
            zip(strategies, opening, costs or [0.0] * len(strategies), strict=True)
        )
    ]
    # Nobody asks which cut a cut answers: that takes half of the time, and no price depends on it.
    market = MarketTerms(share_lag=0, prior_customers=0.0, attention_window=0.0)
    return world(sellers, response, days=days, segment=AT_ONCE, burn_in=0, books=books, market=market)


def evenings(scenario: Scenario, seed: int, seen: Callable[[Simulation], Floats]) -> Floats:
    """What is seen on the evening of every day, shape (days, ...)."""
    simulation, notes = prepare(scenario, seed), []

    def observer() -> Process:
        clock = simulation.world.clock
        yield clock.timeout(EVENING)
        while True:
            notes.append(seen(simulation).copy())
            yield clock.timeout(1.0)

    simulation.world.clock.process(observer())
    simulation.run()
    return np.array(notes)


def posted_prices(scenario: Scenario, seed: int = 1) -> Floats:
    """Prices of every evening, shape (days, sellers). [money/Mtok]"""
    return evenings(scenario, seed, lambda simulation: simulation.world.board.price)


def daily_profits(scenario: Scenario, seed: int = 1) -> Floats:
    """What the ledger says that each seller has earned on each day, shape (days, sellers). [money]"""

    def balances(simulation: Simulation) -> Floats:
        return np.array([simulation.world.ledger.balance(firm.name) for firm in simulation.firms])

    return np.diff(evenings(scenario, seed, balances), axis=0, prepend=0.0)


def mean_answer(what: str, expected: float, draws: Floats) -> KnownAnswer:
    """A mean of independent draws, with the tolerance that their standard error gives at an error rate of 1e-4."""
    spread = float(draws.std(ddof=1)) / sqrt(draws.size)
    return KnownAnswer(what=what, expected=expected, obtained=float(draws.mean()), tolerance=Z * spread)
