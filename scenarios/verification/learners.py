"""Learning sellers: the published sessions to the last bit, their population, and the same learners in a market."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from math import log, sqrt

import numpy as np

from pricewar.agents.demand.linear_logit import LinearLogit
from pricewar.agents.games.q_learning.game import Benchmarks, Game, benchmarks, every_choice, game_of, grid, grid_around
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.learner_memory import Memory
from pricewar.agents.pricing.q_learner import QLearner
from pricewar.agents.pricing.sequential_q_learner import SequentialQLearner
from pricewar.scenarios.run.play import prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.learner_draws import OwnDraws, PublishedDraws, published_start
from pricewar.scenarios.verification.learner_sessions import Deviation, Habits, deviation, many, session, turns
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.demand import Floats

SEED = 20
"""Of the populations."""
SPREAD = 0.112
"""Standard deviation of Delta over the published sessions."""
ERROR = 1e-4
"""How often chance alone may exceed a tolerance that is computed from a sample."""


def calvano(cost: Sequence[float], *, digits: int | None = None) -> tuple[Game, Benchmarks]:
    """The logit game of Calvano et al. (2020): a = 2, a0 = 0, mu = 1/4, 15 prices, xi = .1, one seller a cost.

    digits: decimals of the Nash and cartel prices from which the grids are made; the published ones have five.
    """
    n, costs = len(cost), np.array(cost)
    demand = LinearLogit(np.full((1, n), 8.0), np.zeros(1), np.array([0.25]), np.ones(1))
    ends = benchmarks(demand, costs, costs + 0.7)
    pairs = np.stack([ends.nash, ends.joint], axis=1)
    pairs = pairs if digits is None else pairs.round(digits)
    prices = np.stack([grid_around(low, high, 0.1, 15) for low, high in pairs.tolist()])
    return game_of(demand.quantities, costs, prices), ends


# The published sessions.


def published(game: Game, number: int) -> tuple[int, list[int]]:
    """Periods that a published session takes, and its cycle with states counted from one, the lowest first."""
    draws, start = PublishedDraws(number, game.n), published_start(number, game.n, game.m)
    played = session(game, QLearner(), draws, start)
    cycle = [state + 1 for state in Habits.of(game, played).cycle]
    lowest = cycle.index(min(cycle))
    return played.periods, cycle[lowest:] + cycle[:lowest]


def _sessions(expected: dict[int, tuple[int, list[int]]]) -> Iterator[KnownAnswer]:
    game, _ = calvano((1.0, 1.0), digits=5)
    for number, (periods, cycle) in expected.items():
        taken, states = published(game, number)
        yield KnownAnswer(what=f"periods of session {number}", expected=periods, obtained=taken)
        for place, (right, state) in enumerate(zip_longest(cycle, states, fillvalue=0), 1):
            yield KnownAnswer(what=f"state {place} of its cycle, session {number}", expected=right, obtained=state)


def _second_session() -> Iterator[KnownAnswer]:
    yield from each("price of the grid", ["lowest", "highest"], (1.4277212341, 1.9701863449),
                    calvano((1.0, 1.0))[0].price[0, [0, -1]], tolerance=5e-11)  # fmt: skip
    yield from _sessions({2: (1_508_026, [145])})


def _other_sessions() -> Iterator[KnownAnswer]:
    yield from _sessions({1: (1_779_187, [84, 194, 190]), 3: (1_523_143, [180, 192, 191])})


# Populations with luck of their own.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a session ends with."""

    gain: float
    """Delta. [1]"""
    cycle: int
    """Length of the cycle. [period]"""
    after: Deviation | None
    """What a forced deviation does, where it is asked for."""


def own_session(game: Game, ends: Benchmarks, learner: QLearner, deviate: bool, number: int) -> Outcome:
    """One session in which every learner has a stream of its own."""
    streams = Streams(SEED)
    luck = [streams(f"session {number}", f"learner {i}") for i in range(game.n)]
    start = [int(game.m * one.random()) for one in luck]
    habits = Habits.of(game, session(game, learner, OwnDraws(luck), start))
    after = deviation(habits, learner.discount, 4) if deviate else None
    return Outcome(ends.gain(float(habits.profit().mean())), len(habits.cycle), after)


