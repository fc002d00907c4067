"""Policies: dated rules that change what may be posted, never a random draw.

A policy whose effect is nil is no policy: it leaves no fact and changes no bit.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sim.kernel.clock import Clock, Phase, Process
from sim.parameters import CHECKED, SellerId
from sim.units import WEEK, NonNegative, PricePerMtok
from sim.world import Posting, World


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class PriceFloor:
    """No price below a floor."""

    kind: Literal["price_floor"] = "price_floor"
    """Which policy."""
    floor: PricePerMtok
    """Lowest blended price allowed; 0 has no effect."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.floor == 0.0

    def lowest(self, price: float, unit_cost: float) -> float:
        """Lowest price allowed instead of `price`. [money/Mtok]"""
        del price, unit_cost
        return self.floor


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class BelowCostBan:
    """No price below a share of the seller's own full serving cost (China's draft Price Law amendment, 2025)."""

    kind: Literal["below_cost_ban"] = "below_cost_ban"
    """Which policy."""
    share: NonNegative = 1.0
    """Share of full serving cost below which no price may lie; 0 has no effect."""
    exempt_free: bool = True
    """Whether a model that is free for good is exempt. Assumed: the record has long-term free models."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.share == 0.0

    def lowest(self, price: float, unit_cost: float) -> float:
        """Lowest price allowed instead of `price`. [money/Mtok]"""
        return 0.0 if self.exempt_free and price == 0.0 else self.share * unit_cost


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ExportControl:
    """No new orders of some accelerators from some regions (BIS rules of 7 October 2022 and 17 October 2023)."""

    kind: Literal["export_control"] = "export_control"
    """Which policy."""
    chips: tuple[str, ...]
    """Accelerators by their names in the catalogue; none of them has no effect."""
    regions: tuple[SellerId, ...]
    """Regions into which they may not be sold."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return not self.chips or not self.regions

    def lowest(self, price: float, unit_cost: float) -> float:
        """It leaves every price as it is. [money/Mtok]"""
        del unit_cost
        return price

PolicySpec = Annotated[PriceFloor | BelowCostBan | ExportControl, Field(discriminator="kind")]
"""Any policy that a scenario may name, told apart by `kind`."""


class Rule:
    """A policy in force in a run; answers what the world asks of a policy."""

    def __init__(self, name: str, spec: PolicySpec, clock: Clock) -> None:
        """Turn dates into days."""
        self.name, self.spec = name, spec
        self.first = 0 if spec.start is None else clock.day_of(spec.start)
        self.last = float("inf") if spec.end is None else float(clock.day_of(spec.end))

    def admitted(self, price: float, unit_cost: float, time: float) -> float:
        """The price that may be posted instead of the wished one. [money/Mtok]"""
        if not self.first <= time < self.last + 1.0:
            return price
        return max(price, self.spec.lowest(price, unit_cost))

    def bars(self, chip: str, region: str, time: float) -> bool:
        """Whether vendors may not sell a chip into a region."""
        spec = self.spec
        if not isinstance(spec, ExportControl) or not self.first <= time < self.last + 1.0:
            return False
        return chip in spec.chips and region in spec.regions


def rules_of(policies: Iterable[tuple[str, PolicySpec]], clock: Clock) -> tuple[Rule, ...]:
    """The rules of a scenario in the order of their names, those without effect left out."""
    return tuple(Rule(name, spec, clock) for name, spec in sorted(policies) if not spec.nil)


def enforcement(rule: Rule, world: World) -> Process:
    """Apply a rule to the prices that stand when it begins, and week by week as costs move under them."""
    yield world.clock.at(rule.first, Phase.PLANS)
    fact = world.facts.add(world.clock.now, "regulator", "policy", f"policy {rule.name} begins")
    if isinstance(rule.spec, ExportControl):
        return  # it speaks to vendors, who ask it
    board = world.board
    while world.clock.now <= rule.last:
        for k, offer in enumerate(list(board.offers)):
            cost = world.sellers[offer.seller].unit_cost(offer.tier)
            price = float(board.price[k])
            if board.live[k] and not offer.inside and world.admitted(price, cost) != price:
                world.propose(Posting(offer, price, f"policy {rule.name}", fact))
        yield world.clock.timeout(WEEK)
