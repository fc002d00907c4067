"""Who answers whom: the latest rival move before each, and a permutation test of reactions."""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def previous_rival(times: Floats, sellers: Ints, dated: NDArray[np.bool_] | None = None) -> Ints:
    """Latest move by somebody else before each, as a position; -1 where there is none.

    times: when each move was posted, shape (C,), not decreasing. [day]
    sellers: who posted it, shape (C,).
    dated: whether only its day is known, shape (C,); none of them if not given.
    Moves of the same instant do not answer each other, unless both are dated: then one came first in an order that
    nobody knows, and each is taken to answer the one listed before it. Returns positions, shape (C,).

    >>> previous_rival(np.array([0.0, 1.0, 1.0, 2.0]), np.array([0, 0, 1, 0]))
    array([-1, -1,  0,  2])
    >>> previous_rival(np.array([1.0, 1.0]), np.array([0, 1]), np.array([True, True]))
    array([-1,  0])
    """
    rivals = np.full(len(times), -1, dtype=np.int64)
    who, unordered = sellers.tolist(), [False] * len(times) if dated is None else dated.tolist()
    latest = other = (-1, -1)  # (position, seller) of the latest move, and of the latest by another seller
    for _, group in groupby(range(len(times)), key=times.tolist().__getitem__):
        same = list(group)
        for place, at in enumerate(same):
            rivals[at] = latest[0] if latest[1] != who[at] else other[0]
            if unordered[at]:
                rivals[at] = next((b for b in same[:place][::-1] if unordered[b] and who[b] != who[at]), rivals[at])
        for at in same:
            if latest[1] != who[at]:
                other = latest
            latest = (at, who[at])
    return rivals


def closeness(times: Floats, sellers: Ints, horizon: float) -> Floats:
    r"""How closely rivals' cuts stand together, :math:`\sum_{rival\ pairs} \max(0, 1 - |t_i - t_j| / H)`.

    times: times of the cuts, shape (B, C), one row a data set, in any order. [day]
    sellers: who cut, shape (C,).
    horizon: H. [day]
    The triangular kernel makes ties between permutations a null event. Returns the sum of each row, shape
    (B,).

    >>> closeness(np.array([[0.0, 10.0, 25.0]]), np.array([0, 1, 1]), 20.0)
    array([0.5])
    """
    order = np.argsort(times, axis=1, kind="stable")
    sorted_times = np.take_along_axis(times, order, axis=1)
    who = sellers[order]
    total = np.zeros(len(times))
    for step in range(1, times.shape[1]):
        lag = sorted_times[:, step:] - sorted_times[:, :-step]
        if not (lag < horizon).any():
            break
        rivals = who[:, step:] != who[:, :-step]
        total += (np.maximum(0.0, 1.0 - lag / horizon) * rivals).sum(axis=1)
    return total


def reaction_p_value(
    times: Floats, sellers: Ints, lives: Floats, horizon: float, permutations: int, rng: np.random.Generator
) -> float | None:
    """Probability that cuts timed independently of rivals would stand as close together as these.

    times: times of the cuts, shape (C,). [day]
    sellers: who cut, positions in `lives`, shape (C,).
    lives: first and last day of each seller, shape (S, 2). [day]
    horizon: H. [day]
    Each seller's cuts are shifted together around its own life by a uniform draw, which keeps its own rhythm
    and breaks every reaction (the circular shift of point processes: Lotwick & Silverman 1982). The share of
    shifted data sets, the real one included, at least as close as the real one (Davison & Hinkley 1997, eq.
    4.11, as recalled) is exact under stationary independence. It measures common timing, also by a common
    cause. Returns None with `permutations` zero or fewer than two sellers.
    """
    if not permutations or len(np.unique(sellers)) < 2:
        return None
    first, length = lives[:, 0][sellers], np.maximum(lives[:, 1] - lives[:, 0], 1e-9)
    shifts = rng.random((permutations, len(lives))) * length
    shifted = first + np.mod(times - first + shifts[:, sellers], length[sellers])
    real = closeness(times[np.newaxis, :], sellers, horizon)[0]
    # a sum taken in another order may differ in its last bits, and must still count as a tie
    as_close = int((closeness(shifted, sellers, horizon) >= real * (1.0 - 1e-12)).sum())
    return (1 + as_close) / (1 + permutations)


def answers_per_cut(rival: Ints, answering: NDArray[np.bool_]) -> float:
    """Answers per cut in the first two generations of a war. [1]

    rival: position of the latest rival cut before each cut, shape (C,), -1 for none.
    answering: whether it is recent enough for the cut to answer it, shape (C,).
    A cut that answers nobody is of generation 0, any other one above the cut it answers. Above one, a war
    spreads: the reproduction number of an epidemic, counted like its first generations.

    >>> answers_per_cut(np.array([-1, 0, 1, 2]), np.array([False, True, True, True]))
    1.0
    """
    generation = np.zeros(len(rival), dtype=np.int64)
    for i in np.flatnonzero(answering):
        generation[i] = generation[rival[i]] + 1
    answers = np.count_nonzero((generation == 1) | (generation == 2))
    return float(answers / np.count_nonzero(generation <= 1))
