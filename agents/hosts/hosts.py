"""Hosts of open weights: free entry, prices near cost, exit after losses."""

from math import ceil

import numpy as np

from pricewar.agents.hosts.base import OpenWeightsServer
from pricewar.agents.models.context import Context
from pricewar.agents.models.spec import HostTerms, Release
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.market.demand import Floats
from pricewar.sim.parameters import fixed
from pricewar.sim.units import DAY_SECONDS, WEEK
from pricewar.sim.world import Posting


class Host(OpenWeightsServer):
    """One possible host of one release. Its owners stand behind it until losses make it leave (`hosting`)."""

    role = "host"
    stance = "cost_plus"

    def __init__(self, name: str, release: Release, terms: HostTerms, context: Context) -> None:
        """Stand outside the market, without machines."""
        super().__init__(
            name,
            release,
            terms,
            context,
            tier=release.tier,
            appeal=fixed(terms.appeal),
            inside=False,
            planned=terms.utilisation,
        )
        self.result = 0.0
        """Profit since the last weekly look. [money]"""
        self.losing = 0.0
        """Days of losses in a row."""

    @property
    def cash(self) -> float:  # type: ignore[override]
        """What the ledger has left it; the owners put in the rest. [money]"""
        return self.world.ledger.balance(self.name)

    def whole_capacity(self) -> float:
        """Accelerator-seconds a day at full utilisation. [s/day]"""
        return DAY_SECONDS * self.fleet

    def capacity(self) -> float:
        """Accelerator-seconds a day that can be served. [s/day]"""
        return self.context.max_utilisation * self.whole_capacity()

    def price(self) -> float:
        """Full cost and a margin, after the royalty that a community licence asks. [money/Mtok]"""
        return self.unit_cost(self.tier) * (1.0 + self.terms.markup) / (1.0 - self.release.royalty)

    def rent(self, machines: float, variable: float) -> float:
        """What serving takes a day; with costs given outright no rent can be told from the variable cost. [money]"""
        return self.rental() * 24.0 * machines if self.release.cost.needs_chip else variable

    def pay(self, variable: float, takings: float, taxes: float) -> float:
        """Pay rent, staff and royalties. [money]"""
        del taxes  # a matter of whoever lets the machines
        rent = self.rent(self.fleet, variable)
        staff = self.terms.fixed_cost if self.fleet > 0.0 else 0.0
        self.context.economy.pay_rent(self.name, "rent", rent, self.release.cost.rented(self.fleet), power=True)
        self.world.ledger.post(self.name, "staff", "wages", staff)
        royalty = self.release.royalty * takings
        self.world.ledger.post(self.name, self.release.lab, "royalties", royalty)
        self.result += takings - rent - staff - royalty
        return rent + staff + royalty

    def rents(self, tokens: Floats) -> float:
        """Accelerators that it rents. [accelerator]"""
        del tokens
        return self.release.cost.rented(self.fleet)

    def machines_for(self, tokens: float) -> float:
        """Accelerators for so many Mtok a day, in whole lumps."""
        need = tokens * self.seconds(self.tier) / (DAY_SECONDS * self.terms.utilisation)
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
        if daily <= host.rent(machines, tokens * host.unit_cost(host.tier)):
            continue
        host.fleet = machines
        world.propose(Posting(host.offer(), host.price(), "it enters as a host", release))
        yield from _in_business(host, terms)


def expected_tokens(host: Host) -> float:
    """Tokens that the host would sell at its price, as believed from public shares. [Mtok/day]"""
    world = host.world
    trial = world.board.trial((host.offer(), host.price()))
    demand = world.record.demand_at(trial, world.buyers.potential(world.clock.now))
    k = trial.position(host.name, host.tier)
    return float(demand.quantities(trial.price)[k]) if k is not None else 0.0


def _in_business(host: Host, terms: HostTerms) -> Process:
    """Every week: rent as many machines as the load asks for, follow cost, and count losses."""
    world = host.world
    host.result, host.losing = 0.0, 0.0
    while host.losing <= terms.patience:
        yield world.clock.at(world.clock.day + WEEK, Phase.PLANS)
        host.losing = host.losing + WEEK if host.result < 0.0 else 0.0
        host.result = 0.0
        k = world.board.position(host.name, host.tier)
        if k is None:
            continue
        host.fleet = host.machines_for(float(world.buyers.demand(world.clock.now)[:, k].sum()))
        if abs(host.price() / world.board.price[k] - 1.0) > 0.05:
            world.propose(Posting(host.offer(), host.price(), "it follows its cost"))
    host.fleet = 0.0
    world.propose(Posting(host.offer(), None, "it leaves after losses"))
    yield world.clock.at(world.clock.day + 1, Phase.PLANS)
