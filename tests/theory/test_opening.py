"""The prices of the first day are a rest point, whatever holds them."""

from dataclasses import replace
from typing import Literal

import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.sellers.opening import Opening
from pricewar.agents.sellers.spec import Fleet, Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare

Hold = Literal["focal", "scarce", "wedge", "none"]


def market(hold: Hold, menu_cost: float = 0.0, **switches: bool) -> Scenario:
    """Two sellers of two tiers each, log-price demand, list prices far above cost."""

    def seller(cheap: float, flagship: float) -> Seller:
        return Seller(
            fleet=Fleet(),
            invests=False,
            tiers={
                "cheap": Tier(model="c", price=cheap, capability=0.3, cost=GivenCost(marginal=0.1, full=1.0)),
                "flagship": Tier(
                    model="f", price=flagship, capability=2.0, cost=GivenCost(marginal=0.5, full=5.0, seconds=4.0)
                ),
            },
        )

    base = load("textbook")
    response = LogResponse(eta=2.0, epsilon=1.0)
    segment = Segment(potential=1000.0, response=response, worth=2.0, need=2.0, contract=10.0, adoption=0.3)
    return replace(
        base,
        days=60,
        sellers={"east": seller(8.0, 60.0), "west": seller(5.0, 100.0)},
        segments={"all": segment},
        opening=Opening(hold=hold, utilisation=0.3),
        mechanisms=Mechanisms(open_release=False, **switches),
        conduct=replace(base.conduct, menu_cost=menu_cost),
        sources={},
    )


@pytest.mark.parametrize("hold", ["focal", "scarce", "wedge"])
def test_list_prices_stay_where_they_are_while_nothing_happens(hold: Hold) -> None:
    moves = play(market(hold)).tables["prices"].filter(pl.col("time") >= 0)
    change = (moves["price"] / moves["previous"]).to_list()
    assert_allclose(change, 1.0, rtol=1e-6)


def test_without_anything_to_hold_them_sellers_leave_them_and_flagships_fall() -> None:
    run = play(market("none"))
    last = run.tables["offers_daily"].filter(pl.col("day") == 59).sort("seller", "tier")["price"]
    ratio = last.to_numpy() / [8.0, 60.0, 5.0, 100.0]
    assert (abs(ratio - 1.0) > 0.05).all()
    assert (ratio[[1, 3]] < 0.6).all()


def test_with_the_focal_mechanism_off_a_wedge_holds_the_opening() -> None:
    moves = play(market("focal", focal_prices=False)).tables["prices"].filter(pl.col("time") >= 0)
    assert_allclose((moves["price"] / moves["previous"]).to_list(), 1.0, rtol=1e-6)


@pytest.mark.parametrize(("hold", "busy"), [("focal", 0.3), ("wedge", 0.3), ("scarce", 0.8)])
def test_fleets_are_sized_by_the_opening_utilisation_or_full_where_scarcity_holds_prices(
    hold: Hold, busy: float
) -> None:
    run = play(market(hold))
    day = run.tables["sellers_daily"].filter(pl.col("day") == 0)
    assert_allclose(day["utilisation"].to_numpy(), busy, rtol=1e-6)


def test_a_focal_price_is_not_held_by_who_gains_by_leaving_it() -> None:
    # Nobody answers within the year and the future hardly counts: deviating is worth more than holding.
    scenario = market("focal")
    impatient = replace(scenario, conduct=Conduct(review_rate=1e-3, alertness=0.0, discount=50.0, menu_cost=0.0))

    def verdicts(one: Scenario) -> list[str]:
        simulation = prepare(one, 1)
        simulation.run()
        return [fact.what for fact in simulation.world.facts.all if fact.kind == "focal"]

    assert all("is worth holding" in what for what in verdicts(scenario))
    assert all("is not worth holding" in what for what in verdicts(impatient))
    assert len(verdicts(scenario)) == 2
