"""What is run: `schema` (what a scenario may say), `consistency/` (what must fit in it), `load` (from TOML).

Then `play` (one run) by `setting` (its world on the eve) and `living` (who is started in it), the only places where the
world and those who act meet; `costs` without a run; `library/`, `studies/` (many runs), `cli/`.

From Python the verbs are `scenarios.load`, `run`, `compare` and `sweep`; importing the package alone loads nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.load import load as load
    from scenarios.studies.comparing import compare as compare
    from scenarios.studies.results import open_study as open_study
    from scenarios.studies.sweep import sweep as sweep
    from scenarios.verbs import run as run

_VERBS = {
    "run": "scenarios.verbs",
    "compare": "scenarios.studies.comparing",
    "sweep": "scenarios.studies.sweep",
    "open_study": "scenarios.studies.results",
}


def __getattr__(name: str) -> Any:
    """Import a verb when it is first asked for."""
    if name == "load":
        return import_module("scenarios.load")  # a module that can be called
    if name in _VERBS:
        return getattr(import_module(_VERBS[name]), name)
    raise AttributeError(f"module 'scenarios' has no attribute '{name}'")
