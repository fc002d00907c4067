"""What a strategy is handed: its own books and the public board; and what it hands back."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from pydantic.dataclasses import dataclass as checked_dataclass

from pricewar.agents.mechanisms import LineState, Mechanisms
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.beliefs import Retention
from pricewar.sim.market.board import Board
from pricewar.sim.market.demand import Demand, Floats, Ints, Mask
from pricewar.sim.market.window import Window
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Days, NonNegative, PerDay, PerYear, Share, Utilisation, Years


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Conduct:
    """How sellers review prices; the same for all unless a seller says otherwise."""

    review_rate: PerDay = 1 / 30
    """r0: reviews a day when nothing happens. Assumed: monthly."""
    phase: Share | None = None
    """Where in its interval a regular reviewer reviews: sellers at 0 review all at once, two at 0 and 0.5 in turn.
    Left out, drawn."""
    alertness: PerDay = 0.5
    """psi: reviews a day added by a rival's cut for a seller whose lost customers would all go to that rival.
    Assumed: answers in May 2024 took from four hours to nine days."""
    regular: bool = False
    """Whether reviews come at equal distances instead of at random (exponential) ones. For benchmarks and
    textbook cases; assumed off, since vendors do not keep a common calendar."""
    menu_cost: Share = 0.15
    """Least gain that is worth a change, as a share of the revenue from what the tier can serve. Assumed, 0.10-0.20."""
    tolerance: Share | None = field(default=None, metadata={"no_effect_since": "0.5.0"})
    """Without effect since 0.5.0: a focal price is held as long as holding is worth more than leaving."""
    reversion: Days = 180.0
    """T of M6: how long a seller best-responds after that. Assumed."""
    discount: PerYear = 0.15
    """Discount rate in the incentive constraint of M6. Assumed; who holds a focal price does not identify it."""
    cost_error: NonNegative = 0.3
    """Standard deviation of the logarithm of what a seller guesses a rival's cost to be, over its own (M6). Assumed."""
    horizon: Years = 3.0
    """How far a seller looks ahead in M4 and M5. Assumed: a round of funding or a budget lasts two to three years."""
    exit_hazard: PerYear = 0.2
    """Rate at which labs leave, publicly known. Two of six Chinese labs left frontier training within 24 months
    (press): 0.2 a year."""
    target_utilisation: Utilisation = 0.8
    """u*: planned load over capacity. 1/1.23, the mean over peak load of DeepSeek's fleet (open-infra-index,
    day 6), rounded down."""

    @property
    def planning_window(self) -> Days:
        """Expected life of a price: the time to the next review that is planned, 1/r0; infinite without reviews. [day]

        Then the price can be changed if the load does not fit, whatever the menu cost, since a shortage is worth more;
        how many buyers choose anew until then is a matter of their contracts. News may bring the review forward, which
        is no reason to plan for less.
        """
        return 1.0 / self.review_rate if self.review_rate > 0.0 else np.inf


@dataclass(frozen=True, slots=True)
class Partners:
    """Offers of other sellers under the same owner: what they earn counts too. m' of them."""

    own: Ints
    """Their positions on the board, shape (m',)."""
    cost: Floats
    """What a token costs there, the use of scarce machines included, shape (m',). [money/Mtok]"""


@dataclass(frozen=True, slots=True)
class Convention:
    """What a seller knows of others when it asks whether a focal price is worth holding (M6); K offers on the board."""

    owner: Ints
    """Whose each offer is, by number, shape (K,)."""
    review_rate: Floats
    """Reviews a day of its seller when nothing happens, zero for who never reviews: hosts, shape (K,). [1/day]"""
    alertness: Floats
    """Reviews a day that a cut adds which would take all customers it loses, shape (K,); zero with M7 off. [1/day]"""
    cuts: Ints
    """Positions of the offers that were cut lately and keep others alert."""
    error: Floats
    """What the seller guesses costs to be over its own of the same tier, shape (K,). [1]"""
    retention: Retention
    """What is known of contracts."""
    contested: Floats
    """Rate at which hosts take what is sold of each own line, shape (m,). [1/day]

    It is zero unless its weights are open and its focal price lies above theirs, whose cost is public."""


