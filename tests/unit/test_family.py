"""Causes make a family tree: built from tables whose tree is known, told in words, drawn."""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

import polars as pl
import pytest

from pricewar.sim.analysis.wars.family_tree import ALONE, Family, family_of, line_of
from pricewar.sim.figures.family_tree import family_tree
from pricewar.sim.figures.files import rendered
from pricewar.sim.pages.family_tree import FORKS, LINKS, overview, tree, way_back
from pricewar.sim.results.run import Run
from pricewar.sim.results.tables import schema

RunMaker: TypeAlias = Callable[..., Run]
Tables: TypeAlias = dict[str, pl.DataFrame]
Happening: TypeAlias = tuple[int, float, str, str, int | None, tuple[str, float, float | None] | None]
"""Fact, time, actor, kind, cause, and the move it made: tier, price, previous."""

OPENING: list[Happening] = [
    (number, 0.0, seller, "opening", None, (tier, price, None))
    for number, (seller, tier, price) in enumerate(
        [("acme", "cheap", 10.0), ("acme", "top", 90.0), ("bolt", "cheap", 10.0), ("core", "cheap", 10.0),
         ("core", "top", 80.0)]
    )
]  # fmt: skip
STORY: list[Happening] = [
    *OPENING,
    (5, 50.0, "bolt", "order", None, None),
    (6, 90.0, "open", "release", None, None),
    (7, 95.0, "bolt", "delivery", 5, None),
    (8, 100.0, "acme", "cut", 6, ("cheap", 5.0, 10.0)),
    (9, 100.0, "acme", "cut", 6, ("top", 60.0, 90.0)),
    (10, 101.5, "bolt", "cut", 7, ("cheap", 4.0, 10.0)),
    (11, 102.0, "core", "cut", 9, ("cheap", 6.0, 10.0)),
    (12, 104.0, "acme", "cut", 10, ("cheap", 3.0, 5.0)),
    (13, 104.5, "core", "cut", 12, ("top", 70.0, 80.0)),
    (14, 105.0, "bolt", "rise", None, ("cheap", 4.2, 4.0)),
    (15, 110.0, "core", "cut", 12, ("cheap", 5.9, 6.0)),
    (16, 111.0, "core", "cut", None, ("cheap", 3.0, 5.9)),
    (17, 150.0, "bolt", "cut", 16, ("cheap", 2.0, 4.2)),
]
"""A release that acme answers in both tiers, machines that bolt fills, and what follows; fact 17 is after the war."""
WAR: dict[str, Any] = {
    "war": 1, "tier": "cheap", "start_time": 100.0, "end_time": 111.0, "n_cuts": 5, "depth": 1.0,
    "start_date": date(2024, 4, 10), "end_date": date(2024, 4, 21),
}  # fmt: skip


def tables_of(story: Sequence[Happening]) -> Tables:
    start = date(2024, 1, 1)
    facts, prices = [], []
    for fact, time, actor, kind, cause, move in story:
        when = {"time": time, "date": start + timedelta(days=int(time)), "fact": fact, "cause": cause}
        facts.append({**when, "actor": actor, "kind": kind, "what": f"{actor} {fact}: {kind}, because"})
        if move:
            tier, price, previous = move
            prices.append(
                {**when, "seller": actor, "tier": tier, "model": f"{actor}-1", "kind": kind, "price": price,
                 "previous": previous, "price_in": price, "price_out": price, "unit_cost": 1.0, "marginal_cost": 1.0}
            )  # fmt: skip
    return {
        "facts": pl.DataFrame(facts).select(*schema("facts")),
        "prices": pl.DataFrame(prices, schema_overrides={"previous": pl.Float64}).select(*schema("prices")),
        "market_daily": pl.DataFrame({"day": [0, 200], "date": [start, start + timedelta(days=200)]}),
    }


@pytest.fixture(scope="module")
def family() -> Family:
    return family_of(tables_of(STORY), WAR)


def parents(family: Family) -> dict[tuple[int, ...], tuple[int, ...] | None]:
    """Facts of each step, and those of the step that it answers."""
    return {step.facts: None if step.parent is None else family.steps[step.parent].facts for step in family.steps}


def test_the_tree_of_a_known_story_is_that_tree(family: Family) -> None:
    assert parents(family) == {
        (5,): None, (6,): None, (7,): (5,), (8, 9): (6,), (10,): (7,), (11,): (8, 9), (12,): (10,), (13,): (12,),
        (14,): None, (15,): (12,), (16,): None,
    }  # fmt: skip


def test_what_happens_after_the_war_is_not_in_it(family: Family) -> None:
    assert all(17 not in step.facts for step in family.steps)


