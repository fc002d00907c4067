"""Verbs that read a finished run: wars lists its price wars, plot draws its figures again."""

from pathlib import Path

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_table, say

COLUMNS = (
    "tier",
    "start_date",
    "end_date",
    "begun_by",
    "depth",
    "n_sellers",
    "n_cuts",
    "share_answering",
    "median_lag",
    "class",
)
"""What `wars` prints for people; programs get every column."""

folder_of_a_run = click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))


@click.command(short_help="List the price wars of a run.")
@folder_of_a_run
@options.as_json
def wars(folder: Path, as_json: bool) -> None:
    """List the price wars of RUN, the folder of a finished run.

    \b
    Examples:
      pricewar wars outputs/china-2024-seed1
      pricewar wars outputs/china-2024-seed1 --json
    """
    from pricewar.sim.pages.run_folder import open_run
    from pricewar.sim.results.tables import columns

    found = open_run(folder).tables["wars"]
    if as_json:
        print_json(found.to_dicts())
    elif found.is_empty():
        say("No price war: no run of cuts met the definition.")
    else:
        units = {column.name: column.unit for column in columns("wars")}
        heads = [f"{name} [{units[name]}]" if units[name] else name for name in COLUMNS]
        print_table(heads, found.select(COLUMNS).rows())


@click.command(short_help="Draw the figures of a run again.")
@folder_of_a_run
@click.option("--figure", "-f", "names", multiple=True, metavar="NAME", help="Draw only this one; repeatable.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to; RUN/figures if not given.")
def plot(folder: Path, names: tuple[str, ...], out: Path | None) -> None:
    """Draw the figures of RUN again, as PNG and PDF.

    \b
    Examples:
      pricewar plot outputs/china-2024-seed1
      pricewar plot outputs/china-2024-seed1 --figure prices --out paper
    """
    from pricewar.sim.figures.catalogue import draw
    from pricewar.sim.pages.run_folder import open_run

    for file in draw(open_run(folder), out or folder / "figures", names or None):
        click.echo(file)
