"""The verb that shares out a war among mechanisms, and asks which events it needed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.many import finite, without
from pricewar.scenarios.cli.screen import print_json, print_table, say
from pricewar.scenarios.cli.study_options import SOME_FAILED, Means, carry_out, command, means, seeds

if TYPE_CHECKING:
    from pricewar.scenarios.studies.pages.attribute import Attribution


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
    from pricewar.scenarios.config.files import read
    from pricewar.scenarios.config.places import study_folder
    from pricewar.scenarios.studies.arms import BASELINE, distinct, events, without_arm
    from pricewar.scenarios.studies.attribute import Plan, Subset, causes, interactions, plan, shares
    from pricewar.scenarios.studies.pages.attribute import Attribution, write_attribution
    from pricewar.scenarios.studies.study import Arm, Study, seeds_from
    from pricewar.scenarios.studies.switches import combination_arms, switches
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
    _tell(said, as_json)
    if results.failed.height:
        click.get_current_context().exit(SOME_FAILED)


def _tell(said: "Attribution", as_json: bool) -> None:
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
