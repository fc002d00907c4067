"""Simulated time: days since the scenario's start, and what comes first within a day.

SimPy breaks ties at one instant by who asked first, which would let the order of a scenario file into the
results. So everything falls on an eighth of a day (exact in binary), each eighth has a meaning, and moves made
at one instant are collected and published together once everybody who is awake has decided.
"""

from collections.abc import Generator
from datetime import date, timedelta
from enum import Enum
from math import ceil
from typing import Any

import simpy
from simpy.events import Event, EventPriority, Timeout

Process = Generator[Event, Any, None]
"""What SimPy runs: a generator of events."""

EIGHTH = 0.125


class Phase(float, Enum):
    """The parts of a day, in the order in which they happen, as fractions of it."""

    DATED = 0.0
    """What the calendar brings: policies, releases, deliveries."""
    PLANS = 0.125
    """Hosts enter and leave, firms order accelerators."""
    REVIEWS = 0.25
    """First instant at which prices are reviewed; the others follow every eighth."""
    LAST_REVIEWS = 0.75
    """Last instant at which prices are reviewed."""
    CLOSE = 0.875
    """The market clears and the books close."""


class _Last(Event):
    """An event that happens after everything else of its instant."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        # SimPy orders one instant by priority: URGENT 0, NORMAL 1; a higher number comes after both.
        env.schedule(self, EventPriority(2))


class Clock(simpy.Environment):
    """A SimPy environment that knows the calendar and the phases of a day."""

    def __init__(self, start: date, first_day: int) -> None:
        """Start at `first_day` (negative: a burn-in before the scenario's first day) of the calendar."""
        super().__init__(initial_time=first_day)
        self.start = start

    @property
    def day(self) -> int:
        """The running day, 0 on the scenario's first."""
        return int(self.now // 1)

    def date_of(self, time: float) -> date:
        """Calendar date of an instant."""
        return self.start + timedelta(days=int(time // 1))

    def day_of(self, when: date) -> int:
        """Day number of a calendar date."""
        return (when - self.start).days

    def until(self, time: float) -> Timeout:
        """Wait for an instant; one that has passed is now."""
        return self.timeout(max(0.0, time - self.now))

    def at(self, day: int, phase: Phase) -> Timeout:
        """Wait for a phase of a day."""
        return self.until(day + phase.value)

    def last_of_instant(self) -> Event:
        """Wait until everybody awake at this instant has acted."""
        return _Last(self)


def next_review(time: float) -> float:
    """First instant at or after `time` at which prices may be reviewed: five a day, three hours apart.

    >>> next_review(3.3), next_review(3.9), next_review(3.01)
    (3.375, 4.25, 3.25)
    """
    day, eighths = time // 1, ceil((time % 1) / EIGHTH)
    first, last = Phase.REVIEWS.value, Phase.LAST_REVIEWS.value
    tick = max(eighths * EIGHTH, first)
    return day + tick if tick <= last else day + 1 + first
