"""What must fit in what a scenario says of sellers, their lines and fleets, and of open releases."""

from collections.abc import Iterator

from pricewar.agents.sellers.spec import Seller, Tier
from pricewar.agents.serving_cost import GivenCost, ServedCost
from pricewar.scenarios.config.consistency.reading import Scenario, mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.tables import has_price
from pricewar.sim.errors import Mistake


def seller_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in what is sold, on what, and in what is released."""
    yield from _sellers(scenario)
    yield from _releases(scenario)


def _sellers(scenario: Scenario) -> Iterator[Mistake]:
    for name, seller in sorted(scenario.sellers.items()):
        if not seller.tiers:
            yield mistake(f"sellers.{name}.tiers", "has no product line", "give the seller a tier")
        for tier_name, tier in sorted(seller.tiers.items()):
            outside = seller.entry is not None
            yield from _tier(scenario, f"sellers.{name}.tiers.{tier_name}", name, tier, outside=outside)
        yield from _fleet(name, seller)
        yield from _arrivals(scenario, name, seller)
    inside = [seller for seller in scenario.sellers.values() if seller.entry is None]
    if not any(tier.from_start for seller in inside for tier in seller.tiers.values()):
        yield mistake("sellers", "have nothing to sell on the first day", "give a tier a price and no launch")


def _tier(scenario: Scenario, key: str, seller: str, tier: Tier, *, outside: bool) -> Iterator[Mistake]:
    if outside and (tier.launch is not None or tier.release is not None or tier.price is not None):
        yield mistake(key, "belongs to a seller with entry", "leave out its launch, release and price: entry opens it")
        return
    if outside:
        return
    if tier.launch is not None and tier.release is not None:
        yield mistake(f"{key}.launch", "excludes release", "keep the one that opens the line")
    if tier.release is not None and tier.release not in scenario.releases:
        right = suggestion(tier.release, sorted(scenario.releases))
        yield mistake(f"{key}.release", f"there is no release '{tier.release}'", right)
    if tier.launch is not None and tier.launch < scenario.start:
        yield mistake(f"{key}.launch", f"is {tier.launch}, before the start", "leave it out for such a line")
    if not tier.from_start and tier.price is not None:
        yield mistake(f"{key}.price", "is given for a line that opens later", "its price is solved; leave it out")
    if tier.from_start and tier.price is None:
        listed = scenario.tables.list_prices
        if listed is None or not has_price(listed, seller, tier.model, scenario.start):
            right = f"give it, or list '{tier.model}' of '{seller}' in tables.list_prices by {scenario.start}"
            yield mistake(f"{key}.price", "is missing", right)
    if tier.from_start and tier.price == 0.0:
        yield mistake(f"{key}.price", "is 0", "a first price must be above 0, for indices are built on it")
    for name, upgrade in sorted(tier.upgrades.items()):
        if upgrade.date < scenario.start:
            right = "it must lie after the start"
            yield mistake(f"{key}.upgrades.{name}.date", f"is {upgrade.date}", right)


def _fleet(name: str, seller: Seller) -> Iterator[Mistake]:
    served = any(isinstance(tier.cost, ServedCost) for tier in seller.tiers.values())
    if served and (seller.fleet is None or seller.fleet.chip is None):
        yield mistake(f"sellers.{name}.fleet.chip", "is missing", "models with a served cost need a chip")
    if seller.fleet is not None and seller.fleet.accelerators is None:
        if seller.entry is not None or not any(tier.from_start for tier in seller.tiers.values()):
            right = "give a number: a seller that comes later has no opening load to size its fleet by"
            yield mistake(f"sellers.{name}.fleet.accelerators", "is missing", right)
    elif seller.fleet is not None and seller.fleet.accelerators == 0.0:
        yield mistake(f"sellers.{name}.fleet.accelerators", "is 0", "a seller needs machines; give a number")


def _arrivals(scenario: Scenario, name: str, seller: Seller) -> Iterator[Mistake]:
    for lot_name, lot in sorted(seller.fleet.arrivals.items() if seller.fleet else ()):
        if lot.date <= scenario.start:
            key = f"sellers.{name}.fleet.arrivals.{lot_name}.date"
            yield mistake(key, f"is {lot.date}", f"it must lie after the start, {scenario.start}")


def _releases(scenario: Scenario) -> Iterator[Mistake]:
    for name, release in sorted(scenario.releases.items()):
        if release.date is not None and release.date < scenario.start:
            yield mistake(f"releases.{name}.date", f"is {release.date}", "it must not lie before the start")
        if not isinstance(release.cost, GivenCost) and scenario.hosts.chip is None:
            yield mistake("hosts.chip", "is missing", f"release '{name}' has a served cost")
