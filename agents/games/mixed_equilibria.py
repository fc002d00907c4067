r"""Prices in mixed strategies: sellers with capacities, and sellers with captives.

Where any price that a rival could predict would be undercut, or given up for what capacity or captives leave, sellers
draw their prices. Seller i is then indifferent between all prices of the support: with :math:`h_i(p)` earned if the
rival is dearer and :math:`l_i(p)` if it is cheaper, the rival's distribution F and i's profit v satisfy

.. math:: F(p)\,l_i(p) + (1 - F(p))\,h_i(p) = v_i .

Everything here is in units of the buyers' highest valuation net of cost: prices run from 0 (cost) to 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod, sqrt

FINE = 1e-15
"""Tolerance of a drawn price, in units of the highest valuation."""


@dataclass(frozen=True, slots=True)
class MixedPrice:
    """The price of one seller in equilibrium, as a distribution; a single price has `low` equal to `high`."""

    low: float
    """Lowest price."""
    high: float
    """Highest price."""
    below: Callable[[float], float]
    """Chance of a price at most p, for p from low to below high."""
    profit: float
    """What the seller expects."""

    def chance(self, price: float) -> float:
        """Chance of a price at most `price`."""
        if price >= self.high:
            return 1.0
        return 0.0 if price < self.low else min(1.0, max(0.0, self.below(price)))

    @property
    def atom(self) -> float:
        """Chance of the highest price itself."""
        return 1.0 if self.low == self.high else max(0.0, 1.0 - self.below(self.high))

    def at(self, share: float) -> float:
        """The price below which a share of the draws lies, share from 0 to below 1."""
        from scipy.optimize import brentq

        if self.low == self.high or share >= self.below(self.high):
            return self.high
        if share <= self.below(self.low):
            return self.low
        return float(brentq(lambda price: self.below(price) - share, self.low, self.high, xtol=FINE))


def mean(price: MixedPrice) -> float:
    """Expected price."""
    return mean_of_lowest([price])


def mean_of_lowest(prices: Sequence[MixedPrice]) -> float:
    """Expected lowest of independently drawn prices: the bottom, and the integral of the chance that all lie above."""
    from scipy.integrate import quad

    low, high = min(p.low for p in prices), min(p.high for p in prices)
    if low == high:
        return low
    rest, _ = quad(lambda at: prod(1.0 - p.chance(at) for p in prices), low, high, epsabs=1e-14, epsrel=1e-13)
    return low + float(rest)


def certain(price: float, profit: float) -> MixedPrice:
    """A price that is not drawn."""
    return MixedPrice(price, price, lambda _: 1.0, profit)


def capacity_prices(capacity: Sequence[float]) -> tuple[MixedPrice, ...]:
    """Prices of sellers with capacities, D = 1 - p, no cost, efficient rationing (Kreps & Scheinkman 1983, section 2).

    capacity: of each seller, as a share of the market's size. If nobody's capacity exceeds its best answer to the
    others' as quantities, all ask the price at which all is sold. If all others together can always serve everybody,
    price is cost. Between these two sellers draw prices: the larger one expects the profit of who is left with the
    residual demand, and asks the highest price with an atom if it is larger (Levitan & Shubik 1972; Osborne & Pitchik
    1986). Raises ValueError for more than two sellers there, whose equilibria are not known in this form.

    >>> low, high = (f(capacity_prices([0.5, 0.5])[0]) for f in (lambda p: p.low, lambda p: p.high))
    >>> low, high
    (0.125, 0.25)
    """
    total = sum(capacity)
    others = [sum(k for j, k in enumerate(capacity) if j != i) for i in range(len(capacity))]
    if all(k <= (1.0 - rest) / 2.0 for k, rest in zip(capacity, others, strict=True)):
        return tuple(certain(1.0 - total, k * (1.0 - total)) for k in capacity)
    if len(capacity) == 1:
        return (certain(0.5, 0.25),)
    if all(rest >= 1.0 for rest in others):
        return tuple(certain(0.0, 0.0) for _ in capacity)
    if len(capacity) > 2:
        raise ValueError("prices in mixed strategies are known for two sellers with capacities; there are more")
    return _two_capacities(capacity[0], capacity[1])


def _two_capacities(one: float, other: float) -> tuple[MixedPrice, ...]:
    big, small = max(one, other), min(one, other)
    residual, high = (1.0 - small) ** 2 / 4.0, (1.0 - small) / 2.0
    low = residual / big
    if low > 1.0 - big:  # at the bottom its capacity is more than everybody asks for
        low = (1.0 - sqrt(1.0 - 4.0 * residual)) / 2.0

    def drawn_against(own: float, rival: float, profit: float) -> Callable[[float], float]:
        """Distribution of the rival's price that leaves the owner of a capacity indifferent."""

        def below(price: float) -> float:
            first, second = price * min(own, 1.0 - price), price * max(0.0, 1.0 - price - rival)
            return (first - profit) / (first - second)

        return below

    modest = low * min(small, 1.0 - low)
    of_small = MixedPrice(low, high, drawn_against(big, small, residual), modest)
    of_big = MixedPrice(low, high, drawn_against(small, big, modest), residual)
    if one == other:
        return of_small, of_small
    return (of_big, of_small) if one > other else (of_small, of_big)


def sale_prices(captive: Sequence[float], shoppers: float) -> tuple[MixedPrice, ...]:
    """Prices of sellers with captives, reservation price 1, no cost (Varian 1980; two unlike: Narasimhan 1988).

    captive: share of buyers captive to each seller. shoppers: share that buys from the cheapest. Each expects what its
    captives would pay at the reservation price; of two, the one with fewer expects what the other's lowest price gives
    it. Of more than two that are alike the symmetric equilibrium is taken (Baye, Kovenock & de Vries 1992 know others).
    Raises ValueError for more than two that differ.

    >>> round(sale_prices([0.25, 0.25], 0.5)[0].low, 12)
    0.333333333333
    """
    n, most = len(captive), max(captive)
    if n == 1 or shoppers == 0.0:
        return tuple(certain(1.0, own + (shoppers if n == 1 else 0.0)) for own in captive)
    low = most / (most + shoppers)
    if low == 0.0:
        return tuple(certain(0.0, 0.0) for _ in captive)

    def drawn_against(own: float, profit: float, rivals: int) -> Callable[[float], float]:
        """Distribution of each rival's price that leaves a seller indifferent."""

        def below(price: float) -> float:
            return 1.0 - float(max(0.0, (profit / price - own) / shoppers) ** (1.0 / rivals))

        return below

    if all(own == most for own in captive):
        return (MixedPrice(low, 1.0, drawn_against(most, most, n - 1), most),) * n
    if n > 2:
        raise ValueError("prices in mixed strategies are known for sellers with as many captives each, or for two")
    few = min(captive)
    expects = low * (few + shoppers)
    of_few = MixedPrice(low, 1.0, drawn_against(most, most, 1), expects)
    of_many = MixedPrice(low, 1.0, drawn_against(few, expects, 1), most)
    return (of_many, of_few) if captive[0] == most else (of_few, of_many)
