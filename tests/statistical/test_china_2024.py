"""What `china-2024` must do in every draw of what is not known; how often it does the rest is reported, not asserted.

`china_2024_report.py` beside this file makes the report over 30 seeds.
"""

from dataclasses import replace

import polars as pl
import pytest

from pricewar.agents.sellers.spec import Tier
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play
from pricewar.sim.results.run import Run

SMALL = ["buyers.count=2000"]
NULL = [f"mechanisms.{name}=false" for name in ("open_release", "idle_capacity", "focal_prices", "attention")]
SEGMENTS = ("language", "vision", "speech", "recommendation")


def run(seed: int, *overrides: str) -> Run:
    return play(load("china-2024", [*SMALL, *overrides]), seed=seed)


NIGHTLY = [pytest.param(seed, marks=pytest.mark.nightly) for seed in (2, 3)]


@pytest.mark.parametrize("seed", [1, *NIGHTLY])
def test_with_every_mechanism_off_costs_fall_and_prices_with_them_but_there_is_no_war(seed: int) -> None:
    null = run(seed, *NULL)
    assert null.tables["wars"].height == 0
    cuts = null.tables["prices"].filter((pl.col("kind") == "cut") & (pl.col("time") >= 0))
    assert cuts["seller"].n_unique() >= 3  # the null is not silent: costs do fall


def test_the_same_market_with_its_mechanisms_has_one() -> None:
    assert run(1, "days=200").tables["wars"].height > 0


@pytest.mark.parametrize("seed", [1, *NIGHTLY])
def test_the_books_close_every_night(seed: int) -> None:
    market = run(seed, "days=150").tables["market_daily"]
    assert market["closing_error"].null_count() == 0
    assert float(str(market["closing_error"].max())) < 1e-9


def median_of_unchanged_models(result: Run) -> tuple[float, float]:
    """Median list price of the first day's models, on that day and on the last one."""
    offers = result.tables["offers_daily"]
    first = offers.filter(pl.col("day") == 0).select("seller", "tier", "model")
    last = int(str(offers["day"].max()))
    medians = [
        offers.filter(pl.col("day") == day).join(first, on=["seller", "tier", "model"])["price"].median()
        for day in (0, last)
    ]
    return float(str(medians[0])), float(str(medians[1]))


def of_the_first_day_only(scenario: Scenario) -> Scenario:
    """The same market without later lines, successors and releases, so that nothing else moves prices."""

    def stays(tier: Tier) -> bool:
        return tier.launch is None and tier.release is None

    sellers = {
        name: replace(seller, tiers={t: replace(tier, upgrades={}) for t, tier in seller.tiers.items() if stays(tier)})
        for name, seller in scenario.sellers.items()
        if any(stays(tier) for tier in seller.tiers.values())
    }
    homes = {name: share for name, share in scenario.buyers.homes.items() if name in sellers}
    return replace(scenario, sellers=sellers, releases={}, buyers=replace(scenario.buyers, homes=homes), sources={})


@pytest.mark.parametrize("seed", [1, *NIGHTLY])
def test_prices_can_rise_an_accelerator_shortage_raises_the_median_price_of_unchanged_models(seed: int) -> None:
    boom = ["opening.hold=scarce", "days=200", *(f"segments.{name}.growth=2.0" for name in SEGMENTS)]
    crunch = "supply.shortages={crunch={start=2024-01-01,end=2024-12-31}}"

    def outcome(*more: str) -> tuple[float, float]:
        scenario = load("china-2024", [*SMALL, *boom, *more])
        return median_of_unchanged_models(play(of_the_first_day_only(scenario), seed=seed))

    before, short = outcome(crunch)
    _, supplied = outcome()
    assert short > 1.05 * before
    assert short > supplied  # the control: the same boom with deliveries
