"""Buyers, written plainly: who they are, what they would get from an offer, when they choose again and whom.

One buyer after the other, one contract after the other. The numbers drawn come from outside (`Luck`); how a counter
becomes a uniform number is part of the protocol and is written out here once more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf, log

from tests.reference.plain_prices import Prices


@dataclass
class Offer:
    """A line on the board, as everybody sees it."""

    seller: str
    tier: str
    price: float
    capability: float = 0.0
    appeal: float = 0.0
    value: float = 0.0
    region: str | None = None
    inside: bool = False
    for_sale: bool = True
    first: float = 0.0
    """First price."""
    launched: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.seller}/{self.tier}"


@dataclass
class Tastes:
    """What the buyers of a segment have in common; symbols as on the model page."""

    prices: Prices
    potential: float = 1.0
    growth: float = 0.0
    sensitivity_spread: float = 0.0
    size_spread: float = 0.0
    theta: float = 0.0
    need: float = 0.0
    need_spread: float = 0.0
    contract: float = 90.0
    loyalty: float = 0.0
    gateway: float = 0.0
    gateway_contract: float = 7.0
    home: float = 0.0
    sensitive: float = 0.0
    privacy: float = 0.0
    abroad: Mapping[str, float] = field(default_factory=dict)
    delta: float = 0.0
    adoption: float | None = None

    def contracts(self) -> list[tuple[bool, float, float]]:
        """Whether behind a gateway, the share of buyers of whom that holds, and the mean length of their contracts."""
        return [(False, 1.0 - self.gateway, self.contract), (True, self.gateway, self.gateway_contract)]

    def abroad_from(self, offer: Offer) -> float:
        """What it costs to buy from where the seller is at home."""
        return self.abroad.get(offer.region, 0.0) if offer.region is not None else 0.0


@dataclass
class Luck:
    """Numbers drawn for the buyers of a segment: keys of their counters, and one number a buyer for every trait."""

    choice_key: int
    contract_key: int
    size: Sequence[float]
    """Standard normal, as sensitivity and need."""
    sensitivity: Sequence[float]
    need: Sequence[float]
    gateway: Sequence[float]
    """Uniform, as privacy and home."""
    privacy: Sequence[float]
    home: Sequence[float]


@dataclass
class Buyer:
    """One buyer: who it is, what it has signed, and how often it has drawn."""

    eta: float
    need: float = 0.0
    privacy: float = 0.0
    home: str | None = None
    size: float = 1.0
    pace: float = 90.0
    bound: bool = True
    """Whether it is loyal at all: nobody behind a gateway is."""
    supplier: Offer | None = None
    ends: float = inf
    drawn: int = 0


def utility(buyer: Buyer, offer: Offer, tastes: Tastes, buying: float, delay: float, *, loyal: bool) -> float:
    """The buyer's utility of an offer, term by term."""
    u = tastes.theta * min(offer.capability, buyer.need) + offer.appeal + tastes.prices.gross(offer.value)
    u += tastes.prices.utility(offer.price, buyer.eta)
    u += buying - tastes.delta * delay - tastes.abroad_from(offer)
    if offer.seller == buyer.home:
        u += tastes.home
    if loyal and buyer.bound and buyer.supplier is not None and offer.seller == buyer.supplier.seller:
        u += tastes.loyalty
    return u if offer.inside else u - buyer.privacy


def choose(utilities: Sequence[float], nothing: float, luck: float) -> int:
    """Pick nothing (0) or an offer (its number): the distribution function of the logit, inverted at `luck`."""
    top = max([nothing, *utilities])
    odds = [exp(u - top) for u in [nothing, *utilities]]
    target, reached = luck * sum(odds), 0.0
    for number, weight in enumerate(odds):
        reached += weight
        if target < reached:
            return number
    raise AssertionError("a uniform number below one must hit something")


def uniform(key: int, who: int, draw: int) -> float:
    """SplitMix64 by counters (Steele, Lea & Flood 2014), in whole numbers."""
    gamma, low = 0x9E3779B97F4A7C15, 2**64 - 1

    def mixed(state: int) -> int:
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & low
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & low
        return state ^ (state >> 31)

    state = mixed(((who + 1) * gamma + key) & low)
    return ((mixed((state + draw * gamma) & low) >> 11) + 0.5) * 2.0**-53


