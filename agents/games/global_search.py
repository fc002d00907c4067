r"""The best of all own prices, where a first-order condition has more than one solution.

With one segment and :math:`\hat c > -h` profit has one stationary point. With several segments, with a kink that a
rebate makes, or where a sale is worth more than it costs and its buyer's own cost together, it has many, minima among
them. So every solution is held against a scan of each own price over its whole range, and against a grid of all of them
between the prices that are best for one segment each: the best for all lies between these. From every other peak of
either the prices climb anew, and what is better is solved again (multi-start, Rinnooy Kan & Timmer 1987).
"""

from collections.abc import Callable

import numpy as np

from pricewar.sim.market.demand import Floats

POINTS = 64
"""Prices at which a scan looks."""
GRID = 225
"""Points of the grid, about."""
WIDER = 2.0
"""Factor by which the grid reaches beyond the segments' best prices."""
SWEEPS = 6
"""Rounds before a search ends; the second finds nothing new as a rule."""
REACH = 50.0
"""Multiple of the largest price or cost about which the search ends; an offer there hardly sells."""
FINEST = 1e-3
"""Part of that price from which on prices are scanned in equal ratios."""
PROMISING = 0.8
"""Share of the best profit that another peak must bring before anything is moved in answer, to be followed."""
STEP = 0.25
"""Logarithm of a ratio within which two prices are taken to be of one peak: a scan's step and a half."""
CLOSE = 0.02
"""Share of profit within which another peak may be higher at its very top."""
STARTS = 3
"""From how many other peaks of the grid to climb."""
TINY = 1e-9
"""Added where a price may be zero. [money/Mtok]"""
GAIN = 1e-9
"""Share of profit by which other prices must be better."""

Profit = Callable[[Floats], Floats]
"""Profit from S segments at G sets of the repriced offers' prices, shape (G, m), as shape (G, S). [money/day]"""
Polish = Callable[[Floats], Floats | None]
"""Solve the first-order condition from prices of shape (m,); None where that does not settle."""


