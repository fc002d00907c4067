r"""Best response to the board: the default strategy.

At a review the seller solves its first-order condition against posted prices and lagged public shares, and its own
books (see `first_order`). Around this stand M3, the shadow price of capacity (Kreps & Scheinkman 1983), M6, a focal
price with a collapse (Friedman 1971), and the menu cost, which makes cuts lumpy. With every mechanism off the null
remains, M1: the opening price times an index of full serving cost.
"""

from copy import copy
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.games.first_order import Problem, Solution, best_at, best_response
from pricewar.agents.mechanisms import FocalPrice
from pricewar.agents.pricing import focal
from pricewar.agents.pricing.books import Books, Decision, Traits, View
from pricewar.sim.market.demand import Floats, Ints, Mask
from pricewar.sim.market.window import asked_in
from pricewar.sim.parameters import CHECKED

FLAT = 1e-13
"""Share of profit below which a difference is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class BestResponse:
    """Solves the first-order condition at every review."""

    kind: Literal["best_response"] = "best_response"
    """Which strategy."""
    focal: bool = True
    """Whether the seller may hold a focal price (M6); whether it does comes out of what holding is worth. False puts in
    by hand that it never does."""

    @property
    def traits(self) -> Traits:
        """It rests at calibrated list prices, may hold them as focal ones, and knows the null."""
        return Traits(calibrated=True, focal=self.focal, null=True)

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Hold, or best-respond where that is worth a change; `luck` is not used."""
        del luck
        if books.mechanisms.none:
            return _pass_through(books, view)
        focals, convention = self._focal_prices(books, view), books.state.focal.price
        state = replace(books.state, focal=focals.kept)
        current = view.board.price[books.own]
        if focals.held.all():
            return Decision(convention, "the focal price holds", "focal", 0.0, state)
        free = ~focals.held if books.bound is None else ~(focals.held | books.bound)
        if not free.any():
            price = np.where(focals.held, convention, current)
            return Decision(price, "the focal price holds", "focal", 0.0, state)
        problem = pricing_problem(books, _with_held(books, view, focals.held), np.flatnonzero(free))
        solution = _solved(books, problem)
        price, shadow = solution.price, solution.shadow
        # Who lacks machines raises its price from the focal one; it does not fall below it for that.
        price = np.where(focals.short, np.maximum(price, convention), price)
        price = np.where(focals.held, convention, price)
        worth = _worth_changing(books, problem, price, shadow)
        raised = bool((worth & (price > current)).any())
        return Decision(
            price=np.where(worth | focals.held, price, current),
            why="capacity is short" if solution.short or (shadow > 0.0 and raised) else "best response to the board",
            stance="short" if solution.short else "mixed" if focals.held.any() else "best_response",
            shadow=shadow,
            state=state,
        )

    def _focal_prices(self, books: Books, view: View) -> "_FocalPrices":
        """What the firm makes of its focal prices at this review."""
        nobody, before = np.zeros(books.own.size, dtype=np.bool_), books.state.focal
        able = np.isfinite(before.price) if books.bound is None else np.isfinite(before.price) & ~books.bound
        if not (books.mechanisms.focal_prices and self.focal and able.any()):
            return _FocalPrices(nobody, nobody, before)
        held = able & before.holds(books.time)
        if not held.any():
            return _FocalPrices(nobody, nobody, before)
        if not worth_holding(books, view, held):
            until = np.where(held, books.time + books.conduct.reversion, before.broken_until)
            return _FocalPrices(nobody, nobody, replace(before, broken_until=until))
        if books.mechanisms.idle_capacity and _overloaded(books, view, held):
            return _FocalPrices(nobody, held, before)
        return _FocalPrices(held, nobody, before)


@plain_dataclass(frozen=True, slots=True)
class _FocalPrices:
    """What a firm makes of its focal prices, per tier, shape (m,)."""

    held: Mask
    """Holds its focal price."""
    short: Mask
    """Would hold it, but lacks the machines for the load."""
    kept: FocalPrice
    """What stays of them."""


