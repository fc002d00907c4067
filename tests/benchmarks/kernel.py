"""The reference market in bare numpy: as little as the same choices can be had for.

Straight-line, without a class and without a line of the simulator: population, draws and choices are written out
again, as somebody would who needs this market, this once, as fast as numpy goes. It serves as a yardstick of speed,
and as a second program that must make the same choice for every buyer.
"""

from hashlib import blake2b
from math import exp

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ETA, OWN_COST, REFERENCE = 2.0, 0.1, 10.0
SPREAD, LOYALTY, CONTRACT = 0.5, 1.5, 90.0
GAMMA = np.uint64(0x9E3779B97F4A7C15)
CACHE = 16_384


def choices(count: int, seed: int, appeal: Floats, times: Floats, prices: Floats, until: float) -> tuple[Ints, int]:
    """Choice of every buyer at the end, shape (N,): 0 for none, k + 1 for offer k; and how many were made.

    count: N. appeal: of each offer, shape (K,). times: instants at which the board changes, the opening first,
    shape (T,). [day] prices: from each instant on, shape (T, K). [money/Mtok] until: the end. [day]
    """
    sensitivity = ETA * np.exp(SPREAD * generator(seed, "sensitivity").standard_normal(count))
    who = (np.arange(count, dtype=np.uint64) + np.uint64(1)) * GAMMA
    states = mixed(np.stack([who + key(seed, "choice"), who + key(seed, "contract")]))
    offers, stay = prices.shape[1], exp(LOYALTY)
    drawn = np.zeros(count, dtype=np.uint64)
    ends = np.full(count, -1e-9)
    choice = np.zeros(count, dtype=np.intp)
    columns = np.arange(max(count, CACHE))
    made = 0
    # Row 0 is buying nothing: utility zero whatever it costs.
    fixed, term = np.zeros((offers + 1, 1)), np.zeros((offers + 1, 1))
    for change, price in enumerate(prices):
        opening = change == 0
        fixed[1:, 0] = appeal
        term[1:, 0] = -np.log((price + OWN_COST) / (REFERENCE + OWN_COST))
        # The first choice of all is made at the opening, without loyalty; what follows, until the next change.
        stops = [0.0] if opening else []
        stops.append(times[change + 1] if change + 1 < times.size else until)
        for stop in stops:
            due = np.flatnonzero(ends < stop)
            while due.size:
                for start in range(0, due.size, CACHE):
                    batch = due[start : start + CACHE]
                    had = drawn[batch]
                    luck = uniform(states.take(batch, axis=1) + had * GAMMA)
                    odds = term * sensitivity[batch]
                    odds += fixed
                    np.exp(odds, out=odds)
                    if not (opening and stop == 0.0):
                        mine = choice[batch]
                        odds[mine, columns[: mine.size]] *= np.where(mine > 0, stay, 1.0)
                    for row in range(offers):  # ten times faster than numpy's cumsum along this axis
                        odds[row + 1] += odds[row]
                    below = odds[:-1] <= luck[0] * odds[-1]
                    choice[batch] = below.view(np.uint8).sum(axis=0, dtype=np.uint8)
                    ends[batch] -= CONTRACT * np.log(luck[1])
                    drawn[batch] = had + np.uint64(1)
                made += due.size
                due = due[ends[due] < stop]
    return choice, made


def generator(seed: int, purpose: str) -> np.random.Generator:
    """The stream of the segment `all` for a purpose."""
    return np.random.Generator(np.random.PCG64(sequence(seed, purpose)))


def key(seed: int, purpose: str) -> np.uint64:
    """The key of the segment's counted draws for a purpose."""
    return np.uint64(sequence(seed, purpose).generate_state(1, np.uint64)[0])


def sequence(seed: int, purpose: str) -> np.random.SeedSequence:
    """The root of both."""
    name = int.from_bytes(blake2b(f"all\x1f{purpose}".encode(), digest_size=8).digest(), "little")
    return np.random.SeedSequence(seed, spawn_key=(name,))


def mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser, in place."""
    state ^= state >> np.uint64(30)
    state *= np.uint64(0xBF58476D1CE4E5B9)
    state ^= state >> np.uint64(27)
    state *= np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    return state


def uniform(state: NDArray[np.uint64]) -> Floats:
    """Numbers in (0, 1) from counter states."""
    number = (mixed(state) >> np.uint64(11)).astype(np.float64)
    number += 0.5
    number *= 2.0**-53
    return number