class Search:
    """A search for the best of m prices."""

    def __init__(self, profit: Profit, scale: float, kinks: Floats) -> None:
        """scale: a price about at which offers sell. [money/Mtok] kinks: of demand, in any order. [money/Mtok]"""
        self.profit = profit
        steps = np.linspace(0.0, np.log1p(REACH / FINEST), POINTS)
        self.along: Floats = np.unique(np.append(scale * FINEST * np.expm1(steps), kinks))
        """Prices from zero to far beyond the scale, in nearly equal ratios, and the kinks, shape (G,)."""
        self.least = FINEST * scale

    def total(self, trial: Floats) -> Floats:
        """Profit at G sets of prices, shape (G,); no number counts as the worst."""
        total: Floats = np.nan_to_num(self.profit(trial).sum(axis=1), nan=-np.inf)
        return total

    def moved(self, price: Floats, k: int) -> Floats:
        """Sets of prices that differ in one, shape (G, m)."""
        trial = np.tile(price, (self.along.size, 1))
        trial[:, k] = self.along
        return trial

    def best(self, polish: Polish, start: Floats) -> Floats:
        """The best prices that can be found, shape (m,); `start` where nothing is better."""
        best, value = start, float(self.total(start[None, :])[0])
        for _ in range(SWEEPS):
            top, earned = self._beyond(best, value)
            if top is best:
                return best
            candidates = [top, self._refined(top, earned)]
            solved = polish(np.maximum(top, self.least))
            if solved is not None:
                candidates.append(solved)
            worth = self.total(np.stack(candidates))
            best, value = candidates[int(np.argmax(worth))], float(worth.max())
        return best

    def _beyond(self, best: Floats, value: float) -> tuple[Floats, float]:
        """Better prices than these, and what they bring, or these."""
        lines = range(best.size)
        trials = np.concatenate([self.moved(best, k) for k in lines])
        scans = np.nan_to_num(self.profit(trials), nan=-np.inf).reshape(best.size, self.along.size, -1)
        totals: Floats = scans.sum(axis=2)
        worth = totals.ravel()
        if best.size > 1:
            mesh = self._mesh(scans)
            grid = mesh.reshape(-1, best.size)
            at_grid = self.total(grid)
            trials, worth = np.concatenate([trials, grid]), np.append(worth, at_grid)
        top = int(np.argmax(worth))
        if worth[top] > value + GAIN * abs(value):
            return self._swept(trials[top], float(worth[top]))
        if best.size == 1:
            return best, value
        enough = value - (1.0 - PROMISING) * abs(value)
        starts: list[tuple[Floats, int | None]] = [
            (self.moved(best, k)[peak], k) for k in lines for peak in _peaks(totals[k]) if totals[k, peak] > enough
        ]
        peaks = _summits(at_grid.reshape(mesh.shape[:-1]))
        starts += [(grid[peak], None) for peak in peaks[:STARTS] if at_grid[peak] > enough]
        for start, keeping in starts:
            if not _elsewhere(start, best):
                continue
            other, brought = self._swept(start, float(self.total(start[None, :])[0]), keeping)
            if _elsewhere(other, best) and value + GAIN * abs(value) > brought > value - CLOSE * abs(value):
                # A grid misses the top of a peak.
                other = self._refined(other, brought, rounds=8)
                brought = float(self.total(other[None, :])[0])
            if brought > value + GAIN * abs(value):
                return self._swept(other, brought)
        return best, value

    def _mesh(self, scans: Floats) -> Floats:
        """All combinations of prices about those that are best for some segment or on a peak for all, shape (..., m).

        scans: profit by line, price along and segment, shape (m, G, S).
        """
        m = len(scans)
        many = max(4, round(GRID ** (1.0 / m)))
        levels = []
        for scan in scans:
            total = scan.sum(axis=1)
            tops = self.along[[*scan.argmax(axis=0), int(total.argmax()), *_peaks(total)]]
            low, high = max(tops.min() / WIDER, self.least), max(tops.max() * WIDER, self.least)
            levels.append(np.append(0.0, np.geomspace(low, min(high, self.along[-1]), many - 1)))
        return np.stack(np.meshgrid(*levels, indexing="ij"), axis=-1)

    def _swept(self, price: Floats, value: float, keeping: int | None = None) -> tuple[Floats, float]:
        """Climb by scans of one price after the other until they find no more; one may be kept where it is."""
        best = price
        for _ in range(SWEEPS):
            before = value
            for k in range(best.size):
                if k != keeping:
                    trial = self.moved(best, k)
                    earned = self.total(trial)
                    if earned.max() > value + GAIN * abs(value):
                        best, value = trial[int(np.argmax(earned))], float(earned.max())
            if value <= before + GAIN * abs(before):
                break
        return best, value

    def _refined(self, price: Floats, value: float, rounds: int = 60) -> Floats:
        """Climb to the top of a peak that has no derivative there (a kink, zero), price by price, shape (m,)."""
        best, width = price, np.maximum(price, self.least) * 0.2
        nearby = np.linspace(-1.0, 1.0, 9)
        for _ in range(rounds):
            for k in range(best.size):
                trial = np.tile(best, (nearby.size, 1))
                trial[:, k] = np.clip(best[k] + width[k] * nearby, 0.0, max(self.along[-1], best[k]))
                earned = self.total(trial)
                if earned.max() > value:
                    best, value = trial[int(np.argmax(earned))], float(earned.max())
            width = 0.6 * width
        return best


def _elsewhere(price: Floats, best: Floats) -> bool:
    """Whether some price is of another peak."""
    return bool((np.abs(np.log((price + TINY) / (best + TINY))) > STEP).any())


def _summits(worth: Floats) -> list[int]:
    """Points of a grid that no neighbour is above, the highest first, as positions in it unrolled."""
    from scipy.ndimage import maximum_filter

    tops = np.flatnonzero(worth == maximum_filter(worth, size=3, mode="nearest"))
    return [int(top) for top in tops[np.argsort(-worth.ravel()[tops], kind="stable")]]


def _peaks(earned: Floats) -> list[int]:
    """Local peaks of a scan but for its highest."""
    inner = (earned[1:-1] > earned[:-2]) & (earned[1:-1] >= earned[2:])
    peaks = np.flatnonzero(np.concatenate([[earned[0] > earned[1]], inner, [False]]))
    return [int(peak) for peak in peaks if peak != int(np.argmax(earned))]
