"""Policies, one file each: dated rules that change what may be done, never a random draw.

A policy whose effect is nil is no policy: it leaves no fact and changes no bit. A new one: write what a scenario says
of it and the rule behind that (`rule.py`), and name it in `PolicySpec`.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from agents.policies.below_cost_ban import BelowCostBan
from agents.policies.capacity_subsidy import CapacitySubsidy
from agents.policies.data_residency import DataResidency
from agents.policies.disclosure_delay import DisclosureDelay
from agents.policies.energy_tax import EnergyTax
from agents.policies.entry_licence import EntryLicence
from agents.policies.export_control import ExportControl
from agents.policies.merger import Merger
from agents.policies.open_weights_ban import OpenWeightsBan
from agents.policies.open_weights_funding import OpenWeightsFunding
from agents.policies.open_weights_mandate import OpenWeightsMandate
from agents.policies.price_floor import PriceFloor
from agents.policies.rule import Rule
from agents.policies.switching_cap import SwitchingCap
from agents.policies.voucher import Voucher
from sim.kernel.clock import Clock

Policies = (
    BelowCostBan
    | CapacitySubsidy
    | DataResidency
    | DisclosureDelay
    | EnergyTax
    | EntryLicence
    | ExportControl
    | Merger
    | OpenWeightsBan
    | OpenWeightsFunding
    | OpenWeightsMandate
    | PriceFloor
    | SwitchingCap
    | Voucher
)
"""All of them."""

PolicySpec = Annotated[Policies, Field(discriminator="kind")]
"""Any policy that a scenario may name, told apart by `kind`."""


def rules_of(policies: Iterable[tuple[str, PolicySpec]], clock: Clock) -> tuple[Rule[Any], ...]:
    """The rules of a scenario in the order of their names, those without effect left out."""
    return tuple(spec.rule(name, clock) for name, spec in sorted(policies, key=lambda item: item[0]) if not spec.nil)
