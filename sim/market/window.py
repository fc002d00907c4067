r"""The weeks that a price is expected to last, and the tokens that a seller must be able to serve at their end.

Until then most buyers are bound: of the contracts of a kind r a share :math:`a_r = 1 - e^{-\rho_r T}` ends within T.
Customers whose contract outlasts the window stay whatever the price, and only buy more or less of it; the others choose
as in the long run. An offer k of a seller is asked for

.. math:: L_k(p) = \sum_r (1 - a_r)\,V_{rk}\,x_{rk}(p)^{-\varepsilon_r} + a_r D_{rk}(p),

V its customers' volume at the reference price. So prices are not planned for demand that is not there yet (a newcomer
with every machine idle), nor as if customers who are bound could be sent away (a shortage). As T grows L is long-run
demand D; without any time it is what is sold today.
"""

from dataclasses import dataclass

from pricewar.sim.market.demand import Demand, Floats, Ints


@dataclass(frozen=True, slots=True)
class Window:
    """What a seller of m offers knows of its customers' contracts; S segments."""

    anew: Floats
    """Share of buyers who choose anew within the window, shape (S,). [1]"""
    bound: Floats
    """Volume at the reference price of its own customers whose contracts outlast it, shape (S, m). [Mtok/day]"""

    def tokens(self, demand: Demand, price: Floats, own: Ints) -> Floats:
        """Tokens asked of each own offer at the end of the window, shape (m,). [Mtok/day]

        demand: of the long run, for K offers. price: of these, shape (K,). own: positions of its own, shape (m,).
        """
        customers = self.bound + self.anew[:, None] * demand.customers(price)[:, own]
        tokens: Floats = (customers * demand.tokens_per_customer(price)[:, own]).sum(axis=0)
        return tokens


def asked_in(window: Window | None, demand: Demand, price: Floats, own: Ints) -> Floats:
    """Tokens asked of own offers at the end of a window, or in the long run without one, shape (m,). [Mtok/day]"""
    return demand.quantities(price)[own] if window is None else window.tokens(demand, price, own)
