"""Arguments that several verbs share, so that they mean the same everywhere."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Verb = TypeVar("Verb", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")

seed = click.option("--seed", type=click.IntRange(min=0), help="Root of all chance; the scenario's own if not given.")

strategy = click.option(
    "--strategy",
    "strategies",
    multiple=True,
    metavar="FILE.py:CLASS",
    help="Import a pricing strategy of your own (also MODULE:CLASS), so that a seller may use it; repeatable.",
)


def scenario(verb: Verb) -> Verb:
    """Give a verb SCENARIO, overrides of its keys, policies laid over it, and strategies of one's own."""
    policy = click.option(
        "--policy",
        "-p",
        "policies",
        multiple=True,
        metavar="POLICY",
        help="Lay a policy over it; repeatable.",
    )
    overrides = click.argument("overrides", nargs=-1, metavar="[KEY.PATH=VALUE]...")
    return click.argument("scenario")(overrides(policy(strategy(verb))))
