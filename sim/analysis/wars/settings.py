"""The numbers that say what a price war is; every one is reported, and `episodes.sensitivity` moves them."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, OpenShare, Positive, PositiveDays, PositivePricePerMtok


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DetectorSettings:
    """Settings of the price-war detector, the same for simulated and for recorded prices.

    The defaults are assumed, by reading the war of May 2024 in China: vendors answered each other within four
    hours to nine days, and the tier fell by more than one log point in eleven days. The unit of time is that
    of the table of moves: days, or the periods of an alternating-move game.
    """

    horizon: PositiveDays = 30.0
    """H: an answer comes within H of the cut it answers, and H without a cut ends a war (assumed)."""
    x_min: OpenShare = 0.05
    """Smallest fall of a posted price that counts as a cut, as a share of the price (assumed)."""
    d_min: Positive = 0.5
    """Smallest depth of a war, in log points below the prior trend of the tier's index (assumed)."""
    trend_window: NonNegative = 12.0
    """Length of the record, in H, from which the prior trend is read; zero: no trend and no bound."""
    min_panel: NonNegative = 3.0
    """Length of the panel, in H, that must precede a cut before it can start a war."""
    block: PositiveDays = 10.0
    """Length of the blocks whose changes measure the index's volatility K."""
    volatility_floor: NonNegative = 0.01
    """Least K, in log points a block, for tiers whose prices never moved (assumed)."""
    significance: OpenShare = 0.05
    """One-sided error of the bound on the forecast of the prior trend."""
    floor_share: OpenShare = 0.01
    """Floor of prices before logs, as a share of their column's first positive price (assumed)."""
    floor_price: PositivePricePerMtok | None = None
    """The floor as an amount of money instead; it replaces `floor_share`."""
    permutations: Annotated[int, Field(ge=0)] = 199
    """Circular shifts drawn for the reaction test; 0 leaves the test out."""
