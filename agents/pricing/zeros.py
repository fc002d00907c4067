"""Zeros of first-order conditions, by Powell's hybrid method, with a check that it got there."""

from collections.abc import Callable

import numpy as np

from pricewar.sim.market.demand import Floats

EXACT = 1e-12
"""Tolerance of the solver, on prices as multiples of the starting ones."""
STEPS = 20
"""Secants before the hybrid method is asked."""
ACCEPTED = 1e-8
"""Largest first-order residual that still counts as solved."""


def zero_of(residual: Callable[[Floats], Floats], start: Floats) -> Floats | None:
    """Zero of a residual in logarithms of multiples; None where the solver does not get there."""
    from scipy.optimize import root

    if start.size == 1 and (alone := _by_secants(residual, float(start[0]))) is not None:
        return np.array([alone])
    limit = {"xtol": EXACT, "maxfev": 60 * start.size}
    found = root(residual, start, method="hybr", options=limit)  # type: ignore[call-overload]
    value = np.asarray(found.fun)
    good = bool(np.all(np.isfinite(value)) and np.max(np.abs(value)) < ACCEPTED)
    return np.asarray(found.x, dtype=np.float64) if good else None


def _by_secants(residual: Callable[[Floats], Floats], start: float) -> float | None:
    """The zero of one condition by secants: a fraction of the hybrid method's work; None where they do not settle."""
    before, at = start, start + 0.01
    left, right = float(residual(np.array([before]))[0]), float(residual(np.array([at]))[0])
    for _ in range(STEPS):
        if not np.isfinite(right) or right == left:
            return None
        before, left, at = at, right, at - float(np.clip(right * (at - before) / (right - left), -1.0, 1.0))
        if abs(at - before) < EXACT:
            return at if abs(right) < ACCEPTED else None
        right = float(residual(np.array([at]))[0])
    return None
