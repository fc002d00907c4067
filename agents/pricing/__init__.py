"""Strategies, one file each. A new one: write the file, name it in `StrategySpec`, inherit its tests."""

from typing import Annotated

from pydantic import Field

from agents.pricing.alternating import Alternating
from agents.pricing.best_response import BestResponse
from agents.pricing.cost_plus import CostPlus
from agents.pricing.fixed import Fixed
from agents.pricing.follow import Follow
from agents.pricing.grid import GridBestResponse
from agents.pricing.mixing import Mixing
from agents.pricing.penetration import Penetration
from agents.pricing.replay import Replay
from agents.pricing.undercut import Undercut

StrategySpec = Annotated[
    Alternating
    | BestResponse
    | CostPlus
    | Fixed
    | Follow
    | GridBestResponse
    | Mixing
    | Penetration
    | Replay
    | Undercut,
    Field(discriminator="kind"),
]
"""Any strategy that a scenario may name, told apart by `kind`."""
