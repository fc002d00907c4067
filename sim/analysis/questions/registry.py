"""The questions that a run must answer: each one function from tables to a table, and one sentence on it.

Answers are computed from the recorded tables whenever somebody asks; nothing of them is stored. A new question is a
module with a function, its units and its sentence, and one entry here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from pricewar.sim.analysis.prices.adoption import WINDOW
from pricewar.sim.analysis.questions import (
    buyers,
    cheaper,
    dependence,
    energy,
    like_with_like,
    prices,
    privacy,
    profits,
    quality,
    structure,
    tasks,
    welfare,
)
from pricewar.sim.analysis.questions.base import Columns, Needs, lacking, nothing
from pricewar.sim.results.run import Tables


@dataclass(frozen=True, slots=True)
class Question:
    """A question, how it is answered, and how the answer is said."""

    words: str
    """The question."""
    ask: Callable[[Tables], pl.DataFrame]
    """From a run's tables to the answer."""
    say: Callable[[pl.DataFrame, str], str]
    """From the answer, and the code of the currency, to one sentence."""
    columns: Columns
    """Unit and meaning of each column of the answer, in order."""
    needs: Needs = field(default_factory=dict)
    """Columns without which there is no answer."""
    figure: str | None = None
    """Name of the figure that shows it, if one does."""
    without: str = "Nothing happened that would answer it."
    """What is said of an answer without rows."""

    @property
    def units(self) -> dict[str, str]:
        """Unit of each column of the answer, in order."""
        return {name: unit for name, (unit, _) in self.columns.items()}

    def table(self, tables: Tables) -> pl.DataFrame:
        """Answer; a table without rows where the run's tables lack what it takes."""
        return nothing(self.columns) if lacking(tables, self.needs) else self.ask(tables)

    def answered(self, tables: Tables) -> bool:
        """Whether a run's tables answer it, from the first day on."""
        return not self.table(tables).filter(pl.col("day") >= 0).is_empty()

    def sentence(self, tables: Tables, code: str = "money") -> str:
        """Say the answer in one sentence, or what it cannot be told for want of."""
        if missing := lacking(tables, self.needs):
            return f"Not known: this run does not record {' or '.join(missing)}."
        answer = self.ask(tables)
        if answer.filter(pl.col("day") >= 0).is_empty():
            return self.without
        return self.say(answer, code)


QUESTIONS: Mapping[str, Question] = {
    "prices": Question(
        "How high are prices, and how far apart?", prices.prices, prices.in_words, prices.COLUMNS, prices.NEEDS, "prices",
    ),
    "cheaper": Question(
        "What made tokens cheaper?", cheaper.cheaper, cheaper.in_words, cheaper.COLUMNS, cheaper.NEEDS, "waterfall",
    ),
    "hedonic": Question(
        "What did prices do at unchanged quality?", like_with_like.like_with_like, like_with_like.in_words,
        like_with_like.COLUMNS, like_with_like.NEEDS, "hedonic", like_with_like.NOTHING,
    ),
    "constant_quality": Question(
        "What does a fixed capability cost?", prices.price_of_quality, prices.quality_in_words, prices.QUALITY_COLUMNS,
        prices.NEEDS_OF_QUALITY,
    ),
    "quality": Question(
        "Do falling prices lower quality?", quality.quality, quality.in_words, quality.COLUMNS, quality.NEEDS,
        "quality_per_dollar",
    ),
    "saturation": Question(
        "How far has use come, and how near is it to its ceiling?", buyers.saturation, buyers.in_words, buyers.COLUMNS,
        buyers.NEEDS, "saturation",
    ),
    "volume_elasticity": Question(
        "How did volume answer prices?", buyers.elasticity, buyers.elasticity_in_words, buyers.ELASTICITY_COLUMNS,
        buyers.NEEDS_OF_ELASTICITY, "saturation", f"Not to be told: the run is shorter than {2 * WINDOW} days.",
    ),
    "structure": Question(
        "How concentrated is the market, and who comes and goes?", structure.structure, structure.in_words,
        structure.COLUMNS, structure.NEEDS, "structure",
    ),
    "shares": Question(
        "Who sells how much?", structure.shares, structure.shares_in_words, structure.SHARE_COLUMNS, structure.NEEDS,
        "shares",
    ),
    "comings_and_goings": Question(
        "Who enters, launches, withdraws and leaves?", structure.comings_and_goings, structure.events_in_words,
        structure.EVENT_COLUMNS, structure.NEEDS,
    ),
    "profits": Question(
        "Who earns, who loses, and how long does the cash last?", profits.profits, profits.in_words, profits.COLUMNS,
        profits.NEEDS, "profits_and_runway",
    ),
    "welfare": Question(
        "Who gains: buyers or sellers?", welfare.welfare, welfare.in_words, welfare.COLUMNS, welfare.NEEDS, "welfare",
    ),
    "payments": Question(
        "Who pays whom?", welfare.payments, welfare.payments_in_words, welfare.PAYMENT_COLUMNS,
        welfare.NEEDS_OF_PAYMENTS,
    ),
    "dependence": Question(
        "How dependent are buyers on their suppliers?", dependence.dependence, dependence.in_words, dependence.COLUMNS,
        dependence.NEEDS,
    ),
    "privacy": Question(
        "How much that is sensitive leaves the buyers' walls?", privacy.privacy, privacy.in_words, privacy.COLUMNS,
        privacy.NEEDS,
    ),
    "tasks": Question(
        "How many tasks could be automated with what is bought?", tasks.tasks, tasks.in_words, tasks.COLUMNS, tasks.NEEDS,
    ),
    "energy": Question(
        "How much electricity does it take?", energy.energy, energy.in_words, energy.COLUMNS, energy.NEEDS,
    ),
}  # fmt: skip
"""Every question by name, in the order in which a summary answers them."""
