"""A licence that new sellers need."""

from typing import Literal

from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Amount, Days


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class EntryLicence(DatedPolicy):
    """A seller that has never had an offer needs a licence before its first: it pays, and waits.

    Hosts of open weights need none: the model is its maker's.
    """

    kind: Literal["entry_licence"] = "entry_licence"
    """Which policy."""
    fee: Amount = 0.0
    """What it costs, paid to the treasury with the application."""
    wait: Days = 0.0
    """Time from application to licence, in whole days."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.fee == 0.0 and self.wait == 0.0

    def licence(self) -> tuple[float, float]:
        """What a new seller must pay for its licence, and how long it waits for it. [money], [day]"""
        return self.fee, self.wait
