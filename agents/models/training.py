"""Training: projects queue for the owner's accelerators, take them from serving, and give them back when they are done.

A project asks in a queue (a `simpy.PriorityResource`, earlier projects first), waits until a fair part of what it could
have is free, and takes at most what is wanted and never what is kept for serving; on fewer machines it lasts longer.
Simplifications: a later chip trains as much faster as it serves; a project keeps the number of machines that it began
with; its staff costs nothing while it waits for machines.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import exp
from typing import Protocol

import simpy

from pricewar.agents.machines.fleet import Machines
from pricewar.agents.machines.rental_market import LANDLORDS
from pricewar.agents.models.context import Context, OpenModel
from pricewar.agents.models.spec import Project, Research
from pricewar.sim.economics.training import compute_optimal, flop_of, machine_days
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId
from pricewar.sim.parameters import fixed

Bill = list[tuple[str, str, float]]
"""Payee, what for, how much."""


@dataclass(slots=True)
class RunningProject:
    """A project in the course of a run."""

    name: str
    project: Project
    rank: int
    """Place in the queue for machines."""
    flop: float
    """Training compute. [FLOP]"""
    process: simpy.Process | None = None
    fact: FactId | None = None
    """What its next stage answers."""
    own: float = 0.0
    """Own accelerators that it holds."""
    rented: float = 0.0
    """Rented ones."""
    spent: float = 0.0
    """Everything posted for it. [money]"""
    imputed: float = 0.0
    """Capital of owned machines while they trained: paid when they were bought. [money]"""
    studied: list[OpenModel] = field(default_factory=list)
    """Open models whose architecture it takes over."""
    best_open: float | None = None
    """Capability of the best open model when its design began. [nat]"""
    lessons: float = 0.0
    """What use of earlier models had taught by then. [nat]"""
    alone: float = 0.0
    """Capability by compute, algorithms and lessons, without what is copied. [nat]"""
    capability: float | None = None
    """Known once it has been evaluated. [nat]"""
    deployed: float | None = None
    """Instant. [day]"""
    sold_then: float = 0.0
    """Tokens that the owner had ever sold at that instant. [Mtok]"""


class Owner(Protocol):
    """Whose projects they are: a seller, or a lab that sells nothing."""

    @property
    def name(self) -> str:
        """Identifier."""

    @property
    def context(self) -> Context:
        """What everybody shares."""

    @property
    def machines(self) -> Machines:
        """Own accelerators, or those that it may rent at any time."""

    def training_bill(self, own: float, rented: float) -> Bill:
        """What a day of training costs on so many own and rented accelerators."""

    def capital(self, own: float) -> float:
        """Capital cost of a day of own accelerators that nobody is paid for. [money/day]"""

    def can_pay(self, amount: float) -> bool:
        """Whether it has the money."""

    def sold(self) -> float:
        """Tokens that it has ever sold. [Mtok]"""

    def training_changed(self, work: RunningProject) -> None:
        """Take note that training has begun or ended: fewer or more machines are a reason to review prices."""

    def deploy(self, work: RunningProject, capability: float, fresh: list[OpenModel]) -> bool:
        """Put the model into use; tells whether it serves. fresh: open models of new architecture."""


def stage_luck(owner: Owner, spec: Research, work: RunningProject, stage: str) -> float:
    """Factor on the time of a stage, median one."""
    drawn = owner.context.world.streams(owner.name, "research", work.name, stage).standard_normal()
    return exp(spec.spread * float(drawn))


def wages(spec: Research) -> Bill:
    """What a day of a project's people costs."""
    return [("staff", "research", spec.staff)]


def pay(owner: Owner, work: RunningProject, bill: Callable[[], Bill]) -> Process:
    """Post a bill; an owner that cannot pay waits until it can, and is not charged for the days between."""
    world, stalled = owner.context.world, False
    while not owner.can_pay(sum(amount for _, _, amount in bill())):
        if not stalled:
            add_fact(owner, work, "stall", f"cannot pay for {work.project.model}")
            stalled = True
        yield world.clock.at(world.clock.day + 1, Phase.DATED)
    if stalled:
        add_fact(owner, work, "stall", f"can pay for {work.project.model} again")
    for payee, what, amount in bill():
        if payee == LANDLORDS:
            _pay_rent(owner, what, amount)
        else:
            world.ledger.post(owner.name, payee, what, amount)
        work.spent += amount


