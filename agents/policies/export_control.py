"""Export controls on accelerators, by chip, region and date."""

from datetime import date
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Rule
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.parameters import CHECKED, SellerId


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ExportControl:
    """No new orders of some accelerators from some regions (BIS rules of 7 October 2022 and 17 October 2023)."""

    kind: Literal["export_control"] = "export_control"
    """Which policy."""
    chips: tuple[str, ...]
    """Accelerators by their names in the catalogue; none of them has no effect."""
    regions: tuple[SellerId, ...]
    """Regions into which they may not be sold."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return not self.chips or not self.regions

    def rule(self, name: str, clock: Clock) -> "Controlled":
        """The policy in a run."""
        return Controlled(name, self, clock)


class Controlled(Rule[ExportControl]):
    """An export control in a run; vendors ask it."""

    def bars(self, chip: str, region: str, time: float) -> bool:
        """Whether vendors may not sell a chip into a region."""
        return self.in_force(time) and chip in self.spec.chips and region in self.spec.regions
