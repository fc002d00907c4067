"""What figures and pages ask of a run, without knowing who ran it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import polars as pl

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
"""What a TOML or JSON file can say."""

Tables: TypeAlias = "Mapping[str, pl.DataFrame]"
"""Tables by name, columns as in the registry."""


def who_host_for_themselves(tables: Tables) -> list[str]:
    """Names under which buyers host for themselves: their price is their own cost, and nobody may buy at it."""
    import polars as pl

    return sorted(tables["sellers_daily"].filter(pl.col("role") == "buyers")["seller"].unique())


class Results(Protocol):
    """A finished run, as its readers see it."""

    @property
    def scenario(self) -> Mapping[str, Json]:
        """The scenario as resolved."""

    @property
    def seed(self) -> int:
        """Root of all its chance."""

    @property
    def policy(self) -> str | None:
        """Name of the policy in force, if any."""

    @property
    def drawn(self) -> Mapping[str, float]:
        """Values drawn from ranges, by key."""

    @property
    def tables(self) -> Tables:
        """The tables, by name."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of what made it."""

    @property
    def command(self) -> str:
        """The command that makes it again; empty if it was made from Python."""


def currency(run: Results) -> str:
    """Code of the scenario's currency."""
    return str(_table(run, "currency").get("code", "money"))


def title(run: Results) -> str:
    """Title of the scenario, or its name."""
    return str(run.scenario.get("title") or run.scenario.get("name") or "a run without a name")


def planned_utilisation(run: Results) -> float | None:
    """Utilisation to which sellers plan [share of capacity], if the scenario says one."""
    target = _table(run, "conduct").get("target_utilisation")
    return float(target) if isinstance(target, int | float) else None


def _table(run: Results, key: str) -> Mapping[str, Json]:
    table = run.scenario.get(key)
    return table if isinstance(table, Mapping) else {}
