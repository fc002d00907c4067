"""What must fit in the market as a whole: data tables, calendar, demand, where buyers are at home."""

from collections.abc import Iterator

from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.demand.hotelling import HotellingResponse
from pricewar.agents.demand.sales import SalesResponse
from pricewar.agents.pricing.books import traits_of
from pricewar.scenarios.config.messages import mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.config.tables import tables
from pricewar.sim.errors import Mistake


def data_tables(scenario: Scenario) -> Iterator[Mistake]:
    """Tables that a scenario names are there."""
    named = {"accelerators": scenario.tables.accelerators, "list_prices": scenario.tables.list_prices}
    for key, file in named.items():
        if file is not None and file not in tables():
            yield mistake(f"tables.{key}", f"there is no table '{file}'", suggestion(file, tables()))


def market_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in the calendar and in what is said of buyers."""
    for check in (_calendar, _demand, _homes, _homelands):
        yield from check(scenario)


def _calendar(scenario: Scenario) -> Iterator[Mistake]:
    if scenario.start.year < 1900:
        yield mistake("start", f"is {scenario.start}", "a scenario begins in 1900 or later")
    conducts = {"conduct": scenario.conduct} | {
        f"sellers.{name}.conduct": seller.conduct for name, seller in scenario.sellers.items() if seller.conduct
    }
    for key, conduct in sorted(conducts.items()):
        if conduct.regular and conduct.review_rate == 0.0:
            yield mistake(f"{key}.review_rate", "is 0 with regular reviews", "give a rate above 0, or regular = false")


def _demand(scenario: Scenario) -> Iterator[Mistake]:
    kinds = {segment.response.kind for segment in scenario.segments.values()}
    if len(kinds) > 1:
        yield mistake("segments", "have different kinds of response", "give all segments the same response.kind")
    references = {segment.response.reference_price for segment in scenario.segments.values()} - {None}
    if len(references) > 1:
        yield mistake("segments", "have different reference prices", "give all the same response.reference")


def _homes(scenario: Scenario) -> Iterator[Mistake]:
    homes = scenario.buyers.homes
    for name in sorted(set(homes) - set(scenario.sellers)):
        yield mistake(f"buyers.homes.{name}", "is no seller", suggestion(name, sorted(scenario.sellers)))
    if sum(homes.values()) > 1.0 + 1e-12:
        yield mistake("buyers.homes", f"add up to {sum(homes.values()):g}", "shares must not exceed 1 in all")


def _homelands(scenario: Scenario) -> Iterator[Mistake]:
    regions = sorted({seller.region for seller in scenario.sellers.values() if seller.region is not None})
    for name, segment in sorted(scenario.segments.items()):
        for region in sorted(set(segment.abroad) - set(regions)):
            yield mistake(f"segments.{name}.abroad.{region}", "is the region of no seller", suggestion(region, regions))


def game_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in demand systems that name or count sellers, and in strategies that need one of them."""
    for name, segment in sorted(scenario.segments.items()):
        response, key = segment.response, f"segments.{name}.response"
        if isinstance(response, HomogeneousResponse):
            yield from _strangers(scenario, f"{key}.capacity", response.capacity)
        elif isinstance(response, SalesResponse):
            yield from _strangers(scenario, f"{key}.captive", response.captive)
        elif isinstance(response, HotellingResponse):
            offers = sum(len(seller.tiers) for seller in scenario.sellers.values())
            if offers > 2:
                yield mistake(f"{key}.kind", f"has two ends for {offers} offers", "leave two sellers with a tier each")
    yield from _bound_to_responses(scenario)


def _strangers(scenario: Scenario, key: str, named: dict[str, float]) -> Iterator[Mistake]:
    for seller in sorted(set(named) - set(scenario.sellers)):
        yield mistake(f"{key}.{seller}", "is no seller", suggestion(seller, sorted(scenario.sellers)))


def _bound_to_responses(scenario: Scenario) -> Iterator[Mistake]:
    """Strategies that know an equilibrium for some kinds of demand only."""
    kinds = [segment.response.kind for segment in scenario.segments.values()]
    for name, seller in sorted(scenario.sellers.items()):
        able = traits_of(seller.strategy).responses
        if able and not (len(kinds) == 1 and kinds[0] in able):
            right = f"give the scenario one segment, with a response of kind {' or '.join(able)}"
            yield mistake(f"sellers.{name}.strategy.kind", "draws from an equilibrium that is not known here", right)


def forced_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Every mistake in what is said of forced prices. One after the last day is none: it never happens."""
    for name, spec in sorted(scenario.forced.items()):
        key = f"forced.{name}"
        seller = scenario.sellers.get(spec.seller)
        if seller is None:
            right = suggestion(spec.seller, sorted(scenario.sellers))
            yield mistake(f"{key}.seller", f"'{spec.seller}' is no seller", right)
            continue
        if spec.date < scenario.start:
            yield mistake(f"{key}.date", f"is {spec.date}", f"it must not lie before the start, {scenario.start}")
        if spec.tier is None:
            continue
        tier = seller.tiers.get(spec.tier)
        if tier is None:
            right = suggestion(spec.tier, sorted(seller.tiers))
            yield mistake(f"{key}.tier", f"{spec.seller} has no tier '{spec.tier}'", right)
        elif tier.launch is not None and spec.date < tier.launch:
            right = f"the line opens on {tier.launch}; take that day or a later one"
            yield mistake(f"{key}.date", f"is {spec.date}", right)
