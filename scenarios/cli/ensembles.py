"""Many seeds of one scenario, for the verb that simulates."""

from pathlib import Path

import click

from pricewar.scenarios.cli.screen import print_json, print_table
from pricewar.scenarios.cli.study_options import SOME_FAILED, Means, carry_out, command

SHOWN = ("war", "depth", "duration", "movers", "price", "price_change", "hhi", "lerner", "adoption", "surplus")
"""Outcomes that people see at once; the tables have them all."""
Asked = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Scenario, overrides, policies, strategies."""


def several(words: tuple[str, ...], asked: Asked, seeds: tuple[int, ...], means: Means, as_json: bool) -> None:
    """Run an ensemble and say what it says."""
    from pricewar.scenarios.config.files import read
    from pricewar.scenarios.config.places import ensemble_folder
    from pricewar.scenarios.studies.pages.ensemble import write_report
    from pricewar.scenarios.studies.statistics import summaries
    from pricewar.scenarios.studies.study import Arm, Study

    reading = read(*asked)
    folder = means.out or ensemble_folder(asked[0], seeds)
    again = command(words, folder, means, seed=seeds[0], seeds=len(seeds))
    study = Study("ensemble", Path(asked[0]).stem, (Arm("baseline", reading),), seeds, again)
    results = carry_out(study, folder, means)
    said = summaries(results.runs)
    write_report(results, said)
    if as_json:
        print_json({"folder": str(folder), "digest": results.digest, "outcomes": said.to_dicts()})
    else:
        columns = ("outcome", "runs", "mean", "low", "high", "q10", "q50", "q90")
        kept = said.filter(said["outcome"].is_in(SHOWN)).select(columns)
        print_table(("outcome", "runs", "mean", "95 % from", "to", "q10", "median", "q90"), kept.rows())
        click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
    if results.failed.height:
        click.get_current_context().exit(SOME_FAILED)
