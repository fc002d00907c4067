"""What a scenario says about research: projects, their stages, and labs that release models without selling any."""

from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.sellers.finance import Round
from pricewar.agents.serving_cost import CostSpec
from pricewar.sim.economics.accelerators import Precision
from pricewar.sim.economics.training import Flop, FlopPerSecond
from pricewar.sim.parameters import CHECKED, Range, SellerId
from pricewar.sim.units import (
    Accelerators,
    Amount,
    Days,
    MoneyPerDay,
    MoneyPerYear,
    NonNegative,
    PositiveDays,
    Share,
    Unit,
    Utilisation,
)

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
