"""What must fit in prices that are forced from outside: whose, which line, when."""

from collections.abc import Iterator

from pricewar.scenarios.config.consistency.reading import Scenario, mistake
from pricewar.scenarios.config.names import suggestion
from pricewar.sim.errors import Mistake


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
