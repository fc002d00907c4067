"""Policies: what one may change of a market, and what all of those in force together change of it.

A policy answers one of these questions otherwise than by default. Without any nothing changes, to the last bit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from pricewar.sim.kernel.clock import Clock
from pricewar.sim.kernel.ledger import Ledger
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats
from pricewar.sim.market.rebate import Rebate

TREASURY = "treasury"
"""Account of the public purse: it can always pay."""


class Policy:
    """A rule of the market: each question with the answer that changes nothing. It never draws a random number.

    It is asked only while it is in force, and keeps nothing of a run.
    """

    __slots__ = ()

    def admitted(self, price: float, unit_cost: float) -> float:
        """The price that may be posted instead of the wished one. [money/Mtok]"""
        del unit_cost
        return price

    def bars(self, chip: str, region: str) -> bool:
        """Whether vendors may not sell a chip into a region."""
        del chip, region
        return False

    def rebate(self, offers: Sequence[Offer]) -> Rebate | None:
        """What the treasury takes off the prices that buyers pay; None for nothing."""
        del offers
        return None

    def refund_limit(self) -> float:
        """What the treasury gives back to buyers in all, inf without limit. [money]"""
        return float("inf")

    def subsidy(self, region: str | None) -> float:
        """Share of the price of accelerators ordered from a region that the treasury bears. [1]"""
        del region
        return 0.0

    def energy_tax(self, region: str | None) -> float:
        """Tax on power used in a region. [money/kWh]"""
        del region
        return 0.0

    def loyalty(self) -> float:
        """Share of loyalty that is left to bind buyers. [1]"""
        return 1.0

    def exposure(self, offer: Offer) -> float:
        """What buying an offer costs buyers with sensitive data beyond their own aversion. [util]"""
        del offer
        return 0.0

    def merged(self) -> frozenset[str]:
        """Sellers whose prices one owner sets."""
        return frozenset()

    def withholds(self, capability: float) -> bool:
        """Whether weights of a capability may not be released."""
        del capability
        return False

    def licence(self) -> tuple[float, float]:
        """What a new seller must pay for its licence, and how long it waits for it. [money], [day]"""
        return 0.0, 0.0

    def secrecy(self) -> float:
        """How long posted prices stay hidden from rivals. [day]"""
        return 0.0


@dataclass(slots=True)
class EnactedPolicy:
    """A policy in a run: when it is in force, and what buyers have got back under it."""

    name: str
    """Identifier, unique and sortable."""
    policy: Policy
    first: float
    """First day."""
    last: float
    """Last day; inf for never."""
    refunded: float = 0.0
    """So far. [money]"""

    def in_force(self, time: float) -> bool:
        """Whether an instant lies between its first and its last day."""
        return self.first <= time < self.last + 1.0

    @property
    def exhausted(self) -> bool:
        """Whether the treasury gives nothing back any more."""
        return self.refunded >= self.policy.refund_limit()

    def refund(self, ledger: Ledger, segments: Sequence[str], due: Floats) -> None:
        """Give buyers back what the rebate took off the day's tokens; all get the same share of what the limit leaves.

        due: shape (S,). [money]
        """
        total, limit = float(due.sum()), self.policy.refund_limit()
        if total == 0.0:
            return
        left = limit - self.refunded
        for segment, amount in zip(segments, due.tolist(), strict=True):
            ledger.post(TREASURY, f"buyers:{segment}", "voucher", min(1.0, left / total) * amount)
        self.refunded = limit if total >= left else self.refunded + total


class PoliciesInForce:
    """Every policy of a run that is in force at this instant, asked together."""

    def __init__(self, enacted: Sequence[EnactedPolicy], clock: Clock) -> None:
        """enacted: in the order of their names."""
        self.enacted, self._clock = tuple(enacted), clock

    def __iter__(self) -> Iterator[Policy]:
        """Those in force now, in the order of their names."""
        return (enacted.policy for enacted in self._now())

    def _now(self) -> Iterator[EnactedPolicy]:
        return (enacted for enacted in self.enacted if enacted.in_force(self._clock.now))

    def admitted(self, price: float, unit_cost: float) -> float:
        """The price that may be posted instead of the wished one. [money/Mtok]"""
        for policy in self:
            price = policy.admitted(price, unit_cost)
        return price

    def bars(self, chip: str, region: str) -> bool:
        """Whether vendors may not sell a chip into a region."""
        return any(policy.bars(chip, region) for policy in self)

    def rebates(self, offers: Sequence[Offer]) -> list[tuple[EnactedPolicy, Rebate]]:
        """What is taken off buyers' prices, one policy after the other."""
        asked = [(enacted, enacted.policy.rebate(offers)) for enacted in self._now() if not enacted.exhausted]
        return [(enacted, rebate) for enacted, rebate in asked if rebate is not None]

    def subsidy(self, region: str | None) -> float:
        """Share of the price of accelerators that the treasury bears. [1]"""
        return 1.0 - prod(1.0 - policy.subsidy(region) for policy in self)

    def energy_tax(self, region: str | None) -> float:
        """Taxes on power. [money/kWh]"""
        return sum((policy.energy_tax(region) for policy in self), 0.0)

    def loyalty(self) -> float:
        """Share of loyalty that is left. [1]"""
        return prod((policy.loyalty() for policy in self), start=1.0)

    def exposure(self, offers: Sequence[Offer]) -> Floats | None:
        """What buying each offer costs buyers with sensitive data beyond their own aversion, shape (K,). [util]"""
        policies = list(self)
        if not policies:
            return None
        cost = np.array([sum(policy.exposure(offer) for policy in policies) for offer in offers], dtype=float)
        return cost if cost.any() else None

    def owner(self, seller: str) -> str:
        """Who sets a seller's prices: the first, by name, of those merged with it; itself unless there are any."""
        for policy in self:
            merged = policy.merged()
            seller = min(merged) if seller in merged else seller
        return seller

    def one_owner(self, one: str, other: str) -> bool:
        """Whether the prices of two sellers are set by the same owner."""
        return one == other or (bool(self.enacted) and self.owner(one) == self.owner(other))

    def withholds(self, capability: float) -> str | None:
        """Name of the policy under which weights of a capability may not be released now; None for none."""
        return next((enacted.name for enacted in self._now() if enacted.policy.withholds(capability)), None)

    def licence(self) -> tuple[float, float]:
        """What a new seller must pay for its licence, and how long it waits for it. [money], [day]"""
        asked = [policy.licence() for policy in self]
        return sum((fee for fee, _ in asked), 0.0), max((days for _, days in asked), default=0.0)

    def secrecy(self) -> float:
        """How long posted prices stay hidden from rivals. [day]"""
        return max((policy.secrecy() for policy in self), default=0.0)
