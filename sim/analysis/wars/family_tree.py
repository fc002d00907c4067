"""The family tree of a price war: from its roots through every answer down to its last move.

Every happening is a fact that names the fact it answers, so causes form a forest. A war's part of it holds every move
of its tiers while it lasts, all that those moves go back to, and the moves of other tiers that go back to the same
roots as its cuts. What one seller does at one instant for one reason, in several tiers, is one *step*.

The cause that a seller names is a rule, not an estimate: the rival's cut since its last review that costs it the most
customers, else its own latest news (machines, a model, money), else none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pricewar.sim.analysis.base import Tables
from pricewar.sim.analysis.wars.panel import panels
from pricewar.sim.analysis.wars.settings import DetectorSettings

FACTS = ("fact", "time", "date", "actor", "kind", "what", "cause")
PRICES = ("time", "tier", "model", "kind", "price", "previous", "fact")
ALONE = "answers nothing on record"
ORIGINS: Mapping[str, str] = {
    "release": "a release on a day that the scenario gives",
    "launch": "a launch on a day that the scenario gives",
    "opening": "an opening price",
    "cut": ALONE,
    "rise": ALONE,
    "renewal": "a successor model on a day that the scenario gives",
    "withdrawn": ALONE,
    "order": "an order by its own plan of capacity",
    "delivery": "machines that were on order before the record",
    "scrap": "machines at the end of their life",
    "funding": "a round of funding",
    "policy": "a policy that comes into force",
    "learned": "knowledge that becomes public",
    "forced": "an experiment from outside the market",
    "entry": "an entrant's own reckoning",
}
"""What a fact without a cause is, by its kind."""
UNKNOWN = "no cause on record"


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a list price."""

    fact: int
    tier: str
    model: str
    kind: str
    """opening, launch, cut, rise, renewal or withdrawn."""
    price: float
    """List price, blended. [money/Mtok]"""
    previous: float | None
    """List price until then; None if there was none. [money/Mtok]"""
    counted: bool
    """Whether it is one of the war's cuts."""
    here: bool
    """Whether it is in one of the war's tiers, while the war lasts."""

    @property
    def change(self) -> float | None:
        """Change of the price as a share of it; None where there was none, or where it was zero. [1]"""
        return self.price / self.previous - 1.0 if self.previous else None


