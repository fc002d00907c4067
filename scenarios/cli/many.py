"""The verb that holds arms against a baseline on the same luck."""

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_table, say
from pricewar.scenarios.cli.study_options import NOT_MET, SOME_FAILED, Means, carry_out, command, means, seeds

if TYPE_CHECKING:
    from pricewar.scenarios.studies.pages.compare import Comparison

without = click.option(
    "--without", multiple=True, metavar="WHAT",
    help="Take something out: release:NAME, launch:SELLER.DATE, tier:SELLER.TIER, upgrade:SELLER.TIER.NAME, "
    "delivery:SELLER.NAME, cut:SELLER.DATE, seller:NAME, policy:NAME, forced:NAME, key:KEY.PATH; "
    "several joined by +; repeatable.",
)  # fmt: skip


@click.command(short_help="Hold policies and other settings against a baseline, on the same luck.")
@click.argument("scenario")
@click.argument("overrides", nargs=-1, metavar="[KEY.PATH=VALUE]...")
@click.option(
    "--policy",
    "-p",
    "policies",
    multiple=True,
    metavar="A[+B]",
    help="An arm with a policy, or with several joined by +; repeatable.",
)
@click.option(
    "--arm",
    "keys",
    multiple=True,
    metavar="'NAME: KEY=VALUE ...'",
    help="An arm with keys of its own; policy=NAME among them lays a policy; repeatable.",
)
@without
@options.strategy
@seeds(200)
@click.option("--outcome", "outcomes", multiple=True, metavar="NAME", help="What to compare; repeatable.")
@click.option(
    "--until",
    multiple=True,
    metavar="OUTCOME=HALF-WIDTH",
    help="Add seeds, up to --seeds, until intervals are that narrow; repeatable.",
)
@click.option(
    "--require",
    multiple=True,
    metavar="'[ARM:] OUTCOME<NUMBER'",
    help="Exit with 4 unless a difference's interval lies on that side (< or >); repeatable.",
)
@means
@options.as_json
def compare(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    keys: tuple[str, ...],
    without: tuple[str, ...],
    strategies: tuple[str, ...],
    seeds: int,
    seed: int,
    outcomes: tuple[str, ...],
    until: tuple[str, ...],
    require: tuple[str, ...],
    means: Means,
    as_json: bool,
) -> None:  # fmt: skip
    """Run SCENARIO as it is and with each of the arms given, on the same seeds, and say what differs.

    Overrides hold in all arms. Differences come with intervals over seeds, who gains and who loses, worst regret and
    trajectories; docs/what-if.md says how to read them. The same command goes on where it was interrupted, and takes
    more --seeds later.

    \b
    Examples:
      pricewar compare china-2024 --policy price-floor --policy below-cost-ban
      pricewar compare china-2024 --policy price-floor+below-cost-ban --seeds 50
      pricewar compare china-2024 --arm "scarce: opening.hold=scarce" --without release:deepseek-v2
      pricewar compare china-2024 --policy price-floor --until hhi=0.005 --require "hhi<0.02"
    """
    from pricewar.scenarios.config.places import study_folder
    from pricewar.scenarios.studies.arms import Base
    from pricewar.scenarios.studies.comparison import compared, question
    from pricewar.scenarios.studies.study import seeds_from

    of = question(
        Base(scenario, overrides, strategies), policies, keys, without,
        seeds=seeds_from(seed, seeds), outcomes=outcomes, until=until, require=require,
    )  # fmt: skip
    folder = means.out or study_folder(scenario, "compare", [one.name for one in of.study.arms[1:]])
    again = command(
        ("compare", scenario, *overrides),
        folder,
        means,
        policy=policies,
        arm=keys,
        without=without,
        strategy=strategies,
        outcome=outcomes,
        until=until,
        require=require,
        seed=seed,
        seeds=seeds,
    )
    of = replace(of, study=replace(of.study, command=again))
    if means.shard != (1, 1):
        if of.widths:
            raise click.UsageError("--until looks at all runs of a seed; it does not go with --shard")
        carry_out(of.study, folder, means)
        say(f"Results: {folder}; put the shards together with `pricewar merge`, then give this command their --out")
        return
    said = compared(of, lambda study: carry_out(study, folder, means))
    _tell(said, as_json)
    context = click.get_current_context()
    if not all(one.met(said.differences) for one in said.claims):
        context.exit(NOT_MET)
    if said.results.failed.height:
        context.exit(SOME_FAILED)


def _tell(said: "Comparison", as_json: bool) -> None:
    from pricewar.scenarios.studies.pages.compare import verdicts

    folder = said.results.folder
    if as_json:
        print_json(finite({
            "folder": str(folder),
            "digest": said.results.digest,
            "arms": [one.name for one in said.results.manifest.arms],
            "seeds": list(said.results.manifest.seeds),
            "differences": said.asked_for.drop("asked").to_dicts(),
            "gains": said.gains.to_dicts(),
            "regrets": said.regrets.to_dicts(),
            "precision": list(said.precision),
            "claims": {one.said: one.met(said.differences) for one in said.claims},
        }))  # fmt: skip
        return
    heads = ("arm", "outcome", "baseline", "difference", "95 % from", "to", "p (Holm)", "variance ratio", "pairs")
    columns = ("arm", "outcome", "baseline", "difference", "low", "high", "p_holm", "variance_ratio", "pairs")
    print_table(heads, said.asked_for.select(columns).rows())
    for sentence in verdicts(said):
        click.echo(sentence.replace("**", ""))
    for row in said.precision:
        click.echo(
            f"{row['arm']}, {row['outcome']}: half-width {row['reached']:.3g} with {row['seeds']} seeds; "
            f"{row['asked']:.3g} takes about {row['seeds_needed'] or 'an unknown number of'}"
        )
    for one in said.claims:
        click.echo(f"{one.said}: {'met' if one.met(said.differences) else 'not met'}")
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")


def finite(value: Any) -> Any:
    """Put null where a number is none, which JSON cannot say."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
