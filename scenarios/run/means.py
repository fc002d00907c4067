"""With what something is run, where its results go, who is told how far it is, and who may stop it."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pricewar.sim.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is."""

    done: float
    """Runs that have ended; of a single run the share of its days."""
    total: float = 1.0
    """Runs in all; 1 for a share."""
    failed: int = 0
    """Runs that failed."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    """What is about to be done, at the first word and never again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Processes, folder, progress and cancelling, for one run and for many."""

    jobs: int = 1
    """Processes of this machine, or tasks that an executor works on at a time."""
    executor: Executor | None = None
    """Any that takes pickled functions, instead of processes of this machine."""
    out: Path | None = None
    """Folder for the results; None leaves the choice to the verb."""
    overwrite: bool = False
    """Whether earlier results in that folder may be thrown away."""
    progress: Callable[[Progress], None] | None = None
    """Is told how far it is: first the plan, then every run as it ends, or every day of a single one."""
    cancel: Callable[[], bool] | None = None
    """Is asked as often; where it says True, Cancelled is raised, and what has finished is kept."""

    @classmethod
    def of(
        cls,
        *,
        jobs: int = 1,
        executor: Executor | None = None,
        out: Path | str | None = None,
        overwrite: bool = False,
        progress: Callable[[Progress], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> "Means":
        """Put together what a verb was given."""
        folder = None if out is None else Path(out)
        return cls(jobs=jobs, executor=executor, out=folder, overwrite=overwrite, progress=progress, cancel=cancel)

    def tell(self, done: float, total: float = 1.0, failed: int = 0, plan: Mapping[str, Any] | None = None) -> None:
        """Tell whoever listens how far it is. Raises Cancelled where it is to end."""
        if self.progress is not None:
            self.progress(Progress(done, total, failed, plan or {}))
        if self.cancel is not None and self.cancel():
            raise Cancelled("cancelled, as was asked; what had finished is kept, nothing is half-written")
