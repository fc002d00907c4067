"""Known answers: what theory or an exact computation says, and what this program obtains."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import isfinite, nan
from time import perf_counter
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnswer:
    """One number that is known, and the same number obtained from the program."""

    what: str
    """What the number is, with its case."""
    expected: float
    """From a closed form, or as printed."""
    obtained: float
    """From `sim` and `agents`."""
    tolerance: float = 0.0
    """Largest error that passes, absolute; for a stochastic number computed from its standard error."""
    relation: Literal["=", "≤", "≥"] = "="
    """What the obtained number should be to the expected one."""
    kind: Literal["known", "consistency"] = "known"
    """`known` to others: a closed form, a printed number, an exact computation apart from the program; `consistency`:
    expected by another part of this program, so that both may be wrong alike."""

    @property
    def error(self) -> float:
        """How far the program is from what is known; zero where an inequality holds."""
        apart = self.obtained - self.expected
        if self.relation == "=":
            return abs(apart)
        return max(0.0, apart if self.relation == "≤" else -apart) if isfinite(apart) else nan

    @property
    def passes(self) -> bool:
        """Whether the error is a number within the tolerance."""
        return self.error <= self.tolerance

    @property
    def tells(self) -> bool:
        """Whether a program that obtains nothing fails: neither zero nor a number that is none would pass."""
        return not any(replace(self, obtained=nothing).passes for nothing in (0.0, nan))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Known answers that are obtained together."""

    name: str
    """By which it is called: subject, dot, case."""
    source: str
    """Who knows: paper and equation, or the exact computation."""
    ask: Callable[[], Iterable[KnownAnswer]]
    """Obtains them."""
    slow: bool = False
    """Whether it takes more than some five seconds."""
    compiled: bool = False
    """Whether it takes a quarter of an hour or more without the extra `fast`, and some minutes at most with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A known answer as `pricewar verify` shows it."""

    check: str
    what: str
    kind: str
    source: str
    relation: str
    expected: float
    obtained: float
    error: float
    tolerance: float
    passes: bool
    seconds: float
    """Time that the whole check took. [s]"""


def rows(check: Check) -> list[Row]:
    """Ask for known answers, and time it.

    Raises ValueError where a check asks nothing, or asks what a program that obtains nothing would pass.
    """
    begun = perf_counter()
    answers = list(check.ask())
    seconds = perf_counter() - begun
    if not answers:
        raise ValueError(f"the check {check.name} asks nothing")
    if silent := [answer.what for answer in answers if not answer.tells]:
        raise ValueError(f"the check {check.name} would let zero pass for: {'; '.join(silent)}")
    return [
        Row(
            check=check.name,
            what=answer.what,
            kind=answer.kind,
            source=check.source,
            relation=answer.relation,
            expected=answer.expected,
            obtained=answer.obtained,
            error=answer.error,
            tolerance=answer.tolerance,
            passes=answer.passes,
            seconds=seconds,
        )
        for answer in answers
    ]


def each(
    what: str,
    names: Iterable[str],
    expected: Iterable[float],
    obtained: Iterable[float],
    tolerance: float = 0.0,
    relative: float = 0.0,
    kind: Literal["known", "consistency"] = "known",
) -> list[KnownAnswer]:
    """One row for each of several numbers, within an absolute tolerance or one relative to what is expected."""
    return [
        KnownAnswer(
            what=f"{what}: {name}" if name else what,
            expected=float(answer),
            obtained=float(number),
            tolerance=max(tolerance, relative * abs(float(answer))),
            kind=kind,
        )
        for name, answer, number in zip(names, expected, obtained, strict=True)
    ]
