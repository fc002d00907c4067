"""A tariff: what a seller asks for input and for output tokens, and the one number by which they are compared."""

from dataclasses import dataclass

from pricewar.sim.economics.serving import INPUT_SHARE


def blended(input_price: float, output_price: float) -> float:
    """Price of a million tokens, three parts input to one part output. [money/Mtok]

    >>> blended(1.0, 2.0)
    1.25
    """
    return INPUT_SHARE * input_price + (1.0 - INPUT_SHARE) * output_price


@dataclass(frozen=True, slots=True)
class Tariff:
    """Input and output price; they move together, in a fixed ratio."""

    price: float
    """Blended price. [money/Mtok]"""
    output_ratio: float
    """Output price over input price. [1]"""

    @property
    def input(self) -> float:
        """Price of input tokens. [money/Mtok]"""
        return self.price / (INPUT_SHARE + (1.0 - INPUT_SHARE) * self.output_ratio)

    @property
    def output(self) -> float:
        """Price of output tokens. [money/Mtok]"""
        return self.input * self.output_ratio
