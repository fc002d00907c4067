"""What must fit across the keys of a scenario: names that point at something, one kind of demand, prices."""

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Protocol

from agents.compute import ComputeMarket, Level
from agents.costs import GivenCost, ServedCost
from agents.pricing.books import Conduct
from agents.products import Seller, Tier
from agents.projects import OpenLab
from agents.regulators import ExportControl, PolicySpec
from agents.releases import HostTerms, Release
from agents.segments import Segment
from agents.supply import Supply
from agents.technology import Technology
from scenarios.data import catalogue, has_price, tables
from scenarios.parts import BuyerTerms, Tables
from scenarios.research import research_mistakes
from sim.errors import Mistake
from sim.market.choice import LogResponse


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
    def tables(self) -> Tables:
        """Data tables."""


def mistakes_of(scenario: Scenario) -> list[Mistake]:
    """Every mistake across keys; the file is filled in by who read it."""
    found = [*_data_tables(scenario)]
    if found:
        return found  # without its tables nothing else can be looked up
    checks = (
        _calendar, _demand, _homes, _homelands, _sellers, _releases, _chips, _quotas, _regions, _compute,
        research_mistakes,
    )  # fmt: skip
    return [mistake for check in checks for mistake in check(scenario)]


def _mistake(key: str, wrong: str, right: str) -> Mistake:
    return Mistake("", key, wrong, right)


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(known)) or 'none'}"


def _data_tables(scenario: Scenario) -> Iterator[Mistake]:
    named = {"accelerators": scenario.tables.accelerators, "list_prices": scenario.tables.list_prices}
    for key, file in named.items():
        if file is not None and file not in tables():
            yield _mistake(f"tables.{key}", f"there is no table '{file}'", _nearest(file, tables()))


def _calendar(scenario: Scenario) -> Iterator[Mistake]:
    if scenario.start.year < 1900:
        yield _mistake("start", f"is {scenario.start}", "a scenario begins in 1900 or later")
    conducts = {"conduct": scenario.conduct} | {
        f"sellers.{name}.conduct": seller.conduct for name, seller in scenario.sellers.items() if seller.conduct
    }
    for key, conduct in sorted(conducts.items()):
        if conduct.regular and conduct.review_rate == 0.0:
            yield _mistake(f"{key}.review_rate", "is 0 with regular reviews", "give a rate above 0, or regular = false")


def _demand(scenario: Scenario) -> Iterator[Mistake]:
    kinds = {segment.response.kind for segment in scenario.segments.values()}
    if len(kinds) > 1:
        yield _mistake("segments", "have different kinds of response", "give all segments the same response.kind")
    references = {
        segment.response.reference
        for segment in scenario.segments.values()
        if isinstance(segment.response, LogResponse)
    }
    if len(references) > 1:
        yield _mistake("segments", "have different reference prices", "give all the same response.reference")


def _homes(scenario: Scenario) -> Iterator[Mistake]:
    homes = scenario.buyers.homes
    for name in sorted(set(homes) - set(scenario.sellers)):
        yield _mistake(f"buyers.homes.{name}", "is no seller", _nearest(name, list(scenario.sellers)))
    if sum(homes.values()) > 1.0 + 1e-12:
        yield _mistake("buyers.homes", f"add up to {sum(homes.values()):g}", "shares must not exceed 1 in all")


def _homelands(scenario: Scenario) -> Iterator[Mistake]:
    known = sorted({seller.region for seller in scenario.sellers.values() if seller.region is not None})
    for name, segment in sorted(scenario.segments.items()):
        for region in sorted(set(segment.abroad) - set(known)):
            yield _mistake(f"segments.{name}.abroad.{region}", "is the region of no seller", _nearest(region, known))


def _sellers(scenario: Scenario) -> Iterator[Mistake]:
    for name, seller in sorted(scenario.sellers.items()):
        if not seller.tiers:
            yield _mistake(f"sellers.{name}.tiers", "has no product line", "give the seller a tier")
        for tier_name, tier in sorted(seller.tiers.items()):
            outside = seller.entry is not None
            yield from _tier(scenario, f"sellers.{name}.tiers.{tier_name}", name, tier, outside=outside)
        yield from _fleet(name, seller)
        yield from _arrivals(scenario, name, seller)
    inside = [seller for seller in scenario.sellers.values() if seller.entry is None]
    if not any(tier.from_start for seller in inside for tier in seller.tiers.values()):
        yield _mistake("sellers", "have nothing to sell on the first day", "give a tier a price and no launch")


