"""How parameters are checked: once, frozen, no unknown key, a docstring at every field."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

CHECKED = ConfigDict(extra="forbid", allow_inf_nan=False)
"""Refuse unknown keys and non-finite numbers. What a field means stands in the docstring below it."""

SellerId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
"""Identifiers sort the same everywhere, so that no listing order can matter."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Range:
    """A number known only to lie between two bounds; each seed draws it uniformly from its own stream."""

    low: float
    """Lower bound, in the unit of the key."""
    high: float
    """Upper bound, in the unit of the key."""

    def __post_init__(self) -> None:
        """Refuse bounds the wrong way round. Raises ValueError."""
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) must not exceed high ({self.high})")


def fixed(value: float | Range) -> float:
    """The number of a parameter whose range has been drawn. Raises TypeError for one that has not."""
    if isinstance(value, Range):
        raise TypeError("a range must be drawn before the run begins")
    return value
