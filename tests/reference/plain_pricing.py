"""Strategies, written plainly: what a firm asks after a review, and how its attention goes to rivals' cuts."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from tests.reference.plain_beliefs import Demand
from tests.reference.plain_buyers import Offer, Segment
from tests.reference.plain_firms import Firm, Problem, Tiers, best_prices, best_response
from tests.reference.plain_focal import Convention, Others


@dataclass
class Switches:
    """The mechanisms that the twin knows; M2, M4, M5 and M8 stay off."""

    idle_capacity: bool = True
    focal_prices: bool = True
    attention: bool = True
    null: bool = False
    """Whether nothing but M1 is left."""


@dataclass
class Sight:
    """What a firm has before it at a review."""

    time: float
    offers: Sequence[Offer]
    demand: Demand
    switches: Switches
    segments: Sequence[Segment]
    """The buyers, of whom a firm knows its own customers."""
    others: Mapping[str, Others] = field(default_factory=dict)
    """What each firm knows of the others."""

    @property
    def price(self) -> Tiers:
        """Posted prices."""
        return {offer.name: offer.price for offer in self.offers}


@dataclass
class Move:
    """A posted change, as everybody can see it."""

    time: float
    seller: str
    tier: str
    kind: str
    price: float
    before: float | None
    cause: "Move | None" = None

    @property
    def offer(self) -> str:
        return f"{self.seller}/{self.tier}"


@dataclass
class Decision:
    """What a review ends with."""

    price: Tiers
    stance: str
    shadow: float = 0.0
    broken_until: Tiers = field(default_factory=dict)


def review(firm: Firm, sight: Sight) -> Decision:
    """Decide on prices; own prices that nothing is said about stay."""
    rules = {
        "fixed": fixed,
        "undercut": undercut,
        "follow": follow,
        "cost_plus": cost_plus,
        "penetration": penetration,
        "replay": replay,
        "best_response": pass_through if sight.switches.null else best_responding,
    }
    return rules[firm.habit.kind](firm, sight)


def cheapest_rival(firm: Firm, sight: Sight, name: str) -> float | None:
    """Lowest price that another seller asks in the same tier."""
    tier = name.partition("/")[2]
    rivals = [o.price for o in sight.offers if o.tier == tier and o.seller != firm.name and o.for_sale]
    return min(rivals) if rivals else None


def fixed(firm: Firm, sight: Sight) -> Decision:
    return Decision({name: sight.price[name] for name in firm.lines}, "fixed")


def undercut(firm: Firm, sight: Sight) -> Decision:
    """The cheapest rival less a step; at cost it stops, or begins the cycle anew."""
    wished = {}
    for name, line in firm.lines.items():
        rival, cost = cheapest_rival(firm, sight, name), firm.marginal(name, sight.time)
        if rival is not None:
            lower = rival * (1.0 - firm.habit.step)
            wished[name] = lower if lower >= cost else max(line.price, cost) if firm.habit.relent else cost
    return Decision(wished, "undercut")


def follow(firm: Firm, sight: Sight) -> Decision:
    """The cheapest rival's price, but not below marginal cost."""
    rivals = {name: cheapest_rival(firm, sight, name) for name in firm.lines}
    return Decision(
        {k: max(price, firm.marginal(k, sight.time)) for k, price in rivals.items() if price is not None}, "follow"
    )


def cost_plus(firm: Firm, sight: Sight) -> Decision:
    """Full cost and a margin, once that is worth a new list."""
    wished = {name: firm.unit(name, sight.time) * (1.0 + firm.habit.markup) for name in firm.lines}
    moved = {k for k in wished if abs(wished[k] - sight.price[k]) > firm.habit.least_change * sight.price[k]}
    return Decision({k: wished[k] for k in moved}, "cost_plus")


def penetration(firm: Firm, sight: Sight) -> Decision:
    """A share of the best price that rises with an offer's age."""
    problem = pricing_problem(firm, sight)
    best = best_prices(problem, problem.own, 0.0, {k: sight.price[k] for k in problem.own})
    launched = {offer.name: offer.launched for offer in sight.offers}
    entry, ramp = firm.habit.entry, firm.habit.ramp
    share = {k: entry + (1.0 - entry) * min((sight.time - launched[k]) / ramp, 1.0) for k in best}
    return Decision({k: max(best[k] * share[k], firm.marginal(k, sight.time)) for k in best}, "penetration")


def replay(firm: Firm, sight: Sight) -> Decision:
    """What a recorded path says."""
    wished = {}
    for name in firm.lines:
        path = firm.habit.path.get(name.partition("/")[2], [])
        at = bisect_right([day for day, _ in path], sight.time)
        if at:
            wished[name] = path[at - 1][1]
    return Decision(wished, "replay")


def pass_through(firm: Firm, sight: Sight) -> Decision:
    """M1, the null: the first price times the index of full cost."""
    wished = {k: line.price * (firm.unit(k, sight.time) / firm.unit(k, 0.0)) for k, line in firm.lines.items()}
    moved = {k for k in wished if abs(wished[k] / sight.price[k] - 1.0) > firm.conduct.menu_cost}
    return Decision({k: wished[k] for k in moved}, "pass_through")


