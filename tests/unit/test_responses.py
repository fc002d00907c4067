"""Responses to a forced price: paired, tidy, with an interval only where there is one to have."""

from dataclasses import replace
from datetime import date
from math import log

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter

from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.undercut import Undercut
from pricewar.agents.sellers.dated_events import ForcedPrice
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.means import Means
from pricewar.scenarios.studies.forced_price import Effect, effect, effects, experiment_of, result_of
from pricewar.scenarios.verification.worlds import seller, world
from pricewar.sim.analysis.answers_to_a_forced_price import over_seeds
from pricewar.sim.analysis.impulse_responses import BEFORE, KEYS, OF_MARKET, OF_OFFERS, means
from pricewar.sim.errors import UserMistake
from pricewar.sim.pages.forced_price_page import summary, what_was_asked

ON = date(2024, 3, 1)
DAY = 60


def scripted() -> Scenario:
    """A seller that keeps its price, one that stands a tenth below the cheapest, one more that keeps its price."""
    line = {"price": 2.0, "cost": 1.0, "value": 2.5, "tier": "main"}
    return world(
        {
            "east": seller(line, strategy=Fixed()),
            "north": seller(line, strategy=Fixed()),
            "west": seller({**line, "price": 1.9}, strategy=Undercut(step=0.1)),
        },
        days=100,
        burn_in=30,
    )


@pytest.fixture(scope="module")
def found() -> Effect:
    return effect(experiment_of(scripted(), seller="east", price="-30%", on=ON, days=30), 1)


def test_nothing_differs_before_the_forced_price_and_something_does_after(found: Effect) -> None:
    table = found.responses
    early = table.filter(pl.col("since") < 0)
    assert early["since"].min() == -BEFORE
    assert early["difference"].drop_nulls().abs().max() == 0.0
    assert table.filter(pl.col("since") >= 0)["difference"].drop_nulls().abs().max() > 0.0  # type: ignore[operator]
    assert table.columns == [*KEYS, "without", "with", "difference"]


def test_every_outcome_of_every_offer_seller_and_of_the_market_has_its_row_every_day(found: Effect) -> None:
    days = 31 + BEFORE
    counts = found.responses.group_by("seller", "tier").len()
    expected: dict[tuple[str | None, str | None], int] = {(None, None): days * len(OF_MARKET)}
    for who in ("east", "north", "west"):
        expected[who, "main"], expected[who, None] = days * len(OF_OFFERS), days * (len(OF_OFFERS) - 1)
    assert {(s, t): n for s, t, n in counts.iter_rows()} == expected


def test_the_response_of_the_forced_price_is_the_log_of_the_change(found: Effect) -> None:
    own = found.responses.filter(
        (pl.col("seller") == "east") & (pl.col("outcome") == "log_price") & (pl.col("since") >= 0)
    )
    assert own["difference"].to_list() == pytest.approx([log(0.7)] * 31, rel=1e-14)


def test_sums_over_lines_and_sellers_add_up(found: Effect) -> None:
    def total(whose: pl.Expr, outcome: str) -> float:
        return float(found.responses.filter(whose & (pl.col("outcome") == outcome))["difference"].sum())

    sellers = pl.col("seller").is_not_null() & pl.col("tier").is_null()
    for outcome in ("tokens", "profit"):
        assert total(sellers, outcome) == pytest.approx(total(pl.col("seller").is_null(), outcome), rel=1e-9)
        assert total(pl.col("tier").is_not_null(), outcome) == pytest.approx(total(sellers, outcome), rel=1e-9)
    assert total(sellers, "share") == pytest.approx(0.0, abs=1e-9)


