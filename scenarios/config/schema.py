"""What a scenario may say. A scenario is a TOML file; `load` reads it into a frozen `Scenario`.

Every table is keyed by an identifier (sellers.alibaba, segments.language), so the order in which things are listed
cannot matter. A number may be a range `{low = ..., high = ...}` where its type says so: each seed draws it.
"""

from dataclasses import field
from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.machines.compute import ComputeMarket
from pricewar.agents.machines.spec import Technology
from pricewar.agents.machines.supply import Supply
from pricewar.agents.mechanisms import Chain
from pricewar.agents.models.releases import HostTerms, Release
from pricewar.agents.models.spec import OpenLab
from pricewar.agents.policies import PolicySpec
from pricewar.agents.pricing.books import Conduct, Mechanisms
from pricewar.agents.sellers.dated_events import ForcedPrice
from pricewar.agents.sellers.opening import Opening
from pricewar.agents.sellers.spec import Seller
from pricewar.scenarios.config.consistency import mistakes_of
from pricewar.scenarios.config.parts import BuyerTerms, Currency, Tables
from pricewar.sim.analysis.wars.settings import DetectorSettings
from pricewar.sim.errors import ScenarioMistakes
from pricewar.sim.market.terms import MarketTerms
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import Unit, Utilisation


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Scenario:
    """A market, its people and its rules, from a first day on."""

    title: str
    """One line, as `pricewar list` shows it."""
    description: str = ""
    """What it is for and what it assumes."""
    start: date
    """First day."""
    days: Annotated[int, Field(ge=1), Unit("day")] = 365
    """Days simulated from the first on."""
    burn_in: Annotated[int, Field(ge=0), Unit("day")] = 365
    """Days simulated before the first, at opening prices, so that contracts and shares settle. A war needs 90 days
    of record before it."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Root of all chance, used when the command gives none; always recorded."""
    books: bool = True
    """Whether the market clears and the books close every day. Off leaves renewals, choices and reviews, without
    tables: for timing."""
    max_utilisation: Utilisation = 0.95
    """Mean utilisation beyond which tokens are turned away. Assumed: within a day peaks stand about 1.23 above the
    mean (DeepSeek, open-infra-index, day 6), part of which batch work fills."""
    currency: Currency = Field(default_factory=Currency)
    """Money."""
    buyers: BuyerTerms = Field(default_factory=BuyerTerms)
    """Buyers in general."""
    segments: Annotated[dict[SellerId, Segment], Field(min_length=1)]
    """Buyers by application domain."""
    sellers: Annotated[dict[SellerId, Seller], Field(min_length=1)]
    """Clouds and labs."""
    releases: dict[SellerId, Release] = Field(default_factory=dict)
    """Open weights."""
    labs: dict[SellerId, OpenLab] = Field(default_factory=dict)
    """Labs that release models and sell none."""
    hosts: HostTerms = Field(default_factory=HostTerms)
    """Hosts of open weights, and buyers who host for themselves."""
    technology: Technology = Field(default_factory=Technology)
    """What machines, power and progress cost."""
    supply: Supply = Field(default_factory=Supply)
    """Where new accelerators come from."""
    compute: ComputeMarket | None = None
    """The market for rented accelerators; left out, rents follow `technology.rents`."""
    opening: Opening = Field(default_factory=Opening)
    """What holds the prices of the first day."""
    mechanisms: Mechanisms = Field(default_factory=Mechanisms)
    """The switches M2 to M8."""
    chain: Chain = Field(default_factory=Chain)
    """The links from cloud to scale and back, each to be cut."""
    conduct: Conduct = Field(default_factory=Conduct)
    """How sellers review prices."""
    market: MarketTerms = Field(default_factory=MarketTerms)
    """Rules of the market."""
    detector: DetectorSettings = Field(default_factory=DetectorSettings)
    """What counts as a price war."""
    policies: dict[SellerId, PolicySpec] = Field(default_factory=dict)
    """Policies in force, by name."""
    forced: dict[SellerId, ForcedPrice] = Field(default_factory=dict)
    """Prices forced from outside, by name."""
    tables: Tables = Field(default_factory=Tables)
    """Data tables."""
    sources: dict[str, str] = field(default_factory=dict)
    """Where numbers come from: patterns of keys (`sellers.*.cash`), each with a source or "assumed, because ..."."""

    def __post_init__(self) -> None:
        """Check what must fit across keys. Raises ScenarioMistakes with every mistake."""
        found = mistakes_of(self)
        if found:
            raise ScenarioMistakes(found)
