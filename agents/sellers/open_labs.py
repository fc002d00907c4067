"""Labs that sell nothing: sponsors pay, models are released, and without money work stands still."""

from pricewar.agents.machines.fleet import Machines
from pricewar.agents.models.pipeline import Pipeline
from pricewar.agents.models.spec import OpenLab
from pricewar.agents.models.work import Bill, Work
from pricewar.agents.sellers.context import OpenModel, Surroundings
from pricewar.agents.sellers.finance import Round
from pricewar.agents.sellers.labs import extra_machines
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.parameters import fixed


class Sponsored:
    """An open lab in the course of a run."""

    def __init__(self, name: str, spec: OpenLab, around: Surroundings) -> None:
        """Set it up with its machines, none of them at work."""
        self.name, self.spec, self.around = name, spec, around
        self.machines = Machines(name, spec.chip, around.world, around.economy)
        self.machines.size(spec.accelerators, tell=False)
        self.pipeline = Pipeline(self, spec.research)

    @property
    def cash(self) -> float:
        """Opening cash and what the ledger has moved since. [money]"""
        return fixed(self.spec.cash) + self.around.world.ledger.balance(self.name)

    def live(self) -> list[Process]:
        """Its processes: money first, so that what comes in the morning can be spent that day."""
        rounds = [self._round(name, one) for name, one in sorted(self.spec.rounds.items())]
        return [*rounds, *([self._grants()] if self.spec.yearly > 0.0 else []), *self.pipeline.live()]

    def _round(self, name: str, one: Round) -> Process:
        world = self.around.world
        yield world.clock.at(world.clock.day_of(one.date), Phase.DATED)
        world.ledger.post("sponsors", self.name, "funding", fixed(one.amount))
        world.facts.add(world.clock.now, self.name, "funding", f"{self.name} gets a round of funding ({name})")

    def _grants(self) -> Process:
        world, day = self.around.world, 0
        while True:
            yield world.clock.at(day, Phase.DATED)
            world.ledger.post("sponsors", self.name, "funding", self.spec.yearly / DAYS_PER_YEAR)
            day += 1

    def training_bill(self, own: float, rented: float) -> Bill:
        """Rent of what is not its own, and power."""
        hired, kept = (rented, own) if self.spec.owned else (own + rented, 0.0)
        return extra_machines(self.around.economy, self.machines.chip, kept, hired)

    def capital(self, own: float) -> float:
        """Nought: what its own machines cost is not told. [money/day]"""
        del own
        return 0.0

    def can_pay(self, amount: float) -> bool:
        """Whether the cash suffices."""
        return amount <= self.cash

    def sold(self) -> float:
        """Nought. [Mtok]"""
        return 0.0

    def hear(self, work: Work) -> None:
        """Set no price, so hear nothing."""

    def deploy(self, work: Work, capability: float, fresh: list[OpenModel]) -> bool:
        """Serve nobody; the release follows from the pipeline."""
        del work, capability, fresh
        return False
