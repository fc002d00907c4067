"""The plain twin sees faults: with one planted in the fast program the two no longer agree."""

from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

import pricewar.agents.pricing.best_response
import pricewar.agents.sellers.reviews
import pricewar.sim.day
import pricewar.sim.market.beliefs
import pricewar.sim.market.clearing
from pricewar.agents.games.first_order import Problem, Solution, best_at, best_response
from pricewar.agents.sellers.firm import Firm
from pricewar.sim.market.demand import Demand, Floats, Ints
from pricewar.sim.world import Posting, World
from tests.reference.plain_twin import Pair, fast
from tests.reference.test_plain_market import gains, market, pair
from tests.theory.test_mutations import Mutation, planted

Fault = Callable[[pytest.MonkeyPatch], None]


def published_at_once(patch: pytest.MonkeyPatch) -> None:
    """Every proposal goes up as soon as it is made, and the next to decide sees it."""

    def propose(self: World, posting: Posting) -> None:
        self._proposed.append(posting)
        self.publish()

    patch.setattr(World, "propose", propose)


def a_day_late(patch: pytest.MonkeyPatch) -> None:
    """Public shares are a day older than the scenario says."""

    def longer(maxlen: int) -> deque[Any]:
        return deque(maxlen=maxlen + 1)

    patch.setattr(pricewar.sim.market.beliefs, "deque", longer)


def spilled_to_the_full(patch: pytest.MonkeyPatch) -> None:
    """Who finds no machine tries sellers that have none left as well."""
    spill = pricewar.sim.market.clearing._spill_over

    def anywhere(leaving: Floats, asked: Floats, seconds: Floats, owner: Ints, spare: Floats) -> Floats:
        return spill(leaving, asked, seconds, owner, np.maximum(spare, 1e-9))

    patch.setattr(pricewar.sim.market.clearing, "_spill_over", anywhere)


def subsidised_by_scarcity(patch: pytest.MonkeyPatch) -> None:
    """The shadow price of machines is taken off the cost, not put on it."""

    def wrong(problem: Problem, start: Floats | None = None) -> Solution:
        right = best_response(problem, start)
        begin = right.price[problem.free]
        return Solution(problem.filled(best_at(problem, -0.2 * right.shadow, begin)), right.shadow)

    patch.setattr(pricewar.agents.pricing.best_response, "best_response", wrong)


def attentive_to_shares(patch: pytest.MonkeyPatch) -> None:
    """Attention goes by a rival's share, not by where one's own customers would go."""

    def lost(firm: Firm, demand: Demand) -> Floats:
        share: Floats = demand.shares(firm.world.board.price).mean(axis=0)
        share[firm.world.board.own(firm.name)] = 0.0
        return share

    patch.setattr(pricewar.agents.sellers.reviews, "lost_to", lost)


def renewed_after_the_change(patch: pytest.MonkeyPatch) -> None:
    """Contracts that ended before a change of the board are signed under the new one."""
    publish = World.publish

    def late(self: World) -> None:
        calls, renew = count(), self.buyers.renew
        with pytest.MonkeyPatch.context() as once:
            once.setattr(self.buyers, "renew", lambda until: next(calls) and renew(until))
            publish(self)

    patch.setattr(World, "publish", late)


FAULTS: dict[Fault, int] = {
    published_at_once: 13,
    a_day_late: 12,
    spilled_to_the_full: 12,
    subsidised_by_scarcity: 14,
    attentive_to_shares: 13,
    renewed_after_the_change: 13,
}
"""What is planted, and in which of the drawn markets: one in which the other test finds the two to agree."""

