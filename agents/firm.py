"""A firm that sells tokens: its product lines, its books, and when it reviews its prices."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from simpy import Event

from agents.costs import CostSpec, GivenCost, even
from agents.finance import Purse, leave
from agents.machines import DAY_SECONDS, Economy, Machines
from agents.pricing.books import Conduct, Mechanisms
from agents.products import Release, Seller, Tier
from agents.rental_market import let_by
from agents.sites import Site
from sim.economics.cost_parts import CostParts, stated
from sim.economics.curves import DAYS_PER_YEAR
from sim.economics.ownership import HourCost
from sim.economics.progress import CompressionEvent, parameters_needed
from sim.economics.serving import TokenSeconds
from sim.errors import UserMistake
from sim.kernel.facts import FactId
from sim.market.board import Offer
from sim.market.demand import Floats
from sim.parameters import fixed
from sim.world import World

if TYPE_CHECKING:
    from agents.research import Pipeline


@dataclass(frozen=True, slots=True)
class OpenModel:
    """Weights that have been released."""

    name: str
    release: Release
    fact: FactId
    """The release."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every firm of a run shares."""

    world: World
    economy: Economy
    mechanisms: Mechanisms
    max_utilisation: float
    """Mean utilisation beyond which tokens are turned away. [1]"""
    focal_market: bool
    """Whether focal prices hold this market's opening prices."""
    public: list[CompressionEvent]
    """Steps in compression that everybody has taken so far."""
    opened: list[OpenModel] = field(default_factory=list)
    """Open models so far that others may learn from (M2)."""
    awaited: dict[str, Event] = field(default_factory=dict)
    """Releases without a date, by name: each happens when its project is done, with a `Finished` as value."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A model that a project has made."""

    model: str
    capability: float
    fact: FactId
    """Its deployment."""


@dataclass(slots=True)
class Line:
    """A product line in the course of a run."""

    tier: Tier
    model: str
    capability: float
    cost: CostSpec
    seconds: TokenSeconds = field(default_factory=lambda: even(1.0))
    """Machine time before software progress."""
    listed_ratio: float | None = None
    """Output over input price on the list of the first day."""
    since: float = 0.0
    """When the model was new; the first day's models count as new then. [day]"""
    first_unit: float = float("nan")
    wedge: float = 0.0
    frozen_shadow: float = 0.0
    focal: float = float("nan")
    broken_until: float = -np.inf


