"""How figures become files, the same bytes from the same tables; and what becomes of one that cannot be drawn.

Nothing here opens a window or touches `pyplot`. No file carries the time at which it was made.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pricewar.sim.errors import FigureNotDrawn, UserMistake
from pricewar.sim.figures.style import house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RESOLUTION = 200
"""Dots per inch of PNG files."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of figures that were to be drawn."""

    files: tuple[Path, ...]
    """In the order of the figures, a file a kind."""
    failed: Mapping[str, str]
    """Why those that are missing could not be drawn, by name."""

    def under(self, page: str) -> str:
        """A page of Markdown, with what is missing and why said at its end; the page itself if nothing is."""
        missing = "".join(f"\n- `{name}`: {why}" for name, why in self.failed.items())
        return f"{page}\n## Figures that could not be drawn\n{missing}\n" if missing else page


def rendered(picture: "Figure", kind: Literal["png", "pdf"]) -> bytes:
    """Return a figure as the bytes of a file, the same whenever and wherever it is made."""
    undated = {"Software": None} if kind == "png" else {"CreationDate": None, "Creator": None, "Producer": None}
    with house_style(), BytesIO() as file:
        picture.savefig(file, format=kind, dpi=RESOLUTION, metadata=undated)
        return file.getvalue()


def draw_into(
    folder: Path,
    figures: "Mapping[str, Callable[[], Figure | None]]",
    kinds: Sequence[Literal["png", "pdf"]] = ("png",),
) -> Drawn:
    """Draw figures into a folder, a file a figure and kind, in place of earlier ones.

    figures: makers by name; None, for there is nothing to show, leaves no file.
    Whatever a maker raises costs its own figure alone: it is told as a warning, FigureNotDrawn, and in the answer.
    Raises OSError where a file cannot be written, UserMistake where a figure says what must be done first.
    """
    files: list[Path] = []
    failed: dict[str, str] = {}
    for name, make in figures.items():
        contents: list[bytes] = []
        try:
            picture = make()
            contents = [] if picture is None else [rendered(picture, kind) for kind in kinds]
        except UserMistake:  # what was asked for cannot be drawn yet, and the sentence says what to do
            raise
        except Exception as error:
            failed[name] = " ".join(f"{type(error).__name__}: {error}".split())
            told = f"the figure '{name}' could not be drawn ({failed[name]}); all else is written, please report it"
            warnings.warn(told, FigureNotDrawn, stacklevel=2)
        for kind in kinds:
            (folder / f"{name}.{kind}").unlink(missing_ok=True)
        for kind, content in zip(kinds, contents, strict=False):
            folder.mkdir(parents=True, exist_ok=True)
            files.append(folder / f"{name}.{kind}")
            files[-1].write_bytes(content)
    return Drawn(tuple(files), failed)
