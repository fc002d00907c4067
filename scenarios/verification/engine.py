"""The engine below the market: queues on SimPy resources, chance by name, choice by extreme values."""

from collections.abc import Iterator
from datetime import date
from math import log, pi, sqrt

import numpy as np
import simpy
from numpy.polynomial import Polynomial

from pricewar.scenarios.verification.answers import Check, KnownAnswer
from pricewar.sim.kernel.clock import Clock, Process
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.market.demand import Floats, log_sum, logit

Z = 3.89
"""Standard errors that chance exceeds once in ten thousand."""
BATCHES = 60
"""Means of so many stretches of a queue are taken for independent."""
EULER = 0.5772156649015329


def _waits(arrivals: float, service: float, servers: int, customers: int, seed: int) -> Floats:
    """How long each customer of an M/M/c queue on a SimPy resource waits, in order of arrival. [day]"""
    clock, streams = Clock(date(2024, 1, 1), 0), Streams(seed)
    machines = simpy.Resource(clock, servers)
    between = streams("queue", "arrival").exponential(1.0 / arrivals, customers)
    lasting = streams("queue", "service").exponential(1.0 / service, customers)
    waited = np.empty(customers)

    def job(number: int) -> Process:
        asked = clock.now
        with machines.request() as turn:
            yield turn
            waited[number] = clock.now - asked
            yield clock.timeout(lasting[number])

    def source() -> Process:
        for number in range(customers):
            yield clock.timeout(between[number])
            clock.process(job(number))

    clock.process(source())
    clock.run()
    return waited


def _by_batches(series: Floats) -> tuple[float, float]:
    """Mean of a correlated series and its standard error, from the means of batches."""
    means = series.reshape(BATCHES, -1).mean(axis=1)
    return float(means.mean()), float(means.std(ddof=1) / sqrt(BATCHES))


def _queue() -> Iterator[KnownAnswer]:
    arrivals, service, servers, erlang = 4.0, 1.0, 5, 0.554112554113
    waited = _waits(arrivals, service, servers, 61_000, seed=2)[1_000:]
    share, error = _by_batches((waited > 0.0).astype(np.float64))
    yield KnownAnswer(what="M/M/5, λ=4, μ=1: who waits", expected=erlang, obtained=share, tolerance=Z * error)
    mean, error = _by_batches(waited)
    expected = erlang / (servers * service - arrivals)
    yield KnownAnswer(what="M/M/5: mean wait", expected=expected, obtained=mean, tolerance=Z * error)


def _variance_error(gap: Polynomial, draws: int) -> tuple[float, float]:
    """Variance of a polynomial of a uniform, and the standard error of its estimate."""

    def mean(of: Polynomial) -> float:
        return float(of.integ()(1.0) - of.integ()(0.0))

    centred = gap - mean(gap)
    variance = mean(centred**2)
    return variance, sqrt((mean(centred**4) - variance**2) / draws)


def _common_random_numbers() -> Iterator[KnownAnswer]:
    draws = 100_000
    square, cube = Polynomial([0, 0, 1]), Polynomial([0, 0, 0, 1])
    one, other = (Streams(7)("acme", "demand").random(draws) for _ in range(2))
    exact, error = _variance_error(square - cube, draws)
    common = float(np.var(square(one) - cube(other), ddof=1))
    yield KnownAnswer(what="two runs, one seed, same name", expected=exact, obtained=common, tolerance=Z * error)
    apart = Streams(7)("rival", "demand").random(draws)
    variances = [_variance_error(each, draws) for each in (square, cube)]
    independent = float(np.var(square(one) - cube(apart), ddof=1))
    yield KnownAnswer(
        what="two names",
        expected=0.169246031746,
        obtained=independent,
        tolerance=Z * 2.0 * sqrt(sum(error**2 for _, error in variances)),
    )
    yield KnownAnswer(what="its exact moments", expected=0.002579365079, obtained=exact, tolerance=5e-13)


def _extreme_values() -> Iterator[KnownAnswer]:
    n, draws = 12, 40_000
    tastes = Streams(3)("buyers", "taste").gumbel(size=(draws, n))
    best = tastes.max(axis=1)
    yield KnownAnswer(
        what="mean of the best of 12 tastes, simulated",
        expected=log(n) + EULER,
        obtained=float(best.mean()),
        tolerance=Z * pi / sqrt(6.0 * draws),
    )
    # Kurtosis of a Gumbel is 5.4, which the error of a variance needs.
    yield KnownAnswer(
        what="its variance",
        expected=pi**2 / 6.0,
        obtained=float(best.var(ddof=1)),
        tolerance=Z * pi**2 / 6.0 * sqrt(4.4 / draws),
    )
    utility = np.linspace(-1.0, 1.0, n - 1)
    surplus = float(log_sum(utility[None, :], np.zeros(1))[0])
    simulated = (np.append(0.0, utility) + tastes).max(axis=1) - EULER
    yield KnownAnswer(
        what="expected utility of the choice: log-sum against simulation",
        expected=float(simulated.mean()),
        obtained=surplus,
        tolerance=Z * pi / sqrt(6.0 * draws),
    )
    share = logit(utility[None, :], np.zeros(1))[0]
    chosen = np.bincount((np.append(0.0, utility) + tastes).argmax(axis=1), minlength=n)[1:] / draws
    worst = int(np.argmax(np.abs(chosen - share)))
    yield KnownAnswer(
        what="choice probability that differs most, of 11",
        expected=float(chosen[worst]),
        obtained=float(share[worst]),
        tolerance=(Z + 0.6) * sqrt(share[worst] * (1.0 - share[worst]) / draws),
    )


CHECKS = (
    Check(name="engine.queue", source="Erlang (1917): M/M/c", ask=_queue),
    Check(name="engine.common_random_numbers", source="U² and U³: exact moments", ask=_common_random_numbers),
    Check(name="engine.extreme_values", source="McFadden (1974); Small & Rosen (1981)", ask=_extreme_values),
)
