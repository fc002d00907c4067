"""Money (M8): runway, funding, exit and entry, and what they do to prices and customers."""

from dataclasses import replace
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.testing import assert_allclose

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.agents.finance import Entry, Finance, Fundraising, Purse, Round
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.dated_events import worth_entering
from pricewar.agents.sellers.future_value import future_value
from pricewar.agents.sellers.spec import Fleet, Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare

OFF = Mechanisms(open_release=False, focal_prices=False, attention=False)
ON = replace(OFF, distress=True)


def market(*, mechanisms: Mechanisms = ON, days: int = 120, **sellers: Seller) -> Scenario:
    segment = Segment(potential=1000.0, response=LogResponse(), contract=30.0, adoption=0.5, loyalty=1.0)
    return replace(
        load("textbook"), sellers=sellers, segments={"all": segment}, mechanisms=mechanisms, days=days, burn_in=30,
        sources={},
    )  # fmt: skip


def firm(cash: float, *, price: float = 6.0, payroll: float = 0.0, **changes: object) -> Seller:
    tier = Tier(model="m", price=price, cost=GivenCost(marginal=1.0, full=2.0))
    finance = changes.pop("finance", Finance(payroll=payroll))
    return Seller(strategy=Fixed(), cash=cash, tiers={"main": tier}, finance=finance, **changes)  # type: ignore[arg-type]


def facts(tables: "dict[str, pl.DataFrame]", kind: str) -> pl.DataFrame:
    return tables["facts"].filter(pl.col("kind") == kind)


def test_a_firm_that_cannot_pay_leaves_and_its_customers_choose_again() -> None:
    scenario = market(poor=firm(20_000.0, payroll=5000.0), rich=firm(1e9))
    tables = dict(play(scenario).tables)
    exits = facts(tables, "exit")
    assert exits["actor"].to_list() == ["poor"]
    day = int(exits["time"][0])
    sold = tables["sellers_daily"].filter(pl.col("seller") == "poor")
    assert sold.filter(pl.col("day") == day)["tokens"].item() > 0.0
    assert sold.filter(pl.col("day") > day)["tokens"].sum() == 0.0
    assert (sold.filter(pl.col("day") > day)["cash"].abs() < 1e-6).all()
    rich = tables["sellers_daily"].filter(pl.col("seller") == "rich")
    assert_allclose(rich.filter(pl.col("day") == day + 1)["share"].item(), 1.0)
    before, after = (rich.filter(pl.col("day") == d)["tokens"].item() for d in (day, day + 1))
    assert after > 1.2 * before
    owed = tables["ledger"].filter(pl.col("what") == "default")
    assert owed["payer"].to_list() == ["creditors"]


def test_without_the_mechanism_it_goes_on_in_debt() -> None:
    tables = play(market(mechanisms=OFF, poor=firm(20_000.0, payroll=5000.0), rich=firm(1e9))).tables
    assert tables["sellers_daily"].filter(pl.col("seller") == "poor")["cash"].min() < 0.0  # type: ignore[operator]
    assert facts(dict(tables), "exit").is_empty()


def test_cash_of_the_first_day_is_as_stated_whatever_the_burn_in_earned() -> None:
    simulation = prepare(market(rich=firm(1000.0)), 1)
    simulation.world.clock.run(until=0.5)
    assert_allclose(simulation.firms[0].cash, 1000.0, rtol=1e-12)


def test_a_round_of_funding_puts_the_exit_off() -> None:
    given = Finance(payroll=5000.0, rounds={"series-b": Round(date=date(2024, 1, 3), amount=200_000.0)})
    without = dict(play(market(poor=firm(20_000.0, payroll=5000.0), rich=firm(1e9))).tables)
    funded = dict(play(market(poor=firm(20_000.0, finance=given), rich=firm(1e9))).tables)
    assert facts(funded, "exit").is_empty() or facts(funded, "exit")["time"][0] > facts(without, "exit")["time"][0] + 10
    paid = funded["ledger"].filter(pl.col("what") == "funding")
    assert paid["amount"].to_list() == [200_000.0]
    assert paid["payer"].to_list() == ["investors"]


def test_investors_give_to_who_grows_and_not_to_who_shrinks() -> None:
    asks = Finance(payroll=8000.0, raises=Fundraising(within=400.0, multiple=30.0, stake=0.15))
    growing = market(days=300, poor=firm(400_000.0, finance=asks), rich=firm(1e9))
    growing = replace(growing, segments={"all": replace(growing.segments["all"], growth=1.0)})
    shrinking = replace(growing, segments={"all": replace(growing.segments["all"], growth=-1.0)})
    raised = dict(play(growing).tables)["ledger"].filter(pl.col("what") == "funding")
    assert raised.height >= 1
    day, amount = raised.row(0, named=True)["day"], raised["amount"][0]
    revenue = dict(play(growing).tables)["sellers_daily"].filter((pl.col("seller") == "poor") & (pl.col("day") == day))
    # A stake of the valuation, a multiple of the year's takings at the mean of the last month, which have grown.
    takings = amount / (0.15 * 30.0 * 365.0)
    assert 0.85 < takings / float(revenue["revenue"].item()) < 1.0
    assert dict(play(shrinking).tables)["ledger"].filter(pl.col("what") == "funding").is_empty()


