"""Compute vouchers: the treasury bears a part of what buyers pay for tokens."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import PolicyOnBuyers
from pricewar.sim.market.board import Offer
from pricewar.sim.market.rebate import Rebate
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Amount, OpenShare, PricePerMtok, Share


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Voucher(PolicyOnBuyers):
    """The treasury pays buyers a part of what tokens cost them, until its budget is spent.

    What buyers spend on machines of their own is nobody's price, and is not borne.
    """

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

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return (self.share == 0.0 and self.per_mtok == 0.0) or self.budget == 0.0

    def rebate(self, offers: Sequence[Offer]) -> Rebate | None:
        """The treasury's part."""
        if not offers:
            return None
        sold = np.array([not offer.inside for offer in offers])
        return Rebate(1.0 - self.share * sold, self.per_mtok * sold, self.own * sold)

    def refund_limit(self) -> float:
        """Its budget. [money]"""
        return float("inf") if self.budget is None else self.budget
