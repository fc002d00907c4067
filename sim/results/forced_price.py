"""What a forced price comes to, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pricewar.sim.kernel.provenance import content_digest, versions
from pricewar.sim.results.run import Json

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedPriceResult:
    """A forced price, its effects found."""

    scenario: Mapping[str, Json]
    """The scenario as resolved, without the forced price."""
    forced: Mapping[str, Json]
    """What was asked to be forced."""
    horizon: int
    """Days after the forced price that were followed. [day]"""
    seeds: Sequence[int]
    moves: Sequence[Mapping[str, Json]]
    """What was forced, as posted: seed, seller, tier, previous, price."""
    policy: str | None
    tables: "Mapping[str, pl.DataFrame]"
    """responses, means, answers, answers_mean."""
    command: str = ""
    """The command that makes it again; empty if made from Python."""
    versions: Mapping[str, str] = field(default_factory=versions)

    @property
    def currency(self) -> str:
        """Code of the scenario's currency."""
        money = self.scenario.get("currency")
        return str(money.get("code", "money")) if isinstance(money, Mapping) else "money"

    @property
    def digest(self) -> str:
        """Digest of what the tables say (SHA-256, hexadecimal)."""
        return content_digest(self.tables)