def test_runway_is_cash_over_the_loss_of_late() -> None:
    purse = Purse()
    assert purse.runway(100.0) == np.inf
    for day in range(1, 31):
        purse.note(takings=10.0, balance=-4.0 * day)
    assert_allclose(purse.runway(100.0), 25.0, rtol=1e-12)
    assert purse.runway(-1.0) == 0.0


def test_of_a_bad_day_the_runway_counts_a_ninetieth() -> None:
    purse = Purse()
    for day in range(1, 121):
        purse.note(takings=0.0, balance=-4.0 * day)
    purse.note(takings=0.0, balance=-4.0 * 120 - 94.0)
    assert_allclose(purse.loss, 4.0 + (94.0 - 4.0) / 90.0, rtol=1e-12)


def test_the_shorter_the_runway_the_less_a_customer_won_counts() -> None:
    scenario = market(mechanisms=replace(ON, lock_in=True), poor=firm(1e6, payroll=6000.0), rich=firm(1e9))
    simulation = prepare(scenario, 1)
    simulation.world.clock.run(until=30.5)
    poor, rich = simulation.firms
    board, unit = simulation.world.board, np.array([2.0])
    weights = []
    for cash in (1e5, 1e6, 1e9):
        simulation.world.ledger.post("investors", "poor", "test", cash)
        weights.append(float(future_value(poor, board, unit)[0]))
    assert 0.0 < weights[0] < weights[1] < weights[2]
    assert_allclose(weights[2], future_value(rich, board, unit)[0], rtol=0.3)


def test_rivals_that_sell_below_cost_raise_the_prize_of_staying() -> None:
    def prize(price: float, role: Literal["cloud", "lab"] = "lab") -> float:
        weak = replace(firm(1e9, price=price), role=role)
        simulation = prepare(market(mechanisms=replace(ON, lock_in=True), strong=firm(1e9), weak=weak), 1)
        simulation.world.clock.run(until=10.5)
        strong = simulation.firms[0]
        share = simulation.world.demand().shares(simulation.world.board.price)
        return float(future_value(strong, simulation.world.board, np.array([2.0]))[0]) / (1.0 - float(share[0, 0]))

    signs = prize(1.9) / prize(1.9, role="cloud")
    assert signs > 1.05  # the same board; only who stands behind the low price differs
    assert_allclose(prize(2.1) / prize(2.1, role="cloud"), 1.0, rtol=1e-9)


def test_deep_pockets_and_no_signs_of_distress_leave_prices_as_without_the_mechanism_to_the_last_bit() -> None:
    sellers = {"one": replace(firm(1e9), role="cloud"), "two": replace(firm(1e9, price=7.0), role="cloud")}
    on = play(market(mechanisms=replace(ON, lock_in=True), **sellers)).tables  # type: ignore[arg-type]
    off = play(market(mechanisms=replace(OFF, lock_in=True), **sellers)).tables  # type: ignore[arg-type]
    for name in ("prices", "offers_daily", "segments_daily", "market_daily"):
        assert on[name].drop("closing_error", strict=False).equals(off[name].drop("closing_error", strict=False)), name


def outsider(cost: float, capacity: float | None = None) -> Seller:
    tier = Tier(model="n", cost=GivenCost(marginal=0.3, full=0.6))
    fleet = Fleet(accelerators=1.0 if capacity is None else capacity)
    return Seller(cash=1e7, tiers={"main": tier}, fleet=fleet, entry=Entry(look=10.0, cost=cost), invests=False)


def test_a_lab_enters_where_that_pays_and_stays_out_where_it_does_not() -> None:
    pays = dict(play(market(days=100, old=firm(1e9), new=outsider(1000.0))).tables)
    assert facts(pays, "entry")["actor"].to_list() == ["new"]
    assert pays["ledger"].filter(pl.col("what") == "entry")["amount"].to_list() == [1000.0]
    launched = pays["prices"].filter(pl.col("seller") == "new")
    assert launched["kind"][0] == "launch"
    dear = dict(play(market(days=100, old=firm(1e9), new=outsider(1e12))).tables)
    assert facts(dear, "entry").is_empty()
    assert dear["prices"].filter(pl.col("seller") == "new").is_empty()


def test_who_stays_out_changes_nothing_to_the_last_bit() -> None:
    alone = play(market(days=100, old=firm(1e9))).tables
    watched = play(market(days=100, old=firm(1e9), new=outsider(1e12))).tables
    for name in ("prices", "offers_daily", "segments_daily"):
        assert alone[name].equals(watched[name]), name


def test_entry_is_worth_what_it_earns_over_the_horizon() -> None:
    simulation = prepare(market(days=100, old=firm(1e9), new=outsider(1000.0)), 1)
    simulation.world.clock.run(until=0.5)
    new = simulation.firms[0]
    assert worth_entering(new)
    new.spec = replace(new.spec, finance=Finance(payroll=1e6))
    assert not worth_entering(new)
