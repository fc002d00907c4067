"""What can go wrong, and whose mistake it is.

PricewarError
├── UserMistake            the reader can mend it: exit 2, one sentence
│   ├── ScenarioMistakes   every mistake of a scenario at once
│   └── ResultMistake      a folder of results is missing, damaged or of another version
├── Cancelled              what was asked to stop has stopped
└── BooksDoNotClose        ours: money or tokens appeared or vanished: exit 1
Told                       a warning that is told in one sentence
├── FigureNotDrawn         ours too, but nothing else is lost by it
├── NoEffect               a scenario says what no longer counts
└── StatedTwice            a scenario says one thing in two places, and not the same
"""

from dataclasses import dataclass


class PricewarError(Exception):
    """Anything this software raises on purpose."""


class UserMistake(PricewarError):
    """The reader can mend it; the message is one sentence that says how."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of a scenario: where it is, what is wrong and what would be right."""

    file: str
    key: str
    wrong: str
    right: str = ""

    def __str__(self) -> str:
        """One line: file, key, what is wrong, what would be right."""
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place}: {self.wrong}" + (f"; {self.right}" if self.right else "")


class ScenarioMistakes(UserMistake):
    """Every mistake of a scenario at once."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        """Keep the mistakes, for programs; the message lists them, for people."""
        self.mistakes = mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))

    def __reduce__(self) -> tuple[type["ScenarioMistakes"], tuple[list[Mistake]]]:
        """Be the same in another process: what a worker raises is pickled."""
        return type(self), (self.mistakes,)


class ResultMistake(UserMistake):
    """A folder of results is missing, damaged or of another version."""


class Cancelled(PricewarError):
    """What was asked to stop has stopped; what had finished is kept."""


class BooksDoNotClose(PricewarError):
    """Money or tokens appeared or vanished; this is a bug of ours."""


class Told(UserWarning):
    """A warning that is told in one sentence."""


class FigureNotDrawn(Told):
    """A figure could not be drawn; everything else is there."""


class NoEffect(Told):
    """A scenario says what no longer counts; the run is what it would be without."""


class StatedTwice(Told):
    """A scenario says one thing in two places, and not the same, or draws it twice; the run takes each as it stands."""
