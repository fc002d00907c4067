"""The plain twin sees faults: with one planted in the fast program the two no longer agree."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest

import agents.pricing.best_response
import agents.reviews
import sim.day
import sim.market.beliefs
import sim.market.clearing
from agents.firm import Firm
from agents.pricing.books import Books
from agents.pricing.first_order import Problem, Solution, best_at, best_response
from agents.segments import Segment
from agents.traits import Traits, draw
from sim.kernel.clock import next_review
from sim.kernel.streams import Streams
from sim.market.board import Board
from sim.market.demand import Demand, Floats, Ints, Mask
from sim.world import Posting, World
from tests.reference.plain_twin import Pair, fast
from tests.reference.test_plain_market import market, pair

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

    patch.setattr(sim.market.beliefs, "deque", longer)


def signed_under_todays_prices(patch: pytest.MonkeyPatch) -> None:
    """Shares are inverted at the prices of the day, not at those under which contracts were signed."""
    note = sim.market.beliefs.PublicRecord.note

    def forgetful(self: sim.market.beliefs.PublicRecord, board: Board, share: Floats, *, settled: bool = False) -> None:
        self.forgetting = np.ones_like(self.forgetting)
        note(self, board, share, settled=settled)

    patch.setattr(sim.market.beliefs.PublicRecord, "note", forgetful)


def spilled_to_the_full(patch: pytest.MonkeyPatch) -> None:
    """Who finds no machine tries sellers that have none left as well."""
    spill = sim.market.clearing._spill_over

    def anywhere(leaving: Floats, asked: Floats, seconds: Floats, owner: Ints, spare: Floats) -> Floats:
        return spill(leaving, asked, seconds, owner, np.maximum(spare, 1e-9))

    patch.setattr(sim.market.clearing, "_spill_over", anywhere)


def subsidised_by_scarcity(patch: pytest.MonkeyPatch) -> None:
    """The shadow price of machines is taken off the cost, not put on it."""

    def wrong(problem: Problem, start: Floats | None = None) -> Solution:
        right = best_response(problem, start)
        begin = right.price[problem.free]
        return Solution(problem.filled(best_at(problem, -0.2 * right.shadow, begin)), right.shadow)

    patch.setattr(agents.pricing.best_response, "best_response", wrong)


def any_change_is_worth_it(patch: pytest.MonkeyPatch) -> None:
    """Nobody pays for a new list."""

    def always(books: Books, problem: Problem, price: Floats) -> Mask:
        del problem, price
        return np.ones(books.own.size, dtype=np.bool_)

    patch.setattr(agents.pricing.best_response, "_worth_changing", always)


def attentive_to_shares(patch: pytest.MonkeyPatch) -> None:
    """Attention goes by a rival's share, not by where one's own customers would go."""

    def lost(firm: Firm, demand: Demand) -> Floats:
        share: Floats = demand.shares(firm.world.board.price).mean(axis=0)
        share[firm.world.board.own(firm.name)] = 0.0
        return share

    patch.setattr(agents.reviews, "lost_to", lost)


def reviewed_an_eighth_late(patch: pytest.MonkeyPatch) -> None:
    """Reviews come an eighth of a day later than they are due."""
    patch.setattr(agents.reviews, "next_review", lambda time: next_review(next_review(time) + 1 / 8))


def loyal_behind_a_gateway(patch: pytest.MonkeyPatch) -> None:
    """Buyers behind a gateway are loyal too."""

    def bound(name: str, segment: Segment, count: int, homes: Mapping[str, float], luck: Streams) -> Traits:
        traits = draw(name, segment, count, homes, luck)
        return replace(traits, stay=np.full(count, np.exp(segment.loyalty)))

    patch.setattr("agents.crowd.draw", bound)


def renewed_after_the_change(patch: pytest.MonkeyPatch) -> None:
    """Contracts that ended before a change of the board are signed under the new one."""
    publish = World.publish

    def late(self: World) -> None:
        calls, renew = count(), self.buyers.renew
        with pytest.MonkeyPatch.context() as once:
            once.setattr(self.buyers, "renew", lambda until: next(calls) and renew(until))
            publish(self)

    patch.setattr(World, "publish", late)


def waits_unfelt(patch: pytest.MonkeyPatch) -> None:
    """Buyers do not feel how long work waits."""
    patch.setattr(sim.day, "feel_waits", lambda *_: None)


FAULTS: dict[Fault, int] = {
    published_at_once: 13,
    a_day_late: 12,
    signed_under_todays_prices: 12,
    spilled_to_the_full: 12,
    subsidised_by_scarcity: 14,
    any_change_is_worth_it: 0,
    attentive_to_shares: 13,
    reviewed_an_eighth_late: 12,
    loyal_behind_a_gateway: 3,
    renewed_after_the_change: 13,
    waits_unfelt: 3,
}
"""What is planted, and in which of the drawn markets: one in which the other test found the two to agree."""


@pytest.mark.parametrize(("fault", "seed"), FAULTS.items(), ids=[fault.__name__ for fault in FAULTS])
def test_a_planted_fault_is_seen(fault: Fault, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    right = pair(seed)
    assert right.differences() == []
    fault(monkeypatch)
    assert Pair(*fast(market(seed), seed), twin=right.twin).differences() != []
