"""Laws about two worlds that differ in one thing: currency, order, a rule without effect, somebody else's luck."""

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass, replace
from datetime import date
from typing import Any, get_args, get_type_hints

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pricewar.agents.buyers.population import SampledPopulation
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.agents.policies.below_cost_ban import BelowCostBan
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.spec import Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.schema import BuyerTerms, Scenario
from pricewar.scenarios.run.play import Simulation, play, prepare, tables_of
from pricewar.sim.kernel.clock import Process
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.parameters import Range
from pricewar.sim.results.tables import TABLES
from pricewar.sim.units import Share
from tests.property import worlds

LAW, scenarios, lived = worlds.LAW, worlds.scenarios, worlds.lived

Tables = dict[str, pl.DataFrame]
BANKNOTES = [2.0**-7, 2.0**3, 2.0**20]
"""Powers of two, so that a change of currency is exact in binary."""


LIMIT = 1e-6
"""How little an offer that nobody takes may change others, as a share of the largest number of the column."""


def meddled(scenario: Scenario, meddling: Callable[[Simulation], Process]) -> tuple[Simulation, Tables]:
    """Simulate with somebody interfering."""
    simulation = prepare(scenario, seed=1)
    simulation.world.clock.process(meddling(simulation))
    simulation.run()
    return simulation, tables_of(simulation)


def differences(one: Tables, other: Tables) -> list[str]:
    """Columns that differ by as much as a bit, rows in the order in which they were written."""
    assert one.keys() == other.keys()
    of_height = [name for name in one if one[name].height != other[name].height]
    same_height = [name for name in one if name not in of_height]
    return of_height + [
        f"{name}.{column.name}"
        for name in same_height
        for column in one[name]
        if not column.equals(other[name][column.name], check_dtypes=True)
    ]


def in_another_currency(scenario: Scenario, factor: float) -> list[str]:
    """Columns in which a run in another currency differs by more than the change of currency."""
    tables, other = lived(scenario).tables, lived(worlds.rescaled(scenario, factor)).tables
    for name, table in tables.items():
        money = [column.name for column in TABLES[name] if column.unit.startswith("money")]
        tables[name] = table.with_columns(pl.col(column) * factor for column in money if column in table.columns)
    return differences(tables, other)


@LAW
@given(scenarios(), st.sampled_from(BANKNOTES))
def test_another_currency_changes_amounts_of_money_and_nothing_else(scenario: Scenario, factor: float) -> None:
    assert in_another_currency(scenario, factor) == []


def parameters_without_unit(kind: Any, seen: set[type]) -> list[str]:
    """Numbers that a scenario may hold and whose type names no unit."""
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return [name for part in _inside(kind) for name in parameters_without_unit(part, seen)]
    if kind in seen or kind is Range:  # a range is in the unit of its key
        return []
    seen.add(kind)
    hints = get_type_hints(kind, include_extras=True)
    bare = [f"{kind.__name__}.{n}" for n, h in hints.items() if _numeric(h) and worlds.money_power(h) is None]
    return bare + [name for hint in hints.values() for name in parameters_without_unit(hint, seen)]


def _inside(annotation: Any) -> tuple[Any, ...]:
    return (*get_args(annotation), *getattr(annotation, "__metadata__", ()))


def _numeric(annotation: Any) -> bool:
    return annotation is float or any(_numeric(part) for part in _inside(annotation) if not is_dataclass(part))


def test_every_number_of_a_scenario_says_its_unit_so_that_no_money_can_hide() -> None:
    seen: set[type] = set()
    assert parameters_without_unit(Scenario, seen) == []
    assert len(seen) > 40


def test_a_price_without_a_unit_would_be_noticed() -> None:
    @dataclass
    class Hidden:
        price: float
        share: Share

    assert parameters_without_unit(Hidden, set()) == ["Hidden.price"]


