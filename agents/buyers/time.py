"""In which order buyers' clocks strike: contracts, the end of adoption, steps of applications; and how volume grows."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from pricewar.agents.buyers.applications import Diffusion, Spreading
from pricewar.agents.buyers.demand_shocks import DrawnDemandShocks
from pricewar.agents.buyers.spec import Segment
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.demand import Floats


class Contracting(Spreading, Protocol):
    """The buyers of a segment."""

    def renew(self, until: float) -> None:
        """Sign anew every contract that ends before `until`."""

    def settle(self) -> None:
        """From now on who has a supplier keeps buying, and who has none never does."""


class Calendar:
    """The common time of all segments, S of them.

    Renewals are cut where applications take a step or adoption ends, so that both see the market as it then is.
    """

    def __init__(
        self,
        names: Sequence[str],
        segments: Sequence[Segment],
        members: Sequence[Contracting],
        luck: Streams | None,
        adoption: bool,
        applications: bool,
    ) -> None:
        """names, segments, members: in the order of names. luck: for shocks.

        adoption, applications: whether these move after the first day.
        """
        self.members = members
        self.diffusion = Diffusion(members, enabled=applications)
        self._ends = np.inf if adoption else 0.0
        """Instant at which adoption ends. [day]"""
        self._size: Floats = np.array([segment.potential for segment in segments])
        self._growth: Floats = np.array([segment.growth for segment in segments])
        self._ceiling: Floats = np.array([float(s.applications.ceiling) if s.applications else 1.0 for s in segments])
        self.shocks = DrawnDemandShocks(names, [segment.shocks for segment in segments], luck)
        self._foreseen: tuple[tuple[float, float, float], Floats] | None = None
        self.now = -np.inf
        """Up to when contracts have been renewed. [day]"""

    def renew(self, until: float) -> None:
        """Let contracts end, and applications spread, up to an instant."""
        while (instant := min(self._ends, self.diffusion.next())) <= until:
            self._sign(instant)
            if instant == self._ends:
                self._ends = np.inf
                for member in self.members:
                    member.settle()
            if instant == self.diffusion.next():
                self.diffusion.step(instant)
        self._sign(until)
        self.now = until

    def _sign(self, until: float) -> None:
        for member in self.members:
            member.renew(until)

    def exogenous(self, time: float, *, public: bool = False) -> Floats:
        """Factor of volume by the growth and the shocks that the scenario gives, shape (S,). [1]

        public: as sellers know it, without the shocks that are hidden from them.
        """
        factor: Floats = np.exp(self._growth * (time / DAYS_PER_YEAR))
        return factor * self.shocks.factor(time, public=public) if self.shocks.some else factor

    def potential(self, time: float) -> Floats:
        """Tokens if everybody bought at the reference price, as sellers know it, shape (S,). [Mtok/day]

        With the applications that buyers have now; for a later time, with those that their recent growth promises.
        """
        if not self.diffusion.begun:
            return self._size * self.exogenous(time, public=True)
        state = (time, self.now, self.diffusion.next())
        if self._foreseen is None or self._foreseen[0] != state:
            self._foreseen = (state, self._with_applications(time))
        return self._foreseen[1]

    def _with_applications(self, time: float) -> Floats:
        scale = np.array([member.scale() for member in self.members])
        ahead = max(0.0, time - self.now) / DAYS_PER_YEAR
        promised = np.exp(self.diffusion.trend(self.now) * ahead)
        potential: Floats = self._size * self.exogenous(time, public=True) * (scale * promised)
        return potential

    def expected_growth(self, time: float) -> Floats:
        """Growth of volume at constant prices: exogenous, and that of applications of late, shape (S,). [1/year]"""
        growth: Floats = self._growth + self.diffusion.trend(time)
        return growth

    def figures(self, time: float) -> Mapping[str, Floats]:
        """Ceiling of applications, potential and its exogenous factor, each of shape (S,)."""
        potential, factor = self.potential(time), self.exogenous(time)
        if self.shocks.hidden:  # the record of a run tells what was, not what sellers knew
            public = self.exogenous(time, public=True)
            potential = potential * np.divide(factor, public, out=np.ones_like(public), where=public > 0.0)
        return {"ceiling": self._ceiling, "potential": potential, "exogenous": factor}
