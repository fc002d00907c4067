"""Whole small markets against their slow plain twin: every move, every choice, every token and every bill."""

from datetime import date
from random import Random

import pytest

from agents.costs import GivenCost
from agents.finance import Finance
from agents.opening import Opening
from agents.pricing import StrategySpec
from agents.pricing.best_response import BestResponse
from agents.pricing.books import Conduct, Mechanisms
from agents.pricing.cost_plus import CostPlus
from agents.pricing.fixed import Fixed
from agents.pricing.follow import Follow
from agents.pricing.penetration import Penetration
from agents.pricing.replay import Dated, Replay
from agents.pricing.undercut import Undercut
from agents.products import Fleet, Seller, Tier
from agents.segments import Segment
from scenarios.parts import BuyerTerms
from scenarios.schema import Scenario
from sim.economics.curves import Moore
from sim.market.choice import LinearResponse, LogResponse
from sim.market.terms import MarketTerms
from tests.reference.plain_twin import both


def market(seed: int) -> Scenario:
    """A small market drawn at random: everything that the twin covers is on somewhere."""
    luck = Random(seed)
    linear = luck.random() < 0.35
    names = ["ant", "bee", "cat", "dog"][: luck.randint(2, 4)]
    tiers = ["cheap", "flagship"][: luck.randint(1, 2)]
    days = luck.randint(40, 70)
    return Scenario(
        title="a drawn market",
        start=date(2024, 1, 1),
        days=days,
        burn_in=luck.randint(0, 25),
        max_utilisation=luck.uniform(0.8, 1.0),
        buyers=BuyerTerms(
            count=luck.randint(20, 60),
            homes={name: luck.uniform(0.05, 0.24) for name in names if luck.random() < 0.5},
        ),
        segments={name: _segment(luck, linear) for name in ["talk", "view"][: luck.randint(1, 2)]},
        sellers={name: _seller(luck, linear, tiers, days, first=name == "ant") for name in names},
        opening=Opening(
            hold=luck.choice(["focal", "scarce", "wedge", "none", "none"]), utilisation=luck.uniform(0.4, 0.95)
        ),
        mechanisms=_switches(luck),
        conduct=Conduct(
            review_rate=luck.uniform(0.05, 0.3),
            alertness=luck.uniform(0.2, 3.0),
            regular=luck.random() < 0.3,
            menu_cost=luck.choice([0.0, 0.02, 0.1]),
            tolerance=luck.uniform(0.05, 0.3),
            reversion=luck.choice([15.0, 180.0]),
            target_utilisation=luck.uniform(0.6, 0.95),
        ),
        market=MarketTerms(
            patience=luck.choice([0.0, 0.5, 1.0]),
            mobility=luck.choice([0.0, 0.3, 1.0]),
            share_lag=luck.choice([0, 3, 10, 30]),
            prior_customers=luck.choice([0.0, 5.0]),
            attention_window=luck.choice([5.0, 30.0]),
        ),
    )


def _switches(luck: Random) -> Mechanisms:
    if luck.random() < 0.1:
        return Mechanisms(open_release=False, idle_capacity=False, focal_prices=False, attention=False)
    capacity, focal, attention = (luck.random() < 0.75 for _ in range(3))
    return Mechanisms(idle_capacity=capacity, focal_prices=focal, attention=attention)


def _segment(luck: Random, linear: bool) -> Segment:
    response: LinearResponse | LogResponse = (
        LinearResponse(mu=luck.uniform(0.4, 0.8), outside=luck.uniform(-1.0, 0.5))
        if linear
        else LogResponse(
            eta=luck.uniform(2.0, 3.2),
            epsilon=luck.uniform(0.0, 0.5),
            own_cost=luck.uniform(0.05, 0.5),
            reservation=luck.uniform(50.0, 400.0),
            reference=10.0,
        )
    )
    return Segment(
        buyers=luck.uniform(0.5, 2.0),
        potential=luck.uniform(100.0, 2000.0),
        growth=luck.choice([0.0, luck.uniform(-1.0, 4.0)]),
        response=response,
        sensitivity_spread=luck.uniform(0.0, 0.3),
        size_spread=luck.uniform(0.0, 1.0),
        worth=luck.uniform(0.0, 2.0),
        need=luck.uniform(0.0, 1.5),
        need_spread=luck.uniform(0.0, 0.4),
        contract=luck.uniform(4.0, 40.0),
        loyalty=luck.choice([0.0, 0.5, 2.0]),
        gateway=luck.choice([0.0, 0.4]),
        gateway_contract=luck.uniform(1.0, 6.0),
        home=luck.choice([0.0, 0.8]),
        sensitive=luck.choice([0.0, 0.5]),
        privacy=luck.uniform(0.0, 2.0),
        abroad={"cn": luck.uniform(0.0, 1.5)},
        delay_aversion=luck.choice([0.0, 1.0]),
        adoption=luck.choice([None, luck.uniform(0.3, 0.8)]),
    )


def _seller(luck: Random, linear: bool, tiers: list[str], days: int, *, first: bool) -> Seller:
    lines = {name: _tier(luck, linear) for name in tiers if name == tiers[0] or luck.random() < 0.6}
    fleet = luck.choice([None, Fleet(), Fleet(), Fleet(accelerators=luck.uniform(0.1, 2.0))])
    price = {name: line.price or 0.0 for name, line in lines.items()}
    own = Conduct(review_rate=luck.uniform(0.2, 1.0), regular=luck.random() < 0.5, menu_cost=0.05)
    return Seller(
        role=luck.choice(["cloud", "lab"]),
        region="cn" if first else luck.choice([None, "cn", "us"]),
        strategy=BestResponse() if first else _strategy(luck, price, days),
        conduct=own if luck.random() < 0.3 else None,
        cash=luck.uniform(0.0, 1e5),
        fleet=fleet,
        finance=Finance(payroll=luck.choice([0.0, 50.0])),
        invests=False,
        tiers=lines,
    )


def _strategy(luck: Random, price: dict[str, float], days: int) -> StrategySpec:
    path = {
        name: [Dated(day=day, price=p * luck.uniform(0.5, 1.2)) for day in sorted(luck.sample(range(days), 2))]
        for name, p in price.items()
    }
    best, held = BestResponse(), BestResponse(focal=False)
    return luck.choice(
        [
            *[best, best, best, held, Fixed(), Follow(), Replay(path=path)],
            Undercut(step=luck.uniform(0.02, 0.2), relent=luck.random() < 0.5),
            CostPlus(markup=luck.uniform(0.5, 2.0)),
            Penetration(entry=luck.uniform(0.5, 0.9), ramp=luck.uniform(30.0, 120.0)),
        ]
    )


def _tier(luck: Random, linear: bool) -> Tier:
    marginal = luck.uniform(0.3, 1.0) if linear else luck.uniform(1.0, 4.0)
    price = marginal + luck.uniform(0.9, 2.0) if linear else marginal * luck.uniform(1.7, 5.0)
    return Tier(
        model="m",
        price=price,
        capability=luck.uniform(0.0, 1.5),
        appeal=luck.uniform(-0.5, 0.5),
        value=luck.uniform(2.0, 4.0),
        cost=GivenCost(
            marginal=marginal,
            full=marginal * luck.uniform(1.0, 1.5),
            seconds=luck.uniform(20.0, 200.0),
            curve=luck.choice([None, Moore(rate=luck.uniform(0.2, 3.0))]),
        ),
    )


@pytest.mark.parametrize("seed", range(24))
def test_a_small_market_agrees_with_its_plain_twin_event_by_event(seed: int) -> None:
    assert both(market(seed), seed).differences() == []
