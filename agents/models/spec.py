"""What a scenario says about research: projects, their stages, and labs that release models without selling any."""

from datetime import date
from datetime import date as day
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.finance import Round
from pricewar.agents.serving_cost import CostSpec
from pricewar.sim.economics.accelerators import Precision
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.economics.training import Flop, FlopPerSecond
from pricewar.sim.parameters import CHECKED, Range, SellerId
from pricewar.sim.units import (
    Accelerators,
    Amount,
    Days,
    MoneyPerDay,
    MoneyPerHour,
    MoneyPerYear,
    Nats,
    NonNegative,
    PositiveAccelerators,
    PositiveDays,
    Share,
    Unit,
    Utilisation,
    Utils,
)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Release:
    """Weights that anybody may take."""

    enabled: bool = True
    """Off takes the release out of the world, with every line and successor that comes with it."""
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
    under 30 % of tokens (NBER w34608), so below zero."""
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


STAGES = ("data", "processing", "design", "training", "evaluation", "deployment", "feedback")
"""The stages of a project, in order."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Stages:
    """Median time that each stage takes; training's follows from compute and machines."""

    data: Days = 60.0
    """Collection of data. Assumed."""
    processing: Days = 30.0
    """Cleaning, filtering, tokenising. Assumed."""
    design: Days = 45.0
    """Architecture, small runs, scaling laws. Assumed."""
    training: PositiveDays = 90.0
    """Training, for a project that says its compute and not its accelerators: it takes as many as do it in this time.
    Assumed; known runs took two to four months (GPT-4, Llama 3)."""
    evaluation: Days = 60.0
    """Post-training, tests and red-teaming. Assumed; half a year for GPT-4 (system card)."""
    deployment: Days = 14.0
    """Rolling out. Assumed."""
    feedback: Days = 90.0
    """Learning from use, after which the next projects have better data. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Project:
    """One model, from its first data to its use."""

    start: date
    """Day on which data collection begins."""
    model: str
    """Name of the model."""
    tier: SellerId | None = None
    """Tier that it will serve: as the successor of the model there, or as the first where the tier waits for it
    (`tiers.*.project`). Only for sellers; left out for a model that is only released."""
    compute: Flop | Range | None = None
    """Training compute; left out, `accelerators` for `days`."""
    accelerators: Accelerators | None = None
    """Own accelerators wanted, in units of the first chip; left out, as many as finish in the median training time."""
    days: PositiveDays | None = None
    """Training time on all accelerators wanted; only without `compute`."""
    rented: Accelerators = 0.0
    """Accelerators rented besides for the training run, at the going rental."""
    data_cost: Amount = 0.0
    """What the data cost, paid when collection begins."""
    cost: CostSpec | None = None
    """What a token will cost; left out, the predecessor's architecture in the size that the capability needs."""
    release: SellerId | None = None
    """Open release that it triggers when it is deployed; that release then has no date of its own."""
    stages: Stages | None = None
    """Times of its stages, in place of the whole table; left out, those of the research it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Research:
    """How models are made."""

    projects: dict[SellerId, Project] = Field(default_factory=dict)
    """Projects by name."""
    stages: Stages = Field(default_factory=Stages)
    """Median times of the stages."""
    spread: NonNegative = 0.3
    """Standard deviation of the log of every time. Assumed."""
    flops: FlopPerSecond | None = None
    """Peak rate of one accelerator; left out, that of the chip in the catalogue."""
    precision: Precision = "bf16"
    """Number format of training, for the rate in the catalogue."""
    mfu: Utilisation = 0.4
    """Share of the peak that training reaches. 0.38-0.43 for Llama 3 on H100 (arXiv 2407.21783)."""
    reserve: Utilisation = 0.2
    """Share of the own accelerators that training never takes. Assumed."""
    least: Share = 0.25
    """Share of the accelerators it could have at best that a project waits for; it then trains on what is free, and
    longer. Assumed."""
    staff: MoneyPerDay = 0.0
    """Wages of a project in progress."""
    copied: Share = 0.2
    """Share of the gap to the best open model that a project closes by learning from it. Assumed."""
    feedback: Annotated[float, Field(ge=0), Unit("nat")] = 0.0
    """Capability that later projects gain when the firm's tokens ever sold have grown e-fold since a deployment."""
    life: PositiveDays = 365.0
    """Time over which a model's cost is written off, linearly. Assumed: a year until it is superseded."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class OpenLab:
    """A lab that sells nothing: sponsors pay, and its models are released."""

    research: Research
    """Its projects; each triggers a release."""
    chip: str | None = None
    """Its accelerator by its name in the catalogue."""
    accelerators: Accelerators = 0.0
    """Own accelerators, or those that it may rent at any time."""
    owned: bool = False
    """Whether they are its own; else it pays rent while it trains."""
    cash: Amount | Range = 0.0
    """Cash on the first day."""
    yearly: MoneyPerYear = 0.0
    """What sponsors give in a year, day by day."""
    rounds: dict[SellerId, Round] = Field(default_factory=dict)
    """Funding rounds by name."""
