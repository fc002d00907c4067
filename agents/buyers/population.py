"""All enterprise buyers of a scenario: a crowd for every segment, and the time that they have in common."""

from collections.abc import Mapping, Sequence

import numpy as np

from pricewar.agents.buyers.continuous import Mass
from pricewar.agents.buyers.sampled import Crowd
from pricewar.agents.buyers.spec import Segment
from pricewar.agents.buyers.time import Seasons
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.board import Board
from pricewar.sim.market.demand import Floats


class Population:
    """All buyers of a scenario."""

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
        """Draw the crowds. count: buyers in all. homes: share of buyers by home cloud.

        adoption: whether buyers begin and cease to buy after the first day. applications: whether these spread.
        """
        self.segments = tuple(sorted(segments))
        total = sum(segments[name].buyers for name in self.segments)
        self.crowds = tuple(
            Crowd(name, segments[name], max(1, round(count * segments[name].buyers / total)), homes, luck)
            for name in self.segments
        )
        self.heads: Floats = np.array([float(crowd.count) for crowd in self.crowds])
        ordered = [segments[name] for name in self.segments]
        self.seasons = Seasons(self.segments, ordered, self.crowds, luck, adoption, applications)

    def look(self, board: Board, delay: Floats, exposure: Floats | None = None) -> None:
        """See the board as it now is; delay: days of waiting at each offer, shape (K,).

        exposure: what the law makes buying each offer cost buyers with sensitive data, shape (K,). [util]
        """
        for crowd in self.crowds:
            crowd.look(board, delay, exposure)

    def bind(self, share: float) -> None:
        """Let only a share of everybody's loyalty bind from now on. [1]"""
        for crowd in self.crowds:
            crowd.bind(share)

    def open(self, now: float) -> None:
        """First choice of everybody."""
        for crowd in self.crowds:
            crowd.open(now)

    def renew(self, until: float) -> None:
        """Let all contracts that end before `until` be signed anew under the board last seen; applications spread."""
        self.seasons.renew(until)

    def shares(self) -> Floats:
        """Share of each offer in the segment's tokens at reference volumes, shape (S, K). [1]"""
        return np.stack([crowd.stock[1:] / crowd.stock.sum() for crowd in self.crowds])

    def adopters(self) -> Floats:
        """Buyers with a supplier, shape (S,)."""
        return np.array([crowd.heads[1:].sum() for crowd in self.crowds])

    def demand(self, time: float) -> Floats:
        """Tokens asked for at the prices last seen, shape (S, K). [Mtok/day]"""
        stock = np.stack([crowd.stock[1:] * crowd.tokens for crowd in self.crowds])
        grown: Floats = stock * self.seasons.exogenous(time)[:, None]
        return grown

    def potential(self, time: float) -> Floats:
        """Tokens if everybody bought at the reference price, with today's applications, shape (S,). [Mtok/day]"""
        return self.seasons.potential(time)

    def expected_growth(self, time: float) -> Floats:
        """Growth of volume at constant prices, as outsiders can tell it, shape (S,). [1/year]"""
        return self.seasons.expected_growth(time)

    def exposed(self, time: float) -> Floats:
        """Tokens that sensitive buyers ask for outside their walls, shape (S, K). [Mtok/day]"""
        sent = [crowd.carried().at(1, crowd.heads) * crowd.tokens * crowd.beyond_walls[:, 0] for crowd in self.crowds]
        exposed: Floats = np.stack(sent) * self.seasons.exogenous(time)[:, None]
        return exposed

    def figures(self, time: float, served: Floats | None = None) -> Mapping[str, Floats]:
        """What the daily table of segments tells of them beyond choices, each of shape (S,).

        served: share of what was asked for that each offer served, shape (S, K); left out, all of it. [1]
        """
        adopters, factor = self.adopters(), self.seasons.exogenous(time)
        carried = [(crowd, crowd.carried()) for crowd in self.crowds]
        uses = np.array([sums.at(0, crowd.heads).sum() for crowd, sums in carried])
        stakes = [sums.at(2, crowd.heads).sum() for crowd, sums in carried]
        return {
            "applications": np.divide(uses, adopters, out=np.full_like(uses, np.nan), where=adopters > 0),
            "exit_cost": np.array(stakes) * factor,
            "surplus": had_of([crowd.surplus() for crowd in self.crowds], served) * factor,
            **self.seasons.figures(time),
        }


