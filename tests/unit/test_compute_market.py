"""The market for rents: a rest point on the first day, scarcity, glut, who pays whom, and its limit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import exp, fsum

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.agents.games.first_order import best_response, implied_cost
from pricewar.agents.machines.rental_market import RentPayments
from pricewar.agents.machines.sites import EnergyContract, ScaleEconomies
from pricewar.agents.machines.spec import ComputeMarket, Level
from pricewar.agents.mechanisms import Calibration
from pricewar.agents.pricing.best_response import pricing_problem
from pricewar.agents.pricing.books import View
from pricewar.agents.sellers.books import books_of
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import Simulation, play, prepare, tables_of
from pricewar.sim.economics.curves import Moore
from pricewar.sim.errors import ScenarioMistakes, UserMistake
from pricewar.sim.market.rental import Cleared

CHINA = load("china-2024", ["buyers.count=300", "burn_in=20", "days=60"])
MARKET = ComputeMarket(chip="a800-sxm-80gb", outside_supply=20_000.0, elasticity=1.0)


def rented(market: ComputeMarket | None = MARKET) -> Scenario:
    return replace(CHINA, compute=market)


def rents(scenario: Scenario) -> dict[int, float]:
    return dict(play(scenario).tables["rentals"].select("day", "price").iter_rows())


def ended(scenario: Scenario) -> tuple[Simulation, Mapping[str, pl.DataFrame]]:
    simulation = prepare(scenario, 1)
    simulation.run()
    return simulation, tables_of(simulation)


def test_the_first_day_clears_at_the_opening_rent() -> None:
    simulation = prepare(rented(), 1)
    economy = simulation.firms[0].context.economy
    simulation.world.clock.run(until=-1.0)
    assert economy.rents() == economy.rents_with_power() == 1.0
    simulation.world.clock.run(until=0.1)
    assert economy.market is not None
    assert economy.market.cleared is not None
    assert economy.rents() == economy.rents_with_power() == 1.0
    power = economy.owned_hour("a800-sxm-80gb").variable
    assert_allclose(economy.market.rent, CHINA.technology.rental + power, rtol=1e-15)


def test_off_it_is_as_without_it_to_the_last_bit() -> None:
    without, off = play(rented(None)), play(rented(replace(MARKET, responds=False)))
    assert without.digest == off.digest
    assert without.digest != play(rented()).digest


def test_growing_demand_raises_the_rent_and_growing_supply_lowers_it() -> None:
    markets = (MARKET, replace(MARKET, growth=1.0), replace(MARKET, supply_growth=1.0))
    still, wanted, made = (rents(rented(market)) for market in markets)
    assert still[0] == wanted[0] == made[0]
    assert made[56] < still[56] < wanted[56]
    assert wanted[56] > wanted[28] > wanted[0]
    assert made[56] < made[28] < made[0]


def test_with_a_large_rest_of_the_world_the_rent_follows_its_demand_over_its_supply() -> None:
    path = (Level(date=date(2024, 1, 1), level=3.0), Level(date=date(2024, 1, 29), level=6.0))
    huge = replace(MARKET, outside_supply=1e9, elasticity=0.5, demand_levels=path)
    found = rents(rented(huge))
    assert_allclose(found[28] / found[0], 2.0**2, rtol=1e-4)
    assert_allclose(found[14] / found[0], 2.0, rtol=1e-4)
    assert found[56] == pytest.approx(found[28], rel=1e-4)


def test_the_rent_grows_as_demand_does_over_supply_to_the_power_of_one_over_the_elasticity() -> None:
    for growth, supply_growth in ((0.9, 0.0), (0.0, 0.6), (0.9, 0.6)):
        huge = replace(MARKET, outside_supply=1e9, elasticity=0.5, growth=growth, supply_growth=supply_growth)
        weekly = rents(rented(huge))
        expected = exp((growth - supply_growth) * 56 / 365.25) ** (1.0 / 0.5)
        assert_allclose(weekly[56] / weekly[0], expected, rtol=1e-4)


def test_in_a_glut_all_who_run_at_one_cost_let_the_same_share_of_what_they_have() -> None:
    path = (Level(date=date(2024, 1, 1), level=1.0), Level(date=date(2024, 1, 8), level=1000.0))
    simulation = prepare(rented(replace(MARKET, supply_levels=path)), 1)
    market, world = simulation.firms[0].context.economy.market, simulation.world
    assert market is not None
    world.clock.run(until=7.2)
    assert market.cleared is not None
    tokens = world.buyers.demand(world.clock.now).sum(axis=0)
    share = market.cleared.demand / market.cleared.offered
    assert share < 0.5
    clouds = [name for name, trader in market.traders.items() if trader.idle(tokens) > 100.0]
    assert clouds
    for name in clouds:
        assert_allclose(market.cleared.let[name] / market.traders[name].idle(tokens), share, rtol=0.01)


def test_all_that_is_paid_for_rent_reaches_who_lets_also_where_much_stands_idle() -> None:
    world = prepare(rented(), 1).world
    glut = Cleared(rent=2.0, demand=50.0, offered=200.0, let={"a": 30.0, "b": 20.0})
    RentPayments(world).collect(glut, "renter", "rent", 100.0, 5.0, power=True)
    assert [world.ledger.balance(name) for name in ("renter", "a", "b")] == [-100.0, 60.0, 40.0]


def test_scarcity_stops_at_the_ceiling_and_a_glut_at_running_cost() -> None:
    path = (Level(date=date(2024, 1, 1), level=1.0), Level(date=date(2024, 1, 8), level=1000.0))
    scarce = rents(rented(replace(MARKET, demand_levels=path, ceiling=5.0)))
    assert_allclose(scarce[14] / scarce[0], 5.0, rtol=1e-12)
    simulation, tables = ended(rented(replace(MARKET, supply_levels=path)))
    economy = simulation.firms[0].context.economy
    assert_allclose(tables["rentals"]["price"][-1], economy.owned_hour("a800-sxm-80gb").variable, rtol=1e-12)
    assert tables["rentals"]["utilisation"][-1] < 0.2
    assert abs(economy.rents()) < 1e-12


def test_machines_of_firms_that_left_lower_the_rent() -> None:
    simulation = prepare(rented(), 1)
    market = simulation.firms[0].context.economy.market
    assert market is not None
    market.take_over(20_000.0, "nobody")
    market.pool = 0.0
    simulation.world.clock.run(until=8.0)
    before = market.rent
    market.take_over(20_000.0, "nobody")
    simulation.world.clock.run(until=15.0)
    assert market.rent < 0.6 * before


def test_what_is_rented_is_what_is_let_and_rent_goes_to_who_lets() -> None:
    simulation, tables = ended(rented())
    market = simulation.firms[0].context.economy.market
    assert market is not None
    assert market.cleared is not None
    assert_allclose(fsum(market.cleared.let.values()), market.cleared.demand, rtol=1e-9)
    assert_allclose(tables["rentals"]["demand"], tables["rentals"]["supply"], rtol=1e-9)
    last = tables["sellers_daily"].filter(pl.col("day") == 59)
    for name, out in last.filter(pl.col("role") == "cloud").select("seller", "rented_out").iter_rows():
        assert out == market.cleared.let[name] > 0.0
    rent = tables["ledger"].filter((pl.col("day") == 59) & pl.col("what").str.contains("rent|own machines"))
    lab = rent.filter(pl.col("payer") == "zhipu").group_by("payee").agg(pl.col("amount").sum())
    total = float(lab["amount"].sum())
    fleet = last.filter(pl.col("seller") == "zhipu")["fleet"].item()
    economy = simulation.firms[0].context.economy
    assert_allclose(total, 24.0 * fleet * CHINA.technology.rental * economy.rents(), rtol=1e-9)
    for owner, amount in lab.iter_rows():
        assert_allclose(amount / total, market.cleared.let[owner] / market.cleared.demand, rtol=1e-9)


def test_a_clouds_cash_changes_by_its_takings_its_costs_and_its_rents() -> None:
    _, tables = ended(rented())
    purchases = tables["ledger"].filter(pl.col("what") == "accelerators").group_by("day", seller="payer")
    bought = purchases.agg(spent=pl.col("amount").sum())
    cash = tables["sellers_daily"].filter(pl.col("seller") == "alibaba").sort("day")
    cash = cash.join(bought, on=["day", "seller"], how="left", maintain_order="left").fill_null(0.0)
    change = cash["cash"].diff().drop_nulls().to_numpy()
    due = (cash["revenue"] - cash["operating_cost"] + cash["rent_income"] - cash["spent"])[1:].to_numpy()
    assert_allclose(change, due, rtol=1e-6, atol=1e-3)
    assert (cash.filter(pl.col("day") >= 0)["rent_income"] > 0.0).all()


def test_a_change_of_rent_by_more_than_a_twentieth_is_a_fact() -> None:
    _, tables = ended(rented(replace(MARKET, growth=2.0)))
    facts = tables["facts"].filter(pl.col("kind") == "rent")
    prices = [tables["rentals"]["price"][0], *(
        tables["rentals"].filter(pl.col("day") == day)["price"].item() for day in facts["time"].cast(pl.Int32)
    )]  # fmt: skip
    assert facts.height >= 3
    assert all("rises by" in what for what in facts["what"])
    assert all(after / before > 1.05 for before, after in pairwise(prices))


def test_sellers_who_rent_more_than_there_is_are_found() -> None:
    labs = {name: replace(seller, role="lab") for name, seller in CHINA.sellers.items()}
    simulation = prepare(replace(rented(replace(MARKET, outside_supply=1.0)), sellers=labs), 1)
    with pytest.raises(UserMistake, match=r"compute\.outside_supply"):
        simulation.run()


def test_power_is_told_as_it_is_paid_for() -> None:
    own = replace(CHINA.technology, electricity=Moore(rate=-0.5))
    contract = EnergyContract(price=0.3, share=0.5)
    sellers = {**CHINA.sellers, "alibaba": replace(CHINA.sellers["alibaba"], energy=contract)}
    run = play(replace(CHINA, technology=own, sellers=sellers))
    paid = run.tables["ledger"].filter(pl.col("what") == "energy and variable cost")
    told = run.tables["sellers_daily"].filter(pl.col("role") == "cloud").join(
        paid, left_on=["day", "seller"], right_on=["day", "payer"]
    )  # fmt: skip
    assert told.height > 100
    spot = (0.6 * (0.5 * (told["day"] + 0.875) / 365.25).exp()).to_numpy()  # paid at the close
    price = pl.Series(spot).zip_with(told["seller"] != "alibaba", pl.Series(0.5 * 0.3 + 0.5 * spot)).to_numpy()
    assert_allclose(told["energy"] * price, told["amount"], rtol=1e-9)  # no upkeep in this scenario


def test_a_large_fleet_serves_at_lower_cost_unless_scale_is_switched_off() -> None:
    scale = replace(CHINA.technology, scale=ScaleEconomies(exponent=0.2, reference=100.0))
    without, with_scale = (
        play(replace(CHINA, technology=each)).tables["offers_daily"] for each in (CHINA.technology, scale)
    )
    first = [t.filter((pl.col("day") == 0) & (pl.col("tier") == "flagship")) for t in (without, with_scale)]
    cost = [dict(t.select("seller", "unit_cost").iter_rows()) for t in first]
    assert cost[1]["alibaba"] < 0.95 * cost[0]["alibaba"]
    assert cost[1]["baichuan"] == cost[0]["baichuan"]  # a lab owns no fleet
    nil = replace(CHINA.technology, scale=ScaleEconomies(exponent=0.0))
    assert play(replace(CHINA, technology=nil)).digest == play(CHINA).digest


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        (["compute.chip=h200", "compute.outside_supply=1", "compute.elasticity=1"], "compute.chip"),
        (["compute.chip=h20", "compute.outside_supply=0", "compute.elasticity=1"], "compute.outside_supply"),
        (["compute.chip=h20", "compute.outside_supply=1", "compute.elasticity=1", "technology.rental=0"], "rental"),
        (["supply.chips.h20.quarterly=10"], "supply.chips.h20.quarterly"),
        (["supply.region=china", "supply.chips.h20.regions=['chile']"], "supply.chips.h20"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(keys: list[str], wrong: str) -> None:
    with pytest.raises(ScenarioMistakes, match=wrong) as caught:
        load("china-2024", keys)
    assert len(caught.value.mistakes) == 1


def test_a_cloud_prices_as_if_it_paid_the_rent_that_it_forgoes_and_a_lab_has_none_to_forgo() -> None:
    simulation = prepare(rented(), 1)
    simulation.world.clock.run(until=20.5)
    world = simulation.world
    economy = simulation.firms[0].context.economy
    market = economy.market
    assert market is not None
    net = market.rent - economy.owned_hour(MARKET.chip).variable  # what a let machine brings after its power
    assert net > 0.0
    for firm in simulation.firms:
        if not world.board.own(firm.name).size:
            continue
        books, view = books_of(firm), View(world.board, world.demand())
        rent = net if firm.role == "cloud" else 0.0
        assert_allclose(books.forgone, rent * books.seconds / 3600.0, rtol=1e-12)
        unheld = Calibration(np.zeros(books.own.size), np.zeros(books.own.size))
        slack = pricing_problem(replace(books, planned=np.inf, state=replace(books.state, calibration=unheld)), view)
        best = best_response(slack).price
        trial = world.board.price.copy()
        trial[books.own] = best
        assert_allclose(implied_cost(view.demand, trial, books.own), books.marginal + books.forgone, rtol=1e-6)


def test_rents_do_not_unsettle_the_prices_of_the_first_day() -> None:
    still = replace(rented(), opening=replace(CHINA.opening, hold="wedge"), days=12)
    listed = play(still).tables["prices"].filter(pl.col("kind") == "opening")["price"].n_unique()
    moved = play(still).tables["prices"].filter(pl.col("kind").is_in(["cut", "rise"]) & (pl.col("time") < 10))
    assert listed > 3
    assert moved.is_empty()
