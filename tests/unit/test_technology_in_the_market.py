"""Technology reaches prices: curves by the clock and by output, compression, algorithms, released architectures."""

from dataclasses import replace
from datetime import date
from math import exp, log

import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.machines.spec import Technology
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.launches import succeed
from pricewar.agents.sellers.spec import Fleet, Seller, Tier, Upgrade
from pricewar.agents.serving_cost import GivenCost, ServedCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.sim.economics.curves import Moore, Wright
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.economics.serving import Architecture, Serving
from pricewar.sim.errors import UserMistake
from pricewar.sim.results.run import Run

DENSE = ServedCost(
    architecture=Architecture(total=14, active=14, kv_bytes=204_800, context=1500), serving=Serving(shards=4)
)


def market(cost: GivenCost | ServedCost, upgrades: dict[str, Upgrade] | None = None) -> Scenario:
    """One seller with a fixed price, so that only its cost moves."""
    tier = Tier(model="m", price=2.0, value=2.0, capability=1.0, cost=cost, upgrades=upgrades or {})
    fleet = Fleet(chip="a100-sxm-80gb") if isinstance(cost, ServedCost) else None
    seller = Seller(strategy=Fixed(), fleet=fleet, invests=False, tiers={"main": tier})
    return replace(load("textbook"), sellers={"acme": seller}, days=120, burn_in=5, sources={})


def unit_cost(run: Run, seller: str = "acme") -> dict[int, float]:
    offers = run.tables["offers_daily"].filter(pl.col("seller") == seller)
    return dict(zip(offers["day"].to_list(), offers["unit_cost"].to_list(), strict=True))


def test_a_cost_by_the_clock_falls_by_the_clock() -> None:
    cost = unit_cost(play(market(GivenCost(marginal=1.0, curve=Moore(rate=0.5)))))
    assert_allclose(cost[100] / cost[0], exp(-0.5 * 100 / 365.25), rtol=1e-12)


def test_a_cost_by_output_falls_as_the_market_itself_makes_more() -> None:
    scenario = market(GivenCost(marginal=1.0, curve=Wright(exponent=0.3)))
    run = play(scenario)
    cost, tokens = unit_cost(run), run.tables["market_daily"].sort("day")["tokens"]
    made = float(tokens.head(5 + 101).sum()) / float(tokens.head(5 + 1).sum())
    assert_allclose(cost[100] / cost[0], made**-0.3, rtol=1e-9)
    dearer = replace(scenario.sellers["acme"].tiers["main"], price=2.5)
    seller = replace(scenario.sellers["acme"], tiers={"main": dearer})
    less = unit_cost(play(replace(scenario, sellers={"acme": seller})))
    assert_allclose(less[100], cost[100], rtol=1e-3)  # the same growth from another start is the same learning


def test_better_serving_software_lowers_machine_time_and_cost_alike() -> None:
    scenario = replace(market(DENSE), technology=Technology(rental=2.0, software=Moore(rate=0.4)))
    cost = unit_cost(play(scenario))
    assert_allclose(cost[100] / cost[0], exp(-0.4 * 100 / 365.25), rtol=1e-12)


def test_a_public_step_in_compression_lowers_cost_from_its_day_on() -> None:
    event = CompressionEvent(name="8 bits", date=date(2024, 2, 10), weight_bytes=0.5, source="a test")
    cost = unit_cost(play(replace(market(DENSE), technology=Technology(rental=2.0, compression={"int8": event}))))
    assert cost[39] == cost[0]
    assert cost[40] < 0.98 * cost[39]
    assert cost[119] == cost[40]


@pytest.mark.parametrize(("nats", "cheaper"), [(0.0, True), (1.5, False)])
def test_a_successor_is_as_large_as_algorithms_then_need_for_its_capability(nats: float, cheaper: bool) -> None:
    upgrade = Upgrade(date=date(2024, 3, 1), model="m2", capability=1.0 + nats)
    scenario = replace(market(DENSE, {"next": upgrade}), technology=Technology(rental=2.0))
    cost = unit_cost(play(scenario))
    assert (cost[61] < cost[59]) == cheaper
    firm = prepare(scenario, 1).firms[0]
    succeed(firm, "main", "m2", 1.0 + nats, None)
    resized = firm.lines["main"].cost
    assert isinstance(resized, ServedCost)
    # Compute-optimal size in capability times algorithmic progress since the predecessor was new.
    years = (firm.world.clock.now - 0.0) / 365.25
    assert_allclose(resized.architecture.active, 14 * exp(0.5 * nats - log(3.0) * years), rtol=1e-9)


def test_a_successor_that_does_not_fit_its_machines_is_found_before_the_run() -> None:
    upgrade = Upgrade(date=date(2024, 3, 1), model="huge", capability=9.0)
    with pytest.raises(UserMistake, match="acme"):
        prepare(replace(market(DENSE, {"next": upgrade}), technology=Technology(rental=2.0)), 1)


def with_release(**switches: bool) -> Scenario:
    event = CompressionEvent(name="sparse", date=date(2024, 1, 20), kv_bytes=0.1, active=0.5, source="a test")
    release = Release(
        date=date(2024, 1, 20), lab="elsewhere", model="open-1", tier="main", capability=1.0, hosts=2,
        cost=GivenCost(marginal=0.2, seconds=100.0), teaches=event,
    )  # fmt: skip
    return replace(
        market(DENSE),
        releases={"open-1": release},
        hosts=HostTerms(look=1.0, markup=0.2),
        technology=Technology(rental=2.0, pipeline=10.0, pipeline_spread=0.0),
        mechanisms=Mechanisms(focal_prices=False, **switches),
    )


def test_a_release_brings_hosts_and_an_option_at_once_and_its_architecture_only_after_training() -> None:
    run = play(with_release())
    prices, cost = run.tables["prices"], unit_cost(run)
    entered = prices.filter(pl.col("seller").str.starts_with("host-") & (pl.col("kind") == "launch"))
    assert entered.height == 2
    assert_allclose(entered["price"].to_list(), 0.24)
    own = prices.filter(pl.col("tier") == "self-hosted")
    assert own["time"].min() == 19.0
    assert cost[28] == cost[19]
    assert cost[29] < 0.9 * cost[28]  # day 19 and a median pipeline of ten days


def test_with_the_mechanism_off_a_release_changes_nothing_for_others() -> None:
    run = play(with_release(open_release=False))
    assert run.tables["prices"]["seller"].unique().to_list() == ["acme"]
    cost = unit_cost(run)
    assert cost[119] == cost[0]
