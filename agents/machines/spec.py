"""What a scenario says about what machines, power and progress cost everybody."""

from datetime import date
from datetime import date as day
from math import exp, log
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.machines.experience import LearningByDoing
from pricewar.agents.machines.sites import ScaleEconomies
from pricewar.sim.economics.curves import AnyCurveSpec, Moore
from pricewar.sim.economics.ownership import Ownership
from pricewar.sim.economics.progress import ALGORITHMS, CompressionEvent
from pricewar.sim.economics.training import Training
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import (
    Accelerators,
    MoneyPerHour,
    NonNegative,
    PerYear,
    Positive,
    PositiveAccelerators,
    PositiveDays,
    Unit,
)


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
    quarterly: PositiveAccelerators | None = None
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
    lump: PositiveAccelerators = 64.0
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
class Level:
    """A point of a path that is known by dates."""

    date: day
    """When."""
    level: Positive
    """How much, in any unit: only ratios to the first day count."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ComputeMarket:
    """The market for rented accelerators, and the rest of the world in it."""

    responds: bool = True
    """Whether rents answer supply and demand; off, they follow `technology.rents` as without this section."""
    chip: str
    """Accelerator of the rest of the world; what running it costs is the rent's floor."""
    outside_supply: Accelerators
    """Accelerators that others than the scenario's sellers have to let on the first day."""
    supply_growth: PerYear = 0.0
    """Growth of that stock, log points a year."""
    supply_levels: tuple[Level, ...] = ()
    """Dated levels of that stock on top of its growth, log-linear in between and constant beyond."""
    elasticity: Positive
    """Elasticity of the demand of the rest of the world to the rent, power included."""
    growth: PerYear = 0.0
    """Growth of that demand at constant rents, log points a year."""
    demand_levels: tuple[Level, ...] = ()
    """Dated levels of that demand on top of its growth, log-linear in between and constant beyond."""
    ceiling: Annotated[float, Field(ge=1), Unit("1")] = 10.0
    """Rent over the opening rent at which owners elsewhere let machines from their own use. Assumed."""


def level_at(levels: tuple[Level, ...], today: day) -> float:
    """Level of a dated path on a day: log-linear between its points, constant beyond, one without any. [1]

    >>> path = (Level(date=day(2024, 1, 1), level=1.0), Level(date=day(2024, 1, 11), level=4.0))
    >>> level_at(path, day(2024, 1, 6)), level_at(path, day(2025, 1, 1)), level_at((), day(2024, 1, 1))
    (2.0, 4.0, 1.0)
    """
    points = sorted(levels, key=lambda point: point.date)
    before = [point for point in points if point.date <= today]
    after = [point for point in points if point.date > today]
    if not before or not after:
        return before[-1].level if before else after[0].level if after else 1.0
    first, last = before[-1], after[0]
    passed = (today - first.date) / (last.date - first.date)
    return first.level * exp(passed * log(last.level / first.level))
