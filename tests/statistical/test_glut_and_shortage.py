"""What `glut` and `shortage` must do in every draw: prices go the way of scarcity, and not without its cause.

Seven seeds: were either sign as likely as the other, all seven would agree in one of 128 cases.
"""

from dataclasses import replace
from functools import cache
from math import ceil, log2

import polars as pl
import pytest

from pricewar.agents.sellers.opening import FULL
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.tables import catalogue
from pricewar.scenarios.run.play import play
from pricewar.sim.economics.ownership import hour_cost
from pricewar.sim.results.run import Run

pytestmark = pytest.mark.nightly
SEEDS = range(1, 1 + ceil(log2(1 / 0.01)))
"""As many as let chance alone agree on a sign in less than one of a hundred cases."""
SMALL = ["buyers.count=3000"]
LEAST = load("glut").conduct.menu_cost
"""A change within the menu cost is none: a seller does not make it."""


def arrivals_cancelled(scenario: Scenario) -> Scenario:
    """Nothing comes, here or elsewhere."""
    sellers = {
        name: replace(seller, fleet=replace(seller.fleet, arrivals={}))
        for name, seller in scenario.sellers.items()
        if seller.fleet is not None
    }
    assert scenario.compute is not None
    return replace(scenario, sellers=sellers, compute=replace(scenario.compute, supply_levels=()), sources={})


def shortage_over(scenario: Scenario) -> Scenario:
    """Orders are delivered, and elsewhere machines come as demand for them grows."""
    assert scenario.compute is not None
    compute = replace(scenario.compute, supply_growth=scenario.compute.growth)
    return replace(scenario, supply=replace(scenario.supply, shortages={}), compute=compute, sources={})


@cache
def run(name: str, seed: int, *, caused: bool) -> Run:
    scenario = load(name, SMALL)
    if not caused:
        scenario = arrivals_cancelled(scenario) if name == "glut" else shortage_over(scenario)
    return play(scenario, seed=seed)


def median_price(result: Run, day: int) -> float:
    return float(str(result.tables["offers_daily"].filter(pl.col("day") == day)["price"].median()))


def sellers_of(result: Run) -> pl.DataFrame:
    """Clouds and labs from the first evening on; during the burn-in fleets are provisional."""
    sellers = result.tables["sellers_daily"]
    return sellers.filter(pl.col("role").is_in(["cloud", "lab"]) & (pl.col("day") >= 0)).sort("day")


def last_day(result: Run) -> int:
    return int(str(result.tables["offers_daily"]["day"].max()))


def price_change(result: Run) -> float:
    """Last over first median list price; no model comes, goes or changes, so all of it is repricing. [1]"""
    return median_price(result, last_day(result)) / median_price(result, 0)


def mean_of_quarter(result: Run, column: str, first: int) -> float:
    """Mean of a column of the market over ninety days. [1]"""
    market = result.tables["market_daily"]
    days = market.filter((pl.col("day") >= first) & (pl.col("day") < first + 90))
    return float(str(days[column].mean()))


def rent_change(result: Run) -> float:
    """Last over first rent of a week. [1]"""
    rentals = result.tables["rentals"].sort("day")
    return float(rentals["price"][-1]) / float(rentals["price"][0])


def running_cost(name: str) -> float:
    """Power of an accelerator-hour of the chip of `compute`. [money/accelerator-hour]"""
    scenario = load(name)
    assert scenario.compute is not None
    chip = catalogue(scenario.tables.accelerators)[scenario.compute.chip]
    return hour_cost(scenario.technology.ownership, chip, 0.0).variable


def rises(changes: list[float]) -> bool:
    return all(change > 1.0 + LEAST for change in changes)


def falls(changes: list[float]) -> bool:
    return all(change < 1.0 - LEAST for change in changes)


def test_in_a_shortage_standing_models_become_dearer_and_without_it_they_do_not() -> None:
    assert rises([price_change(run("shortage", seed, caused=True)) for seed in SEEDS])
    assert not rises([price_change(run("shortage", seed, caused=False)) for seed in (1, 2)])


def test_in_a_glut_standing_models_become_cheaper_and_without_it_they_do_not() -> None:
    assert falls([price_change(run("glut", seed, caused=True)) for seed in SEEDS])
    assert not falls([price_change(run("glut", seed, caused=False)) for seed in (1, 2)])


def test_in_a_shortage_rents_rise_and_without_it_they_do_not() -> None:
    assert rises([rent_change(run("shortage", seed, caused=True)) for seed in SEEDS])
    assert not rises([rent_change(run("shortage", seed, caused=False)) for seed in (1, 2)])


def test_in_a_glut_rents_fall_to_what_running_a_machine_costs_and_without_it_they_stand() -> None:
    for seed in SEEDS:
        last = float(run("glut", seed, caused=True).tables["rentals"].sort("day")["price"][-1])
        assert last == pytest.approx(running_cost("glut"), rel=1e-9)
    assert not falls([rent_change(run("glut", seed, caused=False)) for seed in (1, 2)])


def test_in_a_shortage_no_machine_comes_fleets_are_near_full_and_capacity_has_a_price() -> None:
    for seed in SEEDS:
        result = run("shortage", seed, caused=True)
        sellers = sellers_of(result)
        assert sellers.group_by("seller").agg(pl.col("fleet").n_unique())["fleet"].to_list() == [1] * 6
        assert mean_of_quarter(result, "utilisation", last_day(result) - 90) > 0.75  # planned: .8, at most .95
        late = sellers.filter(pl.col("day") > last_day(result) - 90)["shadow_price"]
        assert float(str(late.median())) > 0.0


def test_in_a_glut_fleets_grow_fourfold_utilisation_falls_and_so_does_what_capacity_is_worth() -> None:
    for seed in SEEDS:
        result = run("glut", seed, caused=True)
        sellers = sellers_of(result)
        grown = sellers.group_by("seller").agg(pl.col("fleet").last() / pl.col("fleet").first())["fleet"]
        assert grown.to_list() == pytest.approx([4.0] * 6, rel=FULL)
        control = run("glut", 1, caused=False)
        ends = last_day(result) - 90
        assert mean_of_quarter(result, "utilisation", ends) < mean_of_quarter(control, "utilisation", ends)
        worth = [sellers.filter(pl.col("day") == day)["shadow_price"].median() for day in (1, last_day(result))]
        assert float(str(worth[1])) < float(str(worth[0]))
