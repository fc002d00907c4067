"""What the verbs print: results to standard output, everything else to standard error."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from time import monotonic
from typing import Any, Literal

import click

PATIENCE = 2.0
"""Seconds without a progress bar."""


def say(text: str) -> None:
    """Tell the person at the terminal; a program that reads our output does not see it."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print for programs; dates as ISO 8601."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table as wide as the terminal, or as wide as it needs where there is none."""
    from rich.console import Console
    from rich.table import Table

    page, terminal = StringIO(), sys.stdout.isatty()
    wide = shutil.get_terminal_size().columns if terminal else 10_000
    table = Table(*heads, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    plain = bool(os.environ.get("NO_COLOR")) or not terminal
    style: Literal["standard"] | None = None if plain else "standard"
    # text is text: a unit in brackets is no markup
    console = Console(file=page, width=wide, color_system=style, force_terminal=not plain, markup=False, emoji=False)
    console.print(table, highlight=False)
    click.echo("\n".join(line.rstrip() for line in page.getvalue().splitlines()))


def print_pairs(facts: Mapping[str, object], to_people: bool = False) -> None:
    """Print names and values in two columns, lists joined by commas."""
    wide = max(map(len, facts), default=0)
    for name, fact in facts.items():
        text = ", ".join(map(str, fact)) if isinstance(fact, list) else _cell(fact)
        click.echo(f"{name:<{wide}}  {text or 'none'}", err=to_people)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """Hand out a function that takes the fraction done, and draw a bar once it has taken over two seconds.

    Nothing is drawn where standard error is no terminal.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar, started = Progress(console=Console(stderr=True), transient=True), monotonic()
    task = bar.add_task(label, total=1.0)

    def tick(done: float) -> None:
        if not bar.live.is_started and monotonic() - started > PATIENCE:
            bar.start()
        bar.update(task, completed=done)

    try:
        yield tick
    finally:
        bar.stop()
