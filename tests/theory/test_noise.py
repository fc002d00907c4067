"""Luck on a curve of cost: its forecast errors follow Farmer & Lafond, and it has no effect where it has no say."""

from dataclasses import replace
from datetime import date
from math import log, sqrt

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from pydantic import TypeAdapter

from pricewar.agents.machines.spec import Technology
from pricewar.agents.pricing.fixed import Fixed
from pricewar.agents.sellers.spec import Fleet, Seller, Tier, Upgrade
from pricewar.agents.serving_cost import GivenCost, ServedCost
from pricewar.scenarios.config.load import load
from pricewar.scenarios.config.schema import Scenario
from pricewar.scenarios.run.play import play, prepare
from pricewar.sim.economics.curves import (
    STEPS_PER_YEAR,
    AnyCurveSpec,
    Curve,
    DatedSteps,
    Goddard,
    Logistic,
    Moore,
    NoisePath,
    Noisy,
    Nordhaus,
    SinclairKlepperCohen,
    Step,
    Wright,
    error_scale,
    error_variance,
    tail_probability,
)
from pricewar.sim.economics.serving import Architecture, Serving
from pricewar.sim.kernel.provenance import content_digest
from pricewar.sim.kernel.streams import Streams
from pricewar.sim.results.run import Run

START = date(2024, 1, 1)
OUTPUT_DRIVEN = [
    Wright(exponent=0.3),
    Goddard(exponent=0.2),
    SinclairKlepperCohen(scale_exponent=0.1, learning_exponent=0.3),
    Nordhaus(rate=0.2, exponent=0.1),
]
CURVES = [
    *OUTPUT_DRIVEN,
    Moore(rate=0.4),
    Logistic(floor=0.2, steepness=2.0, midpoint=0.2),
    DatedSteps(start=START, steps=(Step(date=date(2024, 2, 1), factor=0.8),)),
]
PATHS = 6000


def logs(volatility: float, theta: float, steps: int, seed: int, rate: float = 0.5) -> NDArray[np.float64]:
    """Log cost in the middle of each month, a row a path, shape (PATHS, steps + 1)."""
    curve, streams = Noisy(curve=Moore(rate=rate), volatility=volatility, theta=theta), Streams(seed)
    months = (np.arange(steps + 1) + 0.5) / STEPS_PER_YEAR
    expected = np.array([log(curve.factor(t)) for t in months])
    lucks = [NoisePath(streams(str(i)), volatility, theta) for i in range(PATHS)]
    paths: NDArray[np.float64] = np.array([[luck.log(t) for t in months] for luck in lucks])
    paths += expected
    return paths


def forecast_errors(y: NDArray[np.float64], window: int, horizon: int) -> NDArray[np.float64]:
    """What came less what the mean change of the window foretold; shape (PATHS,)."""
    drift = (y[:, window] - y[:, 0]) / window
    errors: NDArray[np.float64] = y[:, window + horizon] - y[:, window] - horizon * drift
    return errors


def test_forecast_errors_have_the_variance_of_farmer_and_lafond() -> None:
    # A variance from 6000 draws has a relative standard error of √(2/6000) = 1.8 %; four of them.
    within = 4 * sqrt(2 / PATHS)
    errors = forecast_errors(logs(0.24, 0.63, 30, seed=11), 20, 10)
    shock = 0.24**2 / STEPS_PER_YEAR / (1 + 0.63**2)
    scale = float((errors**2).mean()) / shock
    assert error_scale(10, 20, 0.63) == pytest.approx(37.6485, abs=5e-5)
    assert scale == pytest.approx(37.6485, rel=within)
    # The control: as a walk without echo the same errors are refused.
    assert scale != pytest.approx((1 + 0.63**2) * error_scale(10, 20, 0.0), rel=within)


def test_without_echo_the_variance_is_that_of_a_plain_walk() -> None:
    errors = forecast_errors(logs(0.38, 0.0, 30, seed=12), 20, 10)
    monthly = error_variance(0.38 / sqrt(STEPS_PER_YEAR), 10, 20)
    assert float((errors**2).mean()) == pytest.approx(monthly, rel=4 * sqrt(2 / PATHS))
    # The control: a drift known for certain would leave K²τ only.
    assert float((errors**2).mean()) != pytest.approx(monthly * 10 / 15, rel=4 * sqrt(2 / PATHS))


def test_normalised_forecast_errors_follow_student_with_the_window_less_one() -> None:
    window, horizon = 5, 10
    y = logs(0.24, 0.0, window + horizon, seed=13)
    estimated = np.diff(y[:, : window + 1]).std(axis=1, ddof=1)
    normalised = forecast_errors(y, window, horizon) / (estimated * sqrt(horizon + horizon**2 / window))
    beyond = float((np.abs(normalised) > 2.5).mean())
    student = tail_probability(2.5, window)
    within = 4 * sqrt(student * (1 - student) / PATHS)
    assert student == pytest.approx(0.0668, abs=5e-5)
    assert abs(beyond - student) < within
    # The control: Gaussian tails, as if K were known, are refused.
    assert abs(beyond - 0.0124) > within


def test_luck_is_the_same_in_whatever_order_it_is_asked_for() -> None:
    times = np.linspace(-0.5, 30.0, 400).tolist()
    forwards, backwards, once = (NoisePath(Streams(3)("a curve"), 0.3, 0.4) for _ in range(3))
    ahead = [forwards.log(t) for t in times]
    assert [backwards.log(t) for t in reversed(times)] == ahead[::-1]
    assert once.log(30.0) == ahead[-1] != 0.0


