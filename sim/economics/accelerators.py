"""The machines: data sheets, launch dates, purchase prices and power, read from a table.

The table keeps the units of the data sheets (TFLOP/s, GB, TB/s, W); the properties give SI units.
"""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pricewar.sim.errors import Mistake, ScenarioMistakes, UserMistake
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Share, Unit

Precision = Literal["bf16", "fp8", "fp4"]
"""Number formats, widest first; `fp8` is any 8-bit format (INT8 on the A100), `fp4` any 4-bit one."""

SERVER_POWER = 1.82
"""Power of a server over that of its accelerators: 10.2 kW for eight H100 of 700 W. [1]

NVIDIA DGX H100 data sheet, from memory. At a PUE of 1.3 it gives the H100 1.66 kW, against 1.73 kW all-in."""

Tflops = Annotated[float, Field(gt=0), Unit("TFLOP/s, dense")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Usd = Annotated[float, Field(gt=0), Unit("USD")]


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Accelerator:
    """One kind of accelerator: a row of the catalogue. What nobody has published is None."""

    id: Slug
    """Identifier used by scenarios."""
    name: str
    """Name on the data sheet."""
    vendor: str
    """Who sells it."""
    launched: date
    """First day on which it can be ordered."""
    bf16_tflops: Tflops | None = None
    """Dense rate at 16 bits."""
    fp8_tflops: Tflops | None = None
    """Dense rate at 8 bits, floating or integer; None where the chip has no 8-bit path."""
    fp4_tflops: Tflops | None = None
    """Dense rate at 4 bits."""
    hbm_gb: Annotated[float, Field(gt=0), Unit("GB")] | None = None
    """Memory, in units of 1e9 bytes."""
    bandwidth_tbs: Annotated[float, Field(gt=0), Unit("TB/s")] | None = None
    """Memory bandwidth."""
    tdp_w: Annotated[float, Field(gt=0), Unit("W")] | None = None
    """Thermal design power of the accelerator alone."""
    all_in_kw: Annotated[float, Field(gt=0), Unit("kW")] | None = None
    """Power drawn from the grid: server, network and facility included, so that no PUE is applied to it."""
    price_low_usd: Usd | None = None
    """Lowest purchase price seen."""
    price_high_usd: Usd | None = None
    """Highest purchase price seen."""
    price_basis: str | None = None
    """When and where those prices were seen."""
    confidence: Literal["high", "medium", "low"]
    """How sure the row is; `low` is preliminary or from memory."""
    source: str
    """Where the row comes from, and which cells were corrected."""

    @property
    def memory(self) -> float:
        """Memory. [byte] Raises UserMistake where it is not known."""
        return 1e9 * self._known("hbm_gb", self.hbm_gb)

    @property
    def bandwidth(self) -> float:
        """Memory bandwidth. [byte/s] Raises UserMistake where it is not known."""
        return 1e12 * self._known("bandwidth_tbs", self.bandwidth_tbs)

    def flops(self, precision: Precision) -> float:
        """Dense rate at a precision. [FLOP/s]

        A chip without that format computes in the next wider one that it has, for narrow weights are
        widened on the way in: four-bit weights on an H100 run at its FP8 rate. Raises UserMistake if it has
        none.
        """
        formats = get_args(Precision)
        wide_enough = formats[formats.index(precision) :: -1]
        rates = {"bf16": self.bf16_tflops, "fp8": self.fp8_tflops, "fp4": self.fp4_tflops}
        rate = next((rates[name] for name in wide_enough if rates[name]), None)
        return 1e12 * self._known(f"{precision}_tflops", rate)

    def grid_kilowatts(self, pue: float) -> float:
        """Power drawn from the grid. [kW]

        pue: facility power over server power, applied only where no all-in figure is published. [1]
        Without one it is SERVER_POWER times the design power times the PUE. Raises UserMistake if that is
        unknown too.
        """
        if self.all_in_kw is not None:
            return self.all_in_kw
        return SERVER_POWER * pue * self._known("tdp_w", self.tdp_w) / 1000

    def price_usd(self, position: Share = 0.5) -> float:
        """Purchase price at a position between the lowest (0) and the highest (1) seen. [USD]

        Raises UserMistake where a bound is missing, as for chips that their makers do not sell.
        """
        low = self._known("price_low_usd", self.price_low_usd)
        high = self._known("price_high_usd", self.price_high_usd)
        return low + position * (high - low)

    def _known(self, column: str, value: float | None) -> float:
        if value is None:
            raise UserMistake(f"the catalogue gives no {column} for '{self.id}'; fill it in or take another")
        return value


Catalogue = Mapping[str, Accelerator]
"""Accelerators by identifier."""


def read_catalogue(path: Path) -> dict[str, Accelerator]:
    """Read the table of accelerators: one row each, columns named like the fields, empty cells unknown.

    Raises UserMistake if there is no such file, ScenarioMistakes with every mistake found in it.
    """
    if not path.is_file():
        raise UserMistake(f"there is no table of accelerators at {path}")
    adapter = TypeAdapter(Accelerator)
    catalogue: dict[str, Accelerator] = {}
    mistakes: list[Mistake] = []
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines, strict=True), start=2):
            cells = {str(column): cell for column, cell in row.items() if cell != ""}
            try:
                accelerator = adapter.validate_python(cells)
            except ValidationError as error:
                mistakes += [
                    Mistake(str(path), f"line {number}, {'.'.join(map(str, e['loc']))}", e["msg"])
                    for e in error.errors()
                ]
                continue
            if accelerator.id in catalogue:
                mistakes.append(Mistake(str(path), f"line {number}, id", f"'{accelerator.id}' is twice"))
            catalogue[accelerator.id] = accelerator
    if mistakes:
        raise ScenarioMistakes(mistakes)
    return catalogue


def available(catalogue: Catalogue, today: date) -> dict[str, Accelerator]:
    """Accelerators launched on or before a day, in the catalogue's order, export controls aside."""
    return {name: chip for name, chip in catalogue.items() if chip.launched <= today}
