r"""When a tier's prices fall faster than they usually do: a cumulative sum of cuts (Page 1954).

Every change of a price moves C by its midpoint change y, summed over lines, less what the line's own pace would have
brought since its last change, and a drift d runs off all the time:

.. math:: C \leftarrow \max(0,\; C + y - d\,\Delta t), \qquad d = \max(d_0,\; 2 \times \text{last year's pace of cuts}).

An *excursion* of C above zero is a candidate for a war. It begins with the first cut after C was zero, and ends where
C is highest; it is over when C is back at zero, nobody has cut for H, or half of the falls are taken back. How high C
must be for chance to be no explanation follows from last year's cuts, taken as a Poisson stream of n a year with one
cut of D_min added: with θ the positive root of

.. math:: \Lambda\,(\mathrm{E}\,e^{\theta y} - 1) = \theta d

Lundberg's inequality bounds the probability that C climbs by x from any one cut by :math:`e^{-\theta x}`, so that
:math:`x = \ln(n/\alpha)/\theta` is passed at most α times a year. What a line has done at a pace of its own is left
out on both sides: a glide of costs passed on in steps, together or staggered, sums to nothing.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import inf, log

import numpy as np

from pricewar.sim.analysis.wars.panel import FORTNIGHT, TOLERANCE, Change, Floats, Line, Panel
from pricewar.sim.analysis.wars.settings import DetectorSettings

SLOWEST = 1.0 / FORTNIGHT
"""d0: midpoint changes a day that are no war whatever the record. [1/day]"""
STEPS = 4
"""Steps of a line from which its own pace is read."""
FEWEST = 2
"""Steps without which a line has no pace of its own."""
YEAR = 365.0
LIKELY = 1.92
"""Log-likelihood by which a start of the 95 % interval may fall short of the best: half the quantile of chi-square."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """A stay of C above zero, judged by nobody yet."""

    changes: tuple[Change, ...]
    """What happened in it, from the first fall to the highest C."""
    strength: float
    """Highest C. [1]"""
    reason: str
    """Why it was over: quiet, half_undone or end_of_record."""
    drift: float
    """d. [1/day]"""
    threshold: float
    """What C must reach for a war: max(2 D_min, ln(n/α)/θ). [1]"""
    low: float
    """Earliest likely start. [day]"""
    high: float
    """Latest likely start. [day]"""

    @property
    def start(self) -> float:
        """First cut of a line that stood; where there is none, first entry. [day]"""
        return min((c.time for c in self.changes if c.kind == "cut"), default=self.changes[0].time)

    @property
    def end(self) -> float:
        """Instant of the highest C. [day]"""
        return self.changes[-1].time


@dataclass(slots=True)
class _Trail:
    """What one line has done so far."""

    last: float
    """Instant of its latest change, or of its opening. [day]"""
    fallen: float = 0.0
    """Sum of its midpoint changes. [1]"""
    steps: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=STEPS))
    """Of its last cuts, the instant of the change before each and the sum of changes until then."""


@dataclass(slots=True)
class Past:
    """What a tier's lines have done so far: asked at the beginning of each excursion."""

    panel: Panel
    settings: DetectorSettings
    trails: dict[Line, _Trail] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    excess: list[float] = field(default_factory=list)
    """Of each cut so far, its step less what the line's own pace would have brought. [1]"""

    def trail(self, line: Line) -> _Trail:
        """Trail of a line, begun where it was opened."""
        if line not in self.trails:
            self.trails[line] = _Trail(self.panel.paths[line][0][0])
        return self.trails[line]

    def note(self, change: Change) -> None:
        """Remember a change."""
        line = (change.seller, change.line)
        trail = self.trail(line)
        if change.kind == "cut":
            self.times.append(change.time)
            self.excess.append(max(change.step - self.pace(line) * (change.time - trail.last), 0.0))
            trail.steps.append((trail.last, trail.fallen))
        trail.fallen += change.size if change.kind != "entry" else 0.0
        trail.last = change.time

    def pace(self, line: Line) -> float:
        """Net fall a day over the line's last steps, never negative; zero with too few of them. [1/day]"""
        trail = self.trail(line)
        if len(trail.steps) < FEWEST or not self.settings.trend_window:
            return 0.0
        since, fallen = trail.steps[0]
        return max(0.0, (trail.fallen - fallen) / (trail.last - since)) if trail.last > since else 0.0

    def usual(self, time: float) -> tuple[float, float, float]:
        """Drift d [1/day], θ [1] and threshold of C [1] for an excursion that begins at `time`."""
        window = self.settings.trend_window * self.settings.horizon
        days = max(min(window, time - self.panel.start), self.settings.min_panel * self.settings.horizon, 1.0)
        past = np.array(self.excess[bisect_left(self.times, time - window) :] if window else [])
        past = past[past > 0]
        drift = max(SLOWEST, 2.0 * float(past.sum()) / days)
        cuts_a_day = (len(past) + 1) / days if window else 1.0 / YEAR
        sizes = np.append(past, self.settings.d_min)
        theta = lundberg(cuts_a_day, sizes, drift)
        chance = log(max(cuts_a_day * YEAR / self.settings.significance, 1.0)) / theta
        return drift, theta, max(2.0 * self.settings.d_min, chance)


