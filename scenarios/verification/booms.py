"""Tacit collusion in public booms: wars while demand is high (Rotemberg & Saloner 1986).

The sellers of `collusion`, who see the day's demand before they price.
"""

from collections.abc import Iterator, Mapping
from math import sqrt

import numpy as np
import polars as pl

from pricewar.agents.buyers.demand_shocks import DemandShock, DemandShocks
from pricewar.agents.pricing.books import View
from pricewar.agents.pricing.boom import RotembergSaloner
from pricewar.agents.sellers.books import books_of
from pricewar.scenarios.run.play import play, prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.collusion import MONOPOLY, MOST, market

SALONER = "Rotemberg & Saloner (1986), demand states 1 and 2 (or as named), D = state times (1 - p)"


def states(factors: Mapping[str, tuple[float, float]]) -> dict[str, DemandShock]:
    """States of demand other than the usual one: volume and chance, by name."""
    return {name: DemandShock(factor=factor, probability=chance) for name, (factor, chance) in factors.items()}


def posted_by_state(
    factors: Mapping[str, tuple[float, float]], discount: float, sellers: int = 2, days: int = 25
) -> dict[float, float]:
    """Prices that such sellers post, by the volume of the day over the usual one. Raises ValueError where they differ.

    factors: volume and chance of every state but the usual one.
    """
    strategy = RotembergSaloner(states=states(factors), usual=1.0, discount=discount, sellers=sellers)
    shocks = DemandShocks(states=states(factors))
    tables = play(market({f"s{j}": strategy for j in range(sellers)}, shocks, days=days + 1, prices={})).tables
    daily = tables["offers_daily"].filter(pl.col("day") >= 1)
    volume = tables["segments_daily"].select("day", "potential")
    posted: dict[float, float] = {}
    for (state,), rows in daily.join(volume, on="day").group_by("potential"):
        prices = rows["price"].unique().to_list()
        if len(prices) != 1:
            raise ValueError(f"sellers post {prices} in the state {state}")
        posted[float(str(state))] = float(prices[0])
    return posted


def highest_price(volume: float, factors: Mapping[str, tuple[float, float]], discount: float, sellers: int) -> float:
    """What theory says of a state: mean profits are iterated down from full collusion until every state is kept."""
    chances = [chance for _, chance in factors.values()]
    all_states = [*((factor, chance) for factor, chance in factors.values()), (1.0, 1.0 - sum(chances))]
    kappa = discount / (1.0 - discount) / (sellers - 1)
    mean = sum(factor * chance for factor, chance in all_states) * MOST
    for _ in range(20_000):
        mean = sum(chance * min(factor * MOST, kappa * mean) for factor, chance in all_states)
    return (1.0 - sqrt(max(0.0, 1.0 - min(1.0, kappa * mean / (volume * MOST))))) / 2.0


BOOM = {"boom": (2.0, 0.5)}
"""The paper's example: demand is 1 or 2, as likely."""
THREE = {"slump": (0.6, 0.25), "boom": (1.5, 0.25)}


def wars_in_the_boom() -> Iterator[KnownAnswer]:
    """The posted prices of every state: below the monopoly price where today is large against the future."""
    posted = posted_by_state(BOOM, 0.55)
    yield from each(
        "two states, discount .55",
        ("boom price", "recession price"),
        (0.268544975057, 0.5),
        (posted[2.0], posted[1.0]),
        tolerance=5e-13,
    )
    for factors, discount, sellers in ((BOOM, 0.52, 2), (THREE, 0.68, 3), (BOOM, 0.6, 2)):
        case = posted_by_state(factors, discount, sellers)
        for volume, price in sorted(case.items()):
            yield KnownAnswer(
                what=f"{len(factors) + 1} states, {sellers} sellers, discount {discount:g}: price at volume {volume:g}",
                expected=highest_price(volume, factors, discount, sellers),
                obtained=price,
                tolerance=1e-9,
            )
    at_cost = [price for price in posted_by_state(BOOM, 0.45).values() if price == 0.0]
    yield KnownAnswer(
        what="states with two sellers at cost where nothing can be kept, discount .45",
        expected=2.0,
        obtained=len(at_cost),
    )


def full_collusion() -> Iterator[KnownAnswer]:
    """The least discount factor at which the monopoly price is asked in the boom too, from the sellers' own reviews."""
    for factors, sellers, printed in ((BOOM, 2, 4.0 / 7.0), (THREE, 3, 0.0)):
        largest = max(factor for factor, _ in factors.values())
        mean = 1.0 + sum(chance * (factor - 1.0) for factor, chance in factors.values())
        # (n-1) theta_max <= d/(1-d) mean
        odds = (sellers - 1) * largest / mean
        yield KnownAnswer(
            what=f"least discount factor of full collusion, {len(factors) + 1} states, {sellers} sellers",
            expected=printed or odds / (1.0 + odds),
            obtained=_least_discount(factors, sellers),
            tolerance=1e-9,
        )


def _least_discount(factors: Mapping[str, tuple[float, float]], sellers: int) -> float:
    """Halve the interval between discount factors at which the boom price is and is not the monopoly's."""
    shocks = DemandShocks(states=states(factors))
    boom = max(factor for factor, _ in factors.values())

    def strategy(discount: float) -> RotembergSaloner:
        return RotembergSaloner(states=states(factors), usual=1.0, discount=discount, sellers=sellers)

    simulation = prepare(market({f"s{j}": strategy(0.9) for j in range(sellers)}, shocks, days=60, prices={}), seed=1)
    lived, firm = simulation.world, simulation.firms[0]
    lived.clock.run(until=1)
    while float(lived.buyers.potential(lived.clock.now)[0]) != boom:
        lived.clock.run(until=lived.clock.now + 1)
    books, view, luck = books_of(firm), View(lived.board, lived.demand()), np.random.default_rng(1)
    low, high = 0.0, 1.0
    while high - low > 1e-10:
        middle = (low + high) / 2.0
        # At the edge the boom price falls from the monopoly's like a square root, so a little lower is much lower.
        full = float(strategy(middle).review(books, view, luck).price[0]) >= MONOPOLY * (1.0 - 1e-9)
        low, high = (low, middle) if full else (middle, high)
    return high


CHECKS: tuple[Check, ...] = (
    Check(name="collusion.booms", source=SALONER, ask=wars_in_the_boom),
    Check(name="collusion.full", source=SALONER, ask=full_collusion),
)
