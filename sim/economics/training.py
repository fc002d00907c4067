r"""What a model takes to train, and what its capability then is.

    FLOP        C = 6·N·D                                  (Kaplan et al., arXiv 2001.08361)
    optimal     D = r·N, r about 20, so N = √(C/(6r))      (Hoffmann et al., arXiv 2203.15556)
    time        C / (accelerators · FLOP/s · MFU)
    capability  q = ln(C/C_ref) + A(t) + κ·max(0, q_open − q) + lessons     [nat of effective compute]

A(t) is what better algorithms add: the compute that a given loss takes halves about every eight months (Ho et
al., arXiv 2403.05812). κ is the share of the gap to the best open model that is closed by learning from it. q = 0 is
GPT-3.5 of November 2022.
"""

from datetime import date
from math import exp, log, sqrt
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.curves import DAYS_PER_YEAR, CurveSpec, Moore
from pricewar.sim.parameters import CHECKED, Range, fixed
from pricewar.sim.units import DAY_SECONDS, Positive, Unit

FLOP_PER_PARAMETER_TOKEN = 6.0
"""Two in the forward and four in the backward pass (Kaplan et al. 2020). [FLOP]"""


HALVING = 8.0 / 12.0
"""Time in which the compute for a given loss halves; 95 % interval 5-14 months. Ho et al., arXiv 2403.05812. [year]"""

Flop = Annotated[float, Field(gt=0), Unit("FLOP")]
FlopPerSecond = Annotated[float, Field(gt=0), Unit("FLOP/s")]


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Training:
    """The scale of capability, the same for everybody."""

    reference: Flop | Range = 2.6e24
    """C_ref, training compute of GPT-3.5, whose capability is zero. Epoch AI's estimate (2.58e24), not published by
    its maker; the original GPT-3 took 3.1e23."""
    since: date = date(2022, 1, 1)
    """When that model's training began; algorithms are counted from then. Assumed: it ended in early 2022 (OpenAI)."""
    algorithms: CurveSpec = Field(default_factory=lambda: Moore(rate=log(2.0) / HALVING))
    """Compute that a given capability takes, over time, 1 at `since`. Default: half every eight months (Ho et al.,
    arXiv 2403.05812); a rate of 0 switches it off."""
    tokens_per_parameter: Positive = 20.0
    """r, training tokens per parameter of a compute-optimal model (Hoffmann et al., arXiv 2203.15556)."""

    def algorithmic(self, today: date) -> float:
        """A(t): nats that algorithms add to the same compute since the reference. [nat]"""
        return -log(self.algorithms.factor((today - self.since).days / DAYS_PER_YEAR))

    def capability(self, flop: float, today: date) -> float:
        """q of a model trained on so much compute with the algorithms of a day, by itself. [nat]

        flop: C, above 0. today: day on which training begins.
        """
        return log(flop / fixed(self.reference)) + self.algorithmic(today)

    def flop_for(self, capability: float, today: date) -> float:
        """Compute that a capability takes with the algorithms of a day; the inverse of `capability`. [FLOP]"""
        return fixed(self.reference) * exp(capability - self.algorithmic(today))


def training_flop(parameters: float, tokens: float) -> float:
    """C = 6·N·D; parameters: N, those that a token passes through. [1e9] tokens: D. [1e9] Returns FLOP.

    >>> f"{training_flop(175.0, 300.0):.3g}"
    '3.15e+23'
    """
    return FLOP_PER_PARAMETER_TOKEN * 1e18 * parameters * tokens


def compute_optimal(flop: float, tokens_per_parameter: float = 20.0) -> tuple[float, float]:
    """Parameters and tokens of the best model of a compute budget. [1e9 parameters, 1e9 tokens]

    >>> [round(size, 1) for size in compute_optimal(5.88e23)]
    [70.0, 1400.0]
    """
    parameters = sqrt(flop / (FLOP_PER_PARAMETER_TOKEN * tokens_per_parameter)) / 1e9
    return parameters, tokens_per_parameter * parameters


def machine_days(flop: float, rate: float, mfu: float) -> float:
    """Accelerator-days of a training run. [accelerator·day]

    rate: peak of one accelerator. [FLOP/s] mfu: share of the peak that training reaches, above 0. [1]
    """
    return flop / (rate * mfu * DAY_SECONDS)


def flop_of(accelerator_days: float, rate: float, mfu: float) -> float:
    """Compute of so many accelerator-days; the inverse of `machine_days`. [FLOP]"""
    return accelerator_days * rate * mfu * DAY_SECONDS


def copied_from(own: float, best_open: float | None, share: float) -> float:
    """Nats that learning from the best open model adds: a share of the gap, zero for the model that leads.

    own: capability by compute and algorithms. best_open: None if there is no open model. [nat]
    """
    return 0.0 if best_open is None else share * max(0.0, best_open - own)
