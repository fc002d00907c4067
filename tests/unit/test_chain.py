"""The chain from cloud to scale and back: cut at any link, what follows it stays at its start."""

from dataclasses import replace
from math import exp

import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.buyers.applications import Applications
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.machines.experience import LearningByDoing
from pricewar.agents.machines.spec import ComputeMarket, Technology
from pricewar.agents.mechanisms import Chain, Mechanisms
from pricewar.agents.sellers.spec import Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play
from pricewar.sim.economics.curves import Nordhaus
from pricewar.sim.results.run import Run

RATE = 0.5


@pytest.fixture(scope="module")
def whole() -> Scenario:
    """Two sellers whose costs fall with time, with the market's output and with their own."""
    segment = Segment(potential=1000.0, growth=1.0, response=LogResponse(), contract=30.0, adoption=0.3)
    cost = GivenCost(marginal=1.0, full=2.0, curve=Nordhaus(rate=RATE, exponent=0.2))
    tier = Tier(model="m", price=8.0, cost=cost)
    return replace(
        load("textbook"),
        sellers={"east": Seller(tiers={"main": tier}), "west": Seller(tiers={"main": tier})},
        segments={"all": segment},
        technology=Technology(learning=LearningByDoing(rate=0.1, prior=60.0)),
        mechanisms=Mechanisms(open_release=False, focal_prices=False, attention=False, learning=True),
        days=150,
        burn_in=30,
        sources={},
    )


@pytest.fixture(scope="module")
def uncut(whole: Scenario) -> Run:
    return play(whole)


def cut(whole: Scenario, **links: bool) -> Run:
    return play(replace(whole, chain=replace(Chain(), **links)))


def at_the_end(run: Run, column: str) -> float:
    last = run.tables["offers_daily"].filter(pl.col("day") == 149)
    return float(last.sort("seller")[column][0])


def test_uncut_costs_and_prices_fall_and_adoption_rises(uncut: Run) -> None:
    assert at_the_end(uncut, "unit_cost") < 0.75 * 2.0
    assert at_the_end(uncut, "price") < 6.0
    adoption = uncut.tables["market_daily"].sort("day")["adoption"]
    assert adoption[-1] > adoption[0] + 0.05


def test_without_maturity_costs_stay_at_their_start(whole: Scenario) -> None:
    run = cut(whole, maturity=False, scale=False)
    costs = run.tables["offers_daily"]["unit_cost"].unique()
    assert costs.to_list() == [2.0]


def test_without_scale_costs_follow_the_clock_alone(whole: Scenario) -> None:
    run = cut(whole, scale=False)
    assert_allclose(at_the_end(run, "unit_cost"), 2.0 * exp(-RATE * 149.875 / 365.25), rtol=1e-12)


def test_without_repricing_posted_prices_and_adoption_stay_at_their_start(whole: Scenario) -> None:
    run = cut(whole, repricing=False)
    assert run.tables["offers_daily"]["price"].unique().to_list() == [8.0]
    assert run.tables["prices"]["kind"].unique().to_list() == ["opening"]
    adoption = run.tables["market_daily"].sort("day")["adoption"]
    assert_allclose(adoption.to_numpy(), adoption[0], rtol=1e-9)
    assert at_the_end(run, "unit_cost") < 0.75 * 2.0  # what lies before the cut goes on


@pytest.fixture(scope="module")
def used(whole: Scenario) -> Scenario:
    """The same, with applications that spread as tokens get cheaper."""
    uses = Applications(ceiling=10, innovation=0.2, imitation=2.0, affordability=1.0)
    return replace(whole, segments={"all": replace(whole.segments["all"], growth=0.0, applications=uses)})


def over_time(run: Run, column: str) -> "pl.Series":
    return run.tables["segments_daily"].filter(pl.col("day") >= 0).sort("day")[column]


def test_uncut_adoption_brings_applications_and_these_bring_output_and_lower_cost(used: Scenario) -> None:
    run, without = play(used), cut(used, applications=False)
    assert over_time(run, "applications")[-1] > 1.2
    assert over_time(run, "tokens")[-1] > 1.1 * over_time(without, "tokens")[-1]
    assert at_the_end(run, "unit_cost") < at_the_end(without, "unit_cost")


def test_without_adoption_who_buys_stays_the_same_while_prices_fall(used: Scenario) -> None:
    run = cut(used, adoption=False)
    assert_allclose(over_time(run, "adopters").to_numpy(), over_time(run, "adopters")[0], rtol=1e-12)
    assert at_the_end(run, "price") < 6.0
    assert over_time(run, "applications")[-1] > 1.1  # of those who do buy


def test_without_applications_uses_stay_at_their_start_while_adoption_goes_on(used: Scenario) -> None:
    run = cut(used, applications=False)
    assert over_time(run, "applications").unique().to_list() == [1.0]
    assert over_time(run, "adoption")[-1] > over_time(run, "adoption")[0] + 0.05


def test_without_compute_rents_follow_their_given_path_and_not_scarcity() -> None:
    plain = load("china-2024", ["days=60", "burn_in=30", "buyers.count=300"])
    market = ComputeMarket(chip="a800-sxm-80gb", outside_supply=50_000.0, elasticity=0.5, growth=2.0)
    scarce = replace(plain, compute=market)
    rents = play(scarce).tables["rentals"]["price"]
    assert rents[-1] > 1.2 * rents[0]
    given, without = cut(scarce, compute=False).tables, play(plain).tables
    assert all(given[name].equals(without[name]) for name in without)


def test_without_open_models_nobody_hosts() -> None:
    scenario = load("china-2024", ["days=150", "burn_in=30", "buyers.count=300"])
    cut_off = replace(scenario, mechanisms=replace(scenario.mechanisms, open_release=False))
    assert "host" in play(scenario).tables["sellers_daily"]["role"].unique()
    assert set(play(cut_off).tables["sellers_daily"]["role"].unique()) <= {"cloud", "lab"}
