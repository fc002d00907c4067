"""What must fit in the textbook's games: who has a capacity or captives, how many sellers a street has, who draws."""

from collections.abc import Iterator

from pricewar.agents.demand.homogeneous import HomogeneousResponse
from pricewar.agents.demand.hotelling import HotellingResponse
from pricewar.agents.demand.sales import SalesResponse
from pricewar.agents.pricing.mixing import Mixing
from pricewar.scenarios.config.consistency.reading import Scenario, mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.sim.errors import Mistake


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
    yield from _drawers(scenario)


def _strangers(scenario: Scenario, key: str, named: dict[str, float]) -> Iterator[Mistake]:
    for seller in sorted(set(named) - set(scenario.sellers)):
        yield mistake(f"{key}.{seller}", "is no seller", suggestion(seller, sorted(scenario.sellers)))


def _drawers(scenario: Scenario) -> Iterator[Mistake]:
    responses = [segment.response for segment in scenario.segments.values()]
    known = len(responses) == 1 and isinstance(responses[0], HomogeneousResponse | SalesResponse)
    for name, seller in sorted(scenario.sellers.items()):
        if isinstance(seller.strategy, Mixing) and not known:
            right = "give the scenario one segment, with a response of kind homogeneous or sales"
            yield mistake(f"sellers.{name}.strategy.kind", "draws from an equilibrium that is not known here", right)
