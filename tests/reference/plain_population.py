"""The buyers of a segment as an exact aggregate: kinds of buyers, and the chances with which each changes supplier.

Contracts end at a constant rate, whatever has gone before, so buyers of one kind (same tastes, same mean contract) are
independent Markov chains on {nothing, offer 1, ...}. In a time t without a change of the board n contracts end with
the chance e^-x x^n/n!, x = t/contract, and each time one chooses anew by the row of its supplier in P. So the chance of
being found at k after j is row j, column k of

    sum over n of e^-x x^n/n! P^n = exp(x (P - I)),

and counts are multinomial, exactly. Nothing is sampled here.
"""

from collections.abc import Sequence
from math import exp, fsum

Row = list[float]
Matrix = list[Row]


def chances(utilities: Sequence[float], nothing: float, sellers: Sequence[str], loyalty: float) -> Matrix:
    """P: chances of the next choice by supplier, row and column 0 for nobody; loyalty is to the seller of an offer."""
    suppliers = [None, *sellers]
    return [
        _logit([nothing, *(u + (loyalty if s == mine else 0.0) for u, s in zip(utilities, sellers, strict=True))])
        for mine in suppliers
    ]


def _logit(utilities: Sequence[float]) -> Row:
    odds = [exp(u) for u in utilities]
    return [weight / fsum(odds) for weight in odds]


def product(left: Matrix, right: Matrix) -> Matrix:
    """Rows times columns."""
    columns = list(zip(*right, strict=True))
    return [[fsum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in left]


def transition(once: Matrix, contracts: float) -> Matrix:
    """Chances of where one is found after so many mean contracts, by where one was: exp(contracts (once - 1))."""
    power = [[1.0 if j == k else 0.0 for k in range(len(once))] for j in range(len(once))]
    weight, number, left = exp(-contracts), 0, 1.0
    chances = [[0.0] * len(once) for _ in once]
    while left > 1e-16 and number < 1000:
        chances = [[f + weight * p for f, p in zip(*rows, strict=True)] for rows in zip(chances, power, strict=True)]
        left -= weight
        number += 1
        weight *= contracts / number
        power = product(power, once)
    return chances


def renewed(contracts: float) -> float:
    """Chance that a contract has ended at least once."""
    return 1.0 - exp(-contracts)


def moved_once(contracts: float) -> float:
    """Chance that it has ended exactly once."""
    return contracts * exp(-contracts)


def along(start: Row, steps: Sequence[Matrix]) -> list[Row]:
    """Chances of where one is found at each of several dates."""
    found, rows = [], [start]
    for step in steps:
        rows = product(rows, step)
        found.append(rows[0])
    return found


def pearson(counts: Sequence[float], trials: float, chance: Sequence[float], least: float = 5.0) -> tuple[float, int]:
    """Pearson's chi-square of counts with given chances, and degrees of freedom; rare outcomes are put together."""
    cells = [(n, trials * p) for n, p in zip(counts, chance, strict=True) if trials * p >= least]
    rest = (trials - fsum(n for n, _ in cells), trials - fsum(e for _, e in cells))
    if rest[1] >= least:
        cells.append(rest)
    elif cells:
        big = max(range(len(cells)), key=lambda i: cells[i][1])
        cells[big] = (cells[big][0] + rest[0], cells[big][1] + rest[1])
    return fsum((n - e) ** 2 / e for n, e in cells), max(len(cells) - 1, 0)


def spread_of_pearson(trials: float, chance: Sequence[float]) -> float:
    """Exact variance of Pearson's chi-square of a multinomial (Haldane 1937)."""
    cells = len(chance)
    return 2.0 * (cells - 1) + (fsum(1.0 / p for p in chance) - cells**2 - 2.0 * cells + 2.0) / trials
