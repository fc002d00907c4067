"""Buyers as an exact aggregate: of one kind of buyers with memoryless contracts, who is found where is multinomial.

A market of two sellers with scripted prices, one of which changes once; what is expected is computed from the chain of
one buyer alone, in `_found`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from pricewar.agents.buyers.population import ContinuousPopulation, SampledPopulation
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.replay import Dated, Replay
from pricewar.scenarios.config.schema import BuyerTerms, Scenario
from pricewar.scenarios.run.play import prepare
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.scenarios.verification.worlds import POTENTIAL, seller, world
from pricewar.sim.kernel.clock import Phase
from pricewar.sim.market.demand import Floats, Ints

Z = 3.89
"""Standard errors that chance exceeds once in ten thousand."""
COUNT = 40_000
MU, VALUE, CONTRACT, LOYALTY = 0.5, 2.0, 20.0, 1.0
BURN_IN, CUT, LAST = 5, 10, 60
"""Days before the first, day of the price change, and last day."""
BEFORE, AFTER = (1.6, 1.8), (1.6, 1.2)
"""Prices of the two sellers."""
CLOSES = (9, 19, 59)
"""Days at whose close one looks."""
NAMES = ("nothing", "east", "west")


def _market(loyalty: float, *, sampled: bool) -> Scenario:
    """East keeps its price; west changes it on a day, at the first instant for reviews."""
    daily = Conduct(review_rate=1.0, regular=True, phase=0.0)
    path = {"main": [Dated(day=float(CUT), price=AFTER[1])]}
    lines = [{"tier": "main", "price": price, "cost": 1.0, "value": VALUE} for price in BEFORE]
    made = world(
        {"east": seller(lines[0], strategy=Fixed()), "west": seller(lines[1], strategy=Replay(path=path))},
        LinearResponse(mu=MU, outside=0.0),
        days=LAST,
        segment={"contract": CONTRACT, "loyalty": loyalty},
        conduct=daily,
        burn_in=BURN_IN,
    )
    return replace(made, buyers=BuyerTerms(count=COUNT, kind="sampled" if sampled else "continuum"))


def _once(prices: Sequence[float], loyalty: float) -> Floats:
    """Chances of a choice by supplier, shape (3, 3): the logit, written out."""
    utility = np.tile([0.0, *((VALUE - price) / MU for price in prices)], (3, 1))
    utility[1, 1] += loyalty
    utility[2, 2] += loyalty
    odds = np.exp(utility)
    chances: Floats = odds / odds.sum(axis=1, keepdims=True)
    return chances


def _passed(once: Floats, contracts: float) -> Floats:
    """Chances of where one is found after a time in mean contracts: as many ends as Poisson says, one choice each."""
    total, power, weight = np.zeros_like(once), np.eye(3), np.exp(-contracts)
    for number in range(1, 200):
        total += weight * power
        power, weight = power @ once, weight * contracts / number
    return total


def _span(begin: float, end: float, loyalty: float) -> Floats:
    """The same between two instants, over the change of west's price, shape (3, 3)."""
    change = CUT + Phase.REVIEWS.value
    early = max(0.0, min(end, change) - begin) / CONTRACT
    late = max(0.0, end - max(begin, change)) / CONTRACT
    return _passed(_once(BEFORE, loyalty), early) @ _passed(_once(AFTER, loyalty), late)


def _found(day: int, loyalty: float) -> Floats:
    """Chances of where a buyer is found at a close, shape (3,); the first choice is made without loyalty."""
    first = _once(BEFORE, 0.0)[0]
    expected: Floats = first @ _span(-BURN_IN, day + Phase.CLOSE.value, loyalty)
    return expected


@dataclass
class _Seen:
    """Choice of every buyer at a close, and whether it has signed since its first choice, shapes (N,)."""

    choice: Ints
    renewed: Ints


def _lived(loyalty: float) -> dict[int, _Seen]:
    """Let sampled buyers live in the market, and look at them at the closes."""
    simulation = prepare(_market(loyalty, sampled=True), 1)
    world, seen = simulation.world, dict[int, _Seen]()
    assert isinstance(world.buyers, SampledPopulation)
    (sampled,) = world.buyers.members

    def look() -> None:
        if world.clock.day in CLOSES:
            seen[world.clock.day] = _Seen(sampled.choice.copy(), (sampled.drawn > 1).astype(np.intp))

    world.evening.append(look)
    simulation.run()
    return seen


def _sampled() -> Iterator[KnownAnswer]:
    seen = _lived(LOYALTY)
    for day in CLOSES:
        expected, shares = _found(day, LOYALTY), np.bincount(seen[day].choice, minlength=3) / COUNT
        for name, chance, share in zip(NAMES, expected.tolist(), shares.tolist(), strict=True):
            yield _share(f"{COUNT} loyal buyers, day {day}: {name}", chance, share, COUNT)
    begin, end = CLOSES[0], CLOSES[1]
    expected = _span(begin + Phase.CLOSE.value, end + Phase.CLOSE.value, LOYALTY)
    for j, before in enumerate(NAMES):
        here = seen[begin].choice == j
        then = np.bincount(seen[end].choice[here], minlength=3) / here.sum()
        for k, after in enumerate(NAMES):
            what = f"of those with {before} on day {begin}: with {after} on day {end}"
            yield _share(what, float(expected[j, k]), float(then[k]), float(here.sum()))


def _share(what: str, expected: float, obtained: float, buyers: float) -> KnownAnswer:
    """A share of so many independent buyers."""
    tolerance = Z * sqrt(expected * (1.0 - expected) / buyers)
    return KnownAnswer(what=what, expected=expected, obtained=obtained, tolerance=tolerance)


def _renewals() -> Iterator[KnownAnswer]:
    seen = _lived(LOYALTY)
    for day in CLOSES:
        passed = day + Phase.CLOSE.value + BURN_IN
        expected = -float(np.expm1(-passed / CONTRACT))
        yield _share(f"who has signed again by day {day}", expected, float(seen[day].renewed.mean()), COUNT)


def _continuum() -> Iterator[KnownAnswer]:
    simulation = prepare(_market(0.0, sampled=False), 1)
    world, shares = simulation.world, dict[int, Floats]()
    assert isinstance(world.buyers, ContinuousPopulation)

    def look() -> None:
        shares[world.clock.day] = world.buyers.shares()[0]

    world.evening.append(look)
    simulation.run()
    early, late, change = _once(BEFORE, 0.0)[0], _once(AFTER, 0.0)[0], CUT + Phase.REVIEWS.value
    for day in CLOSES:
        # Nobody is loyal: the share of contracts signed since the change is all that matters.
        old = float(np.exp(-max(0.0, day + Phase.CLOSE.value - change) / CONTRACT))
        expected = late + (early - late) * old
        yield from each(f"a continuum, day {day}", NAMES[1:], expected[1:], shares[day], 1e-12)
    sold = float(simulation.world.sales.recent[-1].sum())
    yield KnownAnswer(
        what="its tokens on the last day [Mtok]", expected=POTENTIAL * float(expected[1:].sum()), obtained=sold,
        tolerance=1e-9,
    )  # fmt: skip


CHAIN = "exact: independent Markov chains, exp(t/contract (P - 1))"
CHECKS = (
    Check(name="buyers.aggregate", source=CHAIN, ask=_sampled),
    Check(name="buyers.renewals", source="exact: contracts end at a constant rate", ask=_renewals),
    Check(name="buyers.continuum", source="closed form: mean of the exact aggregate", ask=_continuum),
)