def test_until_the_end_of_the_first_day_there_is_no_luck() -> None:
    luck = NoisePath(Streams(3)("a curve"), 0.3, 0.4)
    assert [luck.factor(t) for t in (-2.0, -1e-9, 0.0, 0.875 / 365.25)] == [1.0] * 4
    assert luck.factor(1.0) != 1.0


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.kind)
def test_any_curve_can_be_noisy_and_a_scenario_says_so(curve: Curve) -> None:
    adapter: TypeAdapter[Curve] = TypeAdapter(AnyCurveSpec)
    noisy = Noisy(curve=curve, volatility=0.2, theta=0.3)  # type: ignore[arg-type]
    assert adapter.validate_python(adapter.dump_python(noisy)) == noisy
    assert adapter.validate_python(adapter.dump_python(curve)) == curve
    assert noisy.factor(2.0, 3.0, 2.0) == curve.factor(2.0, 3.0, 2.0)


DENSE = ServedCost(
    architecture=Architecture(total=14, active=14, kv_bytes=204_800, context=1500), serving=Serving(shards=4)
)


def market(software: Curve, **more: object) -> Scenario:
    """One seller with a fixed price, so that only its cost moves."""
    tier = Tier(model="m", price=2.0, value=2.0, capability=1.0, cost=DENSE)
    seller = Seller(strategy=Fixed(), fleet=Fleet(chip="a100-sxm-80gb"), invests=False, tiers={"main": tier})
    technology = Technology(rental=2.0, software=software, **more)  # type: ignore[arg-type]
    return replace(
        load("textbook"), sellers={"acme": seller}, technology=technology, start=START, days=100, burn_in=10, sources={}
    )


def software(run: Run) -> dict[int, float]:
    costs = run.tables["costs_daily"]
    return dict(zip(costs["day"].to_list(), costs["software"].to_list(), strict=True))


@pytest.mark.parametrize("curve", OUTPUT_DRIVEN, ids=lambda curve: curve.kind)
def test_curves_by_output_follow_the_output_of_their_own_market(curve: Curve) -> None:
    run = play(market(curve))
    made = dict(run.tables["market_daily"].select("day", "tokens").iter_rows())
    found = software(run)
    for day in (30, 99):
        cumulative = [sum(q for d, q in made.items() if d <= until) for until in (0, day)]
        expected = curve.factor((day + 0.875) / 365.25, cumulative[1] / cumulative[0], made[day] / made[0])
        assert_allclose(found[day], expected, rtol=1e-9)
    assert found[99] < 0.95 or isinstance(curve, Goddard)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.kind)
def test_no_volatility_is_the_pure_curve_to_the_last_bit(curve: Curve) -> None:
    still = Noisy(curve=curve, volatility=0.0, theta=0.5)  # type: ignore[arg-type]
    one, other = play(market(curve)), play(market(still))
    assert content_digest(one.tables) == content_digest(other.tables)


def test_a_run_has_the_luck_of_its_seed_from_the_second_month_on() -> None:
    noisy = market(Noisy(curve=Moore(rate=0.4), volatility=0.5))
    still, one, same, other = (
        software(run) for run in (play(market(Moore(rate=0.4))), play(noisy), play(noisy), play(noisy, seed=2))
    )
    assert one == same
    assert all(one[day] == still[day] for day in range(-10, 30))
    assert one[31] != still[31]
    assert one[31] != other[31]
    assert_allclose(one[40] / still[40], one[31] / still[31], rtol=1e-12)
    assert one[99] / still[99] != one[31] / still[31]


def test_curves_of_different_keys_have_luck_of_their_own() -> None:
    noisy = Noisy(curve=Moore(rate=0.4), volatility=0.5)
    alone, both = play(market(noisy)), play(market(noisy, rents=noisy))
    assert software(alone) == software(both)  # another noisy curve changes nobody's luck
    costs = both.tables["costs_daily"].filter(pl.col("day") == 99)
    assert costs["software"][0] != pytest.approx(costs["hour_capital"][0] / 2.0, rel=1e-3)


def test_given_costs_can_be_noisy_too() -> None:
    curve = Noisy(curve=Moore(rate=0.1), volatility=0.5)
    tier = Tier(model="m", price=2.0, value=2.0, cost=GivenCost(marginal=1.0, curve=curve))
    seller = Seller(strategy=Fixed(), invests=False, tiers={"a": tier, "b": tier})
    run = play(replace(market(Moore(rate=0.0)), sellers={"acme": seller}))
    a, b = run.tables["costs_daily"].filter(pl.col("day") == 90).sort("tier")["software"].to_list()
    assert a != b != 1.0


def test_a_successor_is_sized_with_the_luck_of_algorithms_since_its_predecessor() -> None:
    noisy = Noisy(curve=Moore(rate=1.0), volatility=0.5)
    scenario = market(Moore(rate=0.0), algorithms=noisy)
    tier = scenario.sellers["acme"].tiers["main"]
    tier = replace(tier, upgrades={"next": Upgrade(date=date(2024, 3, 20), model="m2", capability=1.0)})
    lucky = replace(scenario, sellers={"acme": replace(scenario.sellers["acme"], tiers={"main": tier})})
    plain = replace(lucky, technology=replace(lucky.technology, algorithms=Moore(rate=1.0)))
    simulations = [prepare(one, 1) for one in (lucky, plain)]
    sizes = []
    for simulation in simulations:
        simulation.run()
        cost = simulation.firms[0].lines["main"].cost
        assert isinstance(cost, ServedCost)
        sizes.append(cost.architecture.active)
    luck = simulations[0].world.noise(noisy, "technology.algorithms", 79.0)
    assert luck != 1.0
    assert_allclose(sizes[0] / sizes[1], luck, rtol=1e-12)
