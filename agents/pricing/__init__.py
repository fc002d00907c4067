"""Strategies, one file each. A new one: write the file, name it in `StrategySpec`, inherit its tests."""

from typing import Annotated

from pydantic import Field

from agents.pricing.best_response import BestResponse
from agents.pricing.boom import RotembergSaloner
from agents.pricing.cost_plus import CostPlus
from agents.pricing.fixed import Fixed
from agents.pricing.follow import Follow
from agents.pricing.penetration import Penetration
from agents.pricing.prize import Prize
from agents.pricing.race import Race
from agents.pricing.replay import Replay
from agents.pricing.trigger import Trigger
from agents.pricing.undercut import Undercut

StrategySpec = Annotated[
    BestResponse | CostPlus | Fixed | Follow | Penetration | Prize | Race | Replay | RotembergSaloner | Trigger
    | Undercut,
    Field(discriminator="kind"),
]
"""Any strategy that a scenario may name, told apart by `kind`."""
