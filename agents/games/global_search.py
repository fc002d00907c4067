r"""The best of all own prices, where a first-order condition has more than one solution.

With one segment and :math:`\hat c > -h` profit has one stationary point. With several segments, with a kink that a
rebate makes, or where a sale is worth more than it costs and its buyer's own cost together, it has many, minima among
them. So every solution is held against a scan of each own price over its whole range, of all of them in proportion, of
mixtures of the prices that are best for one segment each, and of every other peak of one price with the others moved in
answer; what a scan finds is solved again (multi-start, Rinnooy Kan & Timmer 1987).
"""

from collections.abc import Callable

import numpy as np

from pricewar.sim.market.demand import Floats

POINTS = 64
"""Prices at which a scan looks."""
SWEEPS = 6
"""Rounds before a search ends; the second finds nothing new as a rule."""
REACH = 50.0
"""Multiple of the largest price or cost about at which no offer sells."""
FINEST = 1e-3
"""Part of that price from which on prices are scanned in equal ratios."""
MIXTURES = 64
"""Mixtures of the segments' best prices that are looked at."""
PROMISING = 0.8
"""Share of the best profit that another peak must bring before anything is moved in answer, to be followed."""
STEP = 0.25
"""Logarithm of a ratio within which two prices are taken to be of one peak: a grid's step and a half."""
CLOSE = 0.02
"""Share of profit within which another peak may be higher at its very top."""
APART = 0.1
"""Logarithm of a ratio by which another price is another."""
SPREAD = 128
"""Prices spread over all that a search covers."""
STARTS = 3
"""Of the trials that are elsewhere, from how many to climb."""
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
        self.factors: Floats = np.exp(np.linspace(-5.0, 5.0, POINTS))[:, None]
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
        scans = [np.nan_to_num(self.profit(self.moved(best, k)), nan=-np.inf) for k in range(best.size)]
        totals = [scan.sum(axis=1) for scan in scans]
        trials = [self.moved(best, k)[np.argmax(earned)] for k, earned in enumerate(totals)]
        if best.size > 1:
            trials += [*(best * self.factors), *self._mixtures(scans), *self._everywhere(best.size)]
        worth = self.total(np.stack(trials))
        if worth.max() > value + GAIN * abs(value):
            return self._swept(trials[int(np.argmax(worth))], float(worth.max()))
        if best.size == 1:
            return best, value
        enough = value - (1.0 - PROMISING) * abs(value)
        starts: list[tuple[Floats, int | None]] = [
            (trials[i], None) for i in _highest(worth, np.stack(trials), best) if worth[i] > enough
        ]
        for k, earned in enumerate(totals):
            starts += [(self.moved(best, k)[peak], k) for peak in _peaks(earned) if earned[peak] > enough]
        for start, keeping in starts:
            other, brought = self._swept(start, float(self.total(start[None, :])[0]), keeping)
            elsewhere = bool((np.abs(np.log((other + TINY) / (best + TINY))) > STEP).any())
            if elsewhere and value + GAIN * abs(value) > brought > value - CLOSE * abs(value):
                # A grid misses the top of a peak.
                other = self._refined(other, brought, rounds=8)
                brought = float(self.total(other[None, :])[0])
            if brought > value + GAIN * abs(value):
                return self._swept(other, brought)
        return best, value

    def _mixtures(self, scans: list[Floats]) -> list[Floats]:
        """Each price best for some segment, in all combinations: the best prices for all lie between these."""
        levels = [np.unique(self.along[np.append(scan.argmax(axis=0), scan.sum(axis=1).argmax())]) for scan in scans]
        most = max(2, int(MIXTURES ** (1.0 / len(levels))))
        few = [level[np.linspace(0, level.size - 1, min(most, level.size)).round().astype(int)] for level in levels]
        return list(np.stack(np.meshgrid(*few, indexing="ij"), axis=-1).reshape(-1, len(levels)))

    def _everywhere(self, m: int) -> Floats:
        """Prices spread evenly over what the scans cover, the same whenever asked for, shape (SPREAD, m)."""
        # The additive recurrence of Roberts (2018), after Weyl: even in any number of dimensions.
        golden = 2.0
        for _ in range(30):
            golden = (1.0 + golden) ** (1.0 / (m + 1))
        at = np.outer(np.arange(1, SPREAD + 1), golden ** -np.arange(1.0, m + 1.0)) % 1.0
        spread: Floats = self.along[(at * self.along.size).astype(int)]
        return spread

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
                trial[:, k] = np.maximum(best[k] + width[k] * nearby, 0.0)
                earned = self.total(trial)
                if earned.max() > value:
                    best, value = trial[int(np.argmax(earned))], float(earned.max())
            width = 0.6 * width
        return best


def _highest(worth: Floats, trials: Floats, best: Floats) -> list[int]:
    """Of the trials that are elsewhere, the few that bring most."""
    apart = np.flatnonzero((np.abs(np.log((trials + TINY) / (best + TINY))) > APART).any(axis=1))
    return [int(i) for i in apart[np.argsort(-worth[apart], kind="stable")[:STARTS]]]


def _peaks(earned: Floats) -> list[int]:
    """Local peaks of a scan but for its highest."""
    inner = (earned[1:-1] > earned[:-2]) & (earned[1:-1] >= earned[2:])
    peaks = np.flatnonzero(np.concatenate([[earned[0] > earned[1]], inner, [False]]))
    return [int(peak) for peak in peaks if peak != int(np.argmax(earned))]
