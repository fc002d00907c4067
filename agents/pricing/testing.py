"""Tests that every strategy must pass, and a scripted rival to show what yours does; for ours and for yours alike.

    from pricewar.agents.pricing.testing import StrategyTests, scripted_rival

    class TestSticky(StrategyTests):
        strategy = Sticky(threshold=0.1)

        def test_it_follows_large_steps_only(self) -> None:
            assert scripted_rival(self.strategy, [7.9, 7.0]) == [8.0, 7.0]

pytest collects what begins with Test, so the class you inherit from is not run by itself. Nothing here needs pytest.
"""

import pickle
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from pricewar.agents.demand.log_logit import LogLogit
from pricewar.agents.mechanisms import LineState, Mechanisms
from pricewar.agents.pricing.books import Books, Conduct, Convention, Decision, Strategy, Traits, View
from pricewar.sim.market.beliefs import Retention
from pricewar.sim.market.board import Board, Offer


def offer(seller: str, tier: str = "cheap", launched: float = -365.0) -> Offer:
    """Make an offer without a past; its capability and its appeal are zero."""
    return Offer(seller, tier, f"{seller}-1", 0.0, 0.0, 0.0, False, False, 1.0, launched)


def board_of(mine: float, rivals: Iterable[float]) -> Board:
    """Make a board of one tier: my price, then the rivals'. [money/Mtok]"""
    board = Board()
    board.put(offer("mine"), mine)
    for j, price in enumerate(rivals):
        board.put(offer(f"rival-{j}"), price)
    return board


def demand_for(board: Board, appeal: float = -1.0) -> LogLogit:
    """Make the demand of one segment to which all offers on the board appeal alike."""
    count = len(board.offers)
    return LogLogit(
        appeal=np.where(board.live, np.full((1, count), appeal), -np.inf),
        outside=np.zeros(1),
        sensitivity=np.array([2.0]),
        own_cost=np.array([0.1]),
        elasticity=np.array([0.3]),
        reference=10.0,
        size=np.array([1000.0]),
    )


def books_for(board: Board, first: float = 8.0, **changes: Any) -> Books:
    """Keep books of a seller of one tier: full cost 1, marginal cost 0.1, unlimited capacity, no focal price.

    first: its first price. [money/Mtok] changes: fields of the books that are otherwise.
    """
    del board
    books = Books(
        seller="mine",
        time=0.0,
        tiers=("cheap",),
        own=np.array([0], dtype=np.intp),
        first=np.array([first]),
        marginal=np.array([0.1]),
        unit=np.array([1.0]),
        first_unit=np.array([1.0]),
        seconds=np.array([500.0]),
        planned=np.inf,
        state=LineState(),
        forgone=np.zeros(1),
        future_value=np.zeros(1),
        sold=np.zeros(1),
        notes=None,
        new=np.zeros(1, dtype=np.bool_),
        mechanisms=Mechanisms(focal_prices=False),
        conduct=Conduct(menu_cost=0.0),
    )
    return replace(books, **changes)


def convention_for(board: Board, **changes: Any) -> Convention:
    """What a seller knows of others when its own offer is the first on the board, and every other is somebody else's.

    All review monthly, and ten times as often after a cut that takes what they lose. Contracts last three months.
    changes: fields that are otherwise.
    """
    count = len(board.offers)
    convention = Convention(
        owner=np.arange(count, dtype=np.intp),
        review_rate=np.full(count, 1 / 30),
        alertness=np.full(count, 0.3),
        cuts=np.zeros(0, dtype=np.intp),
        error=np.ones(count),
        retention=Retention(loyalty=np.zeros(1), locked=np.ones(1), rate=np.full(1, 4.0), free_rate=np.full(1, 50.0)),
        contested=np.zeros(1),
    )
    return replace(convention, **changes)


def luck() -> np.random.Generator:
    """Begin the strategy's own stream of chance."""
    return np.random.default_rng(1)


def scripted_rival(strategy: Strategy, posts: Iterable[float], mine: float = 8.0, **changes: Any) -> list[float]:
    """Let one rival post these prices, one a day, and return what the strategy posts after each. [money/Mtok]

    It finds in its books what it wrote down the day before, and what it has sold since at the prices then posted.
    mine: its own price before the first day. changes: fields of its books that are otherwise.

    >>> from pricewar.agents.pricing.undercut import Undercut
    >>> [round(price, 2) for price in scripted_rival(Undercut(step=0.1), [1.0, 0.9, 0.8])]
    [0.9, 0.81, 0.72]
    """
    chance, posted, sold, notes = luck(), [mine], np.zeros(1), None
    for day, price in enumerate(posts):
        board = board_of(posted[-1], [price])
        today = {"time": float(day), "sold": sold, "notes": notes} | changes
        decision = strategy.review(books_for(board, mine, **today), View(board, demand_for(board)), chance)
        posted.append(float(decision.price[0]))
        notes = notes if decision.notes is None else decision.notes
        board = board_of(posted[-1], [price])
        sold = demand_for(board).quantities(board.price)[:1]
    return posted[1:]


