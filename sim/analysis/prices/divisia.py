r"""The logarithmic mean, and the split of a product's change among its factors, without a residual.

    V = Π x_i:   V1 − V0 = Σ_i L(V1, V0)·ln(x_i1/x_i0),   L(a, b) = (a − b)/ln(a/b),  L(a, a) = a

LMDI-I (Ang & Liu 2001; Ang 2004, Energy Policy 32 1131-1139; Ang 2015, Energy Policy 86 233-238), with the weights of
Vartia (1976) and Sato (1976). A factor of nought has no logarithm: as it goes to nought, all of the change goes to it
(Ang & Liu 2007, Energy Policy 35 238-246), in equal parts where several do. A factor that changes its sign passes
through nought, so the same holds.
"""

from collections.abc import Mapping
from math import copysign, isfinite, log, log1p, prod


def logarithmic_mean(a: float, b: float) -> float:
    """L(a, b) = (a − b)/ln(a/b), between the geometric and the arithmetic mean; nought where either is.

    a, b: 0 or more.

    >>> logarithmic_mean(2.0, 2.0), logarithmic_mean(0.0, 3.0), round(logarithmic_mean(1.0, 2.0), 6)
    (2.0, 0.0, 1.442695)
    """
    if a < 0.0 or b < 0.0:
        raise ValueError(f"a logarithmic mean needs two numbers of nought or more, not {a} and {b}")
    if a == b:
        return a
    if a == 0.0 or b == 0.0:
        return 0.0
    # log1p keeps its digits where a and b nearly coincide, log where they are far apart.
    ratio = (a - b) / b
    return (a - b) / (log1p(ratio) if abs(ratio) < 0.5 else log(a / b))


def split_product(before: Mapping[str, float], after: Mapping[str, float], scale: float = 1.0) -> dict[str, float]:
    """Split the change of `scale` times the product of some factors among them; the parts sum to it.

    before, after: the factors by name, the same names in both. scale: a constant factor, above 0.

    >>> parts = split_product({"hour": 2.0, "time": 3.0}, {"hour": 1.0, "time": 3.0})
    >>> round(parts["hour"], 12), parts["time"]
    (-3.0, 0.0)
    >>> split_product({"hour": 0.0, "time": 3.0}, {"hour": 1.0, "time": 6.0})
    {'hour': 6.0, 'time': 0.0}
    """
    first, last = scale * prod(before.values()), scale * prod(after.values())
    if not (isfinite(first) and isfinite(last)):
        raise ValueError("a split needs finite factors")
    vanishing = [name for name, x in before.items() if not (x > 0.0 < after[name] or x < 0.0 > after[name])]
    if vanishing:
        return {name: (last - first) / len(vanishing) if name in vanishing else 0.0 for name in before}
    weight = copysign(logarithmic_mean(abs(last), abs(first)), first)
    return {name: weight * log(after[name] / before[name]) for name in before}


def split_weighted(before: float, after: float, weight_before: float, weight_after: float) -> tuple[float, float]:
    """Split the change of weight·value into that of the value and that of the weight, whatever the value's sign.

    The arithmetic means as weights (Bennet 1920), exact for two factors and at home with negative values.

    >>> split_weighted(1.0, -1.0, 0.5, 0.5)
    (-1.0, 0.0)
    """
    by_value = 0.5 * (weight_before + weight_after) * (after - before)
    by_weight = 0.5 * (before + after) * (weight_after - weight_before)
    return by_value, by_weight
