"""Rules R1-R3: when a cut starts a price war, how deep it went, and when it ended."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from pricewar.sim.analysis.wars.panel import TOLERANCE, Panel
from pricewar.sim.analysis.wars.reactions import previous_rival
from pricewar.sim.analysis.wars.settings import DetectorSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trend:
    """Prior trend of a tier index at an instant, and how well it can be forecast."""

    level: float
    """Where the trend stands at the instant, not above the index. [log points]"""
    per_day: float
    """Slope, never rising. [log points/day]"""
    volatility: float
    """K, standard deviation of block changes. [log points/block]"""
    blocks: int
    """m, number of blocks measured; 0 without a trend window."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A candidate that passed R1-R3: the first and last of its cuts (positions) and what was measured."""

    first: int
    last: int
    start: float
    end: float
    reason: str
    depth: float
    trough: float
    bound: float
    trend: float


def prior_trend(panel: Panel, time: float, settings: DetectorSettings) -> Trend:
    """Trend and volatility of the index over at most `trend_window` H before `time`, in whole blocks.

    Blocks count back from `time`. The trend is the least-squares line through the index at their edges. Its
    slope is cut off at zero when rising, and its level where the index itself stands lower. A line through
    the last observation alone would take for excess what stale prices, changed at staggered dates, still owe
    to the trend. K is the standard deviation of block changes about their mean (Farmer & Lafond 2016),
    floored at `volatility_floor`.
    """
    at_start = int(np.searchsorted(panel.times, time, side="left"))  # the cut at `time` is no part of its past
    last = float(panel.index[at_start - 1]) if at_start else 0.0
    days = min(settings.trend_window * settings.horizon, time - panel.start)
    blocks = int(days / settings.block + TOLERANCE)
    if blocks < 2:
        return Trend(last, 0.0, settings.volatility_floor, 0)
    ago = np.arange(-blocks, 1, dtype=np.float64)  # blocks before `time`, the last edge being 0
    at = np.searchsorted(panel.times, time + settings.block * ago, side="right")
    at[-1] = at_start
    values = np.where(at > 0, panel.index[at - 1], 0.0)
    centre = ago - ago.mean()
    slope = float(centre @ values) / float(centre @ centre)
    level = float(values.mean()) - slope * float(ago.mean())
    volatility = max(settings.volatility_floor, float(np.diff(values).std(ddof=1)))
    return Trend(min(last, level), min(0.0, slope) / settings.block, volatility, blocks)


def bound(trend: Trend, days: Floats, settings: DetectorSettings) -> Floats:
    r"""One-sided bound on a drifted random walk's forecast, :math:`t_{m-1} K \sqrt{\tau + \tau^2/m}`.

    days: horizons, any shape; :math:`\tau` counts them in begun blocks, at least one. [day]
    Farmer & Lafond (2016): the normalised forecast error follows Student's t with m - 1 degrees of freedom.
    Returns the bound below the trend, the same shape; zero without a trend window. [log points]
    """
    if not trend.blocks:
        return np.zeros_like(days)
    tau = np.maximum(1.0, np.ceil(days / settings.block - TOLERANCE))
    quantile = float(stdtrit(trend.blocks - 1, 1.0 - settings.significance))
    return quantile * trend.volatility * np.sqrt(tau + tau * tau / trend.blocks)


@dataclass(frozen=True, slots=True)
class _Cuts:
    """A tier's cuts with what every candidate asks of them: all of shape (C,), positions among the cuts."""

    rival: Ints
    """Latest rival cut at an earlier instant, -1 for none."""
    answers: Flags
    """Whether that rival cut is at most H old."""
    run_end: Ints
    """Last cut of the run, successive cuts at most H apart, to which each cut belongs."""
    reach: Ints
    """Last cut of the run within 2H."""


def _cuts(panel: Panel, settings: DetectorSettings) -> _Cuts:
    """Link every cut to the rival cut before it, and to the end of its run."""
    times, horizon = panel.cut_times, settings.horizon + TOLERANCE
    rival = previous_rival(times, panel.cut_seller)
    ends = np.append(np.flatnonzero(np.diff(times) > horizon), len(times) - 1)
    run_end = ends[np.searchsorted(ends, np.arange(len(times)))]
    within = np.searchsorted(times, times + 2.0 * horizon, side="right") - 1
    answers = (rival >= 0) & (times - times[rival] <= horizon)
    return _Cuts(rival, answers, run_end, np.minimum(run_end, within))


def episodes(panel: Panel, settings: DetectorSettings) -> list[Episode]:
    """Every price war of a tier, in order of time: candidates that pass; of overlapping ones the deepest."""
    times = panel.cut_times
    if not len(times):
        return []
    cuts = _cuts(panel, settings)
    earliest = panel.start + settings.min_panel * settings.horizon - TOLERANCE
    opens = np.append(True, np.diff(times) > 0)  # cuts of one instant are one candidate
    hopeful = _greatest_fall(panel, cuts) >= settings.d_min - TOLERANCE  # necessary for R3, as no trend rises
    answers = np.cumsum(cuts.answers)
    hopeful &= answers[cuts.reach] - answers >= 2  # necessary for R2; both spare most of the work
    candidates = np.flatnonzero(opens & hopeful & (times >= earliest)).tolist()
    found = (_episode(panel, settings, cuts, first) for first in candidates)
    return _deepest([episode for episode in found if episode is not None])


