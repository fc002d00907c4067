"""Every switch of a scenario, the mechanisms M2 to M8 and the links of the chain, and what mechanisms leave in a line.

A new mechanism is a field of `Mechanisms`, its rule where it acts, and, if something of it lasts from one review to the
next, a state object in `LineState`. Who passes switches and states on need not know them: "none is on", "only this one
is on" and the lists of what is on are derived from the fields.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, field, fields, is_dataclass
from dataclasses import dataclass as plain_dataclass
from typing import Any, ClassVar, Self, TypeVar, cast

import numpy as np
from pydantic.dataclasses import dataclass

from pricewar.sim.market.demand import Floats, Mask
from pricewar.sim.parameters import CHECKED


def switch(on: bool, stand_in: str) -> Any:
    """Declare a switch, on or off unless said otherwise, with what takes its place where it is off, in a clause."""
    return field(default=on, metadata={"stand_in": stand_in})


class Switches:
    """Fields that are on or off, in a table of a scenario."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    table: ClassVar[str]
    """The table of a scenario in which they stand."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every switch, in the order in which they are declared."""
        return tuple(each.name for each in fields(cls))

    @classmethod
    def only(cls, *on: str) -> Self:
        """Switch these on and all others off; without a name, all off."""
        return cls(**(dict.fromkeys(cls.names(), False) | dict.fromkeys(on, True)))

    @property
    def on(self) -> tuple[str, ...]:
        """The switches that are on."""
        return tuple(name for name in self.names() if getattr(self, name))

    @property
    def off(self) -> tuple[str, ...]:
        """The switches that are off."""
        return tuple(name for name in self.names() if not getattr(self, name))

    @property
    def none(self) -> bool:
        """Whether none is on."""
        return not self.on

    @classmethod
    def stand_in(cls, name: str) -> str:
        """What takes the place of a switch that is off, in a clause.

        >>> Mechanisms.stand_in("focal_prices")
        'a constant wedge holds every opening price'
        """
        return str(cls.__dataclass_fields__[name].metadata["stand_in"])

    @classmethod
    def key(cls, name: str) -> str:
        """Key of a switch in a scenario.

        >>> Chain.key("scale")
        'chain.scale'
        """
        return f"{cls.table}.{name}"


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Mechanisms(Switches):
    """The switches. With all off there remains M1, the null: opening price times an index of serving cost."""

    table: ClassVar[str] = "mechanisms"
    open_release: bool = switch(
        True, "no hosts, no self-hosting, and nobody learns; a release still opens its own lines"
    )
    """M2: released weights bring hosts and a new outside option, and teach rivals their architecture."""
    idle_capacity: bool = switch(True, "the shadow price of the first day, or of the launch, stays for good")
    """M3: idle accelerators have no shadow price, full ones have; off: the multiplier of the first day stays."""
    learning: bool = switch(False, "serving teaches nothing")
    """M4: serving teaches, at the rates of `technology.learning`, and sellers count what a sale teaches."""
    lock_in: bool = switch(False, "a customer won is worth today's margin only")
    """M5: a customer won is worth what it buys later, as volumes are expected to grow; that lowers today's price."""
    focal_prices: bool = switch(True, "a constant wedge holds every opening price")
    """M6: opening prices are held as long as holding them is worth more than leaving them."""
    attention: bool = switch(True, "all review at their own pace, whatever rivals do and whoever is turned away")
    """M7: rivals' cuts, and customers turned away, raise the rate of reviews."""
    distress: bool = switch(False, "nobody leaves for want of cash, and all look ahead as far as their horizon")
    """M8: a firm counts only what falls within its runway, leaves when it cannot pay, and sees who looks distressed."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Chain(Switches):
    """Cloud computing → open models → maturity → falling price → adoption → applications → scale → cost.

    Each link is on a switch, so that the feedback can be cut anywhere and seen. With a link cut, what follows it stays
    at its start. Open models are cut by `mechanisms.open_release`.
    """

    table: ClassVar[str] = "chain"
    compute: bool = switch(True, "rents follow their given course")
    """Rents of accelerators follow what is offered and wanted; off: they follow `technology.rents` alone."""
    maturity: bool = switch(True, "costs stay as on the first day")
    """Hardware, serving software, algorithms and compression move costs; off: they stay as on the first day."""
    repricing: bool = switch(True, "what is posted stays posted")
    """Sellers review their prices; off: what is posted stays posted. A line that opens still gets a solved price."""
    adoption: bool = switch(True, "who buys on the first day goes on buying, nobody else begins")
    """Buyers take up models and give them up; off: who buys on the first day goes on buying, nobody else begins."""
    applications: bool = switch(True, "buyers keep the applications of the first day")
    """Buyers add applications; off: they keep those of the first day."""
    scale: bool = switch(True, "what has been made and how large a fleet is are of no consequence")
    """What has been made and how large a fleet is lower cost; off: they are of no consequence."""


@plain_dataclass(frozen=True, slots=True)
class Calibration:
    """What holds the prices of the first day beside marginal cost, so that they are a rest point."""

    wedge: Floats = field(default_factory=lambda: np.array([0.0]))
    """Residual of the opening first-order condition, shape (m,). [money/Mtok]"""
    shadow: Floats = field(default_factory=lambda: np.array([0.0]))
    """Shadow cost of capacity that holds while M3 is off, shape (m,). [money/Mtok]"""


@plain_dataclass(frozen=True, slots=True)
class FocalPrice:
    """M6: a price that is held until it collapses."""

    price: Floats = field(default_factory=lambda: np.array([np.nan]))
    """nan where there is none, shape (m,). [money/Mtok]"""
    broken_until: Floats = field(default_factory=lambda: np.array([-np.inf]))
    """Until when the tier best-responds after a collapse, shape (m,). [day]"""

    def holds(self, time: float) -> Mask:
        """Which tiers have one that has not collapsed, or not lately, shape (m,)."""
        return np.isfinite(self.price) & (self.broken_until <= time)


@plain_dataclass(frozen=True, slots=True)
class LineState:
    """What the mechanisms keep of m tiers from one review to the next; a product line keeps its own, with m = 1."""

    calibration: Calibration = field(default_factory=Calibration)
    focal: FocalPrice = field(default_factory=FocalPrice)

    @staticmethod
    def together(states: Sequence["LineState"]) -> "LineState":
        """Put the states of tiers side by side."""
        return _mapped(np.concatenate, states) if states else LineState().some(slice(0))

    def some(self, which: slice | Mask) -> "LineState":
        """Take the state of some of its tiers."""
        return _mapped(lambda arrays: arrays[0][which], [self])

    def fault(self, count: int) -> str | None:
        """Name the first part that is no array of so many numbers, None where all are."""
        return next((name for name, part in _parts(self) if not counts(part, count)), None)


_State = TypeVar("_State")


def _mapped(how: Callable[[Sequence[Floats]], Floats], states: Sequence[_State]) -> _State:
    """A state object each of whose arrays is made from those of the given ones."""
    kind, made = type(states[0]), {}
    for name in (each.name for each in fields(cast(Any, states[0]))):
        parts = [getattr(state, name) for state in states]
        made[name] = _mapped(how, parts) if is_dataclass(parts[0]) else how(parts)
    return kind(**made)


def _parts(state: Any, above: str = "state") -> Iterator[tuple[str, object]]:
    """Every array of a state object, by its dotted name."""
    for each in fields(state):
        part, name = getattr(state, each.name), f"{above}.{each.name}"
        if is_dataclass(part) and not isinstance(part, type):
            yield from _parts(part, name)
        else:
            yield name, part


def counts(part: object, count: int) -> bool:
    """Whether something is an array of so many numbers."""
    return isinstance(part, np.ndarray) and part.shape == (count,) and part.dtype.kind == "f"
