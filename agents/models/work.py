"""A project at work: what it asks of the one whose project it is, what it pays, and what it tells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp
from typing import Protocol

import simpy

from pricewar.agents.machines.fleet import Machines
from pricewar.agents.machines.rent_payments import LANDLORDS
from pricewar.agents.models.spec import Project, Research
from pricewar.agents.sellers.context import OpenModel, Surroundings
from pricewar.sim.kernel.clock import Phase, Process
from pricewar.sim.kernel.facts import FactId

Bill = list[tuple[str, str, float]]
"""Payee, what for, how much."""


@dataclass(slots=True)
class Work:
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
    def around(self) -> Surroundings:
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

    def hear(self, work: Work) -> None:
        """Take note that training has begun or ended: fewer or more machines are a reason to review prices."""

    def deploy(self, work: Work, capability: float, fresh: list[OpenModel]) -> bool:
        """Put the model into use; tells whether it serves. fresh: open models of new architecture."""


def luck(owner: Owner, spec: Research, work: Work, stage: str) -> float:
    """Factor on the time of a stage, median one."""
    drawn = owner.around.world.streams(owner.name, "research", work.name, stage).standard_normal()
    return exp(spec.spread * float(drawn))


def wages(spec: Research) -> Bill:
    """What a day of a project's people costs."""
    return [("staff", "research", spec.staff)]


def pay(owner: Owner, work: Work, bill: Callable[[], Bill]) -> Process:
    """Post a bill; an owner that cannot pay waits until it can, and is not charged for the days between."""
    world, stalled = owner.around.world, False
    while not owner.can_pay(sum(amount for _, _, amount in bill())):
        if not stalled:
            say(owner, work, "stall", f"cannot pay for {work.project.model}")
            stalled = True
        yield world.clock.at(world.clock.day + 1, Phase.DATED)
    if stalled:
        say(owner, work, "stall", f"can pay for {work.project.model} again")
    for payee, what, amount in bill():
        if payee == LANDLORDS:
            _pay_rent(owner, what, amount)
        else:
            world.ledger.post(owner.name, payee, what, amount)
        work.spent += amount


def _pay_rent(owner: Owner, what: str, amount: float) -> None:
    """Pay whoever lets the machines."""
    economy = owner.around.economy
    each = 24.0 * economy.technology.rental * economy.rents()
    economy.pay_rent(owner.name, what, amount, amount / each if each > 0.0 else 0.0, power=False)


def say(owner: Owner, work: Work, kind: str, what: str) -> None:
    """Make it a fact; the next stage answers it."""
    world = owner.around.world
    work.fact = world.facts.add(world.clock.now, owner.name, kind, f"{owner.name} {what} ({work.name})", work.fact)


def tell(owner: Owner, work: Work, stage: str, event: str) -> None:
    """Write a row of the table of training."""
    owner.around.world.recorder.write(
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
