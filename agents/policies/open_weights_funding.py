"""Public money for a lab that publishes its weights."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy, Jurisdiction, Mention, PolicySetting
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.policy import TREASURY, EnactedPolicy
from pricewar.sim.units import MoneyPerYear


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class OpenWeightsFunding(DatedPolicy):
    """The treasury sponsors a lab, day by day; with it, projects go on that would wait for money."""

    kind: Literal["open_weights_funding"] = "open_weights_funding"
    """Which policy."""
    lab: SellerId
    """Who gets it: one of `labs`, or a seller."""
    yearly: MoneyPerYear
    """How much a year; 0 has no effect."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.yearly == 0.0

    def mentions(self, setting: PolicySetting) -> Iterator[Mention]:
        """Whom it funds."""
        del setting
        yield Mention("lab", "lab or seller", self.lab)

    def act(self, enacted: EnactedPolicy, jurisdiction: Jurisdiction, fact: FactId) -> Process:
        """Pay every day, as long as there is somebody to be paid."""
        del fact
        world = jurisdiction.world
        firm = next((firm for firm in jurisdiction.firms if firm.name == self.lab), None)
        amount = self.yearly / DAYS_PER_YEAR
        while enacted.in_force(world.clock.now) and not (firm is not None and firm.gone):
            world.ledger.post(TREASURY, self.lab, "funding", amount)
            if firm is not None:
                firm.aside += amount
            yield world.clock.at(world.clock.day + 1, Phase.PLANS)
