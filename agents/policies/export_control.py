"""Export controls on accelerators, by chip, region and date."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy, Mention, PolicySetting, mentioned_regions
from pricewar.sim.parameters import CHECKED, SellerId


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ExportControl(DatedPolicy):
    """No new orders of some accelerators from some regions (BIS rules of 7 October 2022 and 17 October 2023)."""

    kind: Literal["export_control"] = "export_control"
    """Which policy."""
    chips: tuple[str, ...]
    """Accelerators by their names in the catalogue; none of them has no effect."""
    regions: tuple[SellerId, ...]
    """Regions into which they may not be sold."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return not self.chips or not self.regions

    def mentions(self, setting: PolicySetting) -> Iterator[Mention]:
        """Its chips, and its regions where it is known of anybody where it is; otherwise nobody is barred."""
        for i, chip in enumerate(self.chips):
            yield Mention(f"chips.{i}", "chip", chip)
        if setting.regions:
            yield from mentioned_regions(self.regions)

    def bars(self, chip: str, region: str) -> bool:
        """Whether vendors may not sell a chip into a region."""
        return chip in self.chips and region in self.regions
