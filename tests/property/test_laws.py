"""Laws that hold in every world, whatever its scenario says: chances, money, tokens, rules and memory."""

from collections.abc import Callable
from itertools import pairwise
from math import fsum

import numpy as np
import polars as pl
import pytest
from hypothesis import given

import pricewar.sim.day
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import prepare, tables_of
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.market import clearing
from pricewar.sim.market.demand import Floats, Ints
from pricewar.sim.world import World
from tests.property import worlds

LAW, scenarios, lived = worlds.LAW, worlds.scenarios, worlds.lived

Tables = dict[str, pl.DataFrame]
ROUNDING = 1e-9
"""Largest error of a sum, as a share of what was summed."""


def watched(scenario: Scenario, look: Callable[[World], None]) -> Tables:
    """Run a scenario, looking at the world between any two instants at which something can happen."""
    simulation = prepare(scenario, seed=1)

    def watching() -> Process:
        yield simulation.world.clock.timeout(1 / 16)
        while True:
            look(simulation.world)
            yield simulation.world.clock.timeout(1 / 8)

    simulation.world.clock.process(watching())
    simulation.run()
    return tables_of(simulation)


def sums(table: pl.DataFrame, column: str, *by: str) -> dict[object, float]:
    """Sums of a column by day and whatever else, without those that are zero."""
    grouped = table.group_by("day", *by).agg(pl.col(column).sum()).filter(pl.col(column) != 0)
    return {tuple(row[:-1]): row[-1] for row in grouped.select("day", *by, column).iter_rows()}


def same(one: dict[object, float], other: dict[object, float]) -> bool:
    """Whether two sets of sums agree but for rounding."""
    scale = max([abs(value) for value in [*one.values(), *other.values()]], default=0.0)
    return all(abs(one.get(key, 0.0) - other.get(key, 0.0)) <= ROUNDING * scale for key in one.keys() | other.keys())


@LAW
@given(scenarios())
def test_shares_are_probabilities(scenario: Scenario) -> None:
    def look(world: World) -> None:
        believed = world.demand().shares(world.board.price)
        for shares in (world.buyers.shares(), believed):
            assert np.all(shares >= -1e-15)
            assert np.all(shares.sum(axis=1) <= 1.0 + ROUNDING)
        gone = ~world.board.live
        assert not believed[:, gone].any(), "nobody believes that what is not for sale is bought"
        adopters = world.buyers.adopters()
        assert np.all((adopters >= 0.0) & (adopters <= world.buyers.heads * (1.0 + ROUNDING)))

    tables = watched(scenario, look)
    shares = tables["sellers_daily"].group_by("day").agg(pl.col("share").sum())["share"]
    assert all(share == 0.0 or abs(share - 1.0) <= ROUNDING for share in shares)
    for table, column in (
        ("segments_daily", "adoption"),
        ("market_daily", "adoption"),
        ("market_daily", "hhi"),
    ):
        assert tables[table][column].fill_nan(0.0).is_between(0.0, 1.0 + ROUNDING).all()


@LAW
@given(scenarios())
def test_every_amount_has_a_payer_and_a_payee_and_cash_is_what_the_ledger_moved(scenario: Scenario) -> None:
    life = lived(scenario)
    ledger, turnover = life.simulation.world.ledger, life.simulation.world.ledger.turnover
    assert abs(fsum(ledger.balances.values())) <= ROUNDING * turnover
    assert max(ledger.errors.values(), default=0.0) <= ROUNDING
    moved = pl.concat(
        [
            life.tables["ledger"].select("day", seller="payee", amount="amount"),
            life.tables["ledger"].select("day", seller="payer", amount=-pl.col("amount")),
        ]
    )
    told = life.tables["sellers_daily"].select("day", "seller", "cash")
    for firm in life.simulation.firms:
        cash = told.filter(pl.col("seller") == firm.name).sort("day")
        got = dict(moved.filter(pl.col("seller") == firm.name).group_by("day").agg(pl.col("amount").sum()).iter_rows())
        opening = life.scenario.sellers[firm.name].cash
        assert isinstance(opening, float)
        # A firm is in the table from its first offer on; it may have paid rent before that.
        running = {day: fsum(got[d] for d in got if d <= day) for day in cash["day"]}
        for day, _, amount in cash.iter_rows():
            assert abs(amount - opening - running[day]) <= ROUNDING * max(turnover, abs(opening))


@LAW
@given(scenarios())
def test_takings_are_tokens_times_price_whoever_counts_them(scenario: Scenario) -> None:
    tables = lived(scenario).tables
    offers, sellers, segments = tables["offers_daily"], tables["sellers_daily"], tables["segments_daily"]
    sales = tables["ledger"].filter(pl.col("what") == "tokens")
    assert same(sums(sales, "amount"), sums(offers.with_columns(due=pl.col("tokens") * pl.col("price")), "due"))
    taken = sums(sales.rename({"payee": "seller"}), "amount", "seller")
    assert same(taken, sums(sellers, "revenue", "seller"))
    assert same(taken, sums(offers, "revenue", "seller"))
    paid = segments.with_columns(
        payer="buyers:" + pl.col("segment"), paid=(pl.col("tokens") * pl.col("price_paid")).fill_nan(0.0)
    )
    assert same(sums(sales, "amount", "payer"), sums(paid, "paid", "payer"))
    beside = ("accelerators", "funding", "entry", "default", "settlement of the burn-in")
    spent = tables["ledger"].filter(~pl.col("payer").str.starts_with("buyers:") & ~pl.col("what").is_in(beside))
    assert same(sums(spent.rename({"payer": "seller"}), "amount", "seller"), sums(sellers, "operating_cost", "seller"))


