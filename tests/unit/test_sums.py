"""What a study keeps of a run does not depend on how many threads work on its tables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pricewar.scenarios.studies.outcomes import moments
from pricewar.sim.analysis.measures import mean, total, totals

ROOT = Path(__file__).parents[2]
NUMBERS = st.lists(st.tuples(st.sampled_from("abc"), st.floats(-1e12, 1e12)), min_size=1)
PROBE = """
import json
from types import SimpleNamespace
import numpy as np
import polars as pl
from pricewar.scenarios.studies.outcomes import outcomes_of
from pricewar.scenarios.studies.outcomes import parts_of

luck, days, many = np.random.default_rng(1), 366, 366 * 12
def money(n): return luck.normal(size=n) * 1e8
day = np.repeat(np.arange(days), 12)
names = pl.Series(["abcdefghijkl"[i % 12] for i in range(many)])
market = {"day": np.arange(days)} | {name: money(days) for name in ("price_level", "chained_index", "constant_quality",
          "hhi", "lerner_energy", "lerner_avoidable", "lerner_full",
          "below_cost_share", "adoption", "tokens", "utilisation")}
tables = {
    "market_daily": market,
    "segments_daily": {"day": day, "segment": names, "surplus": money(many)},
    "sellers_daily": {"day": day, "seller": names, "role": ["cloud"] * many, "tokens": money(many),
                      "revenue": money(many), "operating_cost": money(many), "rent_income": money(many)},
    "offers_daily": {"day": day, "seller": names, "tokens": abs(money(many))},
    "ledger": {"day": day, "payer": ["treasury"] * many, "payee": names, "what": ["licence"] * many,
               "amount": abs(money(many))},
    "wars": {"depth": pl.Series([], dtype=pl.Float64)},
}
run = SimpleNamespace(tables={name: pl.DataFrame(columns) for name, columns in tables.items()})
outcomes, series = outcomes_of(run)
print(json.dumps([outcomes, parts_of(run), series["profit"].to_list(), series["surplus"].to_list()]))
"""
"""A year of a made-up run: Polars' own sums of it differ between one thread, two and seven."""


@given(NUMBERS, st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_rows(rows: list[tuple[str, float]], luck: object) -> None:
    shuffled = list(rows)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    keys, values = (pl.Series(column, strict=False) for column in zip(*rows, strict=True))
    others, again = (pl.Series(column, strict=False) for column in zip(*shuffled, strict=True))
    assert total(values) == total(again)
    assert mean(values) == mean(again)
    assert totals(keys, values) == totals(others, again)


def test_what_is_not_there_does_not_count_and_nan_makes_nan() -> None:
    assert total(pl.Series([1.0, None, 2.0])) == 3.0
    assert np.isnan(mean(pl.Series([1.0, float("nan")])))
    assert np.isnan(mean(pl.Series([], dtype=pl.Float64)))


def test_moments_are_those_of_the_finite_values_of_every_group() -> None:
    n, means, sd = moments(np.array([0, 0, 0, 2]), np.array([1.0, 3.0, np.nan, 5.0]), 3)
    assert n.tolist() == [2.0, 0.0, 1.0]
    assert means[[0, 2]].tolist() == [2.0, 5.0]
    assert sd[0] == np.sqrt(2.0)
    assert np.isnan(sd[1:]).all()


def test_outcomes_are_the_same_with_one_thread_and_with_many() -> None:
    def told(threads: int) -> object:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": str(threads)}
        asked = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True)
        assert asked.returncode == 0, asked.stderr
        return json.loads(asked.stdout)

    assert told(1) == told(7)
