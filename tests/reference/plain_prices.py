"""How a price enters choice and volume, written plainly: the two price responses of the model page.

Standard library only, as in every `plain_*` file: nothing here knows the program that it checks.
"""

from dataclasses import dataclass
from math import exp, log
from typing import Protocol


class Prices(Protocol):
    """How the buyers of a segment answer a price p; primes are derivatives with respect to it."""

    @property
    def eta(self) -> float:
        """Median sensitivity."""

    @property
    def nothing(self) -> float:
        """Utility of buying nothing."""

    def utility(self, p: float, eta: float) -> float:
        """Price part of utility of a buyer with sensitivity eta."""

    def utility_prime(self, p: float) -> float:
        """The same, derived, for the median buyer."""

    def tokens(self, p: float) -> float:
        """Tokens over those at the reference price."""

    def tokens_prime(self, p: float) -> float:
        """The same, derived."""

    def gross(self, value: float) -> float:
        """Utility of a gross value a."""


@dataclass(frozen=True)
class LogPrices:
    """u = -eta (x^(1-epsilon) - 1)/(1-epsilon), tokens x^-epsilon; x = (p+h)/(p_bar+h)."""

    eta: float
    epsilon: float
    h: float
    p_bar: float
    nothing: float = 0.0

    def ratio(self, p: float) -> float:
        return (p + self.h) / (self.p_bar + self.h)

    def utility(self, p: float, eta: float) -> float:
        x, power = self.ratio(p), 1.0 - self.epsilon
        return -eta * (log(x) if power == 0.0 else (x**power - 1.0) / power)

    def utility_prime(self, p: float) -> float:
        return -self.eta * self.tokens(p) / (self.p_bar + self.h)

    def tokens(self, p: float) -> float:
        return exp(-self.epsilon * log(self.ratio(p)))

    def tokens_prime(self, p: float) -> float:
        return -self.epsilon * self.tokens(p) / (p + self.h)

    def gross(self, value: float) -> float:
        return 0.0 * value


@dataclass(frozen=True)
class LinearPrices:
    """u = (a - p)/mu, and a_0/mu for buying nothing; everybody buys one unit."""

    mu: float
    a_0: float

    @property
    def eta(self) -> float:
        return 1.0 / self.mu

    @property
    def nothing(self) -> float:
        return self.a_0 / self.mu

    def utility(self, p: float, eta: float) -> float:
        return -eta * p

    def utility_prime(self, p: float) -> float:
        return -1.0 / self.mu + 0.0 * p

    def tokens(self, p: float) -> float:
        return 1.0 + 0.0 * p

    def tokens_prime(self, p: float) -> float:
        return 0.0 * p

    def gross(self, value: float) -> float:
        return value / self.mu
