"""Which keys an outcome answers to: elementary effects, indices of Sobol', and how much is luck.

morris  elementary effects along trajectories that change one key at a time (Morris 1991), with the mean of their
        absolute values (Campolongo, Cariboni & Saltelli 2007)
sobol   shares of variance, first-order and total, by the estimators of Saltelli et al. (2010) as scipy has them

Every point is run with several seeds; outcomes are means over them. Intervals are bootstrapped over trajectories, or
over rows of the design, with the design's own chance. Scrambled points are more even than independent ones, for which
the bootstrap takes them: its intervals are rather too wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from pricewar.scenarios.studies.designs import Factor, scrambled, values_at
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import Value
from pricewar.sim.analysis.intervals import LEVEL, SHARE
from pricewar.sim.errors import ResultMistake
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.demand import Floats

Method = Literal["morris", "sobol"]
GRID = 4
"""Levels of Morris' grid; a step is two thirds of the range."""
STEP = GRID / (2.0 * (GRID - 1.0))
RESAMPLES = 999
NAMED = 5
"""Holes that a refusal names."""


def trajectories(keys: int, count: int, seed: int) -> Floats:
    """Morris' trajectories: shape (count, keys + 1, keys), each point a step of one key from the one before.

    Bases, orders and signs are drawn from the stream (design, morris) of the seed.
    """
    rng = Streams(seed)("design", "morris")
    lower = np.arange(GRID // 2) / (GRID - 1.0)
    paths = np.empty((count, keys + 1, keys))
    for path in paths:
        base = rng.choice(lower, keys)
        upward = rng.random(keys) < 0.5
        path[0] = np.where(upward, base, base + STEP)
        for number, key in enumerate(rng.permutation(keys), 1):
            path[number] = path[number - 1]
            path[number, key] += STEP if upward[key] else -STEP
    return np.clip(paths, 0.0, 1.0)


def spread(paths: Floats, count: int) -> Floats:
    """Of many trajectories, some that lie far from one another (Campolongo et al. 2007), taken one after the other.

    The distance of two is the sum over all pairs of their points; the next taken has the largest sum of squares.
    """
    if count >= len(paths):
        return paths
    gaps = np.array([[np.linalg.norm(a[:, None] - b[None], axis=2).sum() for b in paths] for a in paths])
    chosen = [int(place) for place in np.unravel_index(int(np.argmax(gaps)), gaps.shape)]
    while len(chosen) < count:
        worth = (gaps[chosen] ** 2).sum(axis=0)
        worth[chosen] = -1.0
        chosen.append(int(np.argmax(worth)))
    return paths[sorted(chosen[:count])]


def saltelli(keys: int, count: int, seed: int) -> Floats:
    """Saltelli's design: rows A, rows B, then for each key A with that key's column from B.

    Shape (count·(keys + 2), keys). A and B are the halves of one scrambled Sobol' sequence.
    Raises UserMistake unless count is a power of two.
    """
    both = scrambled(2 * keys, count, seed)
    a, b = both[:, :keys], both[:, keys:]
    swapped = np.repeat(a[None], keys, axis=0)
    for key in range(keys):
        swapped[key, :, key] = b[:, key]
    return np.concatenate([a, b, *swapped])


def cube_of(method: Method, keys: int, count: int, seed: int, candidates: int = 0) -> Floats:
    """Every point of a method's design in its order, shape (points, keys).

    count: trajectories, or rows of A. candidates: trajectories among which the most distant are taken.
    """
    if method == "sobol":
        return saltelli(keys, count, seed)
    return spread(trajectories(keys, max(count, candidates), seed), count).reshape(-1, keys)


def points_of(
    factors: Sequence[Factor], method: Method, count: int, seed: int, candidates: int = 0
) -> tuple[list[dict[str, Value]], dict[str, Any]]:
    """Values of the keys at every point, and what the analysis must know of the design."""
    notes = {"design": method, "count": count, "seed": seed, "candidates": candidates,
             "factors": [one.record() for one in factors]}  # fmt: skip
    return values_at(factors, cube_of(method, len(factors), count, seed, candidates)), notes


@dataclass(frozen=True, slots=True)
class Answers:
    """An outcome at every point with every seed."""

    outcome: str
    values: Floats
    """Shape (points, seeds)."""

    @property
    def means(self) -> Floats:
        """Means over seeds, shape (points,)."""
        return np.asarray(self.values.mean(axis=1))

    @property
    def luck(self) -> float:
        """Share of the variance of single runs that lies between seeds at the same point; nan with one seed.

        One-way analysis of variance: within is the mean over points of the variance over seeds, between the variance of
        the points' means less what luck leaves in them.
        """
        seeds = self.values.shape[1]
        if seeds < 2:
            return float("nan")
        within = float(self.values.var(axis=1, ddof=1).mean())
        between = max(0.0, float(self.means.var(ddof=1)) - within / seeds)
        return within / (within + between) if within + between > 0.0 else 0.0


def answers(results: Results, outcome: str) -> Answers:
    """Gather an outcome. Raises ResultMistake that names the holes: an index of a design with holes is none."""
    manifest, seeds = results.manifest, results.manifest.seeds
    names = [arm.name for arm in manifest.arms]
    runs = results.runs
    there = {(arm, seed) for arm, seed in runs.select("arm", "seed").rows()}
    missing = [f"{name} with seed {seed}" for seed in seeds for name in names if (name, seed) not in there]
    if missing:
        raise ResultMistake(
            f"{len(missing)} runs are missing: {_some(missing)}; merge all the shards, or {manifest.again}"
        )
    failed = [f"{row['arm']} with seed {row['seed']} ({row['reason']})" for row in results.failed.iter_rows(named=True)]
    if failed:
        raise ResultMistake(
            f"{len(failed)} of {runs.height} runs failed, and no index can be had from a design with holes: "
            f"{_some(failed)}; narrow what is varied so that every point can run, into another folder"
        )
    empty = runs.filter(pl.col(outcome).is_null())
    if empty.height:
        without = [f"{arm} with seed {seed}" for arm, seed in empty.select("arm", "seed").rows()]
        where = f"{empty.height} runs: {_some(without)}"
        raise ResultMistake(f"{outcome} has no value in {where}; ask another with --outcome")
    return Answers(outcome, runs[outcome].to_numpy().reshape(len(names), len(seeds)))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


@dataclass(frozen=True)
class Sensitivity:
    """A study of sensitivity, and what its method says."""

    results: Results
    indices: pl.DataFrame
    """A row an outcome and key; none of a part of the study."""


def indices(results: Results, of: Sequence[str]) -> pl.DataFrame:
    """What the method of the study says: a row an outcome and key. Raises ResultMistake where there are holes."""
    notes = results.manifest.notes
    keys = [factor["key"] for factor in notes["factors"]]
    rows: list[dict[str, object]] = []
    for outcome in of:
        gathered = answers(results, outcome)
        if notes["design"] == "morris":
            cube = cube_of("morris", len(keys), notes["count"], notes["seed"], notes["candidates"])
            table = elementary(gathered.means, cube.reshape(notes["count"], len(keys) + 1, len(keys)), notes["seed"])
        else:
            table = shares(gathered.means, len(keys), notes["seed"])
        rows += [
            {"outcome": outcome, "key": key, **{name: float(column[at]) for name, column in table.items()},
             "luck": gathered.luck}
            for at, key in enumerate(keys)
        ]  # fmt: skip
    return pl.DataFrame(rows)


def elementary(means: Floats, paths: Floats, seed: int) -> dict[str, Floats]:
    """Mean absolute elementary effect, mean and standard deviation, with bootstrap intervals over trajectories.

    means: the outcome at every point, shape (count·(keys + 1),). paths: shape (count, keys + 1, keys).
    An effect is the change over the step, so over the whole range of the key if it is even.
    """
    count, points, keys = paths.shape
    steps = np.diff(paths, axis=1)
    changes = np.diff(means.reshape(count, points), axis=1)
    # Each step moves one key: put its effect under that key.
    moved = np.abs(steps).argmax(axis=2)
    effects = np.empty((count, keys))
    np.put_along_axis(effects, moved, changes / np.take_along_axis(steps, moved[..., None], 2)[..., 0], 1)

    def statistics(of: Floats) -> Floats:
        return np.stack([np.abs(of).mean(axis=0), of.mean(axis=0), of.std(axis=0, ddof=1)])

    estimates = statistics(effects)
    draws = _resamples(seed, count)
    low, high = _between(np.stack([statistics(effects[draw]) for draw in draws]))
    return {name: value for at, what in enumerate(("mu_star", "mu", "sigma"))
            for name, value in ((what, estimates[at]), (f"{what}_low", low[at]), (f"{what}_high", high[at]))
            }  # fmt: skip


def shares(means: Floats, keys: int, seed: int) -> dict[str, Floats]:
    """First-order and total indices with bootstrap intervals over rows; nan where the outcome does not vary.

    Chance may put an estimate a little below 0 or above 1, where no share of variance is; intervals lie between.
    means: the outcome at every point of Saltelli's design, shape (count·(keys + 2),).
    """
    from scipy.stats import sobol_indices

    blocks = means.reshape(keys + 2, -1)
    count = blocks.shape[1]
    if np.ptp(means) == 0.0:
        return dict.fromkeys(("first", "first_low", "first_high", "total", "total_low", "total_high"),
                             np.full(keys, np.nan))  # fmt: skip

    def estimate(rows: Floats) -> Floats:
        f_ab = np.ascontiguousarray(rows[2:, None, :])
        saltelli_indices = sobol_indices(func={"f_A": rows[:1], "f_B": rows[1:2], "f_AB": f_ab}, n=rows.shape[1])
        return np.stack([np.atleast_1d(saltelli_indices.first_order), np.atleast_1d(saltelli_indices.total_order)])

    estimates = estimate(blocks)
    low, high = np.clip(_between(np.stack([estimate(blocks[:, draw]) for draw in _resamples(seed, count)])), *SHARE)
    return {name: value for at, what in enumerate(("first", "total"))
            for name, value in ((what, estimates[at]), (f"{what}_low", low[at]), (f"{what}_high", high[at]))
            }  # fmt: skip


def _resamples(seed: int, count: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    return Streams(seed)("design", "bootstrap").integers(0, count, (RESAMPLES, count))


def _between(drawn: Floats) -> tuple[Floats, Floats]:
    """Percentile interval of bootstrapped values, their first axis the draws."""
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(drawn, (tail, 1.0 - tail), axis=0)
    return low, high
