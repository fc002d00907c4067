"""The market for rented accelerators: clouds let what they have idle, labs, hosts and buyers rent it.

It clears once a week (`sim/market/rental.py`). On the first day the demand of the rest of the world is solved so that
the market clears at the scenario's opening rent; before that the rent does not move.
Simplifications: a firm's first chip counts as one accelerator whatever its kind, as `technology.rental` does; lets are
by the week and end when the owner needs the machine, so that they take nothing from its serving capacity.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import exp, fsum
from typing import Protocol

from pricewar.agents.machines.spec import ComputeMarket, Level, level_at
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.market.demand import Floats
from pricewar.sim.market.rental import Appetite, Cleared, Stock, clear
from pricewar.sim.policy import TREASURY
from pricewar.sim.units import WEEK
from pricewar.sim.world import World

TOLD = 0.05
"""Change of the rent since it was last told that is a fact. [1]"""


class Trader(Protocol):
    """Whoever may let or rent accelerators."""

    @property
    def name(self) -> str:
        """Identifier."""

    def idle(self, tokens: Floats) -> float:
        """Accelerators that it could let; tokens asked for a day, shape (K,). [accelerator]"""

    def running(self) -> float:
        """What running one of them costs it. [money/accelerator-hour]"""

    def power_tax(self) -> float:
        """Taxes on power in that. [money/accelerator-hour]"""

    def rents(self, tokens: Floats) -> float:
        """Accelerators that it rents; tokens asked for a day, shape (K,). [accelerator]"""


class RentalMarket:
    """Stocks, renters and the rent of the week; `payments` is who pays it to whom."""

    def __init__(self, spec: ComputeMarket, world: World, rental: float, running: Callable[[], float]) -> None:
        """Stand closed until the first day.

        rental: opening rent, power excluded. [money/accelerator-hour] running: asks what power and upkeep of the
        reference chip cost now. [money/accelerator-hour]
        """
        self.spec, self.world, self.rental, self._running = spec, world, rental, running
        self.traders: dict[str, Trader] = {}
        self.pool = 0.0
        """Machines of firms that left. [accelerator]"""
        self.opening = 0.0
        """Rent of the first day, power included. [money/accelerator-hour]"""
        self.outside = 0.0
        """What the rest of the world would rent on the first day. [accelerator]"""
        self.cleared: Cleared | None = None
        self.payments = RentPayments(world)
        self._told = 0.0

    def join(self, trader: Trader) -> None:
        """Let somebody take part."""
        self.traders[trader.name] = trader

    def take_over(self, count: float, owner: str) -> None:
        """Put the machines of a firm that left into the pool, [accelerator]; what it has let this week too."""
        self.pool += count
        if self.cleared is not None and owner in self.cleared.let:
            let = dict(self.cleared.let)
            let[LANDLORDS] = let.get(LANDLORDS, 0.0) + let.pop(owner)
            self.cleared = replace(self.cleared, let=let)

    @property
    def rent(self) -> float:
        """Rent of the week, power included. [money/accelerator-hour]"""
        return self.opening if self.cleared is None else self.cleared.rent

    def with_power(self) -> float:
        """Rent, power included, over that of the first day. [1]"""
        return 1.0 if self.cleared is None else self.cleared.rent / self.opening

    def without_power(self) -> float:
        """Rent without power and upkeep over that of the first day; zero at running cost. [1]"""
        if self.cleared is None or self.cleared.rent == self.opening == self.rental + self._running():
            return 1.0
        return max(0.0, (self.cleared.rent - self._running()) / self.rental)

    def net_rent(self) -> float:
        """What letting an idle machine leaves after power and upkeep. [money/accelerator-hour]"""
        return self.rental if self.cleared is None else max(0.0, self.cleared.rent - self._running())

    def weeks(self) -> Process:
        """Open on the first day and clear once a week, after everything that the calendar brings."""
        clock = self.world.clock
        yield clock.at(0, Phase.DATED)
        yield clock.last_of_instant()
        self._open()
        while True:
            self._clear()
            yield clock.at(clock.day + WEEK, Phase.DATED)
            yield clock.last_of_instant()

    def _open(self) -> None:
        """Solve the demand of the rest of the world for the opening rent."""
        tokens, running = self._tokens(), self._running()
        self.opening = self._told = self.rental + running
        stocks, inside = self._stocks(tokens), self._rented(tokens)
        supply = fsum(s.count for s in stocks if s.running <= self.opening)
        if supply <= inside:
            raise UserMistake(
                f"compute.outside_supply: {supply:,.0f} accelerators are there to rent on the first day, and sellers "
                f"rent {inside:,.0f}; give more"
            )
        self.outside = supply - inside

    def _clear(self) -> None:
        tokens, spec, years = self._tokens(), self.spec, self.world.clock.day / DAYS_PER_YEAR
        wanted = self.outside * exp(spec.growth * years) * self._level(spec.demand_levels)
        appetite = Appetite(self._rented(tokens), wanted, self.opening, spec.elasticity)
        self.cleared = clear(self._stocks(tokens), appetite, ceiling=spec.ceiling * self.opening, elsewhere=LANDLORDS)
        offered, demand = self.cleared.offered, self.cleared.demand
        self.world.recorder.write(
            "rentals",
            1,
            price=[self.cleared.rent],
            supply=[offered],
            demand=[demand],
            utilisation=[demand / offered if offered > 0.0 else 0.0],
        )
        self._tell()

    def _tell(self) -> None:
        """Make a fact of a change of the rent."""
        change = self.rent / self._told - 1.0
        if abs(change) <= TOLD or self.cleared is None:
            return
        self._told = self.rent
        how = f"the rent of accelerators {'rises' if change > 0 else 'falls'} by {100 * abs(change):.0f} %"
        what = f"{how}: {self.cleared.demand:,.0f} of {self.cleared.offered:,.0f} are let"
        self.world.facts.add(self.world.clock.now, "rental market", "rent", what)

    def _tokens(self) -> Floats:
        tokens: Floats = self.world.buyers.demand(self.world.clock.now).sum(axis=0)
        return tokens

    def _rented(self, tokens: Floats) -> float:
        return fsum(trader.rents(tokens) for trader in self.traders.values())

    def _stocks(self, tokens: Floats) -> list[Stock]:
        """What everybody has to let: the rest of the world, firms that left, clouds by name."""
        years = self.world.clock.day / DAYS_PER_YEAR
        others = self.spec.outside_supply * exp(self.spec.supply_growth * years)
        stocks = [Stock(LANDLORDS, others * self._level(self.spec.supply_levels) + self.pool, self._running())]
        for name, trader in sorted(self.traders.items()):
            count = trader.idle(tokens)
            if count > 0.0:
                stocks.append(Stock(name, count, trader.running()))
        return stocks

    def _level(self, levels: tuple[Level, ...]) -> float:
        """Level of a dated path today over that of the first day. [1]"""
        clock = self.world.clock
        return level_at(levels, clock.date_of(clock.now)) / level_at(levels, clock.start)

    def collect(self, payer: str, what: str, amount: float, accelerators: float, *, power: bool) -> None:
        """Take a day's rent from a renter for those who let; `power`: power and upkeep are in it."""
        if self.cleared is None:
            self.world.ledger.post(payer, LANDLORDS, what, amount)
        else:
            self.payments.collect(self.cleared, payer, what, amount, accelerators, power=power)

    def evening(self) -> None:
        """Let the rest of the world pay the clouds for what nobody else rents, and the clouds run it."""
        if self.cleared is not None and self.cleared.demand > 0.0:
            running = {owner: trader.running for owner, trader in self.traders.items()}
            taxes = {owner: trader.power_tax for owner, trader in self.traders.items()}
            self.payments.close(self.cleared, running, taxes)

    def let_by(self, owner: str) -> tuple[float, float]:
        """Accelerators that an owner lets, and what that brought it today. [accelerator, money/day]"""
        if self.cleared is None:
            return 0.0, 0.0
        return self.cleared.let.get(owner, 0.0), self.payments.income.get(owner, 0.0)


