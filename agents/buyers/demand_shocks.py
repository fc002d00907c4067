"""Shocks to the volume of a segment: booms and slumps, independent from one period to the next.

For the theory of collusion: demand that everybody sees before it prices (Rotemberg & Saloner 1986), and demand that
nobody sees but in its own sales (Green & Porter 1984). Prices move buyers between sellers; a shock moves all of them
alike, for a period, and leaves no trace in shares.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import floor
from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.kernel.streams import Streams, counted
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import NonNegative, PositiveDays, Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DemandShock:
    """A state of demand other than the usual one."""

    probability: Share
    """Chance that a period is in this state."""
    factor: NonNegative
    """Volume in it over the usual one; zero: nobody buys."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DemandShocks:
    """States of a segment's demand, drawn anew in every period; what the probabilities leave is the usual state.

    The burn-in is calm. Simplifications: no state makes the next one likelier, as in both papers; who plans machines
    ahead (`sellers.investment`) takes a later day for what its draw will make of it, since no theory here has both.
    """

    states: Annotated[dict[SellerId, DemandShock], Field(min_length=1)]
    """States other than the usual one, by name (slump, boom)."""
    period: PositiveDays = 1.0
    """How long a state lasts, counted from the first day."""
    hidden: bool = False
    """Whether sellers, when they price, know nothing of it; else the state is public from the period's beginning."""

    def __post_init__(self) -> None:
        """Refuse probabilities of more than one. Raises ValueError."""
        total = sum(shock.probability for shock in self.states.values())
        if total > 1.0 + 1e-12:
            raise ValueError(f"the probabilities of the states add up to {total:g}; they must leave 1 or less")

    def factor(self, uniform: float) -> float:
        """Volume over the usual one for a uniform draw, states in the order of names. [1]

        >>> slump = DemandShocks(states={"slump": DemandShock(probability=0.25, factor=0.0)})
        >>> slump.factor(0.2), slump.factor(0.3)
        (0.0, 1.0)
        """
        named = [self.states[name] for name in sorted(self.states)]
        reached = accumulate(shock.probability for shock in named)
        return next((s.factor for s, reach in zip(named, reached, strict=True) if uniform < reach), 1.0)


class DrawnDemandShocks:
    """The shocks of all segments in a run, S of them. Each period's draw is counted, so that asking changes nothing."""

    def __init__(self, names: Sequence[str], shocks: Sequence[DemandShocks | None], luck: Streams | None) -> None:
        """names: of the segments. shocks: of each, None where volume knows none. luck: needed where one has any.

        Raises ValueError for shocks without streams to draw them from.
        """
        self.shocks = tuple(shocks)
        self.some = any(shock is not None for shock in self.shocks)
        """Whether any segment has shocks at all."""
        if luck is None and self.some:
            raise ValueError("shocks are drawn by chance; hand over the streams of the run")
        self._keys = [luck.key("shocks of a segment", name) for name in names] if luck is not None else []
        self.hidden = any(shock is not None and shock.hidden for shock in self.shocks)
        """Whether any is hidden from sellers."""

    def factor(self, time: float, *, public: bool) -> Floats:
        """Volume over the usual one, shape (S,). [1] public: as sellers know it; else as it is."""
        return np.array([self._of(s, time, public) for s in range(len(self.shocks))])

    def _of(self, s: int, time: float, public: bool) -> float:
        shock = self.shocks[s]
        if shock is None or time < 0.0 or (public and shock.hidden):
            return 1.0
        turn = np.array([floor(time / shock.period)], dtype=np.uint64)
        return shock.factor(float(counted(self._keys[s], np.zeros(1, dtype=np.uint64), turn)[0]))
