"""stub"""

import math

from pydantic.dataclasses import dataclass

from sim.parameters import CHECKED


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class QLearner:
    """x."""

    rate: float = 0.15
    discount: float = 0.95
    fade: float = 4e-6

    @property
    def fading(self) -> float:
        """What is left of the probability of exploring after a review. [1]"""
        return math.exp(-self.fade)
