"""No sentence of a page claims more than the tables hold: no day beyond the run, no price that nobody asked, no end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TypeAlias, cast

import polars as pl
import pytest

from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.scenarios.studies.attribute import Attribution
from pricewar.scenarios.studies.pages.attribute import verdicts
from pricewar.sim.analysis.questions.base import grew, went
from pricewar.sim.analysis.questions.buyers import say_privacy, say_volume_elasticity
from pricewar.sim.analysis.questions.energy import say_energy
from pricewar.sim.analysis.questions.prices import say_constant_quality
from pricewar.sim.analysis.questions.profits import PROFITS_COLUMNS, say_profits
from pricewar.sim.analysis.questions.quality import say_quality
from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.analysis.questions.structure import say_shares
from pricewar.sim.pages.run_page import summary
from pricewar.sim.pages.war_story import of_the_bill
from pricewar.sim.results.run import Run
from tests.claims import CHECKS, check_days, check_prices, dates_of

RunMaker: TypeAlias = Callable[..., Run]
START = date(2024, 1, 1)

MADE_UP = [(sellers, wars, days) for sellers in (2, 7, 15) for wars in (0, 1, 3) for days in (31, 90, 365)]


@pytest.fixture(params=MADE_UP, ids=lambda made: "sellers-{}-wars-{}-days-{}".format(*made))
def made_up(request: pytest.FixtureRequest, make_run: RunMaker) -> Run:
    sellers, wars, days = request.param
    run = make_run(sellers=sellers, wars=wars, days=days)
    assert isinstance(run, Run)
    return run


@pytest.fixture(scope="module", params=[("textbook", 1), ("china-2024", 1), ("china-2024", 2)], ids=str)
def played(request: pytest.FixtureRequest) -> Run:
    name, seed = request.param
    few = () if name == "textbook" else ("buyers.count=200",)
    return play(load(name, ["days=150", "burn_in=100", *few]), seed=seed)


@pytest.mark.parametrize("check", CHECKS)
def test_a_made_up_run_is_told_as_its_tables_are(made_up: Run, check: Callable[[Run], None]) -> None:
    check(made_up)


@pytest.mark.parametrize("check", CHECKS)
def test_a_played_run_is_told_as_its_tables_are(played: Run, check: Callable[[Run], None]) -> None:
    check(played)


def test_the_checks_see_what_they_look_for(make_run: RunMaker) -> None:
    run = make_run(sellers=7, wars=1, days=90)
    wars = run.tables["wars"].with_columns(end_date=pl.lit(date(2031, 1, 1)), start_date=pl.lit(date(2031, 1, 1)))
    with pytest.raises(AssertionError):
        check_days(replace(run, tables={**run.tables, "wars": wars}))
    prices = run.tables["prices"].with_columns(price=pl.col("price") * 1.2345)
    offers = run.tables["offers_daily"].with_columns(price=pl.col("price") * 1.0321)
    with pytest.raises(AssertionError):
        check_prices(replace(run, tables={**run.tables, "prices": prices.head(1), "offers_daily": offers}))


@pytest.mark.parametrize("end", ["quiet", "half_undone"])
def test_a_war_that_ended_on_the_last_day_is_not_said_to_go_on(make_run: RunMaker, end: str) -> None:
    run = make_run(sellers=7, wars=1, days=90)
    last = float(run.tables["market_daily"]["day"].max())  # type: ignore[arg-type]
    wars = run.tables["wars"].with_columns(end_time=pl.lit(last), end_reason=pl.lit(end))
    page = summary(replace(run, tables={**run.tables, "wars": wars}))
    assert "had not ended" not in page
    assert "## The market before the war\n" in page


def test_days_before_the_first_are_no_days_of_the_market(make_run: RunMaker) -> None:
    run = make_run(sellers=7, wars=1, days=90)
    wars = run.tables["wars"].with_columns(start_time=pl.lit(0.0))
    page = summary(replace(run, tables={**run.tables, "wars": wars}))
    assert "## The market after the war\n" in page or "## The market at last, when the war had not ended" in page
    table = page.partition("| daily mean |")[2].partition("\n")[0]
    assert min(dates_of(table)) >= date(2024, 3, 1)


def test_where_the_record_is_too_short_for_a_war_none_is_denied() -> None:
    page = summary(play(load("textbook", ["days=12", "burn_in=2"]), seed=1))
    assert "**Whether a price war broke out cannot be told.**" in page
    assert "which no day of this run has" in page
    assert "No price war" not in page
    assert "No episode" not in page


def test_a_run_of_one_day_has_no_first_and_last_days() -> None:
    page = summary(play(load("textbook", ["days=1", "burn_in=0"]), seed=1))
    assert "1 day, 1 Jan 2024. " in page
    assert "## The market on its only day" in page
    assert "no day" not in page.partition("## The market")[2].partition("## What it means")[0]


# Sentence by sentence.


def two_ends(**columns: tuple[object, object]) -> pl.DataFrame:
    """An answer on a first and a last day."""
    days = {"day": [0, 1], "date": [START, START + timedelta(days=1)]}
    return pl.DataFrame(days | {name: list(values) for name, values in columns.items()}).cast({"day": pl.Int32})


def test_the_price_of_a_capability_is_one_that_was_asked_and_no_mean_over_a_step() -> None:
    days = pl.DataFrame({"day": range(60), "price": [90.0] * 10 + [25.0] * 40 + [1.0] * 10})
    table = days.with_columns(pl.col("day").cast(pl.Int32), capability=pl.lit(2.0))
    assert "went from 90 to 1 CNY/Mtok" in say_constant_quality(table, "CNY")


def test_what_is_on_offer_is_told_apart_from_what_is_bought() -> None:
    table = two_ends(
        bought=(1.0, 1.5), frontier=(2.0, 3.5), best_bought=(1.5, 2.5), below_frontier=(0.5, 0.75),
        per_money=(1.0, 2.0), delay=(0.0, 0.0),
    )  # fmt: skip
    told = say_quality(table, "CNY")
    assert "the best on offer went from 2 to 3.5 nat, the best that anybody bought went from 1.5 to 2.5 nat" in told
    assert "on sale" not in told


def test_an_offer_that_nobody_buys_is_no_best_bought() -> None:
    run = play(load("textbook", ["days=12", "burn_in=2", "segments.all.response.outside=1000.0"]), seed=1)
    answer = QUESTIONS["quality"].table(run.tables)
    assert answer["best_bought"].null_count() == answer.height
    assert answer["frontier"].null_count() == 0
    assert "Nobody bought a token" in QUESTIONS["quality"].sentence(run.tables)


def test_prices_that_rise_with_volume_are_not_said_to_bring_negative_volume() -> None:
    row = {"segment": ["all"], "within": [0.5], "adoption": [0.0], "applications": [0.0], "elasticity": [0.5]}
    assert say_volume_elasticity(pl.DataFrame(row), "CNY").startswith(
        "A price lower by 1 % went with 0.50 % less volume"
    )


def test_where_nobody_bought_no_reason_is_given_why_nothing_left_the_walls() -> None:
    nothing = two_ends(exposed=(0.0, 0.0), tokens=(0.0, 0.0), segment=("all", "all"))
    assert say_privacy(nothing, "CNY") == "Nobody bought a token, at first or at last."


def test_no_electricity_is_no_measured_zero() -> None:
    nothing = two_ends(energy=(0.0, 0.0), per_mtok=(None, None), cost_share=(None, None), carbon=(0.0, 0.0))
    assert say_energy(nothing, "CNY").startswith("No electricity is on record")


def test_sellers_of_one_size_are_named_together() -> None:
    table = pl.DataFrame(
        {"day": [0, 0, 1, 1], "seller": ["a", "b", "a", "b"], "tokens_share": [0.5, 0.5, 0.25, 0.75]},
        schema_overrides={"day": pl.Int32},
    )
    assert say_shares(table, "") == "Most tokens were sold by a and b (50 % each) at first and by b (75 %) at last."


def test_a_seller_of_a_few_days_is_not_the_largest_of_a_month() -> None:
    """It was: its mean went over the days on which it sold alone."""
    days = [{"day": day, "seller": "old", "tokens_share": 1.0 if day < 58 else 0.4} for day in range(60)]
    days += [{"day": day, "seller": "new", "tokens_share": 0.6} for day in (58, 59)]
    told = say_shares(pl.DataFrame(days, schema_overrides={"day": pl.Int32}), "")
    assert told == "Most tokens were sold by old (100 %) at first and by old (96 %) at last."


def profits_of(**sellers: tuple[float, float, float]) -> pl.DataFrame:
    """Profits of a day: cash flow, cash and runway of each seller."""
    rows = [
        dict.fromkeys(PROFITS_COLUMNS, 0.0)
        | {"day": 0, "date": START, "seller": name, "role": "lab", "cash_flow": flow, "cash": cash, "runway": runway}
        for name, (flow, cash, runway) in sellers.items()
    ]
    return pl.DataFrame(rows)


def test_who_has_no_cash_left_has_no_runway_and_is_named() -> None:
    told = say_profits(
        profits_of(acme=(-1.0, 0.0, 0.0), bolt=(-1.0, 700.0, 700.0), core=(1.0, 5.0, float("inf"))), "CNY"
    )
    assert "acme had no cash left and lost more" in told
    assert "of the clouds and labs with cash left bolt had least time" in told
    assert "at the loss of the last 90 days on record it lasts 700 days" in told


def test_who_loses_without_cash_is_not_said_to_lose_nothing() -> None:
    """It was, where nobody else lost any."""
    told = say_profits(profits_of(acme=(-1.0, -5.0, 0.0), bolt=(1.0, 1.0, float("inf"))), "CNY")
    assert "acme had no cash left and lost more." in told
    assert "lost any" not in told


def test_a_number_that_stands_still_does_not_go_from_itself_to_itself() -> None:
    assert went(1.92, 1.92, "USD/Mtok") == "stood at 1.92 USD/Mtok"
    assert went(float("nan"), float("nan"), "USD") == "is not known"
    assert went(2.0, float("nan"), "USD") == "was 2 USD at first and not known at last"
    assert grew(-0.0) == "stood still"


def test_what_a_war_cost_is_no_saving_of_nothing() -> None:
    assert of_the_bill(-0.05) == "the bill 5 % higher"
    assert of_the_bill(0.0) == "0 % of the bill saved"


def attribution_of(made: int) -> Attribution:
    """One event, of which `made` of three wars do not happen without it."""
    row = {"event": "release:x", "wars_with": 3, "made": made, "necessity": made / 3, "necessity_low": 0.0}
    causes = pl.DataFrame([{**row, "necessity_high": 1.0}])
    return cast(Attribution, SimpleNamespace(shares=pl.DataFrame(), causes=causes))


def test_an_event_without_which_every_war_happens_is_not_called_necessary() -> None:
    assert verdicts(attribution_of(2))[0].startswith("The most necessary event is **release:x**: 2 of 3 wars")
    (told,) = verdicts(attribution_of(0))
    assert told == "No event is necessary on these seeds: without any one of them every war happens all the same."
