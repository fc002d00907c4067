"""What arms differ in from the baseline, on the same seeds: tables of runs in, tables of differences out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pricewar.scenarios.config.names import suggestion
from pricewar.scenarios.studies.outcomes import KINDS, known_outcome, moments
from pricewar.scenarios.studies.statistics import bounds_of, holm, paired
from pricewar.sim.analysis.intervals import between, of_means
from pricewar.sim.analysis.measures import OUTCOMES, SERIES
from pricewar.sim.errors import UserMistake
from pricewar.sim.market.demand import Floats

ASKED = ("war", "depth", "price", "hhi", "adoption", "surplus", "profit", "purse", "welfare")
"""Outcomes of a comparison if nobody asks for others."""
BETTER: Mapping[str, int] = {
    "welfare": 1, "surplus": 1, "profit": 1, "purse": 1, "adoption": 1, "tokens": 1, "price": -1,
    "constant_quality": -1,
}  # fmt: skip
"""Outcomes of which more (1) or less (-1) is better for somebody; only these can be regretted."""
_CLAIM = re.compile(r"(?:(?P<arm>[^<>=]+):)?\s*(?P<outcome>\w+)\s*(?P<side>[<>])\s*(?P<bound>[-+.\w]+)\s*")


def by_seed(runs: pl.DataFrame, arm: str, column: str, seeds: Sequence[int]) -> Floats:
    """An outcome of an arm in the order of seeds, nan where a run failed or has none, shape (n,)."""
    one = runs.filter(pl.col("arm") == arm)
    by_number = dict(zip(one["seed"].to_list(), one[column].to_list(), strict=True))
    values = [by_number.get(seed) for seed in seeds]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _spread(values: Floats) -> tuple[float, float]:
    kept = values[np.isfinite(values)]
    mean = float(kept.mean()) if kept.size else float("nan")
    return mean, float(kept.std(ddof=1)) if kept.size > 1 else float("nan")


def differences(
    runs: pl.DataFrame, arms: Sequence[str], asked: Sequence[str] = ASKED, adjust: bool = True
) -> pl.DataFrame:
    """Every outcome of every arm less the first arm's: a row an arm and an outcome, those asked for first.

    arms: names, the baseline first. adjust: whether p-values of what is asked are adjusted for its number (Holm); what
    is the same in all pairs has no p-value and does not count.
    Columns: mean of the baseline and its standard deviation over seeds; difference with its interval and p; the same
    in per cent of the baseline; standard deviation of the difference and variance ratio, as in `paired.Paired`.
    """
    baseline, *others = arms
    seeds = sorted(set(runs["seed"].to_list()))
    ordered = [*asked, *(name for name in OUTCOMES if name not in asked)]
    rows = []
    for arm in others:
        for name in ordered:
            before = by_seed(runs, baseline, name, seeds)
            bounds = bounds_of(runs.filter(pl.col("arm").is_in([arm, baseline])), name)
            after = by_seed(runs, arm, name, seeds)
            difference = paired(after, before, bounds, happens=OUTCOMES[name].happens)
            mean, sd = _spread(before)
            percent = 100.0 * difference.mean / abs(mean) if mean else float("nan")
            rows.append((
                arm, name, name in asked, difference.pairs, mean, sd, difference.mean, difference.low, difference.high,
                percent, difference.p, difference.sd, difference.variance_ratio,
            ))  # fmt: skip
    texts = {"arm": pl.String, "outcome": pl.String, "asked": pl.Boolean, "pairs": pl.Int64}
    numbers = ("baseline", "baseline_sd", "difference", "low", "high", "percent", "p", "sd", "variance_ratio")
    table = pl.DataFrame(rows, schema={**texts, **dict.fromkeys(numbers, pl.Float64)}, orient="row")
    family = table["asked"].to_list()
    adjusted = iter(holm([p for p, is_asked in zip(table["p"], family, strict=True) if is_asked]))
    return table.with_columns(
        pl.Series("p_holm", [next(adjusted) if is_asked and adjust else None for is_asked in family], dtype=pl.Float64)
    )


def gains(parts: pl.DataFrame, arms: Sequence[str]) -> pl.DataFrame:
    """Who gains and who loses in every arm: the difference in each part of welfare, with its interval.

    parts: arm, seed, kind, whom, amount. Somebody who is not in a run gets zero of it. The parts' differences sum to
    the difference in welfare over the seeds that both arms have.
    """
    baseline, *others = arms
    whom = parts.select("kind", "whom").unique().rows()
    ordered = sorted(whom, key=lambda part: (KINDS.index(part[0]), part[1]))
    rows = []
    for arm in others:
        seeds = sorted(set(_seeds(parts, arm)) & set(_seeds(parts, baseline)))
        for kind, who in ordered:
            one = parts.filter((pl.col("kind") == kind) & (pl.col("whom") == who))
            before, after = (np.nan_to_num(by_seed(one, name, "amount", seeds)) for name in (baseline, arm))
            difference = paired(after, before)
            mean = _spread(before)[0]
            rows.append((arm, kind, who, difference.pairs, mean, difference.mean, difference.low, difference.high))
    names = dict.fromkeys(("arm", "kind", "whom"), pl.String)
    numbers = dict.fromkeys(("baseline", "difference", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema={**names, "pairs": pl.Int64, **numbers}, orient="row")


def _seeds(table: pl.DataFrame, arm: str) -> list[int]:
    return table.filter(pl.col("arm") == arm)["seed"].unique().to_list()


def regrets(runs: pl.DataFrame, arms: Sequence[str], outcomes: Sequence[str]) -> pl.DataFrame:
    """How far each arm falls short of the best arm of the same seed: worst (minimax regret, Savage 1951) and mean.

    Only outcomes with a direction count (`BETTER`), and only seeds that all arms have. `best` is the share of seeds in
    which no other arm is better.
    """
    seeds = sorted(set(runs["seed"].to_list()))
    rows = []
    for name in outcomes:
        if name not in BETTER:
            continue
        values = BETTER[name] * np.array([by_seed(runs, arm, name, seeds) for arm in arms])
        whole = np.isfinite(values).all(axis=0)
        short = values[:, whole].max(axis=0, initial=-np.inf) - values[:, whole]
        kept = np.array(seeds)[whole]
        for arm, regret in zip(arms, short, strict=True):
            if regret.size:
                worst = int(regret.argmax())
                best = float((regret == 0.0).mean())
                rows.append((name, arm, float(regret[worst]), int(kept[worst]), float(regret.mean()), best))
    types = {"outcome": pl.String, "arm": pl.String, "worst": pl.Float64, "worst_seed": pl.Int64,
             "mean": pl.Float64, "best": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=types, orient="row")


def trajectories(series: pl.LazyFrame, arms: Sequence[str]) -> pl.DataFrame:
    """Mean difference from the first arm, day by day, with its interval: arm, series, day, pairs, mean, low, high.

    The intervals hold for each day by itself, not for the whole path.
    """
    baseline, *others = arms
    tables = []
    before = series.filter(pl.col("arm") == baseline).drop("arm").collect()
    for arm in others:
        one = series.filter(pl.col("arm") == arm).drop("arm").collect()
        both = one.join(before, on=["seed", "day"], suffix="_before").sort("day", "seed")
        days, at = np.unique(both["day"].to_numpy(), return_inverse=True)
        for name in SERIES:
            n, mean, sd = moments(at, (both[name] - both[f"{name}_before"]).to_numpy(), days.size)
            pairs = n.astype(np.int64)
            low, high = of_means(mean, sd, pairs, between(SERIES[name].bounds))
            path = {"day": days, "pairs": pairs, "mean": mean, "low": low, "high": high}
            named = pl.DataFrame(path).filter(pl.col("pairs") > 0)
            tables.append(named.select(pl.lit(arm).alias("arm"), pl.lit(name).alias("series"), pl.all()))
    numbers = dict.fromkeys(("mean", "low", "high"), pl.Float64)
    empty = {"arm": pl.String, "series": pl.String, "day": pl.Int64, "pairs": pl.Int64, **numbers}
    return pl.concat(tables) if tables else pl.DataFrame(schema=empty)


@dataclass(frozen=True, slots=True)
class Claim:
    """That a difference lies on one side of a number; met where its whole interval does."""

    said: str
    arm: str | None
    """Of which it is said; None for all."""
    outcome: str
    below: bool
    bound: float

    def met(self, table: pl.DataFrame) -> bool:
        """Whether the intervals in a table of differences say so; an interval that is not known does not."""
        rows = table.filter(pl.col("outcome") == self.outcome)
        if self.arm is not None:
            rows = rows.filter(pl.col("arm") == self.arm)
        edges = rows["high" if self.below else "low"].to_list()
        return bool(edges) and all(edge < self.bound if self.below else edge > self.bound for edge in edges)


def claim(text: str, arms: Sequence[str]) -> Claim:
    """Read `hhi<0.02` or `ARM: welfare>0`, a claim on a difference. Raises UserMistake."""
    read = _CLAIM.fullmatch(text)
    try:
        bound = float(read["bound"]) if read else float("nan")
    except ValueError:
        bound = float("nan")
    if read is None or bound != bound:
        raise UserMistake(f"{text!r} is no claim; write it like 'hhi<0.02' or 'price-floor: welfare>0'")
    arm = read["arm"].strip() if read["arm"] else None
    if arm is not None and arm not in arms:
        raise UserMistake(f"no arm called '{arm}'; {suggestion(arm, list(arms))}")
    return Claim(text, arm, known_outcome(read["outcome"]), read["side"] == "<", bound)
