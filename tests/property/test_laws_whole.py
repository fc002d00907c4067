"""The laws of every world hold in whole economies: through training, rents, funding, entry, exit, and links cut."""

from math import fsum

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.studies.outcomes import BOOKED
from pricewar.sim.analysis.measures import UNBOOKED
from pricewar.sim.policy import TREASURY
from tests.property import worlds
from tests.property.test_laws_twins import BANKNOTES, differences, in_another_currency
from tests.property.whole import whole_worlds

LAW, lived = settings(worlds.LAW, max_examples=worlds.tried(5)), worlds.lived
ROUNDING = 1e-9


@LAW
@given(whole_worlds())
def test_books_close_and_cash_is_what_the_ledger_moved(scenario: Scenario) -> None:
    life = lived(scenario)
    ledger, tables = life.simulation.world.ledger, life.tables
    assert max(ledger.errors.values(), default=0.0) <= ROUNDING
    assert abs(fsum(ledger.balances.values())) <= ROUNDING * ledger.turnover
    flows = tables["ledger"]
    told = tables["sellers_daily"].filter(pl.col("day") == scenario.days - 1)
    for firm in life.simulation.firms:
        cash = told.filter(pl.col("seller") == firm.name)["cash"]
        if cash.is_empty():
            continue  # it never had an offer
        got = fsum(flows.filter(pl.col("payee") == firm.name)["amount"].to_list())
        paid = fsum(flows.filter(pl.col("payer") == firm.name)["amount"].to_list())
        opening = life.scenario.sellers[firm.name].cash
        assert isinstance(opening, float)
        assert abs(opening + got - paid - cash.item()) <= ROUNDING * max(ledger.turnover, abs(opening))
    # Whatever passes the purse is in a seller's operating profit, in buyers' surplus, or a transfer: welfare closes.
    purse = flows.filter((pl.col("payer") == TREASURY) | (pl.col("payee") == TREASURY))
    assert set(purse["what"].to_list()) <= {*BOOKED, *UNBOOKED}


@LAW
@given(whole_worlds())
def test_tokens_sold_are_tokens_bought_and_none_by_who_has_left(scenario: Scenario) -> None:
    tables = lived(scenario).tables
    for day in (0, scenario.days // 2, scenario.days - 1):
        totals = [fsum(tables[t].filter(pl.col("day") == day)["tokens"].to_list())
                  for t in ("offers_daily", "sellers_daily", "segments_daily", "market_daily")]  # fmt: skip
        assert max(totals) - min(totals) <= ROUNDING * max(totals)
    for name, time in tables["facts"].filter(pl.col("kind") == "exit").select("actor", "time").iter_rows():
        later = tables["sellers_daily"].filter((pl.col("seller") == name) & (pl.col("day") > time))
        assert later["tokens"].sum() == 0.0
        assert later["cash"].abs().max() in (None, 0.0) or later["cash"].abs().max() <= 1e-6  # type: ignore[operator]
        assert (later["fleet"] == 0.0).all()


@LAW
@given(whole_worlds(), st.sampled_from(BANKNOTES))
def test_another_currency_changes_amounts_of_money_and_nothing_else(scenario: Scenario, factor: float) -> None:
    assert in_another_currency(scenario, factor) == []


@LAW
@given(whole_worlds())
def test_the_order_in_which_things_are_listed_does_not_matter(scenario: Scenario) -> None:
    assert differences(lived(scenario).tables, lived(worlds.reversed_order(scenario)).tables) == []
