"""What a scenario says about open weights: their release, and what it takes to host them."""

from datetime import date as day
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.serving_cost import CostSpec
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.parameters import CHECKED, Range
from pricewar.sim.units import (
    Days,
    MoneyPerDay,
    MoneyPerHour,
    Nats,
    NonNegative,
    PositiveAccelerators,
    PositiveDays,
    Unit,
    Utilisation,
    Utils,
)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Release:
    """Weights that anybody may take."""

    enabled: bool = True
    """Off takes the release out of the world, with every line that opens with it."""
    date: day | None = None
    """Day of the release; left out, a project triggers it."""
    lab: str
    """Who releases."""
    model: str
    """Name of the model."""
    tier: str = "cheap"
    """Tier in which hosts compete with it."""
    capability: Nats | Range | None = None
    """Capability of the model; left out, that of the project which triggers the release."""
    cost: CostSpec
    """What a token of it costs on a host's machine."""
    licence: Literal["permissive", "community", "research"] = "permissive"
    """permissive: anybody may do anything; community: hosts owe the lab `royalty`; research: nobody may use the weights
    for business, though all may learn from their architecture."""
    royalty: Annotated[float, Field(ge=0, lt=1), Unit("share of revenue")] = 0.0
    """Share of its revenue that a host pays to the lab; only under a community licence."""
    teaches: CompressionEvent | None = None
    """What its architecture lets others do once their own pipelines have absorbed it (M2)."""
    hosts: Annotated[int, Field(ge=0), Unit("host")] = 3
    """Hosts that could enter. Assumed; how many do is decided by free entry."""

    def __post_init__(self) -> None:
        """Refuse royalties under another licence. Raises ValueError."""
        if self.royalty > 0.0 and self.licence != "community":
            raise ValueError("royalty needs licence = 'community'")


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class HostTerms:
    """What hosting open weights takes."""

    chip: str | None = None
    """Accelerator that hosts rent; needed where a release's cost is served."""
    rental: MoneyPerHour = 0.0
    """Price of a rented accelerator-hour on the first day, power included."""
    utilisation: Utilisation = 0.5
    """Planned utilisation of hosts. Assumed: they size by the hour, but peaks are peaks."""
    markup: NonNegative = 0.2
    """Markup on full serving cost. Assumed: hosts price near cost."""
    appeal: Utils | Range = 0.0
    """What buyers see in a host beyond model and price. Open models of equal quality are 87-90 % cheaper yet
    under 30 % of tokens (NBER w34608), so below nought."""
    look: PositiveDays = 21.0
    """Mean time until a possible host looks at a market it is not in. Assumed."""
    fixed_cost: MoneyPerDay = 0.0
    """Staff and engineering of a host. Assumed."""
    patience: Days = 60.0
    """Days of losses after which a host leaves. Assumed."""
    lump: PositiveAccelerators = 8.0
    """Smallest rental. One server of eight."""
    self_utilisation: Utilisation = 0.08
    """Utilisation of a buyer's own machines. Assumed: one firm's load fills few batches."""
    self_appeal: Utils | Range = 0.0
    """What buyers see in hosting themselves beyond model and cost: staff and trouble. Assumed."""