def _greatest_fall(panel: Panel, cuts: _Cuts) -> Floats:
    """Fall of the index from before each cut to its lowest cut within 2H, shape (C,). [log points]"""
    level = np.append(panel.index[panel.cut_at], np.inf)
    ranges = np.column_stack([np.arange(len(cuts.reach)), cuts.reach + 1]).ravel()
    return panel.index[panel.cut_at - 1] - np.minimum.reduceat(level, ranges)[::2]


def _episode(panel: Panel, settings: DetectorSettings, cuts: _Cuts, first: int) -> Episode | None:
    """Judge the candidate that starts at one cut: its measures if it is a war, else None."""
    reach = int(cuts.reach[first])
    at = panel.cut_at[first : reach + 1]
    base = float(panel.index[at[0] - 1])
    level = panel.index[at]
    start = float(panel.times[at[0]])
    trend = prior_trend(panel, start, settings)
    days = panel.times[at] - start
    threshold = np.maximum(settings.d_min, bound(trend, days, settings)) - TOLERANCE
    deep = np.flatnonzero(trend.level + trend.per_day * days - level >= threshold)
    if not len(deep):  # R3
        return None
    end, reason = _end(panel, settings, first, first + int(deep[0]), int(cuts.run_end[first]), base)
    last = min(int(np.searchsorted(panel.cut_times, end, side="right")) - 1, int(cuts.run_end[first]))
    judged = slice(first, min(last, reach) + 1)
    # R2, and with it R1: who follows a rival's cut is a second seller
    if np.count_nonzero(cuts.answers[judged] & (cuts.rival[judged] >= first)) < 2:
        return None
    return _measured(panel, settings, (first, last), (end, reason), trend)


def _measured(
    panel: Panel, settings: DetectorSettings, cuts: tuple[int, int], ended: tuple[float, str], trend: Trend
) -> Episode:
    """Measure a war at the cut after which its index stood lowest below the trend."""
    at = panel.cut_at[cuts[0] : cuts[1] + 1]
    days = panel.times[at] - panel.times[at[0]]
    below = trend.level + trend.per_day * days - panel.index[at]
    worst = int(np.argmax(below))
    return Episode(
        first=cuts[0],
        last=cuts[1],
        start=float(panel.times[at[0]]),
        end=ended[0],
        reason=ended[1],
        depth=float(below[worst]),
        trough=float(panel.times[at[worst]]),
        bound=float(bound(trend, days[worst : worst + 1], settings)[0]),
        trend=trend.per_day,
    )


def _end(
    panel: Panel, settings: DetectorSettings, first: int, deep: int, run_end: int, base: float
) -> tuple[float, str]:
    """When and why a war ends: half of the drop undone, a cutter's exit, H quiet days, or the record's end.

    The drop can only be undone from the cut `deep` on, which made it a war's.
    """
    last = float(panel.cut_times[run_end])
    quiet = last + settings.horizon + TOLERANCE
    undone = _half_undone(panel, int(panel.cut_at[first]), int(panel.cut_at[deep]), quiet, base)
    left = _first_exit(panel, first, run_end, quiet)
    early = [(time, why) for time, why in ((left, "exit"), (undone, "half_undone")) if time is not None]
    if early:
        return min(early)
    return (panel.end, "end_of_record") if panel.end < last + settings.horizon - TOLERANCE else (last, "quiet")


def _first_exit(panel: Panel, first: int, run_end: int, quiet: float) -> float | None:
    """First instant, within H of the last cut, at which a seller leaves who has cut in this war."""
    for time, seller in panel.exits[bisect_left(panel.exits, (float(panel.cut_times[first]), "")) :]:
        if time > quiet:
            break
        so_far = min(run_end + 1, int(np.searchsorted(panel.cut_times, time, side="right")))
        if (panel.cut_seller[first:so_far] == panel.sellers.index(seller)).any():
            return time
    return None


def _half_undone(panel: Panel, first: int, deep: int, quiet: float, base: float) -> float | None:
    """First instant from `deep` on, within H of the last cut, at which half of the drop is undone."""
    low, start, width = float(panel.index[first : deep + 1].min()), deep, 64
    stop = int(np.searchsorted(panel.times, quiet, side="right"))
    while start < stop:  # in growing bites, for most wars end long before the record does
        bite = panel.index[start : min(stop, start + width)]
        lowest = np.minimum(np.minimum.accumulate(bite), low)
        over = np.flatnonzero(bite >= base - 0.5 * (base - lowest))
        if len(over):
            return float(panel.times[start + over[0]])
        low, start, width = float(lowest[-1]), start + width, 2 * width
    return None


def _deepest(found: list[Episode]) -> list[Episode]:
    """Of episodes that overlap keep the deepest, and the latest of equals: a cut taken back begins no war."""
    kept: list[Episode] = []
    for episode in sorted(found, key=lambda e: (-round(e.depth, 9), -e.start)):
        place = bisect_left(kept, episode.start, key=lambda e: e.start)
        clear_before = place == 0 or kept[place - 1].end < episode.start
        if clear_before and (place == len(kept) or kept[place].start > episode.end):
            kept.insert(place, episode)
    return kept
