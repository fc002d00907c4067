"""What a scenario says about sellers: their product lines, their machines on the first day, how they price."""

from datetime import date
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.finance import Entry, Finance
from pricewar.agents.machines.sites import EnergyContract
from pricewar.agents.models.spec import Research
from pricewar.agents.pricing import StrategySpec
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.serving_cost import CostSpec
from pricewar.sim.parameters import CHECKED, Range, SellerId
from pricewar.sim.units import Accelerators, Money, Nats, Positive, PricePerMtok, Utils


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Upgrade:
    """A successor model that takes over a tier at its posted price."""

    date: date
    """Day of the change."""
    model: str
    """Name of the successor."""
    capability: Nats | Range
    """Its capability."""
    cost: CostSpec | None = None
    """Its cost; left out, the predecessor's architecture in the size that algorithms now need for its capability."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Tier:
    """A product line of a seller; successor models stay in it."""

    model: str
    """Name of the model on the first day."""
    launch: date | None = None
    """Day on which the line opens, its price then solved; left out, it is there from the start."""
    release: str | None = None
    """Open release with which the line opens; excludes `launch`."""
    project: SellerId | None = None
    """Project of the seller's research whose model opens the line, at a solved price; excludes `launch` and
    `release`. The line's own model, capability and cost then say only what the first model's cost is built from."""
    price: PricePerMtok | None = None
    """Blended list price of the first day, 3 input : 1 output; only for lines that are there from the start.
    Left out, the scenario's table of list prices must have it, else it is solved."""
    output_ratio: Positive | None = None
    """Output price over input price; they move together. Left out: as on the list of the first day, where it has
    both prices; else as output's serving cost to input's; one where costs are given outright."""
    capability: Nats | Range = 0.0
    """Capability, 0 for GPT-3.5 of November 2022."""
    appeal: Utils | Range = 0.0
    """What buyers see in it beyond capability and price."""
    value: PricePerMtok = 0.0
    """Gross value a under linear-price demand; without effect under log-price demand."""
    open_weights: bool = False
    """Whether anybody may host the model."""
    cost: CostSpec
    """What a token costs."""
    upgrades: dict[str, Upgrade] = Field(default_factory=dict)
    """Successor models by name."""

    @property
    def from_start(self) -> bool:
        """Whether the line is there on the first day, if its seller is."""
        return self.launch is None and self.release is None and self.project is None


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
