"""What a scenario says about the buyers of one application domain."""

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.buyers.applications import Applications, refuse_unpriced
from pricewar.agents.buyers.demand_shocks import DemandShocks
from pricewar.agents.demand import ResponseSpec
from pricewar.agents.demand.log_logit import LogResponse
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import MtokPerDay, Nats, NonNegative, OpenShare, PerYear, PositiveDays, Share, Unit, Utils

NEED_QUANTILES = 9
"""Points at which sellers know the distribution of needs; more would not change a price by a per mille."""


REACH = 60.0
"""Utils within which the utility of buying at all is sought; e to the sixtieth is odds of nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Segment:
    """Enterprise buyers of one application domain (language, vision, speech, recommendation)."""

    buyers: Annotated[float, Field(gt=0), Unit("relative number")] = 1.0
    """Number of buyers relative to the other segments. Assumed."""
    potential: Annotated[MtokPerDay, Field(gt=0)] = 1.0
    """Tokens a day on the first day if every buyer bought at the reference price."""
    growth: PerYear = 0.0
    """Growth of that potential at constant prices, log points a year. Assumed."""
    response: ResponseSpec = Field(default_factory=LogResponse)
    """How choice and volume answer prices."""
    sensitivity_spread: NonNegative = 0.0
    """Standard deviation of the log of price sensitivity over buyers (log-normal). Assumed."""
    size_spread: NonNegative = 0.0
    """Standard deviation of the log of size over buyers (log-normal). Assumed."""
    worth: NonNegative = 0.0
    """Theta: utility of a nat of capability up to the need. [util/nat] Assumed."""
    need: Nats = 0.0
    """Mean capability beyond which a buyer gains nothing. Assumed."""
    need_spread: NonNegative = 0.0
    """Standard deviation of that need over buyers (normal). [nat] Assumed."""
    contract: PositiveDays = 90.0
    """Mean time between choices of supplier (exponential). Assumed: pay-as-you-go is the default, commitments
    of about twelve months exist, and 11 % change vendor in a year (Menlo Ventures)."""
    loyalty: Utils = 0.0
    """Lambda: utility of staying with one's supplier. Assumed."""
    gateway: Share = 0.0
    """Share of buyers behind a gateway: no loyalty, a new choice within days. Assumed."""
    gateway_contract: PositiveDays = 7.0
    """Mean time between choices of buyers behind a gateway. Assumed."""
    home: Utils = 0.0
    """Utility of buying from the cloud where one's other workloads run. Assumed."""
    sensitive: Share = 0.0
    """Share of buyers whose data should not leave their walls. 8-9 % of EU firms name data protection as a
    reason not to adopt (Eurostat)."""
    privacy: NonNegative = 0.0
    """Rho: what it costs these buyers in utility when it does. [util] Assumed."""
    abroad: dict[str, NonNegative] = Field(default_factory=dict)
    """What it costs these buyers in utility to buy from a seller at home in a region, by region (`sellers.*.region`):
    no access, law, payment, language. A seller without a region, and a region not named, costs nothing. [util]
    Assumed."""
    delay_aversion: NonNegative = 0.0
    """Disutility of a day of waiting. [util/day] Assumed."""
    adoption: OpenShare | None = None
    """Share of buyers with a supplier at the opening prices; the utility of buying at all is set to meet it.
    Left out, buying at all has no utility of its own."""
    applications: Applications | None = None
    """How the applications of its buyers spread; left out, every buyer keeps those that it has."""
    shocks: DemandShocks | None = None
    """Booms and slumps of its volume; left out, there are none."""

    def __post_init__(self) -> None:
        """Refuse an affordability without a reference price. Raises ValueError."""
        if self.applications is not None:
            refuse_unpriced(self.applications, self.response)

    def renewal_rate(self) -> float:
        """Share of contracts that end in a day, gateway included. [1/day]"""
        return (1.0 - self.gateway) / self.contract + self.gateway / self.gateway_contract

    def need_quantiles(self) -> Floats:
        """Quantiles of the need, shape (NEED_QUANTILES,). [nat]"""
        from scipy.special import ndtri

        at = (np.arange(NEED_QUANTILES) + 0.5) / NEED_QUANTILES
        quantiles: Floats = self.need + self.need_spread * ndtri(at)
        return quantiles


def disutility_abroad(segments: Sequence[Segment], regions: Sequence[str | None]) -> Floats:
    """What it costs buyers of S segments to buy from K sellers at home in these regions, shape (S, K). [util]

    >>> disutility_abroad([Segment(abroad={"cn": 3.0})], ["us", "cn", None]).tolist()
    [[0.0, 3.0, 0.0]]
    """
    cost = [[0.0 if region is None else s.abroad.get(region, 0.0) for region in regions] for s in segments]
    return np.array(cost).reshape(len(segments), len(regions))


def utility_of_buying(segment: str, adoption: Callable[[float], float], wanted: float) -> float:
    """The utility of buying at all at which a share of buyers has a supplier. [util]

    adoption: share of buyers with a supplier at that utility, increasing. [1] wanted: that share. [1]
    Raises UserMistake where none within 60 utils does.
    """
    from scipy.optimize import brentq

    if not adoption(-REACH) < wanted < adoption(REACH):
        raise UserMistake(
            f"segments.{segment}.adoption: no utility of buying makes {wanted:g} of buyers buy at the opening prices; "
            "bring prices and the segment's response closer together, or leave adoption out"
        )
    return float(brentq(lambda utility: adoption(utility) - wanted, -REACH, REACH, xtol=1e-12))
