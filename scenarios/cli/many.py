"""The verb that holds arms against a baseline on the same luck."""

from typing import TYPE_CHECKING, Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.options import means, seeds, tell_failures, tell_part
from pricewar.scenarios.cli.screen import finite, print_json, print_table

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
    "arms",
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
def compare(scenario: str, shard: tuple[int, int], as_json: bool, **given: Any) -> None:
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
    from pricewar.scenarios.api.studies import compare as hold_against

    comparison = hold_against(scenario, shard=shard, **given)
    if tell_part(comparison.results, shard):
        return
    _tell(comparison, as_json)
    tell_failures(comparison.results, met=all(claim.met(comparison.differences) for claim in comparison.claims))


def _tell(comparison: "Comparison", as_json: bool) -> None:
    from pricewar.scenarios.studies.pages.compare import p_or_none, verdicts
    from pricewar.scenarios.studies.statistics import same_arms
    from pricewar.sim.analysis.intervals import LABEL, MEANING, PERCENT

    folder = comparison.results.folder
    if as_json:
        print_json(finite({
            "folder": str(folder),
            "digest": comparison.results.digest,
            "arms": [one.name for one in comparison.results.manifest.arms],
            "seeds": list(comparison.results.manifest.seeds),
            "interval": LABEL,
            "same_arms": [list(names) for names in same_arms(comparison.results.runs)],
            "differences": comparison.asked_for.drop("asked").to_dicts(),
            "gains": comparison.gains.to_dicts(),
            "regrets": comparison.regrets.to_dicts(),
            "precision": list(comparison.precision),
            "claims": {one.said: one.met(comparison.differences) for one in comparison.claims},
        }))  # fmt: skip
        return
    heads = ("arm", "outcome", "baseline", "difference", f"{PERCENT} from", "to", "p (Holm)", "variance ratio", "pairs")
    columns = ("arm", "outcome", "baseline", "difference", "low", "high")
    print_table(heads, [
        (*(row[name] for name in columns), p_or_none(row), row["variance_ratio"], row["pairs"])
        for row in comparison.asked_for.iter_rows(named=True)
    ])  # fmt: skip
    click.echo(MEANING)
    for sentence in verdicts(comparison):
        click.echo(sentence.replace("**", ""))
    for row in comparison.precision:
        click.echo(
            f"{row['arm']}, {row['outcome']}: half-width {row['reached']:.3g} with {row['seeds']} seeds; "
            f"{row['asked']:.3g} takes about {row['seeds_needed'] or 'an unknown number of'}"
        )
    for one in comparison.claims:
        click.echo(f"{one.said}: {'met' if one.met(comparison.differences) else 'not met'}")
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")


@click.command(short_help="Share out a war among mechanisms, and among events.")
@options.scenario
@click.option("--mechanisms", metavar="NAME,NAME,...", help="Which switches of [mechanisms] (or chain.NAME); all on.")
@click.option(
    "--stand-in",
    "stand_ins",
    multiple=True,
    metavar="NAME=WHAT",
    help="What holds prices where a mechanism is off: focal_prices=wedge, =scarcity or =inattention; repeatable.",
)
@click.option(
    "--orders",
    type=click.IntRange(min=2),
    default=6,
    show_default=True,
    help="Pairs of orders sampled where there are more than five mechanisms.",
)
@without
@click.option("--events", is_flag=True, help="Take out each release and each dated launch, one at a time.")
@seeds(50)
@means
@options.as_json
def attribute(scenario: str, shard: tuple[int, int], as_json: bool, **given: Any) -> None:
    """Say which mechanisms of SCENARIO make its price wars, and which events.

    Combinations of the mechanisms that are on are switched off on the same seeds: all of them up to five mechanisms,
    sampled orders of more. With --without or --events, events are taken out instead, or besides where --mechanisms
    is given too. docs/what-if.md says how to read the answer.

    \b
    Examples:
      pricewar attribute china-2024
      pricewar attribute china-2024 --mechanisms idle_capacity,attention --seeds 100
      pricewar attribute china-2024 --stand-in focal_prices=scarcity
      pricewar attribute china-2024 --without release:deepseek-v2 --without launch:bytedance.2024-05-15
      pricewar attribute china-2024 --events --seeds 100
    """
    from pricewar.scenarios.api.studies import attribute as share_out

    attribution = share_out(scenario, shard=shard, **given)
    if tell_part(attribution.results, shard):
        return
    _tell_shares(attribution, as_json)
    tell_failures(attribution.results)


def _tell_shares(attribution: "Attribution", as_json: bool) -> None:
    from pricewar.scenarios.studies.pages.attribute import stood, verdicts
    from pricewar.sim.analysis.intervals import LABEL, MEANING, PERCENT

    folder = attribution.results.folder
    if as_json:
        tables = {"shares": attribution.shares, "interactions": attribution.interactions, "causes": attribution.causes}
        print_json(finite({
            "folder": str(folder),
            "digest": attribution.results.digest,
            "seeds": list(attribution.results.manifest.seeds),
            "interval": LABEL,
            **{name: table.to_dicts() for name, table in tables.items()},
        }))  # fmt: skip
        return
    if attribution.shares.height:
        shown = attribution.shares.select("outcome", "mechanism", "share", "low", "high", "percent")
        print_table(("outcome", "mechanism", "share", f"{PERCENT} from", "to", "% of together"), shown.rows())
        for name, stand_in in stood(attribution.shares):
            click.echo(f"{name} off: {stand_in}.")
    if attribution.causes.height:
        columns = ("event", "necessity", "necessity_low", "necessity_high", "wars_with", "sufficiency",
                   "sufficiency_low", "sufficiency_high", "peace_without", "prevented")  # fmt: skip
        level = f"{PERCENT} from"
        heads = ("without", "necessity", level, "to", "wars", "sufficiency", level, "to", "peaceful", "prevented")
        print_table(heads, attribution.causes.select(columns).rows())
    click.echo(MEANING)
    for sentence in verdicts(attribution):
        click.echo(sentence.replace("**", ""))
    click.echo(f"Results: {folder} (start with {folder / 'summary.md'})")
