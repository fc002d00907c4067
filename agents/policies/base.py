"""What all policies have in common: dates, what they do when they begin, and what they ask of a scenario."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.errors import Mistake
from pricewar.sim.kernel.clock import Clock, Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import CHECKED
from pricewar.sim.policy import EnactedPolicy, Policy
from pricewar.sim.units import WEEK
from pricewar.sim.world import Posting, World

if TYPE_CHECKING:
    from pricewar.agents.models.context import Context
    from pricewar.agents.models.spec import HostTerms
    from pricewar.agents.sellers.firm import Firm


@plain_dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Whom and what a policy may act on when it begins."""

    world: World
    context: "Context"
    firms: "Sequence[Firm]"
    hosts: "HostTerms"
    """What hosting open weights takes."""


class Mention(NamedTuple):
    """A name that a policy gives and a scenario must have."""

    key: str
    """Where the policy says it, such as `regions.0`."""
    what: Literal["region", "chip", "seller", "lab or seller"]
    name: str


@plain_dataclass(frozen=True, slots=True)
class PolicySetting:
    """What a policy may look at to tell whether it fits a scenario."""

    start: date
    """The scenario's first day."""
    regions: tuple[str, ...]
    """Where sellers are, as far as it is known, sorted."""
    sampled_buyers: bool
    """Whether buyers are drawn one by one, and may have sensitive data."""
    hosts_lack_chip: bool
    """Whether sellers' costs are those of machines, and hosts are given none to serve their models on."""
    policies: "Mapping[str, DatedPolicy]"
    """All policies of the scenario, by name."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DatedPolicy(Policy):
    """A policy as a scenario names it: it is in force from a first day to a last."""

    kind: str
    """Which policy."""
    # Docstrings of fields reach only the class they stand in; these are every policy's.
    start: Annotated[date | None, Field(description="First day; left out, the scenario's first.")] = None
    end: Annotated[date | None, Field(description="Last day; left out, never.")] = None

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect: it is then no policy at all."""
        return False

    def mentions(self, setting: PolicySetting) -> Iterator[Mention]:
        """Names that the scenario must have."""
        del setting
        yield from ()

    def mistakes(self, key: str, setting: PolicySetting) -> Iterator[Mistake]:
        """What else keeps it from having its effect in a scenario; the file is filled in by who read it.

        key: where the policy stands, such as `policies.floor`.
        """
        del key, setting
        yield from ()

    def overlaps(self, other: "DatedPolicy", start: date) -> bool:
        """Whether another policy is in force on one of its days. start: the scenario's first day."""
        begins = max(self.start or start, other.start or start)
        return begins <= min(self.end or date.max, other.end or date.max)

    def enacted(self, name: str, clock: Clock) -> EnactedPolicy:
        """The policy in a run: its dates are turned into days."""
        first = 0.0 if self.start is None else float(clock.day_of(self.start))
        last = float("inf") if self.end is None else float(clock.day_of(self.end))
        return EnactedPolicy(name, self, first, last)

    def live(self, enacted: EnactedPolicy, jurisdiction: Jurisdiction) -> Process:
        """Tell that it begins, and do what it does then."""
        world = jurisdiction.world
        yield world.clock.at(int(enacted.first), Phase.PLANS)
        fact = world.facts.add(world.clock.now, "regulator", "policy", f"policy {enacted.name} begins")
        yield from self.act(enacted, jurisdiction, fact)

    def act(self, enacted: EnactedPolicy, jurisdiction: Jurisdiction, fact: FactId) -> Process:
        """Do nothing; those whom it concerns ask it."""
        del enacted, jurisdiction, fact
        yield from ()


class PolicyOnBuyers(DatedPolicy):
    """A policy that buyers feel on the day on which it begins, and on the day after its last."""

    __slots__ = ()

    def act(self, enacted: EnactedPolicy, jurisdiction: Jurisdiction, fact: FactId) -> Process:
        """Let buyers look at the market again."""
        del fact
        world = jurisdiction.world
        world.policies_changed()
        if enacted.last < float("inf"):
            yield world.clock.at(int(enacted.last) + 1, Phase.DATED)
            world.policies_changed()


class PolicyOnPrices(DatedPolicy):
    """A policy on posted prices: applied to those that stand when it begins, and week by week as costs move."""

    __slots__ = ()

    def lowest(self, price: float, unit_cost: float) -> float:
        """Lowest price allowed instead of `price`. [money/Mtok]"""
        raise NotImplementedError

    def admitted(self, price: float, unit_cost: float) -> float:
        """The price that may be posted instead of the wished one. [money/Mtok]"""
        return max(price, self.lowest(price, unit_cost))

    def act(self, enacted: EnactedPolicy, jurisdiction: Jurisdiction, fact: FactId) -> Process:
        """Apply it to the prices that stand, week by week."""
        world = jurisdiction.world
        board = world.board
        while world.clock.now <= enacted.last:
            for k, offer in enumerate(list(board.offers)):
                cost = world.sellers[offer.seller].unit_cost(offer.tier)
                price = float(board.price[k])
                if board.live[k] and not offer.inside and world.admitted(price, cost) != price:
                    world.propose(Posting(offer, price, f"policy {enacted.name}", fact))
            yield world.clock.timeout(WEEK)


def mentioned_regions(regions: Sequence[str] | None) -> Iterator[Mention]:
    """The regions that a policy names, if it names any."""
    for i, region in enumerate(regions or ()):
        yield Mention(f"regions.{i}", "region", region)
