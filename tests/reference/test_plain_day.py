"""The day against its slow plain twin: same tokens, same bills."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pricewar.sim.day
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.spec import Fleet, Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.schema import BuyerTerms, Scenario
from pricewar.scenarios.run.play import prepare, tables_of
from pricewar.sim.market import clearing
from pricewar.sim.market.demand import Floats, Ints
from tests.reference import plain_day

SAME = 1e-12
"""Largest difference, as a share of what was asked for."""
TWIN = settings(max_examples=300, deadline=None, derandomize=True, database=None)

tokens = st.just(0.0) | st.floats(1e-3, 1e3)


def as_market(demand: Floats, waited: Floats, seconds: Floats, owner: Ints, capacity: Floats) -> plain_day.Market:
    """Arrays in words."""
    cells = [(f"s{s}", f"o{k}") for s in range(demand.shape[0]) for k in range(demand.shape[1])]
    return plain_day.Market(
        asked=dict(zip(cells, demand.ravel().tolist(), strict=True)),
        waited=dict(zip(cells, waited.ravel().tolist(), strict=True)),
        seller={f"o{k}": f"j{j}" for k, j in enumerate(owner.tolist())},
        seconds={f"o{k}": a for k, a in enumerate(seconds.tolist())},
        capacity={f"j{j}": c for j, c in enumerate(capacity.tolist())},
    )


@st.composite
def markets(draw: st.DrawFn) -> tuple[Floats, Floats, Floats, Ints, Floats]:
    """Demand, what waited, machine time, owners, capacity: 1-3 segments, 1-5 offers, 1-3 sellers."""
    s, k, j = draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    rows = st.lists(tokens, min_size=s * k, max_size=s * k)
    demand, waited = (np.array(draw(rows)).reshape(s, k) for _ in range(2))
    seconds = np.array(draw(st.lists(st.floats(0.1, 10.0), min_size=k, max_size=k)))
    owner = np.array(draw(st.lists(st.integers(0, j - 1), min_size=k, max_size=k)), dtype=np.intp)
    wanted = np.bincount(owner, (demand + waited).sum(axis=0) * seconds, minlength=j)
    # Capacity near the load is where rationing, spill-over and a full rival meet.
    tightness = np.array(draw(st.lists(st.sampled_from([0.0, 0.3, 0.9, 1.1, 3.0, np.inf]), min_size=j, max_size=j)))
    capacity = tightness * (wanted + 1.0)
    return demand, waited, seconds, owner, capacity


@TWIN
@given(markets(), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_market_clears_as_the_plain_one_does(
    market: tuple[Floats, Floats, Floats, Ints, Floats], patience: float, mobility: float
) -> None:
    demand, waited, seconds, owner, capacity = market
    service = clearing.clear(demand, waited, seconds, owner, capacity, patience=patience, mobility=mobility)
    outcome = plain_day.clear(as_market(*market), patience, mobility)
    scale = max(1.0, float((demand + waited).sum()))
    for name in ("served", "waiting", "spilled", "arrived", "lost"):
        plain = np.array(list(getattr(outcome, name).values())).reshape(-1)
        order = np.argsort([f"{s}{o}" for s, o in getattr(outcome, name)])
        assert np.allclose(getattr(service, name).ravel(), plain[order], rtol=0.0, atol=SAME * scale), name
    work = max(1.0, scale * float(seconds.max()))
    assert np.allclose(service.load, [outcome.load[f"j{j}"] for j in range(capacity.size)], rtol=0, atol=SAME * work)
    # Delays are work over capacity, and capacity may be small.
    assert np.allclose(service.delay, [outcome.delay[f"j{j}"] for j in range(capacity.size)], rtol=SAME, atol=1e-12)


@pytest.fixture
def crowded() -> Scenario:
    """Three sellers with too few, too few, and enough machines, two segments; no price ever moves."""

    def seller(price: float, marginal: float, machines: float | None) -> Seller:
        tiers = {
            name: Tier(model=name, price=price * dearer, cost=GivenCost(marginal=marginal * dearer, seconds=100.0))
            for name, dearer in (("cheap", 1.0), ("flagship", 2.0))
        }
        fleet = None if machines is None else Fleet(accelerators=machines)
        return Seller(role="cloud", strategy=Fixed(), tiers=tiers, fleet=fleet, invests=False)

    segment = Segment(potential=1000.0, growth=1.0, contract=20.0, delay_aversion=1.0)
    return Scenario(
        title="a crowded day",
        start=date(2024, 1, 1),
        days=30,
        burn_in=5,
        buyers=BuyerTerms(count=200),
        segments={"one": segment, "two": segment},
        sellers={"a": seller(5.0, 1.0, 0.3), "b": seller(7.0, 2.0, 0.5), "c": seller(9.0, 1.5, None)},
    )


def test_a_day_is_cleared_billed_and_paid_as_the_plain_one_is(
    crowded: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    markets: list[tuple[Floats, Floats, Floats, Ints, Floats]] = []

    def clear(
        demand: Floats,
        waited: Floats,
        seconds: Floats,
        owner: Ints,
        capacity: Floats,
        *,
        patience: float,
        mobility: float,
    ) -> clearing.Service:
        markets.append((demand, waited, seconds, owner, capacity))
        return clearing.clear(demand, waited, seconds, owner, capacity, patience=patience, mobility=mobility)

    monkeypatch.setattr(pricewar.sim.day, "clear", clear)
    simulation = prepare(crowded, seed=1)
    simulation.run()
    tables = tables_of(simulation)
    world = simulation.world
    waiting: plain_day.Amounts = {}
    names = [offer.name for offer in world.board.offers]
    assert len(markets) == 35
    short = 0
    for number, arrays in enumerate(markets):
        day = number - crowded.burn_in
        market = _in_names(arrays, names, list(world.buyers.segments))
        market.waited = waiting
        offers = tables["offers_daily"].filter(pl.col("day") == day)
        for row in offers.iter_rows(named=True):
            offer = f"{row['seller']}/{row['tier']}"
            market.price, market.cost = (
                {**market.price, offer: row["price"]},
                {**market.cost, offer: row["marginal_cost"]},
            )
        outcome = plain_day.clear(market, world.terms.patience, world.terms.mobility)
        waiting = outcome.waiting
        short += any(delay > 0.0 for delay in outcome.delay.values())
        for row in offers.iter_rows(named=True):
            offer = f"{row['seller']}/{row['tier']}"
            sold = sum(outcome.served[segment, offer] for segment in world.buyers.segments)
            assert row["tokens"] == pytest.approx(sold, rel=1e-11)
        for row in tables["sellers_daily"].filter(pl.col("day") == day).iter_rows(named=True):
            assert row["delay"] == pytest.approx(outcome.delay[row["seller"]], rel=1e-11)
        for row in tables["segments_daily"].filter(pl.col("day") == day).iter_rows(named=True):
            unmet = sum(
                outcome.waiting[cell] + outcome.lost[cell] for cell in outcome.lost if cell[0] == row["segment"]
            )
            assert row["unmet"] == pytest.approx(unmet, rel=1e-9, abs=1e-9)
        entries = tables["ledger"].filter(pl.col("day") == day)
        ledger = {(r["payer"], r["payee"], r["what"]): r["amount"] for r in entries.iter_rows(named=True)}
        assert ledger == pytest.approx(plain_day.bill(market, outcome), rel=1e-11)
    assert short > 10, "the machines must be short on some days, else nothing was tested"


def _in_names(
    arrays: tuple[Floats, Floats, Floats, Ints, Floats], offers: list[str], segments: list[str]
) -> plain_day.Market:
    demand, _, seconds, owner, capacity = arrays
    sellers = sorted({offer.split("/")[0] for offer in offers})
    return plain_day.Market(
        asked={(s, o): float(demand[i, k]) for i, s in enumerate(segments) for k, o in enumerate(offers)},
        waited={},
        seller={offer: sellers[int(owner[k])] for k, offer in enumerate(offers)},
        seconds=dict(zip(offers, seconds.tolist(), strict=True)),
        capacity=dict(zip(sellers, capacity.tolist(), strict=True)),
    )
