"""Regulators: the public names of `pricewar.agents.policies`, under which they were known before there were many."""

from pricewar.agents.policies import PolicySpec, rules_of
from pricewar.agents.policies.below_cost_ban import BelowCostBan
from pricewar.agents.policies.export_control import ExportControl
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.agents.policies.rule import Rule

__all__ = ["BelowCostBan", "ExportControl", "PolicySpec", "PriceFloor", "Rule", "rules_of"]
