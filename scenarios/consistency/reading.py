"""What the checks read of a scenario, and how they say what is wrong."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from agents.compute import ComputeMarket
from agents.forced import ForcedPrice
from agents.policies import PolicySpec
from agents.pricing.books import Conduct
from agents.products import Seller
from agents.projects import OpenLab
from agents.releases import HostTerms, Release
from agents.segments import Segment
from agents.supply import Supply
from agents.technology import Technology
from scenarios.parts import BuyerTerms, Tables
from sim.errors import Mistake


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
