"""What an hour of an accelerator costs the one who owns it.

G = K(1+s)·CRF(r,n)/8760 + kW·PUE·e + ops        [money per accelerator-hour]
"""

import dataclasses
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.accelerators import Accelerator
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import MoneyPerHour, MoneyPerKwh, NonNegative, PerYear, Unit, Years

SECONDS_PER_HOUR = 3600.0


@dataclasses.dataclass(frozen=True, slots=True)
class CostParts:
    """The parts of one offer's cost on one day.

    serving cost = (capital + energy + upkeep)·software·machine_time / (3600·utilisation)   [money/Mtok]

    Costs that a scenario states outright have no machine behind them: their "hour" is what an hour of the stated
    machine time has to cost, the part beyond marginal cost as capital, marginal cost as energy, at utilisation 1, and
    their curve counts as software.
    """

    capital: float
    """Annuity or rent. [money/accelerator-hour]"""
    energy: float
    """Power. [money/accelerator-hour]"""
    upkeep: float
    """Staff, repairs, space. [money/accelerator-hour]"""
    utilisation: float
    """Utilisation that the seller plans with, not the one observed. [share of capacity]"""
    software: float
    """Machine time over that of the first day, by better serving software. [1]"""
    machine_time: float
    """Machine time at full utilisation before software progress. [s/Mtok]"""
    training: float = 0.0
    """Training and data, spread over the tokens sold. [money/Mtok]"""

    @property
    def serving(self) -> float:
        """Full serving cost, training aside. [money/Mtok]

        >>> CostParts(capital=1.5, energy=0.5, upkeep=0.0, utilisation=0.5, software=0.5, machine_time=3600.0).serving
        2.0
        """
        hour = self.capital + self.energy + self.upkeep
        return hour * self.software * self.machine_time / (SECONDS_PER_HOUR * self.utilisation)


def stated(marginal: float, full: float, seconds: float, curve: float, training: float = 0.0) -> CostParts:
    """Parts of costs stated outright.

    marginal, full: both costs on the first day. [money/Mtok] seconds: machine time. [s/Mtok]
    curve: cost today over that of the first day. [1] training: data and training written off. [money/Mtok]

    >>> stated(marginal=1.0, full=3.0, seconds=900.0, curve=0.5).serving
    1.5
    """
    hours = seconds / SECONDS_PER_HOUR
    return CostParts(
        capital=(full - marginal) / hours,
        energy=marginal / hours,
        upkeep=0.0,
        utilisation=1.0,
        software=curve,
        machine_time=seconds,
        training=training,
    )


HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Ownership:
    """What owning costs besides the chip itself."""

    markup: NonNegative = 0.45
    """Server and network, as a share of the price of the chips. Assumed, middle of 0.3-0.6."""
    interest: Annotated[PerYear, Field(ge=0)] = 0.10
    """Cost of capital. Assumed."""
    life: Years = 5.0
    """Years over which the machine pays for itself. Company filings: 4-6."""
    pue: Annotated[float, Field(ge=1), Unit("1")] = 1.3
    """Facility power over server power, where no all-in power is known. Assumed; survey mean 1.56, best 1.1
    (Uptime)."""
    electricity: MoneyPerKwh
    """Price of electricity; industrial 0.04-0.09 USD/kWh, low confidence."""
    upkeep: MoneyPerHour = 0.0
    """Staff, repairs and space, per accelerator-hour."""


@dataclasses.dataclass(frozen=True, slots=True)
class HourCost:
    """The cost of one accelerator-hour in its parts. [money/accelerator-hour]"""

    capital: float
    """Annuity on chip, server and network: sunk once bought."""
    energy: float
    """Electricity, facility included."""
    upkeep: float
    """Everything else that stops when the machine is switched off."""

    @property
    def variable(self) -> float:
        """What is saved by switching the machine off: energy and upkeep. [money/accelerator-hour]"""
        return self.energy + self.upkeep

    @property
    def total(self) -> float:
        """G: capital, energy and upkeep. [money/accelerator-hour]"""
        return self.capital + self.energy + self.upkeep


def annuity(interest: float, life: float) -> float:
    """Capital recovery factor, r / (1 − (1+r)^−n): the yearly payment that repays one unit. [1/year]

    interest: r, 0 or more. [1/year] life: n. [year]

    >>> round(annuity(0.10, 5), 6)
    0.263797
    >>> annuity(0.0, 4)
    0.25
    """
    if interest == 0:
        return 1.0 / life
    return float(interest / (1.0 - (1.0 + interest) ** -life))


def kilowatts(ownership: Ownership, accelerator: Accelerator, overhead: float = 1.0) -> float:
    """Power that an accelerator draws from the grid. [kW]

    overhead: the facility's power above its servers' own, over that of the PUE. [1]
    """
    power = accelerator.grid_kilowatts(ownership.pue)
    return power if overhead == 1.0 else power * (1.0 + (ownership.pue - 1.0) * overhead) / ownership.pue


def hour_cost(
    ownership: Ownership,
    accelerator: Accelerator,
    price: float,
    *,
    electricity: float | None = None,
    overhead: float = 1.0,
) -> HourCost:
    """Cost of an hour of an owned accelerator, in its parts.

    price: K, purchase price of one accelerator, in the currency of `ownership`. [money]
    electricity: what a firm pays for power; left out, the price of `ownership`. [money/kWh]
    overhead: mark-up, upkeep and facility power of a firm over those of `ownership`. [1]
    Power is the published all-in figure, or TDP × server share × PUE. Raises UserMistake if neither is known.
    Exactly linear in money: doubling price, electricity and upkeep doubles every part to the last bit.
    """
    yearly = price * (1.0 + ownership.markup * overhead) * annuity(ownership.interest, ownership.life)
    return HourCost(
        capital=yearly / HOURS_PER_YEAR,
        energy=kilowatts(ownership, accelerator, overhead)
        * (ownership.electricity if electricity is None else electricity),
        upkeep=ownership.upkeep * overhead,
    )
