"""What a scenario says about sellers, their product lines, their machines and the supply of new ones."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from agents.costs import CostSpec
from agents.experience import LearningByDoing
from agents.finance import Entry, Finance
from agents.pricing import StrategySpec
from agents.pricing.best_response import BestResponse
from agents.pricing.books import Conduct
from agents.projects import Research
from agents.sites import EnergyContract, ScaleEconomies
from sim.economics.curves import Moore
from sim.economics.noise import AnyCurveSpec
from sim.economics.ownership import Ownership
from sim.economics.progress import ALGORITHMS, CompressionEvent
from sim.economics.training import Training
from sim.parameters import CHECKED, Range, SellerId
from sim.units import (
    Accelerators,
    Days,
    Money,
    MoneyPerHour,
    Nats,
    NonNegative,
    Positive,
    PositiveDays,
    PricePerMtok,
    Unit,
    Utilisation,
    Utils,
)

MaybeDate = date | None


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


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Technology:
    """What machines, power and progress cost everybody."""

    ownership: Ownership = Field(default_factory=lambda: Ownership(electricity=0.0))
    """Electricity, and mark-up, interest and life of owned machines."""
    rental: MoneyPerHour = 0.0
    """Price of a rented accelerator-hour, power excluded, for a lab's first chip on the first day; on other chips a lab
    pays the same for the same work."""
    hardware: AnyCurveSpec = Field(default_factory=lambda: Moore(rate=0.0))
    """Price of accelerators over time, 1 on the first day."""
    rents: AnyCurveSpec = Field(default_factory=lambda: Moore(rate=0.0))
    """Rental price over time, 1 on the first day."""
    software: AnyCurveSpec = Field(default_factory=lambda: Moore(rate=0.0))
    """Machine time per token over time by better serving software, 1 on the first day."""
    algorithms: AnyCurveSpec = Field(default_factory=lambda: ALGORITHMS)
    """Parameters that a given capability needs, over time; sizes successor models whose cost is not given.
    Default: a third a year later (Gundlach et al., arXiv 2511.23455)."""
    learning: LearningByDoing | None = None
    """How serving lowers a firm's own machine time (M4); left out, it does not."""
    electricity: AnyCurveSpec = Field(default_factory=lambda: Moore(rate=0.0))
    """Spot price of electricity over time, 1 on the first day; the price itself is `ownership.electricity`."""
    scale: ScaleEconomies | None = None
    """Economies of scale of owned fleets; left out, none."""
    training: Training = Field(default_factory=Training)
    """The scale on which compute becomes capability, for models that come out of projects."""
    compression: dict[SellerId, CompressionEvent] = Field(default_factory=dict)
    """Dated steps in how models are stored and run that everybody takes at once."""
    pipeline: PositiveDays = 150.0
    """Median time in which a rival's own training pipeline absorbs a released architecture (M2). Assumed; near
    zero is the labelled counterfactual of immediate spill-over."""
    pipeline_spread: NonNegative = 0.5
    """Standard deviation of the log of that time. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ChipSupply:
    """When a chip can be ordered."""

    start: date | None = None
    """First day; left out, the launch in the catalogue."""
    until: date | None = None
    """Last day, for instance because of export controls."""
    quarterly: Annotated[float, Field(gt=0), Unit("accelerator")] | None = None
    """What vendors can deliver to all firms of the scenario in a calendar quarter; left out, any number."""
    regions: tuple[SellerId, ...] | None = None
    """Where it is sold; left out, everywhere. A firm whose region is not known may order it."""
    barred: dict[SellerId, date] = Field(default_factory=dict)
    """First day without new orders, by region: export controls."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Shortage:
    """Vendors ration: what is due in between comes after its end, and what is ordered in between is dearer."""

    start: date
    """First day."""
    end: date
    """Last day; nothing is delivered until then."""
    price: Positive = 1.0
    """Factor on the price of accelerators meanwhile."""

    def __post_init__(self) -> None:
        """Refuse an end before the start. Raises ValueError."""
        if self.end < self.start:
            raise ValueError("the end of a shortage must not lie before its start")


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Supply:
    """The market for new accelerators, and how firms plan."""

    chips: dict[str, ChipSupply] = Field(default_factory=dict)
    """Accelerators that can be ordered, by their names in the catalogue."""
    lead_time: PositiveDays = 70.0
    """Mean time from order to delivery. 8-12 weeks in 2024 (medium confidence)."""
    lead_shape: Positive = 9.0
    """Shape of the gamma-distributed lead time. Assumed: a coefficient of variation of a third."""
    lump: Annotated[float, Field(gt=0), Unit("accelerator")] = 64.0
    """Smallest order. Assumed: eight servers of eight."""
    planning: PositiveDays = 91.0
    """Time between planning dates. Assumed: quarterly."""
    discount: Annotated[float, Field(ge=0, lt=1), Unit("1")] = 0.0
    """d: an order of n lumps costs n^-d of the price each; 0 for no discount."""
    discount_floor: Annotated[float, Field(gt=0, le=1), Unit("1")] = 0.7
    """Lowest price of a large order over that of the smallest. Assumed."""
    region: SellerId | None = None
    """Where sellers are that name no region of their own."""
    shortages: dict[str, Shortage] = Field(default_factory=dict)
    """Dated shortages by name."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Release:
    """Weights that anybody may take."""

    enabled: bool = True
    """Off takes the release out of the world, with every line that opens with it."""
    date: MaybeDate = None
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
    fixed_cost: Annotated[float, Field(ge=0), Unit("money/day", money=1)] = 0.0
    """Staff and engineering of a host. Assumed."""
    patience: Days = 60.0
    """Days of losses after which a host leaves. Assumed."""
    lump: Annotated[float, Field(gt=0), Unit("accelerator")] = 8.0
    """Smallest rental. One server of eight."""
    self_utilisation: Utilisation = 0.08
    """Utilisation of a buyer's own machines. Assumed: one firm's load fills few batches."""
    self_appeal: Utils | Range = 0.0
    """What buyers see in hosting themselves beyond model and cost: staff and trouble. Assumed."""
