"""What a seller would save by not serving: energy, the rent that it forgoes, and what scarce machine time is worth."""

import polars as pl
import pytest
from numpy.testing import assert_allclose

from pricewar.scenarios.config.load import load
from pricewar.scenarios.run.play import play
from pricewar.sim.analysis.market_daily import LERNER
from pricewar.sim.results.run import Run


@pytest.fixture(scope="module", params=["shortage", "glut"])
def run(request: pytest.FixtureRequest) -> Run:
    return play(load(request.param, ["days=150", "buyers.count=500"]), seed=1)


def test_it_is_marginal_cost_and_what_the_machine_time_is_worth(run: Run) -> None:
    seconds = run.tables["costs_daily"].select(
        "day", "seller", "tier", seconds=pl.col("machine_time") * pl.col("software")
    )
    sellers = run.tables["sellers_daily"].filter(pl.col("role") == "lab")
    offers = run.tables["offers_daily"].join(seconds, on=["day", "seller", "tier"])
    labs = offers.join(sellers.select("day", "seller", "shadow_price"), on=["day", "seller"])
    worth = (labs["avoidable_cost"] - labs["marginal_cost"]).to_numpy()
    assert_allclose(worth, (labs["shadow_price"] * labs["seconds"]).to_numpy(), rtol=1e-9, atol=1e-9)


def test_owners_of_machines_that_could_be_let_forgo_their_rent(run: Run) -> None:
    sellers = run.tables["sellers_daily"].filter((pl.col("role") == "cloud") & (pl.col("rented_out") > 0))
    offers = run.tables["offers_daily"].join(sellers, on=["day", "seller"], how="semi")
    assert (offers["avoidable_cost"] >= offers["marginal_cost"]).all()


def test_hosts_pay_for_no_machine_that_they_do_not_use(run: Run) -> None:
    hosts = run.tables["sellers_daily"].filter(pl.col("role") == "host")
    offers = run.tables["offers_daily"].join(hosts, on=["day", "seller"], how="semi")
    assert (offers["avoidable_cost"] == offers["unit_cost"]).all()


def test_margins_over_three_costs_are_told_apart_and_a_dearer_cost_leaves_less(run: Run) -> None:
    market = run.tables["market_daily"].filter(pl.col("day") >= 0)
    energy, avoidable, _ = (market[name] for name in LERNER)
    assert (energy >= avoidable).all()
    offers = run.tables["offers_daily"].filter(pl.col("day") >= 0)
    for name, cost in LERNER.items():
        spent = (pl.col(cost) * pl.col("tokens")).sum()
        by_hand = offers.group_by("day").agg(margin=1.0 - spent / pl.col("revenue").sum()).sort("day")
        assert_allclose(market.sort("day")[name].to_numpy(), by_hand["margin"].to_numpy(), rtol=1e-9, atol=1e-12)