def _tier(scenario: Scenario, key: str, seller: str, tier: Tier, *, outside: bool) -> Iterator[Mistake]:
    if outside and (tier.launch is not None or tier.release is not None or tier.price is not None):
        yield _mistake(key, "belongs to a seller with entry", "leave out its launch, release and price: entry opens it")
        return
    if outside:
        return
    if tier.launch is not None and tier.release is not None:
        yield _mistake(f"{key}.launch", "excludes release", "keep the one that opens the line")
    if tier.release is not None and tier.release not in scenario.releases:
        right = _nearest(tier.release, list(scenario.releases))
        yield _mistake(f"{key}.release", f"there is no release '{tier.release}'", right)
    if tier.launch is not None and tier.launch < scenario.start:
        yield _mistake(f"{key}.launch", f"is {tier.launch}, before the start", "leave it out for such a line")
    if not tier.from_start and tier.price is not None:
        yield _mistake(f"{key}.price", "is given for a line that opens later", "its price is solved; leave it out")
    if tier.from_start and tier.price is None:
        listed = scenario.tables.list_prices
        if listed is None or not has_price(listed, seller, tier.model, scenario.start):
            right = f"give it, or list '{tier.model}' of '{seller}' in tables.list_prices by {scenario.start}"
            yield _mistake(f"{key}.price", "is missing", right)
    if tier.from_start and tier.price == 0.0:
        yield _mistake(f"{key}.price", "is 0", "a first price must be above 0, for indices are built on it")
    for name, upgrade in sorted(tier.upgrades.items()):
        if upgrade.date < scenario.start:
            right = "it must lie after the start"
            yield _mistake(f"{key}.upgrades.{name}.date", f"is {upgrade.date}", right)


def _fleet(name: str, seller: Seller) -> Iterator[Mistake]:
    served = any(isinstance(tier.cost, ServedCost) for tier in seller.tiers.values())
    if served and (seller.fleet is None or seller.fleet.chip is None):
        yield _mistake(f"sellers.{name}.fleet.chip", "is missing", "models with a served cost need a chip")
    if seller.fleet is not None and seller.fleet.accelerators is None:
        if seller.entry is not None or not any(tier.from_start for tier in seller.tiers.values()):
            right = "give a number: a seller that comes later has no opening load to size its fleet by"
            yield _mistake(f"sellers.{name}.fleet.accelerators", "is missing", right)
    elif seller.fleet is not None and seller.fleet.accelerators == 0.0:
        yield _mistake(f"sellers.{name}.fleet.accelerators", "is 0", "a seller needs machines; give a number")


def _arrivals(scenario: Scenario, name: str, seller: Seller) -> Iterator[Mistake]:
    for lot_name, lot in sorted(seller.fleet.arrivals.items() if seller.fleet else ()):
        if lot.date <= scenario.start:
            key = f"sellers.{name}.fleet.arrivals.{lot_name}.date"
            yield _mistake(key, f"is {lot.date}", f"it must lie after the start, {scenario.start}")


def _releases(scenario: Scenario) -> Iterator[Mistake]:
    for name, release in sorted(scenario.releases.items()):
        if release.date is not None and release.date < scenario.start:
            yield _mistake(f"releases.{name}.date", f"is {release.date}", "it must not lie before the start")
        if not isinstance(release.cost, GivenCost) and scenario.hosts.chip is None:
            yield _mistake("hosts.chip", "is missing", f"release '{name}' has a served cost")


def _chips(scenario: Scenario) -> Iterator[Mistake]:
    known = list(catalogue(scenario.tables.accelerators))
    named = {f"sellers.{n}.fleet.chip": s.fleet.chip for n, s in scenario.sellers.items() if s.fleet}
    named["hosts.chip"] = scenario.hosts.chip
    named.update({f"supply.chips.{chip}": chip for chip in scenario.supply.chips})
    if scenario.compute is not None:
        named["compute.chip"] = scenario.compute.chip
    for name, policy in scenario.policies.items():
        if isinstance(policy, ExportControl):
            named.update({f"policies.{name}.chips.{i}": chip for i, chip in enumerate(policy.chips)})
    for key, chip in sorted(named.items()):
        if chip is not None and chip not in known:
            yield _mistake(key, f"there is no accelerator '{chip}'", _nearest(chip, known))


def _quotas(scenario: Scenario) -> Iterator[Mistake]:
    for chip, terms in sorted(scenario.supply.chips.items()):
        if terms.quarterly is not None and terms.quarterly < scenario.supply.lump:
            wrong = f"is {terms.quarterly:g}, less than one order (supply.lump)"
            yield _mistake(f"supply.chips.{chip}.quarterly", wrong, "leave the chip out if it cannot be had")


def _regions(scenario: Scenario) -> Iterator[Mistake]:
    """Regions in which chips are sold or barred must be somebody's, where anybody's is known."""
    homes = {seller.region for seller in scenario.sellers.values()} | {scenario.supply.region}
    known = sorted(region for region in homes if region is not None)
    if not known:
        return  # where sellers are is not known: nobody is barred
    for chip, terms in sorted(scenario.supply.chips.items()):
        for region in sorted({*(terms.regions or ()), *terms.barred} - set(known)):
            yield _mistake(f"supply.chips.{chip}", f"no seller is in '{region}'", _nearest(region, known))


def _compute(scenario: Scenario) -> Iterator[Mistake]:
    market = scenario.compute
    if market is None:
        return
    if scenario.technology.rental == 0.0:
        yield _mistake("technology.rental", "is 0 with a market for rents", "give the opening rent it clears at")
    if market.outside_supply == 0.0:
        yield _mistake("compute.outside_supply", "is 0", "the rest of the world must have something to let")
    for key, levels in (("supply_levels", market.supply_levels), ("demand_levels", market.demand_levels)):
        if _twice(levels):
            yield _mistake(f"compute.{key}", "has a date twice", "give one level a date")


def _twice(levels: tuple[Level, ...]) -> bool:
    return len({level.date for level in levels}) < len(levels)
