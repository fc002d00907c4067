"""What a million tokens cost, taken apart: machine-hour, utilisation, software, machine time, training."""

from dataclasses import dataclass

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
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
