"""What a firm has before it when it prices: its own books, and what it can see of the market; both snapshots."""

from collections.abc import Collection

import numpy as np

from pricewar.agents.mechanisms import LineState
from pricewar.agents.pricing.best_response import counted_cost
from pricewar.agents.pricing.books import Books, Partners, View
from pricewar.agents.sellers.convention import convention_of
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.future_value import future_value
from pricewar.sim.kernel.clock import Phase
from pricewar.sim.market.board import Board
from pricewar.sim.market.demand import Floats, Ints
from pricewar.sim.market.window import Window


def view_of(firm: Firm) -> View:
    """What the firm can see: rivals' prices as old as policies let them become before they are public."""
    board = visible_board(firm)
    return View(board, firm.demand(board))


def visible_board(firm: Firm) -> Board:
    """The board with rivals' offers as old as policies let them become before they are public."""
    world, secret = firm.world, firm.world.policies.secrecy()
    if not secret:
        return world.board
    group = {name for name in world.sellers if world.policies.one_owner(name, firm.name)}
    return world.board.as_of(world.clock.now - secret, group)


def sold_in_all(firm: Firm, tier: str) -> float:
    """Tokens that a line has sold so far. [Mtok]"""
    k = firm.world.board.position(firm.name, tier)
    return 0.0 if k is None else firm.world.sales.ever(k)


def sold_since(firm: Firm, tiers: tuple[str, ...]) -> Floats:
    """Tokens sold a day since the last review, shape (m,); zero where no market has cleared since. [Mtok/day]"""
    if np.isinf(firm.seen):
        return np.zeros(len(tiers))
    # Every close of the market counts as a day, whatever the hours between the reviews.
    closes = np.floor(firm.world.clock.now - Phase.CLOSE) - np.floor(firm.seen - Phase.CLOSE)
    since = [sold_in_all(firm, tier) - firm.lines[tier].counted for tier in tiers]
    sold: Floats = np.array(since) / max(closes, 1.0)
    return sold


def books_of(firm: Firm, board: Board | None = None, *, new: Collection[str] = (), together: bool = True) -> Books:
    """Everything of its own that the firm's strategy may know, at this instant.

    board: one that is only thought of. new: tiers that are being launched on it. together: whether offers of other
    sellers under the same owner are in the books.
    """
    conduct = firm.conduct
    board = firm.world.board if board is None else board
    own = board.own(firm.name)
    unit = np.array([firm.unit_cost(board.offers[k].tier) for k in own])
    tiers = tuple(board.offers[k].tier for k in own)
    seconds = np.array([firm.seconds(tier) for tier in tiers])
    lines = [firm.lines[tier] for tier in tiers]
    state, now = LineState.together([line.state for line in lines]), firm.world.clock.now
    holding = together and firm.context.mechanisms.focal_prices and bool(state.focal.holds(now).any())
    days = conduct.planning_window

    def each(name: str) -> Floats:
        return np.array([float(getattr(line, name)) for line in lines])

    return Books(
        seller=firm.name,
        time=now,
        tiers=tiers,
        own=own,
        first=board.first[own],
        marginal=np.array([firm.marginal_cost(tier) for tier in tiers]),
        unit=unit,
        first_unit=each("first_unit"),
        seconds=seconds,
        planned=conduct.target_utilisation * firm.machines.seconds(),
        state=state,
        forgone=firm.forgone_rent() / 3600.0 * seconds,
        future_value=future_value(firm, board, unit),
        sold=sold_since(firm, tiers),
        notes=firm.notes,
        new=np.array([tier in new for tier in tiers], dtype=np.bool_),
        mechanisms=firm.context.mechanisms,
        conduct=conduct,
        window=Window(firm.beliefs.retention.chosen_anew(days), customers_bound(firm, own, days)),
        rent=firm.rent_of_more(days),
        bound=each("held_until") > now,
        partners=partners_of(firm, board) if together else None,
        convention=convention_of(firm, board, state) if holding else None,
    )


def customers_bound(firm: Firm, own: Ints, days: float) -> Floats:
    """Volume of the firm's customers whose contracts outlast so many days, shape (S, m): it knows its own contracts.

    own: positions of its offers on a board, on which some may only be thought of, shape (m,). [Mtok/day]
    """
    everybody = firm.world.buyers.bound(firm.world.clock.now, days)
    bound = np.zeros((everybody.shape[0], own.size))
    met = own < everybody.shape[1]
    bound[:, met] = everybody[:, own[met]]
    return bound


def partners_of(firm: Firm, board: Board) -> Partners | None:
    """Offers of other sellers under the same owner, at what they cost them; None without any.

    Each keeps its own machines: scarce ones are in its cost at the shadow price of its last review.
    """
    world = firm.world
    owned = [seller for name, seller in sorted(world.sellers.items()) if world.policies.one_owner(name, firm.name)]
    others = [other for other in owned if isinstance(other, Firm) and other is not firm]
    books = [(other, books_of(other, board, together=False)) for other in others if board.own(other.name).size]
    if not books:
        return None
    return Partners(
        own=np.concatenate([theirs.own for _, theirs in books]),
        cost=np.concatenate([counted_cost(theirs) + other.shadow_price * theirs.seconds for other, theirs in books]),
    )
