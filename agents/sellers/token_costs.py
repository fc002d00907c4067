"""What a firm's tokens cost it today: owned machines at a cloud, rented ones at a lab, or a cost given outright."""

import numpy as np

from pricewar.agents.machines.fleet import Machines
from pricewar.agents.machines.sites import EnergyContract, Site
from pricewar.agents.sellers.lines import Line
from pricewar.agents.serving_cost import GivenCost
from pricewar.sim.economics.ownership import CostParts, HourCost, stated
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

    def kilowatts(self, line: Line) -> float:
        """Power of an accelerator at work on a line; where costs are given outright, as they say. [kW]"""
        if isinstance(line.cost, GivenCost):
            return line.cost.energy * 3600.0 / line.cost.seconds
        if self.machines.chip is None:
            return 0.0
        return self.economy.kilowatts(self.machines.chip, self.site)

    def energy_tax(self, line: Line) -> float:
        """Taxes on power in the variable cost of a line. [money/Mtok]"""
        chip = self.machines.chip
        if isinstance(line.cost, GivenCost):
            return self.economy.world.policies.energy_tax(self.region) * line.cost.energy
        return 0.0 if chip is None else self.economy.power_tax(chip, self.site) * self.seconds(line) / 3600.0

    def practice(self) -> float:
        """Machine time, or a cost given outright, over that of the first day, by the firm's own experience (M4). [1]"""
        return self.economy.experience.factor(self.machines.firm)

    def seconds(self, line: Line) -> float:
        """Accelerator-seconds per Mtok of a line."""
        if isinstance(line.cost, GivenCost):
            return line.seconds.blended
        return line.seconds.blended * self.progress()

    def progress(self) -> float:
        """Machine time over that of the first day, by software and by the firm's own experience. [1]"""
        world = self.economy.world
        state = (world.clock.now, world.output.cumulative)
        if self._progress[0] != state:
            self._progress = (state, self.economy.software() * self.practice())
        return self._progress[1]

    def marginal(self, line: Line) -> float:
        """Energy and other variable cost of a line. [money/Mtok]"""
        if isinstance(line.cost, GivenCost):
            fallen = line.cost.marginal * self.economy.given(line.cost, line.key) * self.practice()
            return fallen + self.energy_tax(line)
        return self.hour().variable * self.seconds(line) / 3600.0

    def unit(self, line: Line) -> float:
        """Full serving cost of a line at the planned utilisation. [money/Mtok]"""
        if isinstance(line.cost, GivenCost):
            fallen = line.cost.full_cost * self.economy.given(line.cost, line.key) * self.practice()
            return fallen + self.energy_tax(line)
        return self.hour().total * self.seconds(line) / (3600.0 * self.planned)

    def parts(self, line: Line, training: float) -> CostParts:
        """What the unit cost of a line is made of; training: what its model cost to make, not finite if unknown."""
        written_off = training if np.isfinite(training) else 0.0
        if isinstance(line.cost, GivenCost):
            fallen = self.economy.given(line.cost, line.key) * self.practice()
            tax = self.energy_tax(line) / fallen if fallen > 0.0 else 0.0  # no curve lowers it
            marginal, full = line.cost.marginal + tax, line.cost.full_cost + tax
            return stated(marginal, full, line.seconds.blended, fallen, training=written_off)
        hour = self.hour()
        return CostParts(
            capital=hour.capital,
            energy=hour.energy,
            upkeep=hour.upkeep,
            utilisation=self.planned,
            software=self.progress(),
            machine_time=line.seconds.blended,
            training=written_off,
        )
