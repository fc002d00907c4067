"""What buyers of a segment truly are, without the luck of a draw: types that stand for all of them.

The distributions are those from which `sampled.draw` draws. What is yes or no, or one cloud of a few, is told apart
with its own share; over sensitivity and need, normal in logarithms or nats, goes a rule of Gauss and Hermite, whose
outer points stand for the few with great needs.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np

from pricewar.agents.buyers.spec import Segment, disutility_abroad
from pricewar.sim.market.board import Offer
from pricewar.sim.market.choice import Response
from pricewar.sim.market.demand import Floats

SENSITIVITIES, NEEDS = 2, 5
"""Points of the rule: best prices are then within a per cent or two of those of many more."""


class Types:
    """R types of the buyers of one segment."""

    def __init__(
        self,
        segment: Segment,
        points: Floats,
        groups: Sequence[tuple[float, bool, str]],
    ) -> None:
        """points: share of buyers, sensitivity over the median's, and need [nat], shape (P, 3).

        groups: share of buyers, whether their data are sensitive, and the cloud of their other workloads, if any.
        """
        self.segment, (part, factor, need), (share, private, home) = segment, points.T, zip(*groups, strict=True)
        self.need = np.tile(need, len(groups))
        self.private = np.repeat(np.array(private, dtype=np.float64), need.size)
        self.home = np.repeat(np.array(home), need.size)
        self.share: Floats = np.outer(share, part).ravel() / sum(share)
        """Of each type among the buyers, shape (R,). [1]"""
        felt = [segment.response.felt(many) for many in factor.tolist()]
        self.responses: Sequence[Response] = felt * len(groups)
        """Of each type, R of them."""

    @classmethod
    def median(cls, segment: Segment) -> Self:
        """One type: the median buyer, of no home and without sensitive data."""
        return cls(segment, np.array([[1.0, 1.0, segment.need]]), [(1.0, False, "")])

    @classmethod
    def of(cls, segment: Segment, homes: Mapping[str, float]) -> Self:
        """Types of a population whose buyers differ. homes: share of buyers by home cloud.

        Simplification: buyers with sensitive data have no home; where homes leave no room for them, all parts shrink.
        """
        sensitive = segment.sensitive
        groups = [(share, False, name) for name, share in sorted(homes.items()) if segment.home]
        groups += [(sensitive, True, ""), (1.0 - sensitive - sum(share for share, _, _ in groups), False, "")]
        points = [
            (a * b, np.exp(segment.sensitivity_spread * x), segment.need + segment.need_spread * y)
            for x, a in _normal(SENSITIVITIES if segment.sensitivity_spread else 1)
            for y, b in _normal(NEEDS if segment.need_spread and segment.worth else 1)
        ]
        return cls(segment, np.array(points), [group for group in groups if group[0] > 0.0])

    def appeal(self, offers: Sequence[Offer], exposure: Floats | None) -> Floats:
        """Utility of K offers but for price, loyalty and delay, shape (R, K). [util]

        exposure: what policies make buying each cost those with sensitive data, shape (K,). [util]
        """
        segment = self.segment
        public = np.array([offer.appeal for offer in offers])
        public = public + segment.response.worth(np.array([offer.value for offer in offers]))
        public = public - disutility_abroad([segment], [offer.region for offer in offers])[0]
        capability = np.array([offer.capability for offer in offers])
        away = segment.privacy * np.array([not offer.inside for offer in offers])
        away = away if exposure is None else away + exposure
        each: Floats = (
            public + segment.worth * np.minimum(capability, self.need[:, None]) - self.private[:, None] * away
        )
        if segment.home:
            each += segment.home * (self.home[:, None] == np.array([offer.seller for offer in offers]))
        return each


def _normal(points: int) -> list[tuple[float, float]]:
    """Points of a standard normal variable and their weights, by the rule of Gauss and Hermite."""
    at, weight = np.polynomial.hermite_e.hermegauss(points)
    return list(zip(at.tolist(), (weight / weight.sum()).tolist(), strict=True))
