"""What a scenario may say. A scenario is a TOML file; `load` reads it into a frozen `Scenario`.

Every table is keyed by an identifier (sellers.alibaba, segments.language), so the order in which things are listed
cannot matter. A number may be a range `{low = ..., high = ...}` where its type says so: each seed draws it.
"""

from dataclasses import field
from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.buyers.spec import Segment
from pricewar.agents.machines.spec import ComputeMarket, Supply, Technology
from pricewar.agents.mechanisms import Chain, Mechanisms
from pricewar.agents.models.spec import HostTerms, OpenLab, Release
from pricewar.agents.policies import PolicySpec
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.sellers.dated_events import ForcedPrice
from pricewar.agents.sellers.opening import Opening
from pricewar.agents.sellers.spec import Seller
from pricewar.sim.analysis.wars.settings import DetectorSettings
from pricewar.sim.market.board import MarketTerms
from pricewar.sim.parameters import CHECKED, SellerId
from pricewar.sim.units import MoneyPerUsd, Share, Unit, Utilisation


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Currency:
    """The money of the scenario; every price and every amount is in it."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    """ISO 4217 code."""
    per_usd: MoneyPerUsd = 1.0
    """Money for a US dollar; accelerators are listed in dollars."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class BuyerTerms:
    """How many buyers there are, and how they are represented."""

    count: Annotated[int, Field(ge=1), Unit("buyer")] = 20_000
    """Buyers in all segments. Assumed: the market's size in tokens does not depend on it, its noise does."""
    kind: Literal["sampled", "continuum"] = "sampled"
    """sampled: one array entry a buyer, each with tastes and contract of its own; continuum: the limit of many
    median buyers, without noise; homes, privacy and every spread are then left out."""
    homes: dict[SellerId, Share] = Field(default_factory=dict)
    """Share of buyers whose other workloads run on a cloud, by seller; the rest have no home."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Tables:
    """Data tables beside the scenario, by file name in the library."""

    accelerators: str = "accelerators.csv"
    """Data sheets, dates and prices of accelerators."""
    list_prices: str | None = None
    """Recorded list prices, from which opening prices are taken where a tier states none."""


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