@dataclass(frozen=True, slots=True)
class Books:
    """A seller's own books at a review; m own offers that are for sale, by tier."""

    seller: str
    """Its name."""
    time: float
    """Now. [day]"""
    tiers: tuple[str, ...]
    """Names of the own tiers, m of them."""
    own: Ints
    """Their positions on the board, shape (m,)."""
    first: Floats
    """First price of each, shape (m,). [money/Mtok]"""
    marginal: Floats
    """Energy and variable cost, shape (m,). [money/Mtok]"""
    unit: Floats
    """Full serving cost, shape (m,). [money/Mtok]"""
    first_unit: Floats
    """Full serving cost at the first price, shape (m,). [money/Mtok]"""
    seconds: Floats
    """Accelerator-seconds per Mtok, shape (m,)."""
    planned: float
    """Accelerator-seconds a day that the seller plans to use, u* times its fleet. [s/day]"""
    state: LineState
    """What the mechanisms keep of each: focal prices, the calibration of the first day."""
    forgone: Floats
    """Rent that the machines could earn elsewhere while they serve a token, shape (m,). [money/Mtok]"""
    future_value: Floats
    """What a sale is worth beyond today's margin (M4, M5), shape (m,). [money/Mtok]"""
    sold: Floats
    """Tokens sold a day since the last review, shape (m,); zero before the first. [Mtok/day]"""
    notes: object | None
    """What the strategy wrote down at its last review, None before the first."""
    new: Mask
    """Which tiers are being launched and have no price of their own yet, shape (m,)."""
    mechanisms: Mechanisms
    """The switches in force."""
    conduct: Conduct
    """How this seller reviews."""
    partners: Partners | None = None
    """Offers of other sellers under the same owner, after a merger."""
    window: Window | None = None
    """How bound its customers are in the weeks for which a price is planned; None: nobody is."""
    rent: float = np.inf
    """What another accelerator-second costs beyond what is counted here, if machines can be had within these weeks;
    infinite if not. [money/s]"""
    bound: Mask | None = None
    """Which tiers something outside holds at their price, shape (m,); None: none."""
    convention: Convention | None = None
    """What it knows of others, for M6; None where no line has a focal price that it might hold."""


@dataclass(frozen=True, slots=True)
class View:
    """What everybody can see."""

    board: Board
    """Offers, prices, history of moves."""
    demand: Demand
    """Demand as inverted from lagged public shares."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a review ends with."""

    price: Floats
    """Wished prices of the own offers, shape (m,). [money/Mtok]"""
    why: str
    """One clause."""
    stance: str
    """focal, best_response, ... as the tables show it."""
    shadow: float = 0.0
    """Shadow price of capacity. [money per accelerator-second]"""
    state: LineState | None = None
    """What the mechanisms keep of each tier from now on; None leaves it as it was in the books."""
    notes: object | None = None
    """What to remember until the next review; None keeps what was written before."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a strategy needs of the seller that follows it, beyond being asked at reviews; the defaults ask nothing."""

    calibrated: bool = False
    """It solves a first-order condition: on the first day its books are calibrated so that it rests at list prices."""
    focal: bool = False
    """It can hold a focal price (M6), on the first day and for a line that opens."""
    null: bool = False
    """With every mechanism off it passes costs on (M1); a line that opens then asks its best price at full cost."""
    responses: tuple[str, ...] = ()
    """Kinds of demand to one of which, in a single segment, it is bound; without any it may price in every market."""


NEUTRAL = Traits()


class Strategy(Protocol):
    """A pricing rule: own books, the public view and an own stream in, a decision out.

    It keeps nothing itself: what it must remember it writes into its decision, and finds in its books next time.
    An attribute `traits` may declare what else it needs (`traits_of`); one that wraps another hands on the other's.
    """

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Decide on prices."""


def traits_of(strategy: Strategy) -> Traits:
    """What a strategy declares; neutral traits where it declares nothing. Raises UserMistake for anything else."""
    traits = getattr(strategy, "traits", NEUTRAL)
    if not isinstance(traits, Traits):
        raise UserMistake(f"{type(strategy).__name__}.traits is {traits!r}; make it Traits(...), or leave it out")
    return traits


def rivals(books: Books, view: View, tier: str) -> list[int]:
    """Positions of other owners' offers in a tier, those aside that buyers host themselves."""
    board, partners = view.board, () if books.partners is None else books.partners.own
    return [
        int(k)
        for k in np.flatnonzero(board.live)
        if board.offers[k].tier == tier
        and board.offers[k].seller != books.seller
        and not board.offers[k].inside
        and k not in partners
    ]


def cheapest_rival(books: Books, view: View, tier: str) -> float | None:
    """Lowest price that another owner asks in a tier, None where there is none. [money/Mtok]"""
    return min((float(view.board.price[k]) for k in rivals(books, view, tier)), default=None)
