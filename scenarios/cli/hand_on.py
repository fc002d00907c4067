"""Verbs that hand results on: table makes one table of a study, export writes all tables of whatever a folder holds."""

from pathlib import Path

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_pairs, print_table, say
from pricewar.sim.results.export import forms

a_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


def _listed(said: str) -> list[str]:
    return [part.strip() for part in said.split(",") if part.strip()]


@click.command(short_help="Make a table of a study.")
@a_folder
@click.option("--by", required=True, metavar="KEY[,KEY]",
              help="arm, policy, seed, a key that was varied, or two of these.")  # fmt: skip
@click.option("--of", required=True, metavar="NAME[,NAME]...", help="Outcomes.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.")
@click.option("--latex", "form", flag_value="latex", help="Print LaTeX, for booktabs.")
@click.option("--html", "form", flag_value="html", help="Print HTML.")
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
    from pricewar.scenarios.studies.outcomes import outcomes_asked
    from pricewar.scenarios.studies.pages.pivot import column_of, laid_out, pivot
    from pricewar.scenarios.studies.store import open_study, units
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.results.run import MARK

    if (folder / MARK).is_file():
        raise UserMistake(f"{folder} is one run, which has nothing to compare; see `pricewar ask {folder}`")
    results = open_study(folder)
    keys = list(dict.fromkeys(column_of(one, results.manifest) for one in _listed(by)))
    outcomes = outcomes_asked(_listed(of), ())
    if not 1 <= len(keys) <= 2 or not outcomes:
        raise UserMistake("a table is --by one key or two, --of one outcome or more")
    unit_of = units(results.manifest)
    cut = pivot(results.runs, keys, outcomes)
    cut = cut.with_columns(unit=cut["outcome"].replace_strict(unit_of, return_dtype=cut["outcome"].dtype))
    if results.failed.height:
        say(f"{results.failed.height} of {results.runs.height} runs failed and do not count.")
    if as_json:
        print_json(cut.fill_nan(None).to_dicts())
    elif form == "csv":
        click.echo(cut.write_csv(), nl=False)
    else:
        laid = laid_out(cut, keys, outcomes, unit_of)
        printed = {"markdown": laid.markdown, "latex": laid.latex, "html": laid.html}
        if form is None:
            print_table([str(head) for head in laid.heads], laid.rows)
        else:
            click.echo(printed[form]())


@click.command(short_help="Write all tables of a run, a study or a shock as CSV or Parquet.")
@a_folder
@click.option("--to", "form", type=click.Choice(forms()), required=True, help="In which form.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the tables.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier export in that folder.")
def export(folder: Path, form: str, out: Path, overwrite: bool) -> None:
    """Write every table of the results in DIR into one flat folder, with a dictionary of their columns.

    DIR holds a run, a study (what its analysis found is written too) or a shock.

    \b
    Examples:
      pricewar export outputs/china-2024-seed1 --to csv --out tables
      pricewar export outputs/china-2024-sweep --to parquet --out tables --overwrite
    """
    from pricewar.scenarios.studies.pages.folders import open_results

    for file in open_results(folder).export(out, form, overwrite=overwrite):
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
    from pricewar.scenarios.studies.runner import finished
    from pricewar.scenarios.studies.store import read_manifest

    manifest = read_manifest(folder)
    done, failed = finished(folder)
    facts: dict[str, object] = {
        "study": manifest.title,
        "kind": manifest.kind,
        "arms": len(manifest.arms),
        "seeds": len(manifest.seeds),
        "runs": manifest.size,
        "done": done,
        "failed": failed,
        "left": manifest.size - done - failed,
        "go on with": manifest.command,
    }
    if manifest.shard != (1, 1):
        facts["shard"] = f"{manifest.shard[0]}/{manifest.shard[1]}"
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
    from pricewar.scenarios.studies.runner import merge as put_together

    results = put_together(list(folders), out, overwrite=overwrite)
    say(f"{results.runs.height} runs, {results.failed.height} of them failed.")
    click.echo(f"Results: {out}")
