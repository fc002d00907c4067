"""Buyers against the exact multinomial aggregate: where they are found, how often they choose, and how counts scatter.

Every statistic has a distribution known from theory; it is refused at an error rate of 1e-4, and a wrong claim must be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chi2

from pricewar.agents.buyers.population import ContinuousPopulation
from pricewar.agents.buyers.sampled import SampledBuyers
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.sim.kernel.streams import Streams, own_keys
from pricewar.sim.market.board import Board, Offer
from pricewar.sim.market.demand import Floats, Ints
from tests.reference import plain_population as exact
from tests.reference.plain_population import Matrix, Row

ERROR_RATE = 1e-4
NORMAL = 3.8905918864131203
"""Standard deviations beyond which a normal variable lies with that rate."""
OFFERS = [("ant", "cheap"), ("ant", "flagship"), ("bee", "cheap"), ("cat", "cheap")]
SELLERS = [seller for seller, _ in OFFERS]
APPEAL = [0.2, 0.9, 0.0, -0.4]
DATES = [0.0, 8.0, 20.0, 45.0, 47.5, 100.0]
PRICES = [[8.0, 15.0, 9.0, 7.0], [8.0, 15.0, 9.0, 7.0], [4.0, 15.0, 9.0, 7.0], [4.0, 10.0, 3.0, 7.0]]
PRICES += [[4.0, 10.0, 3.0, 2.0]]
"""Between one date and the next; several are without a change, several with one."""
LOG = LogResponse(eta=2.0, epsilon=0.3, own_cost=0.5, reference=10.0)
PLAIN = Segment(response=LOG, contract=20.0, loyalty=1.2, adoption=None)
MIXED = replace(PLAIN, gateway=0.3, gateway_contract=5.0, home=0.8, sensitive=0.4, privacy=1.5)
LINEAR = replace(PLAIN, response=LinearResponse(mu=4.0, outside=-2.0), loyalty=0.6, contract=35.0)


def board(prices: list[float]) -> Board:
    shown = Board()
    for (seller, tier), appeal, price in zip(OFFERS, APPEAL, prices, strict=True):
        offer = Offer(
            seller=seller, tier=tier, model=tier, capability=0.0, appeal=appeal, value=0.0, open_weights=False,
            inside=False, output_ratio=1.0, launched=0.0,
        )  # fmt: skip
        shown.put(offer, price)
    return shown


@dataclass(frozen=True)
class Kind:
    """Buyers whose tastes are the same."""

    contract: float
    loyalty: float
    home: str | None
    privacy: float

    def once(self, segment: Segment, prices: list[float]) -> Matrix:
        """Chances of the next choice by supplier; the utility is written out for both responses."""
        response = segment.response
        if isinstance(response, LogResponse):
            ratios = [(p + response.own_cost) / (response.reference + response.own_cost) for p in prices]
            power = 1.0 - response.epsilon
            paid = [-response.eta * (np.log(x) if power == 0.0 else (x**power - 1.0) / power) for x in ratios]
            nothing = 0.0
        else:
            assert isinstance(response, LinearResponse)
            paid, nothing = [-p / response.mu for p in prices], response.outside / response.mu
        at_home = [segment.home if seller == self.home else 0.0 for seller in SELLERS]
        utilities = [a + float(p) + h - self.privacy for a, p, h in zip(APPEAL, paid, at_home, strict=True)]
        return exact.chances(utilities, nothing, SELLERS, self.loyalty)

    def steps(self, segment: Segment) -> list[Matrix]:
        """Chances of where one is found at each date, by where one was at the one before."""
        spans = [late - early for early, late in pairwise(DATES)]
        return [
            exact.transition(self.once(segment, prices), span / self.contract)
            for prices, span in zip(PRICES, spans, strict=True)
        ]


def kinds_of(sampled: SampledBuyers) -> dict[Kind, Ints]:
    """Who is of which kind."""
    homes, of_kind = [*sampled.traits.homes, None], dict[Kind, list[int]]()
    for i in range(sampled.count):
        bound = sampled.traits.pace[i] == sampled.segment.contract
        kind = Kind(
            contract=float(sampled.traits.pace[i]),
            loyalty=sampled.segment.loyalty if bound else 0.0,
            home=homes[int(sampled.traits.home[i])],
            privacy=float(sampled.traits.privacy[i]),
        )
        of_kind.setdefault(kind, []).append(i)
    return {kind: np.array(who, dtype=np.intp) for kind, who in of_kind.items()}


@dataclass
class Lived:
    """Sampled buyers, and what was seen of it at every date."""

    sampled: SampledBuyers
    choice: list[Ints]
    drawn: list[Ints]


def lived(segment: Segment, count: int, seed: int = 7, *, twins: bool = False) -> Lived:
    """Let sampled buyers live through the dates. twins: every two buyers have the same luck, which is wrong."""
    homes = {"ant": 0.25, "cat": 0.25} if segment.home else {}
    sampled = SampledBuyers("all", segment, count, homes, Streams(seed))
    if twins:
        who = np.arange(count, dtype=np.uint64) // np.uint64(2)
        keys = [own_keys(Streams(seed).key("all", purpose), who) for purpose in ("choice", "contract")]
        sampled.traits = replace(sampled.traits, keys=np.stack(keys))
    sampled.look(board(PRICES[0]), np.zeros(len(OFFERS)))
    sampled.open(DATES[0])
    seen = Lived(sampled, [sampled.choice.copy()], [sampled.drawn.astype(np.intp)])
    for date, prices in zip(DATES[1:], PRICES, strict=True):
        sampled.look(board(prices), np.zeros(len(OFFERS)))
        sampled.renew(date)
        seen.choice.append(sampled.choice.copy())
        seen.drawn.append(sampled.drawn.astype(np.intp))
    return seen


def moves(seen: Lived, segment: Segment, contract: float = 1.0, loyalty: float = 1.0) -> Iterator[tuple[Ints, Row]]:
    """Counts of where those were found who had been together, with the chances of it; factors of what is claimed."""
    for kind, who in kinds_of(seen.sampled).items():
        once = kind.once(segment, PRICES[0])
        yield np.bincount(seen.choice[0][who], minlength=5), once[0]
        claimed = replace(kind, contract=contract * kind.contract, loyalty=loyalty * kind.loyalty)
        for step, (before, after) in zip(claimed.steps(segment), pairwise(seen.choice), strict=True):
            for j in range(5):
                together = who[before[who] == j]
                yield np.bincount(after[together], minlength=5), step[j]


def surprise(tables: Iterator[tuple[Ints, Row]]) -> tuple[float, int]:
    """Pearson's chi-square of all tables together, and its degrees of freedom."""
    found = [exact.pearson(counts.tolist(), float(counts.sum()), row) for counts, row in tables if counts.sum()]
    return sum(square for square, _ in found), sum(freedom for _, freedom in found)


