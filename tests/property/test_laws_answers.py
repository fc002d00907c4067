"""Answers on whole economies that are drawn: sums close, no payment is without a kind, and sentences can be read."""

from collections.abc import Callable
from math import fsum

import polars as pl
from hypothesis import given, settings

from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.analysis.questions.profits import BESIDE, COSTS, INCOME, SETTLEMENT, profits
from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.analysis.questions.welfare import payments
from tests.property import worlds
from tests.property.whole import whole_worlds

LAW = settings(worlds.LAW, max_examples=worlds.tried(3))
ROUNDING = 1e-9
lived: Callable[[Scenario], worlds.Lived] = worlds.lived


@LAW
@given(whole_worlds())
def test_cash_is_explained_by_kinds_of_payment_and_none_is_without_a_kind(scenario: Scenario) -> None:
    life = lived(scenario)
    answer, scale = profits(life.tables), max(life.simulation.world.ledger.turnover, 1.0)
    assert (answer["gap"].abs() <= ROUNDING * (scale + answer["cash"].abs())).drop_nulls().all()
    assert answer["other_costs"].abs().sum() == 0.0
    aided = any(policy.kind == "capacity_subsidy" for policy in life.scenario.policies.values())
    assert aided or answer["other_income"].abs().sum() == 0.0
    moved = answer.select(pl.sum_horizontal(INCOME) - pl.sum_horizontal(COSTS) - pl.col("cash_flow")).to_series()
    assert (moved.abs() <= ROUNDING * scale).all()
    assert (answer.filter(pl.col("day") != 0)["settlement"] == 0.0).all() or not life.scenario.mechanisms.distress
    assert (answer["funding"] >= 0.0).all()
    for name in BESIDE:
        assert life.scenario.mechanisms.distress or name == "funding" or (answer[name] == 0.0).all()


@LAW
@given(whole_worlds())
def test_all_that_sellers_got_and_paid_since_they_came_is_in_some_column(scenario: Scenario) -> None:
    life = lived(scenario)
    answer, ledger = profits(life.tables), life.tables["ledger"]
    scale = max(life.simulation.world.ledger.turnover, 1.0)
    for name, first, last in answer.group_by("seller").agg(pl.col("day").min(), last=pl.col("day").max()).iter_rows():
        its, then = answer.filter(pl.col("seller") == name), ledger.filter(pl.col("day").is_between(first, last))
        got = fsum(then.filter(pl.col("payee") == name)["amount"])
        paid = fsum(then.filter(pl.col("payer") == name)["amount"])
        kept = fsum(fsum(its[column]) for column in ("cash_flow", *BESIDE))
        assert abs(kept - (got - paid)) <= ROUNDING * scale


@LAW
@given(whole_worlds())
def test_receipts_and_payments_of_all_groups_close_and_leave_out_the_settlement_only(scenario: Scenario) -> None:
    life = lived(scenario)
    answer, ledger = payments(life.tables), life.tables["ledger"]
    scale = max(life.simulation.world.ledger.turnover, 1.0)
    assert (answer.group_by("day").agg(pl.col("net").sum())["net"].abs() <= ROUNDING * scale).all()
    whole = fsum(ledger.filter(pl.col("what") != SETTLEMENT)["amount"])
    assert abs(fsum(answer["received"]) - whole) <= ROUNDING * scale
    assert not (answer["group"] == "others").any()


@LAW
@given(whole_worlds())
def test_every_question_has_a_sentence_without_raw_numbers(scenario: Scenario) -> None:
    tables = lived(scenario).tables
    for name, question in QUESTIONS.items():
        answer = question.table(tables)
        assert answer.columns == list(question.units), name
        said = question.sentence(tables, "USD")
        assert said.endswith("."), said
        assert not {"nan", "none", "null", "inf"} & set(said.lower().replace(",", " ").replace("(", " ").split()), said
