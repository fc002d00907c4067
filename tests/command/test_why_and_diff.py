"""`pricewar why` tells causes of a real run, `pricewar diff` what two runs differ in."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from pricewar.scenarios.api.diff import differences
from pricewar.scenarios.cli import cli
from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.analysis.first_difference import first_difference, unlike
from pricewar.sim.analysis.questions.headlines import headlines
from pricewar.sim.analysis.wars.family_tree import Family, family_of
from pricewar.sim.pages.run_folder import save
from pricewar.sim.results.run import Run

SHORT = ("days=160", "burn_in=20", "buyers.count=300")
"""Until the beginning of June 2024, a month into the wars."""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def asked(*arguments: object) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def ran() -> Run:
    return play(load("china-2024", SHORT))


@pytest.fixture(scope="module")
def folder(ran: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(ran, tmp_path_factory.mktemp("why") / "china", figures=())


@pytest.fixture(scope="module")
def families(ran: Run) -> list[tuple[dict[str, Any], Family]]:
    wars = ran.tables["wars"].to_dicts()
    assert [war["tier"] for war in wars] == ["cheap,flagship"]
    return [(war, family_of(ran.tables, war)) for war in wars]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run without a war."""
    return save(play(load("textbook", ("days=40", "burn_in=5"))), tmp_path_factory.mktemp("why") / "calm", figures=())


def test_every_cut_of_a_war_is_in_its_tree_exactly_once(families: list[tuple[dict[str, Any], Family]]) -> None:
    for war, family in families:
        facts = [fact for step in family.steps for fact in step.facts]
        assert len(facts) == len(set(facts))
        cuts = [move.fact for step in family.steps for move in step.moves if move.counted]
        assert len(cuts) == len(set(cuts)) == war["n_cuts"] == sum(family.counted().values())
        assert war["first_fact"] in cuts


def test_every_move_in_the_tier_while_the_war_lasts_is_in_its_tree(
    ran: Run, families: list[tuple[dict[str, Any], Family]]
) -> None:
    for war, family in families:
        moves = ran.tables["prices"].filter(
            pl.col("tier").is_in(war["tier"].split(",")) & pl.col("time").is_between(war["start_time"], war["end_time"])
        )
        assert set(moves["fact"]) == {move.fact for step in family.steps for move in step.moves if move.here}


def test_roots_have_no_cause_and_an_answer_is_never_earlier_than_its_cause(
    ran: Run, families: list[tuple[dict[str, Any], Family]]
) -> None:
    causes = dict(ran.tables["facts"].select("fact", "cause").iter_rows())
    for _, family in families:
        assert all(root.cause is None for root in family.roots)
        for step in family.steps:
            assert {causes[fact] for fact in step.facts} == {step.cause}
            if step.parent is not None:
                assert step.cause in family.steps[step.parent].facts
                assert step.parent < step.number
                assert step.lag is not None
                assert step.lag >= 0


def test_the_wars_of_may_go_back_to_the_release_of_deepseek(families: list[tuple[dict[str, Any], Family]]) -> None:
    for war, family in families:
        first = next(step for step in family.steps if war["first_fact"] in step.facts)
        assert family.steps[first.root].what == "deepseek releases the weights of DeepSeek-V2"


def test_without_a_number_it_is_the_deepest_war(ran: Run, folder: Path) -> None:
    deepest = ran.tables["wars"].sort("depth", descending=True)["war"][0]
    told = call("why", folder)
    assert told.exit_code == 0
    assert told.stdout.startswith(f"War {deepest}, ")
    assert told.stdout == call("why", folder, deepest).stdout
    assert "deepseek releases the weights of DeepSeek-V2 (a release on a day that the scenario gives)" in told.stdout
    assert "what would have happened without" in told.stderr


def test_programs_get_every_step_with_sizes_and_lags(ran: Run, folder: Path) -> None:
    said = asked("why", folder, 1)
    war = ran.tables["wars"].row(0, named=True)
    assert said["war"] == 1
    assert sum(root["cuts"] for root in said["roots"]) == war["n_cuts"]
    moves = [move for step in said["steps"] for move in step["moves"] if move["counted"]]
    assert len(moves) == war["n_cuts"]
    assert all(move["change"] <= -0.05 + 1e-9 for move in moves)
    assert {step["origin"] is None for step in said["steps"] if step["parent"] is not None} == {True}


