"""The verb that asks what a token costs, without a run."""

from datetime import datetime
from typing import Any

import click

from pricewar.scenarios.cli import options
from pricewar.scenarios.cli.screen import print_json, print_pairs, print_table

SHORT = (
    "seller", "tier", "model", "accelerator", "cost", "input", "output", "capital", "energy", "upkeep", "training",
    "utilisation", "machine_time", "remarks",
)  # fmt: skip
"""What is printed for people where several lines are asked for; of one line, and to programs, all is said."""


@click.command(short_help="Say what a token costs a seller, part by part.")
@click.argument("scenario", default="")
@click.argument("overrides", nargs=-1, metavar="[KEY.PATH=VALUE]...")
@click.option("--policy", "-p", "policies", multiple=True, metavar="POLICY", help="Lay a policy over it; repeatable.")
@options.strategy
@click.option("--seller", metavar="SELLER", help="Only this one.")
@click.option("--tier", metavar="TIER", help="Only this one.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="On which day; the first if not given.")
@click.option("--accelerator", metavar="CHIP", help="On these machines; on the seller's own if not given.")
@options.seed
@click.option("--components", metavar="A,B,...", help="Instead: combine components of cost, such as 10,5,0.25.")
@click.option("--substitution", type=float, metavar="S", help="Elasticity of substitution between the components.")
@options.as_json
def cost(
    scenario: str,
    overrides: tuple[str, ...],
    policies: tuple[str, ...],
    strategies: tuple[str, ...],
    seller: str | None,
    tier: str | None,
    day: datetime | None,
    accelerator: str | None,
    seed: int | None,
    components: str | None,
    substitution: float | None,
    as_json: bool,
) -> None:
    """Say what a million tokens cost the sellers of SCENARIO on a day, part by part, without a run.

    Curves stand where the day puts them, and dated steps, successors and absorbed releases until then are taken.
    Curves that follow the market's output stand where they began, for only a run knows it.

    With --components no scenario is needed: it shows the sum of the components, their product, and what stands
    between when one input can replace another.

    \b
    Examples:
      pricewar cost china-2024 --seller deepseek --date 2024-12-31
      pricewar cost china-2024 --tier flagship --accelerator h20
      pricewar cost --components 10,5,0.25
    """
    from pricewar.scenarios.config.load import load
    from pricewar.scenarios.run.components import components_of, readings
    from pricewar.scenarios.run.costs import costs
    from pricewar.sim.errors import UserMistake

    if components is not None:
        given = scenario or overrides or policies or strategies or seller or tier or day or accelerator
        if given or seed is not None:
            raise UserMistake("--components stand alone; leave out the scenario and what belongs to it")
        print_readings(readings(components_of(components), substitution), as_json)
        return
    if substitution is not None:
        raise UserMistake("--substitution needs --components, such as 10,5,0.25")
    if not scenario:
        raise UserMistake("name a scenario, as in pricewar cost china-2024, or give --components")
    made = load(scenario, overrides, policies, strategies)
    found = costs(made, seed=seed, seller=seller, tier=tier, day=day.date() if day else None, chip=accelerator)
    if as_json:
        print_json(found)
    elif len(found) == 1:
        print_pairs({_headed(name, found[0]): value for name, value in found[0].items()})
    else:
        rows = [[line[name] if name != "remarks" else "; ".join(line[name]) for name in SHORT] for line in found]
        print_table([_headed(name, found[0]) for name in SHORT], rows)


def _headed(name: str, line: dict[str, Any]) -> str:
    """Write a name with its unit, in the scenario's money."""
    from pricewar.scenarios.run.costs import UNITS

    return f"{name} [{UNITS[name].replace('money', line['currency'])}]" if name in UNITS else name


def print_readings(found: dict[str, Any], as_json: bool) -> None:
    """Print the readings of components of cost."""
    if as_json:
        print_json(found)
        return
    print_pairs(
        {
            "components": [f"{part:g}" for part in found["components"]],
            "sum": f"{found['sum']:.6g}",
            "product": f"{found['product']:.6g}",
            "remark": found["remark"],
        }
    )
    click.echo()
    heads = ("substitution", "input halved", "cost", "shares of cost", "units of each input")
    rows = [
        (
            reading["substitution"],
            case["halved"] or "none",
            f"{case['cost']:.6g}",
            ", ".join(f"{share:.3f}" for share in case["shares"]),
            ", ".join(f"{units:.4g}" for units in case["demands"]),
        )
        for reading in found["readings"]
        for case in reading["cases"]
    ]
    print_table(heads, rows)
