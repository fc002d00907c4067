"""What a token costs a firm: given outright, or served by the roofline on the firm's own machines."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Protocol

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.economics.accelerators import Accelerator
from pricewar.sim.economics.curves import AnyCurveSpec
from pricewar.sim.economics.ownership import CostParts, HourCost, stated
from pricewar.sim.economics.progress import CompressionEvent, apply
from pricewar.sim.economics.serving import Architecture, Serving, TokenSeconds, token_seconds
from pricewar.sim.errors import UserMistake
from pricewar.sim.parameters import CHECKED
from pricewar.sim.units import NonNegative, PricePerMtok, Unit


class ModelServer(Protocol):
    """Whoever serves a model, asked what its machines and its experience make of the cost."""

    @property
    def planned(self) -> float:
        """Mean utilisation that it plans with. [1]"""

    def hour(self) -> HourCost:
        """Cost of an hour of its first chip today."""

    def progress(self) -> float:
        """Machine time over that of the first day, by software and by its own experience. [1]"""

    def practice(self) -> float:
        """Cost over that of the first day, by its own experience alone. [1]"""

    def curve_factor(self, curve: AnyCurveSpec | None, key: str) -> float:
        """Where a curve of cost stands over the first day, one for none. [1]"""

    def machine_kilowatts(self) -> float:
        """Power of an accelerator at work, zero without a chip. [kW]"""

    def tax_per_kwh(self) -> float:
        """Taxes on power that it owes. [money/kWh]"""

    def tax_per_hour(self) -> float:
        """Taxes on the power of its first chip, zero without one. [money/accelerator-hour]"""


# Of both sorts of cost, machine_time is that of the model on the server's first chip before software progress, in
# [accelerator-second/Mtok], and key that of the line or the release, by which a curve's luck is drawn.


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

    needs_chip: ClassVar[bool] = False
    """Whether it takes the machines of whoever serves the model to tell the cost."""
    architecture: ClassVar[None] = None
    """None: the cost says nothing of the model."""

    @property
    def full_cost(self) -> float:
        """Full serving cost on the first day. [money/Mtok]"""
        return self.marginal if self.full is None else self.full

    def seconds_on(self, chip: Accelerator | None, learned: Sequence[CompressionEvent]) -> TokenSeconds:
        """Machine time as stated: the same on every chip, whatever has been learned."""
        del chip, learned
        return TokenSeconds(prefill=self.seconds, decode=self.seconds)

    def resized(self, size: Callable[[], float]) -> "GivenCost":
        """The same: a cost given outright does not go with the size of a model."""
        del size
        return self

    def rented(self, machines: float) -> float:
        """None, of so many at work: the cost says nothing of machines. [accelerator]"""
        del machines
        return 0.0

    def machine_seconds(self, server: ModelServer, machine_time: float) -> float:
        """Accelerator-seconds per Mtok today: as on the first day."""
        del server
        return machine_time

    def kilowatts(self, server: ModelServer) -> float:
        """Power behind an accelerator at work, as stated. [kW]"""
        del server
        return self.energy * 3600.0 / self.seconds

    def energy_tax(self, server: ModelServer, machine_time: float) -> float:
        """Taxes on the power stated, on top of both costs. [money/Mtok]"""
        del machine_time
        return server.tax_per_kwh() * self.energy

    def _today(self, amount: float, server: ModelServer, key: str) -> float:
        """What an amount of the first day has become by the curve and by experience."""
        return amount * server.curve_factor(self.curve, f"{key}.cost.curve") * server.practice()

    def variable(self, server: ModelServer, machine_time: float, key: str) -> float:
        """Marginal cost today. [money/Mtok]"""
        return self._today(self.marginal, server, key) + self.energy_tax(server, machine_time)

    def unit(self, server: ModelServer, machine_time: float, key: str) -> float:
        """Full serving cost today. [money/Mtok]"""
        return self._today(self.full_cost, server, key) + self.energy_tax(server, machine_time)

    def parts(self, server: ModelServer, machine_time: float, key: str, training: float = 0.0) -> CostParts:
        """What the unit cost is made of."""
        fallen = self._today(1.0, server, key)
        tax = self.energy_tax(server, machine_time) / fallen if fallen > 0.0 else 0.0  # no curve lowers it
        return stated(self.marginal + tax, self.full_cost + tax, machine_time, fallen, training=training)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ServedCost:
    """Costs from the roofline: the model's architecture on the firm's accelerators."""

    kind: Literal["served"] = "served"
    """Which sort of cost."""
    architecture: Architecture
    """What the model asks of a machine."""
    serving: Serving = Field(default_factory=Serving)
    """How it is served."""

    needs_chip: ClassVar[bool] = True
    """Whether it takes the machines of whoever serves the model to tell the cost."""

    def seconds_on(self, chip: Accelerator | None, learned: Sequence[CompressionEvent]) -> TokenSeconds:
        """Machine time on a chip after what the firm has learned, of input and of output.

        Raises UserMistake where there is no chip or the model does not fit it.
        """
        if chip is None:
            raise UserMistake("a served model needs a chip; name one of the catalogue")
        architecture, serving = self.architecture, self.serving
        for event in learned:
            architecture, serving = apply(event, architecture, serving)
        return token_seconds(architecture, serving, chip)

    def resized(self, size: Callable[[], float]) -> "ServedCost":
        """The same architecture in another size; size: asks for parameters over those that it has. [1]"""
        factor, architecture = size(), self.architecture
        smaller = replace(architecture, total=factor * architecture.total, active=factor * architecture.active)
        return replace(self, architecture=smaller)

    def rented(self, machines: float) -> float:
        """All of so many at work, for whoever rents its machines. [accelerator]"""
        return machines

    def machine_seconds(self, server: ModelServer, machine_time: float) -> float:
        """Accelerator-seconds per Mtok today."""
        return machine_time * server.progress()

    def kilowatts(self, server: ModelServer) -> float:
        """Power of an accelerator at work. [kW]"""
        return server.machine_kilowatts()

    def energy_tax(self, server: ModelServer, machine_time: float) -> float:
        """Taxes on power in the variable cost. [money/Mtok]"""
        return server.tax_per_hour() * self.machine_seconds(server, machine_time) / 3600.0

    def variable(self, server: ModelServer, machine_time: float, key: str) -> float:
        """Energy and other variable cost. [money/Mtok]"""
        del key
        return server.hour().variable * self.machine_seconds(server, machine_time) / 3600.0

    def unit(self, server: ModelServer, machine_time: float, key: str) -> float:
        """Full serving cost at the planned utilisation. [money/Mtok]"""
        del key
        return server.hour().total * self.machine_seconds(server, machine_time) / (3600.0 * server.planned)

    def parts(self, server: ModelServer, machine_time: float, key: str, training: float = 0.0) -> CostParts:
        """What the unit cost is made of."""
        del key
        hour = server.hour()
        return CostParts(
            capital=hour.capital,
            energy=hour.energy,
            upkeep=hour.upkeep,
            utilisation=server.planned,
            software=server.progress(),
            machine_time=machine_time,
            training=training,
        )


CostSpec = Annotated[GivenCost | ServedCost, Field(discriminator="kind")]
"""Either sort of cost, told apart by `kind`."""