class Firm:
    """A cloud or a lab: reviews prices at its own instants; answers what the world asks of a seller."""

    def __init__(self, name: str, spec: Seller, conduct: Conduct, around: Surroundings) -> None:
        """Set the firm up; nothing is on the board yet. Raises UserMistake where a model cannot be served."""
        self.name, self.spec, self.conduct, self.around = name, spec, conduct, around
        self.world, self.role = around.world, spec.role
        chip = spec.fleet.chip if spec.fleet else None
        self.machines = Machines(name, chip, around.world, around.economy)
        self.learned: list[CompressionEvent] = list(around.public)
        self.shadow_price = 0.0
        self.stance = "opening"
        self.gone = False
        """Whether it has left the market (M8)."""
        self.purse = Purse()
        self.taken = 0.0
        """Takings of the last close. [money]"""
        self.aside = 0.0
        """What the ledger has moved that is neither earned nor lost: funding, machines bought. [money]"""
        self.news: FactId | None = None
        """The last fact that gave the firm a reason of its own to change prices."""
        self.seen: float = -np.inf
        """Instant of the last review."""
        self.lines: dict[str, Line] = {}
        self.pipeline: Pipeline | None = None
        """Its own projects; without any, architectures are absorbed after a given time."""
        self._hour: tuple[float, HourCost | None] = (float("nan"), None)
        for tier_name, tier in sorted(spec.tiers.items()):
            line = Line(tier, tier.model, fixed(tier.capability), tier.cost)
            line.seconds = self.machine_time(line)
            self.lines[tier_name] = line

    # What the world asks of a seller.

    @property
    def fleet(self) -> float:
        """Accelerators in service."""
        return self.machines.count

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
        """Power that these take, nought where no chip is known. [kWh/day]"""
        if self.machines.chip is None or self.machines.seized == 0.0:
            return 0.0
        return self.machines.seized * self.around.economy.kilowatts(self.machines.chip, self.site) * 24.0

    def training_cost(self, tier: str) -> float:
        """What the model in service cost to make, written off over its tokens; nought if no project made it.

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
        return self.around.max_utilisation * self.machines.seconds()

    def seconds(self, tier: str) -> float:
        """Accelerator-seconds per Mtok of a tier."""
        line = self.lines[tier]
        if isinstance(line.cost, GivenCost):
            return line.seconds.blended
        return line.seconds.blended * self.around.economy.software() * self.practice()

    def practice(self) -> float:
        """Machine time, or a cost given outright, over that of the first day, by the firm's own experience (M4). [1]"""
        return self.around.economy.experience.factor(self.name)

    def marginal_cost(self, tier: str) -> float:
        """Energy and other variable cost of a tier. [money/Mtok]"""
        line = self.lines[tier]
        if isinstance(line.cost, GivenCost):
            return line.cost.marginal * self.around.economy.given(line.cost, self.key(tier)) * self.practice()
        return self.hour().variable * self.seconds(tier) / 3600.0

    def unit_cost(self, tier: str) -> float:
        """Full serving cost of a tier at the planned utilisation. [money/Mtok]"""
        line = self.lines[tier]
        if isinstance(line.cost, GivenCost):
            full = line.cost.marginal if line.cost.full is None else line.cost.full
            return full * self.around.economy.given(line.cost, self.key(tier)) * self.practice()
        return self.hour().total * self.seconds(tier) / (3600.0 * self.conduct.target_utilisation)

    def cost_parts(self, tier: str) -> CostParts:
        """What the unit cost of a tier is made of."""
        line, economy = self.lines[tier], self.around.economy
        if isinstance(line.cost, GivenCost):
            full = line.cost.marginal if line.cost.full is None else line.cost.full
            fallen = economy.given(line.cost, self.key(tier)) * self.practice()
            return stated(line.cost.marginal, full, line.seconds.blended, fallen, training=self._written_off(tier))
        hour = self.hour()
        return CostParts(
            capital=hour.capital,
            energy=hour.energy,
            upkeep=hour.upkeep,
            utilisation=self.conduct.target_utilisation,
            software=economy.software() * self.practice(),
            machine_time=line.seconds.blended,
            training=self._written_off(tier),
        )

    def _written_off(self, tier: str) -> float:
        """What data and training weigh on a token, nought where there is none to bear it. [money/Mtok]"""
        each = self.training_cost(tier)
        return each if np.isfinite(each) else 0.0

    def key(self, tier: str) -> str:
        """Key of a line, by which luck of its own is drawn."""
        return f"sellers.{self.name}.tiers.{tier}"

    def hour(self) -> HourCost:
        """Cost of an hour of the firm's first chip today: owned by a cloud, rented by a lab.

        Simplification: work on later chips is counted at the cost of the same work on the first.
        """
        now = self.world.clock.now
        if self._hour[0] == now and self._hour[1] is not None:
            return self._hour[1]
        chip = self.machines.chip
        if chip is None:
            raise UserMistake(f"seller '{self.name}' serves a model but has no chip; give fleet.chip")
        economy = self.around.economy
        hour = (
            economy.owned_hour(chip, self.site)
            if self.role == "cloud"
            else economy.rented_hour(chip, self.site)
        )
        self._hour = (now, hour)
        return hour

    def pay(self, variable: float, takings: float) -> float:
        """Pay the variable cost of the day's tokens, rent where machines are rented, and staff. [money]

        The rent of machines in training is paid by their projects.
        """
        if self.gone:
            return 0.0
        ledger, rent, payroll = self.world.ledger, 0.0, self.spec.finance.payroll
        ledger.post(self.name, "suppliers", "energy and variable cost", variable)
        if self.role == "lab" and self.machines.chip is not None and not self.machines.unlimited:
            serving = self.machines.work - self.machines.seized
            rent = self.hour().capital * 24.0 * serving
            self.around.economy.pay_rent(self.name, "rent", rent, serving, power=False)
        ledger.post(self.name, "staff", "wages", payroll)
        self.taken = takings
        return variable + rent + payroll

    @property
    def runway(self) -> float:
        """Days that the cash lasts at the present loss; M8 off: nobody looks at it. [day]"""
        return self.purse.runway(self.cash) if self.around.mechanisms.distress else float("inf")

    def settle_up(self) -> None:
        """Take down what the day brought, and leave the market if it cannot pay (M8)."""
        if not self.gone:
            self.purse.note(self.taken, self.world.ledger.balance(self.name) - self.aside)
        if self.around.mechanisms.distress and not self.gone and self.world.clock.now >= 0.0 and self.cash < 0.0:
            leave(self)

    # Its machines beside its tokens.

    @property
    def site(self) -> Site:
        """Its contract for power, and the size of the fleet that it owns."""
        return Site(self.spec.energy, self.machines.count if self.role == "cloud" else 0.0)

    def kilowatts(self, tier: str) -> float:
        """Power of an accelerator at work on a tier, nought where costs are given outright. [kW]"""
        if isinstance(self.lines[tier].cost, GivenCost) or self.machines.chip is None:
            return 0.0
        return self.around.economy.kilowatts(self.machines.chip, self.site)

    @property
    def rented_out(self) -> float:
        """Accelerators let to others. [accelerator]"""
        return let_by(self.around.economy.market, self.name)[0]

    @property
    def rent_income(self) -> float:
        """Rent taken today less what running the machines let cost. [money/day]"""
        return let_by(self.around.economy.market, self.name)[1]

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
        market = self.around.economy.market
        lets = market is not None and self.role == "cloud" and self.machines.chip is not None
        return market.net_rent() if market is not None and lets and not self.machines.unlimited else 0.0

    def running(self) -> float:
        """What running one of its machines costs: power and upkeep. [money/accelerator-hour]"""
        return self.hour().variable

    def rents(self, tokens: Floats) -> float:
        """Accelerators that it rents. [accelerator]"""
        del tokens
        rented = self.role == "lab" and self.machines.chip is not None and not self.machines.unlimited
        return self.machines.work if rented else 0.0

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
            open_weights=line.tier.open_weights,
            inside=False,
            output_ratio=line.tier.output_ratio or line.listed_ratio or line.seconds.decode / line.seconds.prefill,
            launched=launched,
            region=self.spec.region,
        )

    def machine_time(self, line: Line) -> TokenSeconds:
        """Machine time of a line on the first chip, before software progress."""
        if isinstance(line.cost, GivenCost):
            return even(line.cost.seconds)
        chip = self.machines.accelerator
        if chip is None:
            raise UserMistake(
                f"sellers.{self.name}: a served model needs a chip; name one of the catalogue in fleet.chip"
            )
        try:
            return line.cost.seconds_on(chip, self.learned)
        except UserMistake as mistake:
            raise UserMistake(f"sellers.{self.name}: {mistake}") from mistake

    def rehearse(self) -> None:
        """Go through the successor models of every line, so that one that does not fit is found before the run.

        Raises UserMistake.
        """
        for line in self.lines.values():
            heir = replace(line)
            for upgrade in sorted(line.tier.upgrades.values(), key=lambda upgrade: upgrade.date):
                now, capability = float(self.world.clock.day_of(upgrade.date)), fixed(upgrade.capability)
                heir.cost = upgrade.cost or self._resized(heir, capability, now)
                heir.capability, heir.since = capability, now
                self.machine_time(heir)

    def succeed(self, tier: str, model: str, capability: float, cost: CostSpec | None) -> None:
        """Let a successor model take over a line."""
        line, now = self.lines[tier], self.world.clock.now
        if self.around.economy.chain.maturity:
            line.cost = cost or self._resized(line, capability, now)
        line.model, line.capability, line.since = model, capability, now
        line.seconds = self.machine_time(line)

    def _resized(self, line: Line, capability: float, now: float) -> CostSpec:
        """The predecessor's architecture in the size that its successor needs; costs given outright stay."""
        if isinstance(line.cost, GivenCost):
            return line.cost
        years, nats = (now - line.since) / DAYS_PER_YEAR, capability - line.capability
        economy = self.around.economy
        size = parameters_needed(1.0, years, nats, economy.technology.algorithms)
        size *= economy.algorithms_luck(line.since, now)
        architecture = line.cost.architecture
        smaller = replace(architecture, total=size * architecture.total, active=size * architecture.active)
        return replace(line.cost, architecture=smaller)

    def learn(self, event: CompressionEvent, fact: FactId) -> None:
        """Absorb an architecture: every served line gets cheaper to run."""
        self.news = fact
        if not self.around.economy.chain.maturity:
            return
        self.learned.append(event)
        for line in self.lines.values():
            line.seconds = self.machine_time(line)
