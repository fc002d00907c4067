"""The links of the chain from cloud to scale, each on a switch, so that the feedback can be cut anywhere and seen."""

from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Chain:
    """Cloud computing → open models → maturity → falling price → adoption → applications → scale → cost.

    With a link cut, what follows it stays at its start. Open models are cut by `mechanisms.open_release`.
    """

    compute: bool = True
    """Rents of accelerators follow what is offered and wanted; off: they follow `technology.rents` alone."""
    maturity: bool = True
    """Hardware, serving software, algorithms and compression move costs; off: they stay as on the first day."""
    repricing: bool = True
    """Sellers review their prices; off: what is posted stays posted. A line that opens still gets a solved price."""
    adoption: bool = True
    """Buyers take up models and give them up; off: who buys on the first day goes on buying, nobody else begins."""
    applications: bool = True
    """Buyers add applications; off: they keep those of the first day."""
    scale: bool = True
    """What has been made and how large a fleet is lower cost; off: they are of no consequence."""
