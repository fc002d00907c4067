"""What every firm of a run shares: the world, the economy, the rules, and what has been released and made so far."""

from dataclasses import dataclass, field
from typing import Protocol

from simpy import Event

from pricewar.agents.machines.economy import Economy
from pricewar.agents.mechanisms import Mechanisms
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.world import World


@dataclass(frozen=True, slots=True)
class OpenModel:
    """Weights that have been released."""

    name: str
    release: Release
    fact: FactId
    """The release."""


class PossibleHost(Protocol):
    """Who may serve released weights, and is in the market or not."""

    @property
    def fleet(self) -> float:
        """Accelerators in service, zero outside the market."""

    @property
    def terms(self) -> HostTerms:
        """What hosting takes."""

    def price(self) -> float:
        """What it asks: a mark-up on a public cost. [money/Mtok]"""


@dataclass(frozen=True, slots=True)
class Context:
    """What every firm of a run shares."""

    world: World
    economy: Economy
    mechanisms: Mechanisms
    max_utilisation: float
    """Mean utilisation beyond which tokens are turned away. [1]"""
    focal_market: bool
    """Whether focal prices hold this market's opening prices."""
    public: list[CompressionEvent]
    """Steps in compression that everybody has taken so far."""
    opened: list[OpenModel] = field(default_factory=list)
    """Open models so far that others may learn from (M2)."""
    hosts: dict[str, list[PossibleHost]] = field(default_factory=dict)
    """Who may host a model once its weights are out, by model (M2)."""
    awaited: dict[str, Event] = field(default_factory=dict)
    """Releases without a date, by name: each happens when its project is done, with a `Finished` as value."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A model that a project has made."""

    model: str
    capability: float
    fact: FactId
    """Its deployment."""
