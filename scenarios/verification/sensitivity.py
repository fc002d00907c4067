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
ROWS, MANY, Z = 256, 2048, 3.89
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


def _reference_errors(rows: int) -> tuple[Floats, Floats]:
    """Standard errors of both estimators at this size, by scipy alone over many scramblings of its own points."""
    from scipy.stats import sobol_indices, uniform

    dists: list[Any] = [uniform(loc=-pi, scale=2.0 * pi)] * 3
    estimates = [sobol_indices(func=ishigami, n=rows, dists=dists, rng=np.random.default_rng([9, number]))
             for number in range(SCRAMBLINGS)]  # fmt: skip
    first, total = (np.array([getattr(one, name) for one in estimates]) for name in ("first_order", "total_order"))
    return first.std(axis=0, ddof=1), total.std(axis=0, ddof=1)


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
    first, total = _reference_errors(rows)
    for what, exact, column, errors in (("first", FIRST, "first", first), ("total", TOTAL, "total", total)):
        for name, expected, obtained, error in zip(names, exact, table[column], errors, strict=True):
            yield KnownAnswer(
                what=f"Ishigami, a=7, b=0.1, {rows} rows, {what} index: {name}",
                expected=expected,
                obtained=obtained,
                tolerance=Z * float(error),
            )


def _elementary() -> Iterator[KnownAnswer]:
    """Elementary effects of a linear function are its slopes, exactly, on whatever trajectories."""
    from pricewar.scenarios.studies.sensitivity import elementary, trajectories

    slopes = (3.0, -2.0, 0.5)
    paths = trajectories(3, 6, seed=1)
    effects = elementary((paths @ np.array(slopes)).ravel(), paths, seed=1)
    yield from each("Morris, linear function: mu", ("x1", "x2", "x3"), slopes, effects["mu"], tolerance=1e-12)
    yield from each("Morris, linear function: sigma", ("x1", "x2", "x3"), (0.0,) * 3, effects["sigma"], tolerance=1e-12)


CHECKS = (
    Check(name="sensitivity.ishigami", source="Ishigami & Homma (1990); Sobol' (1993)", ask=_ishigami),
    Check(name="sensitivity.ishigami_fine", source="the same", ask=partial(_ishigami, MANY), slow=True),
    Check(name="sensitivity.elementary_effects", source="Morris (1991)", ask=_elementary),
)
