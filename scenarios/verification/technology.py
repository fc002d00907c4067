"""What makes tokens cheaper: curves of progress with their errors, and the cost formula in its readings."""

from collections.abc import Iterator
from math import exp, log, sqrt

import numpy as np

from pricewar.scenarios.run.costs import readings
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.sim.economics.curves import (
    STEPS_PER_YEAR,
    Goddard,
    Moore,
    NoisePath,
    SinclairKlepperCohen,
    Wright,
    error_scale,
    learning_exponent,
    tail_probability,
)
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.demand import Floats

PATHS = 4000
"""Simulated histories of a noisy curve."""
Z = 3.89
"""Standard errors that chance exceeds once in ten thousand."""


def _learning() -> Iterator[KnownAnswer]:
    exponent = learning_exponent(0.20)
    ten = Wright(exponent=exponent).factor(0.0, cumulative=2.0**10)
    yield from each("learning of 20 % a doubling", ("exponent", "after ten doublings"),
                    (0.321928094887, 0.1073741824), (exponent, ten), relative=1e-11)  # fmt: skip


def _sahal() -> Iterator[KnownAnswer]:
    """Cost falls at m a year and output grows at g: then it falls with output by w = m/g."""
    for m, g in ((0.4, 0.8), (1.1, 3.7)):
        years = 3.0
        output = exp(g * years)
        exponent = -log(Moore(rate=m).factor(years)) / log(output)
        same = Wright(exponent=m / g).factor(years, cumulative=output)
        yield from each(f"m={m:g}, g={g:g}", ("exponent m/g", "cost after three years"),
                        (m / g, exp(-m * years)), (exponent, same), relative=1e-12)  # fmt: skip


def _nesting() -> Iterator[KnownAnswer]:
    both = {"years": 2.0, "cumulative": 9.0, "current": 4.0}
    experience = SinclairKlepperCohen(scale_exponent=0.0, learning_exponent=0.3).factor(**both)
    scale = SinclairKlepperCohen(scale_exponent=0.2, learning_exponent=0.0).factor(**both)
    expected = (Wright(exponent=0.3).factor(**both), Goddard(exponent=0.2).factor(**both))
    yield from each("Sinclair, Klepper & Cohen nests", ("Wright, without scale", "Goddard, without learning"),
                    expected, (experience, scale), relative=1e-13, kind="consistency")  # fmt: skip
    yield from each("closed forms", ("9^-0.3", "4^-0.2"), (9.0**-0.3, 4.0**-0.2), expected, relative=1e-13)


def _paths(theta: float, steps: int, seed: int) -> Floats:
    """Luck of a noisy curve in the middle of each month, shape (PATHS, steps + 1), with shocks of one a month."""
    streams = Streams(seed)
    volatility = sqrt(STEPS_PER_YEAR * (1.0 + theta**2))
    months = (np.arange(steps + 1) + 0.5) / STEPS_PER_YEAR
    lucks = [NoisePath(streams("path", str(i)), volatility, theta) for i in range(PATHS)]
    return np.array([[luck.log(month) for month in months] for luck in lucks])


def _errors(y: Floats, window: int, horizon: int) -> Floats:
    """What came less what the mean change of the window foretold, shape (PATHS,)."""
    errors: Floats = y[:, window + horizon] - y[:, window] - horizon * (y[:, window] - y[:, 0]) / window
    return errors


def _forecasts() -> Iterator[KnownAnswer]:
    window, horizon, theta = 20, 10, 0.63
    factor = 37.6485
    yield KnownAnswer(
        what="A* of window 20, horizon 10, θ=.63",
        expected=factor,
        obtained=error_scale(horizon, window, theta),
        tolerance=5e-5,
    )
    squared = _errors(_paths(theta, window + horizon, seed=11), window, horizon) ** 2
    yield KnownAnswer(
        what=f"the same from {PATHS} histories",
        expected=factor,
        obtained=float(squared.mean()),
        tolerance=Z * factor * sqrt(2.0 / PATHS),
    )


def _student() -> Iterator[KnownAnswer]:
    window, horizon, tail = 5, 10, 0.0668
    yield KnownAnswer(
        what="P(|error| > 2.5), window 5", expected=tail, obtained=tail_probability(2.5, window), tolerance=5e-5
    )
    y = _paths(0.0, window + horizon, seed=13)
    estimated = np.diff(y[:, : window + 1]).std(axis=1, ddof=1)
    normalised = _errors(y, window, horizon) / (estimated * sqrt(horizon + horizon**2 / window))
    yield KnownAnswer(
        what=f"the same from {PATHS} histories",
        expected=tail,
        obtained=float((np.abs(normalised) > 2.5).mean()),
        tolerance=Z * sqrt(tail * (1.0 - tail) / PATHS) + 5e-5,
    )


def _readings() -> Iterator[KnownAnswer]:
    components = (10.0, 5.0, 0.25)
    told = readings(components)
    yield from each("10, 5 and 0.25", ("sum", "product"), (15.25, 12.5), (told["sum"], told["product"]))
    printed = {0.0: 10.25, 0.5: 9.954669640956557, 1.0: 9.679950248936833, 2.0: 9.21039603960396}
    for sigma, cost in printed.items():
        (reading,) = readings(components, sigma)["readings"]
        halved = next(case for case in reading["cases"] if case["halved"] == 1)
        spent = sum(p * x for p, x in zip((5.0, 5.0, 0.25), halved["demands"], strict=True))
        yield from each(f"compute halved, σ={sigma:g}", ("unit cost", "what its inputs cost"), (cost, cost),
                        (halved["cost"], spent), relative=1e-13)  # fmt: skip
    (plain,) = readings(components, 1.0)["readings"]
    yield from each("calibrated shares", ("compute", "energy", "data"),
                    (0.655737704918, 0.327868852459, 0.016393442623), plain["cases"][0]["shares"], 5e-13)  # fmt: skip


CHECKS = (
    Check(name="technology.learning", source="Wright (1936)", ask=_learning),
    Check(name="technology.sahal", source="Sahal (1979): w = m/g", ask=_sahal),
    Check(name="technology.nesting", source="Sinclair, Klepper & Cohen (2000)", ask=_nesting),
    Check(name="technology.forecast_error", source="Farmer & Lafond (2016)", ask=_forecasts),
    Check(name="technology.student", source="Farmer & Lafond (2016): Student t(m-1)", ask=_student),
    Check(name="cost.readings", source="Arrow et al. (1961); Shephard (1953)", ask=_readings),
)
