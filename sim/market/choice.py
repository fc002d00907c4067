r"""How prices enter a buyer's choice: what the market asks of a segment's response, whichever it is.

A buyer's utility holds :math:`\text{sensitivity}_i \cdot \text{term}(p)`; buyers differ in their sensitivity. The
sellers' `Demand` is the same response with everybody at the segment's median, or spread around it as far as the
response says. The responses that there are lie in `pricewar.agents.demand`, one file each.
"""

from collections.abc import Sequence
from typing import Protocol, Self

from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Demand, Floats


class Response(Protocol):
    """A segment's response to prices; n buyers, K offers."""

    @property
    def kind(self) -> str:
        """Which response; all segments of a scenario have the same."""

    @property
    def bounded(self) -> bool:
        """Whether utilities stay small enough for their exponentials."""

    @property
    def plain(self) -> bool:
        """Whether the choice is a logit in these utilities: `inclusive` then changes nothing."""

    @property
    def sensitivity(self) -> float:
        """Median sensitivity."""

    @property
    def spread(self) -> float:
        """Standard deviation of the log of sensitivity over buyers, as far as sellers know of it."""

    @property
    def outside_utility(self) -> float:
        """Utility of buying nothing. [util]"""

    @property
    def reference_price(self) -> float | None:
        """Price at which a customer buys its size, None where volumes do not depend on prices. [money/Mtok]"""

    def felt(self, factor: float) -> Self:
        """The same of buyers who feel a price so many times as strongly; everything else counts as before."""

    def worth(self, value: Floats) -> Floats:
        """Utility of a gross value. [util]"""

    def term(self, price: Floats) -> Floats:
        """What the sensitivity multiplies, shape (K,)."""

    def tokens(self, price: Floats) -> Floats:
        """Tokens of a customer over its size, shape (K,). [1]"""

    def paid(self, price: Floats) -> Floats:
        """What a token costs a buyer over what it costs at the reference price, one without one, shape (K,). [1]"""

    def money(self, sensitivity: Floats) -> Floats:
        """Utility of money per Mtok of a customer's size, shape (n,); not a number where there is no surplus.

        [util/(money/Mtok)]
        """

    def inclusive(self, utility: Floats, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Utilities with which a logit over the offers and buying nothing has this response's probabilities.

        utility: of each offer, whose price is in it, shape (n, K). [util] price: shape (K,). Returns the same shape.
        """

    def log_odds(self, share: Floats, none: float, price: Floats, offers: Sequence[Offer]) -> Floats:
        """Utility of every offer to the median buyer over that of buying nothing, inverted from shares, shape (K,).

        share: of each offer among all customers, zero where nothing is known, shape (K,). [1] none: share of buying
        nothing. [1]
        price: at which the shares came about, shape (K,). [money/Mtok] (Berry 1994)
        """

    def system(self, segments: Sequence[Self], appeal: Floats, size: Floats, offers: Sequence[Offer]) -> Demand:
        """The demand system of S segments that all respond in this way.

        appeal: everything but the price, shape (S, K). [util] size: tokens if all bought, shape (S,). [Mtok/day]
        """


def demand_of(responses: Sequence[Response], appeal: Floats, size: Floats, offers: Sequence[Offer]) -> Demand:
    """The demand system of segments with these responses; shapes as `Response.system`.

    Raises ValueError where segments differ in kind or in reference price.
    """
    if len({r.kind for r in responses}) > 1 or len({r.reference_price for r in responses}) > 1:
        raise ValueError("all segments must have one kind of demand and one reference price")
    return responses[0].system(responses, appeal, size, offers)
