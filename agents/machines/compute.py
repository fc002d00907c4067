"""What a scenario says about the market for rented accelerators, and the rest of the world in it."""

from datetime import date as day
from math import exp, log
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Accelerators, PerYear, Positive, Unit


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