def _pay_rent(owner: Owner, what: str, amount: float) -> None:
    """Pay whoever lets the machines."""
    economy = owner.context.economy
    each = 24.0 * economy.technology.rental * economy.rents()
    economy.pay_rent(owner.name, what, amount, amount / each if each > 0.0 else 0.0, power=False)


def add_fact(owner: Owner, work: RunningProject, kind: str, what: str) -> None:
    """Make it a fact; the next stage answers it."""
    world = owner.context.world
    work.fact = world.facts.add(world.clock.now, owner.name, kind, f"{owner.name} {what} ({work.name})", work.fact)


def record_stage(owner: Owner, work: RunningProject, stage: str, event: str) -> None:
    """Write a row of the table of training."""
    owner.context.world.recorder.write(
        "training",
        1,
        seller=[owner.name],
        project=[work.name],
        stage=[stage],
        event=[event],
        accelerators=[work.own + work.rented],
        spent=[work.spent],
        capability=[work.capability],
    )


DONE = 1.0 - 1e-9
"""A run is over at this share of its work: sums of days leave rounding."""


class TrainingRuns:
    """The training runs of all projects of an owner."""

    def __init__(self, owner: Owner, spec: Research) -> None:
        """Line the projects up; nobody trains yet."""
        self.owner, self.spec = owner, spec
        order = sorted(spec.projects, key=lambda name: (spec.projects[name].start, name))
        self.projects = {
            name: RunningProject(name, spec.projects[name], rank, self._flop(spec.projects[name]))
            for rank, name in enumerate(order)
        }
        """All projects by name."""
        self.turn = simpy.PriorityResource(owner.context.world.clock, capacity=1)
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

    def run(self, work: RunningProject) -> Process:
        """Train a model: wait for machines, use them, give them back."""
        yield from self._take(work)
        yield from self._train(work)

    def _take(self, work: RunningProject) -> Process:
        """Ask for machines until enough are free, and take them."""
        project, machines, clock = work.project, self.owner.machines, self.owner.context.world.clock
        wanted = project.accelerators
        if wanted is None:
            median = machine_days(work.flop, self.rate(), self.spec.mfu) / (project.stages or self.spec.stages).training
            wanted = max(0.0, median - project.rented)
        with self.turn.request(priority=work.rank) as turn:
            yield turn
            while True:
                best = float("inf") if machines.unlimited else (1.0 - machines.kept) * machines.work
                free = max(0.0, best - sum(other.own for other in self.projects.values()))
                own = min(wanted, free)
                if own + project.rented > 0.0 and own >= self.spec.least * min(wanted, best):
                    break
                yield clock.at(clock.day + 1, Phase.DATED)
            work.own, work.rented = own, project.rented
            self._count()

    def _count(self) -> None:
        # Summed anew each time, so that machines come back to the last bit.
        self.owner.machines.training = sum(self.projects[name].own for name in sorted(self.projects))

    def return_machines(self, work: RunningProject) -> None:
        """Return the machines of a project."""
        work.own = work.rented = 0.0
        self._count()

    def _train(self, work: RunningProject) -> Process:
        """Train until the work is done, paying by the day."""
        context, machines = self.owner.context, self.owner.machines
        clock, terms = context.world.clock, context.economy.technology.training
        work.alone = terms.capability(work.flop, clock.date_of(clock.now)) + work.lessons
        size, tokens = compute_optimal(work.flop, terms.tokens_per_parameter)
        add_fact(
            self.owner,
            work,
            "training",
            f"begins training {work.project.model} on {work.own + work.rented:,.0f} accelerators: {work.flop:.2g} "
            f"FLOP, compute-optimal at {size:,.3g} billion parameters and {tokens:,.3g} billion tokens",
        )
        record_stage(self.owner, work, "training", "begins")
        self.owner.training_changed(work)
        left = machine_days(work.flop, self.rate(), self.spec.mfu) * stage_luck(self.owner, self.spec, work, "training")
        done = 0.0
        while done < DONE * left:
            # Machines that were scrapped meanwhile are missing in all runs alike.
            there = 1.0 if machines.unlimited or machines.training == 0.0 else machines.seized / machines.training
            own = work.own * there
            yield from pay(self.owner, work, partial(self._training_day, work, own))
            work.imputed += self.owner.capital(own)
            done += own + work.rented
            yield clock.at(clock.day + 1, Phase.DATED)
        self.return_machines(work)

    def _training_day(self, work: RunningProject, own: float) -> Bill:
        return [*wages(self.spec), *self.owner.training_bill(own, work.rented)]
