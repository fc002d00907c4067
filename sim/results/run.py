"""Run: the tables a simulation leaves, and what would make them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pricewar.sim.kernel.provenance import content_digest, versions

if TYPE_CHECKING:
    import polars as pl

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
"""What a TOML or JSON file can say."""

FORMAT = 2
"""Version of the layout of a run's folder; raised when an older reader could not read it."""
MARK = "run.json"
"""The file that shows that a folder holds a run."""

Tables: TypeAlias = "Mapping[str, pl.DataFrame]"
"""Tables by name, columns as in the registry."""


def who_host_for_themselves(tables: Tables) -> list[str]:
    """Names under which buyers host for themselves: their price is their own cost, and nobody may buy at it."""
    import polars as pl

    return sorted(tables["sellers_daily"].filter(pl.col("role") == "buyers")["seller"].unique())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """One finished simulation."""

    scenario: Mapping[str, Json]
    """The scenario as resolved: every default filled in, every override applied."""
    seed: int
    """Root of all its chance."""
    policy: str | None = None
    """Name of the policy in force, if any."""
    drawn: Mapping[str, float] = field(default_factory=dict)
    """Values drawn from ranges, by key of the scenario."""
    tables: Tables
    """What happened; names and columns as in `pricewar.sim.results.tables`."""
    versions: Mapping[str, str] = field(default_factory=versions)
    """Versions of what made it."""
    command: str = ""
    """The command that makes it again; empty if it was made from Python."""
    seconds: float | None = None
    """How long it took; None if nobody measured."""

    @property
    def digest(self) -> str:
        """Digest of what the tables say (SHA-256, hexadecimal)."""
        return content_digest(self.tables)


def currency(run: Run) -> str:
    """Code of the scenario's currency."""
    return str(_table(run, "currency").get("code", "money"))


def title(run: Run) -> str:
    """Title of the scenario, or its name."""
    return str(run.scenario.get("title") or run.scenario.get("name") or "a run without a name")


def planned_utilisation(run: Run) -> float | None:
    """Utilisation to which sellers plan [share of capacity], if the scenario says one."""
    target = _table(run, "conduct").get("target_utilisation")
    return float(target) if isinstance(target, int | float) else None


def _table(run: Run, key: str) -> Mapping[str, Json]:
    table = run.scenario.get(key)
    return table if isinstance(table, Mapping) else {}