@dataclass(frozen=True, slots=True)
class Step:
    """What one actor did at one instant for one reason."""

    number: int
    """Position in the family; a cause stands before what answers it."""
    parent: int | None
    """Number of the step that it answers; None for a root."""
    root: int
    """Number of its root."""
    generation: int
    """Steps from its root, which is 0."""
    lag: float | None
    """Days since its cause; None for a root. [day]"""
    time: float
    """Instant. [day]"""
    date: date
    actor: str
    kind: str
    """Kind of its first fact."""
    what: str
    """Sentence of its first fact."""
    facts: tuple[int, ...]
    cause: int | None
    """Fact that it answers; a root has one only if the record does not hold it."""
    moves: tuple[Move, ...]
    """Changes of list prices that it made, the war's tier first; none for an order, a release, ..."""

    @property
    def counted(self) -> int:
        """How many cuts of the war it made."""
        return sum(move.counted for move in self.moves)

    @property
    def origin(self) -> str:
        """What it is, if it is a root."""
        return UNKNOWN if self.cause is not None else ORIGINS.get(self.kind, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Family:
    """The steps of one war, by time; each stands after its cause."""

    tier: str
    """Tiers of the war, parted by commas; empty where the family is of no war."""
    steps: tuple[Step, ...]

    @property
    def roots(self) -> tuple[Step, ...]:
        """Steps without a cause on record, by time."""
        return tuple(step for step in self.steps if step.parent is None)

    def answers(self) -> list[list[Step]]:
        """Steps that answer each step, by its number, by time."""
        of_step: list[list[Step]] = [[] for _ in self.steps]
        for step in self.steps:
            if step.parent is not None:
                of_step[step.parent].append(step)
        return of_step

    def counted(self) -> dict[int, int]:
        """How many cuts of the war go back to each root, by the root's number."""
        of_root = {root.number: 0 for root in self.roots}
        for step in self.steps:
            of_root[step.root] += step.counted
        return of_root

    def generations(self) -> list[int]:
        """How many cuts of the war stand in each generation, roots first."""
        deep = max((step.generation for step in self.steps), default=-1)
        of_generation = [0] * (deep + 1)
        for step in self.steps:
            of_generation[step.generation] += step.counted
        return of_generation

    def lags(self) -> list[float]:
        """Lags of the steps that hold a cut of the war and answer something, sorted. [day]"""
        return sorted(step.lag for step in self.steps if step.counted and step.lag is not None)


def family_of(tables: Tables, war: Mapping[str, Any], settings: DetectorSettings | None = None) -> Family:
    """Gather the family tree of a war.

    war: a row of the table `wars`. settings: of the detector that found it, for which moves count as its cuts.
    """
    facts = {row["fact"]: row for row in tables["facts"].select(FACTS).iter_rows(named=True)}
    start, end, tiers = float(war["start_time"]), float(war["end_time"]), str(war["tier"])
    cuts = set(cuts_of(tables["prices"], war, settings or DetectorSettings()))
    moves = {
        row["fact"]: _move(row, cuts, tiers.split(","), start, end) for row in tables["prices"].iter_rows(named=True)
    }
    lasting = tables["prices"].filter(pl.col("time").is_between(start, end))["fact"].to_list()
    of_cuts = {_up(facts, fact)[-1] for fact in cuts if fact in facts}
    lines = (_up(facts, fact) for fact in lasting if fact in facts)
    chosen = {fact for line in lines if moves[line[0]].here or line[-1] in of_cuts for fact in line}
    return Family(tiers, tuple(_steps(chosen, facts, moves)))


def line_of(tables: Tables, fact: int) -> Family:
    """Walk from one fact to its root, as a family in which each step but the last has one answer."""
    facts = {row["fact"]: row for row in tables["facts"].select(FACTS).iter_rows(named=True)}
    line = set(_up(facts, fact))
    rows = tables["prices"].filter(pl.col("fact").is_in(sorted(line)))
    moves = {row["fact"]: _move(row, set(), (), 0.0, 0.0) for row in rows.iter_rows(named=True)}
    return Family("", tuple(_steps(line, facts, moves)))


def cuts_of(prices: pl.DataFrame, war: Mapping[str, Any], settings: DetectorSettings) -> list[int]:
    """Facts of a war's cuts, as the detector counts them, by time."""
    in_tiers = prices.filter(pl.col("tier").is_in(str(war["tier"]).split(",")))
    cuts = [
        change
        for panel in panels(in_tiers, settings)
        for change in panel.between(war["start_time"], war["end_time"])
        if change.kind == "cut" and change.fact is not None
    ]
    return [cut.fact for cut in sorted(cuts, key=lambda cut: cut.time) if cut.fact is not None]


def _move(row: Mapping[str, Any], cuts: set[int], tiers: Sequence[str], start: float, end: float) -> Move:
    here = row["tier"] in tiers and start <= row["time"] <= end
    posted = {name: row[name] for name in PRICES if name != "time"}
    return Move(**posted, counted=row["fact"] in cuts, here=here)


def _up(facts: Mapping[int, Mapping[str, Any]], fact: int) -> list[int]:
    """Facts from one up to its root; stops where the record does."""
    line: dict[int, None] = {}
    at: int | None = fact
    while at is not None and at in facts and at not in line:
        line[at] = None
        at = facts[at]["cause"]
    return list(line)


def _steps(chosen: Iterable[int], facts: Mapping[int, Mapping[str, Any]], moves: Mapping[int, Move]) -> Sequence[Step]:
    """Group facts into steps and number them; a fact's cause, if chosen, stands before it."""
    groups: dict[tuple[object, ...], list[int]] = {}

    def happened(fact: int) -> tuple[float, int, str, str]:
        # not the facts' own numbers: what is called by another number has the same place
        return facts[fact]["time"], len(_up(facts, fact)), facts[fact]["actor"], facts[fact]["what"]

    for fact in sorted(chosen, key=happened):
        row = facts[fact]
        review = (row["actor"], row["time"], row["cause"]) if fact in moves else (fact,)
        groups.setdefault(review, []).append(fact)
    steps: list[Step] = []
    of_fact: dict[int, Step] = {}
    for number, group in enumerate(groups.values()):
        row = facts[group[0]]
        before = of_fact.get(row["cause"])
        made = [moves[fact] for fact in group if fact in moves]
        steps.append(
            Step(
                number=number,
                parent=before.number if before else None,
                root=before.root if before else number,
                generation=before.generation + 1 if before else 0,
                lag=row["time"] - before.time if before else None,
                time=row["time"],
                date=row["date"],
                actor=row["actor"],
                kind=row["kind"],
                what=row["what"],
                facts=tuple(group),
                cause=row["cause"],
                moves=tuple(sorted(made, key=lambda move: (not move.here, move.tier, move.model))),
            )
        )
        of_fact |= dict.fromkeys(group, steps[-1])
    return steps
