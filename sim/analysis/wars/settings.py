"""The numbers that say what a price war is; every one is reported, and `sensitivity` moves them."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, OpenShare, Positive, PositiveDays, PositivePricePerMtok


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DetectorSettings:
    """Settings of the price-war detector, the same for simulated and for recorded prices.

    The defaults are assumed, by reading the war of May 2024 in China: vendors answered each other within four
    hours to nine days, and prices of those who moved fell by more than half in eleven days. The unit of time is that
    of the table of moves: days, or the periods of an alternating-move game.
    """

    horizon: PositiveDays = 30.0
    """H: an answer comes within H of the move it answers, and H without a cut ends a war (assumed)."""
    x_min: OpenShare = 0.05
    """Smallest fall of a posted price, within a fortnight, that counts as a cut, as a share of the price (assumed)."""
    d_min: Positive = 0.5
    """D_min: prices of those who move fall by at least 1 - exp(-D_min) on average (assumed). [log points]"""
    trend_window: NonNegative = 12.0
    """Length of the record, in H, from which the usual pace of cuts is read; zero: nothing is usual."""
    min_panel: NonNegative = 3.0
    """Length of the record, in H, that must precede a cut before it can start a war."""
    significance: OpenShare = 0.05
    """Wars a year, at most, that cuts at the usual pace and unrelated to one another give."""
    permutations: Annotated[int, Field(ge=0)] = 199
    """Circular shifts drawn for the reaction test; 0 leaves the test out."""
    block: PositiveDays = 10.0
    """Has no effect: accepted from scenarios written for a detector that measured volatility in blocks."""
    volatility_floor: NonNegative = 0.01
    """Has no effect: accepted from scenarios written for a detector that measured volatility in blocks."""
    floor_share: OpenShare = 0.01
    """Has no effect: a price of zero needs no floor any more."""
    floor_price: PositivePricePerMtok | None = None
    """Has no effect: a price of zero needs no floor any more."""
