r"""The first day: list prices are a rest point, and something must hold them there.

Each tier's first-order condition is inverted at its list price, for the switches in force. What remains above
marginal cost is held by `scarce` capacity (a shadow price, M3), by a `focal` price (M6) or by a `wedge` (a constant
whose cause is left open). The opening utilisation is not observed, so results are reported over it.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.games.first_order import implied_cost
from pricewar.agents.mechanisms import Calibration, FocalPrice
from pricewar.agents.pricing.best_response import pricing_problem, worth_holding
from pricewar.agents.pricing.books import View, traits_of
from pricewar.agents.sellers.books import books_of
from pricewar.agents.sellers.convention import convention_of
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.reviews import keep
from pricewar.sim.parameters import CHECKED, fixed
from pricewar.sim.units import DAY_SECONDS, Utilisation

FULL = 1e-6
"""A fleet is full within this share: sizing it by its load leaves rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Opening:
    """What holds the prices of the first day."""

    hold: Literal["focal", "scarce", "wedge", "none"] = "focal"
    """focal: M6, with fleets slack at the opening utilisation; scarce: the shadow price of full fleets; wedge: a
    constant. With M6 off, or where a focal price is not worth holding, a wedge takes its place. none: nothing, so
    that sellers leave the list prices for their best responses; for textbook cases."""
    utilisation: Utilisation = 0.3
    """u0, load over fleet on the first day, for fleets without a number of their own. Not observed; assumed, and
    to be varied from .1 to .75."""


def open_fleets(firms: list[Firm], opening: Opening, *, final: bool) -> None:
    """Give every fleet without a number as many accelerators as make the opening utilisation on the first day.

    Done twice: before the burn-in, when shares have not settled, and for good (`final`) on the first day.
    """
    for firm in firms:
        fleet, world = firm.spec.fleet, firm.world
        if fleet is None:
            continue
        if fleet.accelerators is not None:
            firm.machines.size(fixed(fleet.accelerators), record=final)
            continue
        own = world.board.own(firm.name)
        tokens = world.record.demand(world.board, world.buyers.potential(0.0)).quantities(world.board.price)
        load = float(tokens[own] @ np.array([firm.seconds(world.board.offers[k].tier) for k in own]))
        busy = firm.conduct.target_utilisation if opening.hold == "scarce" else opening.utilisation
        firm.machines.size(load / (DAY_SECONDS * busy), record=final)


def rest(firms: list[Firm], opening: Opening) -> None:
    """Make the opening prices a rest point of every firm whose strategy is calibrated."""
    for firm in firms:
        books = books_of(firm)
        for tier, unit in zip(books.tiers, books.unit.tolist(), strict=True):
            firm.lines[tier].first_unit = unit
    for firm in firms:
        if traits_of(firm.spec.strategy).calibrated and firm.world.board.own(firm.name).size:
            _hold(firm, opening)


def _hold(firm: Firm, opening: Opening) -> None:
    world = firm.world
    if opening.hold == "none":
        firm.stance = "best_response"
        return
    view, books = View(world.board, firm.demand()), books_of(firm)
    if opening.hold == "focal" and firm.context.mechanisms.focal_prices and traits_of(firm.spec.strategy).focal:
        held = FocalPrice(world.board.price[books.own], books.state.focal.broken_until)
        state = replace(books.state, focal=held)
        holding = replace(books, state=state, convention=convention_of(firm, world.board, state))
        sustained = worth_holding(holding, view, np.ones(books.own.size, dtype=np.bool_))
        verdict = "is worth holding" if sustained else "is not worth holding: a wedge holds the opening price"
        world.facts.add(world.clock.now, firm.name, "focal", f"the focal price of {firm.name} {verdict}")
        if sustained:
            keep(firm, books, holding.state)
            firm.stance = "focal"
            return
    group = books.own if books.partners is None else np.concatenate([books.own, books.partners.own])
    implied = implied_cost(view.demand, world.board.price, group)[: books.own.size]
    residual = implied - (books.marginal + books.forgone - books.future_value)
    shadow = 0.0
    load = pricing_problem(books, view).load(world.board.price[books.own])
    if load > (1.0 - FULL) * books.planned and (opening.hold == "scarce" or firm.context.mechanisms.idle_capacity):
        # One shadow price for all tiers of a fleet: the largest that leaves no tier a negative remainder.
        # A fleet with a number of its own may be slack: then scarcity holds nothing, and the wedge does.
        shadow = max(0.0, float(np.min(residual / books.seconds)))
    firm.shadow_price, firm.stance = shadow, "best_response"
    scarce = shadow * books.seconds
    keep(firm, books, replace(books.state, calibration=Calibration(residual - scarce, scarce)))
