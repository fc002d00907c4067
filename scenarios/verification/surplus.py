"""Consumer surplus: what buyers of a market have, against areas under demand written out and integrated apart.

Contracts last half a day, so that everybody has chosen anew by the day looked at; where it is said, for good.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import exp, log
from typing import Literal

import numpy as np

from pricewar.agents.demand import ResponseSpec
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.pricing import StrategySpec
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.replay import Dated, Replay
from pricewar.agents.sellers.spec import Fleet
from pricewar.scenarios.config.schema import BuyerTerms
from pricewar.scenarios.run.play import play
from pricewar.scenarios.verification.answers import Check, KnownAnswer
from pricewar.scenarios.verification.worlds import POTENTIAL, seller, world
from pricewar.sim.market.board import MarketTerms
from pricewar.sim.market.demand import Floats
from pricewar.sim.units import DAY_SECONDS

MU, VALUE, OWN, REFERENCE, ETA = 0.5, 2.0, 0.5, 10.0, 2.0
APPEALS = (0.4, -0.2)
DEAR, CHEAP = (6.0, 8.0), (0.0, 3.0)
"""Two boards of the log logit, one with a free offer."""
KINDS: tuple[Literal["continuum"], Literal["sampled"]] = ("continuum", "sampled")
"""Of buyers."""
EXACT = 1e-9
CHANGE, LAST = 20, 40


def lived(
    response: ResponseSpec,
    prices: Sequence[float],
    *,
    kind: Literal["continuum", "sampled"] = "continuum",
    contract: float = 0.5,
    later: Sequence[float] | None = None,
    work: float | None = None,
) -> float:
    """Surplus on the last day. [money/day]

    kind: of buyers. later: prices from a day on that is well before the last. work: that the first seller's machines
    can do in a day; without limit if None. [Mtok/day]
    """
    lines = [{"tier": "main", "price": price, "cost": 0.0, "value": VALUE, "appeal": appeal}
             for price, appeal in zip(prices, APPEALS, strict=True)]  # fmt: skip
    strategies: list[StrategySpec] = [Fixed()] * 2
    if later is not None:
        strategies = [Replay(path={"main": [Dated(day=float(CHANGE), price=price)]}) for price in later]
    fleets = [None if work is None else Fleet(accelerators=work / DAY_SECONDS), None]
    sellers = [
        seller(line, strategy=strategy, fleet=fleet, role="cloud", invests=False)
        for line, strategy, fleet in zip(lines, strategies, fleets, strict=True)
    ]
    scenario = world(
        sellers,
        response,
        days=LAST,
        segment={"contract": contract},
        burn_in=1,
        market=MarketTerms(patience=0.0, mobility=0.0),
        conduct=Conduct(review_rate=1.0, regular=True, phase=0.0),
        buyers=BuyerTerms(count=1 if kind == "continuum" else 500, kind=kind),
        max_utilisation=1.0,
    )
    people = play(scenario).tables["segments_daily"]
    return float(people.filter(people["day"] == LAST - 1)["surplus"].item())


def bought(price: Floats, epsilon: float) -> Floats:
    """Tokens of the log logit, written out, shape (2,). [Mtok/day]"""
    ratio = (price + OWN) / (REFERENCE + OWN)
    felt = np.log(ratio) if epsilon == 1.0 else (ratio ** (1.0 - epsilon) - 1.0) / (1.0 - epsilon)
    odds = np.exp(np.array(APPEALS) - ETA * felt)
    tokens: Floats = POTENTIAL * odds / (1.0 + odds.sum()) * ratio**-epsilon
    return tokens


def area(epsilon: float) -> float:
    """What a fall from `DEAR` to `CHEAP` gives buyers: tokens times the fall, along the straight line. [money/day]"""
    from scipy.integrate import quad

    start, end = np.array(DEAR), np.array(CHEAP)

    def at(step: float) -> float:
        return float(bought(start + step * (end - start), epsilon) @ (start - end))

    return float(sum(quad(at, low, high, epsrel=1e-12)[0] for low, high in pairwise((0.0, 0.5, 0.9, 0.99, 1.0))))


def _area() -> Iterator[KnownAnswer]:
    for epsilon in (0.0, 0.85, 1.0):
        response, gain = LogResponse(eta=ETA, epsilon=epsilon, own_cost=OWN, reference=REFERENCE), area(epsilon)
        for kind in KINDS:
            yield KnownAnswer(
                what=f"a fall of prices from 6 and 8 to 0 and 3, ε = {epsilon:g}, {kind}",
                expected=gain,
                obtained=lived(response, DEAR, kind=kind, later=CHEAP) - lived(response, DEAR, kind=kind),
                tolerance=EXACT * gain,
            )


def utility(prices: Sequence[float]) -> Floats:
    """Of both offers of the linear logit. [util]"""
    return np.array([(VALUE - price) / MU + appeal for price, appeal in zip(prices, APPEALS, strict=True)])


def worth(prices: Sequence[float]) -> float:
    """Log-sum over buying nothing, in money. [money/day]"""
    return POTENTIAL * MU * log(1.0 + sum(exp(u) for u in utility(prices).tolist()))


def shares(prices: Sequence[float]) -> Floats:
    """The logit, shape (2,). [1]"""
    odds = np.exp(utility(prices))
    chosen: Floats = odds / (1.0 + odds.sum())
    return chosen


def _log_sum() -> Iterator[KnownAnswer]:
    prices = (1.4, 1.1)
    for kind in KINDS:
        yield KnownAnswer(
            what=f"linear logit, {kind}",
            expected=worth(prices),
            obtained=lived(LinearResponse(mu=MU), prices, kind=kind),
            tolerance=EXACT * worth(prices),
        )


def _bound() -> Iterator[KnownAnswer]:
    """Buyers under contract get what they have chosen: a change of a price is worth it times the tokens bound to it."""
    before, after = (1.4, 1.1), (1.0, 1.3)
    fall = np.subtract(before, after)
    obtained = lived(LinearResponse(mu=MU), before, contract=1e12, later=after)
    expected = worth(before) + POTENTIAL * float(shares(before) @ fall)
    yield KnownAnswer(
        what="buyers bound for good, prices from 1.4 and 1.1 to 1.0 and 1.3",
        expected=expected,
        obtained=obtained,
        tolerance=EXACT * expected,
    )
    obtained = lived(LinearResponse(mu=MU), before, later=after)
    yield KnownAnswer(
        what="the same, of buyers who choose anew", expected=worth(after), obtained=obtained,
        tolerance=EXACT * worth(after),
    )  # fmt: skip


def _rationed() -> Iterator[KnownAnswer]:
    """A seller whose machines serve a third of what is asked gives its customers a third of their surplus."""
    prices = (1.4, 1.1)
    share = shares(prices)
    obtained = lived(LinearResponse(mu=MU), prices, work=POTENTIAL * float(share[0]) / 3.0)
    expected = worth(prices) * (1.0 - share[0] * 2.0 / 3.0)
    yield KnownAnswer(
        what="one of two sellers serves a third", expected=expected, obtained=obtained, tolerance=EXACT * expected
    )


CHECKS = (
    Check(name="surplus.log_sum", source="McFadden (1974); Small & Rosen (1981)", ask=_log_sum),
    Check(name="surplus.area", source="Roy's identity: the area under demand, by quadrature", ask=_area),
    Check(name="surplus.bound", source="by hand: what is chosen, at today's price", ask=_bound),
    Check(name="surplus.rationed", source="by hand: times the share served", ask=_rationed),
)