def credible(square: float, freedom: int) -> bool:
    """Whether a chi-square is neither too large nor too small to be believed."""
    return bool(chi2.ppf(ERROR_RATE / 2, freedom) < square < chi2.isf(ERROR_RATE / 2, freedom))


SEGMENTS = {"one kind": PLAIN, "kinds": MIXED, "linear": LINEAR}


@pytest.mark.parametrize("segment", SEGMENTS.values(), ids=SEGMENTS)
def test_buyers_are_found_where_the_exact_aggregate_has_them(segment: Segment) -> None:
    seen = lived(segment, 40_000)
    square, freedom = surprise(moves(seen, segment))
    assert freedom > 90
    assert credible(square, freedom)
    assert not credible(*surprise(moves(seen, segment, contract=1.1))), "contracts a tenth longer must be refused"
    assert not credible(*surprise(moves(seen, segment, loyalty=0.6))), "loyalty 40 % weaker must be refused"


@pytest.mark.parametrize("segment", SEGMENTS.values(), ids=SEGMENTS)
def test_as_many_renew_as_contracts_end_and_they_choose_by_the_logit(segment: Segment) -> None:
    seen = lived(segment, 40_000, seed=8)

    def renewals(claimed: float) -> Iterator[tuple[Ints, Row]]:
        for kind, who in kinds_of(seen.sampled).items():
            for n, (early, late) in enumerate(pairwise(DATES)):
                ended = exact.renewed((late - early) / (claimed * kind.contract))
                signed = (seen.drawn[n + 1] - seen.drawn[n])[who]
                for j in range(5):
                    here = signed[seen.choice[n][who] == j]
                    yield np.array([(here == 0).sum(), (here > 0).sum()]), [1.0 - ended, ended]

    def choices() -> Iterator[tuple[Ints, Row]]:
        for kind, who in kinds_of(seen.sampled).items():
            for n, prices in enumerate(PRICES):
                signed, once = (seen.drawn[n + 1] - seen.drawn[n])[who], kind.once(segment, prices)
                for j in range(5):
                    one = who[(signed == 1) & (seen.choice[n][who] == j)]
                    yield np.bincount(seen.choice[n + 1][one], minlength=5), once[j]

    assert credible(*surprise(renewals(1.0)))
    assert not credible(*surprise(renewals(1.1)))
    assert credible(*surprise(choices()))


