"""Who answers whom: the latest rival cut before each, and a permutation test of reactions."""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def previous_rival(times: Floats, sellers: Ints) -> Ints:
    """Latest cut by somebody else at a strictly earlier instant, as a position; -1 where there is none.

    times: when each cut was posted, shape (C,), not decreasing. [day]
    sellers: who posted it, shape (C,).
    Cuts of the same instant do not answer each other. Returns positions, shape (C,).

    >>> previous_rival(np.array([0.0, 1.0, 1.0, 2.0]), np.array([0, 0, 1, 0]))
    array([-1, -1,  0,  2])
    """
    found = np.full(len(times), -1, dtype=np.int64)
    latest: tuple[int, int] = (
        -1,
        -1,
    )  # (position, seller) of the latest cut, and of the latest by another seller
    other: tuple[int, int] = (-1, -1)
    who = sellers.tolist()
    for _, group in groupby(range(len(times)), key=times.tolist().__getitem__):
        same = list(group)
        for at in same:
            found[at] = latest[0] if latest[1] != who[at] else other[0]
        for at in same:
            if latest[1] != who[at]:
                other = latest
            latest = (at, who[at])
    return found


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


def answering_lags(
    cut_times: Floats, cut_sellers: Ints, launch_times: Floats, launch_sellers: Ints, horizon: float
) -> list[tuple[int, float]]:
    """Cuts that follow a rival's cut or launch within H: (seller, lag since its latest move), by time.

    Times in days, not decreasing, with the sellers in the same order; launches are answered but answer
    nothing.

    >>> answering_lags(np.array([5.0, 9.0]), np.array([0, 1]), np.array([0.0]), np.array([2]), 30.0)
    [(0, 5.0), (1, 4.0)]
    """
    times = np.concatenate([launch_times, cut_times])
    sellers = np.concatenate([launch_sellers, cut_sellers])
    is_cut = np.arange(len(times)) >= len(launch_times)
    order = np.lexsort((sellers, times))
    times, sellers, is_cut = times[order], sellers[order], is_cut[order]
    rival = previous_rival(times, sellers)
    lag = times - times[rival]
    listed = np.flatnonzero(is_cut & (rival >= 0) & (lag <= horizon))
    return [(int(sellers[i]), float(lag[i])) for i in listed]


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
