"""What studies say of many seeds: intervals and tests against printed examples, and by another way of reckoning."""

from collections.abc import Iterator
from math import comb, sqrt

import numpy as np

from pricewar.scenarios.studies.statistics import holm, mcnemar, paired, seeds_needed, tango
from pricewar.scenarios.verification.answers import Check, KnownAnswer, each
from pricewar.sim.analysis.intervals import interval, proportion
from pricewar.sim.market.demand import Floats

SLEEP = (
    (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0),
    (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
)
"""Hours of sleep gained with two drugs, of the same ten patients."""
WILSON = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (1, 29): (0.0061, 0.1718)}
"""Score intervals as printed, by successes and trials."""
QUANTILE = 1.959963984540054
"""Of the normal law at .975."""
Z, SAMPLES = 3.89, 4000


def _students() -> Iterator[KnownAnswer]:
    one, other = (np.array(drug) for drug in SLEEP)
    told = paired(one, other)
    yield from each(
        "two drugs, ten patients", ("mean difference", "low", "high"), (-1.58, -2.4598858, -0.7001142),
        (told.mean, told.low, told.high), tolerance=5e-8,
    )  # fmt: skip
    yield from each("two drugs, ten patients", ("p",), (0.002833,), (told.p,), tolerance=5e-7)
    yield from each("two drugs, ten patients", ("standard deviation",), (1.229995,), (told.sd,), tolerance=5e-7)
    # Of arms that share their luck, one twice the other: (4 + 1)/(2 - 1)² times the seeds.
    ratio = paired(2.0 * one, one).variance_ratio
    yield from each("arms a and 2a", ("times the seeds of arms apart",), (5.0,), (ratio,), relative=1e-12)
    # A seed that one arm lacks is left out of both.
    holed = np.append(one, [np.nan, 9.0]), np.append(other, [9.0, np.nan])
    yield from each("two seeds that one arm lacks", ("pairs", "mean difference"), (10, -1.58),
                    (paired(*holed).pairs, paired(*holed).mean), tolerance=1e-12)  # fmt: skip


def _coverage() -> Iterator[KnownAnswer]:
    """How often an interval of five draws holds their mean, and one of paired draws their difference."""
    draws = np.random.default_rng(20240511).normal(1.0, 2.0, (SAMPLES, 2, 5))
    alone = [interval(one) for one, _ in draws]
    both = [paired(one, other) for one, other in draws]
    for what, held in (
        ("of a mean", [told.low <= 1.0 <= told.high for told in alone]),
        ("of a difference", [told.low <= 0.0 <= told.high for told in both]),
    ):
        yield KnownAnswer(
            what=f"share of 95 % intervals {what} of five normal draws that hold it",
            expected=0.95,
            obtained=float(np.mean(held)),
            tolerance=Z * sqrt(0.95 * 0.05 / SAMPLES),
        )


def _proportions() -> Iterator[KnownAnswer]:
    for (hits, trials), printed in WILSON.items():
        told = proportion(np.repeat([1.0, 0.0], [hits, trials - hits]))
        yield from each(f"{hits} of {trials}", ("mean", "low", "high"), (hits / trials, *printed),
                        (told.mean, told.low, told.high), tolerance=5.01e-5)  # fmt: skip
    high = proportion(np.zeros(20)).high
    yield from each("0 of 20", ("high",), (QUANTILE**2 / (20.0 + QUANTILE**2),), (high,), relative=1e-12)


def score_bounds(more: int, less: int, pairs: int) -> tuple[float, float]:
    """Bounds of a difference of paired proportions: where its score is the quantile, by maximising the likelihood.

    more, less: pairs in which only the first, only the second is one.
    """
    from scipy.optimize import brentq, minimize_scalar

    def standardised(delta: float) -> float:
        """Score at a difference, with what the likelihood says of the second proportion there."""

        def unlikely(second: float) -> float:
            rest = 1.0 - 2.0 * second - delta
            parts = ((more, second + delta), (less, second), (pairs - more - less, rest))
            return -float(sum(count * np.log(max(chance, 1e-300)) for count, chance in parts if count))

        low, high = max(0.0, -delta), (1.0 - delta) / 2.0
        second = float(minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x)
        return (more - less - pairs * delta) / sqrt(pairs * (2.0 * second + delta - delta**2))

    estimate = (more - less) / pairs
    return (
        float(brentq(lambda delta: standardised(delta) - QUANTILE, -0.999, estimate)),
        float(brentq(lambda delta: standardised(delta) + QUANTILE, estimate, 0.999)),
    )


def _pairs() -> Iterator[KnownAnswer]:
    yield from each("1 and 7 of 21 pairs, as printed", ("low", "high"), (-0.517, -0.026), tango(1, 7, 21), 5e-4)
    for more, less, pairs in ((1, 7, 21), (5, 2, 30), (12, 3, 40)):
        yield from each(f"{more} and {less} of {pairs} pairs", ("low", "high"), score_bounds(more, less, pairs),
                        tango(more, less, pairs), tolerance=1e-6)  # fmt: skip
        tail = sum(comb(more + less, k) for k in range(min(more, less) + 1)) / 2.0 ** (more + less)
        yield from each(f"{more} against {less}", ("p",), (2.0 * tail,), (mcnemar(more, less),), relative=1e-12)
    arms: tuple[Floats, Floats] = np.repeat([1.0, 0.0], [5, 7]), np.repeat([0.0, 1.0, 0.0], [5, 1, 6])
    told = paired(*arms, happens=True)
    yield from each(
        "arms with five wars more and one less, of 12 seeds", ("difference", "low", "high", "p"),
        (4 / 12, *score_bounds(5, 1, 12), 2.0 * 7 / 64), (told.mean, told.low, told.high, told.p), tolerance=1e-6,
    )  # fmt: skip


def _many() -> Iterator[KnownAnswer]:
    adjusted = holm([0.01, 0.04, 0.03, 0.005, float("nan")])[:4]
    yield from each("of .01, .04, .03 and .005, adjusted", ("first", "second", "third", "fourth"),
                    (0.03, 0.06, 0.06, 0.02), adjusted, tolerance=1e-15)  # fmt: skip
    yield from each("seeds", ("for a tenth of a deviation",), (385,), (seeds_needed(1.0, 0.1),))


CHECKS = (
    Check(name="statistics.paired", source="Student (1908): sleep, as R prints it", ask=_students),
    Check(name="statistics.coverage", source="definition: 95 of a hundred", ask=_coverage),
    Check(name="statistics.proportion", source="Newcombe (1998), method 3; Wilson (1927)", ask=_proportions),
    Check(name="statistics.pairs", source="Tango (1998); McNemar (1947), exact", ask=_pairs),
    Check(name="statistics.many", source="Holm (1979), by hand", ask=_many),
)
