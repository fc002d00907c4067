"""Training: projects queue for the owner's accelerators, take them from serving, and give them back when they are done.

A project asks in a queue (a `simpy.PriorityResource`, earlier projects first), waits until a fair part of what it could
have is free, and takes at most what is wanted and never what is kept for serving; on fewer machines it lasts longer.
Simplifications: a later chip trains as much faster as it serves; a project keeps the number of machines that it began
with; its staff costs nothing while it waits for machines.
"""

from functools import partial

import simpy

from pricewar.agents.models.spec import Project, Research
from pricewar.agents.models.work import Bill, Owner, Work, luck, pay, say, tell, wages
from pricewar.sim.economics.training import compute_optimal, flop_of, machine_days
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.parameters import fixed

DONE = 1.0 - 1e-9
"""A run is over at this share of its work: sums of days leave rounding."""


class TrainingRuns:
    """The training runs of all projects of an owner."""

    def __init__(self, owner: Owner, spec: Research) -> None:
        """Line the projects up; nobody trains yet."""
        self.owner, self.spec = owner, spec
        order = sorted(spec.projects, key=lambda name: (spec.projects[name].start, name))
        self.works = {
            name: Work(name, spec.projects[name], rank, self._flop(spec.projects[name]))
            for rank, name in enumerate(order)
        }
        """All projects by name."""
        self.turn = simpy.PriorityResource(owner.around.world.clock, capacity=1)
        """One project at a time asks for machines."""

    def rate(self) -> float:
        """Work of an accelerator of the first chip's kind. [FLOP/s] Raises UserMistake where it is not known."""
        if self.spec.flops is not None:
            return self.spec.flops
        chip = self.owner.machines.accelerator
        if chip is None:
            raise UserMistake(f"'{self.owner.name}' trains without a chip; give research.flops")
        return chip.flops(self.spec.precision)

    def _flop(self, project: Project) -> float:
        if project.compute is not None:
            return fixed(project.compute)
        machines = (project.accelerators or 0.0) + project.rented
        return flop_of(machines * (project.days or 0.0), self.rate(), self.spec.mfu)

    def run(self, work: Work) -> Process:
        """Train a model: wait for machines, use them, give them back."""
        yield from self._take(work)
        yield from self._train(work)

    def _take(self, work: Work) -> Process:
        """Ask for machines until enough are free, and take them."""
        project, machines, clock = work.project, self.owner.machines, self.owner.around.world.clock
        wanted = project.accelerators
        if wanted is None:
            median = machine_days(work.flop, self.rate(), self.spec.mfu) / (project.stages or self.spec.stages).training
            wanted = max(0.0, median - project.rented)
        with self.turn.request(priority=work.rank) as turn:
            yield turn
            while True:
                best = float("inf") if machines.unlimited else (1.0 - machines.kept) * machines.work
                free = max(0.0, best - sum(other.own for other in self.works.values()))
                own = min(wanted, free)
                if own + project.rented > 0.0 and own >= self.spec.least * min(wanted, best):
                    break
                yield clock.at(clock.day + 1, Phase.DATED)
            work.own, work.rented = own, project.rented
            self._count()

    def _count(self) -> None:
        # Summed anew each time, so that machines come back to the last bit.
        self.owner.machines.training = sum(self.works[name].own for name in sorted(self.works))

    def give_back(self, work: Work) -> None:
        """Return the machines of a project."""
        work.own = work.rented = 0.0
        self._count()

    def _train(self, work: Work) -> Process:
        """Train until the work is done, paying by the day."""
        around, machines = self.owner.around, self.owner.machines
        clock, terms = around.world.clock, around.economy.technology.training
        work.alone = terms.capability(work.flop, clock.date_of(clock.now)) + work.lessons
        size, tokens = compute_optimal(work.flop, terms.tokens_per_parameter)
        say(
            self.owner,
            work,
            "training",
            f"begins training {work.project.model} on {work.own + work.rented:,.0f} accelerators: {work.flop:.2g} "
            f"FLOP, compute-optimal at {size:,.3g} billion parameters and {tokens:,.3g} billion tokens",
        )
        tell(self.owner, work, "training", "begins")
        self.owner.hear(work)
        left = machine_days(work.flop, self.rate(), self.spec.mfu) * luck(self.owner, self.spec, work, "training")
        done = 0.0
        while done < DONE * left:
            # Machines that were scrapped meanwhile are missing in all runs alike.
            there = 1.0 if machines.unlimited or machines.training == 0.0 else machines.seized / machines.training
            own = work.own * there
            yield from pay(self.owner, work, partial(self._training_day, work, own))
            work.imputed += self.owner.capital(own)
            done += own + work.rented
            yield clock.at(clock.day + 1, Phase.DATED)
        self.give_back(work)

    def _training_day(self, work: Work, own: float) -> Bill:
        return [*wages(self.spec), *self.owner.training_bill(own, work.rented)]
