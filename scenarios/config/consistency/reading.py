"""What the checks read of a scenario, and how they say what is wrong."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.machines.compute import ComputeMarket
from pricewar.agents.machines.spec import Technology
from pricewar.agents.machines.supply import Supply
from pricewar.agents.models.releases import HostTerms, Release
from pricewar.agents.models.spec import OpenLab
from pricewar.agents.policies import PolicySpec
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.sellers.dated_events import ForcedPrice
from pricewar.agents.sellers.spec import Seller
from pricewar.scenarios.config.parts import BuyerTerms, Tables
from pricewar.sim.errors import Mistake


class Scenario(Protocol):
    """What the checks read of a scenario."""

    @property
    def start(self) -> date:
        """First day."""

    @property
    def conduct(self) -> Conduct:
        """How sellers review prices."""

    @property
    def buyers(self) -> BuyerTerms:
        """Buyers in general."""

    @property
    def segments(self) -> Mapping[str, Segment]:
        """Buyers by application domain."""

    @property
    def sellers(self) -> Mapping[str, Seller]:
        """Clouds and labs."""

    @property
    def releases(self) -> Mapping[str, Release]:
        """Open weights."""

    @property
    def labs(self) -> Mapping[str, OpenLab]:
        """Labs that release models and sell none."""

    @property
    def hosts(self) -> HostTerms:
        """Hosts of open weights."""

    @property
    def supply(self) -> Supply:
        """Where new accelerators come from."""

    @property
    def technology(self) -> Technology:
        """What machines and power cost."""

    @property
    def compute(self) -> ComputeMarket | None:
        """The market for rented accelerators."""

    @property
    def policies(self) -> Mapping[str, PolicySpec]:
        """Policies in force."""

    @property
    def forced(self) -> Mapping[str, ForcedPrice]:
        """Prices forced from outside."""

    @property
    def tables(self) -> Tables:
        """Data tables."""


def mistake(key: str, wrong: str, right: str) -> Mistake:
    """One mistake; the file is filled in by who read it."""
    return Mistake("", key, wrong, right)
