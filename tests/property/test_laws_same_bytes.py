"""The same seed gives the same bytes, in whatever process: no result may hang on Python's own hashing."""

import json
import os
import subprocess
import sys

import pytest

from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.kernel.provenance import content_digest
from pricewar.sim.results.tables import TABLES

RUNS: dict[str, list[str]] = {"textbook": [], "china-2024": ["days=100", "burn_in=30", "buyers.count=500"]}
"""Scenarios and what is changed in them, so that they are short."""
SEED = 11


def digests() -> dict[str, dict[str, str]]:
    """Digest of every table of every run."""
    runs = {name: play(load(name, changes), seed=SEED) for name, changes in RUNS.items()}
    return {
        name: {table: content_digest({table: frame}) for table, frame in sorted(run.tables.items())}
        for name, run in runs.items()
    }


@pytest.fixture(scope="module")
def here() -> dict[str, dict[str, str]]:
    """What this process makes of them."""
    return digests()


@pytest.mark.parametrize("hash_seed", ["0", "1", pytest.param("2", marks=pytest.mark.nightly)])
def test_the_same_seed_gives_the_same_bytes_in_another_process(hash_seed: str, here: dict[str, dict[str, str]]) -> None:
    told = subprocess.run(
        [sys.executable, __file__],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(told.stdout) == here


def test_what_is_compared_is_whole_runs_that_differ(here: dict[str, dict[str, str]]) -> None:
    one, other = here.values()
    assert set(one) == set(other) == set(TABLES)
    assert all(one[table] != other[table] for table in ("prices", "offers_daily", "ledger", "facts"))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(digests()))