def test_who_undercuts_answers_at_its_next_review_and_who_never_moves_does_not(found: Effect) -> None:
    rows = {row["seller"]: row for row in found.answers.iter_rows(named=True)}
    assert [rows[who]["answered"] for who in ("east", "north", "west")] == [True, False, True]
    west = rows["west"]
    assert 0.0 < west["days"] <= 7.5
    assert west["kind"] == "cut"
    assert west["traced"]
    assert west["first"] == pytest.approx(log(0.7), rel=1e-12)  # a tenth below the cheapest, whatever that is
    assert west["elasticity_first"] == pytest.approx(1.0, rel=1e-12)
    whole_days = 31 - np.ceil(west["days"] + 0.125 - 0.875)  # closes at which the answer stands
    assert west["cumulative"] == pytest.approx(whole_days * log(0.7), rel=1e-12)
    assert west["elasticity_mean"] == pytest.approx(whole_days / 31, rel=1e-12)
    assert rows["north"]["days"] is None
    assert rows["north"]["largest"] == rows["north"]["elasticity"] == 0.0


def test_the_market_counts_rivals_that_cut_and_not_the_forced_seller(found: Effect) -> None:
    cut = found.responses.filter(pl.col("outcome") == "rivals_that_cut").sort("since")["with"]
    assert cut[BEFORE] == 0.0
    assert cut[-1] == 1.0


def made_up(values: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {"seed": range(len(values)), "since": 0, "seller": "a", "tier": "b", "outcome": "tokens", "unit": "Mtok/day",
         "without": 1.0, "with": values, "difference": [value - 1.0 for value in values]}
    )  # fmt: skip


def test_the_interval_is_students_and_one_seed_has_none() -> None:
    row = means(made_up([2.0, 4.0])).row(0, named=True)
    # Two observations a distance d apart: mean +- 12.7062 d/2 (t with one degree of freedom).
    assert (row["mean"], row["seeds"]) == (2.0, 2)
    assert row["high"] - row["mean"] == pytest.approx(12.706204736, rel=1e-9)
    alone = means(made_up([2.0])).row(0, named=True)
    assert (alone["mean"], alone["low"], alone["high"]) == (1.0, None, None)


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    draws, seeds, repetitions = np.random.default_rng(7), 4, 2000
    table = pl.concat(
        made_up(draws.normal(1.0, 3.0, seeds).tolist()).with_columns(since=pl.lit(i)) for i in range(repetitions)
    )
    covered = means(table).select((pl.col("low") <= 0.0) & (pl.col("high") >= 0.0)).to_series().mean()
    # Binomial: 3.9 standard errors are an error rate of 1e-4. The normal interval would cover 0.86 and fail.
    assert abs(float(str(covered)) - 0.95) < 3.9 * np.sqrt(0.95 * 0.05 / repetitions)


def test_a_cut_that_does_not_come_is_an_answer_too() -> None:
    market = scripted()
    prices = {"east": 2.0, "north": 1.6, "west": 1.8}
    sellers = {
        name: replace(its, tiers={"main": replace(its.tiers["main"], price=prices[name])})
        for name, its in market.sellers.items()
    }
    # West would follow north down to 1.44; with north at 2.5 the cheapest is east, and west stands right already.
    market = replace(market, sellers=sellers)
    difference = effect(experiment_of(market, seller="north", price="2.5", on=date(2024, 1, 1)), 1)
    west = difference.answers.filter(pl.col("seller") == "west").row(0, named=True)
    assert west["kind"] == "kept"
    assert not west["traced"]
    assert west["first"] == pytest.approx(log(1.8 / 1.44), rel=1e-12)


def test_a_forced_price_of_nothing_has_no_response() -> None:
    asked = experiment_of(scripted(), seller="east", price="0%", on=ON, hold=20)
    found = effect(asked, 1)
    assert found.responses["difference"].drop_nulls().abs().max() == 0.0
    assert not found.answers["answered"].any()
    assert found.forced == ()
    assert "nothing was forced" in summary(result_of(asked, [found]))


def test_many_processes_find_what_one_does_seed_by_seed() -> None:
    short = ("buyers.kind=sampled", "buyers.count=300", "burn_in=20", "days=60", "market.share_lag=20")
    market = load("textbook", short)
    asked = experiment_of(market, seller="east", price="-20%", on=date(2024, 1, 20), days=20)
    one, two = (result_of(asked, effects(asked, range(3, 6), Means(jobs=jobs))) for jobs in (1, 2))
    assert one.digest == two.digest
    assert summary(one) == summary(two)
    assert one.tables["responses"]["seed"].unique().sort().to_list() == [3, 4, 5]
    by_seed = one.tables["responses"].filter((pl.col("outcome") == "tokens") & (pl.col("since") == 20))
    assert by_seed["difference"].n_unique() > 3
    alone = effect(asked, 4)
    assert alone.responses.equals(one.tables["responses"].filter(pl.col("seed") == 4))


