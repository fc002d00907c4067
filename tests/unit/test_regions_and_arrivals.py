"""Where a seller is at home, who buys abroad, and machines that were ordered before the first day."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pricewar.agents.sellers.spec import Arrival, Fleet
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.sim.errors import ScenarioMistakes
from pricewar.sim.results.run import Run

SMALL = ["buyers.count=400", "burn_in=30", "days=40"]


def china(**abroad: float) -> Scenario:
    """Alibaba at home in one region, everybody else nowhere in particular."""
    scenario = load("china-2024", SMALL)
    sellers = scenario.sellers | {"alibaba": replace(scenario.sellers["alibaba"], region="cn")}
    segments = {name: replace(segment, abroad=abroad) for name, segment in scenario.segments.items()}
    return replace(scenario, sellers=sellers, segments=segments, sources={})


def same(one: Run, other: Run) -> bool:
    return all(one.tables[name].equals(other.tables[name]) for name in one.tables)


def test_regions_alone_change_nothing_nor_does_a_region_that_nobody_minds() -> None:
    plain = play(load("china-2024", SMALL))
    assert same(plain, play(china()))
    assert same(plain, play(china(cn=0.0)))
    assert not same(plain, play(china(cn=1.0)))  # the control: it does look


def duopoly(abroad: float, kind: str) -> Scenario:
    """The textbook's two sellers, who differ in nothing but where they are at home."""
    textbook = load("textbook", ["burn_in=0", "days=1", f"buyers.kind={kind}"])
    sellers = {name: replace(seller, region=name) for name, seller in textbook.sellers.items()}
    segment = replace(textbook.segments["all"], abroad={"west": abroad})
    return replace(textbook, sellers=sellers, segments={"all": segment}, sources={})


def test_odds_of_buying_abroad_are_lower_by_the_exponential_of_the_disutility() -> None:
    shares = prepare(duopoly(2.0, "continuum"), 1).world.buyers.shares()[0]
    assert shares[1] / shares[0] == pytest.approx(np.exp(-2.0), rel=1e-12)


def test_sampled_buyers_follow_the_same_odds() -> None:
    count = 40_000
    scenario = duopoly(1.0, "sampled")
    world = prepare(replace(scenario, buyers=replace(scenario.buyers, count=count)), 1).world
    east, west = world.buyers.shares()[0]
    odds = np.exp(-1.0)
    # Two shares of a multinomial: the log of their ratio has this standard error; five of them.
    error = np.sqrt((1 / east + 1 / west) / count)
    assert abs(np.log(west / east) - np.log(odds)) < 5 * error


def test_sellers_know_who_will_not_buy_from_them_before_any_share_is_published() -> None:
    world = prepare(duopoly(2.0, "continuum"), 1).world
    shares = world.demand().shares(world.board.price)[0]
    assert shares[1] / shares[0] == pytest.approx(np.exp(-2.0), rel=1e-12)
    record = world.record
    record._reports.clear()  # nothing has been published yet
    record.forget_appeal()
    shares = world.demand().shares(world.board.price)[0]
    assert shares[1] / shares[0] == pytest.approx(np.exp(-2.0), rel=1e-12)


def test_a_newcomer_from_abroad_is_believed_to_find_few_buyers() -> None:
    """A line that opens later has no share of its own; its prior must know where it is at home."""

    def believed(region: str) -> float:
        world = prepare(duopoly(2.0, "continuum"), 1).world
        standing = world.board.offers[0]
        newcomer = replace(standing, seller="new", region=region)
        trial = world.board.trial((newcomer, float(world.board.price[0])))
        k = trial.position("new", standing.tier)
        assert k is not None
        share = world.record.demand_at(trial, world.buyers.potential(0.0)).shares(trial.price)[0]
        return float(np.log(share[k] / share[0]))  # at the same price

    assert believed("east") == pytest.approx(0.0, abs=1e-9)
    assert believed("west") == pytest.approx(-2.0, abs=1e-9)


def with_arrivals(*arrivals: Arrival) -> Scenario:
    scenario = load("china-2024", SMALL)
    alibaba = scenario.sellers["alibaba"]
    lots = {f"lot-{i}": lot for i, lot in enumerate(arrivals)}
    fleet = replace(alibaba.fleet or Fleet(), arrivals=lots)
    return replace(
        scenario, sellers=scenario.sellers | {"alibaba": replace(alibaba, fleet=fleet, invests=False)}, sources={}
    )


def test_machines_ordered_before_the_first_day_are_on_order_until_their_day_and_cost_nothing_more() -> None:
    day = load("china-2024").start.replace(day=21)
    result = play(with_arrivals(Arrival(date=day, share=0.5)))
    alibaba = result.tables["sellers_daily"].filter((pl.col("seller") == "alibaba") & (pl.col("day") >= 0))
    before, after = alibaba.filter(pl.col("day") < 20), alibaba.filter(pl.col("day") >= 20)
    first = float(before["fleet"][0])
    assert before["fleet"].unique().to_list() == [first]
    assert before["on_order"].to_list() == [0.5 * first] * 20
    assert after["fleet"].unique().to_list() == pytest.approx([1.5 * first], rel=1e-12)
    assert after["on_order"].to_list() == pytest.approx([0.0] * after.height, abs=1e-9)
    paid = result.tables["ledger"].filter((pl.col("payer") == "alibaba") & (pl.col("what") == "accelerators"))
    assert paid.height == 0
    hardware = result.tables["hardware"].filter(pl.col("seller") == "alibaba")
    assert hardware["event"].to_list() == ["opening", "order", "delivery"]


def test_without_arrivals_nothing_changes() -> None:
    plain = load("china-2024", [*SMALL, "sellers.alibaba.invests=false"])
    assert same(play(plain), play(with_arrivals()))


def test_a_region_without_sellers_and_a_lot_that_came_before_the_first_day_are_mistakes() -> None:
    wrong = ["segments.vision.abroad={mars=1}", "sellers.alibaba.fleet.arrivals.lot={date=2024-01-01,share=1}"]
    with pytest.raises(ScenarioMistakes) as told:
        load("china-2024", wrong)
    assert "segments.vision.abroad.mars: is the region of no seller" in str(told.value)
    assert "it must lie after the start, 2024-01-01" in str(told.value)
