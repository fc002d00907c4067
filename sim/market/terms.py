"""The rules of the market that belong to nobody in particular."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

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
