"""What a run writes down: blocks of columns, one list of blocks per table, tidy frames at the end."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pricewar.sim.kernel.clock import Clock

if TYPE_CHECKING:
    import polars as pl

Column = NDArray[np.generic] | Sequence[str | float | int | bool | None]
Block = Mapping[str, Column | float | int | str | None]


class Recorder:
    """Collects blocks of rows; a scalar in a block stands for every row of it."""

    def __init__(self, clock: Clock, *, on: bool = True) -> None:
        """Record for this clock; `on=False` keeps nothing, for runs that are timed or swept."""
        self.clock = clock
        self.on = on
        self._blocks: dict[str, list[tuple[int, Block]]] = {}

    def write(self, table: str, rows: int, **columns: Column | float | int | str | None) -> None:
        """Append `rows` rows to a table, at the running instant."""
        if self.on and rows:
            columns["time"] = self.clock.now
            self._blocks.setdefault(table, []).append((rows, columns))

    def frame(self, table: str, schema: Mapping[str, "pl.DataType | type[pl.DataType]"]) -> "pl.DataFrame":
        """Build a table with the columns of `schema`; `day` and `date` follow from the instant."""
        import polars as pl

        blocks = self._blocks.get(table, [])
        rows = np.array([rows for rows, _ in blocks], dtype=np.int64)
        times = np.repeat(np.array([float(b["time"]) for _, b in blocks]), rows)  # type: ignore[arg-type]
        day = np.floor(times).astype(np.int32)
        columns: dict[str, pl.Series] = {}
        for name, dtype in schema.items():
            if name == "day":
                columns[name] = pl.Series(name, day, dtype=dtype)
            elif name == "time":
                columns[name] = pl.Series(name, times, dtype=dtype)
            elif name == "date":
                columns[name] = _dates(name, day, self.clock)
            else:
                columns[name] = pl.Series(name, _joined(name, blocks), dtype=dtype)
        return pl.DataFrame(columns)


def _dates(name: str, day: NDArray[np.int32], clock: Clock) -> "pl.Series":
    import polars as pl

    epoch = (clock.start - clock.start.replace(year=1970, month=1, day=1)) // timedelta(days=1)
    return pl.Series(name, day + np.int32(epoch), dtype=pl.Int32).cast(pl.Date)


def _joined(name: str, blocks: list[tuple[int, Block]]) -> list[object] | NDArray[np.generic]:
    values = [block[name] for _, block in blocks]
    if values and all(isinstance(v, np.ndarray) for v in values):
        return np.concatenate(values)  # type: ignore[arg-type]
    joined: list[object] = []
    for (rows, _), value in zip(blocks, values, strict=True):
        joined.extend(value if isinstance(value, list | np.ndarray) else [value] * rows)
    return joined
