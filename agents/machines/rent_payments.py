"""Who pays whom for rented machines: those inside by the day, the rest of the world at its end."""

from collections.abc import Callable, Mapping

from pricewar.sim.market.rental import Cleared
from pricewar.sim.policy import TREASURY
from pricewar.sim.world import World

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
