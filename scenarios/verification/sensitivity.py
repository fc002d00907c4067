"""Sensitivity: a function with known indices in place of the simulation, through design, runs, ledger and tables."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from math import pi
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.sim.market.demand import Floats

KEYS = ("sellers.east.tiers.main.value", "sellers.west.tiers.main.value", "segments.all.response.outside")
"""Numbers of the textbook that may be 0 to 2π; less π they stand for x1, x2, x3."""
OUTCOME = "price"
A, B = 7.0, 0.1
FIRST = (0.3139051911, 0.4424111448, 0.0)
TOTAL = (0.5575888552, 0.4424111448, 0.2436836641)
ROWS, MANY, Z = 512, 2048, 3.89
"""Rows of A and B, quick and slow; standard errors that chance exceeds once in ten thousand."""
SCRAMBLINGS = 200
"""Of which the standard error of the estimators is taken."""


def ishigami(x: Any) -> Any:
    """The function of Ishigami & Homma (1990); x: shape (3, n)."""
    return np.sin(x[0]) + A * np.sin(x[1]) ** 2 + B * x[2] ** 4 * np.sin(x[0])


class InPlace(Executor):
    """An executor that simulates nothing: it fills one outcome of a task from its settings and seed."""

    def __init__(self, outcome: str, of: Callable[[Mapping[str, Any], int], float]) -> None:
        self.outcome, self.of = outcome, of

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":  # noqa: ARG002
        """Say at once what a task comes to."""
        from pricewar.scenarios.studies.ledger import Finished
        from pricewar.sim.analysis.measures import OUTCOMES

        task, arm = args
        outcomes = {**dict.fromkeys(OUTCOMES), self.outcome: self.of(arm.settings, task.seed)}
        future: Future[Any] = Future()
        ended: dict[str, Any] = {"status": "done", "reason": "", "seconds": 0.0, "outcomes": outcomes}
        future.set_result((Finished(id=task.id, arm=task.arm, seed=task.seed, **ended), b""))
        return future


def _reference_errors(rows: int) -> tuple[Floats, Floats, Floats]:
    """Standard errors at this size of the estimators of first, total and what lies between, by scipy alone.

    Over many scramblings of its own points.
    """
    from scipy.stats import sobol_indices, uniform

    dists: list[Any] = [uniform(loc=-pi, scale=2.0 * pi)] * 3
    estimates = [sobol_indices(func=ishigami, n=rows, dists=dists, rng=np.random.default_rng([9, number]))
             for number in range(SCRAMBLINGS)]  # fmt: skip
    first, total = (np.array([getattr(one, name) for one in estimates]) for name in ("first_order", "total_order"))
    return first.std(axis=0, ddof=1), total.std(axis=0, ddof=1), (total - first).std(axis=0, ddof=1)


def _ishigami(rows: int = ROWS) -> Iterator[KnownAnswer]:
    from pricewar.scenarios.run.means import Means
    from pricewar.scenarios.studies.designs import factor
    from pricewar.scenarios.studies.runner import carry_out
    from pricewar.scenarios.studies.sensitivity import indices
    from pricewar.scenarios.studies.store import open_study
    from pricewar.scenarios.studies.sweep import Plan, sensitivity_of

    def of(settings: Mapping[str, Any], _: int) -> float:
        return float(ishigami([settings[key] - pi for key in KEYS]))

    plan = Plan(scenario="textbook", factors=tuple(factor(key, f"0..{2.0 * pi!r}") for key in KEYS), seeds=1)
    with TemporaryDirectory() as folder:
        carry_out(sensitivity_of(plan, "sobol", rows), Path(folder) / "study", Means(executor=InPlace(OUTCOME, of)))
        table = indices(open_study(Path(folder) / "study"), [OUTCOME])
    names = ("x1", "x2", "x3")
    obtained = {"first": table["first"], "total": table["total"], "total less first": table["total"] - table["first"]}
    exact = (FIRST, TOTAL, tuple(np.subtract(TOTAL, FIRST)))
    for (what, column), answers, errors in zip(obtained.items(), exact, _reference_errors(rows), strict=True):
        for name, expected, index, error in zip(names, answers, column, errors, strict=True):
            if expected > 0.0:  # the first index of x3 is zero; it shows in its total less first
                yield KnownAnswer(
                    what=f"Ishigami, a=7, b=0.1, {rows} rows, {what} index: {name}",
                    expected=expected,
                    obtained=index,
                    tolerance=Z * float(error),
                )


def _product() -> Iterator[KnownAnswer]:
    """The g-function of Sobol' (1993), product of (|4x - 2| + a)/(1 + a): indices in closed form."""
    from pricewar.scenarios.studies.sensitivity import saltelli, shares

    weights, rows = np.array([0.0, 0.5, 3.0]), 4096
    alone = 1.0 / (3.0 * (1.0 + weights) ** 2)
    variance = float(np.prod(1.0 + alone)) - 1.0
    total = alone * np.array([np.prod(1.0 + np.delete(alone, k)) for k in range(3)])
    cube = saltelli(3, rows, seed=1)
    table = shares(np.prod((np.abs(4.0 * cube - 2.0) + weights) / (1.0 + weights), axis=1), 3, seed=1)
    names = ("x1, a=0", "x2, a=0.5", "x3, a=3")
    for what, expected in (("first", alone / variance), ("total", total / variance)):
        yield from each(f"g-function, {rows} rows, {what} index", names, expected, table[what], tolerance=0.01)


