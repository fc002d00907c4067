"""Compute vouchers: the treasury bears a part of what buyers pay for tokens."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Felt, Realm
from pricewar.sim.kernel.clock import Clock, Process
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats
from pricewar.sim.market.rebate import Rebate
from pricewar.sim.parameters import CHECKED
from pricewar.sim.policy import TREASURY
from pricewar.sim.units import Amount, OpenShare, PricePerMtok, Share
from pricewar.sim.world import World


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Voucher:
    """The treasury pays buyers a part of what tokens cost them, until its budget is spent."""

    kind: Literal["voucher"] = "voucher"
    """Which policy."""
    share: Share = 0.0
    """Share of the price that the treasury bears."""
    per_mtok: PricePerMtok = 0.0
    """What it bears beyond that of every million tokens."""
    own: OpenShare = 0.1
    """Share of the price that buyers bear at least. Assumed: what is free for good would be asked for without end."""
    budget: Amount | None = None
    """What it will pay in all; left out, without limit."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return (self.share == 0.0 and self.per_mtok == 0.0) or self.budget == 0.0

    def rule(self, name: str, clock: Clock) -> "Vouchers":
        """The policy in a run."""
        return Vouchers(name, self, clock)


class Vouchers(Felt[Voucher]):
    """Vouchers in a run. What buyers spend on machines of their own is nobody's price, and is not borne."""

    paid = 0.0
    """So far. [money]"""
    world: World | None = None

    def live(self, realm: Realm) -> Process:
        """Know whose ledger to pay through."""
        self.world = realm.world
        return super().live(realm)

    @property
    def spent(self) -> bool:
        """Whether the budget is spent."""
        return self.spec.budget is not None and self.paid >= self.spec.budget

    def rebate(self, offers: Sequence[Offer], time: float) -> Rebate | None:
        """The treasury's part."""
        if not self.in_force(time) or self.spent or not offers:
            return None
        sold = np.array([not offer.inside for offer in offers])
        return Rebate(1.0 - self.spec.share * sold, self.spec.per_mtok * sold, self.spec.own * sold)

    def refund(self, segments: Sequence[str], due: Floats) -> None:
        """Pay buyers back; on the day on which the budget ends, the same share of what is due to all."""
        world, total = self.world, float(due.sum())
        if world is None or total == 0.0:
            return
        left = float("inf") if self.spec.budget is None else self.spec.budget - self.paid
        for segment, amount in zip(segments, due.tolist(), strict=True):
            world.ledger.post(TREASURY, f"buyers:{segment}", "voucher", min(1.0, left / total) * amount)
        self.paid = self.spec.budget if self.spec.budget is not None and total >= left else self.paid + total
        if self.spent:
            world.facts.add(world.clock.now, "regulator", "policy", f"the budget of policy {self.name} is spent")
            world.amended()
