"""What a scenario says of money beside the sale of tokens, and the averages from which a runway is told (M8)."""

from datetime import date

from pydantic import Field
from pydantic.dataclasses import dataclass

from pricewar.sim.parameters import CHECKED, Range, SellerId
from pricewar.sim.units import MONTH, Amount, MoneyPerDay, NonNegative, PositiveDays, Share

MEMORY = 90.0
"""Days over which losses and takings are averaged. [day]"""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Round:
    """A recorded or assumed round of funding."""

    date: date
    """Day on which the money comes."""
    amount: Amount | Range
    """How much."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Fundraising:
    """A firm that may ask investors when its runway gets short; they give if its takings grow."""

    within: PositiveDays = 270.0
    """Runway below which it asks. Assumed: rounds take half a year, and nobody begins with an empty till."""
    multiple: NonNegative = 30.0
    """Valuation over a year's takings. Assumed: OpenAI in October 2024 was worth about 40 times its year's revenue."""
    stake: Share = 0.15
    """Share of that valuation that investors pay in. Assumed: rounds sell a tenth to a fifth."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Finance:
    """What a seller pays and gets beside its tokens."""

    payroll: MoneyPerDay = 0.0
    """Staff, from its first offer on. Assumed where no accounts are published."""
    rounds: dict[SellerId, Round] = Field(default_factory=dict)
    """Dated rounds of funding by name."""
    raises: Fundraising | None = None
    """Whether and how it may raise more (M8); left out, it may not."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Entry:
    """A firm that is not in the market yet, and comes when that pays (M8)."""

    after: date | None = None
    """First day on which it may come; left out, the scenario's first."""
    look: PositiveDays = 60.0
    """Mean time between its looks at the market. Assumed: every other month."""
    cost: Amount = 0.0
    """What it takes to have a model ready and to be known. Assumed."""


class Purse:
    """A firm's running averages of what it takes and loses, from which others and itself tell how it does."""

    def __init__(self) -> None:
        """Nothing has been taken or lost yet."""
        self.takings, self.earlier, self.loss = 0.0, 0.0, 0.0
        self._days, self._balance = 0.0, 0.0

    def note(self, takings: float, balance: float) -> None:
        """Take down a day: takings, and all that was ever earned less what was lost; machines bought are no loss."""
        self._days += 1.0
        loss, self._balance = self._balance - balance, balance
        self.takings += (takings - self.takings) / min(self._days, MONTH)
        self.earlier += (takings - self.earlier) / min(self._days, 2.0 * MEMORY)
        self.loss += (loss - self.loss) / min(self._days, MEMORY)

    def runway(self, cash: float) -> float:
        """Days until the cash is gone at the present loss; infinite without one. [day]"""
        return max(cash, 0.0) / self.loss if self.loss > 0.0 else float("inf")
