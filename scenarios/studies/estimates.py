"""What a study would take, before it is run: runs, time and room on the disk."""

from typing import Any

from pricewar.scenarios.run.plan import estimate
from pricewar.scenarios.studies.study import Study

A_DAY = 130.0
"""Bytes of a run's daily series, in the log and in the tables, a day; measured over 1,000 runs of `china-2024`."""
A_RUN = 2_000.0
"""Bytes of its line in the ledger and of its rows in the tables."""


def runs_of(study: Study) -> int:
    """Runs of this shard; arms that say the same share theirs."""
    return len({task.id for task in study.tasks()})


def disk_of(study: Study) -> float:
    """Rough size of its folder. [bytes]"""
    return runs_of(study) * (A_RUN + A_DAY * study.arms[0].scenario().days)


def study_plan(study: Study, jobs: int, finished: int = 0) -> dict[str, Any]:
    """Say what a study would take on so many processes; the time is that of the runs that have not finished.

    Simplification: every arm is taken to cost what the first does, and processes not to hinder each other.
    """
    each = estimate(study.arms[0].scenario())
    return {
        "arms": len(study.arms),
        "seeds": len(study.seeds),
        "runs": runs_of(study),
        "seconds a run": round(each, 1),
        "processes": jobs,
        "estimated time": span(max(0, runs_of(study) - finished) * each / jobs),
        "estimated disk": room(disk_of(study)),
    }


def span(seconds: float) -> str:
    """Write a time in the unit that suits it.

    >>> span(90.0), span(600.0), span(3 * 3600.0), span(5 * 86_400.0)
    ('90 s', '10 min', '3 h', '5 days')
    """
    for size, unit in ((86_400.0, "days"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= 2.0 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def room(size: float) -> str:
    """Write a size in the unit that suits it.

    >>> room(4e3), room(5.6e7), room(3e9)
    ('1 MB', '56 MB', '3 GB')
    """
    return f"{size / 1e9:.0f} GB" if size >= 2e9 else f"{max(1.0, size / 1e6):.0f} MB"
