"""New product lines and successor models: dates and capabilities are given, the price is solved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from pricewar.agents.games.first_order import best_at, best_response
from pricewar.agents.machines.economy import Economy
from pricewar.agents.mechanisms import FocalPrice
from pricewar.agents.pricing.authored import decide
from pricewar.agents.pricing.best_response import pricing_problem
from pricewar.agents.pricing.books import Books, Decision, View, traits_of
from pricewar.agents.sellers.books import books_of, visible_board
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.lines import Line
from pricewar.agents.sellers.reviews import keep, take
from pricewar.agents.sellers.spec import Upgrade
from pricewar.agents.serving_cost import CostSpec
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.economics.progress import CompressionEvent, parameters_needed
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import fixed
from pricewar.sim.policy import TREASURY
from pricewar.sim.world import Posting


def launch_on(firm: Firm, tiers: Sequence[str], day: date) -> Process:
    """Open product lines on their day, or when their licence is there."""
    clock = firm.world.clock
    yield clock.at(clock.day_of(day), Phase.DATED)
    launch_licensed(firm, tiers, None)


def launch_licensed(firm: Firm, tiers: Sequence[str], cause: FactId | None) -> None:
    """Open product lines now; who is new to the market pays for its licence first, and waits for it."""
    world = firm.world
    fee, days = world.policies.licence() if new_to_the_market(firm) and not firm.gone else (0.0, 0.0)
    world.ledger.post(firm.name, TREASURY, "licence", fee)
    if fee or days:
        what = f"{firm.name} applies for a licence"
        cause = world.facts.add(world.clock.now, firm.name, "licence", what, cause)
    if not days:
        launch(firm, tiers, cause)
        return
    firm.applied = True
    world.clock.process(_with_licence(firm, tiers, cause, days))


def new_to_the_market(firm: Firm) -> bool:
    """Whether a firm has never had an offer, nor asked for leave to have one."""
    return not firm.applied and all(offer.seller != firm.name for offer in firm.world.board.offers)


def _with_licence(firm: Firm, tiers: Sequence[str], cause: FactId | None, days: float) -> Process:
    """Wait for the licence, in whole days."""
    clock = firm.world.clock
    yield clock.at(clock.day + int(np.ceil(days)), Phase.DATED)
    launch(firm, tiers, cause)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a firm would ask if it opened some product lines now."""

    books: Books
    """Its books with the new lines."""
    view: View
    """The board with them, at the prices from which the review starts."""
    price: Floats
    """Wished prices of all own lines, shape (m,). [money/Mtok]"""
    decision: Decision | None
    """What the strategy decided; None where the null sets the price."""


def launch(firm: Firm, tiers: Sequence[str], cause: FactId | None) -> None:
    """Open product lines now, at prices that are solved like everybody's: together, and with the standing lines.

    Opening a line is an occasion to review all prices; only for the new ones no menu cost stands in the way.
    """
    if firm.gone:
        return
    world, plan = firm.world, solved(firm, tiers)
    if plan.decision is not None:
        take(firm, plan.books, plan.decision)
    for tier, k, wished in zip(plan.books.tiers, plan.books.own, plan.price.tolist(), strict=True):
        if tier in tiers:
            world.propose(Posting(firm.offer(tier), wished, "a new line", cause))
        elif wished != plan.view.board.price[k] and firm.lines[tier].held_until <= world.clock.now:
            world.propose(Posting(firm.offer(tier), wished, "reviewed with a new line", cause))


def solved(firm: Firm, tiers: Sequence[str]) -> Plan:
    """Solve the prices of new lines, together with those of the standing ones; nothing is posted."""
    world = firm.world
    added = [(firm.offer(tier), _introduced(firm, tier)) for tier in sorted(tiers)]
    trial = visible_board(firm).trial(*added)
    view, books = View(trial, firm.demand(trial)), books_of(firm, trial, new=tiers)
    if not firm.context.mechanisms.idle_capacity:
        books = _with_first_shadow(firm, books, view)
    if firm.context.mechanisms.none and traits_of(firm.spec.strategy).null:
        return Plan(books, view, _null_price(books, view), None)
    decision = decide(firm.spec.strategy, books, view, world.streams(firm.name, "strategy"))
    return Plan(books, view, decision.price, decision)