def test_a_figure_is_written_where_it_is_wanted(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "tree.pdf"
    assert call("why", folder, 1, "--figure", file).exit_code == 0
    assert file.read_bytes().startswith(b"%PDF")
    again = call("why", folder, 1, "--figure", file)
    assert again.exit_code == 2
    assert "stays as it is" in again.stderr
    told = call("why", folder, "--figure")
    assert told.exit_code == 0
    assert (folder / "figures" / "why-1.png").read_bytes().startswith(b"\x89PNG")


def test_a_price_is_followed_back_to_its_root(ran: Run, folder: Path) -> None:
    first = ran.tables["wars"].row(0, named=True)
    cut = ran.tables["prices"].filter(pl.col("fact") == first["first_fact"]).row(0, named=True)
    price = f"{cut['seller']}/{cut['tier']}"
    told = call("why", folder, "--price", price, "--on", cut["date"])  # in force on its own day already
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[0].startswith(f"{price} stood at ")
    assert f"{cut['seller']} {cut['tier']} −" in lines[1]
    assert all("because" in line for line in lines[2:])
    assert "because deepseek releases the weights of DeepSeek-V2 (a release on " in lines[-1]


def test_before_its_first_move_a_price_is_that_of_the_opening(folder: Path) -> None:
    said = asked("why", folder, "--price", "baidu/cheap", "--on", "2024-01-20")
    assert [step["kind"] for step in said["steps"]] == ["opening"]
    assert said["price"] == said["steps"][0]["moves"][0]["price"]


def test_a_run_without_a_war_says_so_and_ends_well(calm: Path) -> None:
    told = call("why", calm)
    assert told.exit_code == 0
    assert told.stdout == ""
    assert "No price war" in told.stderr
    assert asked("why", calm) == {"war": None, "roots": [], "steps": []}
    assert call("why", calm, "--price", "east/main").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["3"], "no war 3 in this run; it has war 1 only"),
        (["--price", "baidu/chep"], "did you mean 'baidu/cheap'?"),
        (["--price", "baidu/cheap", "--on", "2025-05-01"], "it goes from 12 Dec 2023 to 8 Jun 2024"),
        (["--price", "minimax/cheap", "--on", "2024-02-01"], "was not on sale on 1 Feb 2024; it came on 17 Apr 2024"),
        (["--on", "2024-05-01"], "--on goes with --price"),
        (["1", "--price", "baidu/cheap"], "leave WAR and --figure out"),
        (["1", "--figure", "tree.svg"], "FILE.png or FILE.pdf"),
        (["1", "--figure", "nowhere/tree.png"], "there is no folder nowhere"),
    ],
    ids=["war", "price", "date", "not on sale", "date alone", "both", "suffix", "folder"],
)
def test_mistakes_end_with_a_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = call("why", folder, *arguments)
    assert told.exit_code == 2
    assert says in told.stderr
    assert told.stdout == ""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = play(load("textbook", ("days=40", "burn_in=5", "conduct.discount=0.15", "conduct.menu_cost=0.001")))
    return save(made, tmp_path_factory.mktemp("why") / "changed", figures=())


def test_a_run_does_not_differ_from_itself(calm: Path) -> None:
    told = call("diff", calm, calm)
    assert told.exit_code == 0
    assert "No setting differs." in told.stdout
    assert "The tables are the same (digest " in told.stdout
    said = asked("diff", calm, calm)
    assert said["same"]
    assert said["settings"] == said["tables"] == []
    assert all(row["difference"] in (0, None) for row in said["outcomes"])


def test_two_runs_differ_in_the_key_that_was_changed_and_in_no_other(calm: Path, changed: Path) -> None:
    said = asked("diff", calm, changed)
    assert not said["same"]
    assert [(row["key"], row["a"], row["b"]) for row in said["settings"]] == [("conduct.menu_cost", 0.0, 0.001)]
    told = call("diff", calm, changed)
    assert told.exit_code == 0
    assert "conduct.menu_cost  0  0.001" in told.stdout


