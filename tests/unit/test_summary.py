"""The page in words tells what happened, and claims no more."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import polars as pl
import pytest

from pricewar.sim.analysis.wars.causes import walk_to_root
from pricewar.sim.pages.run_page import summary
from pricewar.sim.results.run import Run
from pricewar.sim.results.tables import schema

RunMaker: TypeAlias = Callable[..., Run]


@pytest.fixture(scope="module")
def war(make_run: RunMaker) -> Run:
    return make_run(sellers=15, wars=1, days=365)


def with_war(run: Run, **changes: object) -> Run:
    """The same run, its war told otherwise."""
    wars = run.tables["wars"]
    changed = wars.with_columns(pl.lit(value, wars.schema[name]).alias(name) for name, value in changes.items())
    return replace(run, tables={**run.tables, "wars": changed})


def with_table(run: Run, name: str, table: pl.DataFrame) -> Run:
    return replace(run, tables={**run.tables, name: table})


def test_a_war_is_told_with_beginning_end_and_depth(war: Run) -> None:
    page = summary(war)
    assert "**One price war broke out.**" in page
    began = "zhipu began it on 5 May 2024 (day 65; it may have begun from day 65 to 67)"
    assert f"{began}, and 6 sellers made 6 cuts." in page
    ended = "it ended in quiet, as nobody cut for 30 days or prices fell no faster than usual."
    assert f"From its first move to its last are 12 days; {ended}" in page
    assert "cut by 84 % on average, which saved those who stayed where they were 42 % of the bill" in page
    assert "came to 6.90; from 1.00 on they count as a war" in page
    assert "Class B: margins eroded but prices stayed above the static Nash prices at avoidable cost." in page


def test_those_who_answered_come_in_order_with_lags_and_sizes(war: Run) -> None:
    page = summary(war)
    told = re.search(r"First cuts, in order: (.*)\.\n", page)
    assert told
    assert [part.split()[0] for part in told[1].split("; ")] == [
        "zhipu", "bytedance", "alibaba", "baidu", "tencent", "iflytek",
    ]  # fmt: skip
    assert "baidu on 16 May 2024, 6 hours after alibaba (100 % down, to nothing)" in page
    assert "bytedance on 9 May 2024, 4 days after zhipu (83 % down, to 0.913 CNY/Mtok)" in page


def test_the_cause_is_told_from_its_root(war: Run) -> None:
    page = summary(war)
    links = [
        "It goes back to 30 Apr 2024: deepseek releases the weights of V2.",
        "Then, at the same instant, in answer to it: deepseek launch",
        "Then, 5.2 days later, on 5 May 2024, in answer to it: zhipu cut",
    ]
    places = [page.index(link) for link in links]
    assert places == sorted(places)


def test_a_long_story_loses_its_middle_and_says_so(war: Run) -> None:
    number = 30
    facts = pl.DataFrame(
        {"fact": range(number), "time": [float(i) for i in range(number)], "actor": "acme", "kind": "cut",
         "what": [f"step {i}" for i in range(number)], "cause": [None, *range(number - 1)]},
    ).with_columns(date=pl.date(2024, 3, 1))  # fmt: skip
    run = with_war(
        with_table(war, "facts", facts.select(*schema("facts")).cast(pl.Schema(schema("facts")))),
        first_fact=29,
    )
    page = summary(run)
    assert "(22 links left out.)" in page
    assert "step 0." in page
    assert "step 29." in page
    assert "step 15." not in page
    assert page.count("in answer to it") == 7


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"first_fact": None}, "does not say which fact the first move was", id="no-fact"),
        pytest.param({"first_fact": 10**6}, "does not say which fact the first move was", id="unknown-fact"),
        pytest.param({"first_fact": 0}, "The first cut answers no fact on record: zhipu opening", id="no-cause"),
        pytest.param(
            {"first_fact": 0},
            "latest launch below the tier's median was deepseek's, 5.3 days earlier",
            id="trigger",
        ),
        pytest.param(
            {"class": None}, "No class: costs are not known, or no static Nash prices were found.", id="no-class"
        ),
        pytest.param({"class": "A"}, "below the static Nash prices at avoidable cost", id="class-a"),
        pytest.param({"class": "C"}, "a cascade of falling avoidable costs more than a fight", id="class-c"),
        pytest.param({"end_reason": "end_of_record"}, "it had not ended when the run did", id="goes-on"),
        pytest.param({"end_reason": "half_undone"}, "half of the fall had been taken back", id="undone"),
        pytest.param({"p_value": 0.005}, "has p ≤ 0.005 (199 permutations)", id="smallest-p"),
        pytest.param({"p_value": 0.01}, "has p = 0.01 (199 permutations)", id="small-p"),
        pytest.param({"depth": -0.1}, "still left those who stayed where they were 10 % above the bill", id="dearer"),
        pytest.param({"n_entries": 2}, "made 6 cuts and 2 entries below every rival", id="entries"),
        pytest.param({"start_high": 65.0}, "(day 65), and", id="one-day"),
        pytest.param({"floored": 0}, "they count as a war.\n", id="nothing-free"),
        pytest.param({"floored": 1}, "1 cut went to a price of zero", id="free"),
    ],
)
def test_each_fate_of_a_war_has_its_words(war: Run, changes: Mapping[str, object], says: str) -> None:
    assert says in summary(with_war(war, **changes))


def test_no_fate_is_told_unasked(war: Run) -> None:
    page = summary(war)
    others: tuple[str, ...] = (
        "does not say which fact",
        "answers no fact",
        "No class",
        "Class A",
        "Class C",
        "p ≤",
        "What set it off",
    )
    others = (*others, "had not ended", "taken back", "left the market", "1 cut went", "above the bill", "entries")
    assert [words for words in others if words in page] == []


def test_peace_is_told_without_claiming_that_war_cannot_be(make_run: RunMaker) -> None:
    run = make_run(sellers=2, wars=0, days=365)
    page = summary(run)
    assert "**No price war broke out.**" in page
    assert "No episode of cuts passed the tests of a war" in page
    assert "One run without a war does not show that none could have broken out." in page
    assert "## War" not in page
    cuts = run.tables["prices"].filter((pl.col("kind") == "cut") & (pl.col("time") >= 0))
    assert f"Cuts: {cuts.height}, by 1 seller; the largest was by zhipu" in page


def test_peace_without_any_cut_says_so(make_run: RunMaker) -> None:
    run = make_run(sellers=2, wars=0, days=30)
    still = with_table(run, "prices", run.tables["prices"].filter(pl.col("kind") == "opening"))
    assert "No seller cut a price at all." in summary(still)


def test_several_wars_are_counted_and_told_in_order(make_run: RunMaker) -> None:
    page = summary(make_run(sellers=7, wars=3, days=500))
    assert "**3 price wars broke out.**" in page
    assert re.findall(r"^## War (\d)", page, re.M) == ["1", "2", "3"]
    assert "before the first war and after the last" in page


def test_of_many_wars_the_deepest_are_told_in_full_and_the_others_named(make_run: RunMaker) -> None:
    run = make_run(sellers=7, wars=3, days=500)
    wars = run.tables["wars"]
    more = pl.concat([wars, wars.with_columns(pl.col("war") + 3, pl.col("depth") / 10)])
    page = summary(with_table(run, "wars", more.sort("start_time")))
    assert re.findall(r"^## War (\d)", page, re.M) == ["1", "2", "3"]
    assert re.findall(r"^- war (\d), small tier", page, re.M) == ["4", "5", "6"]


def test_the_market_is_compared_over_days_without_war(war: Run) -> None:
    page = summary(war)
    assert "| daily mean | 5 Apr 2024 to 4 May 2024 | 18 May 2024 to 16 Jun 2024 |" in page
    market = war.tables["market_daily"].filter(pl.col("day").is_between(35, 64))
    mean = market["price_level"].mean()
    assert isinstance(mean, float)
    assert f"| mean list price, weighted by tokens [CNY/Mtok] | {mean:.3g} |" in page


def test_holes_in_the_market_are_told_not_averaged_over(war: Run) -> None:
    market = war.tables["market_daily"].with_columns(lerner_full=pl.lit(float("nan")))
    assert "| Lerner index over full cost | not known | not known |" in summary(with_table(war, "market_daily", market))
    some = pl.when(pl.col("day") % 2 == 0).then(float("nan")).otherwise(0.5).alias("lerner_full")
    page = summary(with_table(war, "market_daily", market.with_columns(some)))
    assert "| Lerner index over full cost | 0.5 | 0.5 |" in page


def test_the_books_tell_turnover_and_closing_error_where_it_is_known(war: Run) -> None:
    assert "CNY changed hands" in summary(war)
    assert "books closed" not in summary(war)
    market = war.tables["market_daily"].with_columns(closing_error=pl.lit(-3e-13))
    assert "the largest error was 3e-13 of turnover" in summary(with_table(war, "market_daily", market))


def test_the_page_says_how_to_make_the_run_again(war: Run) -> None:
    page = summary(war)
    assert "`pricewar run made-up --seed 1` (seed 1)" in page
    assert f"`{war.digest}`" in page
    assert "`opening.utilisation` = 0.31" in page
    from_python = summary(replace(war, command="", policy="floor"))
    assert "the scenario and the seed in `run.json`" in from_python
    assert "policy floor" in from_python


def test_many_drawn_values_are_left_to_the_record(war: Run) -> None:
    page = summary(replace(war, drawn={f"key{i}": 1.0 for i in range(60)}))
    assert "60 values were drawn from ranges; `run.json` lists them." in page
    assert "key7" not in page


def test_cuts_of_one_instant_follow_nobody(war: Run) -> None:
    prices = war.tables["prices"].with_columns(
        pl.when((pl.col("seller") == "bytedance") & (pl.col("time") == 69.5))
        .then(65.5)
        .otherwise(pl.col("time"))
        .alias("time")
    )
    assert "zhipu on 5 May 2024, at the same instant as bytedance" in summary(with_table(war, "prices", prices))


@pytest.mark.parametrize("wars", [0, 1, 3])
def test_no_number_is_printed_raw(make_run: RunMaker, wars: int) -> None:
    words = summary(make_run(sellers=7, wars=wars, days=500)).split("## Make it again")[0]
    assert not re.search(r"\d\.\d{5}", words)
    assert not re.search(r"\b(nan|None|null|inf)\b", words)


def test_a_circle_of_causes_ends_the_walk() -> None:
    facts = pl.DataFrame(
        {"fact": [0, 1], "time": [0.0, 1.0], "actor": "a", "kind": "cut", "what": "x", "cause": [1, 0]}
    ).with_columns(date=pl.date(2024, 3, 1))
    assert [step.fact for step in walk_to_root(facts, 1)] == [1, 0]


def test_the_page_says_what_made_it_cheaper(make_run: RunMaker) -> None:
    said = summary(make_run()).partition("*What made tokens cheaper?* ")[2].partition("\n")[0]
    assert said.startswith("The mean list price, weighted by tokens, fell from ")
    assert "margin −" in said
    assert "software −" in said
    assert "energy" not in said  # what had no effect is not named


def test_a_run_without_costs_names_that_question_among_those_it_does_not_tell(make_run: RunMaker) -> None:
    run = make_run()
    page = summary(with_table(run, "costs_daily", run.tables["costs_daily"].clear()))
    assert "What made tokens cheaper?" not in page
    assert re.search(r"^- This run does not tell: .*cheaper", page, re.M)


def test_of_many_first_cuts_six_are_told_and_the_others_counted(war: Run) -> None:
    sellers = war.tables["prices"]["seller"].unique().sort().to_list()
    cuts = war.tables["prices"].filter((pl.col("kind") == "cut") & (pl.col("tier") == "small"))
    start = war.tables["wars"]["start_time"][0]
    more = [
        cuts.head(1).with_columns(seller=pl.lit(name), time=pl.lit(start + 10.0 + 0.0625 * place))
        for place, name in enumerate(sellers)
    ]
    run = with_war(with_table(war, "prices", pl.concat(more)), sellers=",".join(sellers))
    told = re.search(r"First cuts, in order: (.*)\.\n", summary(run))
    assert told
    assert len(told[1].split("; ")) == 7
    assert told[1].endswith(f"; then {len(sellers) - 6} others")
