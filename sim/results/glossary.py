"""Every name under which a number is printed, with its unit, its meaning and where it stands."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from pricewar.sim.analysis.impulse_responses import OF_MARKET, OF_OFFERS
from pricewar.sim.analysis.measures import MEASURES, OUTCOMES, SERIES
from pricewar.sim.analysis.questions.registry import QUESTIONS
from pricewar.sim.results.tables import TABLES


@dataclass(frozen=True, slots=True)
class Word:
    """One use of a name."""

    name: str
    where: str
    """Where it is printed."""
    unit: str
    meaning: str

    def as_dict(self) -> dict[str, str]:
        """Return it as a dictionary, for JSON."""
        return asdict(self)


def words() -> Iterator[Word]:
    """Every use of every name: outcomes and daily series first, then columns, answers and responses."""
    for name, outcome in OUTCOMES.items():
        yield Word(name, "outcome of a run, in studies", outcome.unit, outcome.meaning)
    for name, measure in MEASURES.items():
        if measure.by_day is not None:
            kept = "daily series of studies" if name in SERIES else "daily measure of a run"
            yield Word(name, f"{kept}: {measure.label}", measure.unit, measure.meaning)
    for table, columns in TABLES.items():
        for column in columns:
            yield Word(column.name, f"column of the table {table}", column.unit, column.meaning)
    for question, one in QUESTIONS.items():
        for name, (unit, meaning) in one.columns.items():
            yield Word(name, f"column of `ask RUN {question}`", unit, meaning)
    for of, responses in (("the market", OF_MARKET), ("an offer or a seller", OF_OFFERS)):
        for name, (unit, meaning) in responses.items():
            yield Word(name, f"response of {of} to a forced price", unit, meaning)


def uses(name: str) -> list[Word]:
    """Every use of a name, plain (`hhi`) or with its table or question (`market_daily.hhi`); none if unknown."""
    place, _, plain = name.rpartition(".")
    places = (f"column of the table {place}", f"column of `ask RUN {place}`")
    return [word for word in words() if word.name == plain and (not place or word.where in places)]