def test_they_part_at_the_first_instant_at_which_rows_differ(calm: Path, changed: Path) -> None:
    said = asked("diff", calm, changed)["partings"]["prices"]
    a, b = (pl.read_parquet(run / "tables" / "prices.parquet") for run in (calm, changed))
    day, only = said["date"], {row["price"] for row in said["only_a"] + said["only_b"]}
    earlier = pl.col("date") < pl.lit(day).str.to_date()
    posted = ["time", "seller", "tier", "kind", "price"]
    assert a.filter(earlier).select(posted).equals(b.filter(earlier).select(posted))
    prices = [set(table.filter(pl.col("date") == pl.lit(day).str.to_date())["price"]) for table in (a, b)]
    assert prices[0] != prices[1]
    assert only <= prices[0] | prices[1]


def test_differences_change_sign_when_the_runs_change_places(calm: Path, changed: Path) -> None:
    one, other = asked("diff", calm, changed)["outcomes"], asked("diff", changed, calm)["outcomes"]
    moved = [row for row in one if row["difference"]]
    assert moved
    back = {row["outcome"]: row["difference"] for row in other}
    assert all(back[row["outcome"]] == -row["difference"] for row in moved)


def test_different_scenarios_are_compared_as_far_as_they_go(folder: Path, calm: Path) -> None:
    told = call("diff", folder, calm)
    assert told.exit_code == 0
    assert "more; --json gives all." in told.stdout
    assert "not there" in told.stdout
    assert "Money is in CNY in A and in USD in B" in told.stderr
    prices = [row for row in asked("diff", folder, calm)["outcomes"] if "money" in row["unit"]]
    assert prices
    assert all(row["difference"] is None for row in prices)


def test_what_is_no_run_cannot_be_compared(calm: Path, tmp_path: Path) -> None:
    assert call("diff", calm, tmp_path / "nowhere").exit_code == 2


def test_a_key_may_stand_in_one_run_only() -> None:
    found = differences({"a": 1, "b": {"c": [1, 2]}, "sources": {"x": 1}}, {"b": {"c": [1, 3]}, "d": {"e": 1}})
    assert [row.words() for row in found] == [
        ("a", "1", "not there"), ("b.c.1", "2", "3"), ("d", "not there", "a table"),
    ]  # fmt: skip


def test_a_fact_more_parts_two_histories_where_it_happened_whatever_its_number(ran: Run) -> None:
    facts = ran.tables["facts"]
    at = facts.filter(pl.col("kind") == "release").row(0, named=True)
    # every later fact takes another number, as it would
    shifted = facts.filter(pl.col("fact") != at["fact"]).with_columns(fact=pl.col("fact") + 1000)
    other = {**ran.tables, "facts": shifted}
    parting = first_difference(ran.tables, other, "facts")
    assert parting is not None
    assert (parting.date, parting.hour) == (at["date"], 0.0)
    assert [row["what"] for row in parting.only_a] == [at["what"]]
    assert parting.only_b == ()
    assert first_difference(ran.tables, other, "prices") is None
    assert unlike(ran.tables, other) == ["facts"]


def test_a_move_made_twice_is_not_a_move_made_once(ran: Run) -> None:
    moves = ran.tables["prices"]
    twice = {**ran.tables, "prices": pl.concat([moves, moves.tail(1)])}
    found = first_difference(ran.tables, twice, "prices")
    assert found is not None
    assert len(found.only_b) == 1


def test_headlines_are_what_the_tables_say(ran: Run) -> None:
    told = headlines(ran.tables)
    wars = ran.tables["wars"]
    assert told["wars"].value == wars.height
    assert told["deepest war: depth"].value == wars["depth"].max()
    offers = ran.tables["offers_daily"].filter((pl.col("tier") == "cheap") & (pl.col("day") > 159 - 30))
    paid = offers.select(pl.col("revenue").sum() / pl.col("tokens").sum()).item()
    assert told["price paid, cheap, last days"].value == pytest.approx(paid)
    market = ran.tables["market_daily"].filter(pl.col("day") > 159 - 30)
    assert told["HHI of tokens with self-hosting, last days"].value == pytest.approx(market["hhi"].mean())


def test_no_table_leaves_headlines_of_wars_empty(ran: Run) -> None:
    calm = replace(ran, tables={**ran.tables, "wars": ran.tables["wars"].clear()})
    told = headlines(calm.tables)
    assert told["wars"].value == 0
    assert told["deepest war: depth"].value is None
