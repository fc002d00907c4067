"""`pricewar cost` says what a token costs without a run, and it is what the run then records."""

import json
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from pricewar.scenarios.cli import cli
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.results.run import Run


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["cost", *arguments])


def asked(*arguments: str) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


SHORT = ("days=150", "burn_in=20", "buyers.count=500", "technology.pipeline=30.0")
"""Until the end of May, so that launches, a release and what it teaches fall into the run."""


@pytest.fixture(scope="module")
def ran() -> Run:
    return play(load("china-2024", SHORT))


@pytest.mark.parametrize("day", ["2024-01-01", "2024-02-20", "2024-05-29"])
def test_it_is_the_cost_that_the_run_records(ran: Run, day: str) -> None:
    recorded = ran.tables["costs_daily"].join(
        ran.tables["offers_daily"].select("day", "seller", "tier", "unit_cost"), on=["day", "seller", "tier"]
    )
    lines = {(line["seller"], line["tier"]): line for line in asked("china-2024", *SHORT, "--date", day)}
    listed = pl.col("seller").is_in(list(load("china-2024").sellers))
    of_firms = recorded.filter(listed & (pl.col("date") == pl.lit(day).str.to_date()))
    assert of_firms.height >= 7
    for row in of_firms.iter_rows(named=True):
        line = lines[row["seller"], row["tier"]]
        assert line["cost"] == pytest.approx(row["unit_cost"], rel=1e-12)
        assert line["model"] == row["model"]
        assert [line[name] for name in ("hour_capital", "software", "machine_time")] == [
            row[name] for name in ("hour_capital", "software", "machine_time")
        ]


def test_some_cost_is_not_that_of_the_first_day(ran: Run) -> None:
    first, late = (
        {(line["seller"], line["tier"]): line for line in asked("china-2024", *SHORT, "--date", day)}
        for day in ("2024-01-01", "2024-05-29")
    )
    assert ran.tables["facts"].filter(pl.col("kind") == "learned").height > 0
    assert any(late[name]["machine_time"] < 0.9 * first[name]["machine_time"] for name in first)
    assert all(late[name]["software"] < first[name]["software"] <= 1.0 for name in first)


def test_the_parts_sum_to_the_cost_and_the_blend_is_three_to_one() -> None:
    for line in asked("china-2024"):
        parts = line["capital"] + line["energy"] + line["upkeep"] + line["training"]
        assert parts == pytest.approx(line["cost"], rel=1e-12)
        assert 0.75 * line["input"] + 0.25 * line["output"] == pytest.approx(line["cost"], rel=1e-12)
        assert 0.75 * line["prefill"] + 0.25 * line["decode"] == pytest.approx(line["machine_time"], rel=1e-12)


def test_other_machines_cost_another_hour_and_take_another_time() -> None:
    here, there = (
        asked("china-2024", "--seller", "alibaba", "--tier", "cheap", *more)[0]
        for more in ((), ("--accelerator", "h800-sxm5"))
    )
    assert there["machine_time"] < here["machine_time"]
    assert there["hour_capital"] != here["hour_capital"]
    assert there["remarks"] == ["its own machines are a800-sxm-80gb"]
    assert asked("china-2024", "--seller", "alibaba", "--tier", "cheap", "--accelerator", "a800-sxm-80gb")[0] == here


def test_a_lab_pays_the_same_rent_for_the_same_work_on_other_machines() -> None:
    here, there = (
        asked("china-2024", "--seller", "zhipu", "--tier", "cheap", *more)[0]
        for more in ((), ("--accelerator", "h800-sxm5"))
    )
    assert there["capital"] == pytest.approx(here["capital"], rel=1e-12)


def test_people_see_units_and_one_line_in_full() -> None:
    page = call("china-2024", "--seller", "deepseek", "--date", "2024-12-31").stdout
    assert "cost [CNY/Mtok]" in page
    assert "prefill [s/Mtok]" in page
    assert "DeepSeek-V3" in page
    assert len(call("china-2024").stdout.strip().splitlines()) > 15


def test_given_costs_say_that_they_have_no_machine() -> None:
    line = asked("textbook")[0]
    assert line["accelerator"] is None
    assert "given outright" in line["remarks"][0]


def test_a_curve_by_output_says_that_only_a_run_knows_it() -> None:
    lines = asked("china-2024", "technology.software.kind=wright", "technology.software.exponent=0.2", "--seller=baidu")
    assert "technology.software follows the market's output and stands where it began" in lines[0]["remarks"]


def test_the_known_components_in_both_readings() -> None:
    answer = asked("--components", "10,5,0.25")
    assert (answer["sum"], answer["product"]) == (15.25, 12.5)
    assert "no unit cost" in answer["remark"]
    costs = {reading["substitution"]: reading["cases"] for reading in answer["readings"]}
    halved = {0.0: 10.25, 0.5: 9.954669640956557, 1.0: 9.679950248936833, 2.0: 9.21039603960396}
    for sigma, cost in halved.items():
        as_they_stand, first, *_ = costs[sigma]
        assert as_they_stand["cost"] == pytest.approx(15.25, rel=1e-15)
        assert (first["halved"], first["cost"]) == (1, pytest.approx(cost, rel=1e-13))
        spent = sum(price * units for price, units in zip((5.0, 5.0, 0.25), first["demands"], strict=True))
        assert spent == pytest.approx(cost, rel=1e-13)
    page = call("--components", "10,5,0.25").stdout
    assert "sum         15.25\n" in page
    assert "product     12.5\n" in page


def test_one_elasticity_can_be_asked_for() -> None:
    (reading,) = asked("--components", "10,5,0.25", "--substitution", "0.5")["readings"]
    assert reading["substitution"] == 0.5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name a scenario"),
        (("china-2024", "--seller", "alibabba"), "did you mean 'alibaba'?"),
        (("china-2024", "--tier", "chep"), "did you mean 'cheap'?"),
        (("china-2024", "--seller", "minimax", "--tier", "middle"), "there is cheap, flagship"),
        (("china-2024", "--accelerator", "h21"), "did you mean 'h20'?"),
        (("china-2024", "--date", "2023-12-31"), "lies before the first day"),
        (("china-2024", "--seller", "baidu", "--accelerator", "t4"), "sellers.baidu on 't4'"),
        (("--components", "10,x"), "write 10,5,0.25"),
        (("--components", "10,0"), "must all be above 0"),
        (("--components", "10,inf"), "must all be above 0"),
        (("--components", "10,5", "--substitution", "-1"), "must be 0 or more"),
        (("--components", "10,5", "--substitution", "nan"), "must be 0 or more"),
        (("china-2024", "--components", "10,5"), "stand alone"),
        (("china-2024", "--substitution", "1"), "needs --components"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, tuple) else None,
)
def test_a_mistake_is_one_sentence_and_exit_two(arguments: tuple[str, ...], says: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""