def _with_held(books: Books, view: View, held: Mask) -> View:
    """The board as it will be once held tiers are back at their focal prices."""
    if not held.any():
        return view
    board = copy(view.board)
    board.price = board.price.copy()
    board.price[books.own[held]] = books.state.focal.price[held]
    return View(board, view.demand)


def _overloaded(books: Books, view: View, held: Mask) -> bool:
    """Whether planned load at the focal prices exceeds what the firm plans to use of its fleet."""
    at_focal = view.board.price.copy()
    at_focal[books.own] = np.where(held, books.state.focal.price, at_focal[books.own])
    return float(asked_in(books.window, view.demand, at_focal, books.own) @ books.seconds) > books.planned


def worth_holding(books: Books, view: View, held: Mask) -> bool:
    """Whether focal prices of some lines, shape (m,), are worth holding against the best prices without them (M6)."""
    moving = np.ones(books.own.size, dtype=np.bool_) if books.bound is None else ~books.bound
    problem = pricing_problem(books, _with_held(books, view, held), np.flatnonzero(moving))
    return focal.gain_of_holding(books, view, held, problem, _solved(books, problem).price) >= 0.0


def pricing_problem(books: Books, view: View, moving: Ints | None = None) -> Problem:
    """The seller's problem from its books; with M3 off capacity is unlimited and its old shadow cost stays."""
    capacity = books.planned if books.mechanisms.idle_capacity else np.inf
    cost, group = counted_cost(books), books.partners
    with_whom, their_cost = (None, None) if group is None else (group.own, group.cost)
    return Problem(
        view.demand,
        view.board.price,
        books.own,
        cost,
        books.seconds,
        capacity,
        moving,
        with_whom,
        their_cost,
        books.window,
        books.rent,
    )


def counted_cost(books: Books) -> Floats:
    """What a token costs the seller but for capacity that is scarce today, shape (m,). [money/Mtok]"""
    held = books.state.calibration
    cost: Floats = books.marginal + books.forgone + held.wedge - books.future_value
    return cost if books.mechanisms.idle_capacity else cost + held.shadow


def _solved(books: Books, problem: Problem) -> Solution:
    # A price of zero has no logarithm to start from.
    start = np.maximum(problem.price[books.own], 1e-3 * books.first)[problem.free]
    if np.isinf(problem.capacity):
        return Solution(problem.filled(best_at(problem, 0.0, start)), 0.0)
    return best_response(problem, start)


def _worth_changing(books: Books, problem: Problem, price: Floats, shadow: float) -> Mask:
    """Which tiers gain more than the menu cost by changing alone; a line that opens has no price to keep.

    Profit counts machine time at its shadow price, on what the machines can serve: at a price at which they are
    overrun, demand that is turned away earns nothing. Nor is it revenue, of which the menu cost is a share.
    """
    current = problem.price[books.own]
    sold = problem.served(current) * problem.demand.quantities(problem.price)[books.own]
    worth, free = books.new.copy(), problem.free
    # Row 0 is no change; each of the others changes one price.
    trials = np.tile(current[free], (free.size + 1, 1))
    np.fill_diagonal(trials[1:], price[free])
    now, *changed = [problem.profit(problem.filled(trial), shadow) for trial in trials]
    for k, earned in zip(free.tolist(), changed, strict=True):
        # Near the best price the profit is flat: where nothing hinders a change, its gain is lost in rounding.
        enough = earned - now + FLAT * abs(now) > books.conduct.menu_cost * sold[k] * current[k]
        worth[k] = enough or books.new[k]
    return worth


def _pass_through(books: Books, view: View) -> Decision:
    """M1: first price times the index of full serving cost, once it has moved by more than the menu cost."""
    current = view.board.price[books.own]
    wished = books.first * (books.unit / books.first_unit)
    moved = np.abs(wished / current - 1.0) > books.conduct.menu_cost
    return Decision(np.where(moved, wished, current), "cost pass-through", "pass_through")
