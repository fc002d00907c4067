"""Time, written plainly: the phases of a day, when prices may be reviewed, and how long a firm waits until it does."""

from dataclasses import dataclass
from math import ceil, floor, inf

PLANS, FIRST_REVIEWS, LAST_REVIEWS, CLOSE = 1 / 8, 2 / 8, 6 / 8, 7 / 8
"""Phases of a day."""


@dataclass
class Attention:
    """Where a firm stands between two reviews."""

    left: float = 0.0
    """Review rate that must still add up, if it listens."""
    rate: float = 0.0
    since: float = 0.0
    until: float = inf
    """Instant at which the rate changes by itself."""
    due: float | None = None
    """Instant of the review, once it is known."""

    def wakes(self) -> float:
        """The next instant at which something happens to the firm."""
        if self.due is not None:
            return self.due
        return min(self.since + self.left / self.rate if self.rate > 0.0 else inf, self.until)


def next_review(time: float) -> float:
    """First instant at or after a time at which prices may be reviewed: 2/8 to 6/8 of a day, every eighth."""
    day = floor(time)
    eighth = max(ceil((time - day) * 8.0) / 8.0, FIRST_REVIEWS)
    return day + eighth if eighth <= LAST_REVIEWS else day + 1.0 + FIRST_REVIEWS
