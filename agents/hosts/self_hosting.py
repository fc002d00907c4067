"""Buyers who host open weights on machines of their own."""

from pricewar.agents.hosts.hosting_cost import Hosting
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.agents.sellers.context import Context
from pricewar.agents.serving_cost import GivenCost
from pricewar.sim.economics.ownership import CostParts
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import fixed
from pricewar.sim.units import DAY_SECONDS, MONTH
from pricewar.sim.world import Posting


class SelfHosting:
    """Buyers who run one release on machines of their own: full privacy, poor utilisation, no seller's margin."""

    role = "buyers"
    tier = "self-hosted"
    fleet = 0.0
    on_order = 0.0
    rented_out = 0.0
    rent_income = 0.0
    training = 0.0
    training_energy = 0.0
    cash = 0.0
    shadow_price = 0.0
    stance = "cost"

    def __init__(self, name: str, release: Release, terms: HostTerms, context: Context) -> None:
        """Nobody hosts yet."""
        self.name, self.release, self.terms, self.context = name, release, terms, context
        self.model = Hosting(release, terms, context)

    def offer(self) -> Offer:
        """The option as it stands on the board."""
        board = self.context.world.board
        k = board.position(self.name, self.tier)
        return Offer(
            seller=self.name,
            tier=self.tier,
            model=self.release.model,
            capability=fixed(self.release.capability or 0.0),
            appeal=fixed(self.terms.self_appeal),
            value=0.0,
            open_weights=True,
            inside=True,
            output_ratio=self.model.output_ratio(),
            launched=self.context.world.clock.now if k is None else board.offers[k].launched,
        )

    def available(self, fact: FactId) -> Process:
        """Stand on the board from the release on, at a cost that follows the rents month by month."""
        world = self.context.world
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

    def seconds(self, tier: str) -> float:
        """Accelerator-seconds per Mtok."""
        del tier
        return self.model.seconds()

    def unit_cost(self, tier: str) -> float:
        """Cost at the poor utilisation of one buyer's load. [money/Mtok]"""
        del tier
        return self.model.cost(self.terms.self_utilisation)

    def cost_parts(self, tier: str) -> CostParts:
        """Its parts."""
        del tier
        return self.model.parts(self.terms.self_utilisation)

    def marginal_cost(self, tier: str) -> float:
        """The same: machines are rented as needed. [money/Mtok]"""
        return self.unit_cost(tier)

    def energy_tax(self, tier: str) -> float:
        """Zero: power is in the rent, and taxes on it a matter of whoever lets the machines. [money/Mtok]"""
        del tier
        return 0.0

    def pay(self, variable: float, takings: float, taxes: float) -> float:
        """Pass on what buyers spend on their own machines; power and its taxes are in the rent. [money]"""
        del variable, taxes
        rental = 0.0 if isinstance(self.release.cost, GivenCost) else 24.0 * self.model.rental()
        machines = takings / rental if rental > 0.0 else 0.0
        self.context.economy.pay_rent(self.name, "own machines", takings, machines, power=True)
        return takings

    def settle_up(self) -> None:
        """Buyers pay as they go."""

    def kilowatts(self, tier: str) -> float:
        """Power of an accelerator at work, zero where costs are given outright. [kW]"""
        del tier
        return self.model.kilowatts()

    def idle(self, tokens: Floats) -> float:
        """Buyers rent what they host on."""
        del tokens
        return 0.0

    def running(self) -> float:
        """They own none. [money/accelerator-hour]"""
        return 0.0

    def power_tax(self) -> float:
        """Zero: it runs none of its own. [money/accelerator-hour]"""
        return 0.0

    def rents(self, tokens: Floats) -> float:
        """Accelerators that buyers rent to host it themselves. [accelerator]"""
        k = self.context.world.board.position(self.name, self.tier)
        if k is None or isinstance(self.release.cost, GivenCost):
            return 0.0
        return float(tokens[k]) * self.model.seconds() / (DAY_SECONDS * self.terms.self_utilisation)
