"""Report what `china-2024` does over seeds and opening utilisations, as it is. Not a test: nothing is asserted.

    python tests/statistical/china_2024_report.py [--seeds 30] [--jobs 2] > table.md
    python tests/statistical/china_2024_report.py --arms worlds --draw [--seeds 30] > who_began.md
    python tests/statistical/china_2024_report.py --arms each [--seeds 10] > what_it_hangs_on.md

For every opening utilisation, with DeepSeek-V2's release and without it: how often a war starts within 45 days of
6 May 2024, how many sellers (hosts aside) cut within 17 and 30 days, the median cumulative cut of the tiers that cut
within 30 days, and the flagships' mean cut over the cheap tiers'. Then the null, with every mechanism off.

`--arms worlds`: the same market with the release; with DeepSeek-V2 for sale, its weights kept; without DeepSeek, with
ByteDance as it is; without either. `--draw` gives every seed its own values of what is assumed about pricing, alike in
all arms. `--arms each`: one of these at a time at either end of its range, with the release and without it.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import polars as pl

from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.analysis.intervals import MEANING, proportion
from pricewar.sim.pages.table import Table, heads

RELEASE = 126
"""6 May 2024, in days since 1 January."""
NULL = [f"mechanisms.{name}=false" for name in ("open_release", "idle_capacity", "focal_prices", "attention")]
ASSUMED = {
    "conduct.review_rate": (1 / 90, 1 / 15),
    "conduct.alertness": (0.25, 1.0),
    "conduct.discount": (0.05, 0.6),
    "conduct.cost_error": (0.1, 0.6),
    "conduct.menu_cost": (0.1, 0.2),
    "segments.*.contract": (45.0, 180.0),
    "hosts.look": (10.0, 45.0),
}
"""Ranges of what is assumed about pricing and nobody has observed; drawn evenly in logarithms."""
SEGMENTS = ("language", "vision", "speech", "recommendation")
NEVER = "2030-01-01"
NO_DEEPSEEK = ["releases.deepseek-v2.enabled=false"]
NO_BYTEDANCE = [f"sellers.bytedance.tiers.{tier}.launch={NEVER}" for tier in ("cheap", "flagship")]
WORLDS = {
    "with the release": [],
    "DeepSeek-V2 for sale, weights kept": ["releases.deepseek-v2.licence=research"],
    "without DeepSeek, ByteDance as it is": NO_DEEPSEEK,
    "with the release, without ByteDance": NO_BYTEDANCE,
    "without either": [*NO_DEEPSEEK, *NO_BYTEDANCE],
}


def settings(values: Mapping[str, float]) -> tuple[str, ...]:
    """The `--set` of some values; a star stands for every segment."""
    return tuple(
        f"{key.replace('*', name)}={value!r}"
        for key, value in values.items()
        for name in (SEGMENTS if "*" in key else ("",))
    )


def drawn(seed: int) -> tuple[str, ...]:
    """What a seed takes for all that is assumed."""
    luck = np.random.default_rng(seed)
    return settings({key: float(np.exp(luck.uniform(*np.log(ends)))) for key, ends in ASSUMED.items()})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run did after 6 May."""

    war: bool
    before: bool
    """Whether one has begun before 6 May."""
    ever: bool
    within_17: int
    within_30: int
    cheap: tuple[float, ...]
    flagship: tuple[float, ...]


def outcome(job: tuple[int, tuple[str, ...], int]) -> Outcome:
    """Run one seed to `days` and look."""
    seed, overrides, days = job
    run = play(load("china-2024", [*overrides, f"days={days}"]), seed=seed)
    wars = run.tables["wars"]
    soon = wars.filter((pl.col("start_time") >= RELEASE) & (pl.col("start_time") <= RELEASE + 45))
    # Hosts follow their cost, and what buyers spend on machines of their own is nobody's price.
    sellers = run.tables["sellers_daily"].filter(pl.col("role").is_in(["cloud", "lab"]))["seller"].unique()
    prices = run.tables["prices"].filter(pl.col("seller").is_in(sellers.implode()))
    after = prices.filter((pl.col("time") >= RELEASE) & (pl.col("time") <= RELEASE + 30))
    cuts = after.filter(pl.col("kind") == "cut")
    cumulative = (
        after.filter(pl.col("kind").is_in(["cut", "rise"]))
        .sort("time")
        .group_by("seller", "tier")
        .agg(cut=1.0 - pl.col("price").last() / pl.col("previous").first())
        .filter(pl.col("cut") > 0)
        .sort("seller", "tier")
    )
    by_tier = {t: tuple(cumulative.filter(pl.col("tier") == t)["cut"].to_list()) for t in ("cheap", "flagship")}
    return Outcome(
        war=soon.height > 0,
        before=wars.filter(pl.col("start_time") < RELEASE).height > 0,
        ever=wars.height > 0,
        within_17=cuts.filter(pl.col("time") <= RELEASE + 17)["seller"].n_unique(),
        within_30=cuts["seller"].n_unique(),
        cheap=by_tier["cheap"],
        flagship=by_tier["flagship"],
    )


