"""A price drawn anew at every review, as in the mixed equilibrium of the market that the seller believes in.

Sellers with capacities draw as in the subgame of Kreps & Scheinkman (1983), sellers with captives as in Varian (1980)
and Narasimhan (1988); see `mixed_equilibria`. Where the equilibrium is a single price, that is asked.

Simplifications: rivals are taken to have the seller's own marginal cost; the seller knows one segment; where demand is
of another kind no such equilibrium is known, and the price stays (the loader refuses such scenarios).
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.demand.given_shares import GivenShares, SharedOut
from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.demand.sales import SalesResponse
from pricewar.agents.games.mixed_equilibria import MixedPrice, capacity_prices, sale_prices
from pricewar.agents.pricing.books import Books, Decision, Traits, View
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import CHECKED


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Mixing:
    """Draws its price from the mixed equilibrium of capacities or of captives."""

    kind: Literal["mixed_price"] = "mixed_price"
    """Which strategy."""
    traits: ClassVar[Traits] = Traits(responses=("homogeneous", "sales"))

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Draw a price for each line."""
        wished = view.board.price[books.own].copy()
        for m, k in enumerate(books.own.tolist()):
            cost = float(books.marginal[m])
            equilibrium = equilibrium_prices(view, cost)
            if equilibrium is not None and k in equilibrium:
                top = _highest(view)
                wished[m] = cost + (top - cost) * equilibrium[k].at(float(luck.random()))
        return Decision(wished, "drawn in a mixed equilibrium", "mixed_price")


def equilibrium_prices(view: View, cost: float) -> dict[int, MixedPrice] | None:
    """Equilibrium prices by position on the board, net of cost and over the highest valuation net of cost.

    cost: marginal, of every seller. [money/Mtok] None where demand is of another kind, or nobody pays the cost.
    Raises UserMistake where no equilibrium is known.
    """
    response, live = _response(view), np.flatnonzero(view.board.live).tolist()
    if response is None or cost >= response.scale:
        return None
    offers = [view.board.offers[k] for k in live]
    try:
        if isinstance(response, HomogeneousResponse):
            # In units of those whose valuation exceeds the cost.
            capacity: Floats = response.capacities(offers) / response.demand(cost)
            prices = capacity_prices(capacity.tolist())
        elif isinstance(response, SalesResponse):
            prices = sale_prices(response.captives(offers).tolist(), response.shoppers)
        else:
            return None
    except ValueError as mistake:
        raise UserMistake(f"segments.*.response: {mistake}; price these sellers otherwise") from mistake
    return dict(zip(live, prices, strict=True))


def _response(view: View) -> GivenShares | None:
    """The one segment's response, if its shares are given."""
    demand = view.demand
    return demand.segments[0] if isinstance(demand, SharedOut) and len(demand.segments) == 1 else None


def _highest(view: View) -> float:
    """Highest valuation. [money/Mtok]"""
    response = _response(view)
    return response.scale if response is not None else 0.0
