"""The figures of a run: which there are, and how they become files.

Nothing here opens a window or touches `pyplot`. The same tables give the same bytes: no file carries the time
at which it was made.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pricewar.sim.errors import UserMistake
from pricewar.sim.figures import costs, market, prices, questions
from pricewar.sim.figures.style import house_style
from pricewar.sim.results.run import Run, currency, planned_utilisation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES: "Mapping[str, Callable[[Run], Figure]]" = {
    "prices": lambda run: prices.prices(run.tables, currency=currency(run)),
    "who_cut_when": lambda run: prices.who_cut_when(run.tables),
    "utilisation": lambda run: market.utilisation(run.tables, target=planned_utilisation(run)),
    "shares": lambda run: market.shares(run.tables),
    "margins": lambda run: market.margins(run.tables),
    "waterfall": lambda run: costs.waterfall(run.tables, currency=currency(run)),
    "adoption": lambda run: market.adoption(run.tables),
    "saturation": lambda run: market.saturation(run.tables),
    "hedonic": lambda run: market.hedonic(run.tables),
    "quality_per_dollar": lambda run: questions.quality_per_dollar(run.tables, currency=currency(run)),
    "structure": lambda run: questions.structure(run.tables),
    "profits_and_runway": lambda run: questions.profits_and_runway(run.tables, currency=currency(run)),
    "welfare": lambda run: questions.welfare(run.tables, currency=currency(run)),
}
"""Every figure by name: a run in, a figure out, nothing written."""

RESOLUTION = 200
"""Dots per inch of PNG files."""


def figure(run: Run, name: str) -> "Figure":
    """Draw one figure of a run, called as in `FIGURES`."""
    return FIGURES[name](run)


def rendered(drawn: "Figure", kind: Literal["png", "pdf"]) -> bytes:
    """Return a figure as the bytes of a file, the same whenever and wherever it is made."""
    undated = {"Software": None} if kind == "png" else {"CreationDate": None, "Creator": None, "Producer": None}
    with house_style(), BytesIO() as file:
        drawn.savefig(file, format=kind, dpi=RESOLUTION, metadata=undated)
        return file.getvalue()


def draw(
    figures: "Mapping[str, Callable[[], Figure | None]]",
    folder: Path,
    names: Sequence[str] | None = None,
    kinds: Sequence[Literal["png", "pdf"]] = ("png", "pdf"),
) -> list[Path]:
    """Draw figures into a folder; returns the files. One that has nothing to show leaves none, nor an old one.

    figures: by name. names: which; None draws all. kinds: of file; a PDF, with its fonts, takes longer to write than to
    draw. Raises UserMistake for an unknown name, before drawing any.
    """
    names = list(figures) if names is None else list(names)
    for name in names:
        if name not in figures:
            near = get_close_matches(name, figures, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(figures)}"
            raise UserMistake(f"no figure called {name!r}; {hint}")
    drawn = {name: figures[name]() for name in names}
    if drawn:
        folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, picture in drawn.items():
        for kind in kinds:
            file = folder / f"{name}.{kind}"
            if picture is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(rendered(picture, kind))
                files.append(file)
    return files
