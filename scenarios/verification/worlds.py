"""Textbook worlds in which known answers are obtained: the bundled `textbook`, with other sellers and buyers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pricewar.agents.demand import ResponseSpec
from pricewar.agents.demand.linear_logit import LinearResponse
from pricewar.agents.pricing import StrategySpec
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.sellers.spec import Seller, Tier
from pricewar.agents.serving_cost import GivenCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario

POTENTIAL = 1000.0
"""Tokens if everybody bought, in every world. [Mtok/day]"""


def seller(
    *lines: Mapping[str, Any],
    strategy: StrategySpec | None = None,
    conduct: Conduct | None = None,
    **other: Any,
) -> Seller:
    """A seller of product lines; each says its `price` and `cost`, and may say its `tier`, `value` and other keys.

    price: of the first day. [money/Mtok] cost: marginal. [money/Mtok] value: gross value a. [money/Mtok]
    seconds: machine time, 1 if not said. [s/Mtok] energy: power behind the cost, none if not said. [kWh/Mtok]
    """
    tiers = {}
    for number, line in enumerate(lines):
        keys = dict(line)
        name = keys.pop("tier", f"line-{number}")
        seconds, energy = keys.pop("seconds", 1.0), keys.pop("energy", 0.0)
        cost = GivenCost(marginal=keys.pop("cost"), seconds=seconds, energy=energy)
        tiers[name] = Tier(model=f"model-{number}", cost=cost, **keys)
    return Seller(tiers=tiers, strategy=strategy or BestResponse(), conduct=conduct, **other)


def world(
    sellers: Mapping[str, Seller] | Sequence[Seller],
    response: ResponseSpec | None = None,
    *,
    days: int = 300,
    segment: Mapping[str, Any] | None = None,
    **other: Any,
) -> Scenario:
    """The textbook market with these sellers (named `seller-0`, ... where they have no names) and this response.

    Contracts of a day in place of ten: shares then follow prices within the week between two reviews.

    segment: other keys of the one segment of buyers. other: other keys of the scenario.
    """
    textbook = load("textbook")
    other = {"burn_in": 30, **other}
    named = sellers if isinstance(sellers, Mapping) else {f"seller-{j}": each for j, each in enumerate(sellers)}
    keys = {"response": response or LinearResponse(), "potential": POTENTIAL, "contract": 1.0, **(segment or {})}
    buyers = replace(textbook.segments["all"], **keys)
    return replace(textbook, sellers=dict(named), segments={"all": buyers}, days=days, sources={}, **other)
