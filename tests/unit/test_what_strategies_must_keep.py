# ruff: noqa: ARG002  (a review is given its three arguments, used or not)
"""The tests that authors inherit reject what they are there to reject, and accept what remembers in its notes."""

import pickle
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.agents.pricing.testing import StrategyTests, board_of, demand_for, scripted_rival
from pricewar.agents.pricing.undercut import Undercut
from pricewar.sim.market.demand import Floats


def posted(books: Books, view: View) -> Floats:
    return view.board.price[books.own]


@dataclass
class Wrong:
    """A strategy with one fault."""

    kept: list[float] = field(default_factory=list)


class Remembers(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        self.kept.append(float(view.board.price.min()))
        return Decision(np.array([min(self.kept)]), "", "")


class DrawsElsewhere(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        return Decision(posted(books, view) * np.random.default_rng().random(), "", "")


class NotesOfAnotherChance(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        price = posted(books, view) if books.notes is None else np.array([books.notes])
        return Decision(price, "", "", notes=float(np.random.default_rng().random()))


class AltersItsNotes(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        notes: Any = [] if books.notes is None else books.notes
        notes.append(1)
        return Decision(posted(books, view), "", "", notes=notes)


class PostsByItself(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        view.board.price[0] = 1.0
        return Decision(posted(books, view), "", "")


class NotesThatCannotTravel(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        return Decision(posted(books, view), "", "", notes=lambda: None)


class NotesThatChangeOnTheWay(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        notes: Any = books.notes
        price = posted(books, view) if notes is None else np.array([float(len(notes))])
        return Decision(price, "", "", notes=Forgetful("abc"))


class Forgetful(str):
    __slots__ = ()

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return Forgetful, ("",)


class AmountOfMoney(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        return Decision(posted(books, view) - 0.5, "", "")


class Nothing(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        return Decision(posted(books, view) * np.nan, "", "")


class Negative(Wrong):
    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        return Decision(-posted(books, view), "", "")


class SaysYesInsteadOfTraits(Wrong):
    traits = True

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        return Decision(posted(books, view), "", "")


class Stays(Wrong):
    """At home: a copy of it is another object."""

    def __reduce__(self) -> tuple[type, tuple[list[float]]]:
        return Stays, ([1.0],)

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        return Decision(posted(books, view), "", "")


FAULTS = {
    Remembers: "test_without_notes_it_decides_as_at_first",
    DrawsElsewhere: "test_the_same_books_board_and_notes_give_the_same_price",
    NotesOfAnotherChance: "test_the_same_books_board_and_notes_give_the_same_price",
    AltersItsNotes: "test_what_it_is_handed_stays_as_it_is",
    PostsByItself: "test_what_it_is_handed_stays_as_it_is",
    NotesThatCannotTravel: "test_its_notes_survive_pickling",
    NotesThatChangeOnTheWay: "test_its_notes_survive_pickling",
    AmountOfMoney: "test_a_currency_twice_as_small_doubles_its_price_to_the_last_bit",
    Nothing: "test_its_prices_are_numbers_and_not_negative",
    Negative: "test_its_prices_are_numbers_and_not_negative",
    SaysYesInsteadOfTraits: "test_what_it_needs_of_its_seller_is_declared_as_traits",
    Stays: "test_it_survives_pickling",
}


def laws_for(strategy: Any) -> StrategyTests:
    tests = StrategyTests()
    tests.strategy = strategy
    return tests


@pytest.mark.parametrize(("wrong", "law"), FAULTS.items(), ids=lambda case: getattr(case, "__name__", None))
def test_each_fault_is_rejected_by_the_law_that_is_there_for_it(wrong: type, law: str) -> None:
    with pytest.raises((AssertionError, pickle.PicklingError, AttributeError)):
        getattr(laws_for(wrong()), law)()
    getattr(laws_for(Undercut()), law)()


def test_every_law_rejects_something() -> None:
    assert set(FAULTS.values()) == {name for name in dir(StrategyTests) if name.startswith("test_")}


@dataclass(frozen=True)
class Halves:
    """Asks half of the lowest price that it has seen so far, which it writes down; and how much it sold."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        seen: Any = books.notes or ()
        lowest = min((float(view.board.price[1:].min()), *(price for price, _ in seen)))
        return Decision(np.array([lowest / 2]), "", "", notes=(*seen, (lowest, float(books.sold[0]))))


class TestWhatRemembersInItsNotes(StrategyTests):
    strategy = Halves()

    def test_it_finds_at_the_next_review_what_it_wrote_down_at_the_last(self) -> None:
        assert scripted_rival(self.strategy, [4.0, 2.0, 6.0]) == [2.0, 1.0, 1.0]

    def test_it_is_told_what_it_sold_at_the_prices_that_were_posted(self) -> None:
        told: list[float] = []

        class Listens(Halves):
            def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
                told.append(float(books.sold[0]))
                return super().review(books, view, luck)

        scripted_rival(Listens(), [4.0, 2.0])
        board = board_of(2.0, [4.0])
        assert told == [0.0, float(demand_for(board).quantities(board.price)[0])]
