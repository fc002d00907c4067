"""What sellers know, written plainly: shares a month old, the logit inverted from them, and believed demand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log
from statistics import NormalDist

from tests.reference.plain_buyers import Offer, Segment
from tests.reference.plain_prices import Prices

TINY = 1e-12
Amounts = dict[tuple[str, str], float]
"""A number for every segment and offer."""


@dataclass
class Report:
    """What is written down at a day's end: of every segment and offer."""

    share: Amounts
    terms: Amounts
    """Price, capability and brand as they stood when contracts were signed, in utility."""
    chance: Amounts
    """Part of the stock that has had the chance to choose the offer."""
    by_contract: dict[tuple[str, str, bool], tuple[float, float]]
    """Both of these of the buyers behind a gateway (True) and of all others."""


class Record:
    """The public record: a report a day, read when it is `lag` days old."""

    def __init__(self, segments: Sequence[Segment], lag: int, prior_customers: float) -> None:
        self.segments, self.lag, self.prior_customers = segments, lag, prior_customers
        self.reports: list[Report] = []

    def note(self, offers: Sequence[Offer], *, settled: bool = False) -> None:
        """Write the day down; old terms are forgotten at the pace at which contracts end."""
        last = self.reports[-1] if self.reports else Report({}, {}, {}, {})
        new = Report({}, {}, {}, {})
        for segment in self.segments:
            tastes = segment.tastes
            total = sum(buyer.size for buyer in segment.buyers)
            for offer in offers:
                cell = (segment.name, offer.name)
                now = tastes.prices.utility(offer.price, tastes.prices.eta) + self.known(segment, offer)
                new.share[cell] = segment.stock(offer) / total
                new.terms[cell] = new.chance[cell] = 0.0
                for behind, part, days in tastes.contracts():
                    pace = 1.0 if settled else 1.0 - exp(-1.0 / days)
                    term, had = last.by_contract.get((*cell, behind), (now, 0.0))
                    term += pace * (now - term)
                    had += pace * ((1.0 if offer.for_sale else 0.0) - had)
                    new.by_contract[*cell, behind] = (term, had)
                    new.terms[cell] += part * term
                    new.chance[cell] += part * had
        self.reports.append(new)

    def known(self, segment: Segment, offer: Offer) -> float:
        """What capability and brand are worth to the median buyer: both are public, and so is who buys abroad."""
        tastes = segment.tastes
        needs = [tastes.need + tastes.need_spread * NormalDist().inv_cdf((n + 0.5) / 9.0) for n in range(9)]
        used = sum(min(offer.capability, need) for need in needs) / len(needs)
        worth = tastes.theta * used + offer.appeal + tastes.prices.gross(offer.value)
        return worth - tastes.abroad_from(offer)

    def appeal(self, segment: Segment, offers: Sequence[Offer]) -> dict[str, float]:
        """Believed utility of every offer but for its price: ln(share/nothing) less what prices explain."""
        report = self.reports[max(0, len(self.reports) - 1 - self.lag)]
        nothing = segment.tastes.prices.nothing
        share = {offer.name: report.share[segment.name, offer.name] for offer in offers}
        none = max(1.0 - sum(share.values()), TINY)
        unexplained: dict[str, float] = {}
        for offer in offers:
            terms, chance = (part[segment.name, offer.name] for part in (report.terms, report.chance))
            if share[offer.name] > TINY and chance > TINY:
                unexplained[offer.name] = log(share[offer.name] / none / chance) - terms + nothing
        weight = max(sum(share[name] for name in unexplained), TINY)
        usual = sum(share[name] * rest for name, rest in unexplained.items()) / weight
        if self.prior_customers > 0.0:
            unexplained = self._with_prior(segment, report, share, none, usual)
        return {offer.name: self.known(segment, offer) + unexplained.get(offer.name, usual) for offer in offers}

    def _with_prior(
        self, segment: Segment, report: Report, share: Mapping[str, float], none: float, usual: float
    ) -> dict[str, float]:
        """A few customers more in every cell, spread as offers usually do: a cell of three buyers says little."""
        nothing, count, more = segment.tastes.prices.nothing, len(segment.buyers), self.prior_customers
        blended = {}
        for name, seen in share.items():
            terms, chance = (part[segment.name, name] for part in (report.terms, report.chance))
            if chance > TINY:
                prior = none * exp(usual + terms - nothing) * chance
                mixed = (count * seen + more * prior) / (count + more)
                blended[name] = log(max(mixed, TINY) / none / chance) - terms + nothing
        return blended

    def demand(self, offers: Sequence[Offer], time: float) -> "Demand":
        """Demand as everybody believes it to be."""
        return Demand(
            [
                Believed(
                    segment.tastes.prices,
                    {
                        name: appeal if offer.for_sale else -inf
                        for offer, (name, appeal) in zip(offers, self.appeal(segment, offers).items(), strict=True)
                    },
                    segment.potential(time),
                )
                for segment in self.segments
            ]
        )


@dataclass
class Believed:
    """A segment as sellers see it: one representative buyer."""

    prices: Prices
    appeal: dict[str, float]
    size: float

    def shares(self, price: Mapping[str, float]) -> dict[str, float]:
        """The logit."""
        u = {k: a + self.prices.utility(price[k], self.prices.eta) for k, a in self.appeal.items()}
        top = max([self.prices.nothing, *u.values()])
        odds = {k: exp(v - top) for k, v in u.items()}
        total = exp(self.prices.nothing - top) + sum(odds.values())
        return {k: weight / total for k, weight in odds.items()}


@dataclass
class Demand:
    """Tokens bought of every offer at given prices, and how they answer prices."""

    segments: list[Believed]

    def quantities(self, price: Mapping[str, float]) -> dict[str, float]:
        """Tokens bought of every offer."""
        bought = dict.fromkeys(price, 0.0)
        for segment in self.segments:
            for k, share in segment.shares(price).items():
                bought[k] += segment.size * share * segment.prices.tokens(price[k])
        return bought

    def slopes(
        self, price: Mapping[str, float], own: Sequence[str]
    ) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
        """Quantities of own offers, and the change of that of l with the price of k, by (l, k)."""
        quantity = dict.fromkeys(own, 0.0)
        change = {(of, by): 0.0 for of in own for by in own}
        for segment in self.segments:
            share, answer = segment.shares(price), segment.prices
            for of in own:
                tokens = segment.size * answer.tokens(price[of])
                quantity[of] += share[of] * tokens
                for by in own:
                    # ds_l/dp_k = s_l (1[l = k] - s_k) u'_k
                    moved = (1.0 if of == by else 0.0) - share[by]
                    change[of, by] += tokens * share[of] * moved * answer.utility_prime(price[by])
                change[of, of] += segment.size * share[of] * answer.tokens_prime(price[of])
        return quantity, change

    def diversion(self, price: Mapping[str, float], lost_by: str) -> dict[str, float]:
        """Of the customers that an offer loses to a price rise, the part that goes to each other offer."""
        shares = [segment.shares(price) for segment in self.segments]
        lost = [b.size * s[lost_by] * (1.0 - s[lost_by]) for b, s in zip(self.segments, shares, strict=True)]
        total = sum(lost)
        return {
            k: sum(n / total * s[k] / (1.0 - s[lost_by]) for n, s in zip(lost, shares, strict=True))
            if k != lost_by and total > 0.0
            else 0.0
            for k in price
        }