def _introduced(firm: Firm, tier: str) -> float:
    """Make a line ready and return the price from which its review starts: the tier's median, or twice its cost."""
    world, line = firm.world, firm.lines[tier]
    median, unit = world.board.tier_median(tier), firm.unit_cost(tier)
    line.first_unit, line.since = unit, world.clock.now
    convention = firm.context.mechanisms.focal_prices and firm.context.focal_market
    if convention and traits_of(firm.spec.strategy).focal and median is not None:
        line.state = replace(line.state, focal=FocalPrice(np.array([median])))
    # A median of zero says that all rivals are free; a review must start above it.
    return median if median else 2.0 * unit


def _with_first_shadow(firm: Firm, books: Books, view: View) -> Books:
    """With M3 off the shadow price of the first day stays: for a new line that of its launch."""
    able = replace(books.mechanisms, idle_capacity=True)
    # All lines share the machines, so all are repriced to find what an accelerator-second is worth.
    problem = pricing_problem(replace(books, mechanisms=able), view)
    shadow = best_response(problem).shadow if np.isfinite(problem.capacity) else 0.0
    calibration = books.state.calibration
    scarce = np.where(books.new, shadow * books.seconds, calibration.shadow)
    state = replace(books.state, calibration=replace(calibration, shadow=scarce))
    keep(firm, books, state)
    return replace(books, state=state)


def _null_price(books: Books, view: View) -> Floats:
    """Under the null an entrant asks its best price at full serving cost; standing lines keep theirs."""
    full_cost = books.unit + books.state.calibration.wedge
    problem = replace(pricing_problem(books, view, np.flatnonzero(books.new)), cost=full_cost, capacity=np.inf)
    return problem.filled(best_at(problem, 0.0, view.board.price[books.own][books.new]))


def upgrade_on(firm: Firm, tier: str, upgrade: Upgrade) -> Process:
    """Let a successor take over a line on its day."""
    clock = firm.world.clock
    assert upgrade.date is not None
    yield clock.at(clock.day_of(upgrade.date), Phase.DATED)
    take_over(firm, tier, upgrade, None)


def take_over(firm: Firm, tier: str, upgrade: Upgrade, cause: FactId | None) -> None:
    """Let a successor take over a line now, at the posted price; the next review may change it."""
    if firm.gone:
        return
    world = firm.world
    k = world.board.position(firm.name, tier)
    succeed(firm, tier, upgrade.model or "", fixed(upgrade.capability or 0.0), upgrade.cost)
    if k is not None and world.board.live[k]:
        world.propose(Posting(firm.offer(tier), float(world.board.price[k]), "a successor model", cause))


def prepare_succession(firm: Firm) -> None:
    """Go through the successor models of every line, so that one that does not fit is found before the run.

    Raises UserMistake.
    """
    for line in firm.lines.values():
        heir = replace(line)
        for upgrade in sorted(line.tier.upgrades.values(), key=lambda upgrade: upgrade.date or date.max):
            # without a date a project makes the model, with a cost of its own
            now = heir.since if upgrade.date is None else float(firm.world.clock.day_of(upgrade.date))
            capability = fixed(upgrade.capability or 0.0)
            heir.cost = upgrade.cost or resized(heir, capability, now, firm.context.economy)
            heir.capability, heir.since = capability, now
            firm.machine_time(heir.cost)


def succeed(firm: Firm, tier: str, model: str, capability: float, cost: CostSpec | None) -> None:
    """Let a successor model take over a line."""
    line, now = firm.lines[tier], firm.world.clock.now
    if firm.context.economy.chain.maturity:
        line.cost = cost or resized(line, capability, now, firm.context.economy)
    line.model, line.capability, line.since = model, capability, now
    line.seconds = firm.machine_time(line.cost)


def resized(line: Line, capability: float, now: float, economy: Economy) -> CostSpec:
    """The predecessor's architecture in the size that its successor needs; costs given outright stay."""

    def size() -> float:
        """Parameters over those of the predecessor."""
        years, nats = (now - line.since) / DAYS_PER_YEAR, capability - line.capability
        needed = parameters_needed(1.0, years, nats, economy.technology.algorithms)
        return needed * economy.algorithms_noise(line.since, now)

    return line.cost.resized(size)


def learn(firm: Firm, event: CompressionEvent, fact: FactId) -> None:
    """Absorb an architecture: every served line gets cheaper to run."""
    firm.news = fact
    if not firm.context.economy.chain.maturity:
        return
    firm.learned.append(event)
    for line in firm.lines.values():
        line.seconds = firm.machine_time(line.cost)
