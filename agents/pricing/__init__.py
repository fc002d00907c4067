"""Strategies, one file each. A new one: write the file, name it in `Ours`, inherit its tests.

One of an author's own needs no line here: `pricewar run mine.toml --strategy my_rules.py:Sticky`. All that its file
needs is imported from here: what a strategy is handed and hands back, the types of its keys, and ours to build on.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Union, get_args

from pydantic import Field, TypeAdapter, WrapSerializer, WrapValidator

from pricewar.agents.pricing.alternating import Alternating
from pricewar.agents.pricing.authored import CONTEXT, accept, kind_of, write
from pricewar.agents.pricing.best_response import BestResponse
from pricewar.agents.pricing.books import (
    Books,
    Conduct,
    Decision,
    Partners,
    Strategy,
    Traits,
    View,
    cheapest_rival,
    rivals,
    traits_of,
)
from pricewar.agents.pricing.boom import RotembergSaloner
from pricewar.agents.pricing.cost_plus import CostPlus
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.pricing.follow import Follow
from pricewar.agents.pricing.grid import GridBestResponse
from pricewar.agents.pricing.mixing import Mixing
from pricewar.agents.pricing.penetration import Penetration
from pricewar.agents.pricing.prize import Prize
from pricewar.agents.pricing.q_learner import QLearner
from pricewar.agents.pricing.race import Race
from pricewar.agents.pricing.replay import Replay
from pricewar.agents.pricing.sequential_q_learner import SequentialQLearner
from pricewar.agents.pricing.trigger import Trigger
from pricewar.agents.pricing.undercut import Undercut
from pricewar.sim.parameters import CHECKED, Range, fixed
from pricewar.sim.units import (
    Days,
    MtokPerDay,
    NonNegative,
    OpenShare,
    PositiveDays,
    PositivePricePerMtok,
    PricePerMtok,
    Share,
    Unit,
)

__all__ = [
    "CHECKED",
    "Alternating",
    "BestResponse",
    "Books",
    "Conduct",
    "CostPlus",
    "Days",
    "Decision",
    "Fixed",
    "Follow",
    "GridBestResponse",
    "Mixing",
    "MtokPerDay",
    "NonNegative",
    "OpenShare",
    "Partners",
    "Penetration",
    "PositiveDays",
    "PositivePricePerMtok",
    "PricePerMtok",
    "Prize",
    "QLearner",
    "Race",
    "Range",
    "Replay",
    "RotembergSaloner",
    "SequentialQLearner",
    "Share",
    "Strategy",
    "Traits",
    "Trigger",
    "Undercut",
    "Unit",
    "View",
    "cheapest_rival",
    "fixed",
    "rivals",
    "traits_of",
]
"""What an author's file imports."""

Ours = (
    Alternating
    | BestResponse
    | CostPlus
    | Fixed
    | Follow
    | GridBestResponse
    | Mixing
    | Penetration
    | Prize
    | QLearner
    | Race
    | Replay
    | RotembergSaloner
    | SequentialQLearner
    | Trigger
    | Undercut
)
"""The strategies that come with this software."""

StrategySpec = Annotated[
    Ours,
    Field(discriminator="kind", json_schema_extra={"x-own": "--strategy FILE.py:CLASS"}),
    WrapValidator(accept),
    WrapSerializer(write),
]
"""Any strategy that a scenario may name, told apart by `kind`: ours, and those that the command line names."""


def taken() -> dict[str, type]:
    """The kinds of our strategies, each with its class."""
    return {str(kind_of(cls)): cls for cls in get_args(Ours)}


def context(authored: Iterable[type]) -> dict[str, Any]:
    """Make the context in which a scenario may also name these classes of strategies, each of another kind."""
    classes = tuple(authored)
    if not classes:
        return {}
    union: Any = Union[(Ours, *classes)]
    return {CONTEXT: TypeAdapter(Annotated[union, Field(discriminator="kind")])}
