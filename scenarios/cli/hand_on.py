"""Verbs that hand results on: table makes one table of a study, export writes all tables of a run or a study."""

from pathlib import Path

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_pairs, print_table, say

a_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.command(short_help="Make a table of a study.")
@a_folder
@click.option("--by", required=True, metavar="KEY[,KEY]",
              help="arm, policy, seed, a key that was varied, or two of these.")  # fmt: skip
@click.option("--of", required=True, metavar="NAME[,NAME]...", help="Outcomes.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.")
@click.option("--latex", "form", flag_value="latex", help="Print LaTeX, for booktabs.")
@options.as_json
def table(folder: Path, by: str, of: str, form: str | None, as_json: bool) -> None:
    """Tabulate outcomes of the study in DIR by what it varies: mean [95 % interval] (runs) at each level.

    A key may be named by how it ends. Keys with many values are cut into bins. Intervals are over seeds, at the points
    that were tried; with one seed they are over points. Runs that failed do not count.

    \b
    Examples:
      pricewar table outputs/china-2024-sweep --by opening.utilisation --of hhi,depth
      pricewar table outputs/china-2024-sweep --by hold,policy --of war --latex
    """
    from pricewar.scenarios.api.hand_on import columns, study_at
    from pricewar.scenarios.api.hand_on import table as tabulate
    from pricewar.scenarios.studies.pages.pivot import laid_out, latex, markdown

    results = study_at(folder)
    keys, outcomes = columns(results, by, of)
    found = tabulate(results, keys, outcomes)
    if results.failed.height:
        say(f"{results.failed.height} of {results.runs.height} runs failed and do not count.")
    if as_json:
        print_json(found.fill_nan(None).to_dicts())
    elif form == "csv":
        click.echo(found.write_csv(), nl=False)
    else:
        head, rows = laid_out(found, keys, outcomes)
        if form is None:
            print_table(head, rows)
        else:
            click.echo((latex if form == "latex" else markdown)(head, rows))


@click.command(short_help="Write all tables of a run or a study as CSV or Parquet.")
@a_folder
@click.option("--to", type=click.Choice(["csv", "parquet"]), required=True, help="In which form.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the tables.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier export in that folder.")
def export(folder: Path, to: str, out: Path, overwrite: bool) -> None:
    """Write every table of the run or study in DIR into one flat folder, with a dictionary of their columns.

    \b
    Examples:
      pricewar export outputs/china-2024-seed1 --to csv --out tables
      pricewar export outputs/china-2024-sweep --to parquet --out tables --overwrite
    """
    from pricewar.scenarios.api.hand_on import export as write

    for file in write(folder, to="csv" if to == "csv" else "parquet", out=out, overwrite=overwrite):
        click.echo(file)


@click.command(short_help="Say how far a study is.")
@a_folder
@options.as_json
def status(folder: Path, as_json: bool) -> None:
    """Say how far the study in DIR is, whether or not a process is at work in it.

    \b
    Example:
      pricewar status outputs/china-2024-seeds
    """
    from pricewar.scenarios.api.hand_on import status as status_of

    facts = status_of(folder)
    if as_json:
        print_json(facts)
    else:
        print_pairs(facts)


@click.command(short_help="Put the shards of a study together.")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the whole.")
@click.option("--overwrite", is_flag=True, help="Throw another study in that folder away.")
def merge(folders: tuple[Path, ...], out: Path, overwrite: bool) -> None:
    """Put the shards of one study, each in its folder, together into one folder.

    \b
    Example:
      pricewar merge part-1 part-2 --out whole
    """
    from pricewar.scenarios.api.hand_on import merge as put_together

    results = put_together(folders, out=out, overwrite=overwrite)
    say(f"{results.runs.height} runs, {results.failed.height} of them failed.")
    click.echo(f"Results: {out}")
