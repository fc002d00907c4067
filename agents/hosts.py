"""Hosts of open weights: free entry, prices near cost, exit after losses; and buyers who host for themselves."""

from math import ceil

import numpy as np

from agents.costs import GivenCost
from agents.firm import Surroundings
from agents.machines import DAY_SECONDS
from agents.products import HostTerms, Release
from sim.errors import UserMistake
from sim.kernel.clock import Phase, Process
from sim.kernel.facts import FactId
from sim.market.board import Offer
from sim.parameters import fixed
from sim.world import Posting

WEEK, MONTH = 7, 30


def machine_time(release: Release, terms: HostTerms, around: Surroundings) -> float:
    """Accelerator-seconds per Mtok of released weights on the hosts' chip, before software progress.

    Raises UserMistake where no chip is named or the model does not fit it.
    """
    if isinstance(release.cost, GivenCost):
        return release.cost.seconds
    if terms.chip is None:
        raise UserMistake("hosts.chip: hosts of served models need a chip; name one of the catalogue")
    return release.cost.seconds_on(around.economy.catalogue[terms.chip], ())


class Hosting:
    """What one release costs on rented machines."""

    def __init__(self, release: Release, terms: HostTerms, around: Surroundings) -> None:
        """Work out the machine time once. Raises UserMistake where the model does not fit."""
        self.release, self.terms, self.around = release, terms, around
        self.base = machine_time(release, terms, around)

    def seconds(self) -> float:
        """Accelerator-seconds per Mtok today."""
        return self.base * self.around.economy.software()

    def rental(self) -> float:
        """Price of a rented hour today, power included. [money/accelerator-hour]"""
        return self.terms.rental * self.around.economy.rents()

    def cost(self, utilisation: float) -> float:
        """Cost of a million tokens at a utilisation. [money/Mtok]"""
        given = self.release.cost
        if isinstance(given, GivenCost):
            full = given.marginal if given.full is None else given.full
            return full * self.around.economy.given(given)
        return self.rental() * self.seconds() / (3600.0 * utilisation)


class Host:
    """One possible host of one release; answers what the world asks of a seller."""

    role = "host"
    shadow_price = 0.0
    stance = "cost_plus"
    on_order = 0.0

    def __init__(self, name: str, release: Release, terms: HostTerms, around: Surroundings) -> None:
        """Stand outside the market, without machines."""
        self.name, self.release, self.terms, self.around = name, release, terms, around
        self.world = around.world
        self.model = Hosting(release, terms, around)
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
        return self.around.max_utilisation * self.whole_capacity()

    def seconds(self, tier: str) -> float:
        """Accelerator-seconds per Mtok."""
        del tier
        return self.model.seconds()

    def unit_cost(self, tier: str) -> float:
        """Full serving cost at the planned utilisation. [money/Mtok]"""
        del tier
        return self.model.cost(self.terms.utilisation)

    def marginal_cost(self, tier: str) -> float:
        """Machines are rented as needed, so the full cost is marginal. [money/Mtok]"""
        return self.unit_cost(tier)

    def price(self) -> float:
        """Full cost and a margin. [money/Mtok]"""
        return self.unit_cost(self.release.tier) * (1.0 + self.terms.markup)

    def pay(self, variable: float, takings: float) -> float:
        """Pay rent and staff. [money]

        With costs given outright there is no rent to tell from them: the variable cost is paid instead.
        """
        given = isinstance(self.release.cost, GivenCost)
        rent = variable if given else self.model.rental() * 24.0 * self.fleet
        staff = self.terms.fixed_cost if self.fleet > 0.0 else 0.0
        self.world.ledger.post(self.name, "landlords", "rent", rent)
        self.world.ledger.post(self.name, "staff", "wages", staff)
        self.result += takings - rent - staff
        return rent + staff

    def offer(self) -> Offer:
        """The offer as it stands on the board."""
        board = self.world.board
        k = board.position(self.name, self.release.tier)
        return Offer(
            seller=self.name,
            tier=self.release.tier,
            model=self.release.model,
            capability=fixed(self.release.capability),
            appeal=fixed(self.terms.appeal),
            value=0.0,
            open_weights=True,
            inside=False,
            output_ratio=1.0,
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
        daily = tokens * host.price() - terms.fixed_cost
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
    trial = world.board.trial(host.offer(), host.price())
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


class SelfHosting:
    """Buyers who run one release on machines of their own: full privacy, poor utilisation, no seller's margin."""

    role = "buyers"
    tier = "self-hosted"
    fleet = 0.0
    on_order = 0.0
    cash = 0.0
    shadow_price = 0.0
    stance = "cost"

    def __init__(self, name: str, release: Release, terms: HostTerms, around: Surroundings) -> None:
        """Nobody hosts yet."""
        self.name, self.release, self.terms, self.around = name, release, terms, around
        self.model = Hosting(release, terms, around)

    def offer(self) -> Offer:
        """The option as it stands on the board."""
        board = self.around.world.board
        k = board.position(self.name, self.tier)
        return Offer(
            seller=self.name,
            tier=self.tier,
            model=self.release.model,
            capability=fixed(self.release.capability),
            appeal=fixed(self.terms.self_appeal),
            value=0.0,
            open_weights=True,
            inside=True,
            output_ratio=1.0,
            launched=self.around.world.clock.now if k is None else board.offers[k].launched,
        )

    def available(self, fact: FactId) -> Process:
        """Stand on the board from the release on, at a cost that follows the rents month by month."""
        world = self.around.world
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

    def marginal_cost(self, tier: str) -> float:
        """The same: machines are rented as needed. [money/Mtok]"""
        return self.unit_cost(tier)

    def pay(self, variable: float, takings: float) -> float:
        """Pass on what buyers spend on their own machines. [money]"""
        del variable
        self.around.world.ledger.post(self.name, "landlords", "own machines", takings)
        return takings
