"""llm-pricewar: the simulator of the price war in large language models, from Python.

>>> import pricewar
>>> scenario = pricewar.load("textbook", ["days=30"])
>>> run = pricewar.run(scenario, seed=1)
>>> sorted(run.tables)[:2]
['costs_daily', 'facts']

The verbs are those of the command line. A verb is imported when it is first used: importing the package alone loads
nothing. Strategies of one's own build on `pricewar.agents.pricing`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pricewar.scenarios.api.run import run as run
    from pricewar.scenarios.api.studies import compare as compare
    from pricewar.scenarios.api.studies import sweep as sweep
    from pricewar.scenarios.config.load import load as load
    from pricewar.sim.errors import Cancelled as Cancelled
    from pricewar.scenarios.studies.store import open_study as open_study

_VERBS = {
    "load": "pricewar.scenarios.config.load",
    "Cancelled": "pricewar.sim.errors",
    "run": "pricewar.scenarios.api.run",
    "compare": "pricewar.scenarios.api.studies",
    "sweep": "pricewar.scenarios.api.studies",
    "open_study": "pricewar.scenarios.studies.store",
}
"""Where each verb is made."""

__all__ = ["Cancelled", "compare", "load", "open_study", "run", "sweep"]


def __getattr__(name: str) -> Any:
    """Import a verb when it is first asked for."""
    if name in _VERBS:
        return getattr(import_module(_VERBS[name]), name)
    raise AttributeError(f"module 'pricewar' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Names that `import pricewar` offers."""
    return sorted({*globals(), *_VERBS})
