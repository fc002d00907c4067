"""A Markov-perfect strategy of alternating moves: kinked demand or an Edgeworth cycle (Maskin & Tirole 1988).

At a review the seller answers the posted price of its rival by the reaction of an equilibrium, drawn where the reaction
mixes. The equilibrium is solved for the demand that the seller believes in, its cost and its grid
(`alternating_moves`), at the first review and whenever its cost or the offers on the market change; the size of the
market does not matter.

Simplifications: the rival is the cheapest other offer of the line, is taken to be alike in cost and grid, and to move
in turn with the seller; all other prices are taken to stay. A rival's price off the grid counts as the nearest on it.
"""

from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.games.alternating_moves import equilibrium
from pricewar.agents.games.price_grid import grid, own_profit
from pricewar.agents.pricing.books import Books, Decision, View, cheapest_rival
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import OpenShare, PositivePricePerMtok, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Alternating:
    """Answers the rival's price as in a Markov-perfect equilibrium of alternating moves."""

    kind: Literal["alternating"] = "alternating"
    """Which strategy."""
    equilibrium: Literal["kinked", "edgeworth"] = "edgeworth"
    """kinked: the joint-monopoly price, held by the threat of a war. edgeworth: endless undercutting and relenting."""
    top: PositivePricePerMtok
    """Highest price of the grid; the lowest is zero."""
    steps: Annotated[int, Field(ge=2, le=100), Unit("step")] = 6
    """Steps of the grid. Default: the sixths of Maskin & Tirole."""
    discount: OpenShare = 0.95
    """Discount factor from one move to the next. Assumed: a week's at any usual rate would be nearer to one."""

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Answer the cheapest rival of each line; without a rival the price stays."""
        prices, wished = grid(self.top, self.steps), view.board.price[books.own].copy()
        game = books.notes if isinstance(books.notes, _Solved) else None
        situation = _situation(books, view)
        if game is None or game.situation != situation:
            solved = [self.reaction(books, view, m) for m in range(books.own.size)]
            game = _Solved(situation, tuple(None if r is None else tuple(map(tuple, r.tolist())) for r in solved))
        for m, tier in enumerate(books.tiers):
            rival, reaction = cheapest_rival(books, view, tier), game.reactions[m]
            if rival is not None and reaction is not None:
                at = int(np.argmin(np.abs(prices - rival)))
                wished[m] = prices[_drawn(np.array(reaction[at]), luck)]
        return Decision(wished, f"its move in the {self.equilibrium} equilibrium", self.equilibrium, notes=game)

    def reaction(self, books: Books, view: View, line: int) -> Floats | None:
        """The equilibrium reaction of a line: rows the rival's price, columns the chances of its own.

        None without a rival. Raises UserMistake where no equilibrium is found.
        """
        rival = _rival(books, view, books.tiers[line])
        if rival is None:
            return None
        try:
            return equilibrium(self.equilibrium, self.profits(books, view, line, rival), self.discount)
        except ValueError as mistake:
            raise UserMistake(f"sellers.{books.seller}.strategy: {mistake}") from mistake

    def profits(self, books: Books, view: View, line: int, rival: int) -> Floats:
        """What a line earns by own and rival's price on the grid, shape (steps + 1, steps + 1). [money/day]"""
        prices, posted = grid(self.top, self.steps), view.board.price.copy()
        own, cost = int(books.own[line]), float(books.marginal[line])
        columns = []
        for price in prices.tolist():
            posted[rival] = price
            columns.append(own_profit(view.demand, own, cost, prices, posted))
        return np.stack(columns, axis=1)


_Reaction = tuple[tuple[float, ...], ...]
_Situation = tuple[tuple[float, ...], tuple[str, ...]]


@plain_dataclass(frozen=True, slots=True)
class _Solved:
    """What the seller remembers: for which situation it has solved the game, and the reaction of each line."""

    situation: _Situation
    reactions: tuple[_Reaction | None, ...]


def _situation(books: Books, view: View) -> _Situation:
    """What an equilibrium depends on: own marginal costs, and which offers are for sale."""
    live_offers = (offer.name for offer, live in zip(view.board.offers, view.board.live, strict=True) if live)
    return tuple(books.marginal.tolist()), tuple(live_offers)


def _rival(books: Books, view: View, tier: str) -> int | None:
    """Position of the cheapest rival of a line, the first of several."""
    lowest, board = cheapest_rival(books, view, tier), view.board
    for k in np.flatnonzero(board.live).tolist():
        offer = board.offers[k]
        if board.price[k] == lowest and offer.tier == tier and offer.seller != books.seller and not offer.inside:
            return k
    return None


def _drawn(chance: Floats, luck: np.random.Generator) -> int:
    """An answer by its chance; nothing is drawn where only one is possible."""
    possible = np.flatnonzero(chance)
    if possible.size == 1:
        return int(possible[0])
    reached = np.cumsum(chance[possible])
    return int(possible[np.searchsorted(reached[:-1], luck.random() * reached[-1], side="right")])
