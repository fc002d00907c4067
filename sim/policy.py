"""The law: what all policies of a run say together at this instant. Without any it changes nothing, to the last bit."""

from collections.abc import Sequence
from math import prod

import numpy as np

from pricewar.sim.kernel.clock import Clock
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats
from pricewar.sim.market.rebate import Rebate
from pricewar.sim.roles import Policy

TREASURY = "treasury"
"""Account of the public purse: it can always pay."""


class Law:
    """Every policy of a run, asked together."""

    def __init__(self, policies: Sequence[Policy], clock: Clock) -> None:
        """policies: in the order of their names."""
        self.policies, self.clock = tuple(policies), clock

    def admitted(self, price: float, unit_cost: float) -> float:
        """The price that may be posted instead of the wished one. [money/Mtok]"""
        for policy in self.policies:
            price = policy.admitted(price, unit_cost, self.clock.now)
        return price

    def bars(self, chip: str, region: str) -> bool:
        """Whether vendors may not sell a chip into a region."""
        return any(policy.bars(chip, region, self.clock.now) for policy in self.policies)

    def rebates(self, offers: Sequence[Offer]) -> list[tuple[Policy, Rebate]]:
        """What is taken off buyers' prices, one policy after the other."""
        found = [(policy, policy.rebate(offers, self.clock.now)) for policy in self.policies]
        return [(policy, rebate) for policy, rebate in found if rebate is not None]

    def subsidy(self, region: str | None) -> float:
        """Share of the price of accelerators that the treasury bears. [1]"""
        return 1.0 - prod(1.0 - policy.subsidy(region, self.clock.now) for policy in self.policies)

    def energy_tax(self, region: str | None) -> float:
        """Taxes on power. [money/kWh]"""
        return sum((policy.energy_tax(region, self.clock.now) for policy in self.policies), 0.0)

    def loyalty(self) -> float:
        """Share of loyalty that is left. [1]"""
        return prod(policy.loyalty(self.clock.now) for policy in self.policies)

    def exposure(self, offers: Sequence[Offer]) -> Floats | None:
        """What buying each offer costs buyers with sensitive data beyond their own aversion, shape (K,). [util]"""
        if not self.policies:
            return None
        now = self.clock.now
        cost = np.array([sum(policy.exposure(offer, now) for policy in self.policies) for offer in offers], dtype=float)
        return cost if cost.any() else None

    def owner(self, seller: str) -> str:
        """Who sets a seller's prices; itself unless it has been bought."""
        for policy in self.policies:
            seller = policy.owner(seller, self.clock.now)
        return seller

    def one_owner(self, one: str, other: str) -> bool:
        """Whether the prices of two sellers are set by the same owner."""
        return one == other or (bool(self.policies) and self.owner(one) == self.owner(other))

    def withholds(self, capability: float) -> str | None:
        """Name of the policy under which weights of a capability may not be released now; None for none."""
        return next((p.name for p in self.policies if p.withholds(capability, self.clock.now)), None)

    def licence(self) -> tuple[float, float]:
        """What a new seller must pay for its licence, and how long it waits for it. [money], [day]"""
        asked = [policy.licence(self.clock.now) for policy in self.policies]
        return sum((fee for fee, _ in asked), 0.0), max((days for _, days in asked), default=0.0)

    def secrecy(self) -> float:
        """How long posted prices stay hidden from rivals. [day]"""
        return max((policy.secrecy(self.clock.now) for policy in self.policies), default=0.0)
