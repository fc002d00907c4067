"""Sums over buyers that follow them from supplier to supplier."""

import numpy as np

from pricewar.sim.market.demand import Floats, Ints


class SumsByChoice:
    """Sums over buyers by choice that follow them from supplier to supplier: M of them, K+1 choices."""

    def __init__(self, first: Floats) -> None:
        """first: sums over all buyers, none of whom has chosen, shape (M,)."""
        self.by_choice: Floats = first[:, None].copy()
        """Shape (M, K+1)."""

    def at(self, row: int, heads: Floats) -> Floats:
        """One of the sums over the customers of each offer, shape (K,); where rounding is all that is left, zero.

        heads: buyers by choice, shape (K+1,).
        """
        sums: Floats = np.where(heads[1:] > 0.0, np.maximum(self.by_choice[row, 1:], 0.0), 0.0)
        return sums

    def widen(self, grown: int) -> None:
        """Make room for more offers."""
        self.by_choice = np.hstack([self.by_choice, np.zeros((self.by_choice.shape[0], grown))])

    def add(self, choice: Ints, what: Floats) -> None:
        """Add amounts of some buyers, shape (M, n), at their choice, shape (n,)."""
        sums, rows = self.by_choice.shape
        place = choice + rows * np.arange(sums)[:, None]
        self.by_choice += np.bincount(place.ravel(), what.ravel(), sums * rows).reshape(sums, rows)