pytestmark = pytest.mark.nightly
SAMPLED, BELIEFS, REVIEWS, BEST, FIRST_ORDER, CLEARING, DAY, OPENING = (
    "pricewar.agents.buyers.sampled",
    "pricewar.sim.market.beliefs",
    "pricewar.agents.sellers.reviews",
    "pricewar.agents.pricing.best_response",
    "pricewar.agents.games.first_order",
    "pricewar.sim.market.clearing",
    "pricewar.sim.day",
    "pricewar.agents.sellers.opening",
)
LINES: tuple[tuple[int, str, str, str, str], ...] = (
    (0, "a contract a batch", SAMPLED, "due = due[self.ends[due] < until]", "due = due[:0]"),
    (0, "contracts from now", SAMPLED, "self.ends[who] = begun - np.log", "self.ends[who] = until - np.log"),
    (0, "one draw for two", SAMPLED, "np.log(luck[1])", "np.log(luck[0])"),
    (0, "all needs alike", SAMPLED, "np.minimum(self.capability, self.traits.need[who])",
     "(self.capability + 0.0 * who)"),
    (2, "waits welcome", SAMPLED, "- self.segment.delay_aversion * delay", "+ self.segment.delay_aversion * delay"),
    (2, "gateways for the others", "pricewar.agents.buyers.sampled", "pace=np.where(behind,", "pace=np.where(~behind,"),
    (2, "no loyalty", "pricewar.agents.buyers.sampled", "np.exp(segment.loyalty)", "np.exp(0.0 * segment.loyalty)"),
    (2, "too late to choose", BELIEFS, "+ pace * (board.live", "+ 0.5 * pace * (board.live"),
    (2, "prior counts twice", BELIEFS, "self.prior_customers * prior", "2.0 * self.prior_customers * prior"),
    (10, "rises alarm", REVIEWS, "if move.is_cut and move.time", "if move.time"),
    (10, "attention starts anew", REVIEWS, "hazard -= rate * (clock.now - begun)", "hazard -= 0.0 * rate"),
    (19, "every cut counts", REVIEWS, "sum(lost[k] for k in {move.offer for move in recent})",
     "sum(lost[move.offer] for move in recent)"),
    (10, "answer to the last", REVIEWS, "(lost[move.offer], move.time, move.fact)", "(move.time, move.fact)"),
    (8, "menu cost of profit", BEST, "sold[k] * current[k]", "now"),
    (14, "focal price without machines", BEST, "_FocalPrices(nobody, held, ", "_FocalPrices(held, nobody, "),
    (14, "sells what it cannot serve", FIRST_ORDER, "min(1.0, self.capacity / load) if load > 0.0 else 1.0", "1.0"),
    (2, "all leave", CLEARING, "mobility * (unserved - waiting)", "mobility * unserved"),
    (2, "waits in tokens", CLEARING, "waiting.sum(axis=0) * seconds", "waiting.sum(axis=0)"),
    (2, "yesterday forgotten", DAY, "world.waiting.shape[1]] = world.waiting", "world.waiting.shape[1]] = 0.0"),
    (2, "power for the unserved", DAY, "spent = service.served.sum", "spent = market.asked.sum"),
    (10, "in the order of haste", "pricewar.sim.world",
     "sorted(self._proposed, key=lambda p: p.offer.name)\n        self", "self._proposed[::-1]\n        self"),
    (10, "growth by the bank's year", "pricewar.agents.buyers.time", "time / DAYS_PER_YEAR", "time / 360.0"),
    (1, "scarcest tier", OPENING, "np.min(residual / books.seconds)", "np.max(residual / books.seconds)"),
    (2, "short in the burn-in", "pricewar.agents.sellers.firm",
     "self.world.clock.now < 0:", "self.world.clock.now < -5:"),
)  # fmt: skip
"""One wrong line each: in which market, what, where, the right line and the wrong one."""
WORTHS: tuple[tuple[str, str, str], ...] = (
    ("contracts without end", "self.discount + self.ends + last", "self.discount + 0.0 * self.ends + last"),
    ("nothing outlives the convention", "+ answered.standing * (stood - still)", "+ 0.0 * answered.standing"),
    ("never answered", "answered.anew * (1.0 - stood - gained)", "left.anew * (1.0 - stood - gained)"),
    ("convention of today", "quantities(convention)", "quantities(now)"),
    ("hope", "* lost_demand(books, view))[holds]", "* 0.0 * lost_demand(books, view))[holds]"),
    ("rivals' costs known", "cost = others.error * np.array", "cost = np.array"),
    ("a free change", "books.conduct.menu_cost * float(revenue", "0.0 * float(revenue"),
    ("deaf rivals", "np.append(others.cuts, books.own[held])", "others.cuts"),
    ("believed sales stand", "np.where(books.sold > 0.0, books.sold, total)", "total"),
    ("standing customers without thirst", "(tokens / self.tokens)", "1.0"),
    ("no own machines", "served = min(1.0, problem.capacity / load) if load > 0.0 else 1.0", "served = 1.0"),
    ("customers from everywhere alike", "weight @ self.diverted[own])", "weight @ np.ones_like(self.diverted[own]))"),
    ("attention to oneself", "np.where(others.owner[:, None] == others.owner[cuts], 0.0, self.diverted[:, cuts])",
     "self.diverted[:, cuts]"),
)  # fmt: skip
"""Wrong lines of what a focal price is worth (M6): what, the right line and the wrong one."""


def seen(seed: int) -> bool:
    """Whether the fast program, as it now is, differs from the twin in a market."""
    return Pair(*fast(market(seed), seed), twin=pair(seed).twin).differences() != []


@pytest.mark.parametrize("seed", sorted({*FAULTS.values(), *(line[0] for line in LINES)}))
def test_without_a_fault_nothing_is_seen(seed: int) -> None:
    assert pair(seed).differences() == []


@pytest.mark.parametrize(("fault", "seed"), FAULTS.items(), ids=[fault.__name__ for fault in FAULTS])
def test_a_planted_fault_is_seen(fault: Fault, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pair(seed)
    fault(monkeypatch)
    assert seen(seed)


@pytest.mark.parametrize(("seed", "name", "module", "right", "wrong"), LINES, ids=[line[1] for line in LINES])
def test_a_wrong_line_is_seen(seed: int, name: str, module: str, right: str, wrong: str) -> None:
    pair(seed)
    with planted(Mutation(name, module, right, wrong, ())) as places:
        assert places == 1
        assert seen(seed)


@pytest.mark.parametrize(("name", "right", "wrong"), WORTHS, ids=[line[0] for line in WORTHS])
def test_a_wrong_worth_of_a_focal_price_is_seen(name: str, right: str, wrong: str) -> None:
    def differ(seed: int) -> bool:
        ours, theirs = gains(seed)
        return ours != pytest.approx(theirs, rel=1e-6)

    with planted(Mutation(name, "pricewar.agents.pricing.focal", right, wrong, ())) as places:
        assert places == 1
        assert any(differ(seed) for seed in (21, 11, 15, 5, 4, 14))
