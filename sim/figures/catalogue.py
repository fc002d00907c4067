"""The figures of a run: which there are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pricewar.sim.errors import UserMistake
from pricewar.sim.figures import costs, market, prices, questions
from pricewar.sim.figures.files import Drawn, draw_into
from pricewar.sim.figures.style import looks_of_sellers
from pricewar.sim.results.run import Run, currency, planned_utilisation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pricewar.sim.figures.style import Look


def _looks(run: Run) -> "dict[str, Look]":
    """The looks of a run's sellers, the same in all its figures."""
    return looks_of_sellers(run.scenario, run.tables["sellers_daily"]["seller"])


FIGURES: "Mapping[str, Callable[[Run], Figure]]" = {
    "prices": lambda run: prices.prices(run.tables, _looks(run), currency=currency(run)),
    "who_cut_when": lambda run: prices.who_cut_when(run.tables, _looks(run)),
    "utilisation": lambda run: market.utilisation(run.tables, _looks(run), target=planned_utilisation(run)),
    "shares": lambda run: market.shares(run.tables, _looks(run)),
    "margins": lambda run: market.margins(run.tables, _looks(run)),
    "waterfall": lambda run: costs.waterfall(run.tables, currency=currency(run)),
    "adoption": lambda run: market.adoption(run.tables),
    "saturation": lambda run: market.saturation(run.tables),
    "hedonic": lambda run: prices.hedonic(run.tables),
    "quality_per_dollar": lambda run: questions.quality_per_dollar(run.tables, currency=currency(run)),
    "structure": lambda run: questions.structure(run.tables),
    "profits_and_runway": lambda run: questions.profits_and_runway(run.tables, _looks(run), currency=currency(run)),
    "welfare": lambda run: questions.welfare(run.tables, currency=currency(run)),
}
"""Every figure by name: a run in, a figure out, nothing written."""


STORY = ("prices", "who_cut_when", "shares", "waterfall")
"""Those that tell the story of a run: a run leaves them unless others are asked for; `pricewar plot` draws them all."""


def chosen(asked: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names of the figures of a run that are asked for.

    asked: "all", "none", names with commas between them or in a list; None for those of the story.
    Raises UserMistake for an unknown name.
    """
    if asked is None:
        return STORY
    names = [name.strip() for name in asked.split(",")] if isinstance(asked, str) else list(asked)
    if names in (["all"], ["none"]):
        return tuple(FIGURES) if names == ["all"] else ()
    _must_exist(names, FIGURES)
    return tuple(dict.fromkeys(names))


def figure(run: Run, name: str) -> "Figure":
    """Draw one figure of a run, called as in `FIGURES`."""
    return FIGURES[name](run)


def draw(
    figures: "Mapping[str, Callable[[], Figure | None]]",
    folder: Path,
    names: Sequence[str] | None = None,
    kinds: Sequence[Literal["png", "pdf"]] = ("png", "pdf"),
) -> Drawn:
    """Draw figures into a folder; returns the files, and which figures failed and why.

    figures: by name; one that has nothing to show leaves no file, nor an old one. names: which; None draws all.
    kinds: of file; a PDF, with its fonts, takes longer to write than to draw.
    Raises UserMistake for an unknown name, before drawing any, and OSError where a file cannot be written.
    """
    names = list(figures) if names is None else list(names)
    _must_exist(names, figures)
    return draw_into(folder, {name: figures[name] for name in names}, kinds)


def _must_exist(names: Sequence[str], figures: Iterable[str]) -> None:
    there = list(figures)
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(there)}"
            raise UserMistake(f"no figure called {name!r}; {hint}")