def test_the_wars_cuts_are_those_of_the_detector_a_small_one_is_none(family: Family) -> None:
    assert [step.facts for step in family.steps if step.counted] == [(8, 9), (10,), (11,), (12,), (16,)]
    small = next(step for step in family.steps if step.facts == (15,))
    assert small.moves[0].here
    assert not small.moves[0].counted


def test_moves_of_other_tiers_are_there_and_marked(family: Family) -> None:
    both = next(step for step in family.steps if step.facts == (8, 9))
    assert [(move.tier, move.here, move.counted) for move in both.moves] == [
        ("cheap", True, True), ("top", False, False),
    ]  # fmt: skip
    other = next(step for step in family.steps if step.facts == (13,))
    assert not other.moves[0].here


def test_a_move_of_another_tier_with_another_root_is_not_there() -> None:
    story = [*STORY, (20, 103.0, "core", "cut", None, ("top", 79.0, 80.0))]
    assert parents(family_of(tables_of(story), WAR)) == parents(family_of(tables_of(STORY), WAR))


def test_lags_are_days_since_the_cause_and_generations_count_from_the_root(family: Family) -> None:
    told = {step.facts[0]: (step.lag, step.generation) for step in family.steps}
    assert told[8] == (10.0, 1)
    assert told[10] == (6.5, 2)
    assert told[12] == (2.5, 3)
    assert told[5] == told[16] == (None, 0)


def test_every_cut_goes_back_to_one_root(family: Family) -> None:
    by_facts = {family.steps[root].facts: cuts for root, cuts in family.counted().items()}
    assert by_facts == {(5,): 2, (6,): 2, (14,): 0, (16,): 1}
    assert family.generations() == [1, 1, 2, 1, 0]
    assert family.lags() == [2.0, 2.5, 6.5, 10.0]


def test_a_root_is_named_as_what_it_is(family: Family) -> None:
    origins = {step.facts[0]: step.origin for step in family.roots}
    assert origins[5] == "an order by its own plan of capacity"
    assert origins[6] == "a release on a day that the scenario gives"
    assert origins[16] == ALONE


def test_where_the_record_ends_the_root_says_so() -> None:
    tables = tables_of(STORY)
    tables["facts"] = tables["facts"].filter(pl.col("fact") != 6)
    root = family_of(tables, WAR).roots[1]
    assert root.facts == (8, 9)
    assert root.cause == 6
    assert root.origin == "no cause on record"


@pytest.mark.parametrize("seed", range(5))
def test_neither_numbers_nor_the_order_of_rows_matter(seed: int, family: Family) -> None:
    luck = random.Random(seed)
    numbers = [row[0] for row in STORY]
    new = dict(zip(numbers, luck.sample(range(1000), len(numbers)), strict=True))
    story = [(new[f], t, a, k, None if c is None else new[c], m) for f, t, a, k, c, m in STORY]
    tables = tables_of(luck.sample(story, len(story)))
    # the made-up sentences name the number; real ones do not
    old = {number: f"{number}:" for number in numbers}
    tables["facts"] = tables["facts"].with_columns(
        what=pl.struct("fact", "what").map_elements(
            lambda row: row["what"].replace(
                f"{row['fact']}:", next(old[k] for k, v in new.items() if v == row["fact"])
            ),
            pl.String,
        )
    )
    told = parents(family_of(tables, WAR))
    assert {frozenset(facts): frozenset(cause or ()) for facts, cause in told.items()} == {
        frozenset(new[f] for f in facts): frozenset(new[f] for f in cause or ())
        for facts, cause in parents(family).items()
    }
    assert tree(family_of(tables, WAR), everything=True) == tree(family, everything=True)


def test_new_names_give_the_same_tree(family: Family) -> None:
    names = {"acme": "zeta", "bolt": "beta", "core": "alfa", "open": "kappa"}
    story = [(f, t, names[a], k, c, m) for f, t, a, k, c, m in STORY]
    assert parents(family_of(tables_of(story), WAR)) == parents(family)


def test_the_words_show_dates_lags_sizes_and_other_tiers(family: Family) -> None:
    page = tree(family)
    assert "31 Mar 2024           open 6: release, because (a release on a day that the scenario gives)" in page
    assert "10 Apr 2024  +10.0 d  ↳ acme −50 % to 5, [top −33 %]" in page
    assert "12 Apr 2024   +2.0 d  ↳ core −40 % to 6" in page
    assert "Cuts that answered nothing and drew no answer in the tier: core −49 % (21 Apr)." in page
    assert page[-1] == "1 more step, in a tree without a cut of the war."


