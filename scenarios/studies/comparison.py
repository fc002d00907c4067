"""Comparisons carried out: the arms that are asked for, seeds until intervals are narrow enough, and what is found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import polars as pl

from pricewar.scenarios.config.source import Source
from pricewar.scenarios.studies.compare import ASKED, Claim, claim
from pricewar.scenarios.studies.outcomes import known_outcome, outcomes_asked
from pricewar.scenarios.studies.statistics import seeds_needed
from pricewar.scenarios.studies.store import Results
from pricewar.scenarios.studies.study import BASELINE, Arm, Study, distinct, keys_arm, policy_arm, without_arm
from pricewar.sim.errors import UserMistake

BATCH = 20
"""Seeds that are added at a time, and least number of them: with few, a variance may by luck look small."""


def half_widths(widths: Sequence[str] | Mapping[str, float]) -> dict[str, float]:
    """Read `hhi=0.01`: an outcome and half the width that its interval is to have. Raises UserMistake."""
    asked = {}
    for each in [f"{name}={width!r}" for name, width in widths.items()] if isinstance(widths, Mapping) else widths:
        name, _, number = each.partition("=")
        try:
            width = float(number)
        except ValueError:
            width = float("nan")
        if not (isfinite(width) and width > 0.0):
            raise UserMistake(f"{each!r} is no precision; write it like hhi=0.01, half the width of the interval")
        asked[known_outcome(name.strip())] = width
    return asked


def batches(most: int) -> Iterator[int]:
    """Numbers of seeds, one after the other, up to the most."""
    yield from range(BATCH, most, BATCH)
    yield most


def precise(table: pl.DataFrame, asked: Mapping[str, float]) -> bool:
    """Whether every arm's interval of each outcome asked for is that narrow."""
    widths = ((row["outcome"], (row["high"] - row["low"]) / 2.0) for row in table.iter_rows(named=True))
    return all(width <= asked[outcome] for outcome, width in widths if outcome in asked)


def precision(table: pl.DataFrame, asked: Mapping[str, float]) -> list[dict[str, object]]:
    """For each arm and outcome asked for: half-width asked, half-width reached, and seeds that it needs.

    Seeds needed are (z sd / half-width)^2 with the standard deviation found so far.
    """
    rows: list[dict[str, object]] = []
    for row in table.filter(pl.col("outcome").is_in(list(asked))).iter_rows(named=True):
        width, sd = asked[row["outcome"]], row["sd"]
        needed = seeds_needed(sd, width) if isfinite(sd) else None
        reached = (row["high"] - row["low"]) / 2.0
        rows.append({"arm": row["arm"], "outcome": row["outcome"], "asked": width, "reached": reached,
                     "seeds": row["pairs"], "seeds_needed": needed})  # fmt: skip
    return rows


@dataclass(frozen=True)
class Question:
    """What is asked of a comparison; all that can be wrong with it is found when it is made."""

    study: Study
    """Its arms, baseline first, with the most seeds that it may take."""
    asked: tuple[str, ...]
    """Outcomes, in the order of the tables."""
    widths: Mapping[str, float]
    """Half-widths that intervals are to have, by outcome."""
    claims: tuple[Claim, ...]


def question(
    source: Source,
    policies: Sequence[str] = (),
    arms: Sequence[str] = (),
    without: Sequence[str] = (),
    *,
    seeds: tuple[int, ...],
    outcomes: Sequence[str] = (),
    until: Sequence[str] | Mapping[str, float] = (),
    require: Sequence[str] = (),
) -> Question:
    """Make the arms, and read what is asked of them. Raises UserMistake."""
    reading = source.with_more()
    baseline = Arm(BASELINE, reading)
    scenario = baseline.scenario()
    every = distinct([
        baseline,
        *(policy_arm(source, policy) for policy in policies),
        *(keys_arm(source, arm) for arm in arms),
        *(without_arm(reading, scenario, what) for what in without),
    ])  # fmt: skip
    if len(every) == 1:
        raise UserMistake("nothing to compare; give a policy, an arm, or something to do without")
    widths = half_widths(until)
    asked = tuple(dict.fromkeys((*outcomes_asked(outcomes, ASKED), *widths)))
    claims = tuple(claim(text, [one.name for one in every[1:]]) for text in require)
    return Question(Study("comparison", source.title, every, seeds), asked, widths, claims)


@dataclass(frozen=True)
class Comparison:
    """All that is said of a comparison."""

    results: Results
    asked: Sequence[str]
    differences: pl.DataFrame
    gains: pl.DataFrame
    regrets: pl.DataFrame
    paths: pl.DataFrame
    precision: Sequence[Mapping[str, object]] = ()
    """Half-widths asked for, reached, and the seeds that they need; empty if none was asked for."""
    claims: Sequence[Claim] = ()

    @property
    def asked_for(self) -> pl.DataFrame:
        """The differences that were asked for."""
        return self.differences.filter(pl.col("asked"))

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """What is found, by the names under which the folder registers it."""
        tables = {
            "differences": self.differences,
            "gains": self.gains,
            "regrets": self.regrets,
            "trajectories": self.paths,
        }
        return {**tables, "precision": pl.DataFrame(self.precision)} if self.precision else tables
