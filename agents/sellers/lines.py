"""A firm's product lines: what is sold in each, and what it asks of a machine."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pricewar.agents.mechanisms import LineState
from pricewar.agents.sellers.spec import Tier
from pricewar.agents.serving_cost import CostSpec
from pricewar.sim.economics.accelerators import Accelerator
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.economics.serving import TokenSeconds
from pricewar.sim.errors import UserMistake


@dataclass(slots=True)
class Line:
    """A product line in the course of a run."""

    key: str
    """By which luck of its own is drawn."""
    tier: Tier
    model: str
    capability: float
    cost: CostSpec
    seconds: TokenSeconds = field(default_factory=lambda: TokenSeconds(prefill=1.0, decode=1.0))
    """Machine time before software progress."""
    listed_ratio: float | None = None
    """Output over input price on the list of the first day."""
    since: float = 0.0
    """When the model was new; the first day's models count as new then. [day]"""
    first_unit: float = float("nan")
    """Full serving cost when it opened. [money/Mtok]"""
    state: LineState = field(default_factory=LineState)
    """What the mechanisms keep of it from one review to the next."""
    held_until: float = -np.inf
    """Until when a price forced from outside is kept. [day]"""
    counted: float = 0.0
    """Sold in all at the last review. [Mtok]"""
    open_weights: bool = field(init=False)
    """Whether anybody may host its model: as the scenario says or from its release on, unless a law forbids it."""

    def __post_init__(self) -> None:
        """Take it from the scenario."""
        self.open_weights = bool(self.tier.open_weights)


def machine_time(
    cost: CostSpec, seller: str, chip: Accelerator | None, learned: Sequence[CompressionEvent]
) -> TokenSeconds:
    """Machine time of a model on a firm's first chip, before software progress.

    learned: steps in compression and architecture that the firm has taken so far. Raises UserMistake where no chip is
    named or the model does not fit it.
    """
    if cost.needs_chip and chip is None:
        raise UserMistake(f"sellers.{seller}: a served model needs a chip; name one of the catalogue in fleet.chip")
    try:
        return cost.seconds_on(chip, learned)
    except UserMistake as mistake:
        raise UserMistake(f"sellers.{seller}: {mistake}") from mistake
