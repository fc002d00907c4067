"""Prices at zero: where a sale is worth more than it costs, giving it away may be best.

With a deduction from cost for the future (M4, M5) the cost of a sale can be negative. Then the first-order condition
may have no solution above zero, and the best price is zero: the free tiers of a price war. No price lies below it:
nobody can be paid to buy, for such an offer would be taken up without end.
"""

from collections.abc import Callable

import numpy as np

from pricewar.sim.market.demand import Floats, Ints, Mask

Residual = Callable[[Floats], Floats]
"""First-order residuals at given prices of the repriced offers, both of shape (m,)."""
Solver = Callable[[Residual, Floats], Floats | None]


def with_free_offers(residual: Residual, solve: Solver, start: Floats, free: Mask) -> Floats | None:
    """Best prices where some may be zero: Karush-Kuhn-Tucker conditions by an active set; None if it does not settle.

    residual: positive where profit rises with the price. solve: finds a zero in logarithms of multiples.
    start: where to begin, positive, shape (m,). [money/Mtok] free: which are taken for free at first, shape (m,).
    With several offers there may be more than one such point; which is found depends on where one begins.
    """
    price, free = start.copy(), free.copy()
    for _ in range(2 * start.size + 2):
        moving = np.flatnonzero(~free).astype(np.intp)
        inside = _inside(residual, solve, start, np.where(free, 0.0, price), moving)
        if inside is not None:
            price = np.where(free, price, inside)  # one that is set free again begins above zero
        trial = np.where(free, 0.0, price)
        better_free = _at_zero(residual, trial)
        if inside is not None:
            if not np.any(free & ~better_free):
                return trial
            free &= better_free
        elif np.any(better_free & ~free):
            free |= better_free
        else:
            return None
    return None


def _inside(residual: Residual, solve: Solver, start: Floats, trial: Floats, moving: Ints) -> Floats | None:
    """Prices with the `moving` ones solved above zero and the others at zero; None where there are none such."""
    if moving.size == 0:
        return trial

    def conditions(log_multiple: Floats) -> Floats:
        at = trial.copy()
        at[moving] = start[moving] * np.exp(log_multiple)
        return residual(at)[moving]

    zero = solve(conditions, np.log(trial[moving] / start[moving]))
    if zero is None:
        return None
    solved = trial.copy()
    solved[moving] = start[moving] * np.exp(zero)
    return solved


def _at_zero(residual: Residual, trial: Floats) -> Mask:
    """Which prices profit would fall with at zero, the others as in `trial`, shape (m,)."""
    falls = np.zeros(trial.size, dtype=np.bool_)
    for k in range(trial.size):
        at = trial.copy()
        at[k] = 0.0
        falls[k] = residual(at)[k] <= 0.0
    return falls
