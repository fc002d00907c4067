"""The board: every offer on the market, its posted price, and the public history of moves."""

import dataclasses
from collections.abc import Collection
from copy import copy
from statistics import median
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.serving import INPUT_SHARE
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.market.demand import Floats, Ints
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Days, NonNegative, Share, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class MarketTerms:
    """What happens to tokens that find no machine, and what everybody can see."""

    patience: Share = 0.5
    """Share of unserved tokens that waits for the next day. Assumed: batch work can wait, a chat cannot."""
    mobility: Share = 0.3
    """Share of the other unserved tokens that tries a rival at once. Assumed: 37 % of buyers run five models or
    more (a16z), not all with a second supplier."""
    share_lag: Annotated[int, Field(ge=0), Unit("day")] = 30
    """Age of the newest public shares. Assumed: market reports are monthly."""
    prior_customers: NonNegative = 5.0
    """Weight of the prior when shares are inverted, in customers. Assumed: a cell of a few customers says little;
    0 trusts the reported shares alone."""
    attention_window: Days = 30.0
    """H of M7: how long a rival's cut keeps sellers alert. The same H as in the definition of a war."""


def blended(input_price: float, output_price: float) -> float:
    """Price of a million tokens, three parts input to one part output. [money/Mtok]

    >>> blended(1.0, 2.0)
    1.25
    """
    return INPUT_SHARE * input_price + (1.0 - INPUT_SHARE) * output_price


@dataclasses.dataclass(frozen=True, slots=True)
class Tariff:
    """Input and output price; they move together, in a fixed ratio."""

    price: float
    """Blended price. [money/Mtok]"""
    output_ratio: float
    """Output price over input price. [1]"""

    @property
    def input(self) -> float:
        """Price of input tokens. [money/Mtok]"""
        return self.price / (INPUT_SHARE + (1.0 - INPUT_SHARE) * self.output_ratio)

    @property
    def output(self) -> float:
        """Price of output tokens. [money/Mtok]"""
        return self.input * self.output_ratio


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """One model for sale, as everybody can see it."""

    seller: str
    """Whose it is."""
    tier: str
    """Product line within the seller; successor models stay in their tier."""
    model: str
    """Name of the model."""
    capability: float
    """q. [nat]"""
    appeal: float
    """What buyers see in it beyond capability and price: brand, documentation, reliability. [util]"""
    value: float
    """Gross value under linear-price demand, a. [money/Mtok]"""
    open_weights: bool
    """Whether anybody may host it."""
    inside: bool
    """Whether tokens stay within the buyer's own walls (hosting it oneself)."""
    output_ratio: float
    """Output price over input price. [1]"""
    launched: float
    """Instant of the launch. [day]"""
    region: str | None = None
    """Where its seller is at home; buyers elsewhere may not like or get it."""

    @property
    def name(self) -> str:
        """Seller and tier, the identity of a price series."""
        return f"{self.seller}/{self.tier}"


@dataclasses.dataclass(frozen=True, slots=True)
class Move:
    """A posted price change or a launch, as everybody can see it."""

    time: float
    offer: int
    """Position on the board."""
    seller: str
    kind: str
    """opening, launch, cut, rise or withdrawn."""
    before: float | None
    after: float
    fact: FactId
    is_cut: bool
    """A cut, or a launch or release below the median of its tier."""


class Board:
    """Offers and prices; an offer keeps its position when it is withdrawn."""

    def __init__(self) -> None:
        """Start with nothing for sale."""
        self.offers: list[Offer] = []
        self.price: Floats = np.empty(0)
        """Blended price of each offer, shape (K,). [money/Mtok]"""
        self.live: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
        """Whether each offer is for sale, shape (K,)."""
        self.first: Floats = np.empty(0)
        """First price of each offer, shape (K,). [money/Mtok]"""
        self.conforming: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
        """Whether each offer came to market at or above the median of its tier, shape (K,)."""
        self.moves: list[Move] = []
        self._positions: dict[tuple[str, str], int] = {}

    def trial(self, *added: tuple[Offer, float]) -> "Board":
        """A copy of the board with more offers, to think about a launch; the board itself stays."""
        trial = Board()
        trial.offers, trial.moves = list(self.offers), self.moves
        trial.price, trial.live = self.price, self.live
        trial.first, trial.conforming = self.first, self.conforming
        trial._positions = dict(self._positions)
        for offer, price in added:
            trial.put(offer, price)
        return trial

    def as_of(self, time: float, seen_at_once: Collection[str]) -> "Board":
        """The board as it stood at an instant, but for the offers of sellers of whom more is known."""
        then = copy(self)
        then.price, then.live = self.price.copy(), self.live.copy()
        for move in reversed(self.moves):
            if move.time <= time:
                break
            if move.seller not in seen_at_once:
                then.live[move.offer] = move.before is not None
                then.price[move.offer] = then.price[move.offer] if move.before is None else move.before
        return then

    def position(self, seller: str, tier: str) -> int | None:
        """Position of a seller's tier, or None where it was never on the board."""
        return self._positions.get((seller, tier))

    def put(self, offer: Offer, price: float, *, conforming: bool = True) -> int:
        """Put an offer on the board, anew or again, and return its position.

        conforming: whether a new offer comes at or above the median of its tier.
        """
        k = self._positions.get((offer.seller, offer.tier))
        if k is None:
            k = self._positions[offer.seller, offer.tier] = len(self.offers)
            self.offers.append(offer)
            self.price = np.append(self.price, price)
            self.live = np.append(self.live, True)
            self.first = np.append(self.first, price)
            self.conforming = np.append(self.conforming, conforming)
            return k
        if self.offers[k] != offer:  # an equal offer stays the same object: boards are compared at every change
            self.offers[k] = offer
        self.price = self.price.copy()  # views of the former prices are kept by whoever looked at them
        self.price[k] = price
        self.live = self.live.copy()
        self.live[k] = True
        return k

    def withdraw(self, k: int) -> None:
        """Take an offer from the market."""
        self.live = self.live.copy()
        self.live[k] = False

    def own(self, seller: str) -> Ints:
        """Positions of a seller's offers that are for sale."""
        mine = [k for k, offer in enumerate(self.offers) if offer.seller == seller and self.live[k]]
        return np.array(mine, dtype=np.intp)

    def tier_median(self, tier: str) -> float | None:
        """Median posted price of a tier; None where the tier is empty. [money/Mtok]"""
        prices = [
            self.price[k]
            for k, offer in enumerate(self.offers)
            if offer.tier == tier and self.live[k] and not offer.inside
        ]
        return float(median(prices)) if prices else None
