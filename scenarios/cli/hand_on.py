"""Verbs that hand results on: table prints one table, export writes all tables of whatever a folder holds."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import finite, print_json, print_pairs, print_table, say
from pricewar.sim.results.export import forms

if TYPE_CHECKING:
    import polars as pl

    from pricewar.sim.pages.table import Table

a_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


def _listed(parted_by_commas: str | None) -> list[str]:
    return [part.strip() for part in (parted_by_commas or "").split(",") if part.strip()]


@click.command(short_help="Print a table of a folder of results, or make one of a study by what it varies.")
@a_folder
@click.argument("name", metavar="[TABLE]", required=False)
@click.option("--by", metavar="KEY[,KEY]", help="arm, policy, seed, a key that was varied, or two of these.")
@click.option("--of", metavar="NAME[,NAME]...", help="Outcomes.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.")
@click.option("--latex", "form", flag_value="latex", help="Print LaTeX, for booktabs.")
@click.option("--html", "form", flag_value="html", help="Print HTML.")
@options.as_json
def table(folder: Path, name: str | None, by: str | None, of: str | None, form: str | None, as_json: bool) -> None:
    """Print TABLE of the results in DIR, or tabulate outcomes of a study by what it varies.

    TABLE is any that DIR holds: wars of a run, differences of a comparison, answers of a forced price. Without one,
    --by and --of make one: mean [95 % interval] (runs) at each level. A key may be named by how it ends. Keys with many
    values are cut into bins. Intervals are over seeds, at the points that were tried; with one seed they are over
    points. Runs that failed do not count.

    \b
    Examples:
      pricewar table outputs/china-2024-sweep --by opening.utilisation --of hhi,depth
      pricewar table outputs/china-2024-sweep --by hold,policy --of war --latex
      pricewar table outputs/china-2024-compare-price-floor gains --markdown
    """
    from pricewar.sim.errors import UserMistake

    if name is not None and (by or of):
        raise UserMistake("give either the name of a table, or --by and --of")
    frame, laid = _one_of(folder, name) if name or not (by and of) else _by_levels(folder, _listed(by), _listed(of))
    if as_json:
        print_json(finite(frame.to_dicts()))
    elif form == "csv":
        click.echo(frame.write_csv(), nl=False)
    elif form is None:
        print_table([str(head) for head in laid.heads], laid.rows)
    else:
        printed = {"markdown": laid.markdown, "latex": laid.latex, "html": laid.html}
        click.echo(printed[form]())


def _one_of(folder: Path, name: str | None) -> "tuple[pl.DataFrame, Table]":
    """A table that a folder holds, in full and laid out for people. Raises UserMistake where it has none so called."""
    from pricewar.scenarios.config.names import suggestion
    from pricewar.scenarios.studies.pages.folders import open_results
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.pages.table import Head, Table
    from pricewar.sim.results.folder import OF_THE_ROW

    results = open_results(folder)
    if name is None:
        raise UserMistake(f"say which table, {' or '.join(results.tables)}; of a study also --by KEY --of OUTCOME")
    if name not in results.tables:
        raise UserMistake(f"{folder} has no table '{name}'; {suggestion(name, list(results.tables))}")
    frame = results.tables[name].read()
    columns = {column.name: column for column in results.tables[name].columns}
    heads = [
        Head(
            column,
            "" if columns[column].unit == OF_THE_ROW else columns[column].unit_in(results.currency),
            left=not dtype.is_numeric(),
        )
        for column, dtype in frame.schema.items()
    ]
    return frame, Table(heads, frame.rows())


def _by_levels(folder: Path, by: list[str], of: list[str]) -> "tuple[pl.DataFrame, Table]":
    """Outcomes of a study at the levels of what it varies, with their units. Raises UserMistake."""
    from pricewar.scenarios.api.hand_on import columns, study_at
    from pricewar.scenarios.studies.pages.pivot import laid_out, pivot
    from pricewar.scenarios.studies.store import units

    results = study_at(folder)
    keys, outcomes = columns(results, by, of)
    if results.failed.height:
        say(f"{results.failed.height} of {results.runs.height} runs failed and do not count.")
    unit_of = units(results.manifest)
    cut = pivot(results.runs, keys, outcomes)
    cut = cut.with_columns(unit=cut["outcome"].replace_strict(unit_of, return_dtype=cut["outcome"].dtype))
    return cut, laid_out(cut, keys, outcomes, unit_of)


@click.command(short_help="Write all tables of a run, a study or a forced price as CSV or Parquet.")
@a_folder
@click.option("--to", type=click.Choice(forms()), required=True, help="In which form.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the tables.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier export in that folder.")
def export(folder: Path, to: str, out: Path, overwrite: bool) -> None:
    """Write every table of the results in DIR into one flat folder, with a dictionary of their columns.

    DIR holds a run, a study (what its analysis found is written too) or a forced price.

    \b
    Examples:
      pricewar export outputs/china-2024-seed1 --to csv --out tables
      pricewar export outputs/china-2024-sweep --to parquet --out tables --overwrite
    """
    from pricewar.scenarios.api.hand_on import export as write

    for file in write(folder, to=to, out=out, overwrite=overwrite):
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
