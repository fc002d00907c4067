"""A firm that sells tokens: its product lines, its books, and when it reviews its prices."""

from dataclasses import dataclass, field, replace

import numpy as np

from agents.costs import CostSpec, GivenCost, even
from agents.machines import DAY_SECONDS, Economy, Machines
from agents.pricing.books import Conduct, Mechanisms
from agents.products import Seller, Tier
from agents.rental_market import let_by
from agents.sites import Site
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
    """Steps in compression that everybody has taken so far; the only part that changes."""


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
        self.news: FactId | None = None
        """The last fact that gave the firm a reason of its own to change prices."""
        self.seen: float = -np.inf
        """Instant of the last review."""
        self.lines: dict[str, Line] = {}
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
        return line.seconds.blended * self.around.economy.software()

    def marginal_cost(self, tier: str) -> float:
        """Energy and other variable cost of a tier. [money/Mtok]"""
        line = self.lines[tier]
        if isinstance(line.cost, GivenCost):
            return line.cost.marginal * self.around.economy.given(line.cost)
        return self.hour().variable * self.seconds(tier) / 3600.0

    def unit_cost(self, tier: str) -> float:
        """Full serving cost of a tier at the planned utilisation. [money/Mtok]"""
        line = self.lines[tier]
        if isinstance(line.cost, GivenCost):
            full = line.cost.marginal if line.cost.full is None else line.cost.full
            return full * self.around.economy.given(line.cost)
        return self.hour().total * self.seconds(tier) / (3600.0 * self.conduct.target_utilisation)

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
        """Pay the variable cost of the day's tokens, and rent where machines are rented. [money]"""
        del takings
        ledger, rent = self.world.ledger, 0.0
        ledger.post(self.name, "suppliers", "energy and variable cost", variable)
        if self.role == "lab" and self.machines.chip is not None and not self.machines.unlimited:
            rent = self.hour().capital * 24.0 * self.machines.work
            self.around.economy.pay_rent(self.name, "rent", rent, self.machines.work, power=False)
        return variable + rent

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
        """Owned accelerators that its load at planned utilisation leaves idle. [accelerator]"""
        if self.role != "cloud" or self.machines.chip is None or self.machines.unlimited:
            return 0.0
        own = self.world.board.own(self.name)
        load = float(sum(tokens[k] * self.seconds(self.world.board.offers[k].tier) for k in own))
        return max(0.0, self.machines.work - load / (self.conduct.target_utilisation * DAY_SECONDS))

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
        line.cost = cost or self._resized(line, capability, now)
        line.model, line.capability, line.since = model, capability, now
        line.seconds = self.machine_time(line)

    def _resized(self, line: Line, capability: float, now: float) -> CostSpec:
        """The predecessor's architecture in the size that its successor needs; costs given outright stay."""
        if isinstance(line.cost, GivenCost):
            return line.cost
        years, nats = (now - line.since) / DAYS_PER_YEAR, capability - line.capability
        size = parameters_needed(1.0, years, nats, self.around.economy.technology.algorithms)
        architecture = line.cost.architecture
        smaller = replace(architecture, total=size * architecture.total, active=size * architecture.active)
        return replace(line.cost, architecture=smaller)

    def learn(self, event: CompressionEvent, fact: FactId) -> None:
        """Absorb an architecture: every served line gets cheaper to run."""
        self.learned.append(event)
        self.news = fact
        for line in self.lines.values():
            line.seconds = self.machine_time(line)
