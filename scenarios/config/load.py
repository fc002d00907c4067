"""A scenario from TOML: files read and laid over one another, checked at once, frozen.

load("china-2024", ["opening.utilisation=0.5"], ["price-floor"])
"""

from collections.abc import Iterable

from pricewar.scenarios.config.check import build, resolved
from pricewar.scenarios.config.files import read
from pricewar.scenarios.config.schema import Scenario


def load(
    source: str,
    overrides: Iterable[str] = (),
    policies: Iterable[str] = (),
    strategies: Iterable[str | type] = (),
) -> Scenario:
    """Read and check a scenario.

    source: name of a bundled scenario, path of a TOML file, or `-` for standard input.
    overrides: `key.path=value`, the value in TOML or a bare word.
    policies: names of bundled policies or paths of policy files, laid over the scenario in this order.
    strategies: classes of one's own that it may name by their kind, each as `my_rules.py:Sticky`, as
    `my_rules:Sticky`, or the class itself; see docs/strategies.md.
    Raises ScenarioMistakes with every mistake at once, UserMistake for a name that is not known.
    """
    return build(Scenario, read(source, overrides, policies, strategies))


def to_toml(scenario: Scenario) -> str:
    """Write a scenario in full, defaults included, so that reading it gives the same scenario."""
    import tomli_w

    return tomli_w.dumps(resolved(scenario), multiline_strings=True)
