r"""Tables for people: heads with units, cells, notes; for a terminal, Markdown, LaTeX, HTML and CSV, escaped for each.

>>> table = Table([Head("arm"), Head("price", "USD/Mtok")], [["a|b", Estimate(4.0, 1.52, 6.48)]])
>>> print(table.markdown())
| arm | price [USD/Mtok] |
| --- | ---: |
| a\|b | 4.0 [1.5, 6.5] |
"""

import html
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pricewar.sim.text import figures, signed


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that chance has a part in, with its interval; written to the second figure of half the interval."""

    mean: float
    low: float
    high: float
    plus: bool = False
    """Whether a sign is written before what is above zero."""
    runs: int | None = None
    """How many runs it rests on, written behind it."""
    same: str = "the same with every seed"
    """What is said in place of an interval without width: it does not vary."""

    @property
    def error(self) -> float | None:
        """Half the interval's width; None where there is no interval."""
        half = (self.high - self.low) / 2.0
        return half if half == half else None

    @property
    def value(self) -> str:
        """The number alone."""
        return self._written(self.mean)

    @property
    def interval(self) -> str:
        """The interval alone, or that it does not vary; empty where there is none."""
        if self.error is None:
            return ""
        return f"{self._written(self.low)} to {self._written(self.high)}" if self.error else self.same

    def _written(self, number: float) -> str:
        return (signed if self.plus else figures)(number, self.error)

    def __str__(self) -> str:
        """Number, interval in brackets, runs."""
        if self.mean != self.mean:
            return "none" if self.runs is None else "none (0)"
        between = "" if self.error is None else f" [{self._written(self.low)}, {self._written(self.high)}]"
        between = between if self.error != 0.0 else f", {self.same}"
        return f"{self.value}{between}" + ("" if self.runs is None else f" ({self.runs})")


Cell: TypeAlias = object
"""Text stands as it is; a number is written by `figures`; None is an empty cell."""


def written(cell: Cell) -> str:
    """Write a cell for people, on one line.

    >>> [written(cell) for cell in ("a", 1234, 0.12345, True, None)]
    ['a', '1234', '0.123', 'yes', '']
    """
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return figures(cell)
    return "" if cell is None else " ".join(_CONTROL.sub(" ", str(cell)).split(" ")).strip()


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What would end a line, or steer a terminal."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    name: str
    unit: str = ""
    """In brackets behind the name; none for names and pure numbers."""
    left: bool = False
    """Whether its cells are words, which begin at the left; those of the first column always are."""

    def __str__(self) -> str:
        """Name and unit."""
        return self.name if self.unit in ("", "1") else f"{self.name} [{self.unit}]"


@dataclass(frozen=True)
class Table:
    """Heads, rows of as many cells, and notes that stand below."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    def lines(self, escaped: Callable[[str], str]) -> Iterator[list[str]]:
        """Heads and rows as escaped text."""
        for line in (self.heads, *self.rows):
            yield [escaped(written(cell)) for cell in line]

    def left(self, column: int) -> bool:
        """Whether a column's cells begin at the left."""
        return column == 0 or self.heads[column].left

    def markdown(self) -> str:
        """For pages; the notes as paragraphs below."""
        marks = ["---" if self.left(i) else "---:" for i in range(len(self.heads))]
        heads, *rows = self.lines(_markdown)
        table = "\n".join(f"| {' | '.join(line)} |" for line in (heads, marks, *rows))
        return "\n\n".join([table, *self.notes])

    def latex(self) -> str:
        """For papers, with the package booktabs; the notes below, in small print."""
        heads, *rows = (" & ".join(line) + r" \\" for line in self.lines(_latex))
        columns = "".join("l" if self.left(i) else "r" for i in range(len(self.heads)))
        body = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", heads, r"\midrule", *rows, r"\bottomrule"]
        notes = [rf"\par{{\footnotesize {_latex(written(note))}}}" for note in self.notes]
        return "\n".join([*body, r"\end{tabular}", *notes])

    def html(self) -> str:
        """For browsers; the notes as paragraphs below."""

        def row(cells: Sequence[str], tag: str) -> str:
            aligned = ("" if self.left(i) else ' style="text-align: right"' for i in range(len(cells)))
            return (
                "<tr>"
                + "".join(f"<{tag}{style}>{cell}</{tag}>" for style, cell in zip(aligned, cells, strict=True))
                + "</tr>"
            )

        heads, *rows = self.lines(html.escape)
        body = "\n".join(row(cells, "td") for cells in rows)
        notes = "".join(f"\n<p>{html.escape(written(note))}</p>" for note in self.notes)
        return f"<table>\n<thead>\n{row(heads, 'th')}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>{notes}"

    def csv(self) -> str:
        """For programs: text and numbers in full, an estimate as three columns; no notes."""
        wide = [any(isinstance(row[i], Estimate) for row in self.rows) for i in range(len(self.heads))]
        lines: list[list[object]] = [[]]
        for head, three in zip(self.heads, wide, strict=True):
            lines[0] += (str(head), "low", "high") if three else (str(head),)
        lines += [
            [value for cell, three in zip(row, wide, strict=True) for value in _in_full(cell, three)]
            for row in self.rows
        ]
        return "".join(",".join(map(_quoted, line)) + "\n" for line in lines)

    def terminal(self, wide: int = 10_000, *, plain: bool = True) -> str:
        """For a terminal so many columns wide, without marks of colour if plain."""
        from rich.console import Console
        from rich.table import Table as Grid
        from rich.text import Text

        page = io.StringIO()
        heads, *rows = self.lines(str)
        grid = Grid(box=None, pad_edge=False, header_style="bold")
        for head in heads:
            grid.add_column(Text(head))
        for row in rows:
            grid.add_row(*map(Text, row))  # text is text: a unit in brackets is no markup
        style: Literal["standard"] | None = None if plain else "standard"
        console = Console(
            file=page, width=wide, color_system=style, force_terminal=not plain, markup=False, emoji=False
        )
        console.print(grid, highlight=False)
        return "\n".join([*(line.rstrip() for line in page.getvalue().splitlines()), *self.notes])


def _in_full(cell: Cell, three: bool) -> tuple[object, ...]:
    if isinstance(cell, Estimate):
        return cell.mean, cell.low, cell.high
    return (cell, "", "") if three else (cell,)


def _quoted(value: object) -> str:
    # Python's own writer leaves a lone carriage return bare, which its reader takes for the end of a row.
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]', text) else text


_MARKS = re.compile(r"[\\|`*<]|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])|~(?=~)|(?<=\])\(")
"""What Markdown would take for more than text; an underscore within a word is none, nor is a bracket without link."""


def _markdown(text: str) -> str:
    return _MARKS.sub(lambda mark: "&amp;" if mark[0] == "&" else f"\\{mark[0]}", text)


_LATEX = {
    "\\": r"\textbackslash{}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "×": r"$\times$",
    "∞": r"$\infty$",
    "−": "$-$",
    "→": r"$\to$",
}


def _latex(text: str) -> str:
    # After the end of a row a bracket would begin an argument, and a star would be a command's.
    guarded = f"{{{text[0]}}}" if text[:1] in ("[", "*") else ""
    return guarded + "".join(_LATEX.get(letter, letter) for letter in (text[1:] if guarded else text))


def heads(*names: str) -> list[Head]:
    """Heads without units."""
    return [Head(name) for name in names]
