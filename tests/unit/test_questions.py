"""Laws of all questions at once: units, missing columns, order of rows, scale of money; and how summaries tell them."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import polars as pl
import pytest

from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.figures.catalogue import FIGURES
from pricewar.sim.pages.run_page import summary
from pricewar.sim.results.run import Run
from pricewar.sim.results.tables import TABLES

RunMaker: TypeAlias = Callable[..., Run]
ADDED = {
    "segments_daily": {
        "exposed": 0.2,
        "exit_cost": 0.5,
        "surplus": 3.0,
        "applications": 0.01,
        "ceiling": 0.02,
        "exogenous": 1.0,
    },
    "sellers_daily": {"energy": 7.0},
}
"""Columns that a made-up run may lack, as multiples of its tokens, so that every question has an answer."""
MONEY = ("cash", "surplus", "exit_cost", "amount")


@pytest.fixture(scope="module")
def tables(make_run: RunMaker) -> dict[str, pl.DataFrame]:
    made = dict(make_run(sellers=7, wars=1, days=100).tables)
    for name, columns in ADDED.items():
        made[name] = made[name].with_columns(
            (times * pl.col("tokens")).alias(column) for column, times in columns.items()
        )
    segment = pl.when(pl.col("payer") == "chat").then(pl.lit("buyers:chat")).otherwise(pl.col("payer"))
    made["ledger"] = made["ledger"].with_columns(payer=segment)
    return made


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_has_the_columns_that_have_units(tables: dict[str, pl.DataFrame], name: str) -> None:
    question = QUESTIONS[name]
    answer = question.table(tables)
    assert answer.columns == list(question.units)
    assert answer.height > 0
    assert answer.schema["day"] == pl.Int32
    assert {column for column, kind in answer.schema.items() if kind == pl.Float64} == {
        column for column, unit in question.units.items() if unit and column != "day"
    }
    assert question.words.endswith("?")
    assert question.figure is None or question.figure in FIGURES


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_sentence_is_one_sentence_without_raw_numbers(tables: dict[str, pl.DataFrame], name: str) -> None:
    said = QUESTIONS[name].sentence(tables, "CNY")
    assert said.endswith(".")
    assert "\n" not in said
    assert not {"nan", "None", "null", "inf"} & set(said.replace(",", " ").split())
    assert len(said) < 420


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_order_of_rows_is_irrelevant(tables: dict[str, pl.DataFrame], name: str) -> None:
    shuffled = {key: table.sample(fraction=1.0, shuffle=True, seed=3) for key, table in tables.items()}
    assert QUESTIONS[name].table(shuffled).equals(QUESTIONS[name].table(tables))
    assert QUESTIONS[name].sentence(shuffled, "CNY") == QUESTIONS[name].sentence(tables, "CNY")


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("times", [4.0, 2.0**-20])
def test_money_scales_exactly(tables: dict[str, pl.DataFrame], name: str, times: float) -> None:
    money = {
        key: {column.name for column in TABLES[key] if column.unit.startswith("money")} | ({*MONEY} & {*table.columns})
        for key, table in tables.items()
    }
    scaled = {
        key: table.with_columns(pl.col(*money[key]) * times if money[key] else []) for key, table in tables.items()
    }
    question = QUESTIONS[name]
    now, was = question.table(scaled), question.table(tables)
    for column, unit in question.units.items():
        power = times if unit.startswith("money") else 1.0 / times if unit.endswith("/money") else None
        assert now[column].equals(was[column] if power is None else was[column] * power), column


@pytest.mark.parametrize("name", [name for name, question in QUESTIONS.items() if question.needs])
def test_a_question_whose_columns_are_missing_has_no_rows_and_says_which(
    tables: dict[str, pl.DataFrame], name: str
) -> None:
    question = QUESTIONS[name]
    for key, columns in question.needs.items():
        for column in columns:
            without = {**tables, key: tables[key].drop(column)}
            assert question.table(without).is_empty()
            assert question.table(without).schema == question.table(tables).schema
            assert f"{key}.{column}" in question.sentence(without)
        gone = {other: table for other, table in tables.items() if other != key}
        assert question.table(gone).is_empty()
        assert question.sentence(gone) == f"Not known: this run does not record {key}."


def test_a_run_without_a_day_answers_nothing(tables: dict[str, pl.DataFrame]) -> None:
    empty = {key: table.clear() for key, table in tables.items()}
    for question in QUESTIONS.values():
        assert question.table(empty).is_empty()
        assert question.sentence(empty) == question.without


def meaning(run: Run) -> list[str]:
    """Lines of the page that answer questions."""
    told = summary(run).partition("## What it means\n\n")[2].partition("\n\n## ")[0].splitlines()
    assert told[0].startswith("*At first* and *at last* are means")
    return told[2:]


def test_the_summary_answers_every_question_in_a_line(make_run: RunMaker, tables: dict[str, pl.DataFrame]) -> None:
    run = replace(make_run(sellers=7, wars=1, days=100), tables=tables)
    assert meaning(run) == [f"- *{one.words}* {one.sentence(tables, 'CNY')}" for one in QUESTIONS.values()]


def test_what_a_run_cannot_tell_stands_in_one_line(make_run: RunMaker) -> None:
    run = make_run(sellers=7, wars=1, days=40)
    lines, last = meaning(run)[:-1], meaning(run)[-1]
    unknown = [name for name, one in QUESTIONS.items() if not one.answered(run.tables)]
    assert {"saturation", "volume_elasticity", "dependence"} <= set(unknown)
    assert last == f"- This run does not tell: {', '.join(unknown)} (`pricewar ask` says why)."
    assert len(lines) == len(QUESTIONS) - len(unknown)
    assert "Not known" not in " ".join(lines)