def share(happened: Sequence[bool]) -> str:
    """A share of the seeds with its interval."""
    over = proportion(np.array(happened))
    return f"{over.mean:.2f} [{over.low:.2f}, {over.high:.2f}]"


def spread(values: Sequence[float]) -> str:
    """Median with the 10 and 90 % quantiles."""
    if not len(values):
        return "none"
    low, mid, high = np.quantile(np.asarray(values, dtype=float), [0.1, 0.5, 0.9])
    return f"{mid:.2f} ({low:.2f}-{high:.2f})"


def row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """One line of the table."""
    cuts = [cut for o in outcomes for cut in (*o.cheap, *o.flagship)]
    ratio = [float(np.mean(o.flagship) / np.mean(o.cheap)) for o in outcomes if o.flagship and o.cheap]
    return (
        name,
        share([o.war for o in outcomes]),
        share([o.before for o in outcomes]),
        share([o.ever for o in outcomes]),
        spread([o.within_17 for o in outcomes]),
        spread([o.within_30 for o in outcomes]),
        spread(cuts),
        spread(ratio),
    )


def arms_of(kind: str, utilisations: Sequence[str]) -> dict[str, list[str]]:
    """Overrides of each arm, by its name."""
    if kind == "worlds":
        return WORLDS
    if kind == "each":
        return {
            f"{key} = {end:.3g}, {name}": [*settings({key: end}), *WORLDS[name]]
            for key, ends in ASSUMED.items()
            for end in ends
            for name in ("with the release", "without DeepSeek, ByteDance as it is")
        }
    arms: dict[str, list[str]] = {}
    for busy in utilisations:
        arms[f"u0 = {busy}, with the release"] = [f"opening.utilisation={busy}"]
        arms[f"u0 = {busy}, without it"] = [f"opening.utilisation={busy}", *NO_DEEPSEEK]
    return arms | {"null: all mechanisms off": NULL}


def main() -> None:
    """Run all arms and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="applied to every arm")
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--utilisations", default="0.1,0.3,0.6")
    parser.add_argument("--only", default="", metavar="WORDS", help="arms whose name has these words")
    parser.add_argument("--arms", choices=["utilisations", "worlds", "each"], default="utilisations")
    parser.add_argument("--draw", action="store_true", help="draw what is assumed about pricing with each seed")
    asked = parser.parse_args()
    arms = arms_of(asked.arms, asked.utilisations.split(","))
    columns = (
        "arm",
        "war within 45 days",
        "one begun before",
        "any war",
        "sellers cut in 17 days",
        "in 30 days",
        "cut",
        "flagship/cheap",
    )
    rows = []
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        for name, overrides in arms.items():
            if asked.only not in name:
                continue
            set_by_hand = {one.partition("=")[0] for one in asked.set}
            kept = [one for one in overrides if one.partition("=")[0] not in set_by_hand]
            jobs = [
                (seed, (*(drawn(seed) if asked.draw else ()), *kept, *asked.set), asked.days)
                for seed in range(1, asked.seeds + 1)
            ]
            print(name, file=sys.stderr, flush=True)
            rows.append(row(name, list(pool.map(outcome, jobs))))
    note = f"Over {asked.seeds} seeds: shares with their intervals, other numbers medians (10 and 90 % quantiles)."
    print(Table(heads(*columns), rows, [f"{note} {MEANING}"]).markdown())


if __name__ == "__main__":
    main()