def lundberg(rate: float, sizes: Floats, drift: float) -> float:
    r"""Positive root θ of :math:`\Lambda(\mathrm{E} e^{\theta y} - 1) = \theta d` (Lundberg's adjustment coefficient).

    rate: Λ, cuts a day. [1/day]
    sizes: y, shape (n,), positive. [1]
    drift: d, more than Λ E y. [1/day]
    For cuts of one exponential law with mean m it would be 1/m - Λ/d. Returns θ. [1]

    >>> round(lundberg(1.0, np.array([1.0]), np.e - 1.0), 9)
    1.0
    """

    from scipy.optimize import brentq

    def over(theta: float) -> float:
        # over θ, so that it rises throughout: without end below a root that a short excess leaves far away
        return rate * float(np.expm1(np.minimum(theta * sizes, 700.0)).mean()) / theta - drift

    high = 1.0
    while over(high) < 0.0:
        high *= 2.0
    low = high
    while over(low) >= 0.0:
        low /= 2.0
    return float(brentq(over, low, high))


def excursions(panel: Panel, settings: DetectorSettings) -> list[Excursion]:
    """Every stay of a tier's C above zero, in order of time."""
    past = Past(panel, settings)
    added: list[tuple[float, float]] = []  # instants of cuts, and what they added to C, since the last strong excursion
    finished: list[Excursion] = []
    running: _Running | None = None
    for time, group in groupby(panel.changes, key=lambda change: change.time):
        now = [change for change in group if change.size]
        if not now:
            continue
        if running is not None and running.over(time, settings):
            finished.append(running.closed("quiet", added))
            _forget(added, finished[-1])
            running = None
        if running is None:
            running = _Running(time, *past.usual(time), {line: past.pace(line) for line in panel.paths})
        more = [running.excess(change, past) for change in now]
        if any(change.kind == "cut" for change in now):
            added.append((time, sum(more)))
        undone = running.add(time, now, sum(more))
        for change in now:
            past.note(change)
        if undone:
            if running.strength:
                finished.append(running.closed("half_undone", added))
                _forget(added, finished[-1])
            running = None
    if running is not None:
        finished.append(running.closed("quiet" if running.over(panel.end, settings) else "end_of_record", added))
    return finished


def _forget(added: list[tuple[float, float]], excursion: Excursion) -> None:
    """Forget the cuts of a strong excursion: what comes later did not begin with them."""
    if excursion.strength >= excursion.threshold - TOLERANCE:
        del added[: bisect_right(added, (excursion.end, inf))]


@dataclass(slots=True)
class _Running:
    """An excursion that is not over."""

    time: float
    """Of the latest change. [day]"""
    drift: float
    theta: float
    threshold: float
    paces: dict[Line, float]
    """Own pace of each line when the excursion began."""
    level: float = 0.0
    """C after the latest change."""
    strength: float = 0.0
    fallen: float = 0.0
    """Sum of the midpoint changes, without drift or pace."""
    most_fallen: float = 0.0
    changes: list[Change] = field(default_factory=list)
    counted: int = 0
    """How many of the changes there were when C was highest."""
    last_move: float = inf
    """Instant of the latest cut or entry; infinite before the first. [day]"""

    def over(self, time: float, settings: DetectorSettings) -> bool:
        """Whether C is back at zero by `time`, or nobody has cut for H."""
        ran_off = self.level <= self.drift * (time - self.time)
        return ran_off or time - self.last_move > settings.horizon + TOLERANCE

    def excess(self, change: Change, past: Past) -> float:
        """What a change adds to C: a fall by how much it exceeds the line's own pace, all others their size."""
        if change.kind not in ("cut", "fall"):
            return change.size
        line = (change.seller, change.line)
        return change.size - self.paces[line] * (change.time - past.trail(line).last)

    def add(self, time: float, changes: Sequence[Change], more: float) -> bool:
        """Take in the changes of one instant; say whether half of what had fallen is taken back."""
        self.level = max(0.0, max(0.0, self.level - self.drift * (time - self.time)) + more)
        self.time = time
        self.changes += changes
        self.fallen += sum(change.size for change in changes)
        self.most_fallen = max(self.most_fallen, self.fallen)
        if any(change.moves for change in changes):
            self.last_move = time
        if self.level > self.strength:
            self.strength, self.counted = self.level, len(self.changes)
        return self.level == 0.0 or self.fallen <= 0.5 * self.most_fallen

    def closed(self, reason: str, added: Sequence[tuple[float, float]]) -> Excursion:
        """The excursion up to its highest C, with every start that is likely enough."""
        changes = tuple(self.changes[: self.counted])
        end = changes[-1].time
        climb, climbs = 0.0, []
        for time, more in reversed(added[bisect_left(added, (end - YEAR, 0.0)) :]):
            if time > end:
                continue
            climb += more
            climbs.append((climb - self.drift * (end - time), time))
        best = max((height for height, _ in climbs), default=0.0)
        likely = [time for height, time in climbs if height >= best - LIKELY / self.theta]
        start = min((c.time for c in changes if c.kind == "cut"), default=changes[0].time)
        low, high = min([start, *likely]), max([start, *likely])
        return Excursion(changes, self.strength, reason, self.drift, self.threshold, low, high)