def _elementary() -> Iterator[KnownAnswer]:
    """Elementary effects of a linear function are its slopes, exactly, on whatever trajectories.

    Where two keys multiply, the effect of one is its slope and the other's level there: known at every trajectory.
    """
    from pricewar.scenarios.studies.sensitivity import elementary, trajectories

    slopes = (3.0, -2.0, 0.5)
    paths = trajectories(3, 6, seed=1)
    effects = elementary((paths @ np.array(slopes)).ravel(), paths, seed=1)
    yield from each("Morris, linear function: mu", ("x1", "x2", "x3"), slopes, effects["mu"], tolerance=1e-12)
    yield from each(
        "Morris, linear function: mu*", ("x1", "x2", "x3"), np.abs(slopes), effects["mu_star"], tolerance=1e-12
    )
    effects = elementary((paths @ np.array(slopes) + 8.0 * paths[..., 0] * paths[..., 1]).ravel(), paths, seed=1)
    moves = np.abs(np.diff(paths, axis=1)) > 0.0
    # The other key's level when this one moves.
    level = {key: np.array([path[:-1][move[:, key], other].item() for path, move in zip(paths, moves, strict=True)])
             for key, other in ((0, 1), (1, 0))}  # fmt: skip
    local = {key: slopes[key] + 8.0 * level[key] for key in level}
    by_hand = {
        "mu*": [float(np.abs(effect).mean()) for effect in local.values()],
        "mu": [float(effect.mean()) for effect in local.values()],
        "sigma": [float(effect.std(ddof=1)) for effect in local.values()],
    }
    for name, expected in by_hand.items():
        column = effects[name.replace("*", "_star")]
        yield from each(f"Morris, with 8·x1·x2: {name}", ("x1", "x2"), expected, column[:2], tolerance=1e-12)


CHECKS = (
    Check(name="sensitivity.ishigami", source="Ishigami & Homma (1990); Sobol' (1993)", ask=_ishigami),
    Check(name="sensitivity.ishigami_fine", source="the same", ask=partial(_ishigami, MANY), slow=True),
    Check(name="sensitivity.product", source="Sobol' (1993): g-function", ask=_product),
    Check(name="sensitivity.elementary_effects", source="Morris (1991)", ask=_elementary),
)
