"""A duty to publish the weights of capable models some time after their launch."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.agents.policies.base import DatedPolicy, Jurisdiction, PolicySetting
from pricewar.sim.errors import Mistake, UserMistake
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import CHECKED
from pricewar.sim.policy import EnactedPolicy
from pricewar.sim.units import Days, Nats, Unit
from pricewar.sim.world import Posting

if TYPE_CHECKING:
    from pricewar.agents.sellers.firm import Firm


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class OpenWeightsMandate(DatedPolicy):
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

    @property
    def nil(self) -> bool:
        """Whether the policy can have no effect."""
        return self.capability is None

    def mistakes(self, key: str, setting: PolicySetting) -> Iterator[Mistake]:
        """Hosts of a model whose cost is that of machines need some."""
        if not self.nil and setting.hosts_lack_chip:
            yield Mistake("", "hosts.chip", "is missing", f"{key} lets hosts serve models with a served cost")

    def act(self, enacted: EnactedPolicy, jurisdiction: Jurisdiction, fact: FactId) -> Process:
        """Watch the board for closed models that are capable enough."""
        world, seen = jurisdiction.world, set[tuple[str, str, str]]()
        while enacted.in_force(world.clock.now):
            for firm, tier in self._concerned(jurisdiction, seen):
                world.clock.process(self._release(enacted, jurisdiction, firm, tier, fact))
            yield world.changed

    def _concerned(self, jurisdiction: Jurisdiction, seen: set[tuple[str, str, str]]) -> "Iterator[tuple[Firm, str]]":
        """Lines of firms with a closed model that is for sale and has not been seen before, in the order of names."""
        least, board = self.capability, jurisdiction.world.board
        for firm in jurisdiction.firms:
            for tier in sorted({board.offers[k].tier for k in board.own(firm.name)}):
                line = firm.lines[tier]
                model = (firm.name, tier, line.model)
                if model not in seen and not line.open_weights and least is not None and line.capability >= least:
                    seen.add(model)
                    yield firm, tier

    def _release(
        self, enacted: EnactedPolicy, jurisdiction: Jurisdiction, firm: "Firm", tier: str, cause: FactId
    ) -> Process:
        """Publish the weights of the model that a line has now, when its time has come."""
        from pricewar.agents.hosts.release_of_weights import weights
        from pricewar.agents.models.spec import Release

        world, line = jurisdiction.world, firm.lines[tier]
        clock, board = world.clock, world.board
        model, cost, capability = line.model, line.cost, line.capability
        due = clock.day + int(self.delay)
        yield clock.at(due, Phase.PLANS)
        if not enacted.in_force(clock.now):
            return
        fact = world.facts.add(clock.now, "regulator", "policy", f"policy {enacted.name} opens {model}", cause)
        k = board.position(firm.name, tier)
        if line.model == model and world.policies.withholds(capability) is None:
            line.open_weights = True
            if k is not None and board.live[k]:
                world.propose(Posting(firm.offer(tier), float(board.price[k]), "its weights are public", fact))
        name = f"{enacted.name}.{firm.name}.{tier}.{model}"
        release = Release(
            date=clock.date_of(clock.now),
            lab=firm.name,
            model=model,
            tier=tier,
            capability=capability,
            cost=cost,
            hosts=self.hosts,
        )
        try:
            opened = weights(name, release, jurisdiction.firms, jurisdiction.hosts, jurisdiction.context)
        except UserMistake as mistake:
            world.facts.add(clock.now, "regulator", "policy", f"nobody can host {model}: {mistake}", cause)
            return
        yield from opened
