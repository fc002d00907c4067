"""What a scenario says about what machines, power and progress cost everybody."""

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.machines.experience import LearningByDoing
from pricewar.agents.machines.sites import ScaleEconomies
from pricewar.sim.economics.curves import Moore
from pricewar.sim.economics.noise import AnyCurveSpec
from pricewar.sim.economics.ownership import Ownership
from pricewar.sim.economics.progress import ALGORITHMS, CompressionEvent
from pricewar.sim.economics.training import Training
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import MoneyPerHour, NonNegative, PositiveDays


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
