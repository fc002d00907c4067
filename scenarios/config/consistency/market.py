"""What must fit in the market as a whole: data tables, calendar, demand, where buyers are at home."""

from collections.abc import Iterator

from pricewar.scenarios.config.consistency.reading import Scenario, mistake
from pricewar.scenarios.config.names import suggestion
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
    known = sorted({seller.region for seller in scenario.sellers.values() if seller.region is not None})
    for name, segment in sorted(scenario.segments.items()):
        for region in sorted(set(segment.abroad) - set(known)):
            yield mistake(f"segments.{name}.abroad.{region}", "is the region of no seller", suggestion(region, known))
