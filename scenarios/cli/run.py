"""The verb that simulates."""

import shlex

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.ensembles import several
from pricewar.scenarios.cli.screen import print_json, print_pairs, progress
from pricewar.scenarios.cli.study_options import Means, means


def first_lines(page: str) -> str:
    """Take the title and the verdict from a page of Markdown, without its marks."""
    return page.partition("\n\n## ")[0].replace("**", "").removeprefix("# ")


def _named(option: str, values: tuple[str, ...]) -> list[str]:
    return [f"--{option}={value}" for value in values]


@click.command(short_help="Simulate a scenario, once or with many seeds.")
@options.scenario
@options.seed
@click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Run N seeds; quantiles and intervals.")
@means
@click.option("--csv", is_flag=True, help="Write the tables as CSV too.")
@options.as_json
def run(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seed: int | None,
    seeds: int | None,
    means: Means,
    csv: bool,
    as_json: bool,
) -> None:
    """Simulate SCENARIO, once or with many seeds, and write what happened into a folder.

    SCENARIO is a bundled name, a TOML file, or - for standard input. KEY.PATH=VALUE changes one key; values
    are written as in TOML, words without quotes. Results go to outputs/SCENARIO-seedN unless --out says
    otherwise; the folder appears whole at the end or not at all. Everything is checked before the start.
    With --seeds the runs are written down as they end: the same command goes on where it was interrupted.

    \b
    Examples:
      pricewar run china-2024
      pricewar run china-2024 opening.hold=scarce --seed 7 --out outputs/scarce
      pricewar run mine.toml --policy price-floor --csv
      pricewar run mine.toml --strategy my_rules.py:Sticky
      pricewar run china-2024 --seeds 100
    """
    from dataclasses import replace

    from pricewar.scenarios.config.load import load
    from pricewar.scenarios.config.places import free_for_results, results_folder
    from pricewar.scenarios.run.plan import plan, seed_of
    from pricewar.scenarios.run.play import play
    from pricewar.scenarios.studies.study import seeds_from
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.pages.run_folder import save
    from pricewar.sim.pages.run_page import summary

    made = load(scenario, overrides, policies, strategies)
    if not made.books:
        raise UserMistake("books = false is for timing and leaves nothing to write; set books = true")
    seed = seed_of(made, seed)
    asked = [scenario, *overrides, *_named("policy", policies), *_named("strategy", strategies)]
    if seeds is not None:
        several(("run", *asked), (scenario, overrides, policies, strategies), seeds_from(seed, seeds), means, as_json)
        return
    folder = free_for_results(means.out or results_folder(scenario, seed), means.overwrite)
    print_pairs(plan(made, seed), to_people=True)
    with progress("simulating") as done:
        finished = play(made, seed=seed, progress=done)
    finished = replace(finished, command=shlex.join(["pricewar", "run", *asked, f"--seed={seed}"]))
    try:
        save(finished, folder, csv=csv, overwrite=means.overwrite)
    except OSError as error:
        why = f"the results cannot be written into {folder} ({error.strerror})"
        raise UserMistake(f"{why}; name another folder with --out") from error
    if as_json:
        wars = finished.tables["wars"].to_dicts()
        print_json({"folder": str(folder), "seed": seed, "digest": finished.digest, "wars": wars})
        return
    click.echo(first_lines(summary(finished)))
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
