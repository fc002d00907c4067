"""Why something happened: walks through the facts, each of which names the fact that it answers."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact, as the table tells it."""

    fact: int
    time: float
    """Instant. [day]"""
    date: date
    actor: str
    kind: str
    what: str
    """One sentence."""
    cause: int | None


def walk_to_root(facts: "pl.DataFrame", fact: int | None) -> list[Happening]:
    """Walk from a fact to the one with no cause: itself first, the root last; stops where the record does."""
    import polars as pl

    chain: list[Happening] = []
    while fact is not None:
        rows = facts.filter(pl.col("fact") == fact)
        if rows.is_empty() or any(each.fact == fact for each in chain):
            break
        chain.append(Happening(**rows.select(Happening.__slots__).row(0, named=True)))
        fact = chain[-1].cause
    return chain
