"""A day's market and its bills, written plainly: loops and dictionaries, no arrays; to be read beside the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

Amounts = dict[tuple[str, str], float]
"""Tokens by segment and offer. [Mtok/day]"""


@dataclass
class Market:
    """What comes together at the end of a day."""

    asked: Amounts
    """Tokens asked for today."""
    waited: Amounts
    """Tokens left from yesterday."""
    seller: Mapping[str, str]
    """Who sells each offer."""
    seconds: Mapping[str, float]
    """Accelerator-seconds per Mtok of each offer."""
    capacity: Mapping[str, float]
    """Accelerator-seconds a day of each seller."""
    price: Mapping[str, float] = field(default_factory=dict)
    """Price of each offer."""
    cost: Mapping[str, float] = field(default_factory=dict)
    """Variable cost of each offer."""


@dataclass
class Outcome:
    """What becomes of it."""

    served: Amounts = field(default_factory=dict)
    waiting: Amounts = field(default_factory=dict)
    spilled: Amounts = field(default_factory=dict)
    arrived: Amounts = field(default_factory=dict)
    lost: Amounts = field(default_factory=dict)
    load: dict[str, float] = field(default_factory=dict)
    delay: dict[str, float] = field(default_factory=dict)
    turned_away: dict[str, float] = field(default_factory=dict)
    """Share of the work asked of a seller that it cannot do, of those of whom that holds."""


def clear(market: Market, patience: float, mobility: float) -> Outcome:
    """Ration, let wait, let spill over, and lose what is left."""
    outcome = Outcome()
    cells = list(market.asked)
    segments = sorted({segment for segment, _ in cells})
    wish = {cell: market.asked[cell] + market.waited.get(cell, 0.0) for cell in cells}
    wanted = dict.fromkeys(market.capacity, 0.0)
    for segment, offer in cells:
        wanted[market.seller[offer]] += wish[segment, offer] * market.seconds[offer]
    spare = {}
    leaving: Amounts = {}
    for seller, room in market.capacity.items():
        outcome.load[seller] = min(wanted[seller], room)
        spare[seller] = room - outcome.load[seller]
        if wanted[seller] > room:
            outcome.turned_away[seller] = 1.0 - room / wanted[seller]
    for segment, offer in cells:
        seller = market.seller[offer]
        # A seller short of machines serves everybody the same share.
        share = 1.0 if wanted[seller] <= market.capacity[seller] else market.capacity[seller] / wanted[seller]
        outcome.served[segment, offer] = wish[segment, offer] * share
        turned_away = wish[segment, offer] * (1.0 - share)
        outcome.waiting[segment, offer] = patience * turned_away
        leaving[segment, offer] = mobility * (1.0 - patience) * turned_away
        outcome.lost[segment, offer] = (1.0 - mobility) * (1.0 - patience) * turned_away
    offered = _offered(market, wish, leaving, spare, segments)
    brought = dict.fromkeys(market.capacity, 0.0)
    for segment, offer in cells:
        brought[market.seller[offer]] += offered[segment, offer] * market.seconds[offer]
    for segment in segments:
        mine = [offer for s, offer in cells if s == segment]
        came = left = 0.0
        for offer in mine:
            seller = market.seller[offer]
            fits = 1.0 if brought[seller] <= spare[seller] else spare[seller] / brought[seller]
            outcome.arrived[segment, offer] = offered[segment, offer] * fits
            outcome.served[segment, offer] += outcome.arrived[segment, offer]
            outcome.load[seller] += outcome.arrived[segment, offer] * market.seconds[offer]
            came += outcome.arrived[segment, offer]
            left += leaving[segment, offer]
        for offer in mine:
            # Rivals take all comers alike, so all offers' leavers find room in the same proportion.
            settled = came / left if left > 0.0 else 0.0
            outcome.spilled[segment, offer] = leaving[segment, offer] * settled
            outcome.lost[segment, offer] += leaving[segment, offer] * (1.0 - settled)
    for seller, room in market.capacity.items():
        work = sum(outcome.waiting[s, o] * market.seconds[o] for s, o in cells if market.seller[o] == seller)
        outcome.delay[seller] = work / room if 0.0 < room < inf else 0.0
    return outcome


def _offered(
    market: Market, wish: Amounts, leaving: Amounts, spare: Mapping[str, float], segments: Sequence[str]
) -> Amounts:
    """Who leaves tries the offers with room, in proportion to what their own customers ask for."""
    offered: Amounts = {}
    for segment in segments:
        mine = [offer for s, offer in market.asked if s == segment]
        leavers = sum(leaving[segment, offer] for offer in mine)
        room = {o: wish[segment, o] if spare[market.seller[o]] > 0.0 else 0.0 for o in mine}
        total = sum(room.values())
        for offer in mine:
            offered[segment, offer] = leavers * room[offer] / total if total > 0.0 else 0.0
    return offered


def bill(market: Market, outcome: Outcome) -> dict[tuple[str, str, str], float]:
    """Who pays whom for what: buyers for tokens, sellers for power."""
    due: dict[tuple[str, str, str], float] = {}
    for (segment, offer), tokens in outcome.served.items():
        seller = market.seller[offer]
        sale, power = (
            (f"buyers:{segment}", seller, "tokens"),
            (seller, "suppliers", "energy and variable cost"),
        )
        due[sale] = due.get(sale, 0.0) + tokens * market.price[offer]
        due[power] = due.get(power, 0.0) + tokens * market.cost[offer]
    return {entry: amount for entry, amount in due.items() if amount > 0.0}
