"""Who loses customers to whom, for demand systems in which that does not follow from shares alone."""

import numpy as np

from pricewar.sim.market.demand import Floats


def diversion_ratios(jacobian: Floats) -> Floats:
    r"""Diversion ratios :math:`-(\partial q_l/\partial p_k)/(\partial q_k/\partial p_k)`, shape (K, K). [1]

    (Shapiro 1996.) jacobian: row l, column k holds the change of customers l with price k, shape (K, K). Offers that
    nobody buys lose nobody: their rows are nought.

    >>> diversion_ratios(np.array([[-2.0, 0.5], [1.0, -1.0]]))
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    own = np.diagonal(jacobian)
    ratio: Floats = np.divide(jacobian, -own, out=np.zeros_like(jacobian), where=own < 0.0).T.copy()
    np.fill_diagonal(ratio, 0.0)
    return ratio
