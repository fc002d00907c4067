"""What must fit across the keys of a scenario: names that point at something, one kind of demand, prices, machines."""

from pricewar.scenarios.config.consistency.market import data_tables, forced_mistakes, game_mistakes, market_mistakes
from pricewar.scenarios.config.consistency.policies import policy_mistakes
from pricewar.scenarios.config.consistency.sellers import machine_mistakes, research_mistakes, seller_mistakes
from pricewar.scenarios.config.references import reference_mistakes, referred
from pricewar.scenarios.config.schema import Scenario
from pricewar.sim.errors import Mistake, ScenarioMistakes


def mistakes_of(scenario: Scenario) -> list[Mistake]:
    """Every mistake across keys; the file is filled in by who read it."""
    absent = [*data_tables(scenario)]
    if absent:
        return absent  # without its tables nothing else can be looked up
    checks = (
        market_mistakes, game_mistakes, seller_mistakes, machine_mistakes, research_mistakes, forced_mistakes,
        policy_mistakes,
    )  # fmt: skip
    whole = referred(scenario)
    return [*reference_mistakes(scenario), *(mistake for check in checks for mistake in check(whole))]


def consistent(scenario: Scenario) -> None:
    """Check what must fit across the keys of a scenario. Raises ScenarioMistakes with every mistake."""
    mistakes = mistakes_of(scenario)
    if mistakes:
        raise ScenarioMistakes(mistakes)
