"""What a firm's tokens cost it today: owned machines at a cloud, rented ones at a lab, or a cost given outright."""

import numpy as np

from pricewar.agents.machines.fleet import Machines
from pricewar.agents.machines.sites import EnergyContract, Site
from pricewar.agents.sellers.lines import Line
from pricewar.sim.economics.curves import AnyCurveSpec
from pricewar.sim.economics.ownership import CostParts, HourCost
from pricewar.sim.errors import UserMistake


class TokenCosts:
    """Costs of one firm, by product line."""

    def __init__(
        self, machines: Machines, role: str, energy: EnergyContract | None, planned: float, region: str | None = None
    ) -> None:
        """role: cloud or lab. energy: its contract for power. planned: utilisation that it plans with. [1]

        region: where it is at home.
        """
        self.region = region
        self.machines, self.economy = machines, machines.economy
        self.role, self.energy, self.planned = role, energy, planned
        self._hour: tuple[float, HourCost | None] = (float("nan"), None)
        self._progress: tuple[tuple[float, float], float] = ((float("nan"), 0.0), 1.0)

    @property
    def site(self) -> Site:
        """The firm's contract for power, and the size of the fleet that it owns."""
        return Site(self.energy, self.machines.count if self.role == "cloud" else 0.0, self.region)

    def hour(self) -> HourCost:
        """Cost of an hour of the firm's first chip today: owned by a cloud, rented by a lab.

        Simplification: work on later chips is counted at the cost of the same work on the first.
        """
        now = self.economy.world.clock.now
        if self._hour[0] == now and self._hour[1] is not None:
            return self._hour[1]
        chip = self.machines.chip
        if chip is None:
            raise UserMistake(f"seller '{self.machines.firm}' serves a model but has no chip; give fleet.chip")
        owned = self.role == "cloud"
        hour = self.economy.owned_hour(chip, self.site) if owned else self.economy.rented_hour(chip, self.site)
        self._hour = (now, hour)
        return hour

    def practice(self) -> float:
        """Machine time, or a cost given outright, over that of the first day, by the firm's own experience (M4). [1]"""
        return self.economy.experience.factor(self.machines.firm)

    def progress(self) -> float:
        """Machine time over that of the first day, by software and by the firm's own experience. [1]"""
        world = self.economy.world
        state = (world.clock.now, world.output.cumulative)
        if self._progress[0] != state:
            self._progress = (state, self.economy.software() * self.practice())
        return self._progress[1]

    def curve_factor(self, curve: AnyCurveSpec | None, key: str) -> float:
        """Where a curve of cost stands over the first day. [1]"""
        return self.economy.curve_factor(curve, key)

    def machine_kilowatts(self) -> float:
        """Power of an accelerator at work, zero without a chip. [kW]"""
        chip = self.machines.chip
        return 0.0 if chip is None else self.economy.kilowatts(chip, self.site)

    def tax_per_kwh(self) -> float:
        """Taxes on power where the firm is at home. [money/kWh]"""
        return self.economy.world.policies.energy_tax(self.region)

    def tax_per_hour(self) -> float:
        """Taxes on the power of its first chip, zero without one. [money/accelerator-hour]"""
        chip = self.machines.chip
        return 0.0 if chip is None else self.economy.power_tax(chip, self.site)

    def kilowatts(self, line: Line) -> float:
        """Power of an accelerator at work on a line. [kW]"""
        return line.cost.kilowatts(self)

    def energy_tax(self, line: Line) -> float:
        """Taxes on power in the variable cost of a line. [money/Mtok]"""
        return line.cost.energy_tax(self, line.seconds.blended)

    def seconds(self, line: Line) -> float:
        """Accelerator-seconds per Mtok of a line."""
        return line.cost.machine_seconds(self, line.seconds.blended)

    def marginal(self, line: Line) -> float:
        """Energy and other variable cost of a line. [money/Mtok]"""
        return line.cost.variable(self, line.seconds.blended, line.key)

    def unit(self, line: Line) -> float:
        """Full serving cost of a line at the planned utilisation. [money/Mtok]"""
        return line.cost.unit(self, line.seconds.blended, line.key)

    def parts(self, line: Line, training: float) -> CostParts:
        """What the unit cost of a line is made of; training: what its model cost to make, not finite if unknown."""
        written_off = training if np.isfinite(training) else 0.0
        return line.cost.parts(self, line.seconds.blended, line.key, written_off)