class StrategyTests:
    """What every strategy must keep. Inherit it, name the strategy, and add what yours does."""

    strategy: Strategy
    """The strategy under test, as a scenario would make it."""

    def strategy_in_double(self) -> Strategy:
        """Return the same strategy in a currency half as dear; yours may hold an amount of money."""
        return self.strategy

    def decide(self, board: Board, **changes: Any) -> Decision:
        """Review once. changes: fields of the books that are otherwise than in `books_for`."""
        books = books_for(board, **changes)
        return self.strategy.review(books, View(board, demand_for(board)), luck())

    def notes_after(self, *boards: Board) -> object | None:
        """Review these boards in turn, and return the notes that are left."""
        notes: object | None = None
        for board in boards:
            decision = self.decide(board, notes=notes)
            notes = notes if decision.notes is None else decision.notes
        return notes

    def test_it_survives_pickling(self) -> None:
        """A run may be made in another process."""
        again = pickle.loads(pickle.dumps(self.strategy))
        assert again == self.strategy, "a pickled copy differs; make it a frozen dataclass at the top of its module"

    def test_what_it_needs_of_its_seller_is_declared_as_traits(self) -> None:
        """Only what is declared in `traits` is heard; without any, the neutral ones hold."""
        declared = getattr(self.strategy, "traits", Traits())
        assert isinstance(declared, Traits), f"traits is {declared!r}; make it Traits(...), or leave it out"

    def test_the_same_books_board_and_notes_give_the_same_price(self) -> None:
        """Chance comes from the stream that is handed over, and nothing else enters."""
        board = board_of(8.0, [6.0, 9.0])
        for notes in (None, self.notes_after(board_of(8.0, [0.5]), board)):
            once, again = self.decide(board, notes=notes), self.decide(board, notes=notes)
            wrong = f"first {once.price}, then {again.price}; draw from luck only"
            assert once.price.tobytes() == again.price.tobytes(), wrong
            later = [self.decide(board, notes=decision.notes).price for decision in (once, again)]
            assert later[0].tobytes() == later[1].tobytes(), f"notes differ: {once.notes}, then {again.notes}"

    def test_without_notes_it_decides_as_at_first(self) -> None:
        """The object is shared by all who price so and by all runs: what it must remember goes into its notes."""
        board = board_of(8.0, [6.0])
        before = self.decide(board).price
        self.notes_after(board_of(8.0, [0.5]), board_of(0.5, [0.4]), board)
        after = self.decide(board).price
        assert after.tobytes() == before.tobytes(), f"first {before}, after other boards {after}; use Decision.notes"

    def test_what_it_is_handed_stays_as_it_is(self) -> None:
        """Books, board and notes are read; a wish is posted by the decision alone."""
        board = board_of(8.0, [6.0])
        books = books_for(board, notes=self.notes_after(board_of(8.0, [0.5]), board_of(8.0, [6.0])))
        before = pickle.dumps((books, board.price))
        self.strategy.review(books, View(board, demand_for(board)), luck())
        assert pickle.dumps((books, board.price)) == before, "the review changed its books, its notes or the board"

    def test_its_notes_survive_pickling(self) -> None:
        """A run may be made in another process, its notes too."""
        board = board_of(8.0, [6.0])
        notes = self.notes_after(board_of(8.0, [0.5]), board)
        again = self.decide(board, notes=pickle.loads(pickle.dumps(notes))).price
        assert again.tobytes() == self.decide(board, notes=notes).price.tobytes()

    def test_a_currency_twice_as_small_doubles_its_price_to_the_last_bit(self) -> None:
        """A price level has no meaning of its own; numbers of money belong into keys of the strategy."""
        board, double = board_of(8.0, [6.0]), board_of(16.0, [12.0])
        books = books_for(board)
        doubled = replace(
            books,
            first=2 * books.first,
            marginal=2 * books.marginal,
            unit=2 * books.unit,
            first_unit=2 * books.first_unit,
        )
        base = demand_for(board)
        scaled = replace(base, own_cost=2 * base.own_cost, reference=20.0)
        once = self.strategy.review(books, View(board, base), luck()).price
        twice = self.strategy_in_double().review(doubled, View(double, scaled), luck()).price
        assert (2 * once).tobytes() == twice.tobytes(), f"twice {once} is not {twice}; see strategy_in_double"

    def test_its_prices_are_numbers_and_not_negative(self) -> None:
        """What is posted can be paid."""
        price = self.decide(board_of(8.0, [6.0, 9.0])).price
        assert np.all(np.isfinite(price)), f"prices {price}"
        assert np.all(price >= 0.0), f"prices {price}"
