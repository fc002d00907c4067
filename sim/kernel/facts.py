"""Memory: every happening is a fact, and says which fact caused it.

The cause links make a family tree: a cut answers a cut, which answers a release. "Why did this price fall?" is a
walk to the root.
"""

from dataclasses import dataclass

FactId = int


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened."""

    fact: FactId
    """Number, in the order of happening."""
    time: float
    """Instant. [day]"""
    actor: str
    """Who did it."""
    kind: str
    """What sort of happening: opening, launch, cut, rise, withdrawn, order, delivery, release, ..."""
    what: str
    """One sentence about it."""
    cause: FactId | None
    """The fact that this one answers, if any."""


class Facts:
    """The facts of one run, in order."""

    def __init__(self) -> None:
        """Start with no memory."""
        self.all: list[Fact] = []

    def add(self, time: float, actor: str, kind: str, what: str, cause: FactId | None = None) -> FactId:
        """Remember a happening; returns its number. A cause must lie in the past."""
        number = len(self.all)
        if cause is not None and not 0 <= cause < number:
            raise ValueError(f"fact {number} cannot be caused by fact {cause}")
        self.all.append(Fact(number, time, actor, kind, what, cause))
        return number

    def roots(self, fact: FactId) -> list[Fact]:
        """Walk from a fact to the one with no cause: itself first, the root last."""
        chain = [self.all[fact]]
        while (cause := chain[-1].cause) is not None:
            chain.append(self.all[cause])
        return chain
