"""The research pipeline: a project is a process that goes from data to use and leaves a better model.

    data, processing, design, training, evaluation, deployment, feedback

Every stage takes a log-normal time from its own stream. Training takes accelerators away from serving: it asks for
them in a queue (a `simpy.PriorityResource`, earlier projects first), waits until a fair part of what it could have is
free, and takes at most what is wanted and never what is kept for serving; on fewer machines it lasts longer. Design
begins with a look at the open models so far: what their architecture teaches is in the firm's cost once the project is
deployed, never before (M2 through one's own pipeline), and a share of the gap to the best of them is copied.

Simplifications: everything happens on whole days; a later chip trains as much faster as it serves; a project keeps the
number of machines that it began with; its staff costs nothing while it waits for machines.
"""

from collections.abc import Callable
from functools import partial
from math import ceil, exp, log

import simpy

from agents.projects import STAGES, Project, Research, Stages
from agents.rent_payments import LANDLORDS
from agents.surroundings import Finished
from agents.work import Bill, Owner, Work
from sim.economics.training import compute_optimal, copied_from, flop_of, machine_days
from sim.errors import UserMistake
from sim.kernel.clock import Phase, Process
from sim.parameters import fixed

DONE = 1.0 - 1e-9
"""A run is over at this share of its work: sums of days leave rounding."""


