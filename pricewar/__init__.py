"""llm-pricewar: the simulator of the price war in large language models, from Python.

>>> import pricewar
>>> run = pricewar.run("textbook", ["days=30"], seed=1)
>>> sorted(run.tables)[:2]
['costs_daily', 'facts']

The verbs are those of the command line, with the same arguments; docs/python.md shows each. A verb is imported when it
is first used: importing the package alone loads nothing. Strategies of one's own build on `pricewar.agents.pricing`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pricewar.scenarios.api.diff import diff as diff
    from pricewar.scenarios.api.hand_on import export as export
    from pricewar.scenarios.api.hand_on import merge as merge
    from pricewar.scenarios.api.hand_on import status as status
    from pricewar.scenarios.api.hand_on import table as table
    from pricewar.scenarios.api.prepare import check as check
    from pricewar.scenarios.api.prepare import combine_costs as combine_costs
    from pricewar.scenarios.api.prepare import cost as cost
    from pricewar.scenarios.api.prepare import explain as explain
    from pricewar.scenarios.api.prepare import list_scenarios as list_scenarios
    from pricewar.scenarios.api.prepare import new as new
    from pricewar.scenarios.api.prepare import schema as schema
    from pricewar.scenarios.api.prepare import show as show
    from pricewar.scenarios.api.read import ask as ask
    from pricewar.scenarios.api.read import plot as plot
    from pricewar.scenarios.api.read import wars as wars
    from pricewar.scenarios.api.read import why as why
    from pricewar.scenarios.api.run import force_price as force_price
    from pricewar.scenarios.api.run import run as run
    from pricewar.scenarios.api.studies import attribute as attribute
    from pricewar.scenarios.api.studies import compare as compare
    from pricewar.scenarios.api.studies import sensitivity as sensitivity
    from pricewar.scenarios.api.studies import sweep as sweep
    from pricewar.scenarios.api.verify import verify as verify
    from pricewar.scenarios.config.load import load as load
    from pricewar.scenarios.run.means import Progress as Progress
    from pricewar.scenarios.studies.store import open_study as open_study
    from pricewar.sim.errors import Cancelled as Cancelled
    from pricewar.sim.errors import UserMistake as UserMistake
    from pricewar.sim.pages.run_folder import open_run as open_run

_WHERE = {
    "pricewar.scenarios.api.diff": ("diff",),
    "pricewar.scenarios.api.hand_on": ("export", "merge", "status", "table"),
    "pricewar.scenarios.api.prepare": (
        "check", "combine_costs", "cost", "explain", "list_scenarios", "new", "schema", "show",
    ),
    "pricewar.scenarios.api.read": ("ask", "plot", "wars", "why"),
    "pricewar.scenarios.api.run": ("force_price", "run"),
    "pricewar.scenarios.api.studies": ("attribute", "compare", "sensitivity", "sweep"),
    "pricewar.scenarios.api.verify": ("verify",),
    "pricewar.scenarios.config.load": ("load",),
    "pricewar.scenarios.run.means": ("Progress",),
    "pricewar.scenarios.studies.store": ("open_study",),
    "pricewar.sim.errors": ("Cancelled", "UserMistake"),
    "pricewar.sim.pages.run_folder": ("open_run",),
}  # fmt: skip
"""What is offered, by the module in which it is made; type checkers read the imports above."""
_MODULES = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "Cancelled", "Progress", "UserMistake", "ask", "attribute", "check", "combine_costs", "compare", "cost", "diff",
    "explain", "export", "force_price", "list_scenarios", "load", "merge", "new", "open_run", "open_study", "plot",
    "run", "schema", "sensitivity", "show", "status", "sweep", "table", "verify", "wars", "why",
]  # fmt: skip


if not TYPE_CHECKING:  # who checks types sees the imports above, and no name beside them

    def __getattr__(name: str) -> Any:
        """Import a verb when it is first asked for."""
        if name in _MODULES:
            return getattr(import_module(_MODULES[name]), name)
        raise AttributeError(f"module 'pricewar' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Names that `import pricewar` offers."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