GROUP = 100
"""Buyers of one kind in a group; groups have nothing in common, so that each is a population of its own."""


def scatter(seen: Lived) -> tuple[float, float]:
    """How far mean and spread of the groups' counts lie from those of multinomials, in standard deviations.

    A group's counts at two dates (who was at j, then at k) are multinomial, so that the mean over groups of Pearson's
    chi-square tells of their whole covariance, and its variance is known exactly.
    """
    kind = Kind(PLAIN.contract, PLAIN.loyalty, None, 0.0)
    steps, first = kind.steps(PLAIN), kind.once(PLAIN, PRICES[0])[0]
    earlier = exact.along(first, steps[:2])[-1]
    later = exact.product(steps[2], exact.product(steps[3], steps[4]))
    chance = [p * row for p, rows in zip(earlier, later, strict=True) for row in rows]
    cells = (5 * seen.choice[2] + seen.choice[5]).reshape(-1, GROUP)
    counts: Floats = np.stack([(cells == cell).sum(axis=1) for cell in range(25)]).astype(np.float64)
    expected = GROUP * np.array(chance)[:, None]
    squares = ((counts - expected) ** 2 / expected).sum(axis=0)
    scale = np.sqrt(exact.spread_of_pearson(GROUP, chance) / squares.size)
    whole = counts.sum(axis=1)
    square, freedom = exact.pearson(whole.tolist(), float(whole.sum()), chance)
    mean = abs(square - freedom) / np.sqrt(2.0 * freedom)
    return float(mean), abs(float(squares.mean()) - 24.0) / float(scale)


def test_counts_scatter_as_multinomials_do() -> None:
    mean, spread = scatter(lived(PLAIN, 60_000, seed=9))
    assert spread < NORMAL
    assert mean < NORMAL


def test_buyers_who_share_their_luck_would_be_seen_in_the_scatter() -> None:
    _, spread = scatter(lived(PLAIN, 60_000, seed=9, twins=True))
    assert spread > 3 * NORMAL


def shares_of(segment: Segment, stretch: float = 1.0) -> list[Floats]:
    """The continuum at every date, all times stretched."""
    continuum = ContinuousPopulation({"all": segment}, 1000)
    continuum.look(board(PRICES[0]), np.zeros(len(OFFERS)))
    continuum.renew(DATES[0])
    continuum.open(DATES[0])
    shares = [continuum.shares()[0]]
    for date, prices in zip(DATES[1:], PRICES, strict=True):
        continuum.look(board(prices), np.zeros(len(OFFERS)))
        continuum.renew(stretch * date)
        shares.append(continuum.shares()[0])
    return shares


def means_of(segment: Segment) -> list[Row]:
    """Exact mean shares of the offers at every date."""
    kind = Kind(segment.contract, segment.loyalty, None, 0.0)
    first = kind.once(segment, PRICES[0])[0]
    return [row[1:] for row in [first, *exact.along(first, kind.steps(segment))]]


@pytest.mark.parametrize("segment", [PLAIN, LINEAR], ids=["log", "linear"])
def test_the_continuum_is_the_exact_mean_where_nobody_is_loyal(segment: Segment) -> None:
    free = replace(segment, loyalty=0.0)
    assert np.allclose(shares_of(free), means_of(free), rtol=1e-12, atol=0.0)
    longer = replace(free, contract=1.1 * free.contract)
    assert not np.allclose(shares_of(free), means_of(longer), rtol=1e-3, atol=0.0)


@pytest.mark.parametrize("segment", [PLAIN, LINEAR], ids=["log", "linear"])
def test_with_loyalty_the_continuum_nears_the_exact_mean_as_contracts_get_long(segment: Segment) -> None:
    """Its steps are of a day, in which a contract ends once at most: an error of first order, half a day's renewals."""

    def error(stretch: float) -> float:
        slow = replace(segment, contract=stretch * segment.contract)
        return float(np.abs(np.array(shares_of(slow, stretch)) - np.array(means_of(segment))).max())

    assert error(1.0) < 0.5 / segment.contract
    assert error(1.0) / error(2.0) == pytest.approx(2.0, rel=0.1)
    assert error(16.0) < 0.04 * error(0.5)
