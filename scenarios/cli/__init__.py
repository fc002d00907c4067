"""The `pricewar` command: a family of verbs a file, no arithmetic.

`pricewar --help` loads click and nothing heavier; every verb imports what it needs when it is called.
"""

import click

from pricewar.scenarios.cli.compare_runs import diff
from pricewar.scenarios.cli.hand_on import export, merge, status, table
from pricewar.scenarios.cli.many import attribute, compare
from pricewar.scenarios.cli.prepare import check, cost, explain, list_, new, schema, show
from pricewar.scenarios.cli.read import ask, plot, wars, why
from pricewar.scenarios.cli.run import force, run, shock
from pricewar.scenarios.cli.screen import Pricewar
from pricewar.scenarios.cli.sweep import sensitivity, sweep
from pricewar.scenarios.cli.verify import verify


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"pricewar {version('llm-pricewar')}")
        except PackageNotFoundError:
            click.echo("pricewar (a checkout that is not installed)")
        ctx.exit()


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group("pricewar", cls=Pricewar, context_settings=CONTEXT)
@click.option("--debug", is_flag=True, help="Show the traceback when something goes wrong.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def cli(debug: bool) -> None:
    """Simulate the price war in large language models.

    \b
    A first minute:
      pricewar list                                     what there is to run
      pricewar run china-2024                           run it; results in outputs/china-2024-seed1
      pricewar wars outputs/china-2024-seed1            the wars of that run
      pricewar why outputs/china-2024-seed1             what set the deepest war off
      pricewar ask outputs/china-2024-seed1             what it means: prices, quality, welfare, ...
      pricewar explain opening.hold                     what a key means
      pricewar run china-2024 opening.hold=scarce       change a key
      pricewar new mine.toml --from china-2024          a scenario of your own
      pricewar verify                                   hold it against known answers

    Results go to standard output, all else to standard error. NO_COLOR is respected.

    \b
    Exit codes:
      0    all well
      1    a bug of ours
      2    a mistake in what was asked; nothing was written
      3    finished, but some runs failed
      4    a claim that --require makes is not met
      130  interrupted; the message says how to go on
    """


READING = (wars, why, ask, diff, plot)
MANY = (compare, attribute, sweep, sensitivity, table, export, status, merge)
for verb in (list_, new, show, check, cost, run, force, shock, *READING, explain, schema, verify, *MANY):
    cli.add_command(verb)


def main() -> None:
    """Run the command of the shell's command line."""
    cli()
