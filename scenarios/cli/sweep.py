"""Verbs that vary keys: sweep shows how outcomes answer, sensitivity how much each key matters."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.options import means, tell_failures, tell_part
from pricewar.scenarios.cli.screen import print_json, print_table

Verb = TypeVar("Verb", bound=Callable[..., Any])
HOW = "low..high (log:low..high, int:low..high), low..high/levels, a|b|c or 0.1,0.3"


def varying(verb: Verb) -> Verb:
    """Give a verb what says which keys are varied, with how many seeds, and which outcomes are asked."""
    given = (
        click.option("--vary", multiple=True, metavar="KEY=VALUES",
                     help=f"A key and what it may be: {HOW}; repeatable."),
        click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Runs of every point."),
        click.option("--seed", type=click.IntRange(min=0), help="The first seed; others follow it."),
        click.option("--design-seed", type=click.IntRange(min=0), help="Root of the design's own chance."),
        click.option("--outcome", "-o", "outcomes", multiple=True, metavar="NAME",
                     help="An outcome to look at; repeatable."),
    )  # fmt: skip
    wrapped: Any = verb
    for option in reversed(given):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


@click.command(short_help="Vary keys of a scenario over a design.")
@options.scenario
@varying
@click.option("--design", type=click.Choice(["grid", "lhs", "sobol"]), help="Which points; lhs if not given.")
@click.option("--points", type=click.IntRange(min=1), metavar="N", help="How many points; 64 if not given.")
@means
@options.as_json
def sweep(scenario: str, as_json: bool, **given: Any) -> None:
    """Run SCENARIO at many settings of its keys: design points × policies × seeds (5 if not given).

    SCENARIO is also a sweep file in TOML, which says all this itself. A key may be a range of numbers, or values.
    --design: grid takes every combination (a range then needs levels: 0.1..0.7/4), lhs a Latin hypercube, sobol
    scrambled Sobol' points. Every --policy is a level: one policy, several joined by +, or none. Results: a row a run
    with the settings as columns, main effects, figures. The same command goes on where it was interrupted.

    \b
    Examples:
      pricewar sweep china-2024 --vary opening.utilisation=0.1..0.75 --vary 'opening.hold=focal|scarce' --points 32
      pricewar sweep textbook --vary segments.all.response.mu=0.1,0.2,0.4 --design grid --outcome price
      pricewar sweep china-2024 --vary conduct.menu_cost=log:0.001..0.1 --policy none --policy price-floor
      pricewar sweep mine.toml --jobs 8
    """
    from pricewar.scenarios.api.studies import sweep as run_over
    from pricewar.sim.analysis.intervals import LABEL, MEANING, OVER_POINTS, PERCENT

    results = run_over(scenario, **given)
    folder, effects = results.folder, results.effects
    if as_json:
        interval = LABEL if len(results.manifest.seeds) > 1 else f"{PERCENT} interval of {OVER_POINTS}"
        print_json({"folder": str(folder), "digest": results.digest, "interval": interval,
                    "effects": effects.fill_nan(None).to_dicts()})  # fmt: skip
    else:
        print_table(("key", "level", "outcome", "runs", "mean", f"{PERCENT} from", "to"), effects.rows())
        click.echo(MEANING)
        click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
    tell_failures(results)


@click.command(short_help="Find which keys an outcome answers to.")
@options.scenario
@varying
@click.option("--method", type=click.Choice(["morris", "sobol"]), default="morris", show_default=True)
@click.option("--points", type=click.IntRange(min=2), metavar="N",
              help="Trajectories of morris (10), or rows of sobol (64, a power of two).")  # fmt: skip
@click.option("--candidates", type=click.IntRange(min=0), default=0, metavar="N",
              help="Of so many trajectories of morris the most distant are taken.")  # fmt: skip
@means
@options.as_json
def sensitivity(scenario: str, shard: tuple[int, int], as_json: bool, **given: Any) -> None:
    """Find which keys of SCENARIO an outcome answers to, and how much of it is luck.

    --method morris: elementary effects, N·(keys + 1) points; mu* is the mean size of the change when a key crosses its
    range, sigma how much that depends on the others. --method sobol: shares of variance, N·(keys + 2) points; first is
    what a key explains alone, total what it explains with others. Every point is run with 2 seeds unless --seeds says
    otherwise; luck is the share of variance that lies between seeds. Intervals are bootstrapped. A design with a run
    that failed or is missing has no indices: it is refused, with the runs named. Of a sweep file, design and points do
    not count.

    \b
    Examples:
      pricewar sensitivity china-2024 --vary opening.utilisation=0.1..0.75 --vary conduct.menu_cost=log:0.001..0.1
      pricewar sensitivity textbook --vary segments.all.response.mu=0.1..0.5 \\
        --vary segments.all.response.outside=-1..1 --method sobol --points 128 --outcome price
    """
    from pricewar.scenarios.api.studies import sensitivity as find_sensitivity
    from pricewar.scenarios.studies.findings import BOOTSTRAPPED

    sensitive = find_sensitivity(scenario, shard=shard, **given)
    results, table = sensitive.results, sensitive.indices
    if tell_part(results, shard):
        return
    folder = results.folder
    if as_json:
        print_json({"folder": str(folder), "digest": results.digest, "interval": BOOTSTRAPPED,
                    "indices": table.fill_nan(None).to_dicts()})  # fmt: skip
    else:
        print_table(table.columns, table.rows())
        click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
