"""What an hour costs at one firm rather than another: its power contract and the size of its fleet."""

from dataclasses import dataclass as plain_dataclass
from datetime import date as day

from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import MoneyPerKwh, NonNegative, PositiveAccelerators, Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class EnergyContract:
    """Power bought ahead at a fixed price; the rest is bought at the spot price."""

    price: MoneyPerKwh
    """Price under the contract."""
    share: Share = 1.0
    """Share of consumption that it covers."""
    until: day | None = None
    """Last day; left out, for good."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ScaleEconomies:
    """Large fleets cost less around the chip: servers and network, upkeep, and power above the servers' own.

    Each falls with the fleet as (fleet/reference)^-exponent (Goddard 1982); chips and their own power do not.
    """

    exponent: NonNegative
    """s; 0 for no economies of scale."""
    reference: PositiveAccelerators = 1000.0
    """Fleet at which costs are those of `technology.ownership`."""

    def factor(self, fleet: float) -> float:
        """Overhead of a fleet over that of the reference; one for no fleet. [1]

        >>> ScaleEconomies(exponent=0.5, reference=100.0).factor(400.0)
        0.5
        """
        return float((fleet / self.reference) ** -self.exponent) if fleet > 0.0 else 1.0


@plain_dataclass(frozen=True, slots=True)
class Site:
    """What of a firm bears on the cost of its hour."""

    energy: EnergyContract | None = None
    """Its contract for power."""
    fleet: float = 0.0
    """Accelerators that it owns, zero for who rents. [accelerator]"""
    region: str | None = None
    """Where it is at home, None where that is not known."""

    def electricity(self, spot: float, today: day) -> float:
        """Mean price of its power. [money/kWh] spot: price without a contract. [money/kWh]"""
        contract = self.energy
        if contract is None or (contract.until is not None and today > contract.until):
            return spot
        return contract.share * contract.price + (1.0 - contract.share) * spot


ANYBODY = Site()
"""Somebody with no contract and no fleet to speak of."""
