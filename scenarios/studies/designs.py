"""Designs: which values of which keys are tried. Every one is points of the unit cube, turned into values.

grid    all combinations of levels
lhs     Latin hypercube (McKay, Beckman & Conover 1979): each key's range cut into as many strata as points, one each
sobol   Sobol' (1967) points with Owen's (1998) scrambling: as many as a power of two, spread over the cube
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, floor, log
from typing import Any, Literal

import numpy as np

from pricewar.scenarios.config.load import value_of
from pricewar.scenarios.studies.study import Value
from pricewar.sim.errors import UserMistake
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.demand import Floats

Kind = Literal["grid", "lhs", "sobol"]
KINDS: tuple[Kind, ...] = ("grid", "lhs", "sobol")
SYNTAX = "low..high, log:low..high, int:low..high, low..high/levels, or values such as a|b|c or 0.1,0.3"


@dataclass(frozen=True, slots=True)
class Factor:
    """A key that is varied: a range of numbers, or values in their order."""

    key: str
    values: tuple[Value, ...] = ()
    """What it may be; empty where it is a range."""
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    """Whether the range is even in logarithms."""
    integer: bool = False
    """Whether only whole numbers count."""
    levels: int = 0
    """How many values a grid takes from the range; 0 where nobody said."""

    def __post_init__(self) -> None:
        """Refuse what is no range. Raises UserMistake."""
        if self.values:
            if len(set(map(repr, self.values))) < len(self.values):
                raise UserMistake("a value is given twice")
            return
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise UserMistake(f"{self.low:g} to {self.high:g} is no range; the lower number comes first")
        if self.log and self.low <= 0.0:
            raise UserMistake("a range in logarithms must lie above 0")
        if self.integer and (self.low % 1.0 or self.high % 1.0):
            raise UserMistake("the ends of a range of whole numbers must be whole numbers")
        if self.levels == 1:
            raise UserMistake("one level varies nothing; give two or more")

    @property
    def told(self) -> str:
        """What it may be, as --vary writes it, to the last digit.

        >>> Factor("k", low=0.1, high=10.0, log=True, levels=5).told, Factor("k", ("focal", True, "1")).told
        ('log:0.1..10/5', 'focal|true|"1"')
        """
        if self.values:
            return "|".join(map(_told, self.values))
        scale = "log:" if self.log else "int:" if self.integer else ""
        low, high = (repr(end).removesuffix(".0") for end in (self.low, self.high))
        return f"{scale}{low}..{high}" + (f"/{self.levels}" if self.levels else "")

    def at(self, place: float) -> Value:
        """The value at a place in the unit interval; every value of a list has an equal part of it."""
        if self.values:
            return self.values[min(floor(place * len(self.values)), len(self.values) - 1)]
        if self.integer:
            # As wide an interval for the ends as for those between.
            low, high = (log(self.low), log(self.high + 1.0)) if self.log else (self.low, self.high + 1.0)
            number = low + place * (high - low)
            return int(min(floor(exp(number) if self.log else number), self.high))
        if self.log:
            return exp(log(self.low) + place * (log(self.high) - log(self.low)))
        return self.low + place * (self.high - self.low)

    def grid(self) -> tuple[Value, ...]:
        """The values that a grid takes. Raises UserMistake for a range of which nobody said how many."""
        if self.values:
            return self.values
        if self.levels == 0:
            raise UserMistake(f"a grid needs levels; write {self.low:g}..{self.high:g}/5, or values such as 0.1,0.3")
        if self.integer:
            even = np.geomspace if self.log else np.linspace
            return tuple(dict.fromkeys(int(value) for value in np.rint(even(self.low, self.high, self.levels))))
        # The ends exactly as they were said, which a logarithm would not give back.
        inner = [self.at(place) for place in np.linspace(0.0, 1.0, self.levels)[1:-1].tolist()]
        return (self.low, *inner, self.high)

    def ends(self) -> tuple[Value, ...]:
        """Values that must be valid for all between to be; every one of a list."""
        return self.values or ((int(self.low), int(self.high)) if self.integer else (self.low, self.high))

    def record(self) -> dict[str, Any]:
        """What a study's record keeps of it."""
        if self.values:
            return {"key": self.key, "values": list(self.values)}
        return {"key": self.key, "low": self.low, "high": self.high, "log": self.log, "integer": self.integer}


