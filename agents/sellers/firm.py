"""A firm that sells tokens: its product lines, what it has, and what the world asks of it as a seller."""

import numpy as np

from pricewar.agents.finance import Purse
from pricewar.agents.machines.fleet import Machines
from pricewar.agents.models.context import Context
from pricewar.agents.models.pipeline import Pipeline
from pricewar.agents.pricing.books import Conduct
from pricewar.agents.sellers.lines import Line, machine_time
from pricewar.agents.sellers.spec import Seller
from pricewar.agents.sellers.token_costs import TokenCosts
from pricewar.agents.serving_cost import CostSpec
from pricewar.sim.economics.ownership import CostParts
from pricewar.sim.economics.progress import CompressionEvent
from pricewar.sim.economics.serving import TokenSeconds
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.market.beliefs import Beliefs
from pricewar.sim.market.board import Board, Offer
from pricewar.sim.market.demand import Demand, Floats
from pricewar.sim.parameters import fixed
from pricewar.sim.policy import TREASURY
from pricewar.sim.units import DAY_SECONDS
from pricewar.sim.world import Posting


class Firm:
    """A cloud or a lab: reviews prices at its own instants; answers what the world asks of a seller."""

    def __init__(
        self, name: str, spec: Seller, conduct: Conduct, context: Context, beliefs: Beliefs | None = None
    ) -> None:
        """Set the firm up; nothing is on the board yet. Raises UserMistake where a model cannot be served.

        beliefs: what it takes demand to be; left out, what everybody infers from public shares.
        """
        self.name, self.spec, self.conduct, self.context = name, spec, conduct, context
        self.world, self.role = context.world, spec.role
        self.beliefs: Beliefs = context.world.record if beliefs is None else beliefs
        chip = spec.fleet.chip if spec.fleet else None
        self.machines = Machines(name, chip, context.world, context.economy)
        home = spec.region or context.economy.supply.region
        self.costs = TokenCosts(self.machines, spec.role, spec.energy, conduct.target_utilisation, home)
        self.learned: list[CompressionEvent] = list(context.public)
        self.shadow_price = 0.0
        self.stance = "opening"
        self.gone = False
        """Whether it has left the market (M8)."""
        self.applied = False
        """Whether it has asked for a licence to enter the market."""
        self.purse = Purse()
        self.taken = 0.0
        """Takings of the last close. [money]"""
        self.aside = 0.0
        """What the ledger has moved that is neither earned nor lost: funding, machines bought. [money]"""
        self.news: FactId | None = None
        """The last fact that gave the firm a reason of its own to change prices."""
        self.seen: float = -np.inf
        """Instant of the last review."""
        self.notes: object | None = None
        """What its strategy wrote down at the last review."""
        self.guesses: dict[str, float] = {}
        """How wrong it is about the costs of each rival, in standard deviations; the same all its life. [1]"""
        self.lines: dict[str, Line] = {}
        self.pipeline: Pipeline | None = None
        """Its own projects; without any, architectures are absorbed after a given time."""
        for tier_name, tier in sorted(spec.tiers.items()):
            assert tier.model is not None  # stated, or taken from its release
            assert tier.cost is not None
            capability = fixed(tier.capability or 0.0)
            line = Line(f"sellers.{name}.tiers.{tier_name}", tier, tier.model, capability, tier.cost)
            line.seconds = self.machine_time(line.cost)
            self.lines[tier_name] = line

    # What the world asks of a seller.

    @property
    def fleet(self) -> float:
        """Accelerators in service."""
        return self.machines.count

    @property
    def reviews(self) -> tuple[float, float]:
        """Reviews a day when nothing happens, and those added by a rival's cut that takes all it loses. [1/day]"""
        return self.conduct.review_rate, self.conduct.alertness

    @property
    def on_order(self) -> float:
        """Accelerators ordered and not yet delivered."""
        return self.machines.on_order

    @property
    def training(self) -> float:
        """Accelerators that training keeps from serving, counted as so many of the first chip."""
        return self.machines.seized

    @property
    def training_energy(self) -> float:
        """Power that these take, zero where no chip is known. [kWh/day]"""
        if self.machines.chip is None or self.machines.seized == 0.0:
            return 0.0
        return self.machines.seized * self.context.economy.kilowatts(self.machines.chip, self.costs.site) * 24.0

    def training_cost(self, tier: str) -> float:
        """What the model in service cost to make, written off over its tokens; zero if no project made it.

        It is sunk, so that no price depends on it. [money/Mtok]
        """
        return 0.0 if self.pipeline is None else self.pipeline.training_cost(tier)

    @property
    def cash(self) -> float:
        """Opening cash and what the ledger has moved since. [money]"""
        return fixed(self.spec.cash) + self.world.ledger.balance(self.name)

    def whole_capacity(self) -> float:
        """Accelerator-seconds a day at full utilisation. [s/day]"""
        return self.machines.seconds()

    def capacity(self) -> float:
        """Accelerator-seconds a day that can be served. During the burn-in nobody is short. [s/day]"""
        if self.world.clock.now < 0:
            return float("inf")
        return self.context.max_utilisation * self.machines.seconds()

    def seconds(self, tier: str) -> float:
        """Accelerator-seconds per Mtok of a tier."""
        return self.costs.seconds(self.lines[tier])

    def marginal_cost(self, tier: str) -> float:
        """Energy and other variable cost of a tier. [money/Mtok]"""
        return self.costs.marginal(self.lines[tier])

    def avoidable_cost(self, tier: str) -> float:
        """Marginal cost, rent forgone and the shadow price of its machines at the last review. [money/Mtok]"""
        machine_second = self.forgone_rent() / 3600.0 + self.shadow_price
        return self.marginal_cost(tier) + machine_second * self.seconds(tier)

    def energy_tax(self, tier: str) -> float:
        """Taxes on power within that. [money/Mtok]"""
        return self.costs.energy_tax(self.lines[tier])

    def unit_cost(self, tier: str) -> float:
        """Full serving cost of a tier at the planned utilisation. [money/Mtok]"""
        return self.costs.unit(self.lines[tier])

    def cost_parts(self, tier: str) -> CostParts:
        """What the unit cost of a tier is made of."""
        return self.costs.parts(self.lines[tier], self.training_cost(tier))

    def pay(self, variable: float, takings: float, taxes: float) -> float:
        """Pay the variable cost of the day's tokens, rent where machines are rented, and staff. [money]

        taxes: what of the variable cost are taxes on power. [money]
        The rent of machines in training is paid by their projects.
        """
        if self.gone:
            return 0.0
        ledger, rent, payroll = self.world.ledger, 0.0, self.spec.finance.payroll
        ledger.post(self.name, "suppliers", "energy and variable cost", max(variable - taxes, 0.0))
        ledger.post(self.name, TREASURY, "energy tax", min(taxes, variable))
        if self.role == "lab" and self.machines.chip is not None and not self.machines.unlimited:
            serving = self.machines.work - self.machines.seized
            rent = self.costs.hour().capital * 24.0 * serving
            self.context.economy.pay_rent(self.name, "rent", rent, serving, power=False)
        ledger.post(self.name, "staff", "wages", payroll)
        self.taken = takings
        return variable + rent + payroll

    @property
    def runway(self) -> float:
        """Days that the cash lasts at the present loss; M8 off: nobody looks at it. [day]"""
        return self.purse.runway(self.cash) if self.context.mechanisms.distress else float("inf")

    def settle_up(self) -> None:
        """Take down what the day brought, and leave the market if it cannot pay (M8)."""
        if not self.gone:
            self.purse.note(self.taken, self.world.ledger.balance(self.name) - self.aside)
        if self.context.mechanisms.distress and not self.gone and self.world.clock.now >= 0.0 and self.cash < 0.0:
            self.leave()

    def leave(self) -> None:
        """Leave: offers are withdrawn, machines go to the rental pool, creditors bear what cannot be paid."""
        world = self.world
        world.ledger.post("creditors", self.name, "default", max(-self.cash, 0.0))
        if self.pipeline is not None:
            self.pipeline.stop()
        work, released = self.machines.work, self.machines.release()
        pool = self.context.economy.market
        if self.role == "cloud" and pool is not None:
            pool.take_over(work, self.name)  # a lab's machines were rented, and go back to whom they belong
        what = f"{self.name} cannot pay and leaves; {released:,.0f} accelerators go to the rental pool"
        fact = world.facts.add(world.clock.now, self.name, "exit", what, self.news)
        self.gone, self.stance, self.shadow_price = True, "gone", 0.0
        for k in world.board.own(self.name):
            world.propose(Posting(world.board.offers[k], None, "it cannot pay", fact))

    # Its machines beside its tokens.

    def kilowatts(self, tier: str) -> float:
        """Power of an accelerator at work on a tier, zero where costs are given outright. [kW]"""
        return self.costs.kilowatts(self.lines[tier])

    @property
    def rented_out(self) -> float:
        """Accelerators let to others. [accelerator]"""
        return self._let()[0]

    @property
    def rent_income(self) -> float:
        """Rent taken today less what running the machines let cost. [money/day]"""
        return self._let()[1]

    def _let(self) -> tuple[float, float]:
        market = self.context.economy.market
        return (0.0, 0.0) if market is None else market.let_by(self.name)

    def idle(self, tokens: Floats) -> float:
        """Owned accelerators that neither training nor its load at planned utilisation takes. [accelerator]"""
        if self.role != "cloud" or self.machines.chip is None or self.machines.unlimited:
            return 0.0
        own = self.world.board.own(self.name)
        load = float(sum(tokens[k] * self.seconds(self.world.board.offers[k].tier) for k in own))
        serving = load / (self.conduct.target_utilisation * DAY_SECONDS)
        return max(0.0, self.machines.work - self.machines.seized - serving)

    def forgone_rent(self) -> float:
        """What a cloud gives up by serving on a machine that it could let: the opportunity cost of capacity.

        A lab has rented its machines and cannot let them. [money/accelerator-hour]
        """
        market = self.context.economy.market
        lets = market is not None and self.role == "cloud" and self.machines.chip is not None
        return market.net_rent() if market is not None and lets and not self.machines.unlimited else 0.0

    def rent_of_more(self, days: float) -> float:
        """What another accelerator-second costs beyond rent forgone, if machines come within so many days. [money/s]

        Infinite if they do not, or if the firm orders none.
        """
        economy, machines = self.context.economy, self.machines
        orders = self.spec.invests and machines.chip is not None and not machines.unlimited
        if not orders or economy.lead_time() > days or not economy.on_sale(self.spec.region):
            return float("inf")
        return max(0.0, self.costs.hour().capital - self.forgone_rent()) / 3600.0

    def running(self) -> float:
        """What running one of its machines costs: power and upkeep. [money/accelerator-hour]"""
        return self.costs.hour().variable

    def power_tax(self) -> float:
        """Taxes on power in that. [money/accelerator-hour]"""
        chip = self.machines.chip
        return 0.0 if chip is None else self.context.economy.power_tax(chip, self.costs.site)

    def rents(self, tokens: Floats) -> float:
        """Accelerators that it rents. [accelerator]"""
        del tokens
        rented = self.role == "lab" and self.machines.chip is not None and not self.machines.unlimited
        return self.machines.work if rented else 0.0

    # What it takes demand to be.

    def demand(self, board: Board | None = None) -> Demand:
        """Demand as the firm believes it to be today; `board`: one that it only thinks of, or knows late."""
        if board is None or board is self.world.board:
            return self.world.demand(self.beliefs)
        return self.beliefs.demand_at(board, self.world.buyers.potential(self.world.clock.now))

    # Product lines.

    def offer(self, tier: str) -> Offer:
        """A line as it stands on the board."""
        line, k = self.lines[tier], self.world.board.position(self.name, tier)
        launched = self.world.clock.now if k is None else self.world.board.offers[k].launched
        return Offer(
            seller=self.name,
            tier=tier,
            model=line.model,
            capability=line.capability,
            appeal=fixed(line.tier.appeal),
            value=line.tier.value,
            open_weights=line.open_weights,
            inside=False,
            output_ratio=line.tier.output_ratio or line.listed_ratio or line.seconds.decode / line.seconds.prefill,
            launched=launched,
            region=self.spec.region,
        )

    def machine_time(self, cost: CostSpec) -> TokenSeconds:
        """Machine time of a model on the first chip after what the firm has learned. Raises UserMistake."""
        return machine_time(cost, self.name, self.machines.accelerator, self.learned)
