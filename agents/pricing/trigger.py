r"""A trigger strategy where rivals' prices are not seen (Stigler 1964; Green & Porter 1984; Tirole 1988, ch. 6).

A seller holds a collusive price as long as its own sales stay above a trigger. When they fall, either demand has
slumped or a rival sells below the list, and it cannot tell which; it asks the punishment price for T reviews and then
begins anew. Wars then happen in equilibrium, though nobody ever cheats: without them everybody would.

Simplification: discounts off the list are not modelled. Posted prices stay public here, but this strategy never looks
at a rival's, so a rival's cut reaches it as a secret discount would, in its own sales only.
"""

from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.pricing.books import Books, Decision, View
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import MtokPerDay, OpenShare, PricePerMtok, Share, Unit

LONGEST = 10_000
"""Reviews beyond which a punishment is not sought: one that does not sustain collusion by then never will."""


@plain_dataclass(frozen=True, slots=True)
class Suspicion:
    """What the seller noted at its last review."""

    left: Mapping[str, int] = field(default_factory=dict)
    """Reviews for which each tier is still punished, the last one included, by tier."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Trigger:
    """Holds the collusive price while own sales stay above a trigger, else punishes for some reviews."""

    kind: Literal["trigger"] = "trigger"
    """Which strategy."""
    collusive: PricePerMtok | None = None
    """Price while nothing is suspected; left out, the first price of each tier."""
    punishment: PricePerMtok | None = None
    """Price while it punishes; left out, marginal cost, the Bertrand price of equal goods."""
    trigger: MtokPerDay = 0.0
    """Sales of a tier a day since the last review that must be exceeded. Default: any sale at all."""
    length: Annotated[int, Field(ge=0), Unit("review")] | None = None
    """T, for how many reviews it punishes; left out, the shortest that sustains collusion (`shortest_punishment`)."""
    slump: Share = 0.1
    """Chance that demand is nil between two reviews, from which T is reckoned. Assumed: Tirole's example has any."""
    discount: OpenShare = 0.9
    """What profit at the next review is worth today, from which T is reckoned. Assumed."""
    sellers: Annotated[int, Field(ge=2), Unit("seller")] = 2
    """How many share the market, from which T is reckoned."""

    def __post_init__(self) -> None:
        """Refuse an agreement that no punishment keeps. Raises ValueError."""
        if self.length is None and shortest_punishment(self.slump, self.discount, self.sellers) is None:
            raise ValueError(
                f"no punishment sustains collusion of {self.sellers} sellers with slump = {self.slump:g} and "
                f"discount = {self.discount:g}; raise discount, lower slump, or give the length yourself"
            )

    def punishes(self) -> int:
        """T, for how many reviews it punishes."""
        if self.length is not None:
            return self.length
        return shortest_punishment(self.slump, self.discount, self.sellers) or 0

    def review(self, books: Books, view: View, luck: np.random.Generator) -> Decision:
        """Collude, or punish where sales were too low; rivals' prices are not looked at."""
        del view, luck
        before = books.notes if isinstance(books.notes, Suspicion) else None
        left = {tier: self._left(before, tier, float(books.sold[m])) for m, tier in enumerate(books.tiers)}
        punished = np.array([left[tier] > 0 for tier in books.tiers], dtype=np.bool_)
        trusted = books.first if self.collusive is None else np.full_like(books.first, self.collusive)
        low = books.marginal if self.punishment is None else np.full_like(books.first, self.punishment)
        return Decision(
            price=np.where(punished, low, trusted),
            why="sales fell below the trigger" if punished.any() else "holds the collusive price",
            stance="mixed" if punished.any() and not punished.all() else "punishes" if punished.any() else "colludes",
            notes=Suspicion(left),
        )

    def _left(self, before: Suspicion | None, tier: str, sold: float) -> int:
        """Reviews for which a tier is punished from now on."""
        if before is None or tier not in before.left:
            return 0  # a first review has no sales to judge
        if before.left[tier] > 0:
            return before.left[tier] - 1
        return self.punishes() if sold <= self.trigger else 0


def worth_of_colluding(slump: float, discount: float, length: int, sellers: int = 2) -> float:
    r"""What collusion with punishments of T reviews is worth to a seller, over a review's monopoly profit. [1]

    :math:`V = (1-\alpha)(1/n + \delta V) + \alpha\delta^{T+1} V`: a slump starts a war that nobody wanted.
    Goods are equal, and the punishment leaves no profit (Tirole 1988, ch. 6, for n = 2).

    slump: alpha. discount: delta. length: T. sellers: n.

    >>> round(worth_of_colluding(0.1, 0.9, 2), 8)
    3.84286934
    """
    return (1.0 - slump) / sellers / (1.0 - (1.0 - slump) * discount - slump * discount ** (length + 1))


def sustains(slump: float, discount: float, length: int, sellers: int = 2) -> bool:
    """Whether nobody gains by undercutting once: all of today's profit, then a war for certain. Arguments as above."""
    worth = worth_of_colluding(slump, discount, length, sellers)
    return worth >= (1.0 - slump) + discount ** (length + 1) * worth


def shortest_punishment(slump: float, discount: float, sellers: int = 2) -> int | None:
    """The shortest punishment that sustains collusion, hence the best for the sellers; None where none does.

    A longer one deters more as long as slumps are rarer than one seller in n; else it only costs.

    >>> shortest_punishment(0.1, 0.9), shortest_punishment(0.5, 0.9)
    (2, None)
    """
    if slump * sellers >= 1.0 or not sustains(slump, discount, LONGEST, sellers):
        return None
    low, high = 0, LONGEST  # `sustains` is false at the first and true at the second
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if sustains(slump, discount, middle, sellers) else (middle, high)
    return high
