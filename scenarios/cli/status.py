"""Verbs for studies under way: status says how far one is, merge puts its shards together."""

from pathlib import Path

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_pairs, say

a_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.command(short_help="Say how far a study is.")
@a_folder
@options.as_json
def status(folder: Path, as_json: bool) -> None:
    """Say how far the study in DIR is, whether or not a process is at work in it.

    \b
    Example:
      pricewar status outputs/china-2024-seeds
    """
    from pricewar.scenarios.studies.manifest import read_manifest
    from pricewar.scenarios.studies.runner import finished

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
