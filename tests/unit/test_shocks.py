"""Booms and slumps: who sees them, how often they come, and that a market without them is as it was."""

from dataclasses import replace
from typing import Literal

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.buyers.demand_shocks import DemandShock, DemandShocks, DrawnDemandShocks
from pricewar.agents.buyers.population import ContinuousPopulation
from pricewar.agents.buyers.spec import Segment
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.sim.kernel.streams import Streams

BOTH = {"boom": DemandShock(probability=0.2, factor=3.0), "slump": DemandShock(probability=0.1, factor=0.0)}


Kind = Literal["continuum", "sampled"]


def market(shocks: DemandShocks | None, kind: Kind = "continuum") -> Scenario:
    textbook = load("textbook")
    return replace(
        textbook,
        segments={"all": replace(textbook.segments["all"], shocks=shocks)},
        buyers=replace(textbook.buyers, kind=kind),
        days=40,
        burn_in=10,
    )


@pytest.mark.parametrize("kind", ["continuum", "sampled"])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_shock_that_changes_nothing_is_the_run_without_it_to_the_last_bit(kind: Kind, hidden: bool) -> None:
    idle = DemandShocks(states={"calm": DemandShock(probability=0.5, factor=1.0)}, hidden=hidden)
    shocked, without = play(market(idle, kind)).tables, play(market(None, kind)).tables
    assert all(shocked[name].equals(without[name]) for name in without)


@pytest.mark.parametrize("kind", ["continuum", "sampled"])
def test_volume_moves_by_the_factors_and_by_nothing_else_and_the_burn_in_is_calm(kind: Kind) -> None:
    # Sellers whose prices do not depend on the size of the market sell a multiple of what they would.
    shocked, without = play(market(DemandShocks(states=BOTH), kind)).tables, play(market(None, kind)).tables
    ratio = shocked["segments_daily"]["demand"] / without["segments_daily"]["demand"]
    before = shocked["segments_daily"]["day"] < 0
    assert_allclose(ratio.filter(before).to_numpy(), 1.0, rtol=1e-12)
    assert {round(r, 6) for r in ratio.filter(~before).to_list()} == {0.0, 1.0, 3.0}
    assert_allclose(shocked["segments_daily"]["exogenous"].to_numpy(), ratio.to_numpy(), rtol=1e-9)


def test_states_come_as_often_as_they_should() -> None:
    turns, days = DrawnDemandShocks(["all"], [DemandShocks(states=BOTH)], Streams(1)), 20_000
    factor = np.array([turns.factor(float(day), public=True)[0] for day in range(days)])
    for value, chance in ((3.0, 0.2), (0.0, 0.1), (1.0, 0.7)):
        error = np.sqrt(chance * (1.0 - chance) / days)
        assert abs((factor == value).mean() - chance) < 3.89 * error  # one in ten thousand
        assert abs((factor == value).mean() - chance - 0.02) > 3.89 * error  # a wrong chance is noticed
    # Independent from day to day: as often after a slump as ever.
    after = factor[1:][factor[:-1] == 0.0]
    assert abs((after == 0.0).mean() - 0.1) < 3.89 * np.sqrt(0.09 / after.size)


def test_a_state_lasts_its_period() -> None:
    turns = DrawnDemandShocks(["all"], [DemandShocks(states=BOTH, period=7.0)], Streams(3))
    weeks = np.array([turns.factor(day + 0.25, public=True)[0] for day in range(70)]).reshape(10, 7)
    assert np.all(weeks == weeks[:, :1])
    assert np.unique(weeks[:, 0]).size > 1


def test_what_is_hidden_sellers_do_not_know_and_what_is_public_they_do() -> None:
    def known(hidden: bool) -> list[tuple[float, float]]:
        world = prepare(market(DemandShocks(states=BOTH, hidden=hidden)), 1).world
        seen = []
        for day in range(30):
            world.clock.run(until=day + 0.5)
            seen.append(
                (float(world.buyers.potential(world.clock.now)[0]), float(world.buyers.demand(day + 0.5).sum()))
            )
        return seen

    hidden, public = known(True), known(False)
    assert {size for size, _ in hidden} == {1000.0}
    assert {size for size, _ in public} == {0.0, 1000.0, 3000.0}
    assert [sold for _, sold in hidden] == [sold for _, sold in public]  # the same draws
    record = play(market(DemandShocks(states=BOTH, hidden=True))).tables["segments_daily"].filter(pl.col("day") >= 0)
    assert set(record["potential"].to_list()) == {0.0, 1000.0, 3000.0}  # the record tells what was


def test_each_segment_has_its_own_luck_whoever_else_is_there() -> None:
    shocks = DemandShocks(states=BOTH)
    alone = DrawnDemandShocks(["b"], [shocks], Streams(1))
    beside = DrawnDemandShocks(["a", "b"], [shocks, shocks], Streams(1))
    days = [float(day) for day in range(50)]
    both = np.stack([beside.factor(day, public=True) for day in days])
    assert both[:, 1].tolist() == [float(alone.factor(day, public=True)[0]) for day in days]
    assert both[:, 0].tolist() != both[:, 1].tolist()


def test_chances_beyond_one_are_refused() -> None:
    with pytest.raises(ValueError, match=r"add up to 1\.2"):
        DemandShocks(
            states={"a": DemandShock(probability=0.6, factor=1.0), "b": DemandShock(probability=0.6, factor=2.0)}
        )


def test_shocks_without_streams_are_refused() -> None:
    with pytest.raises(ValueError, match="streams"):
        ContinuousPopulation({"all": Segment(shocks=DemandShocks(states=BOTH))}, 1)
