"""The laws of every world hold with a market for rents, rationing vendors, discounts and contracts too."""

from dataclasses import replace
from datetime import timedelta
from math import fsum
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pricewar.agents.machines.sites import EnergyContract, ScaleEconomies
from pricewar.agents.machines.spec import ChipSupply, ComputeMarket, Level
from pricewar.agents.policies.export_control import ExportControl
from pricewar.agents.sellers.spec import Seller
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import prepare, tables_of
from pricewar.sim.economics.curves import Moore
from pricewar.sim.kernel.clock import Process
from tests.property import worlds
from tests.property.test_laws_twins import BANKNOTES, differences, in_another_currency

LAW, lived, between, maybe = worlds.LAW, worlds.lived, worlds.between, worlds.maybe


def _levels(draw: st.DrawFn) -> tuple[Level, ...]:
    days = draw(st.lists(st.integers(-5, 40), max_size=3, unique=True))
    return tuple(Level(date=worlds.START + timedelta(days=day), level=draw(between(0.2, 5.0))) for day in days)


@st.composite
def rented_worlds(draw: st.DrawFn) -> Scenario:
    """A small market with everything of this sort switched on."""
    return rented(draw, draw(worlds.scenarios()))


def rented(draw: st.DrawFn, scenario: Scenario) -> Scenario:
    """A drawn scenario with a market for rents, rationing vendors, discounts and contracts."""
    market = ComputeMarket(
        chip=worlds.CHIP,
        outside_supply=draw(between(1e5, 1e6)),
        supply_growth=draw(between(-1.0, 3.0)),
        supply_levels=_levels(draw),
        elasticity=draw(between(0.3, 3.0)),
        growth=draw(between(-1.0, 3.0)),
        demand_levels=_levels(draw),
        ceiling=draw(between(1.0, 10.0)),
    )

    def placed(seller: Seller) -> Seller:
        contract = st.builds(EnergyContract, price=between(0.01, 0.3), share=between(0.0, 1.0))
        return replace(seller, region=draw(maybe(st.sampled_from(["north", "south"]))), energy=draw(maybe(contract)))

    chips = {
        chip: replace(terms, quarterly=draw(maybe(between(4.0, 20.0)))) for chip, terms in scenario.supply.chips.items()
    } or {worlds.CHIP: ChipSupply(quarterly=5.0)}
    technology: dict[str, Any] = {
        "electricity": Moore(rate=draw(between(-1.0, 1.0))),
        "scale": ScaleEconomies(exponent=draw(between(0.0, 0.3)), reference=10.0),
    }
    world = replace(
        scenario,
        compute=market,
        sellers={name: placed(seller) for name, seller in scenario.sellers.items()},
        supply=replace(scenario.supply, chips=chips, discount=draw(between(0.0, 0.2))),
        technology=replace(scenario.technology, **technology),
    )
    if all(seller.region != "north" for seller in world.sellers.values()):
        return world  # there is nobody to bar
    control = ExportControl(chips=("h20",), regions=("north",))
    return replace(world, policies={**scenario.policies, "chips": control})


@LAW
@given(rented_worlds(), st.sampled_from(BANKNOTES))
def test_another_currency_changes_amounts_of_money_and_nothing_else(scenario: Scenario, factor: float) -> None:
    assert in_another_currency(scenario, factor) == []


@LAW
@given(rented_worlds())
def test_the_order_in_which_things_are_listed_does_not_matter(scenario: Scenario) -> None:
    assert differences(lived(scenario).tables, lived(worlds.reversed_order(scenario)).tables) == []


@LAW
@given(rented_worlds())
def test_books_close_and_every_machine_rented_is_let_by_somebody(scenario: Scenario) -> None:
    simulation = prepare(scenario, 1)
    economy = simulation.firms[0].context.economy
    market, world = economy.market, simulation.world
    assert market is not None

    def watching() -> Process:
        yield world.clock.timeout(scenario.burn_in + 1 / 16)
        while True:
            assert market.cleared is not None
            let, demand = market.cleared.let, market.cleared.demand
            assert abs(fsum(let.values()) - demand) <= 1e-9 * demand
            assert demand <= market.cleared.offered * (1.0 + 1e-9)
            assert market.rent > 0.0
            assert economy.rents() >= 0.0
            yield world.clock.timeout(1.0)

    world.clock.process(watching())
    simulation.run()
    tables = tables_of(simulation)
    assert abs(fsum(world.ledger.balances.values())) <= 1e-9 * world.ledger.turnover
    rents = tables["ledger"].filter((pl.col("day") >= 0) & pl.col("what").is_in(["rent", "own machines"]))
    clouds = [firm.name for firm in simulation.firms if firm.role == "cloud"]
    assert set(rents["payee"]) <= {"landlords", *clouds}
    assert not set(rents["payer"]) & set(clouds)


@LAW
@given(rented_worlds())
def test_firms_ordered_as_much_as_came_and_is_still_to_come(scenario: Scenario) -> None:
    life = lived(scenario)
    hardware = life.tables["hardware"]
    for firm in life.simulation.firms:
        told = hardware.filter(pl.col("seller") == firm.name)
        ordered, came = (
            fsum(told.filter(pl.col("event") == e)["accelerators"].to_list()) for e in ("order", "delivery")
        )
        if firm.gone:  # what was still to come goes elsewhere
            assert firm.on_order == 0.0
            assert came <= ordered * (1.0 + 1e-9)
            continue
        assert abs(ordered - came - firm.on_order) <= 1e-9 * max(ordered, 1.0)
        assert firm.on_order >= -1e-9
