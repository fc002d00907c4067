"""Measures: one word has one number, wherever it is printed."""

import re
from math import isnan, log

import polars as pl
import pytest

from pricewar.scenarios.studies.outcomes import outcomes_of
from pricewar.scenarios.studies.store import of_runs, of_series
from pricewar.sim.analysis.base import OWN, WINDOW, Ends
from pricewar.sim.analysis.impulse_responses import MEASURED, Window, responses
from pricewar.sim.analysis.measures import (
    LAST,
    LOG_CHANGE,
    MEAN,
    MEASURES,
    OUTCOMES,
    SERIES,
    SUM,
    Measure,
    operating_profit,
    register,
    sellers_only,
)
from pricewar.sim.analysis.prices.indices import hhi
from pricewar.sim.analysis.questions.headlines import headlines
from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.pages.run_page import TABULATED, summary
from pricewar.sim.results.glossary import uses, words
from pricewar.sim.results.run import Run, Tables
from pricewar.sim.results.tables import TABLES
from pricewar.sim.text import figures

from ..conftest import RunMaker


def with_self_hosting(run: Run) -> Run:
    """Return the run with its largest seller as buyers who host for themselves and its second as a host."""
    sellers = run.tables["sellers_daily"]
    ranked = sellers.group_by("seller").agg(pl.col("tokens").sum()).sort("tokens", "seller", descending=[True, False])
    own, host = ranked["seller"][:2]
    role = pl.when(pl.col("seller") == own).then(pl.lit(OWN)).when(pl.col("seller") == host).then(pl.lit("host"))
    sellers = sellers.with_columns(
        role=role.otherwise("role"),
        operating_cost=pl.when(pl.col("seller") == own).then("revenue").otherwise("operating_cost"),
        rent_income=pl.when(pl.col("seller") == own).then(0.0).otherwise("rent_income"),
    )
    return Run(
        scenario=run.scenario, seed=run.seed, policy=None, drawn={}, tables={**run.tables, "sellers_daily": sellers}
    )


@pytest.fixture(scope="module")
def run(make_run: RunMaker) -> Run:
    return with_self_hosting(make_run(sellers=6, wars=0, days=120))


def last_days(measure: Measure, tables: Tables) -> float:
    days = tables["market_daily"].filter(pl.col("day") >= 0).select("day").sort("day")
    return Ends.of(days.with_columns(measure.days(tables))).means(measure.name)[1]


def test_page_headlines_answers_and_measures_print_the_same_number_under_the_same_words(run: Run) -> None:
    page, told = summary(run), headlines(run.tables)
    for name in TABULATED:
        measure = MEASURES[name]
        value = measure.days(run.tables)[-1] if measure.quoted else last_days(measure, run.tables)
        row = next(line for line in page.splitlines() if line.startswith(f"| {measure.label} "))
        share = measure.unit.startswith("share")
        assert row.rsplit("| ", 1)[1] == f"{f'{100 * value:.0f}' if share else figures(value)} |", name
        if not measure.quoted and f"{measure.label}, last days" in told:
            assert told[f"{measure.label}, last days"].value == pytest.approx(value)


def test_an_index_of_concentration_never_stands_without_saying_of_whom(run: Run) -> None:
    with_, without = (MEASURES[name] for name in ("hhi", "hhi_of_sellers"))
    assert last_days(with_, run.tables) != pytest.approx(last_days(without, run.tables), rel=0.01)
    labels = (with_.label, without.label, "HHI of spend over suppliers")
    texts = [summary(run), *headlines(run.tables), *(one.sentence(run.tables) for one in QUESTIONS.values())]
    for text in texts:
        for at in (found.start() for found in re.finditer("HHI", text)):
            assert text[at:].startswith(labels), text[at : at + 40]
    assert f"the {without.label} stood at" in QUESTIONS["structure"].sentence(run.tables)


def test_the_index_over_sellers_leaves_self_hosting_out(run: Run) -> None:
    answer = QUESTIONS["structure"].table(run.tables).sort("day")
    sold = sellers_only(run.tables, "sellers_daily").select("day", "seller", "tokens")
    assert answer["hhi_tokens"].to_list() == pytest.approx(hhi(sold)["hhi"].to_list())


def test_who_hosts_for_itself_counts_as_no_seller_in_outcomes_as_in_answers(run: Run) -> None:
    outcomes, _ = outcomes_of(run)
    active = QUESTIONS["structure"].table(run.tables).sort("day")["active"][-1]
    sold = run.tables["sellers_daily"].filter((pl.col("day") == 119) & (pl.col("tokens") > 0))
    assert sold.height == active + 1
    assert outcomes["sellers"] == active


def test_producer_surplus_is_operating_profit_where_nobody_pays_royalties(run: Run) -> None:
    _, series = outcomes_of(run)
    answer = QUESTIONS["welfare"].table(run.tables).filter(pl.col("day") >= 0).sort("day")
    royalties = run.tables["ledger"].filter(pl.col("what") == "royalties")
    assert royalties.is_empty()
    assert answer["producer_surplus"].to_list() == pytest.approx(series["profit"].to_list())
    assert answer["consumer_surplus"].to_list() == pytest.approx(series["surplus"].to_list())


