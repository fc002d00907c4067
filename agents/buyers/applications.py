r"""Applications: what buyers use tokens for, and how uses spread.

A buyer with a supplier adds applications at the hazard

.. math:: (p + q F_s)\,\left(\frac{x + h}{\bar p + h}\right)^{-\alpha}

for each one that it does not have yet: the hazard of Bass (1969, Management Science 15) times a price term, x the
price it pays and h its own cost. F is the share in use of all that the segment can add; a part of imitation reads
the other segments' share, so that uses spread from one domain to the next. Tokens scale with applications.

Simplifications: the hazard is constant within a step of a week, at its middle value and at the prices and suppliers of
the step's end, because contracts and prices move on the scale of months. A buyer that leaves keeps what it has built.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated, Protocol

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Phase
from pricewar.sim.kernel.streams import Streams, counted_from, own_keys
from pricewar.sim.market.choice import Response
from pricewar.sim.market.demand import Floats, Ints
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, PositiveDays, Share, Unit

BEGIN = Phase.CLOSE.value
"""Instant at which applications begin to move: the close of the first day, until which the opening rests. [day]"""
MEMORY = 90.0
"""Days over which outsiders measure how volume grows; a quarter, as firms report."""

Count = Annotated[int, Field(ge=1), Unit("application")]
Rate = Annotated[float, Field(ge=0), Unit("1/year")]


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Applications:
    """How the applications of a segment's buyers begin, spread and end."""

    start: Count = 1
    """Applications of every buyer on the first day. Assumed: one, because it only sets the unit of a size."""
    begun: Share = 0.0
    """Share of those between start and ceiling that a buyer has on the first day already (binomial). Assumed."""
    ceiling: Count = 10
    """Applications beyond which a buyer has no use. Assumed; with it saturation begins."""
    innovation: Rate = 0.01
    """Bass p: hazard of an application when nobody else has one. .001-.03 a year for firms' use of AI."""
    imitation: Rate = 0.5
    """Bass q: what the hazard gains when all others have theirs. .38-.6 a year for firms' use of AI."""
    affordability: NonNegative = 1.0
    """Alpha: elasticity of the hazard to the price paid, own cost included, over the reference price. Assumed: volume
    is taken to answer price by -1 to -1.5 in the long run, through new uses, and by -0.3 in the short."""
    spread: Share = 0.0
    """Share of imitation that reads other segments instead of one's own. Assumed."""
    step: PositiveDays = 7.0
    """Time over which the hazard is held constant; numerical."""

    def __post_init__(self) -> None:
        """Refuse a ceiling below the start. Raises ValueError."""
        if self.ceiling < self.start:
            raise ValueError(f"the ceiling ({self.ceiling}) must not lie below the start ({self.start})")

    @property
    def room(self) -> int:
        """Applications that a buyer can add to its start."""
        return self.ceiling - self.start

    @property
    def moves(self) -> bool:
        """Whether anything can ever be added."""
        return self.room > 0 and self.innovation + self.imitation > 0.0

    def ease(self, response: Response, price: Floats) -> Floats:
        """The price term of the hazard by choice: zero for buying nothing, shape (K+1,). [1]"""
        return np.append(0.0, response.paid(price) ** -self.affordability)


def refuse_unpriced(spec: Applications, response: Response) -> None:
    """Raise ValueError for an affordability that has no price to be measured against."""
    if response.reference_price is None and spec.affordability > 0.0:
        raise ValueError(
            "applications.affordability needs log_logit demand, which has a reference price; set it to 0 here"
        )


class Uses:
    """How many applications each buyer of a segment has, and the hazard it still has to go until its next one.

    Waits are exponential clocks that run at the speed of the hazard, so the number added in a step is exactly
    binomial. The draw belongs to (buyer, application): the tenth of a buyer is the same luck in every run.
    """

    def __init__(self, spec: Applications, name: str, count: int, luck: Streams) -> None:
        """Draw what buyers have on the first day."""
        self.spec = spec
        self.number: Floats = np.full(count, float(spec.start))
        """Applications of each buyer, whole, shape (N,)."""
        if spec.begun:
            self.number += luck(name, "applications").binomial(spec.room, spec.begun, count)
        self.first: Floats = self.number.copy()
        """Those of the first day, shape (N,)."""
        self.keys = own_keys(luck.key(name, "application"), np.arange(count, dtype=np.uint64))
        self.left: Floats = self._wait(np.arange(count))

    def _wait(self, who: Ints) -> Floats:
        """Hazard until the next application, inf at the ceiling, shape (n,)."""
        added = self.number[who] - self.spec.start
        luck = counted_from(self.keys[who], added.astype(np.uint64))
        vacant = self.spec.room - added
        wait: Floats = np.full(vacant.size, np.inf)
        return np.divide(-np.log(luck), vacant, out=wait, where=vacant > 0)

    def grow(self, hazard: Floats) -> tuple[Ints, Floats]:
        """Let a hazard of each buyer pass, shape (N,); returns who has added applications, and how many, shape (n,)."""
        self.left -= hazard
        who = due = np.flatnonzero(self.left <= 0.0)
        before = self.number[who]
        while due.size:
            self.number[due] += 1.0
            self.left[due] += self._wait(due)
            due = due[self.left[due] <= 0.0]
        return who, self.number[who] - before


