"""The figures of a run: which there are."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pricewar.sim.errors import UserMistake
from pricewar.sim.figures import costs, market, prices, questions
from pricewar.sim.figures.files import Drawn, draw_into
from pricewar.sim.figures.style import looks_of_sellers
from pricewar.sim.results.run import Results, currency, planned_utilisation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pricewar.sim.figures.style import Look


def _looks(run: Results) -> "dict[str, Look]":
    """The looks of a run's sellers, the same in all its figures."""
    return looks_of_sellers(run.scenario, run.tables["sellers_daily"]["seller"])


FIGURES: "Mapping[str, Callable[[Results], Figure]]" = {
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


def figure(run: Results, name: str) -> "Figure":
    """Draw one figure of a run. Raises UserMistake for an unknown name."""
    return _maker(name)(run)


def _maker(name: str) -> "Callable[[Results], Figure]":
    if name not in FIGURES:
        near = get_close_matches(name, FIGURES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(FIGURES)}"
        raise UserMistake(f"no figure called {name!r}; {hint}")
    return FIGURES[name]


def draw(
    run: Results,
    folder: Path,
    names: Sequence[str] | None = None,
    kinds: Sequence[Literal["png", "pdf"]] = ("png", "pdf"),
) -> Drawn:
    """Draw figures of a run into a folder; returns the files, and which figures failed and why.

    names: which; None draws all. kinds: of file; a PDF, with its fonts, takes longer to write than to draw.
    Raises UserMistake for an unknown name, before drawing any, and OSError where a file cannot be written.
    """
    return draw_into(
        folder, {name: partial(_maker(name), run) for name in (FIGURES if names is None else names)}, kinds
    )
