"""What a scenario says about sellers: their product lines, their machines on the first day, how they price."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from datetime import date as day
from typing import Literal, TypeVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.finance import Entry, Finance
from pricewar.agents.machines.sites import EnergyContract
from pricewar.agents.models.spec import Release, Research
from pricewar.agents.pricing import StrategySpec
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.serving_cost import CostSpec
from pricewar.sim.parameters import CHECKED, Range, SellerId
from pricewar.sim.units import Accelerators, Money, Nats, Positive, PricePerMtok, Utils


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Upgrade:
    """A successor model that takes over a tier at its posted price."""

    date: day | None = None
    """Day of the change; left out, that of its release."""
    release: str | None = None
    """Open release of which it is the model: day, capability and cost are those of the release, drawn once for all who
    serve it. Excludes `date`, `capability` and `cost`."""
    model: str | None = None
    """Name of the successor; left out, that of its release."""
    capability: Nats | Range | None = None
    """Its capability; left out, that of its release."""
    cost: CostSpec | None = None
    """Its cost; left out, that of its release, or the predecessor's architecture in the size that algorithms now need
    for its capability."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Tier:
    """A product line of a seller; successor models stay in it."""

    model: str | None = None
    """Name of the model on the first day; left out, that of its release."""
    launch: date | None = None
    """Day on which the line opens, its price then solved; left out, it is there from the start."""
    release: str | None = None
    """Open release whose model the line begins with: capability, cost and open weights are those of the release, drawn
    once for all who serve it. The line opens with it, or later on its `launch`. Excludes `capability`, `cost` and
    `open_weights`."""
    project: SellerId | None = None
    """Project of the seller's research whose model opens the line, at a solved price; excludes `launch` and
    `release`. The line's own model, capability and cost then say only what the first model's cost is built from."""
    price: PricePerMtok | None = None
    """Blended list price of the first day, 3 input : 1 output; only for lines that are there from the start.
    Left out, the scenario's table of list prices must have it, else it is solved."""
    output_ratio: Positive | None = None
    """Output price over input price; they move together. Left out: as on the list of the first day, where it has
    both prices; else as output's serving cost to input's; one where costs are given outright."""
    capability: Nats | Range | None = None
    """Capability, 0 for GPT-3.5 of November 2022; left out, that of its release, else 0."""
    appeal: Utils | Range = 0.0
    """What buyers see in it beyond capability and price."""
    value: PricePerMtok = 0.0
    """Gross value a under linear-price demand; without effect under log-price demand."""
    open_weights: bool | None = None
    """Whether anybody may host the model; left out, from its release on if there is one, else not."""
    cost: CostSpec | None = None
    """What a token costs; left out, as at its release."""
    upgrades: dict[str, Upgrade] = Field(default_factory=dict)
    """Successor models by name."""

    @property
    def from_start(self) -> bool:
        """Whether the line is there on the first day, if its seller is."""
        return self.launch is None and self.release is None and self.project is None

    def opening(self, releases: Mapping[str, Release]) -> day | None:
        """Day on which the line opens; None for one that is there from the start, or waits for a project."""
        release = releases.get(self.release or "")
        return release.date if self.launch is None and release is not None else self.launch


Referring = TypeVar("Referring", Tier, Upgrade)


def with_release(model: Referring, releases: Mapping[str, Release]) -> Referring:
    """A line or successor with what it takes from its release, of which there may be none: name, capability, cost."""
    release = releases.get(model.release or "")
    if release is None:
        return model
    return replace(model, model=model.model or release.model, capability=release.capability, cost=release.cost)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Arrival:
    """Accelerators of the fleet's own kind that were ordered and paid for before the first day."""

    date: date
    """Day on which they go into service."""
    share: Positive
    """How many, over the fleet of the first day."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Fleet:
    """A seller's accelerators on the first day."""

    chip: str | None = None
    """Accelerator by its name in the catalogue; needed where a tier's cost is served."""
    accelerators: Accelerators | Range | None = None
    """Number in service; left out, as many as make the opening utilisation."""
    arrivals: dict[str, Arrival] = Field(default_factory=dict)
    """Machines ordered before the first day and still to come, by name."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Seller:
    """A cloud provider or a model lab that sells tokens."""

    role: Literal["cloud", "lab"] = "lab"
    """A cloud owns and buys its accelerators, a lab rents them."""
    region: SellerId | None = None
    """Where it is at home (us, cn, eu): export controls and buyers abroad look at it."""
    strategy: StrategySpec = Field(default_factory=BestResponse)
    """How it prices."""
    conduct: Conduct | None = None
    """How it reviews, in place of the scenario's whole table of conduct; left out, as everybody."""
    cash: Money | Range = 0.0
    """Cash on the first day."""
    fleet: Fleet | None = None
    """Accelerators; left out, capacity is unlimited."""
    finance: Finance = Field(default_factory=Finance)
    """Staff and funding."""
    entry: Entry | None = None
    """Given, the firm is outside on the first day and opens its lines when that pays (M8)."""
    invests: bool = True
    """Whether it orders accelerators."""
    energy: EnergyContract | None = None
    """Power bought ahead; left out, all at the spot price."""
    research: Research | None = None
    """How it makes its models; left out, its models come as `upgrades` and `launch` say."""
    tiers: dict[SellerId, Tier]
    """Product lines by name (cheap, flagship, ...)."""