class Spreading(Protocol):
    """A segment whose applications may spread."""

    @property
    def applications(self) -> Applications | None:
        """How they spread; None where they do not."""

    @property
    def ease(self) -> Floats:
        """Price term of the hazard by choice, shape (K+1,). [1]"""

    def possible(self) -> float:
        """Applications that all its buyers together can add to their start."""

    def in_use(self) -> float:
        """Of these, what buyers with a supplier have."""

    def vacant(self) -> Floats:
        """What buyers can still add, by choice, shape (K+1,)."""

    def grow(self, hazard: Floats) -> None:
        """Let the hazard of each choice pass, shape (K+1,)."""

    def scale(self) -> float:
        """Volume at reference prices over that of the first day. [1]"""


def imitated(in_use: Floats, possible: Floats, spread: Floats) -> Floats:
    """What imitation reads: one's own share in use, mixed with that of all other segments together, shape (S,). [1]

    Where there is nobody else, all imitation is one's own.

    >>> imitated(np.array([5.0, 0.0]), np.array([10.0, 10.0]), np.array([0.0, 0.4]))
    array([0.5, 0.2])
    """
    own = np.divide(in_use, possible, out=np.zeros_like(in_use), where=possible > 0)
    room = possible.sum() - possible
    others = np.divide(in_use.sum() - in_use, room, out=own.copy(), where=room > 0)
    mixed: Floats = (1.0 - spread) * own + spread * others
    return mixed


class Diffusion:
    """The steps in which the applications of all segments spread, and the public record of volume."""

    def __init__(self, segments: Sequence[Spreading], *, enabled: bool) -> None:
        """segments: in the order of names. enabled: whether anything spreads at all."""
        self.segments = segments
        self.members = [(s, s.applications) for s in segments if s.applications is not None]
        self.spread: Floats = np.array([spec.spread for _, spec in self.members])
        self.due: Floats = np.array(
            [BEGIN + spec.step if enabled and spec.moves else np.inf for _, spec in self.members]
        )
        """Instant of each member's next step, inf where it takes none. [day]"""
        self._taken = np.zeros(len(self.members))
        self._times = [-np.inf]
        self._scales: list[Floats] = [np.zeros(len(segments))]

    def next(self) -> float:
        """Instant of the next step of any segment, inf without one. [day]"""
        return float(self.due.min(initial=np.inf))

    @property
    def begun(self) -> bool:
        """Whether any segment has taken a step."""
        return len(self._times) > 1

    def step(self, instant: float) -> None:
        """Let every segment whose step is due at this instant take it, all from the same state."""
        due = np.flatnonzero(self.due <= instant).tolist()
        in_use = np.array([segment.in_use() for segment, _ in self.members])
        possible = np.array([segment.possible() for segment, _ in self.members])
        # The middle of the step is predicted from its beginning, which makes the error one of second order.
        read = imitated(in_use, possible, self.spread)
        for m in due:
            segment, _ = self.members[m]
            in_use[m] += segment.vacant() @ -np.expm1(-0.5 * self._hazard(m, read[m]))
        read = imitated(in_use, possible, self.spread)
        for m in due:
            segment, spec = self.members[m]
            segment.grow(self._hazard(m, read[m]))
            self._taken[m] += 1.0
            self.due[m] = BEGIN + (self._taken[m] + 1.0) * spec.step
        self._times.append(instant)
        self._scales.append(np.log([segment.scale() for segment in self.segments]))

    def _hazard(self, m: int, read: float) -> Floats:
        """Hazard of an application within a step, by choice, shape (K+1,). [1]"""
        segment, spec = self.members[m]
        years = spec.step / DAYS_PER_YEAR
        hazard: Floats = (spec.innovation + spec.imitation * read) * years * segment.ease
        return hazard

    def trend(self, time: float) -> Floats:
        """Growth of volume through applications over the last 90 days, shape (S,). [1/year]"""
        now, then = (self._scales[bisect_right(self._times, t) - 1] for t in (time, time - MEMORY))
        growth: Floats = (now - then) * (DAYS_PER_YEAR / MEMORY)
        return growth