def _told(value: Value) -> str:
    """Write a value so that it is read as what it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return repr(value)
    try:
        plain = value_of(value) == value
    except ValueError:
        plain = False
    return value if plain else json.dumps(value, ensure_ascii=False)


def factor(key: str, text: str) -> Factor:
    """Read what stands behind the equals sign of --vary. Raises UserMistake.

    >>> factor("opening.utilisation", "0.25..0.75").at(0.5)
    0.5
    >>> factor("opening.hold", "focal|scarce").values
    ('focal', 'scarce')
    >>> factor("buyers.count", "log:100..10000/3").grid()
    (100.0, 1000.0..., 10000.0)
    """
    prefix, colon, rest = text.strip().partition(":")
    scale = prefix if colon and prefix in ("log", "int") else ""
    body, slash, levels = (rest if scale else text.strip()).partition("/")
    low, dots, high = body.partition("..")
    if dots:
        try:
            return Factor(key, low=float(low), high=float(high), log=scale == "log", integer=scale == "int",
                          levels=int(levels) if slash else 0)  # fmt: skip
        except ValueError:
            raise UserMistake(f"{text!r} is no range; write {SYNTAX}") from None
    values = [part.strip() for part in text.split("|" if "|" in text else ",")]
    if scale or not all(values):
        raise UserMistake(f"{text!r} cannot be read; write {SYNTAX}")
    try:
        return Factor(key, tuple(map(value_of, values)))
    except ValueError as wrong:
        raise UserMistake(f"cannot be read from {str(wrong)!r}; write {SYNTAX}") from None


def points(factors: Sequence[Factor], kind: Kind, count: int, seed: int) -> list[dict[str, Value]]:
    """Values of all keys at every point of a design.

    count: how many points; a grid has as many as it has. seed: of the design's own chance. Raises UserMistake.
    """
    if kind == "grid":
        return [dict(zip([f.key for f in factors], at, strict=True)) for at in product(*(f.grid() for f in factors))]
    cube = latin_hypercube(len(factors), count, seed) if kind == "lhs" else scrambled(len(factors), count, seed)
    return values_at(factors, cube)


def values_at(factors: Sequence[Factor], cube: Floats) -> list[dict[str, Value]]:
    """Turn points of the unit cube, shape (n, d), into values of d keys."""
    return [{f.key: f.at(place) for f, place in zip(factors, row, strict=True)} for row in cube.tolist()]


def latin_hypercube(dimensions: int, count: int, seed: int) -> Floats:
    """Points of a Latin hypercube, shape (count, dimensions)."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(dimensions, rng=Streams(seed)("design", "lhs")).random(count))


def scrambled(dimensions: int, count: int, seed: int) -> Floats:
    """Scrambled Sobol' points, shape (count, dimensions). Raises UserMistake unless count is a power of two."""
    from scipy.stats import qmc

    power = count.bit_length() - 1
    if count != 2**power:
        raise UserMistake(f"Sobol' points come in powers of two; take {2**power} or {2 ** (power + 1)} for {count}")
    return np.asarray(qmc.Sobol(dimensions, rng=Streams(seed)("design", "sobol")).random_base2(power))


def factors_of(record: Mapping[str, Any]) -> list[Factor]:
    """The factors of a study from its record."""
    return [
        Factor(**{**one, **({"values": tuple(one["values"])} if "values" in one else {})}) for one in record["factors"]
    ]
