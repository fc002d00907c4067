"""A seller's own projects: they take machines from serving and end as a successor or as a new line."""

from dataclasses import replace

from pricewar.agents.finance import Round
from pricewar.agents.machines.economy import Economy
from pricewar.agents.machines.fleet import Machines
from pricewar.agents.machines.rental_market import LANDLORDS
from pricewar.agents.models.context import Context, OpenModel
from pricewar.agents.models.pipeline import Pipeline
from pricewar.agents.models.spec import OpenLab, Research
from pricewar.agents.models.training import Bill, RunningProject
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.launches import launch_licensed, learn, succeed
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.parameters import fixed
from pricewar.sim.policy import TREASURY
from pricewar.sim.world import Posting


def endow(firm: Firm) -> None:
    """Give a firm its pipeline, if it has projects. Raises UserMistake where a model cannot be served."""
    spec = firm.spec.research
    if spec is None or not spec.projects:
        return
    firm.machines.kept = spec.reserve
    firm.pipeline = Pipeline(SellerLab(firm, spec), spec)
    for _, project in sorted(spec.projects.items()):
        if project.tier is not None and project.cost is not None:
            firm.machine_time(project.cost)


class SellerLab:
    """The research side of a firm."""

    def __init__(self, firm: Firm, spec: Research) -> None:
        """Work for a firm."""
        self.firm, self.spec = firm, spec
        self.name, self.context, self.machines = firm.name, firm.context, firm.machines

    def training_bill(self, own: float, rented: float) -> Bill:
        """Rent of a lab's own machines (its serving pays that of the others), of extra ones, and power of all."""
        economy, chip = self.context.economy, self.machines.chip
        owes = self.firm.role == "lab" and chip is not None and not self.machines.unlimited
        rent = self.firm.costs.hour().capital * 24.0 * own if owes else 0.0
        return [(LANDLORDS, "rent for training", rent), *extra_machines(economy, chip, own, rented)]

    def capital(self, own: float) -> float:
        """Annuity on a cloud's machines while they train. [money/day]"""
        owned = self.firm.role == "cloud" and self.machines.chip is not None and not self.machines.unlimited
        return self.firm.costs.hour().capital * 24.0 * own if owned else 0.0

    def can_pay(self, amount: float) -> bool:
        """Sellers may run into debt; whether they then stay is not decided here."""
        del amount
        return True

    def sold(self) -> float:
        """Tokens that the firm has ever sold. [Mtok]"""
        world = self.firm.world
        return sum(world.sales.ever(k) for k, offer in enumerate(world.board.offers) if offer.seller == self.name)

    def training_changed(self, work: RunningProject) -> None:
        """Remember it as news for the next review, if machines of the firm are concerned."""
        if work.project.accelerators != 0.0 and not self.machines.unlimited:
            self.firm.news = work.fact

    def deploy(self, work: RunningProject, capability: float, fresh: list[OpenModel]) -> bool:
        """Absorb what was studied, then let the model take over its line, or open it."""
        firm, world, project = self.firm, self.firm.world, work.project
        cause = work.fact
        firm.news = cause
        for model in fresh:
            if model.release.teaches is not None:
                what = f"{self.name} has absorbed {model.release.teaches.name} from {model.release.model}"
                learn(firm, model.release.teaches, world.facts.add(world.clock.now, self.name, "learned", what, cause))
        if project.tier is None:
            return False
        tier, line = project.tier, firm.lines[project.tier]
        k, before = world.board.position(self.name, tier), replace(line)
        try:
            # The first model of a line is built as the line says; a successor is resized.
            succeed(firm, tier, project.model, capability, project.cost or (line.cost if k is None else None))
        except (UserMistake, OverflowError) as mistake:
            firm.lines[tier] = before
            what = f"{self.name} shelves {project.model}: {mistake}"
            world.facts.add(world.clock.now, self.name, "shelved", what, cause)
            return False
        if k is not None and world.board.live[k]:
            world.propose(Posting(firm.offer(tier), float(world.board.price[k]), "a successor model", firm.news))
        elif k is None and line.tier.project == work.name:
            launch_licensed(firm, [tier], firm.news)
        return True


def extra_machines(economy: Economy, chip: str | None, own: float, rented: float) -> Bill:
    """Rent of machines hired for a run, and the power of all, for a day.

    Where costs are given outright no chip is known, and power is left out.
    """
    rent = economy.technology.rental * economy.rents() * 24.0 * rented
    running = 0.0 if chip is None else economy.rented_hour(chip).variable
    tax = 0.0 if chip is None else economy.power_tax(chip)
    return [
        (LANDLORDS, "rent for training", rent),
        ("suppliers", "energy of training", (running - tax) * 24.0 * (own + rented)),
        (TREASURY, "energy tax of training", tax * 24.0 * (own + rented)),
    ]


class Sponsored:
    """An open lab in the course of a run."""

    def __init__(self, name: str, spec: OpenLab, context: Context) -> None:
        """Set it up with its machines, none of them at work."""
        self.name, self.spec, self.context = name, spec, context
        self.machines = Machines(name, spec.chip, context.world, context.economy)
        self.machines.size(spec.accelerators, record=False)
        self.pipeline = Pipeline(self, spec.research)

    @property
    def cash(self) -> float:
        """Opening cash and what the ledger has moved since. [money]"""
        return fixed(self.spec.cash) + self.context.world.ledger.balance(self.name)

    def live(self) -> list[Process]:
        """Its processes: money first, so that what comes in the morning can be spent that day."""
        rounds = [self._round(name, one) for name, one in sorted(self.spec.rounds.items())]
        return [*rounds, *([self._grants()] if self.spec.yearly > 0.0 else []), *self.pipeline.live()]

    def _round(self, name: str, one: Round) -> Process:
        world = self.context.world
        yield world.clock.at(world.clock.day_of(one.date), Phase.DATED)
        world.ledger.post("sponsors", self.name, "funding", fixed(one.amount))
        world.facts.add(world.clock.now, self.name, "funding", f"{self.name} gets a round of funding ({name})")

    def _grants(self) -> Process:
        world, day = self.context.world, 0
        while True:
            yield world.clock.at(day, Phase.DATED)
            world.ledger.post("sponsors", self.name, "funding", self.spec.yearly / DAYS_PER_YEAR)
            day += 1

    def training_bill(self, own: float, rented: float) -> Bill:
        """Rent of what is not its own, and power."""
        hired, kept = (rented, own) if self.spec.owned else (own + rented, 0.0)
        return extra_machines(self.context.economy, self.machines.chip, kept, hired)

    def capital(self, own: float) -> float:
        """Zero: what its own machines cost is not told. [money/day]"""
        del own
        return 0.0

    def can_pay(self, amount: float) -> bool:
        """Whether the cash suffices."""
        return amount <= self.cash

    def sold(self) -> float:
        """Zero. [Mtok]"""
        return 0.0

    def training_changed(self, work: RunningProject) -> None:
        """Set no price, so hear nothing."""

    def deploy(self, work: RunningProject, capability: float, fresh: list[OpenModel]) -> bool:
        """Serve nobody; the release follows from the pipeline."""
        del work, capability, fresh
        return False
