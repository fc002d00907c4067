"""Mistakes reach whoever must mend them, also from another process."""

import pickle

from pricewar.sim.errors import Mistake, ScenarioMistakes


def test_the_mistakes_of_a_scenario_survive_the_way_from_a_worker() -> None:
    raised = ScenarioMistakes([Mistake("a.toml", "days", "is -1", "it must be above 0"), Mistake("a.toml", "", "odd")])
    again = pickle.loads(pickle.dumps(raised))
    assert again.mistakes == raised.mistakes
    assert str(again) == str(raised) == "a.toml: days: is -1; it must be above 0\na.toml: odd"
