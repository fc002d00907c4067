"""Tables of a study by what it varies: mean, interval and number of runs at each level of one key or two.

A key with few values has a level for each; a range of which many values were tried is cut into bins of about as many
points. Intervals are over seeds, each seed's mean over the level's arms first: they say what luck does at the points
that were tried. With one seed there is only the spread of points, and the interval is over those. Of a proportion every
run counts (`intervals.proportion`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pricewar.scenarios.config.names import listing, suggestion
from pricewar.scenarios.studies.outcomes import moments
from pricewar.scenarios.studies.statistics import bounds_of
from pricewar.scenarios.studies.store import Manifest
from pricewar.sim.analysis.intervals import Interval, interval, proportion
from pricewar.sim.analysis.measures import OUTCOMES
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats
from pricewar.sim.pages.table import Estimate, Head, Table

FEW = 12
"""Values of a key that each are a level."""
BINS = 6


@dataclass(frozen=True, slots=True)
class Levels:
    """A column of the runs, cut into levels in their order."""

    name: str
    labels: tuple[str, ...]
    centres: tuple[float, ...]
    """Where each level stands on an axis."""
    of_run: tuple[int | None, ...]
    """Which level each run is at."""
    numbers: bool
    """Whether an axis of numbers is meant."""


def column_of(asked: str, manifest: Manifest) -> str:
    """Find the column that is meant: arm, policy, seed, a key, or how a key ends. Raises UserMistake."""
    columns = ("arm", "policy", "seed", *manifest.settings)
    if asked in columns:
        return asked
    ending = [name for name in columns if name.endswith(f".{asked}") or asked in name.split(".")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise UserMistake(f"'{asked}' may be {listing(ending)}; write the whole key")
    raise UserMistake(f"the study does not vary '{asked}'; {suggestion(asked, columns)}")


def levels(runs: pl.DataFrame, name: str) -> Levels:
    """Cut a column into levels: its values where they are few or no numbers, bins of it otherwise."""
    column = runs[name]
    values = column.to_list()
    distinct = column.drop_nulls().unique(maintain_order=True)
    numbers = column.dtype.is_numeric() and name != "seed"
    if not numbers or distinct.len() <= FEW:
        ordered = sorted(distinct.to_list()) if numbers or name == "seed" else distinct.to_list()
        place = {value: number for number, value in enumerate(ordered)}
        centres = tuple(float(v) for v in ordered) if numbers else tuple(map(float, range(len(ordered))))
        labels = tuple(_label(value, name) for value in ordered)
        return Levels(name, labels, centres, tuple(place.get(value) for value in values), numbers)
    tried = np.sort(distinct.to_numpy().astype(float))
    edges = np.quantile(tried, np.linspace(0.0, 1.0, BINS + 1))
    of_tried = _bins(tried, edges)
    centres = tuple(float(tried[of_tried == number].mean()) for number in range(BINS))
    labels = tuple(f"{low:.3g} to {high:.3g}" for low, high in pairwise(edges.tolist()))
    bins = _bins(column.to_numpy(), edges)
    of_run = tuple(None if value is None else int(at) for value, at in zip(values, bins, strict=True))
    return Levels(name, labels, centres, of_run, True)


def _bins(values: Floats, edges: Floats) -> NDArray[np.int64]:
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BINS - 1)


def _label(value: object, name: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) or ("none" if name == "policy" else "")


def of_level(runs: pl.DataFrame, outcome: str) -> tuple[int, Interval]:
    """Runs with a value of an outcome, and its mean over them with its interval."""
    done = runs.filter(pl.col("status") == "done", pl.col(outcome).is_not_null())
    over = "seed" if done["seed"].n_unique() > 1 else "arm"
    _, at = np.unique(done[over].to_numpy(), return_inverse=True)
    if OUTCOMES[outcome].happens:
        return done.height, proportion(done[outcome].to_numpy(), at)
    _, means, _ = moments(at, done[outcome].to_numpy(), int(at.max(initial=-1)) + 1)
    return done.height, interval(means, bounds_of(done, outcome))


def pivot(runs: pl.DataFrame, by: Sequence[str], of: Sequence[str]) -> pl.DataFrame:
    """A row a level (or pair of levels) and outcome: its columns, outcome, runs, mean, low, high.

    by: one column of the runs, or two. of: outcomes.
    """
    cut = [levels(runs, name) for name in by]
    marked = runs.with_columns(pl.Series(f"__{number}", one.of_run, dtype=pl.Int64) for number, one in enumerate(cut))
    marks = [f"__{number}" for number in range(len(cut))]
    rows = []
    for at, group in marked.drop_nulls(marks).group_by(marks, maintain_order=True):
        labels = [one.labels[int(str(number))] for one, number in zip(cut, at, strict=True)]
        for name in of:
            n, estimate = of_level(group, name)
            rows.append((*at, *labels, name, n, estimate.mean, estimate.low, estimate.high))
    texts = dict.fromkeys([*by, "outcome"], pl.String)
    numbers = {"runs": pl.Int64, **dict.fromkeys(("mean", "low", "high"), pl.Float64)}
    schema = {**dict.fromkeys(marks, pl.Int64), **texts, **numbers}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.sort(marks, maintain_order=True).drop(marks)


def laid_out(table: pl.DataFrame, by: Sequence[str], of: Sequence[str], units: Mapping[str, str]) -> Table:
    """Lay a pivot out for people: levels down; outcomes, or the levels of the second key, across.

    units: of outcomes, by name.
    """
    cells = {
        (*[str(row[name]) for name in by], str(row["outcome"])): Estimate(
            row["mean"], row["low"], row["high"], runs=row["runs"]
        )
        for row in table.iter_rows(named=True)
    }
    measured = {name: Head(name, units[name]) for name in of}
    down = table[by[0]].unique(maintain_order=True).to_list()
    if len(by) == 1:
        return Table(
            [Head(by[0]), *measured.values()], [[one, *(cells.get((one, name)) for name in of)] for one in down]
        )
    across = table[by[1]].unique(maintain_order=True).to_list()
    rows = [
        [str(measured[name]), one, *(cells.get((one, other, name)) for other in across)] for name in of for one in down
    ]
    return Table([Head("outcome"), Head(by[0], left=True), *(Head(f"{by[1]} = {other}") for other in across)], rows)
