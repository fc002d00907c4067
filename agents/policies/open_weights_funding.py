"""Public money for a lab that publishes its weights."""

from datetime import date
from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Realm, Rule
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Clock, Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.policy import TREASURY
from pricewar.sim.units import MoneyPerYear


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class OpenWeightsFunding:
    """The treasury sponsors a lab, day by day; with it, projects go on that would wait for money."""

    kind: Literal["open_weights_funding"] = "open_weights_funding"
    """Which policy."""
    lab: SellerId
    """Who gets it: one of `labs`, or a seller."""
    yearly: MoneyPerYear
    """How much a year; 0 has no effect."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.yearly == 0.0

    def rule(self, name: str, clock: Clock) -> "Funded":
        """The policy in a run."""
        return Funded(name, self, clock)


class Funded(Rule[OpenWeightsFunding]):
    """Public funding in a run."""

    def act(self, realm: Realm, fact: FactId) -> Process:
        """Pay every day, as long as there is somebody to be paid."""
        del fact
        world, spec = realm.world, self.spec
        firm = next((firm for firm in realm.firms if firm.name == spec.lab), None)
        amount = spec.yearly / DAYS_PER_YEAR
        while self.in_force(world.clock.now) and not (firm is not None and firm.gone):
            world.ledger.post(TREASURY, spec.lab, "funding", amount)
            if firm is not None:
                firm.aside += amount
            yield world.clock.at(world.clock.day + 1, Phase.PLANS)
