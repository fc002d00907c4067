"""The step of Q-learning (Watkins & Dayan 1992) that sessions and strategies share, and how it is made fast.

A table holds, for every cell (a state of one seller) the worth of its m actions, and beside it the greatest of these
and which action has it. All are flat sequences: lists, on which plain Python is quick, or arrays, on which
machine code is.
"""

import importlib.util
from collections.abc import Callable
from threading import Lock
from typing import Any, Protocol, TypeVar

Number = TypeVar("Number", int, float)
Function = TypeVar("Function", bound=Callable[..., object])


class Flat(Protocol[Number]):
    """A list or an array of one dimension."""

    def __getitem__(self, at: int, /) -> Number:
        """Read a number."""

    def __setitem__(self, at: int, number: Number, /) -> None:
        """Write a number."""


def learn(
    worth: Flat[float], top: Flat[float], best: Flat[int], cell: int, m: int, action: int, target: float, rate: float
) -> bool:
    r"""Move what an action is worth towards what it brought; tell whether the best action stays the same.

    :math:`Q \leftarrow Q + \alpha(\text{target} - Q)`. worth: of every action, cell by cell, m each. top: greatest
    worth of each cell. best: the action that has it; among equals it stays, and when it falls the lowest
    of the best others follows. rate: alpha. [1]
    """
    row = cell * m
    old = worth[row + action]
    new = old + rate * (target - old)
    worth[row + action] = new
    if new > top[cell]:
        top[cell] = new
        before, best[cell] = best[cell], action
        return before == action
    if new == top[cell] or best[cell] != action:
        return True
    # The best action has lost: look for another.
    first_best, high = 0, worth[row]
    for other in range(1, m):
        if worth[row + other] > high:
            first_best, high = other, worth[row + other]
    top[cell], best[cell] = high, first_best
    return first_best == action


def has_compiler() -> bool:
    """Whether numba, the optional extra `fast`, is installed."""
    return importlib.util.find_spec("numba") is not None


_LOCK = Lock()
_COMPILED: dict[Callable[..., object], Any] = {}


def compiled(function: Function, *helpers: Callable[..., object]) -> Function:
    """The same function as machine code, which any number of threads may run at once; needs numba.

    helpers: what it calls. The functions themselves stay plain Python. Nothing is kept on disk: compiling takes
    seconds, once a process.
    """
    with _LOCK:
        if function not in _COMPILED:
            import numba
            from numba.extending import register_jitable

            for helper in helpers:
                register_jitable(helper)
            _COMPILED[function] = numba.njit(nogil=True)(function)
        fast: Function = _COMPILED[function]
        return fast
