"""The figures of a run: which there are, and how they become files.

Nothing here opens a window or touches `pyplot`. The same tables give the same bytes: no file carries the time
at which it was made.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sim.errors import UserMistake
from sim.export import cost_figures, market_figures, move_figures, price_figures, question_figures, uptake_figures
from sim.export.results import Results, currency, planned_utilisation
from sim.export.style import house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES: "Mapping[str, Callable[[Results], Figure]]" = {
    "prices": lambda run: price_figures.prices(run.tables, currency=currency(run)),
    "who_cut_when": lambda run: move_figures.who_cut_when(run.tables),
    "utilisation": lambda run: market_figures.utilisation(run.tables, target=planned_utilisation(run)),
    "shares": lambda run: market_figures.shares(run.tables),
    "margins": lambda run: market_figures.margins(run.tables),
    "waterfall": lambda run: cost_figures.waterfall(run.tables, currency=currency(run)),
    "adoption": lambda run: market_figures.adoption(run.tables),
    "saturation": lambda run: uptake_figures.saturation(run.tables),
    "hedonic": lambda run: uptake_figures.hedonic(run.tables),
    "quality_per_dollar": lambda run: question_figures.quality_per_dollar(run.tables, currency=currency(run)),
    "structure": lambda run: question_figures.structure(run.tables),
    "profits_and_runway": lambda run: question_figures.profits_and_runway(run.tables, currency=currency(run)),
    "welfare": lambda run: question_figures.welfare(run.tables, currency=currency(run)),
}
"""Every figure by name: a run in, a figure out, nothing written."""

RESOLUTION = 200
"""Dots per inch of PNG files."""


def figure(run: Results, name: str) -> "Figure":
    """Draw one figure of a run. Raises UserMistake for an unknown name."""
    if name not in FIGURES:
        near = get_close_matches(name, FIGURES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(FIGURES)}"
        raise UserMistake(f"no figure called {name!r}; {hint}")
    return FIGURES[name](run)


def rendered(drawn: "Figure", kind: Literal["png", "pdf"]) -> bytes:
    """Return a figure as the bytes of a file, the same whenever and wherever it is made."""
    undated = {"Software": None} if kind == "png" else {"CreationDate": None, "Creator": None, "Producer": None}
    with house_style(), BytesIO() as file:
        drawn.savefig(file, format=kind, dpi=RESOLUTION, metadata=undated)
        return file.getvalue()


def draw(
    run: Results,
    folder: Path,
    names: Sequence[str] | None = None,
    kinds: Sequence[Literal["png", "pdf"]] = ("png", "pdf"),
) -> list[Path]:
    """Draw figures of a run into a folder; returns the files.

    names: which; None draws all. kinds: of file; a PDF, with its fonts, takes longer to write than to draw.
    Raises UserMistake for an unknown name, before drawing any.
    """
    names = list(FIGURES) if names is None else list(names)
    drawn = {name: figure(run, name) for name in names}
    if drawn:
        folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, picture in drawn.items():
        for kind in kinds:
            files.append(folder / f"{name}.{kind}")
            files[-1].write_bytes(rendered(picture, kind))
    return files
