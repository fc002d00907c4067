"""A seller's own projects: they take machines from serving and end as a successor or as a new line."""

from dataclasses import replace

from pricewar.agents.machines.economy import Economy
from pricewar.agents.machines.rent_payments import LANDLORDS
from pricewar.agents.models.pipeline import Pipeline
from pricewar.agents.models.spec import Research
from pricewar.agents.models.work import Bill, Work
from pricewar.agents.sellers.context import OpenModel
from pricewar.agents.sellers.firm import Firm
from pricewar.agents.sellers.launches import launch_licensed
from pricewar.agents.sellers.succession import learn, succeed
from pricewar.sim.errors import UserMistake
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
        self.name, self.around, self.machines = firm.name, firm.around, firm.machines

    def training_bill(self, own: float, rented: float) -> Bill:
        """Rent of a lab's own machines (its serving pays that of the others), of extra ones, and power of all."""
        economy, chip = self.around.economy, self.machines.chip
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

    def hear(self, work: Work) -> None:
        """Remember it as news for the next review, if machines of the firm are concerned."""
        if work.project.accelerators != 0.0 and not self.machines.unlimited:
            self.firm.news = work.fact

    def deploy(self, work: Work, capability: float, fresh: list[OpenModel]) -> bool:
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
