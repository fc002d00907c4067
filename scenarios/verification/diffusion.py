"""Adoption: applications spread as Bass says, the curve and the finite population each by its own exact answer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import exp, log, sqrt

import numpy as np

from pricewar.agents.buyers.applications import BEGIN, Applications
from pricewar.agents.buyers.population import ContinuousPopulation, SampledPopulation
from pricewar.agents.buyers.spec import Segment
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.sim.economics.curves import DAYS_PER_YEAR
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.board import Board, Offer
from pricewar.sim.market.demand import Floats

P, Q = 0.03, 0.38
"""Coefficients of innovation and imitation, a year."""
BASS = Applications(start=1, ceiling=2, innovation=P, imitation=Q, affordability=0.0)
Z = 3.89
"""Standard errors that chance exceeds once in ten thousand."""


def share(years: float) -> float:
    """F(t) of Bass (1969), eq. 3."""
    decay = exp(-(P + Q) * years)
    return (1.0 - decay) / (1.0 + Q / P * decay)


def _board() -> Board:
    """One offer that nobody can resist."""
    board = Board()
    one = Offer(
        seller="a", tier="x", model="m", capability=0.0, appeal=60.0, value=0.0, open_weights=False,
        inside=False, output_ratio=1.0, launched=0.0,
    )  # fmt: skip
    board.put(one, 10.0)
    return board


def _adopted(buyers: SampledPopulation | ContinuousPopulation, years: float) -> Floats:
    """Share of the room for applications that is in use, by segment."""
    at = BEGIN + years * DAYS_PER_YEAR
    buyers.renew(at + 1e-6)
    mean: Floats = buyers.figures(at)["applications"] - 1.0
    return mean


def _opened(segments: Mapping[str, Segment], count: int, *, sampled: bool) -> SampledPopulation | ContinuousPopulation:
    buyers = SampledPopulation(segments, count, {}, Streams(5)) if sampled else ContinuousPopulation(segments, count)
    buyers.look(_board(), np.zeros(1))
    buyers.open(0.0)
    return buyers


def _segment(step: float) -> Segment:
    """Buyers who all have a supplier and keep it; step of the hazard in days."""
    return Segment(potential=100.0, contract=1e9, applications=replace(BASS, step=step))


def _curve() -> Iterator[KnownAnswer]:
    years = (5.0, 10.0, log(Q / P) / (P + Q))
    printed = (0.331198642491, 0.812803221221, 0.460526315789)
    yield from each("closed form", ("F(5)", "F(10)", "F(t*)"), printed, [share(t) for t in years], 5e-13)
    yield KnownAnswer(what="closed form: t*", expected=6.192619197703, obtained=years[2], tolerance=5e-13)

    def simulated(steps: int) -> Floats:
        return np.array([_curve_of_buyers(t, t * DAYS_PER_YEAR / steps) for t in years])

    # A step holds the hazard constant; its error falls with the square, which two lengths take out.
    extrapolated = (4.0 * simulated(800) - simulated(400)) / 3.0
    yield from each("continuum of buyers", ("F(5)", "F(10)", "F(t*)"), printed, extrapolated, 1e-8)


def _curve_of_buyers(years: float, step: float) -> float:
    """Share after some years of a continuum whose hazard is held constant for steps of so many days."""
    return float(_adopted(_opened({"all": _segment(step)}, 1, sampled=False), years)[0])


def _agents() -> Iterator[KnownAnswer]:
    exact = {100: (0.7949124398, 0.0812104, 300), 1000: (0.8110541498, 0.0239191, 60)}
    step = 0.05 * DAYS_PER_YEAR
    stepping = abs(_curve_of_buyers(10.0, step) - share(10.0))
    for size, (mean, deviation, number) in exact.items():
        names = [f"r{i:04d}" for i in range(number)]
        buyers = _opened({name: _segment(step) for name in names}, size * number, sampled=True)
        adopted = _adopted(buyers, 10.0)
        yield KnownAnswer(
            what=f"mean share after ten years, {number} times {size} buyers",
            expected=mean,
            obtained=float(adopted.mean()),
            tolerance=Z * deviation / sqrt(number) + stepping,
        )
        yield KnownAnswer(
            what=f"its standard deviation, {size} buyers",
            expected=deviation,
            obtained=float(adopted.std(ddof=1)),
            tolerance=Z * deviation / sqrt(2.0 * number) + 0.05 * deviation,
        )


CHECKS = (
    Check(name="adoption.curve", source="Bass (1969)", ask=_curve),
    Check(name="adoption.agents", source="Bass (1969), finite population: exact Markov chain", ask=_agents, slow=True),
)
