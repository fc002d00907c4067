"""All enterprise buyers of a scenario: those of every segment, and the time that they have in common."""

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np

from pricewar.agents.buyers.continuous import BuyerContinuum
from pricewar.agents.buyers.sampled import SampledBuyers
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.buyers.time import Calendar, Contracting
from pricewar.agents.buyers.types import Types
from pricewar.agents.demand.given_shares import CERTAIN
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.board import Board
from pricewar.sim.market.choice import demand_of
from pricewar.sim.market.demand import Demand, Floats


class SegmentBuyers(Contracting, Protocol):
    """The buyers of one segment, K offers."""

    def renewal_rates(self) -> tuple[float, float]:
        """Contracts that end in a day, per contract, of who is locked in and of who is not. [1/day]"""

    @property
    def renewals(self) -> float:
        """Choices made so far by buyers who had a supplier."""

    @property
    def switches(self) -> float:
        """Of these, choices of another supplier."""

    @property
    def buying(self) -> float:
        """Utility of buying at all. [util]"""

    @property
    def adoption_over(self) -> bool:
        """Whether who has a supplier keeps buying, and nobody else begins to."""

    def look(self, board: Board, delay: Floats, exposure: Floats | None) -> None:
        """See the board as it now is."""

    def bind(self, share: float) -> None:
        """Let only a share of everybody's loyalty bind from now on. [1]"""

    def open(self, now: float) -> None:
        """First choice of everybody."""

    def shares(self) -> Floats:
        """Share of each offer in the tokens at reference volumes, shape (K,). [1]"""

    def adopting(self) -> float:
        """Buyers with a supplier."""

    def asked(self) -> Floats:
        """Tokens asked for at the prices last seen, for a unit of the population's volume, shape (K,)."""

    def bound(self, days: float) -> Floats:
        """Volume whose contracts are expected to outlast so many days, shape (K,), counted as that of `asked`."""

    def mean_applications(self) -> float:
        """Applications of a buyer with a supplier, nan without any."""

    def stake(self) -> float:
        """What leaving would cost them, for a unit of the population's volume. [money/Mtok or money/day]"""

    def surplus(self) -> Floats:
        """Consumer surplus by choice, for a unit of the population's volume, shape (K+1,). [money/Mtok or money/day]"""


Members = TypeVar("Members", bound=SegmentBuyers)


class Population(Generic[Members]):
    """All buyers of a scenario, S segments in the order of their names."""

    def __init__(
        self,
        segments: Mapping[str, Segment],
        members: Sequence[Members],
        heads: Floats,
        unit: Floats,
        luck: Streams | None,
        types: Sequence[Types],
        *,
        adoption: bool,
        applications: bool,
    ) -> None:
        """heads: buyers in each segment, shape (S,). unit: volume that its members count in, shape (S,).

        types: what buyers of each segment truly are, S of them.

        luck: for demand shocks. adoption: whether buyers begin and cease to buy after the first day. applications:
        whether these spread. Raises ValueError for shocks without luck.
        """
        self.segments = tuple(sorted(segments))
        self.members, self.heads, self._unit, self.types = tuple(members), heads, unit, tuple(types)
        ordered = [segments[name] for name in self.segments]
        self.calendar = Calendar(self.segments, ordered, self.members, luck, adoption, applications)

    @property
    def renewal_rates(self) -> Floats:
        """Contracts that end in a day, per contract, of who is locked in and of who is not, shape (2, S). [1/day]"""
        return np.array([member.renewal_rates() for member in self.members]).T

    def look(self, board: Board, delay: Floats, exposure: Floats | None = None) -> None:
        """See the board as it now is; delay: days of waiting at each offer, shape (K,).

        exposure: what policies make buying each offer cost buyers with sensitive data, shape (K,). [util]
        """
        for member in self.members:
            member.look(board, delay, exposure)

    def bind(self, share: float) -> None:
        """Let only a share of everybody's loyalty bind from now on. [1]"""
        for member in self.members:
            member.bind(share)

    def open(self, now: float) -> None:
        """First choice of everybody."""
        for member in self.members:
            member.open(now)

    def renew(self, until: float) -> None:
        """Let all contracts that end before `until` be signed anew under the board last seen; applications spread."""
        self.calendar.renew(until)

    def shares(self) -> Floats:
        """Share of each offer in the segment's tokens at reference volumes, shape (S, K). [1]"""
        return np.stack([member.shares() for member in self.members])

    def adopters(self) -> Floats:
        """Buyers with a supplier, shape (S,)."""
        return np.array([member.adopting() for member in self.members])

    def demand(self, time: float) -> Floats:
        """Tokens asked for at the prices last seen, shape (S, K). [Mtok/day]"""
        asked = np.stack([member.asked() for member in self.members])
        grown: Floats = asked * self._grown(time)[:, None]
        return grown

    def bound(self, time: float, days: float) -> Floats:
        """Volume at the reference price of customers whose contracts outlast so many days, shape (S, K). [Mtok/day]"""
        bound = np.stack([member.bound(days) for member in self.members])
        grown: Floats = bound * self._grown(time)[:, None]
        return grown

    def _grown(self, time: float) -> Floats:
        """Volume that members count in, grown from outside, shape (S,)."""
        grown: Floats = self._unit * self.calendar.exogenous(time)
        return grown

    def potential(self, time: float) -> Floats:
        """Tokens if everybody bought at the reference price, with today's applications, shape (S,). [Mtok/day]"""
        return self.calendar.potential(time)

    def expected_growth(self, time: float) -> Floats:
        """Growth of volume at constant prices, as outsiders can tell it, shape (S,). [1/year]"""
        return self.calendar.expected_growth(time)

    def true_demand(self, board: Board, time: float, exposure: Floats | None = None) -> Demand:
        """Demand at what buyers pay if everybody chose anew: nobody bound, loyal, waiting or drawn by lot.

        exposure: as `look`. Every type of a segment stands as a segment of its own. Where adoption has ended, who has a
        supplier buys in any case, and nobody else does.
        """
        appeal, size = [], []
        potential = self.calendar.figures(time)["potential"]
        over = np.array([member.adoption_over for member in self.members])
        buying = np.where(over, potential * self.adopters() / self.heads, potential)
        for types, member, tokens in zip(self.types, self.members, buying.tolist(), strict=True):
            keen = CERTAIN if member.adoption_over else 0.0
            each = types.appeal(board.offers, exposure) + (member.buying + keen)
            appeal.append(np.where(board.live, each, -np.inf))
            size.append(tokens * types.share)
        responses = [response for types in self.types for response in types.responses]
        return demand_of(responses, np.concatenate(appeal), np.concatenate(size), board.offers)

    def exposed(self, time: float) -> Floats:
        """Tokens that sensitive buyers ask for outside their walls, shape (S, K). [Mtok/day]"""
        raise NotImplementedError

    def figures(self, time: float, served: Floats | None = None) -> Mapping[str, Floats]:
        """What the daily table of segments tells of them beyond choices, each of shape (S,).

        served: share of what was asked for that each offer served, shape (S, K); left out, all of it. [1]
        """
        grown = self._grown(time)
        return {
            "applications": np.array([member.mean_applications() for member in self.members]),
            "renewals": np.array([member.renewals for member in self.members]),
            "switches": np.array([member.switches for member in self.members]),
            "exit_cost": np.array([member.stake() for member in self.members]) * grown,
            "surplus": served_surplus([member.surplus() for member in self.members], served) * grown,
            **self.calendar.figures(time),
        }


