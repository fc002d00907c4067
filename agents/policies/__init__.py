"""Policies, one file each: dated rules that change what may be done, never a random draw.

A policy whose effect is nil is no policy: it leaves no fact and changes no bit. A new one: write a class
that answers one of the world's questions (`sim/policy.py`) otherwise than by default, and list it in `Policies`.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from pricewar.agents.policies.below_cost_ban import BelowCostBan
from pricewar.agents.policies.capacity_subsidy import CapacitySubsidy
from pricewar.agents.policies.data_residency import DataResidency
from pricewar.agents.policies.disclosure_delay import DisclosureDelay
from pricewar.agents.policies.energy_tax import EnergyTax
from pricewar.agents.policies.entry_licence import EntryLicence
from pricewar.agents.policies.export_control import ExportControl
from pricewar.agents.policies.merger import Merger
from pricewar.agents.policies.open_weights_ban import OpenWeightsBan
from pricewar.agents.policies.open_weights_funding import OpenWeightsFunding
from pricewar.agents.policies.open_weights_mandate import OpenWeightsMandate
from pricewar.agents.policies.price_floor import PriceFloor
from pricewar.agents.policies.switching_cap import SwitchingCap
from pricewar.agents.policies.voucher import Voucher
from pricewar.sim.kernel.clock import Clock
from pricewar.sim.policy import EnactedPolicy

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


def enact(policies: Mapping[str, PolicySpec], clock: Clock) -> tuple[EnactedPolicy, ...]:
    """The policies of a scenario in the order of their names, those without effect left out."""
    return tuple(policy.enacted(name, clock) for name, policy in sorted(policies.items()) if not policy.nil)
