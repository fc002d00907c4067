"""Buyers who host open weights on machines of their own."""

from pricewar.agents.hosts.base import OpenWeightsServer
from pricewar.agents.models.context import Context
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import fixed
from pricewar.sim.units import DAY_SECONDS, MONTH
from pricewar.sim.world import Posting

SELF_HOSTED = "self-hosted"
"""Tier of all offers that buyers make themselves."""


class SelfHosting(OpenWeightsServer):
    """Buyers who run one release on machines of their own: full privacy, poor utilisation, no seller's margin."""

    role = "buyers"
    stance = "cost"

    def __init__(self, name: str, release: Release, terms: HostTerms, context: Context) -> None:
        """Nobody hosts yet."""
        super().__init__(
            name,
            release,
            terms,
            context,
            tier=SELF_HOSTED,
            appeal=fixed(terms.self_appeal),
            inside=True,
            planned=terms.self_utilisation,
        )

    def available(self, fact: FactId) -> Process:
        """Stand on the board from the release on, at a cost that follows the rents month by month."""
        world = self.world
        world.propose(Posting(self.offer(), self.unit_cost(self.tier), "buyers may host it themselves", fact))
        while True:
            yield world.clock.at(world.clock.day + MONTH, Phase.PLANS)
            world.propose(Posting(self.offer(), self.unit_cost(self.tier), "it follows the rents"))

    def whole_capacity(self) -> float:
        """Without limit: every buyer brings its own machines. [s/day]"""
        return float("inf")

    def capacity(self) -> float:
        """Without limit. [s/day]"""
        return float("inf")

    def pay(self, variable: float, takings: float, taxes: float) -> float:
        """Pass on what buyers spend on their own machines. [money]"""
        del variable, taxes
        rental = 24.0 * self.rental()
        machines = self.release.cost.rented(takings / rental) if rental > 0.0 else 0.0
        self.context.economy.pay_rent(self.name, "own machines", takings, machines, power=True)
        return takings

    def rents(self, tokens: Floats) -> float:
        """Accelerators that buyers rent to host it themselves. [accelerator]"""
        k = self.world.board.position(self.name, self.tier)
        if k is None:
            return 0.0
        return self.release.cost.rented(float(tokens[k]) * self.seconds(self.tier) / (DAY_SECONDS * self.planned))
