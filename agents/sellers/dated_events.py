"""A price set from outside: an experiment on the market, or a history that is written into it.

It is the one price that is nobody's decision. It passes the policies in force like every other, draws no random
number, and is a root of the family tree: a fact of kind `forced`, which the seller's own move has for its cause and
every answer to that move has for a forebear. A change by nothing is no change: it leaves no fact and changes no bit.
A price that is only kept takes out of history what the seller would have done meanwhile.
"""

from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.sellers.firm import Firm
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import Days, PricePerMtok, Unit
from pricewar.sim.world import Posting

OUTSIDE = "outside"
"""Who acts, as the facts tell it."""
FORCED = "forced"
"""Kind of the fact."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ForcedPrice:
    """A price change of one seller that comes from outside the market, on the morning of a day."""

    seller: SellerId
    """Whose price."""
    tier: SellerId | None = None
    """Which of its product lines; left out, all that are for sale that morning."""
    date: date
    """Day of the change: after what the calendar brings that day, before anybody reviews."""
    change: Annotated[float, Field(ge=-1), Unit("share of the price")] | None = None
    """By how much of the standing price it changes: -0.3 cuts it by 30 %. Zero is no change, and holds nothing."""
    price: PricePerMtok | None = None
    """The new blended price, in place of `change`; with neither the seller keeps the price that stands, for `hold`."""
    hold: Days = 0.0
    """How long the seller keeps the forced price and does not review that line; zero lets its next review answer."""

    def __post_init__(self) -> None:
        """Refuse two ways to say the price, and nothing said. Raises ValueError."""
        if self.change is not None and self.price is not None:
            raise ValueError("say either change or price")
        if self.change is None and self.price is None and self.hold <= 0.0:
            raise ValueError("say change or price, or for how long the standing price is kept (hold)")

    @property
    def nil(self) -> bool:
        """Whether it changes nothing."""
        return self.change == 0.0

    def wished(self, standing: float) -> float:
        """The price that is forced where `standing` is posted. [money/Mtok]"""
        if self.price is not None:
            return float(self.price)
        return standing if self.change is None else standing * (1.0 + self.change)


def forcing(name: str, spec: ForcedPrice, firm: Firm) -> Process:
    """Force a price when its day has come.

    A line that is not for sale that morning, or whose price the policies leave as it is, is left alone.
    """
    world = firm.world
    yield world.clock.at(world.clock.day_of(spec.date), Phase.PLANS)
    changes: list[tuple[str, float, float]] = []
    for tier in sorted(firm.lines) if spec.tier is None else [spec.tier]:
        k = world.board.position(firm.name, tier)
        if k is None or not world.board.live[k]:
            continue
        standing = float(world.board.price[k])
        firm.lines[tier].held_until = world.clock.now + spec.hold
        wished = spec.wished(standing)
        if world.admitted(wished, firm.unit_cost(tier)) != standing:
            changes.append((tier, standing, wished))
    if not changes:
        return
    said = ", ".join(f"{tier} from {before:.4g} to {wished:.4g}" for tier, before, wished in changes)
    held = f", held for {spec.hold:g} days" if spec.hold else ""
    what = f"forced from outside ({name}): {firm.name} {said}{held}"
    fact = world.facts.add(world.clock.now, OUTSIDE, FORCED, what)
    for tier, _, wished in changes:
        world.propose(Posting(firm.offer(tier), wished, "forced from outside", fact))