def served_surplus(surplus: Sequence[Floats], served: Floats | None) -> Floats:
    """Surplus of S segments, shape (S,), from that by choice, each of shape (K+1,); who is not served has none."""
    if served is None:
        return np.array([float(worth.sum()) for worth in surplus])
    return np.array([float(worth[0] + worth[1:] @ part) for worth, part in zip(surplus, served, strict=True)])


class SampledPopulation(Population[SampledBuyers]):
    """All buyers of a scenario, drawn one by one."""

    def __init__(
        self,
        segments: Mapping[str, Segment],
        count: int,
        homes: Mapping[str, float],
        luck: Streams,
        *,
        adoption: bool = True,
        applications: bool = True,
    ) -> None:
        """Draw them. count: buyers in all. homes: share of buyers by home cloud. Switches as those of `Population`."""
        total = sum(segments[name].buyers for name in sorted(segments))
        members = [
            SampledBuyers(name, segments[name], max(1, round(count * segments[name].buyers / total)), homes, luck)
            for name in sorted(segments)
        ]
        heads: Floats = np.array([float(member.count) for member in members])
        unit = np.ones(len(members))  # members count in Mtok/day
        types = [Types.of(segments[name], homes) for name in sorted(segments)]
        super().__init__(segments, members, heads, unit, luck, types, adoption=adoption, applications=applications)

    def exposed(self, time: float) -> Floats:
        """Tokens that sensitive buyers ask for outside their walls, shape (S, K). [Mtok/day]"""
        sent = [member.exposed() for member in self.members]
        exposed: Floats = np.stack(sent) * self._grown(time)[:, None]
        return exposed


class ContinuousPopulation(Population[BuyerContinuum]):
    """All buyers of a scenario, as continua."""

    def __init__(
        self,
        segments: Mapping[str, Segment],
        count: int,
        luck: Streams | None = None,
        *,
        adoption: bool = True,
        applications: bool = True,
    ) -> None:
        """count: how many buyers the continuum stands for. luck: for shocks only. Switches as those of `Population`.

        Raises ValueError for shocks without luck.
        """
        ordered = [segments[name] for name in sorted(segments)]
        total = sum(segment.buyers for segment in ordered)
        heads: Floats = np.array([count * segment.buyers / total for segment in ordered])
        members = [
            BuyerContinuum(name, segments[name], n) for name, n in zip(sorted(segments), heads.tolist(), strict=True)
        ]
        unit = np.array([segment.potential for segment in ordered])  # members count in shares of it
        self._sensitive: Floats = np.array([segment.sensitive for segment in ordered])
        types = [Types.median(segment) for segment in ordered]
        super().__init__(segments, members, heads, unit, luck, types, adoption=adoption, applications=applications)

    def exposed(self, time: float) -> Floats:
        """Tokens that sensitive buyers ask for outside their walls, shape (S, K). [Mtok/day]

        Simplification: privacy is left out of a continuum, so they buy as everybody does.
        """
        exposed: Floats = self._sensitive[:, None] * self.demand(time) * self.members[0].beyond_walls
        return exposed
