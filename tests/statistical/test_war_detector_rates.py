"""How often the detector errs, over many simulated years; each check has a control that must fail."""

from collections.abc import Callable
from math import sqrt

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from pricewar.scenarios.verification.detection import RECORDS, YEAR, YEARS, rushed, staggered, years_at_war
from pricewar.sim.analysis.wars.detector import find_wars
from pricewar.sim.analysis.wars.reactions import reaction_p_value
from pricewar.sim.analysis.wars.settings import DetectorSettings

pytestmark = pytest.mark.nightly
ERROR = 1e-4
Z = 3.89
"""Two-sided standard deviations of that error."""
SETTINGS = DetectorSettings(permutations=0)


@pytest.mark.parametrize("sellers", [3, 5, 8])
@pytest.mark.parametrize(
    ("interval", "spread"),
    [(30.0, "random"), (60.0, "random"), (90.0, "regular")],
    ids=["30", "60", "90 regular"],
)
def test_staggered_pass_through_is_a_war_in_at_most_one_year_of_twenty(
    sellers: int, interval: float, spread: str, record_property: Callable[[str, object], None]
) -> None:
    """Measured: 0.000 for all."""
    years = YEARS * RECORDS
    wars = years_at_war(staggered(sellers, interval, spread, seed=sellers))
    record_property("share of years at war", wars / years)
    assert wars <= binom.ppf(1 - ERROR, years, 0.05)
    assert wars / years <= 0.05


@pytest.mark.parametrize("glide", [1.1, 3.0])
@pytest.mark.parametrize(("interval", "spread"), [(90.0, "regular"), (180.0, "regular"), (180.0, "random")])
def test_large_steps_are_none_either(interval: float, spread: str, glide: float) -> None:
    """Measured: 0.000 for steps every 90 days, 0.01 to 0.04 every 180, when a line's own pace is known from two."""
    years = YEARS * RECORDS
    assert years_at_war(staggered(5, interval, spread, seed=5, glide=glide)) <= binom.ppf(1 - ERROR, years, 0.05)


def test_a_rush_within_such_steps_is_seen() -> None:
    """The control: three of five sellers who step by .74 log points every 90 days cut by two more within five days."""
    assert years_at_war(rushed(staggered(5, 90.0, "regular", seed=5, glide=3.0), at=800.0)) >= 0.95 * RECORDS


def test_a_war_of_six_cuts_within_staggered_pass_through_is_found() -> None:
    """Power beside size: three of five sellers cut by two thirds of a log point, twice each, in 20 days."""
    moves = staggered(5, 60.0, "random", seed=7)
    start, fall = 800.0, 2 / 3
    seller = pl.col("seller").str.slice(-1).cast(pl.Int64)
    first, second = start + 4.0 * seller, start + 12.0 + 4.0 * seller
    steps = (pl.col("time") >= first).cast(pl.Float64) + (pl.col("time") >= second).cast(pl.Float64)
    lowered = moves.with_columns(
        price=pl.when(seller < 3).then(pl.col("price") * (-fall * steps).exp()).otherwise(pl.col("price"))
    )
    columns = moves.select("tier", "seller").unique(maintain_order=True).filter(seller < 3)
    cuts = [
        columns.with_columns(kind=pl.lit("cut"), time=time, price=10 * (-1.1 * time / YEAR - k * fall).exp())
        for k, time in ((1, first), (2, second))
    ]
    table = pl.concat([lowered, *cuts], how="diagonal").select(moves.columns)
    records = table.partition_by("tier", maintain_order=True)
    wars = [war for one in records for war in find_wars(one, SETTINGS)]
    hit = {war.tier for war in wars if start - 60 <= war.start_time <= start + 20 <= war.end_time + 1}
    assert len(hit) >= 0.95 * RECORDS


class TestReactions:
    trials, permutations, days, horizon = 1500, 99, 730.0, 30.0

    def rejections(self, answering: float) -> float:
        """Share of panels of five sellers rejected at .05 when rivals answer cuts with this probability."""
        rng = np.random.default_rng(20240511)
        rejected = 0
        for _ in range(self.trials):
            times = rng.uniform(0, self.days, 40)
            sellers = rng.integers(0, 5, 40)
            answers = rng.random(40) < answering
            late = times[answers] + rng.exponential(5.0, np.count_nonzero(answers))
            rivals = (sellers[answers] + rng.integers(1, 5, len(late))) % 5
            kept = late < self.days
            times, sellers = np.concatenate([times, late[kept]]), np.concatenate([sellers, rivals[kept]])
            order = np.argsort(times)
            lives = np.tile([0.0, self.days], (5, 1))
            p = reaction_p_value(times[order], sellers[order], lives, self.horizon, self.permutations, rng)
            rejected += p is not None and p <= 0.05
        return rejected / self.trials

    def test_independent_cutters_are_rejected_at_the_nominal_rate(self) -> None:
        assert abs(self.rejections(0.0) - 0.05) < Z * sqrt(0.05 * 0.95 / self.trials)

    def test_cutters_who_answer_one_another_are_rejected_far_more_often(self) -> None:
        assert self.rejections(0.4) > 0.4

    def test_a_single_seller_and_no_permutations_give_no_p_value(self) -> None:
        rng = np.random.default_rng(1)
        times, alone, lives = np.array([1.0, 2.0]), np.array([0, 0]), np.array([[0.0, 9.0], [0.0, 9.0]])
        assert reaction_p_value(times, alone, lives, 30.0, 99, rng) is None
        assert reaction_p_value(times, np.array([0, 1]), lives, 30.0, 0, rng) is None