@LAW
@given(scenarios())
def test_tokens_sold_are_tokens_bought_and_tokens_served(scenario: Scenario) -> None:
    tables = lived(scenario).tables
    offers, sellers, segments = tables["offers_daily"], tables["sellers_daily"], tables["segments_daily"]
    assert same(sums(offers, "tokens", "seller"), sums(sellers, "tokens", "seller"))
    assert same(sums(offers, "tokens"), sums(segments, "tokens"))
    assert same(sums(offers, "tokens"), sums(tables["market_daily"], "tokens"))
    assert same(sums(sellers, "demand"), sums(segments, "demand"))
    assert tables["market_daily"].height == scenario.burn_in + scenario.days


@LAW
@given(scenarios())
def test_what_is_asked_for_is_served_or_waits_or_is_lost(scenario: Scenario) -> None:
    cleared: list[tuple[Floats, Floats, clearing.Service]] = []

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
        service = clearing.clear(demand, waited, seconds, owner, capacity, patience=patience, mobility=mobility)
        cleared.append((demand, waited, service))
        return service

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pricewar.sim.day, "clear", clear)
        life = lived(scenario)
    assert len(cleared) == scenario.burn_in + scenario.days
    for demand, waited, service in cleared:
        asked, told = demand + waited, service.served + service.waiting + service.lost
        assert np.allclose(asked.sum(axis=1), told.sum(axis=1), rtol=ROUNDING, atol=0.0)
        assert all((part >= -1e-12 * asked.max(initial=0.0)).all() for part in (service.served, service.lost))
    for (_, _, before), (_, waited, _) in pairwise(cleared):
        standing = before.waiting.shape[1]
        assert np.array_equal(waited[:, :standing], before.waiting), "what waits is there the next day"
        assert not waited[:, standing:].any(), "nobody waits for an offer that is new"
    everything = fsum(float(demand.sum()) for demand, _, _ in cleared)
    lost = fsum(float(service.lost.sum()) for _, _, service in cleared)
    served = fsum(life.tables["offers_daily"]["tokens"])
    assert abs(everything - served - lost - float(cleared[-1][2].waiting.sum())) <= ROUNDING * everything


@LAW
@given(scenarios())
def test_no_machine_works_beyond_the_utilisation_allowed(scenario: Scenario) -> None:
    sellers = lived(scenario).tables["sellers_daily"]
    assert (sellers["utilisation"] >= 0.0).all()
    # During the burn-in nobody is short of machines: fleets are sized on the first day.
    running = sellers.filter(pl.col("day") >= 0)
    assert (running["utilisation"] <= scenario.max_utilisation * (1.0 + ROUNDING)).all()


@LAW
@given(scenarios())
def test_no_price_lies_below_a_floor_in_force(scenario: Scenario) -> None:
    def look(world: World) -> None:
        for rule in world.policies.enacted:
            floor = rule.policy
            if isinstance(floor, PriceFloor) and rule.first + Phase.PLANS.value <= world.clock.now < rule.last + 1:
                for k in np.flatnonzero(world.board.live):
                    assert world.board.offers[k].inside or world.board.price[k] >= floor.floor

    watched(scenario, look)


@LAW
@given(scenarios())
def test_what_is_posted_obeys_every_rule_in_force_and_ones_own_machines_obey_none(scenario: Scenario) -> None:
    life = lived(scenario)
    rules = life.simulation.world.policies.enacted
    posted = life.tables["prices"].filter(pl.col("kind") != "withdrawn")
    for time, seller, price, cost in posted.select("time", "seller", "price", "unit_cost").iter_rows():
        if life.simulation.world.sellers[seller].role == "buyers":
            assert price == cost
            continue
        for rule in rules:
            assert not rule.in_force(time) or rule.policy.admitted(price, cost) == price


@LAW
@given(scenarios())
def test_causes_lie_in_the_past_and_every_move_is_a_fact(scenario: Scenario) -> None:
    tables = lived(scenario).tables
    facts = tables["facts"]
    assert facts["fact"].to_list() == list(range(facts.height))
    assert facts["time"].is_sorted()
    for fact, cause in facts.select("fact", "cause").drop_nulls().iter_rows():
        assert cause < fact
    told = {row[0]: row[1:] for row in facts.select("fact", "time", "actor", "kind", "cause").iter_rows()}
    standing: dict[tuple[str, str], float | None] = {}
    for row in tables["prices"].iter_rows(named=True):
        assert told[row["fact"]] == (row["time"], row["seller"], row["kind"], row["cause"])
        series = (row["seller"], row["tier"])
        assert row["previous"] == standing.get(series), "the price before a move is the one that stood"
        standing[series] = None if row["kind"] == "withdrawn" else row["price"]
