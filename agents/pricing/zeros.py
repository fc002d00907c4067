"""Zeros of first-order conditions, by Powell's hybrid method, with a check that it got there."""

from collections.abc import Callable

import numpy as np

from sim.market.demand import Floats

EXACT = 1e-12
"""Tolerance of the solver, on prices as multiples of the starting ones."""
ACCEPTED = 1e-8
"""Largest first-order residual that still counts as solved."""


def zero_of(residual: Callable[[Floats], Floats], start: Floats) -> Floats | None:
    """Zero of a residual in logarithms of multiples; None where the solver does not get there."""
    from scipy.optimize import root

    limit = {"xtol": EXACT, "maxfev": 60 * start.size}
    found = root(residual, start, method="hybr", options=limit)  # type: ignore[call-overload]
    value = np.asarray(found.fun)
    good = bool(np.all(np.isfinite(value)) and np.max(np.abs(value)) < ACCEPTED)
    return np.asarray(found.x, dtype=np.float64) if good else None
