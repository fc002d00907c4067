"""Report what `global-2022` does over seeds, as it is. Not a test: nothing is asserted.

    python tests/statistical/global_2022_report.py [--seeds 10] [--jobs 2] [--arm mechanisms.lock_in=true] > table.md

How fast the lowest price falls for models at least as good as text-davinci-003 and as GPT-4; prices of recorded
launches and of the last day; tokens where volumes are recorded; rents, wars and exits. `--arm` adds a column with one
thing changed.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

import numpy as np
import polars as pl

from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.analysis.prices.constant_capability import yearly_fall
from pricewar.sim.pages.table import Table, heads
from pricewar.sim.results.run import Run

ANCHORS = ("text-davinci-003 (GPT-3.5)", "gpt-4-8k")
"""Models whose capability, as drawn, sets the two constant qualities: MMLU 64.8 and 86."""


def capability(run: Run, model: str) -> float:
    """Capability of a model as this seed has drawn it. [nat]"""
    of_model = run.tables["offers_daily"].filter(pl.col("model") == model)
    return float(of_model["capability"][0])


def lowest_price(run: Run, least: float) -> pl.DataFrame:
    """Lowest price of a model this good, day by day. [USD/Mtok]"""
    return (
        run.tables["offers_daily"]
        .filter((pl.col("capability") >= least - 1e-9) & (pl.col("tier") != "self-hosted") & (pl.col("day") >= 0))
        .group_by("day")
        .agg(pl.col("price").min())
        .sort("day")
    )


def free(run: Run, least: float) -> float:
    """Share of days on which some model this good is free. [1]"""
    return float(str((lowest_price(run, least)["price"] == 0.0).mean()))


def price(run: Run, seller: str, tier: str, day: date) -> float:
    """List price of a line on a day. [USD/Mtok]"""
    found = run.tables["offers_daily"].filter(
        (pl.col("seller") == seller) & (pl.col("tier") == tier) & (pl.col("date") == day)
    )
    return float(found["price"][0]) if found.height else float("nan")


def tokens(run: Run, day: date, *, seller: str | None = None, segments: str | None = None) -> float:
    """Tokens of a seller, or of the segments whose name begins so. [1e12/day]"""
    if seller is not None:
        rows = run.tables["offers_daily"].filter((pl.col("seller") == seller) & (pl.col("date") == day))
    else:
        rows = run.tables["segments_daily"].filter(
            pl.col("segment").str.starts_with(segments or "") & (pl.col("date") == day)
        )
    return float(rows["tokens"].sum()) / 1e6


def rent(run: Run, day: date) -> float:
    """Rent of an accelerator of the first kind over that of the first week. [1]"""
    rentals = run.tables["rentals"].sort("day")
    return float(rentals.filter(pl.col("date") <= day)["price"][-1]) / float(rentals["price"][0])


def exits(run: Run) -> float:
    """Clouds and labs that could not pay and left."""
    return float(run.tables["facts"].filter(pl.col("kind") == "exit").height)


def first_war(run: Run) -> float:
    """Day of the first war, nan without one. [day]"""
    wars = run.tables["wars"]
    return float(str(wars["start_time"].min())) if wars.height else float("nan")


def outcome(job: tuple[int, tuple[str, ...]]) -> dict[str, float]:
    """Run one seed and look."""
    seed, overrides = job
    run = play(load("global-2022", list(overrides)), seed=seed)
    last = date(2024, 12, 31)
    market = run.tables["market_daily"]
    offers = run.tables["offers_daily"].filter(pl.col("date") == last)
    sold = float(offers["tokens"].sum())
    rows = {
        f"fall a year, at least {model}": yearly_fall(lowest_price(run, capability(run, model))) for model in ANCHORS
    }
    rows["days with a free model as good as text-davinci-003 [1]"] = free(run, capability(run, ANCHORS[0]))
    rows |= {
        "text-davinci-003 to GPT-4, 2023-04-30 [USD/Mtok]": price(run, "openai", "flagship", date(2023, 4, 30)),
        "gpt-3.5-turbo at launch": price(run, "openai", "cheap", date(2023, 3, 1)),
        "gpt-3.5-turbo, 2023-12-01": price(run, "openai", "cheap", date(2023, 12, 1)),
        "GPT-4 Turbo, 2023-12-01": price(run, "openai", "flagship", date(2023, 12, 1)),
        "GPT-4o, 2024-06-15": price(run, "openai", "flagship", date(2024, 6, 15)),
        "gpt-4o-mini, 2024-12-31": price(run, "openai", "cheap", last),
        "GPT-4o, 2024-12-31": price(run, "openai", "flagship", last),
        "DeepSeek-V2, 2024-05-07": price(run, "deepseek", "cheap", date(2024, 5, 7)),
        "qwen-plus, 2024-12-31": price(run, "alibaba", "flagship", last),
        "tokens of OpenAI, 2023-10-15 [1e12/day]": tokens(run, date(2023, 10, 15), seller="openai"),
        "tokens in China, 2024-01-15": tokens(run, date(2024, 1, 15), segments="cn"),
        "tokens in China, 2024-12-31": tokens(run, last, segments="cn"),
        "tokens in all, 2024-12-31": sold / 1e6,
        "hosts' share of tokens, 2024-12-31 [1]": float(
            offers.filter(pl.col("seller").str.starts_with("host-"))["tokens"].sum()
        )
        / sold,
        "revenue below full cost, 2024-12-31 [1]": float(market.filter(pl.col("date") == last)["below_cost_share"][0]),
        "utilisation, 2024-12-31 [1]": float(market.filter(pl.col("date") == last)["utilisation"][0]),
        "adoption, 2024-12-31 [1]": float(market.filter(pl.col("date") == last)["adoption"][0]),
        "applications a buyer, 2024-12-31": float(
            str(run.tables["segments_daily"].filter(pl.col("date") == last)["applications"].mean())
        ),
        "rent, 2023-10-15, over the first day's [1]": rent(run, date(2023, 10, 15)),
        "rent, 2024-12-31, over the first day's [1]": rent(run, last),
        "exits": exits(run),
        "wars": float(run.tables["wars"].height),
        "first war [days after 2022-11-30]": first_war(run),
    }
    return rows


def spread(values: Sequence[float]) -> str:
    """Median with the 10 and 90 % quantiles."""
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return "none"
    low, mid, high = np.quantile(known, [0.1, 0.5, 0.9])
    return f"{mid:.3g} ({low:.3g} to {high:.3g})"


def main() -> None:
    """Run all arms and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="applied to every arm")
    parser.add_argument("--arm", action="append", default=[], metavar="KEY=VALUE", help="adds a column with this")
    asked = parser.parse_args()
    arms: dict[str, tuple[str, ...]] = {"as it is": ()}
    arms |= {change: (change,) for change in asked.arm}
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        outcomes = {
            name: list(pool.map(outcome, [(seed, (*overrides, *asked.set)) for seed in range(1, asked.seeds + 1)]))
            for name, overrides in arms.items()
        }
    rows = [
        (key, *(spread([one[key] for one in runs]) for runs in outcomes.values()))
        for key in next(iter(outcomes.values()))[0]
    ]
    print(Table(heads("", *outcomes), rows).markdown())


if __name__ == "__main__":
    main()