def test_the_overview_ranks_roots_by_their_cuts(family: Family) -> None:
    told = overview(family)
    assert told[0] == "Its 5 cuts go back to 3 roots:"
    assert [line.split()[0] for line in told[1:4]] == ["2", "2", "1"]
    assert told[4] == (
        "Cuts by generation, roots first: 1, 1, 2, 1. Answers came after 4.5 days at the median, 10.0 at most."
    )


def test_all_shows_every_step_once(family: Family) -> None:
    assert sum(line != "" for line in tree(family, everything=True)) == len(family.steps)


def long_war(links: int, forks: int = 0) -> tuple[Tables, dict[str, Any]]:
    """Two sellers who answer each other in turn; then forks, each cut answered by three, of which one goes on."""
    sellers = ("acme", "bolt", "core")
    price = dict.fromkeys(sellers, 10.0)
    story: list[Happening] = [
        (i, 0.0, seller, "opening", None, ("cheap", 10.0, None)) for i, seller in enumerate(sellers)
    ]

    def cut(seller: str, cause: int | None) -> int:
        number, before = len(story), price[seller]
        price[seller] *= 0.9
        story.append((number, 97.0 + number, seller, "cut", cause, ("cheap", price[seller], before)))
        return number

    last = cut("acme", None)
    for link in range(links):
        last = cut(sellers[(link + 1) % 2], last)
    for _ in range(forks):
        last = [cut(seller, last) for seller in ("acme", "core", "bolt")][1]
        again = cut("bolt", last)
        cut("acme", last)
        last = again
    end = 97.0 + len(story)
    return tables_of(story), WAR | {"end_time": end, "n_cuts": len(story) - 3}


def test_a_long_chain_loses_its_middle_unless_all_is_wanted() -> None:
    family = family_of(*long_war(60))
    short, whole = tree(family), tree(family, everything=True)
    assert sum(family.generations()) == 61
    assert len(whole) == 61
    assert len(short) == 5
    middle = " ".join(line.strip() for line in short[2:4])
    assert "↳ … 58 steps, each answering the one before" in middle
    assert middle.endswith("by acme and bolt, 58 cuts of the war")
    assert len(tree(family_of(*long_war(LINKS)))) == LINKS + 1


def test_a_chain_longer_than_pythons_stack_is_told() -> None:
    family = family_of(*long_war(1500))
    assert len(tree(family, everything=True)) == 1501
    assert len(way_back(line_of(long_war(1500)[0], 1503))) < 20


def test_what_lies_below_several_forks_is_summed_up_with_its_cuts() -> None:
    family = family_of(*long_war(0, forks=6))
    short = tree(family)
    deepest = [line for line in short if "… " in line]
    assert deepest
    assert "cuts of the war" in " ".join(short)
    assert len(short) < len(tree(family, everything=True)) == len(family.steps)
    assert max(line.count("├") + line.count("└") + line.count("│") for line in short) <= FORKS + 1


def test_the_way_back_names_each_cause_until_the_root() -> None:
    told = way_back(line_of(tables_of(STORY), 12))
    assert [line[12:].split(maxsplit=2)[0] for line in told] == ["acme", "−2.5", "−6.5", "−45.0"]
    assert ["  because " in line for line in told] == [False, True, True, True]
    assert told[-1].endswith("(an order by its own plan of capacity)")
    assert "acme cheap −40 % to 3" in told[0]


def test_the_figure_has_a_row_an_actor_and_the_same_bytes_each_time(family: Family) -> None:
    tables = tables_of(STORY)
    figure = family_tree(family, WAR, tables["market_daily"])
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert sorted(rows) == ["acme", "bolt", "core", "open"]
    notes = [text.get_text() for text in figure.texts]
    assert any(note.startswith("2: 2 cuts from 31 Mar 2024, open 6: release") for note in notes)
    again = family_tree(family_of(tables, WAR), WAR, tables["market_daily"])
    assert rendered(figure, "png") == rendered(again, "png")


def test_the_figure_marks_every_cut_of_the_war(family: Family) -> None:
    figure = family_tree(family, WAR, tables_of(STORY)["market_daily"])
    colours = [mark.get_facecolor() for mark in figure.axes[0].collections]
    cuts = sum(step.counted > 0 for step in family.steps)
    shown = [step for step in family.steps if step.facts not in ((13,), (14,))]
    assert len(colours) == len(shown)
    assert cuts == 5


def test_a_made_up_run_has_a_tree_too(make_run: RunMaker) -> None:
    run = make_run(sellers=15, wars=1, days=365)
    war = run.tables["wars"].row(0, named=True)
    family = family_of(run.tables, war)
    assert family.roots[0].kind == "release"
    assert max(family.generations()) > 0
