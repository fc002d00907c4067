"""Buyers who differ in how they feel prices, as a few points of their distribution."""

import numpy as np

POINTS = 31
"""Points of the quadrature: prices then do not change in the ninth digit up to a spread of one."""


def points(spread: float) -> list[tuple[float, float]]:
    """Multiples of the median sensitivity, and the share of buyers who have each (Gauss & Hermite).

    spread: standard deviation of the log of sensitivity (log-normal); nought leaves the median alone. [1]

    >>> points(0.0)
    [(1.0, 1.0)]
    """
    if spread == 0.0:
        return [(1.0, 1.0)]
    at, weight = np.polynomial.hermite_e.hermegauss(POINTS)
    return list(zip(np.exp(spread * at).tolist(), (weight / weight.sum()).tolist(), strict=True))