def had_of(surplus: Sequence[Floats], served: Floats | None) -> Floats:
    """Surplus of S segments, shape (S,), from that by choice, each of shape (K+1,); who is not served has none."""
    if served is None:
        return np.array([float(worth.sum()) for worth in surplus])
    return np.array([float(worth[0] + worth[1:] @ part) for worth, part in zip(surplus, served, strict=True)])


class Continuum:
    """All buyers of a scenario, as continua; answers what `Population` answers."""

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
        self.segments = tuple(sorted(segments))
        total = sum(segments[name].buyers for name in self.segments)
        self.heads: Floats = np.array([count * segments[name].buyers / total for name in self.segments])
        self.masses = tuple(
            Mass(name, segments[name], heads) for name, heads in zip(self.segments, self.heads.tolist(), strict=True)
        )
        ordered = [segments[name] for name in self.segments]
        self.seasons = Seasons(self.segments, ordered, self.masses, luck, adoption, applications)
        self._size: Floats = np.array([segments[name].potential for name in self.segments])
        self._sensitive: Floats = np.array([segments[name].sensitive for name in self.segments])

    def look(self, board: Board, delay: Floats, exposure: Floats | None = None) -> None:
        """See the board as it now is; delay: days of waiting at each offer, shape (K,).

        exposure: without effect, for privacy is left out of a continuum.
        """
        del exposure
        for mass in self.masses:
            mass.look(board, delay)

    def bind(self, share: float) -> None:
        """Let only a share of everybody's loyalty bind from now on. [1]"""
        for mass in self.masses:
            mass.bind(share)

    def open(self, now: float) -> None:
        """First choice of everybody."""
        for mass in self.masses:
            mass.open(now)

    def renew(self, until: float) -> None:
        """Let all contracts that end before `until` be signed anew under the board last seen; applications spread."""
        self.seasons.renew(until)

    def shares(self) -> Floats:
        """Share of each offer in the segment's tokens at reference volumes, shape (S, K). [1]"""
        return np.stack([mass.volume[1:] / mass.scale() for mass in self.masses])

    def adopters(self) -> Floats:
        """Buyers with a supplier, shape (S,)."""
        return np.array([mass.adopting() for mass in self.masses])

    def demand(self, time: float) -> Floats:
        """Tokens asked for at the prices last seen, shape (S, K). [Mtok/day]"""
        tokens = np.stack([mass.volume[1:] * mass.tokens for mass in self.masses])
        grown: Floats = tokens * self._grown(time)[:, None]
        return grown

    def _grown(self, time: float) -> Floats:
        """Volume of all buyers with the applications of the first day, shape (S,). [Mtok/day]"""
        grown: Floats = self._size * self.seasons.exogenous(time)
        return grown

    def potential(self, time: float) -> Floats:
        """Tokens if everybody bought at the reference price, with today's applications, shape (S,). [Mtok/day]"""
        return self.seasons.potential(time)

    def expected_growth(self, time: float) -> Floats:
        """Growth of volume at constant prices, as outsiders can tell it, shape (S,). [1/year]"""
        return self.seasons.expected_growth(time)

    def exposed(self, time: float) -> Floats:
        """Tokens that sensitive buyers ask for outside their walls, shape (S, K). [Mtok/day]

        Simplification: privacy is left out of a continuum, so they buy as everybody does.
        """
        exposed: Floats = self._sensitive[:, None] * self.demand(time) * self.masses[0].beyond_walls
        return exposed

    def figures(self, time: float, served: Floats | None = None) -> Mapping[str, Floats]:
        """What the daily table of segments tells of them beyond choices, as `Population.figures`."""
        uses = np.array([mass.first * mass.volume[1:].sum() for mass in self.masses])
        using = np.array([mass.stock[1:].sum() for mass in self.masses])
        return {
            "applications": np.divide(uses, using, out=np.full_like(uses, np.nan), where=using > 0),
            "exit_cost": np.array([mass.stake() for mass in self.masses]) * self._grown(time),
            "surplus": had_of([mass.surplus() for mass in self.masses], served) * self._grown(time),
            **self.seasons.figures(time),
        }