def population(cost: Sequence[float], count: int, *, deviate: bool = False) -> list[Outcome]:
    """Independent sessions of the published game with these costs."""
    game, ends = calvano(cost)
    return many(partial(own_session, game, ends, QLearner(), deviate), range(count))


def sampled(what: str, expected: float, sample: Sequence[float] | Floats, rounding: float) -> KnownAnswer:
    """A mean against a known one; tolerance from the sample's standard error and the rounding of what is printed."""
    from scipy.stats import t

    count = len(sample)
    reach = float(t.ppf(1.0 - ERROR / 2.0, count - 1)) * float(np.std(sample, ddof=1)) / sqrt(count)
    return KnownAnswer(what=what, expected=expected, obtained=float(np.mean(sample)), tolerance=reach + rounding)


def _hundred() -> Iterator[KnownAnswer]:
    outcomes = population((1.0, 1.0), 100, deviate=True)
    gains = [outcome.gain for outcome in outcomes]
    tolerance = 3.0 * SPREAD / sqrt(len(gains))
    yield KnownAnswer(what="profit gain, n = 2", expected=0.8487, obtained=float(np.mean(gains)), tolerance=tolerance)
    cycles = np.array([outcome.cycle for outcome in outcomes])
    for name, share, there in (
        ("one", 0.643, cycles == 1), ("two", 0.238, cycles == 2), ("one or two", 0.881, cycles <= 2)
    ):  # fmt: skip
        reach = 3.89 * sqrt(share * (1.0 - share) / cycles.size)
        yield KnownAnswer(
            what=f"share of cycles of {name}", expected=share, obtained=float(there.mean()), tolerance=reach
        )
    after = [outcome.after for outcome in outcomes if outcome.after is not None]
    printed = ("before", 1.7913), ("forced", 1.6106), ("1 later", 1.5657), ("2 later", 1.5739), ("3 later", 1.6379)
    for period, (name, price) in enumerate(printed):
        sample = [float(each_.deviator[period]) for each_ in after]
        yield sampled(f"deviator's price, {name}", price, sample, 5e-5)
    lost = [each_.unprofitable for each_ in after if not np.isnan(each_.unprofitable)]
    yield sampled("share of deviations that do not pay", 0.9587, lost, 5e-5)


def _more_sellers() -> Iterator[KnownAnswer]:
    for n, count, gain in ((3, 24, 0.643), (4, 10, 0.559)):
        outcomes = population((1.0,) * n, count)
        yield sampled(f"profit gain, n = {n}", gain, [outcome.gain for outcome in outcomes], 5e-4)


def _unequal() -> Iterator[KnownAnswer]:
    for cost, gain in ((0.5, 0.759), (0.25, 0.713)):
        outcomes = population((1.0, cost), 60)
        yield sampled(f"profit gain, c2 = {cost:g}", gain, [outcome.gain for outcome in outcomes], 5e-4)


# Sellers who move in turn.


def own_turns(game: Game, learner: SequentialQLearner, number: int) -> float:
    """Profit per seller at the end of one session with streams of its own."""
    streams = Streams(SEED)
    luck = [streams(f"turns {number}", f"learner {i}") for i in range(2)]
    start = [int(game.m * one.random()) for one in luck]
    return float(turns(game, learner, OwnDraws(luck), start, rounds=learner.learning).profit.mean())


def cheapest_takes_all(price: Floats) -> Floats:
    """Quantities where D = 1 - p goes to whoever asks least, in equal parts, shape (n,)."""
    cheapest = price == price.min()
    sold: Floats = cheapest * max(0.0, 1.0 - float(price.min())) / cheapest.sum()
    return sold


def _klein() -> Iterator[KnownAnswer]:
    for k, profit in ((6, 0.1089), (12, 0.1017), (24, 0.1060)):
        game = game_of(cheapest_takes_all, np.zeros(2), np.tile(np.arange(k + 1) / k, (2, 1)))
        learner = SequentialQLearner(grid=k + 1, low=0.0, high=1.0)
        profits = many(partial(own_turns, game, learner), range(400))
        yield KnownAnswer(
            what=f"profit per seller, k = {k}", expected=profit, obtained=float(np.mean(profits)), tolerance=0.003
        )


# Learners in a market.