def test_the_page_says_that_one_seed_has_no_interval_and_several_have(found: Effect) -> None:
    asked = experiment_of(scripted(), seller="east", price="-30%", on=ON, days=30)
    page = summary(result_of(asked, [found]))
    assert page.startswith("# East's prices cut by 30 % on 1 Mar 2024\n")
    assert "there is no interval" in page
    assert "**1 of 2 other offers answered, the first after" in page
    assert "| west, main | " in page
    assert "Did not answer: north main." in page
    again = replace(found, seed=2, answers=found.answers.with_columns(seed=pl.lit(2, pl.Int64)))
    twice = result_of(asked, [found, again])
    assert "Monte Carlo error over seeds" in summary(twice)
    assert "without brackets, it is the same in all 2 pairs" in summary(twice)
    assert over_seeds(twice.tables["answers"]).filter(pl.col("measure") == "first")["seeds"].max() == 2


def test_a_change_is_no_share_of_a_loss(found: Effect) -> None:
    """A gain over a loss was told as a fall."""
    asked = experiment_of(scripted(), seller="east", price="-30%", on=ON, days=30)
    result = result_of(asked, [found])
    of_profit = pl.when(pl.col("outcome") == "profit")
    losing = result.tables["responses"].with_columns(
        of_profit.then(-100.0).otherwise(pl.col("without")).alias("without"),
        of_profit.then(1.0).otherwise(pl.col("difference")).alias("difference"),
    )
    page = summary(replace(result, tables={**result.tables, "responses": losing}))
    cells = [line.split("|")[4].strip() for line in page.splitlines() if line.startswith(("| east (", "| west |"))]
    assert cells
    assert all(cell.startswith("+") and "%" not in cell for cell in cells)


def test_who_only_moved_at_another_hour_is_not_said_to_have_answered(found: Effect) -> None:
    """A table of who answered holds nobody with a difference of nothing in every seed."""
    nothing = pl.when(pl.col("seller") == "west").then(0.0)
    idle = found.answers.with_columns(
        nothing.otherwise(pl.col(name)).alias(name)
        for name in ("largest", "at_end", "cumulative", "elasticity", "elasticity_mean")
    )
    asked = experiment_of(scripted(), seller="east", price="-30%", on=ON, days=30)
    again = replace(found, seed=2, answers=idle.with_columns(seed=pl.lit(2, pl.Int64)))
    page = summary(result_of(asked, [replace(found, answers=idle), again]))
    assert "**None of 2 other offers answered on any seed.**" in page
    assert "| west, main | " not in page
    some = summary(result_of(asked, [found, again]))
    assert "| west, main | 1 of 2 | " in some


def test_a_line_that_opens_later_or_has_gone_cannot_be_forced() -> None:
    market = load("china-2024", ("buyers.count=100", "burn_in=10", "days=200"))
    with pytest.raises(UserMistake, match="not there yet on 2024-02-01; it opens on 2024-05-06"):
        experiment_of(market, seller="deepseek", tier="cheap", price="-10%", on=date(2024, 2, 1))


SAID = {
    "price": ({"price": 2.5}, "a's prices set to 2.5 CNY/Mtok on 1 Mar 2024"),
    "rise": ({"tier": "b", "change": 0.2, "hold": 3}, "a's b price raised by 20 % on 1 Mar 2024, held for 3 days"),
}


@pytest.mark.parametrize(("how", "said"), SAID.values(), ids=list(SAID))
def test_what_was_asked_is_said_in_words(how: dict[str, float], said: str) -> None:
    forced = ForcedPrice(seller="a", date=ON, **how)  # type: ignore[arg-type]
    assert what_was_asked(TypeAdapter(ForcedPrice).dump_python(forced, mode="json"), "CNY") == said