def test_a_forced_price_responds_in_the_measures_of_a_run(run: Run) -> None:
    table = responses(run.tables, run.tables, Window(50.0, 20, "s1"), 1).filter(pl.col("seller").is_null())
    for outcome, name in MEASURED.items():
        if outcome.startswith("log_"):
            continue
        there = dict(table.filter(pl.col("outcome") == outcome).select("day", "with").iter_rows())
        for day, value in MEASURES[name].values(run.tables).select("day", "value").iter_rows():
            if day in there:
                assert there[day] == pytest.approx(value), name


def test_every_profit_says_which(run: Run) -> None:
    del run
    assert MEASURES["profit"].label == "operating profit"
    assert MEASURES["variable_profit"].label == "variable profit"
    for word in uses("profit"):
        which = ("operating profit", "variable profit", "marginal cost", "after training")
        assert any(kind in f"{word.where} {word.meaning}".lower() for kind in which), word


class TestANewMeasure:
    @pytest.fixture
    def added(self, monkeypatch: pytest.MonkeyPatch) -> Measure:
        for registry in (MEASURES, OUTCOMES, SERIES):
            monkeypatch.setitem(registry, "unmet", None)  # so that it is taken out again
            registry.pop("unmet")
        measure = Measure(
            name="unmet", unit="Mtok/day", meaning="Tokens asked for and not served.", words="unmet demand",
            over_days=MEAN,
            by_day=lambda tables: tables["segments_daily"].group_by("day").agg(value=pl.col("unmet").sum()),
        )  # fmt: skip
        register(measure)
        return measure

    def test_is_an_outcome_and_a_series_of_studies_after_one_entry(self, added: Measure, run: Run) -> None:
        outcomes, series = outcomes_of(run)
        assert outcomes[added.name] == pytest.approx(series[added.name].mean())

    def test_is_explained_with_unit_and_meaning(self, added: Measure) -> None:
        told = uses("unmet")
        assert (told[0].unit, told[0].meaning) == (
            "Mtok/day", "Tokens asked for and not served; mean over the run.",
        )  # fmt: skip
        assert any(added.label in word.where for word in told)

    def test_stands_in_the_dictionary_of_a_study(self, added: Measure) -> None:
        assert of_runs()["unmet"] == ("Mtok/day", "Tokens asked for and not served; mean over the run.")
        assert ("unmet", added.meaning) in [(column.name, column.meaning) for column in of_series()]

    def test_under_a_name_that_is_taken_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'hhi' already; choose another name"):
            register(Measure(name="hhi", unit="1", meaning="Another."))


def test_every_outcome_column_and_answer_is_explained() -> None:
    told = {word.name for word in words()}
    assert set(OUTCOMES) | set(MEASURES) <= told
    assert {column.name for columns in TABLES.values() for column in columns} <= told
    assert {name for one in QUESTIONS.values() for name in one.units} <= told
    assert all(word.meaning.endswith((".", "?")) for word in words())


def test_a_name_may_be_asked_in_its_table_or_question() -> None:
    assert [word.where for word in uses("market_daily.hhi")] == ["column of the table market_daily"]
    assert [word.unit for word in uses("profits.runway")] == ["day"]
    assert uses("market_daily.nothing") == []


def test_operating_profit_is_takings_and_rent_less_cost() -> None:
    one = pl.DataFrame({"revenue": [5.0], "rent_income": [2.0], "operating_cost": [4.0]})
    assert operating_profit(one).to_list() == [3.0]


def test_concentration_is_never_below_the_least_that_so_many_sellers_allow(run: Run) -> None:
    hhi, least = (MEASURES[name].days(run.tables) for name in ("hhi", "hhi_least"))
    assert least.null_count() == hhi.null_count()
    assert (hhi - least).min() >= -1e-12  # type: ignore[operator]
    assert least.is_between(1 / 6, 1.0).all()  # of six sellers
    assert OUTCOMES["hhi"].least in OUTCOMES


def test_the_end_of_a_run_is_the_mean_of_its_last_days_and_a_change_is_in_logarithms() -> None:
    days = pl.Series([float(day) for day in range(1, 2 * WINDOW + 1)])
    assert LAST.of(days) == pytest.approx(2 * WINDOW - (WINDOW - 1) / 2)
    assert MEAN.of(days) == pytest.approx((2 * WINDOW + 1) / 2)
    assert SUM.of(days) == WINDOW * (2 * WINDOW + 1)
    assert LOG_CHANGE.of(pl.Series([8.0, 1.0, 2.0])) == pytest.approx(-2.0 * log(2.0))
    assert isnan(LOG_CHANGE.of(pl.Series([8.0, 0.0])))