class Segment:
    """The buyers of one application domain."""

    def __init__(self, name: str, tastes: Tastes, homes: Mapping[str, float], luck: Luck) -> None:
        self.name, self.tastes, self.luck, self.buying = name, tastes, luck, 0.0
        weights = [exp(tastes.size_spread * z) for z in luck.size]
        self.buyers = [
            Buyer(
                eta=tastes.prices.eta * exp(tastes.sensitivity_spread * luck.sensitivity[i]),
                need=tastes.need + tastes.need_spread * luck.need[i],
                privacy=tastes.privacy if luck.privacy[i] < tastes.sensitive else 0.0,
                home=_home(homes, luck.home[i]),
                size=tastes.potential * weight / sum(weights),
                pace=tastes.gateway_contract if luck.gateway[i] < tastes.gateway else tastes.contract,
                bound=not luck.gateway[i] < tastes.gateway,
            )
            for i, weight in enumerate(weights)
        ]

    def open(self, now: float, offers: Sequence[Offer]) -> None:
        """Everybody chooses for the first time, without loyalty, once buying at all is worth what it must be."""
        if self.tastes.adoption is not None:
            self.buying = self._utility_of_buying(offers, self.tastes.adoption)
        for buyer in self.buyers:
            buyer.ends = now - 1e-9
        self.renew(now, offers, {}, loyal=False)

    def renew(self, until: float, offers: Sequence[Offer], delay: Mapping[str, float], *, loyal: bool = True) -> None:
        """Let every contract that ends before `until` be signed anew, as often as it does."""
        for number, buyer in enumerate(self.buyers):
            if buyer.supplier is not None and not buyer.supplier.for_sale:
                buyer.ends = -inf
            while buyer.ends < until:
                utilities = self.utilities(buyer, offers, delay, loyal=loyal)
                luck = uniform(self.luck.choice_key, number, buyer.drawn)
                chosen = choose(utilities, self.tastes.prices.nothing, luck)
                buyer.supplier = offers[chosen - 1] if chosen else None
                begun = until if buyer.ends == -inf else buyer.ends
                buyer.ends = begun - log(uniform(self.luck.contract_key, number, buyer.drawn)) * buyer.pace
                buyer.drawn += 1

    def utilities(
        self, buyer: Buyer, offers: Sequence[Offer], delay: Mapping[str, float], *, loyal: bool
    ) -> list[float]:
        """What a buyer would get from every offer; what is not for sale is worth nothing to nobody."""
        return [
            utility(buyer, offer, self.tastes, self.buying, delay.get(offer.seller, 0.0), loyal=loyal)
            if offer.for_sale
            else -inf
            for offer in offers
        ]

    def stock(self, offer: Offer | None) -> float:
        """Tokens at reference prices of the customers of an offer, or of nobody."""
        return sum(buyer.size for buyer in self.buyers if buyer.supplier is offer)

    def bound(self, offer: Offer, time: float, days: float) -> float:
        """Tokens at reference prices of those of its customers who are still bound after so many days."""
        grown = exp(self.tastes.growth * time / 365.25)
        return grown * sum(buyer.size * exp(-days / buyer.pace) for buyer in self.buyers if buyer.supplier is offer)

    def chosen_anew(self, days: float) -> float:
        """Share of buyers who choose anew within so many days."""
        return sum(part * (1.0 - exp(-days / length)) for _, part, length in self.tastes.contracts())

    def asked(self, offer: Offer, time: float) -> float:
        """Tokens that its customers ask for today."""
        grown = exp(self.tastes.growth * time / 365.25)
        return self.stock(offer) * self.tastes.prices.tokens(offer.price) * grown

    def potential(self, time: float) -> float:
        """Tokens if everybody bought at the reference price."""
        return self.tastes.potential * exp(self.tastes.growth * time / 365.25)

    def _utility_of_buying(self, offers: Sequence[Offer], wanted: float) -> float:
        """Halve an interval until mean chances of buying are what the scenario says."""
        nothing = self.tastes.prices.nothing
        everybody = [self.utilities(buyer, offers, {}, loyal=False) for buyer in self.buyers]

        def adoption(buying: float) -> float:
            chances = []
            for utilities in everybody:
                top = max([nothing, *(u + buying for u in utilities)])
                bought = sum(exp(u + buying - top) for u in utilities)
                chances.append(bought / (bought + exp(nothing - top)))
            return sum(chances) / len(chances)

        low, high = -60.0, 60.0
        for _ in range(70):
            middle = (low + high) / 2.0
            low, high = (middle, high) if adoption(middle) < wanted else (low, middle)
        return (low + high) / 2.0


def _home(homes: Mapping[str, float], luck: float) -> str | None:
    reached = 0.0
    for cloud in sorted(homes):
        reached += homes[cloud]
        if luck < reached:
            return cloud
    return None
