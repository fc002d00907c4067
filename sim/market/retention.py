"""How buyers stay: what is publicly known of contracts and loyalty, and what a customer won is worth over time."""

from dataclasses import dataclass

import numpy as np

from pricewar.sim.market.demand import Floats


@dataclass(frozen=True, slots=True)
class Retention:
    """What surveys tell of each of S segments."""

    loyalty: Floats
    """Lambda, utility of staying with one's supplier, shape (S,). [util]"""
    locked: Floats
    """Share of buyers to whom that applies; the others sit behind a gateway, shape (S,). [1]"""
    rate: Floats
    """Contracts that end in a year, per contract, of buyers who are locked in, shape (S,). [1/year]"""

    def advantage(self, share: Floats) -> Floats:
        r"""How much likelier it is to keep a customer than to win one, shape (S, K). [1]

        :math:`\Delta_k = \frac{s_k e^\lambda}{1+s_k(e^\lambda-1)} - \sum_r w_r \frac{s_k}{1+s_r(e^\lambda-1)}`
        with r over everybody else's customers and those of nobody, weighted by their shares. share: choice
        probabilities without loyalty, shape (S, K). Nought without loyalty.
        """
        pull = np.expm1(self.loyalty)[:, None]
        none = 1.0 - share.sum(axis=1, keepdims=True)
        staying = share * (1.0 + pull) / (1.0 + pull * share)
        # Chance of buying offer k as a customer of r is s_k/(1 + pull s_r): one factor per r, and one for nobody.
        factor = share / (1.0 + pull * share)
        elsewhere = none + factor.sum(axis=1, keepdims=True) - factor
        joining = share * elsewhere / np.maximum(1.0 - share, 1e-12)
        return np.where(pull > 0.0, staying - joining, 0.0)


def annuity_factor(rate: Floats, years: Floats | float) -> Floats:
    """The integral of e^(−rate·t) from nought to `years`, for rates of any sign, shapes broadcast. [year]

    >>> annuity_factor(np.array([0.0, 1.0]), 2.0).round(6).tolist()
    [2.0, 0.864665]
    """
    rate = np.asarray(rate, dtype=np.float64)
    small = np.abs(rate) < 1e-12
    safe = np.where(small, 1.0, rate)
    factor: Floats = np.where(small, years, -np.expm1(-safe * years) / safe)
    return factor


def later_sales(advantage: Floats, rate: Floats, growth: Floats, discount: float, years: float) -> Floats:
    r"""Sales that a customer won brings after its first contract, over those of that contract, shape (S, K). [1]

    :math:`\rho \int_0^H e^{(g-r)t}\,(e^{-\rho(1-\Delta)t} - e^{-\rho t})\,dt`: contracts end at the rate
    :math:`\rho`, each time the customer is :math:`\Delta` likelier to be kept than won, and volumes grow at g. Under
    no growth, no discounting and no horizon it is :math:`\Delta/(1-\Delta)` (Klemperer 1987; Farrell & Klemperer
    2007, §2.6, in continuous time).

    advantage: shape (S, K). [1] rate: rho, shape (S,). [1/year] growth: g, shape (S,). [1/year]
    discount: r. [1/year] years: H, infinite where discounting beats growth. [year]
    """
    pace, net = rate[:, None], discount - growth[:, None]
    kept = annuity_factor(net + pace * (1.0 - advantage), years)
    first = annuity_factor(net + pace, years)
    return np.where(advantage > 0.0, pace * (kept - first), 0.0)
