"""The research pipeline: a project is a process that goes from data to use and leaves a better model.

    data, processing, design, training, evaluation, deployment, feedback

Every stage takes a log-normal time from its own stream. Training takes accelerators away from serving
(`training`). Design begins with a look at the open models so far: what their architecture teaches is in the firm's
cost once the project is deployed, never before (M2 through one's own pipeline), and a share of the gap to the best of
them is copied. Simplification: everything happens on whole days.
"""

from math import ceil, log

import simpy

from pricewar.agents.models.context import Finished
from pricewar.agents.models.spec import STAGES, Research
from pricewar.agents.models.training import (
    Owner,
    RunningProject,
    TrainingRuns,
    add_fact,
    pay,
    record_stage,
    stage_luck,
    wages,
)
from pricewar.sim.economics.training import copied_from
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.parameters import fixed


class Pipeline:
    """All projects of an owner."""

    def __init__(self, owner: Owner, spec: Research) -> None:
        """Line the projects up; none has begun."""
        self.owner, self.spec = owner, spec
        self.world = owner.context.world
        self.training = TrainingRuns(owner, spec)
        self.projects = self.training.projects
        self.absorbed: set[str] = set()
        self.lessons = 0.0
        self.serving: dict[str, RunningProject] = {}
        """The last project deployed in each tier."""
        self.stopped = False

    # A project.

    def live(self) -> list[Process]:
        """The processes to start, in the order of names."""
        return [self._live(self.projects[name]) for name in sorted(self.projects)]

    def _live(self, work: RunningProject) -> Process:
        clock = self.world.clock
        work.process = clock.active_process
        try:
            yield clock.at(clock.day_of(work.project.start), Phase.DATED)
            for stage in STAGES:
                yield from self._stage(work, stage)
                if self.stopped:  # by what this very project has set off
                    return
        except simpy.Interrupt:
            self.training.return_machines(work)
            if clock.now >= clock.day_of(work.project.start):
                record_stage(self.owner, work, "stopped", "stops")
                what = f"{self.owner.name} gives up {work.name} ({work.project.model})"
                self.world.facts.add(clock.now, self.owner.name, "project", what, work.fact)

    def stop(self) -> None:
        """Give up every project in progress, for instance when the firm leaves the market; machines come back."""
        self.stopped = True
        for _, work in sorted(self.projects.items()):
            process = work.process
            if process is not None and process.is_alive and process is not self.world.clock.active_process:
                process.interrupt()

    def _stage(self, work: RunningProject, stage: str) -> Process:
        if stage == "design":
            self._study(work)
        if stage == "training":
            yield from self.training.run(work)
        else:
            record_stage(self.owner, work, stage, "begins")
            yield from self._pass(work, stage)
        if stage == "evaluation":
            work.capability = work.alone + copied_from(work.alone, work.best_open, self.spec.copied)
        if stage == "deployment":
            self._deploy(work)
        else:
            note = f" at {work.capability:.2f} nats" if stage == "evaluation" and work.capability is not None else ""
            add_fact(self.owner, work, stage, f"ends {stage} of {work.project.model}{note}")
        if stage == "training":
            self.owner.training_changed(work)  # its machines are back
        if stage == "feedback":
            self._learn_from_use(work)
        record_stage(self.owner, work, stage, "ends")

    def _pass(self, work: RunningProject, stage: str) -> Process:
        """Let a stage without machines go by, paying its people day by day."""
        clock = self.world.clock
        if stage == "data":
            yield from pay(self.owner, work, lambda: [("data vendors", "data", work.project.data_cost)])
        times = work.project.stages or self.spec.stages
        days = ceil(float(getattr(times, stage)) * stage_luck(self.owner, self.spec, work, stage))
        for _ in range(days):
            yield from pay(self.owner, work, lambda: wages(self.spec))
            yield clock.at(clock.day + 1, Phase.DATED)

    # What it knows, and what comes of it.

    def _study(self, work: RunningProject) -> None:
        """Look at the open models of others: at their architecture, and at how far ahead the best is.

        Answers of weights under a research licence may not be learned from; their architecture is no secret.
        """
        others = [model for model in self.owner.context.opened if model.release.lab != self.owner.name]
        work.studied = [m for m in others if m.release.teaches is not None and m.name not in self.absorbed]
        usable = [m for m in others if m.release.licence != "research"] if self.spec.copied > 0.0 else []
        best = max(usable, key=lambda m: (fixed(m.release.capability or 0.0), -m.fact), default=None)
        if best is not None:
            work.best_open = fixed(best.release.capability or 0.0)
        work.lessons = self.lessons
        answers = [model.fact for model in (*work.studied, *([best] if best is not None else []))]
        if answers:
            work.fact = max(answers)

    def _deploy(self, work: RunningProject) -> None:
        """Put the model into use, take over what was studied, and release the weights if they are to be open."""
        clock, project, owner = self.world.clock, work.project, self.owner
        capability = work.alone if work.capability is None else work.capability
        add_fact(self.owner, work, "deployment", f"deploys {project.model}, {capability:.2f} nats")
        fresh = [model for model in work.studied if model.name not in self.absorbed]
        self.absorbed |= {model.name for model in fresh}
        work.deployed, work.sold_then = clock.now, owner.sold()
        if owner.deploy(work, capability, fresh) and project.tier is not None:
            self.serving[project.tier] = work
        awaited = owner.context.awaited.get(project.release or "")
        if awaited is not None and not awaited.triggered and work.fact is not None:
            awaited.succeed(Finished(project.model, capability, work.fact))

    def _learn_from_use(self, work: RunningProject) -> None:
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
