"""Hosts of open weights in business: they stay through bad weeks, and leave after so many days of losses in a row."""

from datetime import timedelta

import polars as pl
import pytest

from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.pricing.replay import Dated, Replay
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.schema import BuyerTerms
from pricewar.scenarios.run.play import play
from pricewar.scenarios.verification.worlds import seller, world

DEAR, CHEAP = 1.6, 0.1
"""Prices of the other seller at which a host gains, and loses. [money/Mtok]"""
FORTNIGHT = 14
PATIENCE = 20.0


def moves_of_the_host(*, cheap_for: int) -> pl.DataFrame:
    """What a host posts while the other seller is cheap for some days of every four weeks, from day 30 on."""
    days = range(30, 200, 2 * FORTNIGHT)
    path = [
        Dated(day=float(day + late), price=price) for day in days for late, price in ((0, CHEAP), (cheap_for, DEAR))
    ]
    line = {"tier": "main", "price": DEAR, "cost": 0.0, "appeal": 2.0}
    plain = world([seller(line)])
    release = Release(
        date=plain.start + timedelta(days=1), lab="maker", model="open", tier="main", capability=0.0,
        cost=GivenCost(marginal=0.5), hosts=1,
    )  # fmt: skip
    scenario = world(
        {"there": seller(line, strategy=Replay(path={"main": path}))},
        LinearResponse(mu=0.5),
        days=200,
        segment={"contract": 0.5},
        burn_in=5,
        buyers=BuyerTerms(count=1, kind="continuum"),
        conduct=Conduct(review_rate=1.0, regular=True, phase=0.0),
        mechanisms=Mechanisms(focal_prices=False, attention=False, open_release=True),
        releases={"open": release},
        hosts=HostTerms(appeal=2.0, look=2.0, fixed_cost=60.0, patience=PATIENCE, self_appeal=-50.0),
    )
    prices = play(scenario).tables["prices"]
    return prices.filter(pl.col("seller") == "host-1-open").sort("time")


def test_a_host_stays_through_losses_that_are_shorter_than_its_patience_however_often_they_come() -> None:
    assert moves_of_the_host(cheap_for=FORTNIGHT)["kind"].to_list() == ["launch"]


def test_a_host_leaves_after_as_many_days_of_losses_in_a_row() -> None:
    moves = moves_of_the_host(cheap_for=2 * FORTNIGHT)
    assert moves["kind"][:2].to_list() == ["launch", "withdrawn"]
    # It looks once a week, and leaves when the losses are longer than its patience.
    assert 30.0 + PATIENCE < moves["time"][1] <= 30.0 + PATIENCE + 2 * 7.0


@pytest.mark.parametrize("markup", [0.2, 0.5])
def test_a_host_asks_its_cost_and_a_mark_up(markup: float) -> None:
    """As in `entry.host` of `pricewar verify`, without royalties."""
    line = {"tier": "main", "price": DEAR, "cost": 0.0, "appeal": 2.0}
    plain = world([seller(line)])
    release = Release(date=plain.start + timedelta(days=1), lab="maker", model="open", tier="main", capability=0.0,
                      cost=GivenCost(marginal=0.2, full=0.5), hosts=1)  # fmt: skip
    scenario = world(
        [seller(line)],
        LinearResponse(mu=0.5),
        days=60,
        mechanisms=Mechanisms(focal_prices=False, attention=False, open_release=True),
        releases={"open": release},
        hosts=HostTerms(appeal=2.0, look=2.0, markup=markup, self_appeal=-50.0),
        buyers=BuyerTerms(count=1, kind="continuum"),
    )
    prices = play(scenario).tables["prices"].filter(pl.col("seller") == "host-1-open")
    assert prices["price"].to_list() == pytest.approx([0.5 * (1.0 + markup)])
