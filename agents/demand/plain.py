"""What every plain logit shares: the choice is a logit in the buyers' utilities as they stand."""

from collections.abc import Sequence

import numpy as np

from sim.market.board import Offer
from sim.market.demand import Floats


class PlainLogit:
    """The multinomial logit (McFadden 1974), with everybody at the segment's median."""

    __slots__ = ()

    @property
    def plain(self) -> bool:
        """Whether the choice is a logit in these utilities."""
        return True

    @property
    def spread(self) -> float:
        """Sellers know of no difference between buyers."""
        return 0.0

    def inclusive(self, utility: Floats, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Utilities as they are, shape (n, K). [util]"""
        del price, offers
        return utility

    def log_odds(self, share: Floats, none: float, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Logarithm of the odds against buying nothing, shape (K,) (Berry 1994). [util]"""
        del price, offers
        odds: Floats = np.log(np.where(share > 0.0, share, 1.0)) - np.log(none)
        return odds
