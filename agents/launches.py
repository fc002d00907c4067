"""New product lines and successor models: dates and capabilities are given, the price is solved."""

from dataclasses import replace
from datetime import date

import numpy as np

from agents.firm import Firm
from agents.pricing.best_response import BestResponse, pricing_problem
from agents.pricing.books import Books, View
from agents.pricing.first_order import best_at
from agents.products import Upgrade
from agents.reviews import books_of, take
from sim.kernel.clock import Phase, Process
from sim.kernel.facts import FactId
from sim.parameters import fixed
from sim.world import Posting


def launch_on(firm: Firm, tier: str, day: date, cause: FactId | None = None) -> Process:
    """Open a product line on its day."""
    clock = firm.world.clock
    yield clock.at(clock.day_of(day), Phase.DATED)
    launch(firm, tier, cause)


def launch(firm: Firm, tier: str, cause: FactId | None) -> None:
    """Open a product line now, at a price that is solved like everybody's."""
    world, line = firm.world, firm.lines[tier]
    unit, marginal = firm.unit_cost(tier), firm.marginal_cost(tier)
    median = world.board.tier_median(tier)
    provisional = median if median is not None else 2.0 * unit
    line.first_unit, line.since = unit, world.clock.now
    # An entrant has no first price to invert; while M3 is off its capital cost stands for the shadow price.
    line.frozen_shadow = unit - marginal
    strategy = firm.spec.strategy
    if isinstance(strategy, BestResponse) and strategy.focal and median is not None and _convention(firm):
        line.focal = median
    trial = world.board.trial(firm.offer(tier), provisional)
    view = View(trial, world.record.demand_at(trial, world.buyers.potential(world.clock.now)))
    # A launch has no old price to keep, so no menu cost stands in its way.
    books = replace(books_of(firm, trial), conduct=replace(firm.conduct, menu_cost=0.0))
    here = books.tiers.index(tier)
    price = _null_price(books, view, here) if _null(firm) else _reviewed(firm, books, view, here)
    world.propose(Posting(firm.offer(tier), price, "a new line", cause))


def _convention(firm: Firm) -> bool:
    """Whether focal prices are a convention of this market, which an entrant may join."""
    return firm.around.mechanisms.focal_prices and firm.around.focal_market


def _null(firm: Firm) -> bool:
    return firm.around.mechanisms.none and isinstance(firm.spec.strategy, BestResponse)


def _null_price(books: Books, view: View, here: int) -> float:
    """Under the null an entrant asks its best price at full serving cost."""
    problem = replace(
        pricing_problem(books, view, np.array([here])), cost=books.unit + books.wedge, capacity=np.inf
    )
    return float(best_at(problem, 0.0, view.board.price[books.own][[here]])[0])


def _reviewed(firm: Firm, books: Books, view: View, here: int) -> float:
    decision = firm.spec.strategy.review(books, view, firm.world.streams(firm.name, "strategy"))
    take(firm, books, decision)
    return float(decision.price[here])


def upgrade_on(firm: Firm, tier: str, upgrade: Upgrade) -> Process:
    """Let a successor take over a line on its day, at the posted price; the next review may change it."""
    world = firm.world
    yield world.clock.at(world.clock.day_of(upgrade.date), Phase.DATED)
    k = world.board.position(firm.name, tier)
    firm.succeed(tier, upgrade.model, fixed(upgrade.capability), upgrade.cost)
    if k is not None and world.board.live[k]:
        world.propose(Posting(firm.offer(tier), float(world.board.price[k]), "a successor model"))
