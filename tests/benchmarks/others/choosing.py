"""A buyer's choice in plain Python, the fastest way to choose for one buyer; shared by the other candidates."""

from bisect import bisect_right
from itertools import accumulate
from math import exp, log

from tests.benchmarks.kernel import CONTRACT, LOYALTY, OWN_COST, REFERENCE

STAY = exp(LOYALTY)


def seen(appeal, price):
    """What a change of the board leaves to be known: price term and fixed utility of each offer."""
    return [(-log((p + OWN_COST) / (REFERENCE + OWN_COST)), a) for a, p in zip(appeal, price, strict=True)]


def choose(board, sensitivity, mine, luck):
    """0 for none, k + 1 for offer k."""
    odds = [1.0]
    odds += [exp(term * sensitivity + fixed) for term, fixed in board]
    if mine:
        odds[mine] *= STAY
    reached = list(accumulate(odds))
    return bisect_right(reached, luck * reached[-1], hi=len(board))


def lasts(luck):
    """How long a contract lasts."""
    return -CONTRACT * log(luck)
