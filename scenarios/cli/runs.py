"""The verb that simulates."""

import shlex
from pathlib import Path

import click

from scenarios.cli import options
from scenarios.cli.screen import print_json, print_pairs, progress


def first_lines(page: str) -> str:
    """Take the title and the verdict from a page of Markdown, without its marks."""
    return page.partition("\n\n## ")[0].replace("**", "").removeprefix("# ")


@click.command(short_help="Simulate a scenario once.")
@options.scenario
@options.seed
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the results.")
@click.option("--csv", is_flag=True, help="Write the tables as CSV too.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier run in that folder.")
@options.as_json
def run(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seed: int | None,
    out: Path | None,
    csv: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Simulate SCENARIO once and write what happened into a folder.

    SCENARIO is a bundled name, a TOML file, or - for standard input. KEY.PATH=VALUE changes one key; values
    are written as in TOML, words without quotes. Results go to outputs/SCENARIO-seedN unless --out says
    otherwise; the folder appears whole at the end or not at all. Everything is checked before the start.

    \b
    Examples:
      pricewar run china-2024
      pricewar run china-2024 opening.hold=scarce --seed 7 --out outputs/scarce
      pricewar run mine.toml --policy price-floor --csv
      pricewar run mine.toml --strategy my_rules.py:Sticky
    """
    from dataclasses import replace

    from scenarios.load import load
    from scenarios.places import free_for_results, results_folder
    from scenarios.plan import plan, seed_of
    from scenarios.play import play
    from sim.errors import UserMistake
    from sim.export.report import summary
    from sim.run import save

    made = load(scenario, overrides, policies, strategies)
    if not made.books:
        raise UserMistake("books = false is for timing and leaves nothing to write; set books = true")
    seed = seed_of(made, seed)
    folder = free_for_results(out or results_folder(scenario, seed), overwrite)
    print_pairs(plan(made, seed), to_people=True)
    with progress("simulating") as done:
        finished = play(made, seed=seed, progress=done)
    again = [
        "pricewar",
        "run",
        scenario,
        *overrides,
        *(f"--policy={name}" for name in policies),
        *(f"--strategy={name}" for name in strategies),
        f"--seed={seed}",
    ]
    finished = replace(finished, command=shlex.join(again))
    try:
        save(finished, folder, csv=csv, overwrite=overwrite)
    except OSError as error:
        why = f"the results cannot be written into {folder} ({error.strerror})"
        raise UserMistake(f"{why}; name another folder with --out") from error
    if as_json:
        wars = finished.tables["wars"].to_dicts()
        print_json({"folder": str(folder), "seed": seed, "digest": finished.digest, "wars": wars})
        return
    click.echo(first_lines(summary(finished)))
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
