"""What a token costs a firm: given outright, or served by the roofline on the firm's own machines."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.accelerators import Accelerator
from pricewar.sim.economics.curves import AnyCurveSpec
from pricewar.sim.economics.progress import CompressionEvent, apply
from pricewar.sim.economics.serving import Architecture, Serving, TokenSeconds, token_seconds
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, PricePerMtok, Unit


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class GivenCost:
    """Costs stated outright: for textbooks and tests, where machines would only be in the way."""

    kind: Literal["given"] = "given"
    """Which sort of cost."""
    marginal: PricePerMtok
    """Marginal cost."""
    full: PricePerMtok | None = None
    """Full serving cost, capital included; left out, the marginal cost."""
    seconds: Annotated[float, Field(gt=0), Unit("accelerator-second/Mtok")] = 1.0
    """Machine time. One by default: capacity then counts in Mtok."""
    energy: Annotated[NonNegative, Unit("kWh/Mtok")] = 0.0
    """Power behind it, already in both costs; a tax on power comes on top."""
    curve: AnyCurveSpec | None = None
    """How both costs fall over time; left out, they do not."""

    @property
    def full_cost(self) -> float:
        """Full serving cost on the first day. [money/Mtok]"""
        return self.marginal if self.full is None else self.full


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ServedCost:
    """Costs from the roofline: the model's architecture on the firm's accelerators."""

    kind: Literal["served"] = "served"
    """Which sort of cost."""
    architecture: Architecture
    """What the model asks of a machine."""
    serving: Serving = Field(default_factory=Serving)
    """How it is served."""

    def seconds_on(self, chip: Accelerator, learned: Sequence[CompressionEvent]) -> TokenSeconds:
        """Machine time on a chip after what the firm has learned, of input and of output.

        Raises ServingMistake where the model does not fit.
        """
        architecture, serving = self.architecture, self.serving
        for event in learned:
            architecture, serving = apply(event, architecture, serving)
        return token_seconds(architecture, serving, chip)


def even(seconds: float) -> TokenSeconds:
    """Machine time that does not tell input from output. [accelerator-second/Mtok]"""
    return TokenSeconds(prefill=seconds, decode=seconds)


CostSpec = Annotated[GivenCost | ServedCost, Field(discriminator="kind")]
"""Either sort of cost, told apart by `kind`."""
