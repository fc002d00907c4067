"""Buyers' contracts end at two rates, and what sellers believe about them is the mixture of the two."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import prepare
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.market.beliefs import Retention
from pricewar.sim.world import World

COUNT, AFTER = 40_000, 30
ERRORS = float(norm.ppf(1.0 - 1e-4 / 2.0))
"""Standard errors beyond which a difference is no chance: two-sided error of 1e-4."""


def duopoly() -> Scenario:
    """The textbook's two sellers before buyers most of whom are bound for three months."""
    textbook = load("textbook", ["burn_in=0", "days=1", "buyers.kind=sampled", f"buyers.count={COUNT}"])
    segment = replace(textbook.segments["all"], contract=90.0, gateway=0.1, gateway_contract=7.0)
    market = replace(textbook.market, share_lag=0, prior_customers=0.0)
    return replace(textbook, segments={"all": segment}, market=market, sources={})


def at_the_mean_rate(known: Retention) -> Retention:
    """The control: everybody renews at the mean of both rates."""
    mean = known.mixed(np.stack([known.rate, known.free_rate]))
    return replace(known, rate=mean, free_rate=mean)


def test_as_many_are_believed_to_have_chosen_anew_as_have() -> None:
    world = prepare(duopoly(), 1).world
    buyers = world.buyers.members[0]  # type: ignore[attr-defined]
    opened = buyers.drawn.copy()
    world.buyers.renew(world.clock.now + AFTER)
    realised = float((buyers.drawn > opened).mean())
    allowed = ERRORS * np.sqrt(realised * (1.0 - realised) / COUNT)
    believed = world.record.retention.chosen_anew(AFTER)[0]
    assert abs(believed - realised) < allowed
    by_the_mean = at_the_mean_rate(world.record.retention).chosen_anew(AFTER)[0]
    assert by_the_mean - realised > 10.0 * allowed  # .52 against .35


def believed_of_a_newcomer(*, mean_rate: bool) -> tuple[World, float]:
    """A third seller like the other two: its believed share thirty days after it came, if everybody chose anew."""
    world = prepare(duopoly(), 1).world
    record, now = world.record, world.clock.now
    if mean_rate:
        record._pace = -np.expm1(-at_the_mean_rate(record.retention).rates)[:, :, None]
    newcomer = replace(world.board.offers[0], seller="new", launched=now)
    world.board.put(newcomer, float(world.board.price[0]), conforming=True)
    record.forget_appeal()
    world.look()
    for day in range(1, AFTER + 1):
        world.buyers.renew(now + day)
        record.note(world.board, world.buyers.shares())
    k = world.board.position("new", newcomer.tier)
    return world, float(record.demand(world.board, world.buyers.potential(now)).shares(world.board.price)[0, k])


def test_a_newcomer_looks_nearly_as_good_as_it_is_while_most_buyers_have_not_seen_it() -> None:
    world, believed = believed_of_a_newcomer(mean_rate=False)
    prices, response = world.board.price, duopoly().segments["all"].response
    odds = np.exp(response.sensitivity * response.term(prices) + response.worth(np.full(prices.size, 2.0)))
    true = odds[-1] / (1.0 + odds.sum())
    # What is left: the record holds the newcomer against buyers of nothing, of whom some have not yet seen it.
    assert_allclose(believed, true, rtol=0.15)
    _, mistaken = believed_of_a_newcomer(mean_rate=True)
    assert mistaken < 0.7 * true  # the control


@pytest.mark.parametrize("days", [0.0, 1.0, 30.0, 400.0, np.inf])
def test_buyers_of_one_kind_choose_anew_at_its_rate_and_of_two_at_neither_nor_at_their_mean(days: float) -> None:
    rates = {"rate": np.array([DAYS_PER_YEAR / 90.0]), "free_rate": np.array([DAYS_PER_YEAR / 7.0])}
    alone = [Retention(np.zeros(1), np.array([locked]), **rates).chosen_anew(days)[0] for locked in (1.0, 0.0)]
    assert_allclose(alone, [1.0 - np.exp(-days / 90.0), 1.0 - np.exp(-days / 7.0)], rtol=1e-12)
    both = Retention(np.zeros(1), np.array([0.9]), **rates)
    assert_allclose(both.chosen_anew(days), 0.9 * alone[0] + 0.1 * alone[1], rtol=1e-12)
    assert at_the_mean_rate(both).chosen_anew(days)[0] >= both.chosen_anew(days)[0]
