"""What the verbs print: results to standard output, everything else to standard error."""

import json
import os
import shlex
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Any

import click

PATIENCE = 2.0
"""Seconds without a progress bar."""


def say(text: str) -> None:
    """Tell the person at the terminal; a program that reads our output does not see it."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print for programs; dates as ISO 8601."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def finite(value: Any) -> Any:
    """Put null where a number is none, which JSON cannot say."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table as wide as the terminal, or as wide as it needs where there is none."""
    from pricewar.sim.pages.table import Head, Table

    terminal = sys.stdout.isatty()
    wide = shutil.get_terminal_size().columns if terminal else 10_000
    plain = bool(os.environ.get("NO_COLOR")) or not terminal
    click.echo(Table([Head(head) for head in heads], rows).terminal(wide, plain=plain))


def print_pairs(facts: Mapping[str, object], to_people: bool = False) -> None:
    """Print names and values in two columns, lists joined by commas."""
    from pricewar.sim.pages.table import written

    wide = max(map(len, facts), default=0)
    for name, fact in facts.items():
        text = ", ".join(map(str, fact)) if isinstance(fact, list) else written(fact)
        click.echo(f"{name:<{wide}}  {text or 'none'}", err=to_people)


@contextmanager
def progress(label: str) -> Iterator[Callable[..., None]]:
    """Hand out a function that takes the fraction done (and words), and draw a bar once it has taken over two seconds.

    Nothing is drawn where standard error is no terminal.
    """
    if not sys.stderr.isatty():
        yield lambda _, __="": None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar, started = Progress(console=Console(stderr=True), transient=True), monotonic()
    task = bar.add_task(label, total=1.0)

    def tick(done: float, words: str = label) -> None:
        if not bar.live.is_started and monotonic() - started > PATIENCE:
            bar.start()
        bar.update(task, completed=done, description=words)

    try:
        yield tick
    finally:
        bar.stop()


WELL, OURS, YOURS, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all well, a bug of ours, the user's mistake, interrupted."""


class Pricewar(click.Group):
    """A group of verbs that ends as its help promises, also under test."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click asks so)
        """Name the verbs in the order in which one meets them."""
        return list(self.commands)

    def main(self, args: Any = None, *more: Any, **settings: Any) -> Any:
        """Run one command line; never returns."""
        given = list(sys.argv[1:] if args is None else args)
        settings |= {"standalone_mode": False, "prog_name": "pricewar"}
        try:
            code = super().main(given, *more, **settings)
        except click.ClickException as mistake:
            mistake.show()
            code = YOURS
        except click.Abort:
            again = shlex.join(["pricewar", *given])
            kept = "what had finished is kept, nothing is half-written"
            click.echo(f"Interrupted; {kept}. To go on, start it again: {again}", err=True)
            code = INTERRUPTED
        except SystemExit:
            # so ends click when the reader of our output has gone, as in `pricewar list | head -1`
            code = WELL
        sys.exit(code if isinstance(code, int) else WELL)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb and turn what it raises into a sentence and an exit code."""
        from pricewar.sim.errors import UserMistake

        pressed: list[int] = []
        try:
            with _warnings_told(), _interruptions(pressed):
                return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except UserMistake as mistake:
            _traceback(ctx)
            lines = str(mistake).splitlines()
            several = [f"Error: {len(lines)} mistakes", *(f"  {line}" for line in lines)]
            click.echo("\n".join(several) if len(lines) > 1 else f"Error: {mistake}", err=True)
            ctx.exit(YOURS)
        except Exception as bug:
            if pressed:
                raise click.Abort from bug
            _traceback(ctx)
            what = f"{type(bug).__name__}: {bug}".strip(": ")
            click.echo(
                f"This is a bug of ours ({what}); to report it, run with --debug and send all it says.",
                err=True,
            )
            ctx.exit(OURS)


@contextmanager
def _interruptions(pressed: list[int]) -> Iterator[None]:
    """Note every Ctrl-C, for a library that is just being loaded makes an error of its own of it."""
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _warnings_told() -> Iterator[None]:
    """Tell ours in a sentence; other warnings are shown as ever."""
    from pricewar.sim.errors import Told

    with warnings.catch_warnings():
        warnings.simplefilter("always", Told)
        shown = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, Told):
                say(f"Warning: {message}.")
            else:
                shown(message, category, *where, **more)

        warnings.showwarning = tell
        yield


def _traceback(ctx: click.Context) -> None:
    if ctx.params.get("debug"):
        click.echo(traceback.format_exc(), err=True, nl=False)
