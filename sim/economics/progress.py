"""Progress that needs no new machine: better algorithms, better serving software, smaller models.

Algorithms cut the parameters that a capability needs; software lifts the efficiencies; compression
(quantisation, mixture of experts, latent attention, distillation) changes the model's weights, cache,
arithmetic or active parameters on a date. All are changes of the inputs of `serving`, which turns them into
cost.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from math import exp, log

from pydantic.dataclasses import dataclass

from pricewar.sim.economics.accelerators import Precision
from pricewar.sim.economics.curves import Curve, Moore
from pricewar.sim.economics.serving import Architecture, Serving
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import Positive

ALGORITHMS = Moore(rate=log(3.0))
"""Parameters that a given capability needs: a third a year later. Gundlach et al., arXiv 2511.23455."""

SERVING_SOFTWARE = Moore(rate=log(1.15))
"""Machine time on fixed hardware. Assumed, inside 5 to 27 % a year, tuned stacks (MLPerf v4.1 to v5.1)."""

FRONTIER_NATS_PER_YEAR = 2.3
"""Growth of the frontier's effective training compute, about tenfold a year (Epoch AI)."""

SIZE_PER_NAT = 0.5
"""Log parameters per nat of compute in a compute-optimal model (Hoffmann et al., arXiv 2203.15556). [1]"""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class CompressionEvent:
    """A dated step in how models are built or stored; each factor multiplies what was there before."""

    name: str
    """What it is called."""
    date: date
    """First day on which it can be used."""
    total: Positive = 1.0
    """Factor on the parameters held in memory."""
    active: Positive = 1.0
    """Factor on the parameters that a token passes through."""
    weight_bytes: Positive = 1.0
    """Factor on the bytes that store a parameter."""
    kv_bytes: Positive = 1.0
    """Factor on the cache per token of context."""
    precision: Precision | None = None
    """Number format of the arithmetic from then on; None leaves it."""
    source: str
    """Where the factors come from, and what they assume."""


EIGHT_BITS = CompressionEvent(
    name="FP8",
    date=date(2024, 11, 4),
    weight_bytes=0.5,
    precision="fp8",
    source="arXiv 2411.02355: lossless against BF16, half the bytes, about twice the FLOP/s",
)
LATENT_ATTENTION = CompressionEvent(
    name="latent attention",
    date=date(2024, 5, 7),
    kv_bytes=0.067,
    source="DeepSeek-V2, arXiv 2405.04434: cache 93.3 % below that of DeepSeek 67B; memory",
)
MIXTURE_OF_EXPERTS = CompressionEvent(
    name="mixture of experts",
    date=date(2024, 12, 26),
    active=37.0 / 671.0,
    source="DeepSeek-V3 model card: 37 of 671 billion active, against a dense model of the same total",
)


def parameters_needed(parameters: float, years: float, nats: float = 0.0, algorithms: Curve = ALGORITHMS) -> float:
    """Parameters of the smallest model of a given capability, some time after a reference. [1e9 parameters]

    parameters: size of a reference model when it was the smallest of its capability. [1e9 parameters]
    years: time since then. [year] nats: capability wanted less that of the reference. [nat]
    N = N0·e^(q/2)·f(t): compute-optimal size in the capability, times algorithmic progress f.

    At the frontier the two nearly cancel, so the largest models hardly grow:

    >>> round(parameters_needed(100.0, years=1.0, nats=FRONTIER_NATS_PER_YEAR), 1)
    105.3
    """
    return parameters * exp(SIZE_PER_NAT * nats) * algorithms.factor(years)


def tuned(serving: Serving, factor: float) -> Serving:
    """The same deployment with better software: machine time times a factor, by all three efficiencies.

    factor: machine time after over before, such as `SERVING_SOFTWARE.factor(years)`, above 0. [1]
    No efficiency exceeds 1, so that progress ends at the data sheet.
    """
    return replace(
        serving,
        eta_prefill=min(1.0, serving.eta_prefill / factor),
        eta_decode=min(1.0, serving.eta_decode / factor),
        eta_flops=min(1.0, serving.eta_flops / factor),
    )


def apply(event: CompressionEvent, architecture: Architecture, serving: Serving) -> tuple[Architecture, Serving]:
    """The model and its deployment after one event.

    Raises pydantic.ValidationError if the event leaves more active than total parameters.
    """
    smaller = replace(
        architecture,
        total=architecture.total * event.total,
        active=architecture.active * event.active,
        weight_bytes=architecture.weight_bytes * event.weight_bytes,
        kv_bytes=architecture.kv_bytes * event.kv_bytes,
    )
    return smaller, serving if event.precision is None else replace(serving, precision=event.precision)


def apply_all(
    events: Iterable[CompressionEvent], today: date, architecture: Architecture, serving: Serving
) -> tuple[Architecture, Serving]:
    """The model and its deployment after every event dated on or before today, in order of date and name."""
    for event in sorted(events, key=lambda event: (event.date, event.name)):
        if event.date <= today:
            architecture, serving = apply(event, architecture, serving)
    return architecture, serving