def market(learner: QLearner | SequentialQLearner, phases: tuple[float, ...], every: float, days: int) -> list[Memory]:
    """What sellers remember who learn in a market; contracts are so short that shares settle between reviews."""
    sellers = {
        f"seller-{j}": seller(
            {"price": 1.5, "cost": 1.0, "value": 2.0, "tier": "main"},
            strategy=learner,
            conduct=Conduct(review_rate=1.0 / every, regular=True, phase=phase, menu_cost=0.0),
        )
        for j, phase in enumerate(phases)
    }
    simulation = prepare(world(sellers, days=days, segment={"contract": 1e-3, "potential": 1.0}, burn_in=5), SEED)
    simulation.run()
    notes = [firm.notes for firm in simulation.firms]
    return [note["main"] for note in notes if isinstance(note, dict)]


def _luck() -> OwnDraws:
    streams = Streams(SEED)
    return OwnDraws([streams(f"seller-{j}", "strategy") for j in range(2)])


def _market() -> Iterator[KnownAnswer]:
    """The market's learners against the engine of the published sessions, given the same luck."""
    learner = QLearner(fade=1e-3)
    memories = market(learner, (0.0, 0.0), 1.0, 800)
    reviews = round(log(memories[0].exploring) / -learner.fade)
    start = [memory.position(1.5) for memory in memories]
    expected = session(calvano((1.0, 1.0))[0], learner, _luck(), start, longest=reviews - 1).worth
    states = every_choice(2, 15).tolist()
    worth = np.array([[memory.at((state[i], state[1 - i])).worth for i, memory in enumerate(memories)]
                      for state in states])  # fmt: skip
    alike = int(np.isclose(worth, expected, rtol=1e-9, atol=0.0).sum())
    yield KnownAnswer(what="worths that are alike", expected=expected.size, obtained=alike, kind="consistency")
    yield KnownAnswer(
        what="states met", expected=100.0, obtained=float(len(memories[0].cells)), relation="≥"
    )  # else the row above says little


def _market_in_turn() -> Iterator[KnownAnswer]:
    """The same for sellers who move in turn."""
    learner = SequentialQLearner(learning=300, low=1.0, high=2.0)
    memories = market(learner, (0.0, 0.5), 2.0, 800)
    rounds = round(log(memories[0].exploring) / log(learner.fading))
    demand = LinearLogit(np.full((1, 2), 8.0), np.zeros(1), np.array([0.25]), np.ones(1))
    game = game_of(demand.quantities, np.ones(2), np.tile(grid(1.0, 2.0, 7), (2, 1)))
    start = [memory.position(1.5) for memory in memories]
    expected = turns(game, learner, _luck(), start, rounds=rounds).worth
    worth = np.array([[memory.at((facing,)).worth for memory in memories] for facing in range(7)])
    alike = int(np.isclose(worth, expected, rtol=0.0, atol=1e-9 * expected.max()).sum())
    yield KnownAnswer(what="worths that are alike", expected=expected.size, obtained=alike, kind="consistency")
    yield KnownAnswer(what="greatest worth", expected=0.5, obtained=float(worth.max()), relation="≥")


CALVANO, KLEIN = "Calvano, Calzolari, Denicolò & Pastorello (2020)", "Klein (2021)"
CHECKS = (
    Check(name="learners.session", source=f"{CALVANO}: published programs, session 2", ask=_second_session),
    Check(name="learners.sessions", source=f"{CALVANO}: published programs, 1 and 3", ask=_other_sessions, slow=True),
    Check(name="learners.population", source=f"{CALVANO}: a thousand sessions", ask=_hundred, slow=True, compiled=True),
    Check(name="learners.more_sellers", source=f"{CALVANO}: n = 3, 4", ask=_more_sellers, slow=True, compiled=True),
    Check(name="learners.unequal_costs", source=f"{CALVANO}: Table IV", ask=_unequal, slow=True, compiled=True),
    Check(name="learners.turns", source=f"{KLEIN}: k = 6, 12, 24", ask=_klein, slow=True, compiled=True),
    Check(name="learners.market", source=f"{CALVANO}: the same session outside a market", ask=_market),
    Check(name="learners.market_in_turn", source=f"{KLEIN}: the same session outside a market", ask=_market_in_turn),
)
