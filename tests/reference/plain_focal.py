"""M6, written plainly: what holding a focal price is worth over leaving it (Friedman 1971)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tests.reference.plain_beliefs import Demand
from tests.reference.plain_buyers import Offer
from tests.reference.plain_firms import Firm, Problem, Tiers, best_response, nash


@dataclass
class Others:
    """What a firm knows of those with whom it shares the market."""

    rates: Mapping[str, tuple[float, float]]
    """r_0 and psi of every seller; psi is zero with M7 off."""
    cuts: Sequence[str]
    """Rivals' offers that were cut of late."""
    contracts: Sequence[Sequence[tuple[float, float]]]
    """Of each segment: share of buyers with each kind of contract, and how many of these end in a year."""
    wrong_by: Mapping[str, float]
    """Factor by which the firm is wrong about each seller's cost, if that is its own."""
    sold: Tiers
    """Tokens a day of own lines since the last review; without one, none."""


@dataclass
class Convention:
    """One firm's question at one review."""

    firm: Firm
    offers: Sequence[Offer]
    demand: Demand
    posted: Tiers
    """Prices of all offers."""
    problem: Problem
    """The firm's, with held lines at their focal prices."""
    held: Sequence[str]
    others: Others

    @property
    def seller(self) -> dict[str, str]:
        return {offer.name: offer.seller for offer in self.offers}

    def gain_of_holding(self) -> float:
        """W_H less W_D, and the menu cost."""
        conduct, own, price = self.firm.conduct, self.problem.own, self.problem.price
        r = conduct.discount / 365.25
        now = {k: price[k] for k in own}
        leaving = best_response(self.problem, own, now)[0]
        answered = self.answered()
        pi_n, s_n = (0.0, 0.0) if answered is None else self.flows(answered, {k: answered[k] for k in own})
        pi_h, s_h = self.flows(price, now)
        pi_d, s_d = self.flows(price, leaving)

        mu, origin = 0.0, self.origins()
        before, after = self.review_rates(self.others.cuts), self.review_rates([*self.others.cuts, *self.held])
        for offer in self.offers:
            if offer.name in origin and offer.price >= offer.first:
                mu += origin[offer.name] * before[offer.seller] * self.lost(offer.name)
        w_h = s_h * self.stood(mu) + pi_h * (r / (r + mu) - self.stood(mu))
        w_h += s_n * (self.stood(0.0) - self.stood(mu))
        w_h += pi_n * (1.0 - r / (r + mu) - self.stood(0.0) + self.stood(mu))
        gained = 0.0
        for name, part in origin.items():
            rate = after[self.seller[name]]
            gained += part * (r / (r + rate) - self.stood(rate))
        w_d = s_d * self.stood(0.0) + pi_d * gained + pi_n * (1.0 - self.stood(0.0) - gained)
        bought = self.demand.quantities(price)
        menu = conduct.menu_cost * sum(bought[k] * price[k] for k in self.held)
        return w_h - w_d + menu * r / (r + conduct.r_0)

    def stood(self, rate: float) -> float:
        """K: what a flow is worth that ends at a rate, on customers who go as their contracts end."""
        bought = self.believed()
        weight = [sum(segment.values()) for segment in bought]
        r, worth = self.firm.conduct.discount / 365.25, 0.0
        for part, kinds in zip(weight, self.others.contracts, strict=True):
            for bound, ends in kinds:
                worth += part / sum(weight) * bound * r / (r + ends / 365.25 + rate)
        return worth

    def believed(self) -> list[Tiers]:
        """Tokens that each segment buys of own lines at the prices posted by the firm, the rest as it is."""
        price, bought = self.problem.price | {k: self.posted[k] for k in self.problem.own}, []
        for segment in self.demand.segments:
            share = segment.shares(price)
            bought.append({k: segment.size * share[k] * segment.prices.tokens(price[k]) for k in self.problem.own})
        return bought

    def flows(self, price: Tiers, mine: Tiers) -> tuple[float, float]:
        """Profit a day in the long run, and from those who are customers today."""
        problem = replace(self.problem, price=price)
        bought, tokens = self.believed(), {}
        for k in problem.own:
            total = sum(segment[k] for segment in bought)
            stands = self.others.sold.get(k, 0.0) or total
            tokens[k] = 0.0
            for segment, believed in zip(self.demand.segments, bought, strict=True):
                more = segment.prices.tokens(mine[k]) / segment.prices.tokens(self.posted[k])
                tokens[k] += believed[k] * stands / total * more
        load = sum(tokens[k] * problem.seconds[k] for k in tokens)
        served = min(1.0, problem.capacity / load) if load > 0.0 else 1.0
        standing = served * sum(tokens[k] * (mine[k] - problem.cost[k]) for k in tokens)
        return problem.profit(mine), standing

    def origins(self) -> Tiers:
        """Where a cut of the held lines takes its customers from, by rival offer."""
        bought, part = self.demand.quantities(self.problem.price), dict[str, float]()
        for k in self.held:
            for name, ratio in self.demand.diversion(self.problem.price, k).items():
                if self.seller[name] != self.firm.name:
                    part[name] = part.get(name, 0.0) + bought[k] * ratio
        total = sum(part.values())
        return {name: amount / total for name, amount in part.items()}

    def review_rates(self, cuts: Sequence[str]) -> dict[str, float]:
        """Reviews a day of every seller after some cuts, by where its own customers would go."""
        bought, rates = self.demand.quantities(self.problem.price), {}
        for name, (r_0, psi) in self.others.rates.items():
            lines = [k for k, seller in self.seller.items() if seller == name]
            to = 0.0
            for k in lines:
                ratio = self.demand.diversion(self.problem.price, k)
                to += bought[k] * sum(ratio[cut] for cut in set(cuts) if cut not in lines)
            rates[name] = r_0 + psi * to / sum(bought[k] for k in lines)
        return rates

    def lost(self, name: str) -> float:
        """Part of its demand at the focal board that an offer has lost at today's."""
        first = {offer.name: offer.first for offer in self.offers}
        today = self.demand.quantities(self.posted | self.firm.focal)[name]
        then = self.demand.quantities(first | self.firm.focal)[name]
        return min(max(1.0 - today / then, 0.0), 1.0)

    def answered(self) -> Tiers | None:
        """Static Nash prices at guessed costs."""
        own = self.problem.cost
        by_tier = {k.partition("/")[2]: c for k, c in own.items()}
        mean = sum(own.values()) / len(own)
        guessed = {
            k: own.get(k, self.others.wrong_by[seller] * by_tier.get(k.partition("/")[2], mean))
            for k, seller in self.seller.items()
        }
        return nash(self.demand, self.problem.price, guessed, self.seller)
