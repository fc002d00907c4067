"""When a firm reviews its prices, and what comes of it."""

import numpy as np

from pricewar.agents.mechanisms import LineState
from pricewar.agents.pricing.authored import decide
from pricewar.agents.pricing.books import Books, Decision
from pricewar.agents.sellers.books import books_of, sold_in_all, view_of
from pricewar.agents.sellers.convention import recent_cuts
from pricewar.agents.sellers.firm import Firm
from pricewar.sim.kernel.clock import Process, next_review
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.market.demand import Demand, Floats
from pricewar.sim.world import Posting

ROUNDING = 1e-11
"""A wish this close to the posted price, as a share of it, is the solver's rounding and is not posted."""


def reviews(firm: Firm) -> Process:
    """Review prices for ever: at equal distances, or at a rate that rivals' cuts and one's own shortage raise (M7)."""
    clock, luck = firm.world.clock, firm.world.streams(firm.name, "review")
    if firm.conduct.regular:
        # Each firm has its own day of the month, so that a regular calendar is not a common one.
        phase = luck.random() if firm.conduct.phase is None else firm.conduct.phase
        yield clock.timeout(phase / firm.conduct.review_rate)
    while True:
        if firm.conduct.regular:
            yield clock.timeout(1.0 / firm.conduct.review_rate)
        else:
            yield from _next(firm, float(luck.exponential()))
        yield clock.until(next_review(clock.now))
        review(firm)


def _next(firm: Firm, hazard: float) -> Process:
    """Wait until the review rate has added up to `hazard`, an exponential draw with mean one."""
    clock = firm.world.clock
    while hazard > 0.0:
        rate, lasts = review_rate(firm)
        if rate <= 0.0 and np.isinf(lasts):
            yield firm.world.changed
            continue
        begun, wait = clock.now, min(hazard / rate if rate > 0.0 else np.inf, lasts)
        due = clock.timeout(wait)
        yield due | firm.world.changed
        if due.processed and wait == hazard / rate:
            return
        hazard -= rate * (clock.now - begun)


def review_rate(firm: Firm) -> tuple[float, float]:
    """Reviews a day now, and for how many days that rate lasts if nothing happens."""
    rate, conduct = firm.conduct.review_rate, firm.conduct
    if not firm.context.mechanisms.attention:
        return rate, np.inf
    window, now = firm.world.terms.attention_window, firm.world.clock.now
    secret = firm.world.policies.secrecy()
    recent, unheard = recent_cuts(firm, now - window), _until_heard(firm, secret)
    # Customers lost for want of machines are lost like those whom a cut takes.
    rate += conduct.alertness * firm.world.turned_away.get(firm.name, 0.0)
    if not recent:
        return rate, unheard
    lost = lost_to(firm, firm.demand())
    rate += conduct.alertness * sum(lost[k] for k in {move.offer for move in recent})
    return rate, max(min(min(move.time for move in recent) + secret + window - now, unheard), 1e-6)


def _until_heard(firm: Firm, secret: float) -> float:
    """Days until the next move that is still hidden from rivals becomes public; infinite without one."""
    now = firm.world.clock.now
    later = [move.time + secret - now for move in firm.world.board.moves if move.time + secret > now] if secret else []
    return min(later, default=float("inf"))


def lost_to(firm: Firm, demand: Demand) -> Floats:
    """Of the customers that the firm loses to a price rise, the part that goes to each offer, shape (K,)."""
    world, own = firm.world, firm.world.board.own(firm.name)
    if own.size == 0:
        return np.zeros(len(world.board.offers))
    share, ratio = world.diversions(demand)
    size = world.buyers.potential(world.clock.now)
    weight = (size @ share)[own]
    total = weight.sum()
    weight = weight / total if total > 0 else np.full(own.size, 1.0 / own.size)
    lost: Floats = weight @ ratio[own]
    lost[own] = 0.0
    return lost


def review(firm: Firm) -> None:
    """Review prices now, and propose what changes."""
    world = firm.world
    if not world.board.own(firm.name).size:
        return
    if not firm.context.economy.chain.repricing:
        return
    view, books = view_of(firm), books_of(firm)
    if books.bound is not None and books.bound.all():
        return
    decision = decide(firm.spec.strategy, books, view, world.streams(firm.name, "strategy"))
    take(firm, books, decision)
    current = world.board.price[books.own]
    moved = np.abs(decision.price - current) > ROUNDING * current
    changed = np.flatnonzero(moved if books.bound is None else moved & ~books.bound)
    if changed.size:
        cause, firm.news = cause_of(firm, view.demand), None
        for m in changed:
            wished = float(decision.price[m])
            world.propose(Posting(firm.offer(books.tiers[m]), wished, decision.why, cause))
    firm.seen = world.clock.now
    for tier, line in firm.lines.items():
        line.counted = sold_in_all(firm, tier)


def take(firm: Firm, books: Books, decision: Decision) -> None:
    """Enter a decision into the firm's books."""
    firm.shadow_price, firm.stance = decision.shadow, decision.stance
    if decision.notes is not None:
        firm.notes = decision.notes
    if decision.state is not None:
        keep(firm, books, decision.state)


def keep(firm: Firm, books: Books, state: LineState) -> None:
    """Hand every line of the books its part of a state."""
    for m, tier in enumerate(books.tiers):
        firm.lines[tier].state = state.some(slice(m, m + 1))


def cause_of(firm: Firm, demand: Demand) -> FactId | None:
    """What a change of prices answers: the rival's cut that costs most customers, else the firm's own news."""
    window = firm.world.terms.attention_window
    cuts = recent_cuts(firm, max(firm.seen, firm.world.clock.now - window))
    if not cuts:
        return firm.news
    lost = lost_to(firm, demand)
    return max(cuts, key=lambda move: (lost[move.offer], move.time, move.fact)).fact
