"""What hosts, and buyers who host for themselves, have in common: released weights on rented machines."""

from pricewar.agents.models.context import Context
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.sim.economics.curves import AnyCurveSpec
from pricewar.sim.economics.ownership import CostParts, HourCost
from pricewar.sim.economics.serving import TokenSeconds
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.board import Offer
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import fixed


class OpenWeightsServer:
    """Whoever serves one release; answers what the world asks of a seller that owns nothing and reviews no price.

    Machines are rented as they are needed, with power and its taxes in the rent.
    """

    role: str
    stance: str
    reviews = (0.0, 0.0)
    fleet = 0.0
    on_order = 0.0
    training = 0.0
    training_energy = 0.0
    cash = 0.0
    shadow_price = 0.0
    rented_out = 0.0
    rent_income = 0.0

    def __init__(
        self,
        name: str,
        release: Release,
        terms: HostTerms,
        context: Context,
        *,
        tier: str,
        appeal: float,
        inside: bool,
        planned: float,
    ) -> None:
        """Work out the machine time. Raises UserMistake where the model does not fit.

        appeal: what buyers see in it beyond the model. [util] inside: whether data stay within the buyer's walls.
        planned: mean utilisation at which the cost of tokens is reckoned. [1]
        """
        self.name, self.release, self.terms, self.context = name, release, terms, context
        self.world = context.world
        self.tier, self.planned = tier, planned
        self._appeal, self._inside = appeal, inside
        self._steps_taken, self._machine_time = len(context.public), self._timed()

    def _timed(self) -> TokenSeconds:
        """Machine time on the hosts' chip, before software progress."""
        chip, cost = self.terms.chip, self.release.cost
        if cost.needs_chip and chip is None:
            raise UserMistake("hosts.chip: hosts of served models need a chip; name one of the catalogue")
        return cost.seconds_on(None if chip is None else self.context.economy.catalogue[chip], self.context.public)

    @property
    def machine_time(self) -> TokenSeconds:
        """Machine time before software progress, with every public step in compression so far."""
        if len(self.context.public) > self._steps_taken:
            self._steps_taken, self._machine_time = len(self.context.public), self._timed()
        return self._machine_time

    def offer(self) -> Offer:
        """The offer as it stands on the board."""
        board = self.world.board
        k = board.position(self.name, self.tier)
        return Offer(
            seller=self.name,
            tier=self.tier,
            model=self.release.model,
            capability=fixed(self.release.capability or 0.0),
            appeal=self._appeal,
            value=0.0,
            open_weights=True,
            inside=self._inside,
            output_ratio=self.machine_time.decode / self.machine_time.prefill,
            launched=self.world.clock.now if k is None else board.offers[k].launched,
        )

    # What a model's cost asks of whoever serves it.

    def rental(self) -> float:
        """Price of a rented hour today, power included. [money/accelerator-hour]"""
        return self.terms.rental * self.context.economy.rents_with_power()

    def hour(self) -> HourCost:
        """Cost of an hour: the rent, with power in it."""
        return HourCost(capital=self.rental(), energy=0.0, upkeep=0.0)

    def progress(self) -> float:
        """Machine time over that of the first day, by software. [1]"""
        return self.context.economy.software()

    def practice(self) -> float:
        """One: no experience of its own. [1]"""
        return 1.0

    def curve_factor(self, curve: AnyCurveSpec | None, key: str) -> float:
        """Where a curve of cost stands over the first day. [1]"""
        return self.context.economy.curve_factor(curve, key)

    def machine_kilowatts(self) -> float:
        """Power of an accelerator at work, zero without a chip. [kW]"""
        chip = self.terms.chip
        return 0.0 if chip is None else self.context.economy.kilowatts(chip)

    def tax_per_kwh(self) -> float:
        """Zero: taxes on power are a matter of whoever lets the machines. [money/kWh]"""
        return 0.0

    def tax_per_hour(self) -> float:
        """Zero likewise. [money/accelerator-hour]"""
        return 0.0

    # What the world asks of a seller.

    def seconds(self, tier: str) -> float:
        """Accelerator-seconds per Mtok."""
        del tier
        return self.machine_time.blended * self.progress()

    @property
    def key(self) -> str:
        """Key of the release, by which luck of its own is drawn: the same for all who serve it."""
        return f"releases.{self.release.model}"

    def unit_cost(self, tier: str) -> float:
        """Full serving cost at the planned utilisation. [money/Mtok]"""
        del tier
        return self.release.cost.unit(self, self.machine_time.blended, self.key)

    def marginal_cost(self, tier: str) -> float:
        """Machines are rented as needed, so the full cost is marginal. [money/Mtok]"""
        return self.unit_cost(tier)

    def avoidable_cost(self, tier: str) -> float:
        """The full cost likewise: machines not rented are not paid for. [money/Mtok]"""
        return self.unit_cost(tier)

    def cost_parts(self, tier: str) -> CostParts:
        """Its parts."""
        del tier
        return self.release.cost.parts(self, self.machine_time.blended, self.key)

    def energy_tax(self, tier: str) -> float:
        """Zero: it is in the rent. [money/Mtok]"""
        del tier
        return 0.0

    def kilowatts(self, tier: str) -> float:
        """Power of an accelerator at work, zero where costs are given outright. [kW]"""
        del tier
        return self.machine_kilowatts() if self.release.cost.needs_chip else 0.0

    def settle_up(self) -> None:
        """Nobody who could fail to pay."""

    # What the market for rented machines asks.

    def idle(self, tokens: Floats) -> float:
        """It owns none. [accelerator]"""
        del tokens
        return 0.0

    def running(self) -> float:
        """It owns none. [money/accelerator-hour]"""
        return 0.0

    def power_tax(self) -> float:
        """It owns none. [money/accelerator-hour]"""
        return 0.0
