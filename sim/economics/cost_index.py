"""Compute, energy and data in one unit cost, and the input demands that follow from it.

    c(w) = c0·[Σ θ_i (w_i/w_i0)^(1−σ)]^(1/(1−σ)),   c0 = Σ x_i0·w_i0,   θ_i = x_i0·w_i0/c0

The normalised CES cost function (Arrow, Chenery, Minhas & Solow 1961; normalised as in Klump & de La
Grandville 2000). It nests two readings of "price = compute, energy, data": the sum at σ = 0, where nothing
can be substituted, and the share-weighted geometric mean at σ = 1. The literal product of the three is
`index_product`, under its own name. Sums are written with math.fsum, so that the order of the inputs does
not matter.
"""

from collections.abc import Sequence
from math import exp, expm1, fsum, log, log1p, prod

from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, Positive, PositiveMoney


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class CostIndex:
    """A unit cost calibrated to one day's input prices and quantities.

    >>> index = CostIndex(prices=(10.0, 5.0, 0.25), quantities=(1.0, 1.0, 1.0), substitution=0.0)
    >>> index.cost((10.0, 5.0, 0.25)), index.cost((5.0, 5.0, 0.25))
    (15.25, 10.25)
    """

    prices: tuple[PositiveMoney, ...]
    """w0, price of each input on that day. [money/unit of the input]"""
    quantities: tuple[Positive, ...]
    """x0, units of each input used per unit of output on that day."""
    substitution: NonNegative
    """σ, elasticity of substitution: 0 fixed proportions, 1 fixed shares of cost."""

    def __post_init__(self) -> None:
        """Refuse an empty index, and prices without quantities. Raises ValueError."""
        if not self.prices or len(self.prices) != len(self.quantities):
            raise ValueError("give one price and one quantity for each input, and at least one input")

    @property
    def start(self) -> float:
        """c0, unit cost on the day of calibration. [money/unit]"""
        return fsum(x * w for x, w in zip(self.quantities, self.prices, strict=True))

    @property
    def shares(self) -> tuple[float, ...]:
        """θ, share of each input in the starting cost; they sum to one. [1]"""
        return tuple(x * w / self.start for x, w in zip(self.quantities, self.prices, strict=True))

    def relative(self, prices: Sequence[float]) -> float:
        """Unit cost over that of the day of calibration, c/c0. [1]

        prices: w, one positive price per input. [money/unit of the input] Raises ValueError otherwise.
        """
        logs = [log(ratio) for ratio in self._ratios(prices)]
        rho = 1.0 - self.substitution
        if rho == 1.0:
            return fsum(x * w for x, w in zip(self.quantities, prices, strict=True)) / self.start
        if rho == 0.0:
            return exp(fsum(t * g for t, g in zip(self.shares, logs, strict=True)))
        # Near σ = 1 the logarithm of the plain mean loses all its digits; far from it, log1p of expm1 does.
        growth = fsum(t * expm1(rho * g) for t, g in zip(self.shares, logs, strict=True))
        if abs(growth) < 0.5:
            return exp(log1p(growth) / rho)
        return exp(log(fsum(t * exp(rho * g) for t, g in zip(self.shares, logs, strict=True))) / rho)

    def cost(self, prices: Sequence[float]) -> float:
        """Unit cost c(w). [money/unit] Raises ValueError unless there is one positive price per input."""
        return self.start * self.relative(prices)

    def demands(self, prices: Sequence[float]) -> tuple[float, ...]:
        """Units of each input per unit of output, by Shephard's lemma: x_i = x_i0·[(c/c0)/(w_i/w_i0)]^σ.

        Σ w_i·x_i = c(w). Raises ValueError unless there is one positive price per input.
        """
        relative = self.relative(prices)
        return tuple(
            x * (relative / ratio) ** self.substitution
            for x, ratio in zip(self.quantities, self._ratios(prices), strict=True)
        )

    def _ratios(self, prices: Sequence[float]) -> list[float]:
        if len(prices) != len(self.prices) or min(prices) <= 0:
            raise ValueError(f"give {len(self.prices)} positive prices, one per input")
        return [w / w0 for w, w0 in zip(prices, self.prices, strict=True)]


def index_product(components: Sequence[float]) -> float:
    """The literal product P = C × E × D of the components: an index, no unit cost.

    components: C, E and D, in any fixed currency. [money] Another currency multiplies it by the cube of the
    rate.

    >>> index_product((10.0, 5.0, 0.25))
    12.5
    """
    return prod(components)
