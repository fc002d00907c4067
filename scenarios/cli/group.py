"""How every verb ends: exit codes, one sentence for a mistake, a traceback on request only."""

import shlex
import sys
import traceback
from typing import Any

import click

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

        try:
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
            _traceback(ctx)
            what = f"{type(bug).__name__}: {bug}".strip(": ")
            click.echo(
                f"This is a bug of ours ({what}); to report it, run with --debug and send all it says.",
                err=True,
            )
            ctx.exit(OURS)


def _traceback(ctx: click.Context) -> None:
    if ctx.params.get("debug"):
        click.echo(traceback.format_exc(), err=True, nl=False)
