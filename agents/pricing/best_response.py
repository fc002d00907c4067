r"""Best response to the board: the default strategy.

At a review the seller solves its first-order condition against posted prices and lagged public shares, and its own
books (see `first_order`). Around this stand M3, the shadow price of capacity (Kreps & Scheinkman 1983), M6, a focal
price with a collapse (Friedman 1971), and the menu cost, which makes cuts lumpy. With every mechanism off the null
remains, M1: the opening price times an index of full serving cost.
"""

from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from agents.pricing.books import Books, Decision, View
from agents.pricing.first_order import Problem, best_at, best_response
from sim.market.demand import Floats, Ints
from sim.parameters import CHECKED

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class BestResponse:
    """Solves the first-order condition at every review."""

    kind: Literal["best_response"] = "best_response"
    """Which strategy."""
    focal: bool = True
    """Whether the seller can hold a focal price (M6). A lab that gives its weights away cannot: any host may
    undercut it."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Hold, or best-respond where that is worth a change; `luck` is not used."""
        del luck
        if books.mechanisms.none:
            return _pass_through(books, view)
        held, broken_until = self._stance(books, view)
        current = view.board.price[books.own]
        if held.all():
            return Decision(np.where(held, books.focal, current), "the focal price holds", "focal", 0.0, broken_until)
        moving = np.flatnonzero(~held)
        problem = pricing_problem(books, view, moving)
        price, shadow = _solved(books, problem)
        if np.isfinite(books.focal).any():
            # A seller that lacks machines raises its price from the focal one; it does not fall below for that.
            holds_up = np.isfinite(books.focal) & (books.broken_until <= books.time) & (broken_until <= books.time)
            price = np.where(holds_up & ~held, np.maximum(price, books.focal), price)
        price = np.where(held, np.where(held, books.focal, current), price)
        worth = _worth_changing(books, problem, price, shadow)
        price = np.where(worth | held, price, current)
        why = "capacity is short" if shadow > 0.0 and (price > current).any() else "best response to the board"
        return Decision(price, why, "mixed" if held.any() else "best_response", shadow, broken_until)

    def _stance(self, books: Books, view: View) -> tuple[Mask, Floats]:
        """Which tiers hold their focal price, and until when each best-responds."""
        nobody = np.zeros(books.own.size, dtype=np.bool_)
        if not (books.mechanisms.focal_prices and self.focal and np.isfinite(books.focal).any()):
            return nobody, books.broken_until
        ratio = predicted_over_focal(books, view)
        collapsed = np.isfinite(books.focal) & (ratio < 1.0 - books.conduct.tolerance)
        free_to_hold = np.isfinite(books.focal) & (books.broken_until <= books.time)
        starts = free_to_hold & collapsed
        broken_until = np.where(starts, books.time + books.conduct.reversion, books.broken_until)
        held = free_to_hold & ~collapsed
        if held.any() and books.mechanisms.idle_capacity:
            at_focal = view.board.price.copy()
            at_focal[books.own] = np.where(held, books.focal, at_focal[books.own])
            load = float(view.demand.quantities(at_focal)[books.own] @ books.seconds)
            if load > books.planned:
                held = nobody
        return held, broken_until


def predicted_over_focal(books: Books, view: View) -> Floats:
    """Predicted demand at today's board over that at the focal board, per own tier, shape (m,). [1]

    The focal board is public: every offer that came to market at or above its tier's median, at its first price.
    An offer that came below is no part of the convention; at the focal board it is not there.
    """
    board = view.board
    strangers = np.flatnonzero(board.live & ~board.conforming).astype(np.intp)
    strangers = np.setdiff1d(strangers, books.own)
    focal = np.where(np.isfinite(books.focal), books.focal, board.price[books.own])
    now, convention = board.price.copy(), board.first.copy()
    now[books.own] = convention[books.own] = focal
    today = view.demand.quantities(now)[books.own]
    then = view.demand.without(strangers).quantities(convention)[books.own]
    return np.divide(today, then, out=np.ones_like(today), where=then > 0)


def pricing_problem(books: Books, view: View, moving: Ints | None = None) -> Problem:
    """The seller's problem from its books; with M3 off capacity is unlimited and its old shadow cost stays."""
    capacity = books.planned if books.mechanisms.idle_capacity else np.inf
    cost = books.marginal + books.wedge
    if not books.mechanisms.idle_capacity:
        cost = cost + books.frozen_shadow
    return Problem(view.demand, view.board.price, books.own, cost, books.seconds, capacity, moving)


def _solved(books: Books, problem: Problem) -> tuple[Floats, float]:
    # A price of nought has no logarithm to start from.
    start = np.maximum(problem.price[books.own], 1e-3 * books.first)[problem.free]
    if np.isinf(problem.capacity):
        return problem.filled(best_at(problem, 0.0, start)), 0.0
    solution = best_response(problem, start)
    return solution.price, solution.shadow


def _worth_changing(books: Books, problem: Problem, price: Floats, shadow: float) -> Mask:
    """Which tiers gain more than the menu cost by changing alone, capacity charged at its shadow price."""
    current = problem.price[books.own]
    quantity = problem.demand.quantities(problem.price)[books.own]
    now = problem.profit(current, shadow)
    worth = np.zeros(price.size, dtype=np.bool_)
    for k in problem.free:
        trial = current.copy()
        trial[k] = price[k]
        gain = problem.profit(trial, shadow) - now
        worth[k] = gain > books.conduct.menu_cost * quantity[k] * current[k]
    return worth


def _pass_through(books: Books, view: View) -> Decision:
    """M1: first price times the index of full serving cost, once it has moved by more than the menu cost."""
    current = view.board.price[books.own]
    wished = books.first * (books.unit / books.first_unit)
    moved = np.abs(wished / current - 1.0) > books.conduct.menu_cost
    return Decision(np.where(moved, wished, current), "cost pass-through", "pass_through")