LANDLORDS = "landlords"
"""Who owns what nobody in the scenario owns: other clouds, and the machines of firms that left."""
REST = "rest of world"
"""Everybody else who rents."""


class RentPayments:
    """The day's rents, shared out among owners in proportion to what they let."""

    def __init__(self, world: World) -> None:
        """Nothing has been paid yet."""
        self.world = world
        self.income: dict[str, float] = {}
        """Rent taken today less the running costs in it, by owner. [money]"""
        self._inside, self._powered, self._day = 0.0, 0.0, -1

    def collect(
        self, cleared: Cleared, payer: str, what: str, amount: float, accelerators: float, *, power: bool
    ) -> None:
        """Take a day's rent from a renter for those who let; `power`: power and upkeep are in it."""
        self._today()
        self._inside += accelerators
        self._powered += accelerators if power else 0.0
        for owner, count in cleared.let.items():
            part = amount * (count / cleared.demand)
            self.world.ledger.post(payer, owner, what, part)
            self.income[owner] = self.income.get(owner, 0.0) + part

    def close(
        self,
        cleared: Cleared,
        running: Mapping[str, Callable[[], float]],
        taxes: Mapping[str, Callable[[], float]],
    ) -> None:
        """Let the rest of the world pay the clouds for what nobody else rents, and the clouds run it.

        running: asks what an hour of a machine let costs its owner. taxes: those on power in it.
        [money/accelerator-hour]
        Within a week the rest of the world takes what those inside leave of the machines let.
        What it pays to landlords stays outside, and is not written down.
        """
        self._today()
        ledger, demand = self.world.ledger, cleared.demand
        outside = max(0.0, demand - self._inside)
        for owner, count in cleared.let.items():
            if owner == LANDLORDS:
                continue
            part = count / demand
            rent = 24.0 * cleared.rent * outside * part
            at_work = min(demand, outside + self._powered)
            cost, tax = 24.0 * running[owner]() * at_work * part, 24.0 * taxes[owner]() * at_work * part
            ledger.post(REST, owner, "rent", rent)
            ledger.post(owner, "suppliers", "power and upkeep of machines let", max(cost - tax, 0.0))
            ledger.post(owner, TREASURY, "energy tax", min(tax, cost))
            self.income[owner] = self.income.get(owner, 0.0) + rent - cost

    def _today(self) -> None:
        """Begin the day's accounts, once."""
        if self._day != self.world.clock.day:
            self._day, self.income, self._inside, self._powered = self.world.clock.day, {}, 0.0, 0.0