def pricing_problem(firm: Firm, sight: Sight) -> Problem:
    """Costs and machines as the firm counts them; with M3 off the shadow cost of the first day stays (M3)."""
    free = sight.switches.idle_capacity
    cost = {
        name: firm.marginal(name, sight.time)
        + firm.wedge.get(name, 0.0)
        + (0.0 if free else firm.frozen.get(name, 0.0))
        for name in firm.lines
    }
    seconds = {name: line.seconds for name, line in firm.lines.items()}
    days = 1.0 / firm.conduct.r_0
    mine = [offer for offer in sight.offers if offer.name in firm.lines]
    return Problem(
        sight.demand,
        sight.price,
        cost,
        seconds,
        firm.planned if free else inf,
        [segment.chosen_anew(days) for segment in sight.segments],
        [{offer.name: segment.bound(offer, sight.time, days) for offer in mine} for segment in sight.segments],
    )


def best_responding(firm: Firm, sight: Sight) -> Decision:
    """Hold focal prices while that pays (M6); else the best prices, where they gain more than the menu cost."""
    held, short, broken_until = focal_stance(firm, sight)
    if len(held) == len(firm.lines):
        return Decision(dict(firm.focal), "focal", 0.0, broken_until)
    problem = pricing_problem(firm, sight)
    problem.price |= {name: firm.focal[name] for name in held}
    moving = [name for name in firm.lines if name not in held]
    best, shadow, lacking = best_response(problem, moving, {k: problem.price[k] for k in problem.own})
    for name in short:  # who lacks machines raises its price from the focal one
        best[name] = max(best[name], firm.focal[name])
    wished = {name: firm.focal[name] for name in held}
    wished |= {name: best[name] for name in moving if worth_changing(firm, problem, name, best[name], shadow)}
    return Decision(wished, "short" if lacking else "mixed" if held else "best_response", shadow, broken_until)


def focal_stance(firm: Firm, sight: Sight) -> tuple[set[str], set[str], Tiers]:
    """Which tiers hold their focal price, which would but lack the machines, and until when each is broken."""
    broken_until = {name: firm.broken_until.get(name, -inf) for name in firm.lines}
    if not (sight.switches.focal_prices and firm.habit.focal and firm.focal):
        return set(), set(), broken_until
    held = {name for name in firm.focal if broken_until[name] <= sight.time}
    if not held:
        return set(), set(), broken_until
    if not worth_holding(firm, sight, held):
        return set(), set(), broken_until | dict.fromkeys(held, sight.time + firm.conduct.reversion)
    load = pricing_problem(firm, sight).load(sight.price | {name: firm.focal[name] for name in held})
    if sight.switches.idle_capacity and load > firm.planned:
        return set(), held, broken_until
    return held, set(), broken_until


def worth_holding(firm: Firm, sight: Sight, held: set[str]) -> bool:
    """M6: whether the held lines are worth holding together."""
    problem = pricing_problem(firm, sight)
    problem.price |= {name: firm.focal[name] for name in held}
    others = sight.others[firm.name]
    asked = Convention(firm, sight.offers, sight.demand, sight.price, problem, sorted(held), others)
    return asked.gain_of_holding() >= 0.0


def worth_changing(firm: Firm, problem: Problem, name: str, price: float, shadow: float) -> bool:
    """Whether a tier gains more than the menu cost, a share of its revenue, by changing alone, machine time counted."""
    current = {k: problem.price[k] for k in problem.own}
    cost = {k: problem.cost[k] + shadow * problem.seconds[k] for k in problem.own}
    net = replace(problem, cost=cost)
    gain = net.profit(current | {name: price}) - net.profit(current)
    revenue = problem.served(current) * problem.quantities(current)[name] * current[name]
    return gain > firm.conduct.menu_cost * revenue


def lost_to(firm: Firm, sight: Sight) -> Tiers:
    """Of the customers that the firm loses to a price rise, the part that goes to each rival's offer."""
    bought = dict.fromkeys(firm.lines, 0.0)
    for segment in sight.demand.segments:
        share = segment.shares(sight.price)
        for name in firm.lines:
            bought[name] += segment.size * share[name]
    total, lost = sum(bought.values()), dict.fromkeys(sight.price, 0.0)
    for name in firm.lines:
        weight = bought[name] / total if total > 0.0 else 1.0 / len(firm.lines)
        for rival, part in sight.demand.diversion(sight.price, name).items():
            lost[rival] += weight * part
    return {rival: 0.0 if rival in firm.lines else part for rival, part in lost.items()}


def review_rate(
    firm: Firm, sight: Sight, moves: Sequence[Move], window: float, turned_away: float
) -> tuple[float, float]:
    """M7: reviews a day now, and until when that lasts if nothing happens."""
    cuts = recent_cuts(firm, moves, sight.time - window) if sight.switches.attention else []
    rate = firm.conduct.r_0 + (firm.conduct.psi * turned_away if sight.switches.attention else 0.0)
    if not cuts:
        return rate, inf
    lost = lost_to(firm, sight)
    rate += firm.conduct.psi * sum(lost[name] for name in {move.offer for move in cuts})
    return rate, sight.time + max(min(move.time for move in cuts) + window - sight.time, 1e-6)


def recent_cuts(firm: Firm, moves: Sequence[Move], since: float) -> list[Move]:
    """Rivals' cuts after an instant."""
    return [move for move in moves if move.kind == "cut" and move.seller != firm.name and move.time > since]


def cause_of(firm: Firm, sight: Sight, moves: Sequence[Move], window: float) -> Move | None:
    """What a change of prices answers: of the cuts since the last review the one that costs most customers."""
    cuts = recent_cuts(firm, moves, max(firm.seen, sight.time - window))
    if not cuts:
        return None
    lost = lost_to(firm, sight)
    return max(cuts, key=lambda move: (lost[move.offer], move.time, moves.index(move)))
