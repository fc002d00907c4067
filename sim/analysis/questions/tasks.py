r"""Tasks touched by what was bought: tokens times exposure, with its caveat.

.. math:: T = \sum_s \frac{10^6\, Q_s}{\tau}\, e_s, \qquad F = T h / H

Q tokens [Mtok/day], :math:`\tau` tokens a task, e exposure, h hours saved a task, H hours of a full-time worker a day.

Eloundou, Manning, Mishkin & Rock (2023, "GPTs are GPTs", abstract): about 15 % of all worker tasks in the US could be
done significantly faster (in half the time) at the same quality with a model alone, 47 to 56 % with software built on
top. These are `low` and the middle of the range, `high`. **Exposure is not displacement**: it says what could be done
faster, not that it is, nor that anybody loses work. The share of exposed tasks is taken for the share of tokens spent
on such tasks, for want of a better; tokens and hours a task are assumed. The numbers scale one to one with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pricewar.sim.analysis.base import Ends, Tables, summed
from pricewar.sim.analysis.questions.base import Columns, Needs, Question, in_order
from pricewar.sim.text import figures

TASKS_NEEDS: Needs = {"segments_daily": ("segment", "tokens")}
TOKENS_PER_TASK = 10_000.0
"""Tokens that a task takes, prompts, context and retries included. [token] Assumed: a few pages in and a page out,
several times over."""
HOURS_SAVED = 0.25
"""Hours saved a task. [hour] Assumed: half of half an hour; half the time is the study's threshold of exposure."""
HOURS_A_DAY = 1742.0 / 365.0
"""Hours that a full-time worker works, per calendar day. [hour/day] OECD mean of hours worked in 2023, 1,742 a year."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Share of tasks exposed to models. [share, 0-1]"""

    low: float
    """With a model alone."""
    high: float
    """With software built on top of it."""
    source: str
    """Where it comes from, or why it is assumed."""


EXPOSURES: Mapping[str, Exposure] = {
    "language": Exposure(0.15, 0.515, "Eloundou et al. (2023), abstract; 51.5 % is the middle of 47-56 %"),
    "vision": Exposure(0.15, 0.515, "assumed as language: the study rates text models"),
    "speech": Exposure(0.15, 0.515, "assumed as language: the study rates text models"),
    "recommendation": Exposure(0.0, 0.0, "assumed zero: ranking for each reader was no worker's task before"),
}
"""By segment; one that is not here is taken as language."""
TASKS_COLUMNS: Columns = {
    "day": ("day", "Day, 0 on the scenario's first; negative in the burn-in."),
    "date": ("", "Calendar date of the day."),
    "tokens": ("Mtok/day", "Tokens bought."),
    "tasks_low": ("task/day", "Tasks exposed with a model alone."),
    "tasks_high": ("task/day", "Tasks exposed with software on top."),
    "workers_low": (
        "full-time equivalent",
        "Full-time workers whose hours the low number of tasks would save.",
    ),
    "workers_high": ("full-time equivalent", "Full-time workers whose hours the high number of tasks would save."),
}


def tasks(
    tables: Tables,
    *,
    exposures: Mapping[str, Exposure] = EXPOSURES,
    tokens_per_task: float = TOKENS_PER_TASK,
    hours_saved: float = HOURS_SAVED,
) -> pl.DataFrame:
    """Exposed tasks on which the tokens of a day may have been spent; columns of TASKS_COLUMNS, a row a day.

    tokens_per_task: [token]; hours_saved: per task [hour]; exposures: by segment, `language` for one not there.
    Raises ValueError unless tokens_per_task is above zero.
    """
    if not tokens_per_task > 0:
        raise ValueError(f"a task takes more than no tokens, not {tokens_per_task}")
    segment, tokens = pl.col("segment"), pl.col("tokens")
    other = exposures.get("language", EXPOSURES["language"])
    bounds = {bound: {name: getattr(one, bound) for name, one in exposures.items()} for bound in ("low", "high")}
    counted = [
        (
            tokens * 1e6 / tokens_per_task
            * segment.replace_strict(bounds[bound], default=getattr(other, bound), return_dtype=pl.Float64)
        ).sum().alias(f"tasks_{bound}")
        for bound in ("low", "high")
    ]  # fmt: skip
    table = summed(
        tables["segments_daily"].select("day", "date", "segment", "tokens"), ["day", "date"], tokens.sum(), *counted
    )
    workers = {f"workers_{b}": pl.col(f"tasks_{b}") * hours_saved / HOURS_A_DAY for b in ("low", "high")}
    return in_order(table.with_columns(**workers), TASKS_COLUMNS)


def say_tasks(table: pl.DataFrame, code: str) -> str:
    """Say how many tasks, and what the number rests on."""
    del code
    ends = Ends.of(table)
    (_, low), (_, high) = ends.means("tasks_low"), ends.means("tasks_high")
    (_, few), (_, many) = ends.means("workers_low"), ends.means("workers_high")
    if not high:
        return "Nothing that touches an exposed task was bought at last."
    return (
        f"Tokens bought at last could have touched {figures(low)} to {figures(high)} exposed tasks a day, the hours of "
        f"{figures(few)} to {figures(many)} full-time workers: exposure, not displacement, resting on assumed tokens "
        f"({figures(TOKENS_PER_TASK)}) and hours ({HOURS_SAVED}) a task."
    )


TASKS = Question(
    words="How many tasks could be automated with what is bought?",
    ask=tasks,
    say=say_tasks,
    columns=TASKS_COLUMNS,
    needs=TASKS_NEEDS,
)
