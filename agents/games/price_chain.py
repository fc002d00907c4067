r"""What two sellers who move in turn do in the long run: the Markov chain of the price last posted.

If every price is answered by the same reaction, the prices posted in turn are a Markov chain whose transition matrix is
that reaction R. A period's prices are two successive ones, before and after, with chance :math:`\pi_i R_{ij}` in the
long run, and whatever depends on them has the mean :math:`\sum \pi_i R_{ij} f_{ij}`. Shapes: n prices of the grid.
"""

import numpy as np

from pricewar.sim.market.demand import Floats


def stationary(reaction: Floats) -> Floats:
    """Share of time that each price is the last posted, shape (n,). reaction: shape (n, n).

    Raises ValueError where it depends on where the chain begins.
    """
    n = len(reaction)
    equations = np.vstack([reaction.T - np.eye(n), np.ones(n)])
    found, _, rank, _ = np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)
    if rank < n:
        raise ValueError("prices come to rest in more than one place; the long run depends on where they begin")
    share: Floats = np.maximum(found, 0.0)
    return share


def long_run_mean(reaction: Floats, each: Floats) -> float:
    """Mean of what depends on the price before and the price after, `each` of shape (n, n), over all periods."""
    return float(stationary(reaction) @ (reaction * each).sum(axis=1))


def long_run_variance(reaction: Floats, each: Floats) -> float:
    r"""Variance of the sum over T periods, over T as T grows: the spread of a simulated mean.

    With the deviations :math:`g_{ij} = f_{ij} - \bar f`, their expected sum h from each price on solves Poisson's
    equation :math:`h_i = \sum_j R_{ij} (g_{ij} + h_j)`, and the variance is
    :math:`\sum \pi_i R_{ij} (g_{ij} + h_j - h_i)^2` (Meyn & Tweedie 2009, ch. 17).
    """
    share, n = stationary(reaction), len(reaction)
    centred = each - long_run_mean(reaction, each)
    expected = (reaction * centred).sum(axis=1)
    ahead = np.linalg.solve(np.eye(n) - reaction + np.outer(np.ones(n), share), expected)
    surprise = centred + ahead[None, :] - ahead[:, None]
    return float(share @ (reaction * surprise**2).sum(axis=1))