class Pipeline:
    """All projects of an owner."""

    def __init__(self, owner: Owner, spec: Research) -> None:
        """Line the projects up; none has begun."""
        self.owner, self.spec = owner, spec
        self.world = owner.around.world
        self.turn = simpy.PriorityResource(self.world.clock, capacity=1)
        """One project at a time asks for machines."""
        order = sorted(spec.projects, key=lambda name: (spec.projects[name].start, name))
        self.works = {
            name: Work(name, spec.projects[name], rank, self._flop(spec.projects[name]))
            for rank, name in enumerate(order)
        }
        self.absorbed: set[str] = set()
        self.lessons = 0.0
        self.serving: dict[str, Work] = {}
        """The last project deployed in each tier."""
        self.stopped = False

    # What it asks of the owner's machines.

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

    def _times(self, project: Project) -> Stages:
        return project.stages or self.spec.stages

    def _luck(self, work: Work, stage: str) -> float:
        """Factor on the time of a stage, median one."""
        luck = self.world.streams(self.owner.name, "research", work.name, stage).standard_normal()
        return exp(self.spec.spread * float(luck))

    # A project.

    def live(self) -> list[Process]:
        """The processes to start, in the order of names."""
        return [self._live(self.works[name]) for name in sorted(self.works)]

    def _live(self, work: Work) -> Process:
        clock = self.world.clock
        work.process = clock.active_process
        try:
            yield clock.at(clock.day_of(work.project.start), Phase.DATED)
            for stage in STAGES:
                yield from self._stage(work, stage)
                if self.stopped:  # by what this very project has set off
                    return
        except simpy.Interrupt:
            self._give_back(work)
            if clock.now >= clock.day_of(work.project.start):
                self._tell(work, "stopped", "stops")
                what = f"{self.owner.name} gives up {work.name} ({work.project.model})"
                self.world.facts.add(clock.now, self.owner.name, "project", what, work.fact)

    def stop(self) -> None:
        """Give up every project in progress, for instance when the firm leaves the market; machines come back."""
        self.stopped = True
        for _, work in sorted(self.works.items()):
            process = work.process
            if process is not None and process.is_alive and process is not self.world.clock.active_process:
                process.interrupt()

    def _stage(self, work: Work, stage: str) -> Process:
        if stage == "design":
            self._study(work)
        if stage == "training":
            yield from self._machines(work)
            yield from self._train(work)
        else:
            self._tell(work, stage, "begins")
            yield from self._pass(work, stage)
        if stage == "evaluation":
            work.capability = work.alone + copied_from(work.alone, work.best_open, self.spec.copied)
        if stage == "deployment":
            self._deploy(work)
        else:
            note = f" at {work.capability:.2f} nats" if stage == "evaluation" and work.capability is not None else ""
            self._say(work, stage, f"ends {stage} of {work.project.model}{note}")
        if stage == "training":
            self.owner.hear(work)  # its machines are back
        if stage == "feedback":
            self._learn_from_use(work)
        self._tell(work, stage, "ends")

    def _pass(self, work: Work, stage: str) -> Process:
        """Let a stage without machines go by, paying its people day by day."""
        clock = self.world.clock
        if stage == "data":
            yield from self._pay(work, lambda: [("data vendors", "data", work.project.data_cost)])
        days = ceil(float(getattr(self._times(work.project), stage)) * self._luck(work, stage))
        for _ in range(days):
            yield from self._pay(work, self._wages)
            yield clock.at(clock.day + 1, Phase.DATED)

    def _wages(self) -> Bill:
        return [("staff", "research", self.spec.staff)]

    def _pay(self, work: Work, bill: Callable[[], Bill]) -> Process:
        """Post a bill; an owner that cannot pay waits until it can, and is not charged for the days between."""
        clock, stalled = self.world.clock, False
        while not self.owner.can_pay(sum(amount for _, _, amount in bill())):
            if not stalled:
                self._say(work, "stall", f"cannot pay for {work.project.model}")
                stalled = True
            yield clock.at(clock.day + 1, Phase.DATED)
        if stalled:
            self._say(work, "stall", f"can pay for {work.project.model} again")
        for payee, what, amount in bill():
            if payee == LANDLORDS:
                self._pay_rent(what, amount)
            else:
                self.world.ledger.post(self.owner.name, payee, what, amount)
            work.spent += amount

    def _pay_rent(self, what: str, amount: float) -> None:
        """Pay whoever lets the machines."""
        economy = self.owner.around.economy
        each = 24.0 * economy.technology.rental * economy.rents()
        economy.pay_rent(self.owner.name, what, amount, amount / each if each > 0.0 else 0.0, power=False)

    # Training.

    def _machines(self, work: Work) -> Process:
        """Ask for machines until enough are free, and take them."""
        project, machines, clock = work.project, self.owner.machines, self.world.clock
        wanted = project.accelerators
        if wanted is None:
            median = machine_days(work.flop, self.rate(), self.spec.mfu) / self._times(project).training
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

    def _give_back(self, work: Work) -> None:
        work.own = work.rented = 0.0
        self._count()

    def _train(self, work: Work) -> Process:
        """Train until the work is done, paying by the day."""
        clock, machines, terms = self.world.clock, self.owner.machines, self.owner.around.economy.technology.training
        work.alone = terms.capability(work.flop, clock.date_of(clock.now)) + work.lessons
        size, tokens = compute_optimal(work.flop, terms.tokens_per_parameter)
        self._say(
            work,
            "training",
            f"begins training {work.project.model} on {work.own + work.rented:,.0f} accelerators: {work.flop:.2g} "
            f"FLOP, compute-optimal at {size:,.3g} billion parameters and {tokens:,.3g} billion tokens",
        )
        self._tell(work, "training", "begins")
        self.owner.hear(work)
        left = machine_days(work.flop, self.rate(), self.spec.mfu) * self._luck(work, "training")
        done = 0.0
        while done < DONE * left:
            # Machines that were scrapped meanwhile are missing in all runs alike.
            there = 1.0 if machines.unlimited or machines.training == 0.0 else machines.seized / machines.training
            own = work.own * there
            yield from self._pay(work, partial(self._training_day, work, own))
            work.imputed += self.owner.capital(own)
            done += own + work.rented
            yield clock.at(clock.day + 1, Phase.DATED)
        self._give_back(work)

    def _training_day(self, work: Work, own: float) -> Bill:
        return [*self._wages(), *self.owner.training_bill(own, work.rented)]

    # What it knows, and what comes of it.

    def _study(self, work: Work) -> None:
        """Look at the open models of others: at their architecture, and at how far ahead the best is.

        Answers of weights under a research licence may not be learned from; their architecture is no secret.
        """
        others = [model for model in self.owner.around.opened if model.release.lab != self.owner.name]
        work.studied = [m for m in others if m.release.teaches is not None and m.name not in self.absorbed]
        usable = [m for m in others if m.release.licence != "research"] if self.spec.copied > 0.0 else []
        best = max(usable, key=lambda m: (fixed(m.release.capability or 0.0), -m.fact), default=None)
        if best is not None:
            work.best_open = fixed(best.release.capability or 0.0)
        work.lessons = self.lessons
        answers = [model.fact for model in (*work.studied, *([best] if best is not None else []))]
        if answers:
            work.fact = max(answers)

    def _deploy(self, work: Work) -> None:
        """Put the model into use, take over what was studied, and release the weights if they are to be open."""
        clock, project, owner = self.world.clock, work.project, self.owner
        capability = work.alone if work.capability is None else work.capability
        self._say(work, "deployment", f"deploys {project.model}, {capability:.2f} nats")
        fresh = [model for model in work.studied if model.name not in self.absorbed]
        self.absorbed |= {model.name for model in fresh}
        work.deployed, work.sold_then = clock.now, owner.sold()
        if owner.deploy(work, capability, fresh) and project.tier is not None:
            self.serving[project.tier] = work
        awaited = owner.around.awaited.get(project.release or "")
        if awaited is not None and not awaited.triggered and work.fact is not None:
            awaited.succeed(Finished(project.model, capability, work.fact))

    def _learn_from_use(self, work: Work) -> None:
        """Let later projects have better data, the more has been sold since the model came."""
        sold = self.owner.sold()
        if 0.0 < work.sold_then < sold:
            self.lessons += self.spec.feedback * log(sold / work.sold_then)

    # What it tells.

    def training_cost(self, tier: str) -> float:
        """What the model in service cost, written off linearly, over the tokens that its tier sells. [money/Mtok]

        Tokens are those of the last month, or those expected where none were sold; nan where none are expected.
        """
        work, world = self.serving.get(tier), self.world
        if work is None or work.deployed is None or world.clock.now >= work.deployed + self.spec.life:
            return 0.0
        daily = (work.spent + work.imputed) / self.spec.life
        k = world.board.position(self.owner.name, tier)
        if daily == 0.0 or k is None:
            return 0.0
        tokens = world.sales.daily(k) or float(world.demand().quantities(world.board.price)[k])
        return daily / tokens if tokens > 0.0 else float("nan")

    def _say(self, work: Work, kind: str, what: str) -> None:
        """Make it a fact; the next stage answers it."""
        name, clock = self.owner.name, self.world.clock
        work.fact = self.world.facts.add(clock.now, name, kind, f"{name} {what} ({work.name})", work.fact)

    def _tell(self, work: Work, stage: str, event: str) -> None:
        """Write a row of the table of training."""
        self.world.recorder.write(
            "training",
            1,
            seller=[self.owner.name],
            project=[work.name],
            stage=[stage],
            event=[event],
            accelerators=[work.own + work.rented],
            spent=[work.spent],
            capability=[work.capability],
        )