@LAW
@given(scenarios(), st.none() | st.dates(worlds.START))
def test_a_policy_without_effect_changes_no_bit(scenario: Scenario, first: date | None) -> None:
    nil: dict[str, PriceFloor | BelowCostBan] = {
        "no-ban": BelowCostBan(share=0.0, start=first),
        "a-floor": PriceFloor(floor=0.0, start=first),
        "no-floor": PriceFloor(floor=0.0),
    }
    other = replace(scenario, policies={**scenario.policies, **nil})
    assert differences(lived(scenario).tables, lived(other).tables) == []


@LAW
@given(scenarios())
def test_the_order_in_which_things_are_listed_does_not_matter(scenario: Scenario) -> None:
    turned = worlds.reversed_order(scenario)
    assert turned == scenario
    one, other = play(scenario, seed=7), play(turned, seed=7)
    assert differences(dict(one.tables), dict(other.tables)) == []
    assert one.digest == other.digest


@LAW
@given(scenarios(), st.data())
def test_a_number_that_one_agent_draws_and_does_not_use_changes_nothing(
    scenario: Scenario, data: st.DataObject
) -> None:
    who = data.draw(st.sampled_from(sorted(scenario.sellers)))
    when = data.draw(st.integers(0, scenario.days - 1))

    def wasting(simulation: Simulation) -> Process:
        yield simulation.world.clock.timeout(scenario.burn_in + when)
        simulation.world.streams(who, "strategy").random(3)
        simulation.world.streams("a stranger", "review").random(3)

    assert differences(lived(scenario).tables, meddled(scenario, wasting)[1]) == []


@LAW
@given(scenarios(), st.data())
def test_when_one_seller_reviews_changes_nobody_elses_luck(scenario: Scenario, data: st.DataObject) -> None:
    silent = replace(scenario, sellers={name: replace(s, strategy=Fixed()) for name, s in scenario.sellers.items()})
    who = data.draw(st.sampled_from(sorted(scenario.sellers)))
    when = data.draw(st.integers(0, scenario.days - 1))

    def wasting(simulation: Simulation) -> Process:
        yield simulation.world.clock.timeout(scenario.burn_in + when)
        simulation.world.streams(who, "review").random()

    one, other = lived(silent).tables, meddled(silent, wasting)[1]
    for tables in (one, other):  # a stance is that of the last review, which now falls on another day
        tables["sellers_daily"] = tables["sellers_daily"].filter(pl.col("seller") != who)
    assert differences(one, other) == []


def test_no_two_names_share_their_luck() -> None:
    names = [(who, what) for who in ("ant", "bee") for what in ("review", "strategy")]
    streams = Streams(1)
    assert len({streams(*name).random() for name in names}) == len(names)
    assert len({int(streams.key(*name)) for name in names}) == len(names)
    assert Streams(2)("ant", "review").random() != Streams(1)("ant", "review").random()


def same_but_for_rounding(one: Tables, other: Tables) -> None:
    """Tokens that were added up in another order agree but for rounding."""
    for name in ("prices", "offers_daily", "segments_daily", "sellers_daily"):
        assert one[name].height == other[name].height
        for column in [c.name for c in TABLES[name] if c.dtype == "Float64" and c.name != "nash_price"]:
            ours, theirs = (table[name][column].fill_null(0.0).to_numpy() for table in (one, other))
            assert np.allclose(ours, theirs, rtol=1e-7, atol=1e-9, equal_nan=True), (name, column)


def same_contracts(one: Simulation, other: Simulation) -> None:
    """Every buyer has the same supplier, has chosen as often, and its contract ends at the same instant."""
    assert isinstance(one.world.buyers, SampledPopulation)
    assert isinstance(other.world.buyers, SampledPopulation)
    for ours, theirs in zip(one.world.buyers.members, other.world.buyers.members, strict=True):
        assert np.array_equal(ours.choice, theirs.choice)
        assert np.array_equal(ours.drawn, theirs.drawn)
        assert np.array_equal(ours.ends, theirs.ends)


INSTANTS = st.lists(st.floats(0.0, 60.0), min_size=1, max_size=20).map(sorted)


