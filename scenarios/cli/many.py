"""The verb that holds arms against a baseline on the same luck."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.options import NOT_MET, SOME_FAILED, Means, carry_out, command, means, seeds
from pricewar.scenarios.cli.screen import finite, print_json, print_table, say

if TYPE_CHECKING:
    from pricewar.scenarios.studies.attribute import Attribution
    from pricewar.scenarios.studies.comparison import Comparison


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
    from pricewar.scenarios.run.folders import study_folder
    from pricewar.scenarios.studies.comparison import compared, question
    from pricewar.scenarios.studies.pages.compare import write_comparison
    from pricewar.scenarios.studies.study import Base, seeds_from

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
    write_comparison(said)
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


@click.command(short_help="Share out a war among mechanisms, and among events.")
@options.scenario
@click.option("--mechanisms", metavar="NAME,NAME,...", help="Which switches of [mechanisms] (or chain.NAME); all on.")
@click.option(
    "--orders",
    type=click.IntRange(min=2),
    default=6,
    show_default=True,
    help="Pairs of orders sampled where there are more than five mechanisms.",
)
@without
@click.option("--events", "every", is_flag=True, help="Take out each release and each dated launch, one at a time.")
@seeds(50)
@means
@options.as_json
def attribute(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    mechanisms: str | None,
    orders: int,
    without: tuple[str, ...],
    every: bool,
    seeds: int,
    seed: int,
    means: Means,
    as_json: bool,
) -> None:  # fmt: skip
    """Say which mechanisms of SCENARIO make its price wars, and which events.

    Combinations of the mechanisms that are on are switched off on the same seeds: all of them up to five mechanisms,
    sampled orders of more. With --without or --events, events are taken out instead, or besides where --mechanisms
    is given too. docs/what-if.md says how to read the answer.

    \b
    Examples:
      pricewar attribute china-2024
      pricewar attribute china-2024 --mechanisms idle_capacity,attention --seeds 100
      pricewar attribute china-2024 --without release:deepseek-v2 --without launch:bytedance.2024-05-15
      pricewar attribute china-2024 --events --seeds 100
    """
    from pricewar.scenarios.config.load import read
    from pricewar.scenarios.run.folders import study_folder
    from pricewar.scenarios.studies.attribute import (
        Attribution,
        Plan,
        Subset,
        causes,
        combination_arms,
        interactions,
        plan,
        shares,
        switches,
    )
    from pricewar.scenarios.studies.pages.attribute import write_attribution
    from pricewar.scenarios.studies.study import BASELINE, Arm, Study, distinct, events, seeds_from, without_arm
    from pricewar.sim.kernel.streams import Streams

    reading = read(scenario, overrides, policies, strategies)
    baseline = Arm(BASELINE, reading)
    made = baseline.scenario()
    taken = dict.fromkeys((*without, *(events(made) if every else ())))
    missing = {said: without_arm(reading, made, said) for said in taken}
    chosen, combined = Plan(()), dict[Subset, Arm]()
    if mechanisms is not None or not missing:
        chosen = plan(switches(made, mechanisms), orders, Streams(0)("attribution", "orders"))
        combined = combination_arms(baseline, chosen)
    arms = distinct([baseline, *missing.values(), *(one for one in combined.values() if one is not baseline)])
    folder = means.out or study_folder(scenario, "attribute", ["events"] if every else missing)
    again = command(
        ("attribute", scenario, *overrides, *(["--events"] if every else [])), folder, means, policy=policies,
        strategy=strategies, mechanisms=mechanisms, orders=orders, without=without, seed=seed, seeds=seeds,
    )  # fmt: skip
    results = carry_out(Study("attribution", Path(scenario).stem, arms, seeds_from(seed, seeds), again), folder, means)
    if means.shard != (1, 1):
        say(f"Results: {folder}; put the shards together with `pricewar merge`, then give this command their --out")
        return
    names, runs = {subset: one.name for subset, one in combined.items()}, results.runs
    said = Attribution(
        results, chosen, shares(runs, names, chosen), interactions(runs, names, chosen),
        causes(runs, BASELINE, {event: one.name for event, one in missing.items()}),
    )  # fmt: skip
    write_attribution(said)
    _tell_shares(said, as_json)
    if results.failed.height:
        click.get_current_context().exit(SOME_FAILED)


def _tell_shares(said: "Attribution", as_json: bool) -> None:
    from pricewar.scenarios.studies.pages.attribute import verdicts

    folder = said.results.folder
    if as_json:
        tables = {"shares": said.shares, "interactions": said.interactions, "causes": said.causes}
        print_json(finite({
            "folder": str(folder),
            "digest": said.results.digest,
            "seeds": list(said.results.manifest.seeds),
            **{name: table.to_dicts() for name, table in tables.items()},
        }))  # fmt: skip
        return
    if said.shares.height:
        shown = said.shares.select("outcome", "mechanism", "share", "low", "high", "percent")
        print_table(("outcome", "mechanism", "share", "95 % from", "to", "% of together"), shown.rows())
    if said.causes.height:
        columns = ("event", "necessity", "necessity_low", "necessity_high", "wars_with", "sufficiency",
                   "sufficiency_low", "sufficiency_high", "peace_without", "prevented")  # fmt: skip
        heads = ("without", "necessity", "95 % from", "to", "wars", "sufficiency", "95 % from", "to", "peaceful",
                 "prevented")  # fmt: skip
        print_table(heads, said.causes.select(columns).rows())
    for sentence in verdicts(said):
        click.echo(sentence.replace("**", ""))
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
