"""Regulators: the public names of `agents.policies`, under which they were known before there were many."""

from agents.policies import BelowCostBan, ExportControl, PolicySpec, PriceFloor, rules_of
from agents.policies.rule import Rule

__all__ = ["BelowCostBan", "ExportControl", "PolicySpec", "PriceFloor", "Rule", "rules_of"]
