"""Hosts of open weights: free entry, prices near cost, exit after losses."""

from math import ceil

import numpy as np

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
from pricewar.sim.units import DAY_SECONDS, WEEK
from pricewar.sim.world import Posting


class Host:
    """One possible host of one release; answers what the world asks of a seller."""

    role = "host"
    shadow_price = 0.0
    stance = "cost_plus"
    on_order = 0.0
    rented_out = 0.0
    rent_income = 0.0
    training = 0.0
    training_energy = 0.0

    def __init__(self, name: str, release: Release, terms: HostTerms, context: Context) -> None:
        """Stand outside the market, without machines."""
        self.name, self.release, self.terms, self.context = name, release, terms, context
        self.world = context.world
        self.model = Hosting(release, terms, context)
        self.fleet = 0.0
        self.result = 0.0
        """Profit since the last weekly look. [money]"""
        self.losing = 0.0
        """Days of losses in a row."""

    @property
    def cash(self) -> float:
        """What the ledger has left it; the owners put in the rest. [money]"""
        return self.world.ledger.balance(self.name)

    def whole_capacity(self) -> float:
        """Accelerator-seconds a day at full utilisation. [s/day]"""
        return DAY_SECONDS * self.fleet

    def capacity(self) -> float:
        """Accelerator-seconds a day that can be served. [s/day]"""
        return self.context.max_utilisation * self.whole_capacity()

    def seconds(self, tier: str) -> float:
        """Accelerator-seconds per Mtok."""
        del tier
        return self.model.seconds()

    def unit_cost(self, tier: str) -> float:
        """Full serving cost at the planned utilisation. [money/Mtok]"""
        del tier
        return self.model.cost(self.terms.utilisation)

    def cost_parts(self, tier: str) -> CostParts:
        """Its parts."""
        del tier
        return self.model.parts(self.terms.utilisation)

    def marginal_cost(self, tier: str) -> float:
        """Machines are rented as needed, so the full cost is marginal. [money/Mtok]"""
        return self.unit_cost(tier)

    def price(self) -> float:
        """Full cost and a margin, after the royalty that a community licence asks. [money/Mtok]"""
        return self.unit_cost(self.release.tier) * (1.0 + self.terms.markup) / (1.0 - self.release.royalty)

    def energy_tax(self, tier: str) -> float:
        """Zero: power is in the rent, and taxes on it a matter of whoever lets the machines. [money/Mtok]"""
        del tier
        return 0.0

    def pay(self, variable: float, takings: float, taxes: float) -> float:
        """Pay rent, staff and royalties. [money]

        With costs given outright there is no rent to tell from them: the variable cost is paid instead. Taxes on power
        are a matter of whoever lets the machines, for the rent has power in it.
        """
        del taxes
        given = isinstance(self.release.cost, GivenCost)
        rent = variable if given else self.model.rental() * 24.0 * self.fleet
        staff = self.terms.fixed_cost if self.fleet > 0.0 else 0.0
        machines = 0.0 if given else self.fleet
        self.context.economy.pay_rent(self.name, "rent", rent, machines, power=True)
        self.world.ledger.post(self.name, "staff", "wages", staff)
        royalty = self.release.royalty * takings
        self.world.ledger.post(self.name, self.release.lab, "royalties", royalty)
        self.result += takings - rent - staff - royalty
        return rent + staff + royalty

    def settle_up(self) -> None:
        """Its owners stand behind it until losses make it leave (`hosting`)."""

    def kilowatts(self, tier: str) -> float:
        """Power of an accelerator at work, zero where costs are given outright. [kW]"""
        del tier
        return self.model.kilowatts()

    def idle(self, tokens: Floats) -> float:
        """It owns none."""
        del tokens
        return 0.0

    def running(self) -> float:
        """It owns none. [money/accelerator-hour]"""
        return 0.0

    def power_tax(self) -> float:
        """Zero: it runs none of its own. [money/accelerator-hour]"""
        return 0.0

    def rents(self, tokens: Floats) -> float:
        """Accelerators that it rents. [accelerator]"""
        del tokens
        return 0.0 if isinstance(self.release.cost, GivenCost) else self.fleet

    def offer(self) -> Offer:
        """The offer as it stands on the board."""
        board = self.world.board
        k = board.position(self.name, self.release.tier)
        return Offer(
            seller=self.name,
            tier=self.release.tier,
            model=self.release.model,
            capability=fixed(self.release.capability or 0.0),
            appeal=fixed(self.terms.appeal),
            value=0.0,
            open_weights=True,
            inside=False,
            output_ratio=self.model.output_ratio(),
            launched=self.world.clock.now if k is None else board.offers[k].launched,
        )

    def machines_for(self, tokens: float) -> float:
        """Accelerators for so many Mtok a day, in whole lumps."""
        need = tokens * self.model.seconds() / (DAY_SECONDS * self.terms.utilisation)
        return self.terms.lump * max(1, ceil(need / self.terms.lump))


def hosting(host: Host, release: FactId, terms: HostTerms) -> Process:
    """Look at the market now and then; enter when it pays, leave when it does not."""
    world, luck = host.world, host.world.streams(host.name, "entry")
    while True:
        wait = luck.exponential(terms.look)
        yield world.clock.at(int(np.ceil(world.clock.now + wait)), Phase.PLANS)
        tokens = expected_tokens(host)
        machines = host.machines_for(tokens)
        daily = tokens * host.price() * (1.0 - host.release.royalty) - terms.fixed_cost
        cost = tokens * host.unit_cost(host.release.tier)
        if not isinstance(host.release.cost, GivenCost):
            cost = host.model.rental() * 24.0 * machines
        if daily <= cost:
            continue
        host.fleet = machines
        world.propose(Posting(host.offer(), host.price(), "it enters as a host", release))
        yield from _in_business(host, terms)


def expected_tokens(host: Host) -> float:
    """Tokens that the host would sell at its price, as believed from public shares. [Mtok/day]"""
    world = host.world
    trial = world.board.trial((host.offer(), host.price()))
    demand = world.record.demand_at(trial, world.buyers.potential(world.clock.now))
    k = trial.position(host.name, host.release.tier)
    return float(demand.quantities(trial.price)[k]) if k is not None else 0.0


def _in_business(host: Host, terms: HostTerms) -> Process:
    """Every week: rent as many machines as the load asks for, follow cost, and count losses."""
    world = host.world
    host.result, host.losing = 0.0, 0.0
    while host.losing <= terms.patience:
        yield world.clock.at(world.clock.day + WEEK, Phase.PLANS)
        host.losing = host.losing + WEEK if host.result < 0.0 else 0.0
        host.result = 0.0
        k = world.board.position(host.name, host.release.tier)
        if k is None:
            continue
        host.fleet = host.machines_for(float(world.buyers.demand(world.clock.now)[:, k].sum()))
        if abs(host.price() / world.board.price[k] - 1.0) > 0.05:
            world.propose(Posting(host.offer(), host.price(), "it follows its cost"))
    host.fleet = 0.0
    world.propose(Posting(host.offer(), None, "it leaves after losses"))
    yield world.clock.at(world.clock.day + 1, Phase.PLANS)
