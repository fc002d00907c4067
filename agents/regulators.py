"""Regulators: the public names of `agents.policies`, under which they were known before there were many."""

from agents.policies import PolicySpec, rules_of
from agents.policies.below_cost_ban import BelowCostBan
from agents.policies.export_control import ExportControl
from agents.policies.price_floor import PriceFloor
from agents.policies.rule import Rule

__all__ = ["BelowCostBan", "ExportControl", "PolicySpec", "PriceFloor", "Rule", "rules_of"]
