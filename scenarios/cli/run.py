"""The verb that simulates."""

import shlex
from datetime import datetime
from pathlib import Path

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.options import SOME_FAILED, Means, carry_out, command, means
from pricewar.scenarios.cli.screen import print_json, print_pairs, print_table, progress

SHOWN = ("war", "depth", "duration", "movers", "price", "price_change", "hhi", "lerner", "adoption", "surplus")
"""Outcomes that people see at once; the tables have them all."""
Asked = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Scenario, overrides, policies, strategies."""


def several(words: tuple[str, ...], asked: Asked, seeds: tuple[int, ...], means: Means, as_json: bool) -> None:
    """Run an ensemble and say what it says."""
    from pricewar.scenarios.config.load import read
    from pricewar.scenarios.run.folders import ensemble_folder
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
    from pricewar.scenarios.run.folders import free_for_results, results_folder
    from pricewar.scenarios.run.play import plan, play, seed_of
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


TOLD = {"answers": "answers", "over_seeds": "answers_mean"}
"""Tables that programs are told, by key."""


@click.command(short_help="Force a price, and see who answers.")
@options.scenario
@click.option("--seller", required=True, metavar="SELLER", help="Whose price.")
@click.option("--tier", metavar="TIER", help="Which product line; all of the seller if not given.")
@click.option("--price", required=True, metavar="CHANGE", help="A change such as -30% or +20%, or a price such as 2.5.")
@click.option("--on", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Its day.")
@click.option("--hold", type=click.FloatRange(min=0), default=0.0, metavar="DAYS", help="How long it is kept; 0.")
@click.option("--days", type=click.IntRange(min=0), metavar="N", help="Days followed after it; 90, or to the end.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, metavar="N", help="Pairs of runs, on so many seeds; 1.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, metavar="N", help="Processes at once; 2.")
@options.seed
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the results.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier shock in that folder.")
@options.as_json
def shock(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seller: str,
    tier: str | None,
    price: str,
    day: datetime,
    hold: float,
    days: int | None,
    seeds: int,
    jobs: int,
    seed: int | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Force a price on SCENARIO and compare with the same luck without it: who answers, when, by how much.

    The price changes on the morning of DATE, for whatever reason; policies in force still apply. With --hold the
    seller keeps it so long, else its next review may take it back. With --seeds every seed is run with and without,
    from --seed (or the scenario's own) upwards, and means carry 95 % intervals; one seed has none. Results go to
    outputs/SCENARIO-shock-SELLER-seedN unless --out says otherwise; the folder appears whole or not at all.

    \b
    Examples:
      pricewar shock china-2024 --seller alibaba --price -30% --on 2024-03-01
      pricewar shock china-2024 --seller zhipu --tier cheap --price 1 --on 2024-03-01 --hold 60 --seeds 8
      pricewar shock textbook --seller east --price +20% --on 2024-06-01 --hold 30 --days 60 --json
    """
    from pricewar.scenarios.config.load import load
    from pricewar.scenarios.run.folders import free_for_results, shock_folder
    from pricewar.scenarios.run.play import seed_of
    from pricewar.scenarios.studies.forced_price import effects, result_of, shock_of
    from pricewar.sim.errors import UserMistake
    from pricewar.sim.pages.forced_price_folder import MARK, save
    from pricewar.sim.pages.forced_price_page import summary

    made = load(scenario, overrides, policies, strategies)
    asked = shock_of(made, seller=seller, tier=tier, price=price, on=day.date(), hold=hold, days=days)
    first = seed_of(made, seed)
    folder = free_for_results(out or shock_folder(scenario, seller, first), overwrite, MARK)
    with progress("simulating pairs of runs") as done:
        found = effects(asked, range(first, first + seeds), jobs=jobs, progress=done)
    again = ["pricewar", "shock", scenario, *overrides, *(f"--policy={name}" for name in policies)]
    again += [f"--strategy={name}" for name in strategies]
    again += [f"--seller={seller}", *([f"--tier={tier}"] if tier else []), f"--price={price}", f"--on={day.date()}"]
    again += [f"--hold={hold:g}", f"--days={asked.last}", f"--seeds={seeds}", f"--seed={first}"]
    result = result_of(asked, found, shlex.join(again))
    try:
        save(result, folder, overwrite=overwrite)
    except OSError as error:
        why = f"the results cannot be written into {folder} ({error.strerror})"
        raise UserMistake(f"{why}; name another folder with --out") from error
    if as_json:
        tables = {name: result.tables[table].to_dicts() for name, table in TOLD.items()}
        told = {"folder": str(folder), "seeds": list(result.seeds), "digest": result.digest, "forced": result.moves}
        print_json(told | tables)
        return
    click.echo(first_lines(summary(result)))
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