@LAW
@given(scenarios(), INSTANTS)
def test_contracts_may_be_renewed_in_any_batches(scenario: Scenario, instants: list[float]) -> None:
    sampled = replace(scenario, buyers=replace(scenario.buyers, kind="sampled"))

    def cutting(simulation: Simulation) -> Process:
        for instant in instants:
            yield simulation.world.clock.until(instant - scenario.burn_in)
            simulation.world.buyers.renew(simulation.world.clock.now)

    whole = lived(sampled)
    simulation, tables = meddled(sampled, cutting)
    same_contracts(whole.simulation, simulation)
    same_but_for_rounding(whole.tables, tables)


@LAW
@given(scenarios(), INSTANTS)
def test_publishing_nothing_changes_nothing(scenario: Scenario, instants: list[float]) -> None:
    crowded = replace(
        scenario,
        buyers=replace(scenario.buyers, kind="sampled"),
        max_utilisation=0.2,
        segments={name: replace(s, delay_aversion=2.0) for name, s in scenario.segments.items()},
    )

    def publishing(simulation: Simulation) -> Process:
        for instant in instants:
            yield simulation.world.clock.until(instant - scenario.burn_in)
            simulation.world.publish()

    whole = lived(crowded)
    simulation, tables = meddled(crowded, publishing)
    same_contracts(whole.simulation, simulation)
    same_but_for_rounding(whole.tables, tables)


def test_customers_of_a_seller_that_has_gone_choose_at_once_whenever_anybody_looks() -> None:
    lossmaker = Release(
        date=worlds.START, lab="lab", model="open", capability=0.0, hosts=1, cost=GivenCost(marginal=1.0)
    )
    tier = Tier(model="dear", price=10.0, cost=GivenCost(marginal=1.0))
    scenario = Scenario(
        title="a host that comes too early",
        start=worlds.START,
        days=50,
        burn_in=0,
        buyers=BuyerTerms(count=200),
        segments={"all": Segment(potential=1000.0, contract=60.0)},
        sellers={"old": Seller(strategy=Fixed(), tiers={"cheap": tier})},
        releases={"open": lossmaker},
        hosts=HostTerms(look=3.0, patience=0.0, fixed_cost=150.0, self_appeal=-50.0),
    )

    def cutting(simulation: Simulation) -> Process:
        while True:
            simulation.world.buyers.renew(simulation.world.clock.now)
            yield simulation.world.clock.timeout(0.3)

    whole = lived(scenario)
    assert whole.tables["prices"].filter(pl.col("kind") == "withdrawn").height > 0
    same_contracts(whole.simulation, meddled(scenario, cutting)[0])


@LAW
@given(scenarios(), st.sampled_from(["aaa", "zzz"]))
def test_an_offer_that_nobody_would_take_changes_nothing_for_the_others(scenario: Scenario, name: str) -> None:
    # Its odds are e^-800, zero in binary. Sellers cannot know that: to them every share is at least 1e-12.
    tier = Tier(model="nobody's", price=2.0, appeal=-800.0, cost=GivenCost(marginal=1.0))
    unwanted = Seller(strategy=Fixed(), tiers={"niche": tier})
    other = replace(scenario, sellers={**scenario.sellers, name: unwanted})
    one, two = lived(scenario).tables, lived(other).tables
    for table in ("prices", "offers_daily", "sellers_daily", "segments_daily"):
        theirs = two[table]
        if "seller" in theirs.columns:
            theirs = theirs.filter(pl.col("seller") != name)
        assert theirs.height == one[table].height
        # The static Nash prices of a market need not be unique; the solver may find others.
        for column in [c.name for c in TABLES[table] if c.dtype == "Float64" and c.name != "nash_price"]:
            ours, now = one[table][column].fill_null(0.0).to_numpy(), theirs[column].fill_null(0.0).to_numpy()
            # What is unmet is the small rest of what is asked for, and rounds as that does.
            scale = one[table]["demand"].to_numpy() if column == "unmet" else ours
            largest = np.nanmax(np.abs(scale), initial=0.0)
            assert np.allclose(ours, now, rtol=0.0, atol=LIMIT * largest, equal_nan=True), (table, column)
    sold = two["offers_daily"].filter(pl.col("seller") == name)["tokens"]
    assert (sold == 0.0).all()
