"""A duty to publish the weights of capable models some time after their launch."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.rule import Realm, Rule
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Clock, Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Days, Nats, Unit
from pricewar.sim.world import Posting

if TYPE_CHECKING:
    from pricewar.agents.sellers.firm import Firm


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class OpenWeightsMandate:
    """Models that are sold must be released so many days after their launch; hosts may then sell them too.

    Models that were out before are released as long after the rule begins. Their architecture teaches nobody.
    """

    kind: Literal["open_weights_mandate"] = "open_weights_mandate"
    """Which policy."""
    capability: Nats | None = None
    """Least capability of the models concerned; left out, none is, which has no effect."""
    delay: Days = 365.0
    """Time from launch to release, in whole days."""
    hosts: Annotated[int, Field(ge=0), Unit("host")] = 3
    """Hosts of each that could enter. Assumed; how many do is decided by free entry."""
    start: date | None = None
    """First day; left out, the scenario's first."""
    end: date | None = None
    """Last day; left out, never."""

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.capability is None

    def rule(self, name: str, clock: Clock) -> "Opened":
        """The policy in a run."""
        return Opened(name, self, clock)


class Opened(Rule[OpenWeightsMandate]):
    """A mandate in a run."""

    def act(self, realm: Realm, fact: FactId) -> Process:
        """Watch the board for closed models that are capable enough."""
        world, known = realm.world, set[tuple[str, str, str]]()
        while self.in_force(world.clock.now):
            for firm, tier in self._concerned(realm, known):
                world.clock.process(self._release(realm, firm, tier, fact))
            yield world.changed

    def _concerned(self, realm: Realm, known: set[tuple[str, str, str]]) -> "Iterator[tuple[Firm, str]]":
        """Lines of firms with a closed model that is for sale and has not been seen before, in the order of names."""
        least, board = self.spec.capability, realm.world.board
        for firm in realm.firms:
            for tier in sorted({board.offers[k].tier for k in board.own(firm.name)}):
                line = firm.lines[tier]
                model = (firm.name, tier, line.model)
                if model not in known and not line.open_weights and least is not None and line.capability >= least:
                    known.add(model)
                    yield firm, tier

    def _release(self, realm: Realm, firm: "Firm", tier: str, cause: FactId) -> Process:
        """Publish the weights of the model that a line has now, when its time has come."""
        from pricewar.agents.hosts.release_of_weights import weights
        from pricewar.agents.models.spec import Release

        clock, line = realm.world.clock, firm.lines[tier]
        model, cost, capability = line.model, line.cost, line.capability
        due = clock.day + int(self.spec.delay)
        yield clock.at(due, Phase.PLANS)
        if not self.in_force(clock.now):
            return
        fact = realm.world.facts.add(clock.now, "regulator", "policy", f"policy {self.name} opens {model}", cause)
        board, k = realm.world.board, realm.world.board.position(firm.name, tier)
        if line.model == model and realm.world.law.withholds(capability) is None:
            line.open_weights = True
            if k is not None and board.live[k]:
                realm.world.propose(Posting(firm.offer(tier), float(board.price[k]), "its weights are public", fact))
        name = f"{self.name}.{firm.name}.{tier}.{model}"
        release = Release(
            date=clock.date_of(clock.now),
            lab=firm.name,
            model=model,
            tier=tier,
            capability=capability,
            cost=cost,
            hosts=self.spec.hosts,
        )
        try:
            opened = weights(name, release, realm.firms, realm.hosts, realm.context)
        except UserMistake as mistake:
            realm.world.facts.add(clock.now, "regulator", "policy", f"nobody can host {model}: {mistake}", cause)
            return
        yield from opened
