"""Compute, energy and data: two readings of "price is made of them", side by side."""

from itertools import chain
from math import isfinite
from typing import Any

from pricewar.sim.economics.cost_index import CostIndex, index_product
from pricewar.sim.errors import UserMistake

SUBSTITUTION = (0.0, 0.5, 1.0, 2.0)
"""Elasticities shown where none is asked for."""


def components_of(text: str) -> tuple[float, ...]:
    """Read components such as "10,5,0.25". Raises UserMistake."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UserMistake(f"the components '{text}' are no numbers parted by commas; write 10,5,0.25") from None
    if not all(isfinite(part) and part > 0.0 for part in found):
        raise UserMistake(f"the components '{text}' must all be above 0, for a share of nothing has no price")
    return found


def readings(components: tuple[float, ...], substitution: float | None = None) -> dict[str, Any]:
    """Sum, product, and the unit cost in between, as they stand and with each input at half its price.

    components: cost of each input in a unit of output. [money] substitution: elasticity [1]; None shows several.
    Demands are units of each input, one of each as they stand, by Shephard's lemma. Raises UserMistake.
    """
    if substitution is not None and not (isfinite(substitution) and substitution >= 0.0):
        raise UserMistake(f"--substitution is {substitution:g}; it must be 0 or more")
    wanted = SUBSTITUTION if substitution is None else (substitution,)
    return {
        "components": list(components),
        "sum": CostIndex(prices=components, quantities=(1.0,) * len(components), substitution=0.0).start,
        "product": index_product(components),
        "remark": "the sum is a unit cost; the product is an index and no unit cost: in other money it changes by a "
        "power of the rate",
        "readings": [{"substitution": sigma, "cases": _cases(components, sigma)} for sigma in wanted],
    }


def _cases(components: tuple[float, ...], sigma: float) -> list[dict[str, Any]]:
    index = CostIndex(prices=components, quantities=(1.0,) * len(components), substitution=sigma)
    cases = []
    for halved in chain([0], range(1, len(components) + 1)):
        prices = [0.5 * price if i == halved else price for i, price in enumerate(components, 1)]
        cost, demands = index.cost(prices), index.demands(prices)
        shares = [price * units / cost for price, units in zip(prices, demands, strict=True)]
        cases.append({"halved": halved or None, "cost": cost, "demands": list(demands), "shares": shares})
    return cases
