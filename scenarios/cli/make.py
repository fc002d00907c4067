"""Verbs that prepare a run: new writes a scenario to start from, check says what a run would be."""

import os
from pathlib import Path
from typing import Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.ensembles import Asked
from pricewar.scenarios.cli.screen import print_json, print_pairs, say


@click.command(short_help="Write a scenario of your own to start from.")
@click.argument("file")
@click.option("--from", "source", required=True, metavar="SCENARIO", help="The scenario that it extends.")
@options.strategy
def new(file: str, source: str, strategies: tuple[str, ...]) -> None:
    """Write FILE, a small commented scenario that extends another; - writes to standard output.

    As written it changes nothing: take the # before a key away and change its value. A file that exists stays
    as it is.

    \b
    Example:
      pricewar new mine.toml --from china-2024
    """
    from pricewar.scenarios.config.check import resolved
    from pricewar.scenarios.config.draft import draft, extended_from, write_new
    from pricewar.scenarios.config.load import load
    from pricewar.scenarios.config.schema import Scenario

    name = "mine.toml" if file == "-" else file
    text = draft(Scenario, name, extended_from(source, name), resolved(load(source, strategies=strategies)))
    if file == "-":
        click.echo(text, nl=False)
        return
    write_new(Path(file), text)
    say(f"Wrote {file}; look it over, then: pricewar check {file}")


@click.command(short_help="Find every mistake; say what a run or a study would be.")
@options.scenario
@options.seed
@click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Say what N seeds would take.")
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="all cores",
    help="Processes that many runs would be shared among.",
)
@options.as_json
def check(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seed: int | None,
    seeds: int | None,
    jobs: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Find every mistake of SCENARIO, and say what a run of it would be, how long it would take and how much disk.

    SCENARIO is a bundled name, a TOML file, a sweep file, or - for standard input. Nothing is simulated or written.

    \b
    Examples:
      pricewar check mine.toml
      pricewar check china-2024 opening.utilisation=0.5 --policy price-floor
      pricewar check china-2024 --seeds 1000 --jobs 64
      pricewar check sweep.toml
    """
    from pricewar.scenarios.studies.sweep_file import is_sweep_file

    asked = (scenario, overrides, policies, strategies)
    planned = _of_a_sweep(asked, seed, seeds, jobs) if is_sweep_file(scenario) else _of_a_run(asked, seed, seeds, jobs)
    if as_json:
        print_json(planned)
    else:
        print_pairs(planned)


def _of_a_run(asked: Asked, seed: int | None, seeds: int | None, jobs: int) -> dict[str, Any]:
    from pricewar.scenarios.config.files import read
    from pricewar.scenarios.run.plan import plan, seed_of
    from pricewar.scenarios.studies.estimates import study_plan
    from pricewar.scenarios.studies.study import Arm, Study, seeds_from

    one = Arm("baseline", read(*asked))
    made = one.scenario()
    planned = plan(made, seed)
    if seeds is None:
        return planned
    # What one run takes stands among what all take.
    kept = {name: fact for name, fact in planned.items() if not name.startswith("estimated")}
    return kept | study_plan(Study("ensemble", made.title, (one,), seeds_from(seed_of(made, seed), seeds)), jobs)


def _of_a_sweep(asked: Asked, seed: int | None, seeds: int | None, jobs: int) -> dict[str, Any]:
    from pricewar.scenarios.cli.sweep import plan_of
    from pricewar.scenarios.studies.estimates import study_plan
    from pricewar.scenarios.studies.sweep import study_of

    plan = plan_of(asked, (), 5, seed=seed, seeds=seeds)
    study = study_of(plan)
    study.check()
    varied = [f"{one.key} ({one.told})" for one in plan.factors]
    facts = {"scenario": plan.scenario, "design": plan.design, "keys varied": varied, "policies": list(plan.policies)}
    return facts | study_plan(study, jobs)
