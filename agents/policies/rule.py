"""What all policies have in common: dates, and a neutral answer to everything that the world asks of a law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from datetime import date
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from pricewar.sim.kernel.clock import Clock, Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats
from pricewar.sim.market.rebate import Rebate
from pricewar.sim.units import WEEK
from pricewar.sim.world import Posting, World

if TYPE_CHECKING:
    from pricewar.agents.models.spec import HostTerms
    from pricewar.agents.sellers.context import Context
    from pricewar.agents.sellers.firm import Firm
    from pricewar.agents.sellers.labs import Sponsored


class Dated(Protocol):
    """What a scenario says of any policy."""

    @property
    def start(self) -> date | None:
        """First day; left out, the scenario's first."""

    @property
    def end(self) -> date | None:
        """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect: it is then no policy at all."""


Spec = TypeVar("Spec", bound=Dated)


@plain_dataclass(frozen=True, slots=True)
class Realm:
    """Whom and what a policy may act on when it begins."""

    world: World
    context: "Context"
    firms: "Sequence[Firm]"
    labs: "Mapping[str, Sponsored]"
    """Labs that release models and sell none, by name."""
    hosts: "HostTerms"
    """What hosting open weights takes."""


class Rule(Generic[Spec]):
    """A policy in a run. It changes nothing by itself: each policy answers one of these questions otherwise."""

    def __init__(self, name: str, spec: Spec, clock: Clock) -> None:
        """Turn dates into days."""
        self.name, self.spec = name, spec
        self.first = 0 if spec.start is None else clock.day_of(spec.start)
        self.last = float("inf") if spec.end is None else float(clock.day_of(spec.end))

    def in_force(self, time: float) -> bool:
        """Whether an instant lies between its first and its last day."""
        return self.first <= time < self.last + 1.0

    def live(self, realm: Realm) -> Process:
        """Tell that it begins, and do what it does then."""
        world = realm.world
        yield world.clock.at(self.first, Phase.PLANS)
        fact = world.facts.add(world.clock.now, "regulator", "policy", f"policy {self.name} begins")
        yield from self.act(realm, fact)

    def act(self, realm: Realm, fact: FactId) -> Process:
        """Do nothing; those whom it concerns ask it."""
        del realm, fact
        yield from ()

    def admitted(self, price: float, unit_cost: float, time: float) -> float:
        """The wished price. [money/Mtok]"""
        del unit_cost, time
        return price

    def bars(self, chip: str, region: str, time: float) -> bool:
        """Bar nothing."""
        del chip, region, time
        return False

    def rebate(self, offers: Sequence[Offer], time: float) -> Rebate | None:
        """Take nothing off."""
        del offers, time
        return None

    def refund(self, segments: Sequence[str], due: Floats) -> None:
        """Give nothing back."""

    def subsidy(self, region: str | None, time: float) -> float:
        """Bear nothing. [1]"""
        del region, time
        return 0.0

    def energy_tax(self, region: str | None, time: float) -> float:
        """Tax nothing. [money/kWh]"""
        del region, time
        return 0.0

    def loyalty(self, time: float) -> float:
        """Leave all of it. [1]"""
        del time
        return 1.0

    def exposure(self, offer: Offer, time: float) -> float:
        """Cost nothing. [util]"""
        del offer, time
        return 0.0

    def owner(self, seller: str, time: float) -> str:
        """Leave everybody its own."""
        del time
        return seller

    def withholds(self, capability: float, time: float) -> bool:
        """Withhold nothing."""
        del capability, time
        return False

    def licence(self, time: float) -> tuple[float, float]:
        """Ask for none. [money], [day]"""
        del time
        return 0.0, 0.0

    def secrecy(self, time: float) -> float:
        """Hide nothing. [day]"""
        del time
        return 0.0


class Felt(Rule[Spec]):
    """A policy that buyers feel on the day on which it begins, and on the day after its last."""

    def act(self, realm: Realm, fact: FactId) -> Process:
        """Let buyers look at the market again."""
        del fact
        world = realm.world
        world.amended()
        if self.last < float("inf"):
            yield world.clock.at(int(self.last) + 1, Phase.DATED)
            world.amended()


class OnPrices(Rule[Spec]):
    """A policy on posted prices: applied to those that stand when it begins, and week by week as costs move."""

    def lowest(self, price: float, unit_cost: float) -> float:
        """Lowest price allowed instead of `price`. [money/Mtok]"""
        raise NotImplementedError

    def admitted(self, price: float, unit_cost: float, time: float) -> float:
        """The price that may be posted instead of the wished one. [money/Mtok]"""
        return max(price, self.lowest(price, unit_cost)) if self.in_force(time) else price

    def act(self, realm: Realm, fact: FactId) -> Process:
        """Apply it to the prices that stand, week by week."""
        world = realm.world
        board = world.board
        while world.clock.now <= self.last:
            for k, offer in enumerate(list(board.offers)):
                cost = world.sellers[offer.seller].unit_cost(offer.tier)
                price = float(board.price[k])
                if board.live[k] and not offer.inside and world.admitted(price, cost) != price:
                    world.propose(Posting(offer, price, f"policy {self.name}", fact))
            yield world.clock.timeout(WEEK)
